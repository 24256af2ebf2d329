package syncml_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// allocated is how much memory fn asks for, in all, whether it gives it back or not.
func allocated(fn func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// endless is a body that never ends.
type endless struct{ tag string }

func (e endless) Read(b []byte) (int, error) {
	n := 0
	for n+len(e.tag) <= len(b) {
		n += copy(b[n:], e.tag)
	}
	return max(n, 1), nil
}

// A hostile body is one that costs its sender little.
type hostile struct {
	name   string
	binary bool
	coding string
	body   func() io.Reader
	code   int
}

const wbxmlHead = "\x02\xA4\x01\x6A\x00"

func hostiles() []hostile {
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	packed := func(writer func(io.Writer) io.WriteCloser, n int64, tag string) func() io.Reader {
		var z bytes.Buffer
		w := writer(&z)
		_, _ = io.Copy(w, io.LimitReader(endless{tag}, n))
		_ = w.Close()
		return func() io.Reader { return bytes.NewReader(z.Bytes()) }
	}
	framed := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	zipped := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	tags := "<SyncML>" + strings.Repeat("<a/>", 3_000_000)
	return []hostile{
		{"20 MB of blanks, zipped", false, "gzip", packed(zipped, 20<<20, " "), 413},
		{"20 MB of tags, deflated", false, "deflate", packed(framed, 20<<20, "<a/>"), 413},
		{"20 MB of WBXML, deflated", true, "deflate", packed(framed, 20<<20, "\x2D"), 413},
		{"three million tags", false, "", text(tags), 413},
		{"three million tags in WBXML", true, "", text(wbxmlHead + "\x6D" + strings.Repeat("\x05", 3_000_000) + "\x01"), 413},
		{"as many tags as fit", false, "", text(tags[:1<<20-8] + "</SyncML>"), 413},
		{"as many tags as fit in WBXML", true, "", text(wbxmlHead + "\x6D" + strings.Repeat("\x05", 1<<20-10) + "\x01"), 413},
		{"an opaque block of 256 MB", true, "", text(wbxmlHead + "\x6D\xC3\xFF\xFF\xFF\x7F" + "abc\x01"), 400},
		{"a string table of 256 MB", true, "", text("\x02\xA4\x01\x6A\xFF\xFF\xFF\x7Fabc\x00\x6D"), 400},
		{"a string table named a hundred thousand times", true, "",
			text("\x02\xA4\x01\x6A\x87\x68" + strings.Repeat("x", 999) + "\x00\x6D" + strings.Repeat("\x83\x00", 100_000) + "\x01"), 413},
		{"entities", false, "", text(`<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><SyncML>&c;&c;&c;</SyncML>`), 400},
		{"nesting", false, "", text(strings.Repeat("<a>", 300_000)), 413},
		{"nesting in WBXML", true, "", text(wbxmlHead + strings.Repeat("\x6D", 500_000)), 413},
		{"a tag that never ends", false, "", text("<SyncML " + strings.Repeat("a='b' ", 100_000)), 413},
		{"a name that never ends", false, "", text("<" + strings.Repeat("a", 1<<20-1)), 400},
		{"a body that never ends", false, "", func() io.Reader { return endless{"<a>x</a>"} }, 413},
		{"a body of WBXML that never ends", true, "", func() io.Reader { return endless{"\x2D"} }, 413},
	}
}

func (h hostile) post(b *bench, url string) int {
	r := httptest.NewRequest(http.MethodPost, url, io.NopCloser(h.body()))
	r.ContentLength = -1
	r.Header.Set("Content-Type", map[bool]string{false: "application/vnd.syncml+xml", true: "application/vnd.syncml+wbxml"}[h.binary])
	if h.coding != "" {
		r.Header.Set("Content-Encoding", h.coding)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	return w.Code
}

// TestHostileBodies: what costs a stranger little costs us little. All memory counts that is asked for, not
// only what is held at a time.
func TestHostileBodies(t *testing.T) {
	b := newBench(t)
	b.logged(false)
	for _, h := range hostiles() {
		t.Run(h.name, func(t *testing.T) {
			var code int
			if n := allocated(func() { code = h.post(b, "http://sync.example.org/syncml") }); n > 24<<20 { // the race detector asks for some as well
				t.Errorf("%d MB were asked for", n>>20)
			}
			if code != h.code {
				t.Errorf("HTTP %d, want %d", code, h.code)
			}
		})
	}
}

// TestHostileBodiesInASession: who has logged in may send more, not without bounds.
func TestHostileBodiesInASession(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	for _, h := range hostiles() {
		t.Run(h.name, func(t *testing.T) {
			var code int
			if n := allocated(func() { code = h.post(b, p.url) }); n > 100<<20 {
				t.Errorf("%d MB were asked for", n>>20)
			}
			if code != h.code {
				t.Errorf("HTTP %d, want %d", code, h.code)
			}
		})
	}
	if !p.pull(p.push(wire.AlertSlow)) {
		t.Errorf("the session broke off: HTTP %d", p.code)
	}
}

// TestHostileCommands: thousands of commands in one message are answered within its bounds.
func TestHostileCommands(t *testing.T) {
	for _, c := range []struct {
		name string
		cmd  func(i int) wire.Command
	}{
		{"alerts of unknown databases", func(i int) wire.Command { return calls(fmt.Sprint("nothing", i), fmt.Sprint("./n", i)) }},
		{"alerts of many databases", func(i int) wire.Command { return calls("contacts", fmt.Sprint("./c", i)) }},
		{"alerts of one database", func(int) wire.Command { return calls("contacts", "./c") }},
		{"empty syncs", func(i int) wire.Command { return &wire.Sync{Target: wire.Location{URI: fmt.Sprint("x", i)}} }},
		{"gets", func(int) wire.Command {
			return &wire.Get{Items: []wire.Item{{Target: wire.Location{URI: "./devinf12"}}}}
		}},
		{"maps of nothing", func(i int) wire.Command {
			return &wire.Map{Target: wire.Location{URI: "contacts"}, Items: []wire.MapItem{{GUID: fmt.Sprint(i), LUID: "x"}}}
		}},
		{"requests for more", func(int) wire.Command { return &wire.Alert{Code: wire.AlertNextMessage} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.begin()
			p.hello(wire.AlertSlow)
			p.queue = nil
			var cmds []wire.Command
			for i := range 3000 {
				cmds = append(cmds, c.cmd(i))
			}
			body := p.encode(p.message(false, cmds...))
			if n := allocated(func() { p.post(body) }); n > 120<<20 {
				t.Errorf("%d MB were asked for", n>>20)
			}
			if p.code != http.StatusOK {
				t.Errorf("HTTP %d", p.code)
			}
		})
	}
}

// calls makes an Alert of a two-way sync.
func calls(ours, theirs string) *wire.Alert {
	return &wire.Alert{Code: 200, Items: []wire.Item{{Target: wire.Location{URI: ours}, Source: wire.Location{URI: theirs},
		Meta: wire.Meta{Anchor: &wire.Anchor{Next: "1"}}}}}
}

// TestEndlessRequestsForMore: a phone that goes on asking is refused in the end, and what it asks then is not
// stored; its session goes on with the next message that brings something.
func TestEndlessRequestsForMore(t *testing.T) {
	for _, final := range []bool{false, true} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.add(1)
		p.begin()
		p.hello(wire.AlertSlow)
		refused := 0
		for i := range 200 {
			p.queue = nil
			rep := p.decode(p.post(p.encode(p.message(final, &wire.Alert{Code: wire.AlertNextMessage}))))
			code := rep.Commands[0].(*wire.Status).Code
			if code == 400 {
				refused++
			} else if refused > 0 {
				t.Fatalf("message %d after a refusal is answered by %d", i, code)
			}
		}
		if rows := b.count("syncml_messages"); refused < 100 || rows > 100 {
			t.Errorf("%d of 200 messages are refused, %d stored", refused, rows)
		}
		if !p.pull(p.push(wire.AlertSlow)) || len(b.db("dev1").Inbox) != 1 {
			t.Errorf("the session broke off: HTTP %d", p.code)
		}
	}
}

// TestMoreDataThatNeverEnds: bounded by the size that the phone told, and that by the greatest we take.
func TestMoreDataThatNeverEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		size int
		most int // bytes that are kept
		code int // of the pieces at the end
	}{
		{"of a size that is told", 100_000, 100_001, 424},
		{"of the greatest size", 4_000_000, 4_000_001, 424},
		{"of more than that", 2_000_000_000, 0, 424},
		{"of no size", 0, 0, 411},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.begin()
			p.hello(wire.AlertSlow)
			data, stored := strings.Repeat("x", 500_000), 0
			for i := range 12 {
				piece := &wire.Change{Verb: wire.Add, Items: []wire.Item{{Source: wire.Location{URI: "1"}, MoreData: true, Data: wire.Data{Text: data}}}}
				if i == 0 {
					piece.Meta.Size = c.size
				}
				p.queue, p.seen.Statuses = nil, nil
				if p.send(p.message(false, p.syncCommand(piece))) == nil {
					t.Fatalf("piece %d: HTTP %d", i, p.code)
				}
				stored = max(stored, b.chunkSize())
			}
			last := p.seen.Statuses[len(p.seen.Statuses)-1]
			if stored > c.most || last.Cmd != wire.Add || last.Code != c.code {
				t.Errorf("%d bytes are stored; the last piece is %s, answered by %d", stored, last.Cmd, last.Code)
			}
			if d := b.db("dev1"); len(d.Inbox) != 0 {
				t.Error("an item without end arrived")
			}
		})
	}
}

