package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestWatchdogSpan(t *testing.T) {
	for name, tc := range map[string]struct {
		usec, pid string
		want      time.Duration
	}{
		"not watched":      {"", "", 0},
		"watched":          {"120000000", "", 2 * time.Minute},
		"this process":     {"120000000", strconv.Itoa(os.Getpid()), 2 * time.Minute},
		"another process":  {"120000000", "1", 0},
		"no number":        {"often", "", 0},
		"less than none":   {"-5", "", 0},
		"longer than life": {"9223372036854775807", "", 0},
	} {
		t.Setenv("WATCHDOG_USEC", tc.usec)
		t.Setenv("WATCHDOG_PID", tc.pid)
		if got := watchdogSpan(); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// systemd hears of a server whose database answers, and nothing of one whose database does not.
func TestSignOfLife(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", name)
	ctx, stop := context.WithCancel(t.Context())
	asked, over := make(chan error), make(chan struct{})
	go func() {
		defer close(over)
		signOfLife(ctx, 4*time.Millisecond, func(context.Context) error { return <-asked }, slog.New(slog.DiscardHandler))
	}()
	heard := make(chan string, 100)
	go func() {
		got := make([]byte, 100)
		for {
			n, err := conn.Read(got)
			if err != nil {
				close(heard)
				return
			}
			heard <- string(got[:n])
		}
	}()
	asked <- nil
	if got := <-heard; got != "WATCHDOG=1" {
		t.Errorf("heard %q", got)
	}
	for range 3 {
		asked <- errors.New("locked")
	}
	asked <- nil
	if got := <-heard; got != "WATCHDOG=1" {
		t.Errorf("heard %q", got)
	}
	stop()
	close(asked)
	<-over
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if got, more := <-heard; more {
		t.Errorf("heard %q of a database that did not answer", got)
	}
	signOfLife(t.Context(), 0, nil, nil) // nobody watches
}

// The house's database answers.
func TestAnswers(t *testing.T) {
	p := newProber(t, &serveCmd{})
	if err := p.house.db.Readable(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.house.close(); err != nil {
		t.Fatal(err)
	}
	if err := p.house.db.Readable(t.Context()); err == nil {
		t.Error("a closed database answers")
	}
}
