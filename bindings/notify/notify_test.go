package notify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

// room is a Room in memory.
type room struct {
	untold []bindings.Notice
	told   []string
	missed []string
	looks  int
	broken error
}

func (r *room) Look(context.Context) (bool, error) {
	r.looks++
	return false, r.broken
}

func (r *room) Untold(_ context.Context, most int) ([]bindings.Notice, error) {
	return r.untold[:min(most, len(r.untold))], nil
}

func (r *room) Told(_ context.Context, _, id string) error {
	r.told = append(r.told, id)
	return nil
}

func (r *room) Missed(_ context.Context, _, id string, _ int, why error) error {
	r.missed = append(r.missed, id+": "+why.Error())
	return nil
}

// teller is a Teller that a function plays.
type teller func(ctx context.Context, m Message) error

func (f teller) Tell(ctx context.Context, m Message) error { return f(ctx, m) }

func message(_ context.Context, n bindings.Notice) (Message, error) {
	return Message{ID: n.ID, Account: "ada", Kind: n.Kind, Sentence: n.Sentence, Link: "https://sync.example.org/x", Count: n.Count}, nil
}

func notifier(r *room, t Teller) *Notifier {
	return New(Options{Room: r, Teller: t, Message: message, Log: slog.New(slog.DiscardHandler)})
}

// What one matter meets does not keep the next one from being told, and nobody who keeps everybody waiting is waited for.
func TestTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{untold: []bindings.Notice{{ID: "1"}, {ID: "2"}, {ID: "3"}}}
		n := notifier(r, teller(func(ctx context.Context, m Message) error {
			switch m.ID {
			case "1":
				return errors.New("not now")
			case "2":
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}))
		if err := n.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.missed, "; "); got != "1: not now; 2: no answer within 30s" || strings.Join(r.told, "") != "3" {
			t.Errorf("missed %q, told %q", got, r.told)
		}
	})
}

// Who stops the server in the middle of a message has it told again, not given up; and none after it is begun.
func TestTurnStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r := &room{untold: []bindings.Notice{{ID: "1"}, {ID: "2"}}}
	calls := 0
	n := notifier(r, teller(func(ctx context.Context, _ Message) error {
		calls++
		stop()
		<-ctx.Done()
		return ctx.Err()
	}))
	if err := n.Turn(ctx); !errors.Is(err, context.Canceled) || calls != 1 || len(r.missed)+len(r.told) != 0 {
		t.Errorf("%v, %d calls, %+v", err, calls, r)
	}
}

func TestTurnWithoutATeller(t *testing.T) {
	r := &room{untold: []bindings.Notice{{ID: "1"}}}
	if err := notifier(r, nil).Turn(t.Context()); err != nil || r.looks != 1 || len(r.told) != 0 {
		t.Errorf("%v, %+v", err, r)
	}
	r.broken = errors.New("no database")
	if err := notifier(r, nil).Turn(t.Context()); !errors.Is(err, r.broken) {
		t.Errorf("%v", err)
	}
}

// program writes a script and gives its Command.
func program(t *testing.T, script string) (Command, string) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "tell")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+strings.ReplaceAll(script, "DIR", dir)+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Command{Name: name, Env: []string{"PATH=" + os.Getenv("PATH"), "BINDERY_SECRET_KEY=secret", "OTHER=x"}}, dir
}

func TestCommand(t *testing.T) {
	c, dir := program(t, `cat > DIR/in; env > DIR/env; yes hello | head -c 1000000`)
	m := Message{ID: "7", Account: "ada", Sentence: "“$(id)” `x`; rm", Since: time.Unix(0, 0).UTC()}
	if err := c.Tell(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	in, err := os.ReadFile(filepath.Join(dir, "in"))
	var got Message
	if err != nil || json.Unmarshal(in, &got) != nil || got != m || strings.Count(string(in), "\n") != 1 {
		t.Errorf("%q, %v", in, err)
	}
	if env, err := os.ReadFile(filepath.Join(dir, "env")); err != nil || strings.Contains(string(env), "BINDERY_") || !strings.Contains(string(env), "OTHER=x") {
		t.Errorf("environment %q, %v", env, err)
	}
}

func TestCommandFails(t *testing.T) {
	for name, tc := range map[string]struct{ script, want string }{
		"status":        {"echo no disk >&2; exit 3", `the program failed: exit status 3: "no disk"`},
		"much to say":   {"yes | head -c 100000; exit 1", "the program failed: exit status 1: "},
		"reads nothing": {"exec < /dev/null; exit 1", "the program failed: exit status 1"},
	} {
		c, _ := program(t, tc.script)
		if err := c.Tell(t.Context(), Message{Sentence: strings.Repeat("x", 1<<20)}); err == nil || !strings.HasPrefix(err.Error(), tc.want) || len(err.Error()) > 500 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Command{Name: "/nowhere/at/all"}).Tell(t.Context(), Message{}); err == nil {
		t.Error("a program that is not there took it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c, _ := program(t, "exec sleep 60")
	if err := c.Tell(ctx, Message{}); err == nil {
		t.Error("a program that was killed took it")
	}
}

func TestWebhook(t *testing.T) {
	var got string
	status := http.StatusNoContent
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = r.Method + " " + r.Header.Get("Content-Type") + " " + string(b)
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			_, _ = io.WriteString(w, strings.Repeat("no ", 10000))
		}
	}))
	defer web.Close()
	h := Webhook{URL: web.URL + "/secret", Client: web.Client()}
	if err := h.Tell(t.Context(), Message{ID: "7", Sentence: "<x>"}); err != nil || !strings.HasPrefix(got, `POST application/json {"id":"7",`) {
		t.Errorf("%v, %s", err, got)
	}
	for _, status = range []int{302, 400, 500} {
		if err := h.Tell(t.Context(), Message{}); err == nil || !strings.Contains(err.Error(), "the webhook answered") || len(err.Error()) > 300 {
			t.Errorf("%d: %v", status, err)
		}
	}
	web.Close()
	if err := h.Tell(t.Context(), Message{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody there: %v", err)
	}
}
