package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestSlowSendersAreCutOff: who sends half a header, or half a body, is hung up on when the time is over, and
// the handler that waits for the rest learns it.
func TestSlowSendersAreCutOff(t *testing.T) {
	read := make(chan error, 2)
	srv := httpServer(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
		w.WriteHeader(http.StatusBadRequest)
	}), slog.New(slog.DiscardHandler))
	if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= 0 || srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 || srv.MaxHeaderBytes <= 0 {
		t.Fatalf("a time without end: %+v", srv)
	}
	srv.ReadHeaderTimeout, srv.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	for name, sent := range map[string]string{
		"nothing":       "",
		"half a header": "POST /syncml HTTP/1.1\r\nHost: x\r\nContent-Le",
		"half a body":   "POST /syncml HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<SyncML>",
		"half a chunk":  "POST /syncml HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<SyncML>",
	} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil { // returns when the server hangs up
			t.Logf("%s: %v", name, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := <-read; err == nil {
			t.Error("half a body was taken for a whole one")
		}
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
