package syncml

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A message waits while as many as may be are worked on, no longer than its phone does; and one that cannot
// be read leaves again.
func TestGate(t *testing.T) {
	g := make(gate, 2)
	for range 2 {
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.enter(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a third came in: %v", err)
	}
	waiting := make(chan error)
	go func() { waiting <- g.enter(t.Context()) }()
	g.leave()
	if err := <-waiting; err != nil {
		t.Errorf("there was room again: %v", err)
	}
}

func TestGateOfTheServer(t *testing.T) {
	s := NewServer(Options{})
	for range 2 * atWork { // twice as many as there is room for: each must leave
		r := httptest.NewRequest(http.MethodPost, "/syncml", strings.NewReader("<SyncML/>"))
		r.Header.Set("Content-Type", "application/vnd.syncml+xml")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest {
			t.Fatalf("status %d of what is no message", w.Code)
		}
	}
	for range atWork {
		if err := s.gate.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(gone, http.MethodPost, "/syncml", strings.NewReader("<SyncML/>"))
	r.Header.Set("Content-Type", "application/vnd.syncml+xml")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503 while the house is full", w.Code)
	}
}
