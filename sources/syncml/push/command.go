package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A Command is a Gateway that runs a program for each notification: no shell, so nothing in an address or a
// notification is ever taken for more than text. The notification is the program's standard input; the
// program's end with status 0 says that it was taken.
type Command struct {
	// Name is the program. Args are its arguments, in which {address}, {type}, {hex}, {base64} and {file}
	// are replaced; {file} names a file that holds the notification until the program ends.
	Name string
	Args []string
	// Env is the environment of the program, to which BINDERY_PUSH_ADDRESS and BINDERY_PUSH_CONTENT_TYPE
	// are added. Variables that begin with BINDERY_ are the server's own and are left out.
	Env []string
}

const ownEnv = "BINDERY_"

// outputDelay is how long whoever the program left behind may still hold its output open.
const outputDelay = 2 * time.Second

// Push implements Gateway. A program that is not there, or must not be run, refuses; one that ends with another status than 0,
// or is killed because ctx ended, fails.
func (c Command) Push(ctx context.Context, p Push) (err error) {
	file := ""
	if slices.ContainsFunc(c.Args, func(a string) bool { return strings.Contains(a, fileMark) }) {
		if file, err = writeTemp(p.Body); err != nil {
			return fmt.Errorf("%w: %w", ErrFailed, err)
		}
		defer func() { err = errors.Join(err, os.Remove(file)) }()
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = p.fill(a, file)
	}
	var out tail
	cmd := exec.CommandContext(ctx, c.Name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(p.Body), &out, &out
	cmd.Env, cmd.WaitDelay = c.environment(p), outputDelay
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", notStarted(err), err)
	}
	var exit *exec.ExitError
	switch err := cmd.Wait(); {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &exit):
		return fmt.Errorf("%w: %s ended with %s%s", ErrFailed, c.Name, exit, said(out.last))
	case cmd.ProcessState != nil && cmd.ProcessState.Success():
		return nil // whatever became of its input and output
	default:
		return fmt.Errorf("%w: %s: %w", ErrFailed, c.Name, err)
	}
}

// notStarted is the class of a failure to start a program: one that is not there will not be there the next
// time, while a machine that is out of processes may have one then.
func notStarted(err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return ErrRefused
	}
	return ErrFailed
}

func (c Command) environment(p Push) []string {
	env := slices.DeleteFunc(slices.Clone(c.Env), func(v string) bool { return strings.HasPrefix(v, ownEnv) })
	return append(env, ownEnv+"PUSH_ADDRESS="+p.Address, ownEnv+"PUSH_CONTENT_TYPE="+p.ContentType)
}

// writeTemp writes a file that only its owner may read.
func writeTemp(body []byte) (string, error) {
	f, err := os.CreateTemp("", "bindery-push-")
	if err != nil {
		return "", err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// tailSize is how much of a program's output is kept.
const tailSize = 4 << 10

// A tail keeps the end of what is written to it. One goroutine writes at a time, as exec.Cmd promises for one
// writer of both outputs.
type tail struct{ last []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.last = append(t.last, b[max(0, len(b)-tailSize):]...)
	t.last = slices.Delete(t.last, 0, max(0, len(t.last)-tailSize))
	return len(b), nil
}
