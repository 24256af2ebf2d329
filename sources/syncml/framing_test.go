package syncml_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// blanks is a text without an end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestFraming posts a phone's opening over HTTP in every way that HTTP allows.
func TestFraming(t *testing.T) {
	chunked := func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(struct{ io.Reader }{r.Body}), -1 }
	squeezed := func(name string, writer func(io.Writer) io.WriteCloser) func(r *http.Request) {
		return func(r *http.Request) {
			var z bytes.Buffer
			w := writer(&z)
			if _, err := io.Copy(w, r.Body); err != nil || w.Close() != nil {
				t.Error("cannot compress")
			}
			r.Body, r.ContentLength = io.NopCloser(&z), int64(z.Len())
			r.Header.Set("Content-Encoding", name)
		}
	}
	framed := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	zipped := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	raw := func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, flate.BestSpeed)
		if err != nil {
			t.Error(err)
		}
		return z
	}
	bomb := func(r *http.Request) {
		r.Body = io.NopCloser(io.LimitReader(blanks{}, 20<<20))
		squeezed("gzip", zipped)(r)
	}
	for _, c := range []struct {
		name   string
		binary bool
		typ    string
		change func(r *http.Request)
		code   int
		reply  string
	}{
		{"XML", false, "application/vnd.syncml+xml", nil, 200, "application/vnd.syncml+xml"},
		{"WBXML", true, "application/vnd.syncml+wbxml", nil, 200, "application/vnd.syncml+wbxml"},
		{"charset", false, "application/vnd.syncml+xml; charset=UTF-8", nil, 200, "application/vnd.syncml+xml; charset=UTF-8"},
		{"charset of WBXML", true, `application/vnd.syncml+wbxml;charset="utf-8"`, nil, 200, "application/vnd.syncml+wbxml; charset=UTF-8"},
		{"upper case", true, "APPLICATION/VND.SYNCML+WBXML", nil, 200, "application/vnd.syncml+wbxml"},
		{"an empty parameter", false, "application/vnd.syncml+xml;", nil, 200, "application/vnd.syncml+xml"},
		{"a broken parameter", false, "application/vnd.syncml+xml; charset", nil, 200, "application/vnd.syncml+xml"},
		{"in chunks", false, "application/vnd.syncml+xml", chunked, 200, "application/vnd.syncml+xml"},
		{"nothing", false, "application/vnd.syncml+xml", func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 }, 400, ""},
		{"deflate", false, "application/vnd.syncml+xml", squeezed("deflate", framed), 200, "application/vnd.syncml+xml"},
		{"deflate without its frame", true, "application/vnd.syncml+wbxml", squeezed("Deflate", raw), 200, "application/vnd.syncml+wbxml"},
		{"gzip", true, "application/vnd.syncml+wbxml", squeezed("x-gzip", zipped), 200, "application/vnd.syncml+wbxml"},
		{"gzip that is none", false, "application/vnd.syncml+xml", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 400, ""},
		{"20 MB of blanks in 20 kB", false, "application/vnd.syncml+xml", bomb, 413, ""},
		{"an unknown encoding", false, "application/vnd.syncml+xml", squeezed("br", framed), 415, ""},
		{"not compressed", false, "application/vnd.syncml+xml", func(r *http.Request) { r.Header.Set("Content-Encoding", "Identity") }, 200, "application/vnd.syncml+xml"},
		{"other", false, "text/xml", nil, 415, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			server := httptest.NewServer(b.server)
			defer server.Close()
			p := newPhone(b, "dev1")
			p.binary = c.binary
			p.begin()
			code, header := postTo(t, server.URL, c.typ, p.encode(p.opening(wire.AlertSlow)), c.change)
			if got := header.Get("Content-Type"); code != c.code || c.code == 200 && got != c.reply {
				t.Errorf("HTTP %d, %q", code, got)
			}
			if c.code == 200 && header.Get("Cache-Control") != "no-store" {
				t.Error("reply may be kept by others")
			}
		})
	}
}

