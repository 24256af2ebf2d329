package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A line about an error of a run says which run, a line that says so itself is left as it is, others say nothing.
func TestLogHandler(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(engine.LogHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})))
	mark := engine.Mark{Ref: engine.Ref{Owner: "ada", Binding: 15, Class: dataclass.Contacts}, Run: 7}
	err := fmt.Errorf("request: %w", &engine.Failed{Mark: mark, Err: context.Canceled})
	for name, tc := range map[string]struct {
		log  func()
		want string
	}{
		"an error of a run": {func() { log.Warn("x", "error", err) }, `msg=x error="request: context canceled" binding=15 dataclass=Contacts sync=7`},
		"says so itself":    {func() { log.Warn("x", "binding", 9, "error", err) }, `msg=x binding=9 error="request: context canceled" dataclass=Contacts sync=7`},
		"another error":     {func() { log.Warn("x", "error", errors.New("y")) }, `msg=x error=y`},
		"with attributes":   {func() { log.With("a", 1).Warn("x", "error", err) }, `msg=x a=1 error="request: context canceled" binding=15 dataclass=Contacts sync=7`},
	} {
		out.Reset()
		tc.log()
		if got := strings.TrimSpace(out.String()); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Error("the class of the error is lost")
	}
}
