package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A gotBack is what came back, to its end.
type gotBack struct {
	status int
	header http.Header
	body   string
}

// askAda sends a request of ada's, with pairs of header and value.
func askAda(t *testing.T, method, url, body string, header ...string) gotBack {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ada", "invented")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return gotBack{res.StatusCode, res.Header, string(got)}
}

// TestStartWithoutWaiting: who does not wait is given an entry, which a stream follows to its end, and which then says
// what was done, also to the next server.
func TestStartWithoutWaiting(t *testing.T) {
	t.Setenv(adminPasswordEnv, "an invented password")
	data := place(filepath.Join(t.TempDir(), "data"))
	n := twoStores(t, data)
	r := serve(t, string(data))
	res := askAda(t, "POST", r.url+fmt.Sprintf("/v2/syncengine/%d/synchronization/", n), "<entry><dataclass>Contacts</dataclass></entry>", "Prefer", "respond-async")
	at := res.header.Get("Location")
	if res.status != 202 || !strings.HasPrefix(at, r.url+"/v2/syncengine/synclog/") {
		t.Fatalf("%d %v", res.status, res.header)
	}
	stream := askAda(t, "GET", at, "", "Accept", "text/event-stream")
	if end := stream.body; !strings.Contains(end, "event: end\nid: end\ndata: {\"state\":\"done\"") || !strings.Contains(end, `"adds_out":1`) {
		t.Errorf("stream %d %v:\n%s", stream.status, stream.header, end)
	}
	r.end(t)
	again := serve(t, string(data))
	body := askAda(t, "GET", strings.Replace(at, r.url, again.url, 1), "").body
	if !strings.Contains(body, "<adds_out>1</adds_out>") || strings.Contains(body, "running") {
		t.Error(body)
	}
	again.end(t)
}

// TestServeTellsWhatBrokeOff: a run that was under way when the server died is not said to run for ever.
func TestServeTellsWhatBrokeOff(t *testing.T) {
	t.Setenv(adminPasswordEnv, "an invented password")
	data := place(filepath.Join(t.TempDir(), "data"))
	n := twoStores(t, data)
	var run engine.Run
	err := data.enter(t.Context(), quiet(&terminal{err: io.Discard}), func(h *house) error {
		a, err := h.bindings.AccountByName(t.Context(), "ada")
		if err != nil {
			return err
		}
		ref := engine.Ref{Owner: a.ID, Binding: n, Class: dataclass.Contacts}
		l, err := h.bindings.Journal().Lease(t.Context(), ref, "bindery background", false)
		if err != nil {
			return err
		}
		run, err = h.bindings.Journal().Open(t.Context(), l, "bindery background", engine.TwoWay)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := serve(t, string(data))
	for range 1000 {
		body := askAda(t, "GET", r.url+fmt.Sprintf("/v2/syncengine/synclog/%d", run.ID), "").body
		if strings.Contains(body, ">abandoned<") && strings.Contains(body, "It broke off before its end") {
			r.end(t)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("it still says that it runs")
}
