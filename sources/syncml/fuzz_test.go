package syncml_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// FuzzMessage posts arbitrary bodies, at the start of a session and in the middle of one. The server must
// answer, and never with 500.
func FuzzMessage(f *testing.F) {
	files, err := filepath.Glob("internal/wire/testdata/recorded/*-req.*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recorded messages: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 20_000 {
			f.Add(data, filepath.Ext(path) == ".wbxml", false)
			f.Add(data, filepath.Ext(path) == ".wbxml", true)
		}
	}
	b := newBench(f)
	p := newPhone(b, "sc-pim-e18")
	p.begin()
	p.session = 10
	p.hello(wire.AlertSlow)
	f.Fuzz(func(t *testing.T, body []byte, binary, middle bool) {
		url := "http://sync.example.org/syncml"
		if middle {
			url = p.url
		}
		if code := postRaw(b, url, binary, body); code != 200 && code != 400 && code != 404 && code != 413 {
			t.Errorf("HTTP %d", code)
		}
	})
}

func postRaw(b *bench, url string, binary bool, body []byte) int {
	r := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	r.Header.Set("Content-Type", map[bool]string{false: "application/vnd.syncml+xml", true: "application/vnd.syncml+wbxml"}[binary])
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	return w.Code
}

// TestGarbageLeavesOthersAlone cuts a good message short at every place while another phone is at work.
func TestGarbageLeavesOthersAlone(t *testing.T) {
	for _, binary := range []bool{false, true} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.add(1)
		p.begin()
		p.hello(wire.AlertSlow)
		other := newPhone(b, "dev2")
		other.binary = binary
		other.begin()
		body := other.encode(other.opening(wire.AlertSlow))
		for n := range body {
			if code := postRaw(b, other.url, binary, body[:n]); code != http.StatusBadRequest {
				t.Fatalf("%d of %d bytes: HTTP %d", n, len(body), code)
			}
		}
		if !p.pull(p.push(wire.AlertSlow)) || len(b.db("dev1").Inbox) != 1 {
			t.Error("another phone's session broke off")
		}
	}
}