// chunkSize is how many bytes of unfinished objects are stored.
func (b *bench) chunkSize() (n int) {
	b.t.Helper()
	err := b.store.View(b.t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Raw("SELECT coalesce(sum(length(data)), 0) FROM syncml_chunks").Scan(&n).Error
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// stopping is a body that stops in its middle until it is told to go on.
type stopping struct {
	first io.Reader
	start chan<- struct{}
	end   <-chan struct{}
}

func (s *stopping) Read(b []byte) (int, error) {
	n, err := s.first.Read(b)
	if n > 0 || err == nil {
		return n, nil
	}
	s.start <- struct{}{}
	<-s.end
	return 0, io.EOF
}

// TestSlowSendersHoldNobodyUp: a hundred requests whose bodies do not end, of strangers and in the very session of a phone,
// do not keep that phone waiting, nor a new one; and together they take bounded memory.
func TestSlowSendersHoldNobodyUp(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1)
	p.begin()
	p.hello(wire.AlertSlow)
	start, end := make(chan struct{}), make(chan struct{})
	codes := make(chan int, 200)
	send := func(url string) {
		r := httptest.NewRequest(http.MethodPost, url, &stopping{first: strings.NewReader("<SyncML>" + strings.Repeat(" ", 600_000)), start: start, end: end})
		r.Header.Set("Content-Type", "application/vnd.syncml+xml")
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, r)
		codes <- w.Code
	}
	for range 100 {
		go send("http://sync.example.org/syncml")
		go send(p.url)
	}
	full := 0
	for waiting := 0; waiting+full < 200; {
		select {
		case <-start:
			waiting++
		case code := <-codes:
			if full++; code != http.StatusServiceUnavailable {
				t.Errorf("a slow sender is answered by HTTP %d", code)
			}
		}
	}
	if full < 20 {
		t.Errorf("%d of 200 slow senders are refused for want of room", full)
	}
	if !p.pull(p.push(wire.AlertSlow)) || len(b.db("dev1").Inbox) != 1 {
		t.Errorf("the phone's session broke off: HTTP %d", p.code)
	}
	other := newPhone(b, "dev2")
	other.try() // for its nonce
	if mode := other.sync(wire.AlertSlow); mode != wire.AlertSlow {
		t.Error("a new phone is kept out")
	}
	close(end)
	for range 200 - full {
		if code := <-codes; code != http.StatusBadRequest {
			t.Errorf("a body that was cut is answered by HTTP %d", code)
		}
	}
	if code := postRaw(b, "http://sync.example.org/syncml", false, bytes.Repeat([]byte(" "), 700_000)); code != http.StatusBadRequest {
		t.Errorf("the room was not given back: HTTP %d", code)
	}
}
