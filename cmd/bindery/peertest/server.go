package peertest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// adminPassword is the password of the account that a server makes at its first start.
const adminPassword = "an invented password"

// A Server is the built program, running on a data directory of its own.
type Server struct {
	// URL is what a phone is told. It stays the same over Restart.
	URL string

	exe, data, listen string
	env               []string
	cmd               *exec.Cmd
	log               *logBuffer
}

// Build compiles the program into dir and gives its path. Env is added to the environment of "go build".
func Build(dir string, env []string) (string, error) {
	exe := filepath.Join(dir, "bindery")
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", exe, "github.com/bindery-sync/bindery/cmd/bindery")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return exe, nil
}

// Start runs the program exe with an empty data directory. It is killed when the test ends; its log is
// shown if the test failed.
func Start(t testing.TB, exe string) *Server {
	t.Helper()
	s := &Server{exe: exe, data: filepath.Join(t.TempDir(), "data"), listen: "127.0.0.1:0", log: new(logBuffer)}
	s.env = append(os.Environ(), "BINDERY_ADMIN_PASSWORD="+adminPassword)
	s.start(t)
	t.Cleanup(func() {
		s.Kill(t)
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log)
		}
	})
	return s
}

// start runs the program and waits until it says that it is ready.
func (s *Server) start(t testing.TB) {
	t.Helper()
	s.cmd = exec.CommandContext(context.Background(), s.exe, "serve", "--data", s.data, "--listen", s.listen)
	s.cmd.Env = s.env
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "SyncML URL"); ok {
			s.URL = strings.TrimSpace(address)
			u, err := url.Parse(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			s.listen = u.Host
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatalf("the server did not say its SyncML URL: %v\n%s", s.cmd.Wait(), s.log)
}

// Account makes an account on the running server's database. Its password is its name. Flags are those of
// "bindery account add".
func (s *Server) Account(t testing.TB, name string, flags ...string) {
	t.Helper()
	s.Command(t, name+"\n", append([]string{"account", "add", name, "--password-stdin"}, flags...)...)
}

// Command runs an administration command on the server's database and gives what it prints.
func (s *Server) Command(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), s.exe, append([]string{"--data", s.data}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("bindery %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Kill ends the server at once, as a power cut does. A server that ended already stays so.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended by itself
	_ = s.cmd.Wait()         // its status is that it was killed
}

// Restart kills the server and runs it again at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill(t)
	s.start(t)
}

// Stop ends the server as an operator does and gives what it used.
func (s *Server) Stop(t testing.TB) *syscall.Rusage {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("the server ended with %v\n%s", err, s.log)
	}
	usage, ok := s.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("this system does not count what a process uses")
	}
	return usage
}

// Log gives what the server has logged so far.
func (s *Server) Log() string { return s.log.String() }

// A logBuffer takes a server's log while a test reads it.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String gives what was written so far.
func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
