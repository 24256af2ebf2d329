package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/push"
)

// A report is what the program that the tests run saw.
type report struct {
	Args  []string
	Env   []string
	Input []byte
	File  []byte
	Path  string
}

// TestMain is that program if it is run as one: PUSH_DO says what to do.
func TestMain(m *testing.M) {
	do, out := os.Getenv("PUSH_DO"), os.Getenv("PUSH_REPORT")
	switch do {
	case "":
		os.Exit(m.Run())
	case "report":
		r := report{Args: os.Args[1:], Env: os.Environ(), Path: os.Args[len(os.Args)-1]}
		r.Input, _ = io.ReadAll(os.Stdin)
		r.File, _ = os.ReadFile(r.Path)
		b, _ := json.Marshal(r)
		if os.WriteFile(out, b, 0o600) != nil {
			os.Exit(1)
		}
	case "deaf": // ends well without a look at its input
	case "fail":
		_, _ = os.Stderr.WriteString(strings.Repeat("x", 10_000) + "\nmodem\x07busy\n")
		os.Exit(75)
	case "hang":
		time.Sleep(time.Minute)
	}
	os.Exit(0)
}

func program(t *testing.T, do string, args ...string) (push.Command, string) {
	t.Helper()
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "report")
	return push.Command{Name: name, Args: args, Env: []string{"PUSH_DO=" + do, "PUSH_REPORT=" + out, "BINDERY_SECRET_KEY=hidden"}}, out
}

// The program gets the notification in every way that it can ask for, and none of the server's own secrets.
func TestCommand(t *testing.T) {
	c, out := program(t, "report", "-x", "to={address}", "{type}", "{hex}", "{base64}", "$HOME;`id`", "{file}")
	if err := c.Push(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if want := []string{"-x", "to=+3585550100", "a/b", "0001", "AAE=", "$HOME;`id`", r.Path}; !slices.Equal(r.Args, want) {
		t.Errorf("arguments %q", r.Args)
	}
	if string(r.Input) != "\x00\x01" || string(r.File) != "\x00\x01" {
		t.Errorf("input %x, file %x", r.Input, r.File)
	}
	if _, err := os.Stat(r.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	env := strings.Join(r.Env, "\n")
	if !strings.Contains(env, "BINDERY_PUSH_ADDRESS=+3585550100\nBINDERY_PUSH_CONTENT_TYPE=a/b") || strings.Contains(env, "hidden") {
		t.Errorf("environment %s", env)
	}
}

func TestCommandFails(t *testing.T) {
	fail, _ := program(t, "fail")
	err := fail.Push(t.Context(), call)
	if !errors.Is(err, push.ErrFailed) || !strings.Contains(err.Error(), "exit status 75") || len(err.Error()) > 600 {
		t.Errorf("%v", err)
	}
	deaf, _ := program(t, "deaf")
	if err := deaf.Push(t.Context(), push.Push{Address: "1", Body: make([]byte, 1<<20)}); err != nil {
		t.Errorf("a program that does not read: %v", err)
	}
	none := push.Command{Name: filepath.Join(t.TempDir(), "none")}
	if err := none.Push(t.Context(), call); !errors.Is(err, push.ErrRefused) {
		t.Errorf("no program: %v", err)
	}
	hang, _ := program(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hang.Push(ctx, call); err == nil {
		t.Error("a program that was killed took it")
	}
	s := push.NewSender(hang, push.Options{Timeout: 50 * time.Millisecond, Attempts: 1})
	if err := s.Push(t.Context(), call); !errors.Is(err, push.ErrFailed) {
		t.Errorf("a program that hangs: %v", err)
	}
}
