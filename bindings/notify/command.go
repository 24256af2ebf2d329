package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// outputDelay is how long whoever the program left behind may still hold its output open.
const outputDelay = 2 * time.Second

// ownEnv begins the names of variables that may hold secrets of the server.
const ownEnv = "BINDERY_"

// A Command is a program that is run, without a shell, for each message: its standard input is one line of JSON. Status
// 0 means that it has taken the message.
type Command struct {
	// Name is the program's path.
	Name string
	// Env is its environment, from which what belongs to the server is taken out.
	Env []string
}

// Tell implements Teller. The program is killed when ctx ends; of what it prints, the end is part of the error.
func (c Command) Tell(ctx context.Context, m Message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var out tail
	cmd := exec.CommandContext(ctx, c.Name)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(line, '\n')), &out, &out
	cmd.Env = slices.DeleteFunc(slices.Clone(c.Env), func(v string) bool { return strings.HasPrefix(v, ownEnv) })
	cmd.WaitDelay = outputDelay
	if err := cmd.Run(); err != nil && (cmd.ProcessState == nil || !cmd.ProcessState.Success()) {
		return fmt.Errorf("the program failed: %w%s", err, said(out.last))
	}
	return nil // whatever became of its input and output
}

// tailSize is how much of what somebody says is kept.
const tailSize = 1 << 10

// A tail keeps the end of what is written to it, by one goroutine at a time.
type tail struct{ last []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.last = append(t.last, b[max(0, len(b)-tailSize):]...)
	t.last = slices.Delete(t.last, 0, max(0, len(t.last)-tailSize))
	return len(b), nil
}

// said is what somebody answered, short and printable, for an error.
func said(b []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "?")), " ")
	if text == "" {
		return ""
	}
	return fmt.Sprintf(": %.200q", text)
}