// postTo posts a body over HTTP. The reply must tell its length, however long it is.
func postTo(t *testing.T, url, typ string, body []byte, change func(*http.Request)) (int, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/syncml", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", typ)
	if change != nil {
		change(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode == http.StatusOK && (res.ContentLength != int64(len(got)) || len(res.TransferEncoding) != 0) {
		t.Errorf("reply of %d bytes tells %d, encoding %q", len(got), res.ContentLength, res.TransferEncoding)
	}
	return res.StatusCode, res.Header
}

// TestLongReplyTellsItsLength: a reply that HTTP would send in chunks.
func TestLongReplyTellsItsLength(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 50_000)) })
	p := newPhone(b, "dev1")
	p.begin()
	mode := p.hello(wire.AlertSlow)
	m := p.message(true, p.syncCommand(p.changesFor(mode)...))
	server := httptest.NewServer(b.server)
	defer server.Close()
	_, query, _ := strings.Cut(p.url, "?")
	code, header := postTo(t, server.URL, p.contentType(), p.encode(m), func(r *http.Request) { r.URL.RawQuery = query })
	if n, _ := strconv.Atoi(header.Get("Content-Length")); n < 50_000 {
		t.Errorf("HTTP %d, Content-Length %d", code, n)
	}
}

// TestRule_2_3_CarelessText: bytes inside an item that XML does not allow are the item's trouble, not the
// session's. A document that is broken outside of its text is refused.
func TestRule_2_3_CarelessText(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		code           int
	}{
		{"Latin-1", "Given", "Ren\xE9", 200},
		{"Latin-1 in CDATA", "BEGIN:VCARD", "<![CDATA[Ren\xE9]]>BEGIN:VCARD", 200},
		{"control characters in CDATA", "BEGIN:VCARD", "<![CDATA[\x00\x01\x0B]]>BEGIN:VCARD", 200},
		{"a control character by number", "Given", "&#1;", 200},
		{"half a UTF-8 character", "Given", "\xC3", 200},
		{"a bare ampersand", "Given", "Smith & Sons", 200},
		{"an element that never ends", "</Item>", "", 400},
		{"CDATA that never ends", "Given", "<![CDATA[", 400},
		{"a tag out of nowhere", "Given", "</Sync>", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.add(1, 2, 3)
			p.begin()
			p.hello(wire.AlertSlow)
			good := p.encode(p.message(true, p.syncCommand(p.changesFor(200)...)))
			if p.post(bytes.Replace(good, []byte(c.old), []byte(c.new), 1)); p.code != c.code {
				t.Fatalf("HTTP %d, want %d", p.code, c.code)
			}
			if c.code == 200 {
				if n := len(b.db("dev1").Inbox); n != 3 {
					t.Errorf("%d items of 3 stored", n)
				}
				return
			}
			if p.take(p.decode(p.post(good))); !slices.Contains(p.codes(), "Add 201") {
				t.Errorf("the session does not go on: HTTP %d %v", p.code, p.codes())
			}
		})
	}
}

// TestStrangersGetLessRoom: who has not logged in cannot have us read what a phone in a session may send.
func TestStrangersGetLessRoom(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	big := &wire.Change{Verb: wire.Add, Items: []wire.Item{{Source: wire.Location{URI: "1"}, Data: wire.Data{Text: strings.Repeat("x", 3<<20)}}}}
	body := p.encode(p.message(true, p.syncCommand(big)))
	if code := postRaw(b, "http://sync.example.org/syncml", false, body); code != 413 {
		t.Errorf("without a session: HTTP %d", code)
	}
	if code := postRaw(b, "http://sync.example.org/syncml?sessionid=guess", false, body); code != 413 {
		t.Errorf("with a guess: HTTP %d", code)
	}
	if code := postRaw(b, p.url, false, body); code != 200 || len(b.db("dev1").Inbox) != 1 {
		t.Errorf("in a session: HTTP %d", code)
	}
}
