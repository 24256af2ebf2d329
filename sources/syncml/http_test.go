package syncml_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

var xmlOptions = xmltree.Options{Declaration: true}

func TestBadInput(t *testing.T) {
	deep := strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000)
	for _, c := range []struct {
		name, method, typ, body string
		code                    int
	}{
		{"GET", http.MethodGet, "", "", 405},
		{"PUT", http.MethodPut, "application/vnd.syncml+xml", "<x/>", 405},
		{"no type", http.MethodPost, "", "<x/>", 415},
		{"form", http.MethodPost, "application/x-www-form-urlencoded", "a=b", 415},
		{"empty", http.MethodPost, "application/vnd.syncml+xml", "", 400},
		{"not XML", http.MethodPost, "application/vnd.syncml+xml", "hello", 400},
		{"not WBXML", http.MethodPost, "application/vnd.syncml+wbxml", "hello", 400},
		{"XML as WBXML", http.MethodPost, "application/vnd.syncml+wbxml", "<SyncML/>", 400},
		{"other XML", http.MethodPost, "application/vnd.syncml+xml", "<html/>", 400},
		{"no header", http.MethodPost, "application/vnd.syncml+xml", "<SyncML><SyncBody/></SyncML>", 400},
		{"no ids", http.MethodPost, "application/vnd.syncml+xml", "<SyncML><SyncHdr/><SyncBody/></SyncML>", 400},
		{"too deep", http.MethodPost, "application/vnd.syncml+xml", deep, 413},
		{"too long", http.MethodPost, "application/vnd.syncml+xml", "<a>" + strings.Repeat("x", 9<<20) + "</a>", 413},
		{"long device id", http.MethodPost, "application/vnd.syncml+xml", "<SyncML><SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID><Source><LocURI>" +
			strings.Repeat("x", 600) + "</LocURI></Source></SyncHdr><SyncBody/></SyncML>", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			var log bytes.Buffer
			b.opts.Log = slog.New(slog.NewTextHandler(&log, nil))
			b.restart()
			r := httptest.NewRequest(c.method, "/syncml", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.typ)
			w := httptest.NewRecorder()
			b.server.ServeHTTP(w, r)
			if w.Code != c.code {
				t.Errorf("HTTP %d", w.Code)
			}
			if c.code == 405 && w.Header().Get("Allow") != "POST" {
				t.Errorf("Allow is %q", w.Header().Get("Allow"))
			}
			if lines := strings.Count(log.String(), "\n"); c.code != 405 && lines != 1 {
				t.Errorf("%d log lines: %s", lines, log.String())
			}
		})
	}
}

func TestContentTypeWithCharset(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	r := httptest.NewRequest(http.MethodPost, p.url, bytes.NewReader(p.encode(p.opening(201))))
	r.Header.Set("Content-Type", "Application/vnd.syncml+XML; charset=utf-8")
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/vnd.syncml+xml; charset=UTF-8" {
		t.Errorf("HTTP %d, %q", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestRule_2_7_RespURI(t *testing.T) {
	for _, c := range []struct{ base, target, want string }{
		{"", "http://sync.example.org/syncml", "http://sync.example.org/syncml?sessionid="},
		{"", "https://sync.example.org:8443/syncml?x=1", "https://sync.example.org:8443/syncml?sessionid="},
		{"", "nonsense", "http://sync.example.org/syncml?sessionid="},
		{"", "", "http://sync.example.org/syncml?sessionid="},
		{"https://pim.example.org/b", "http://sync.example.org/syncml", "https://pim.example.org/b/syncml?sessionid="},
	} {
		b := newBench(t)
		b.opts.BaseURL = c.base
		b.restart()
		p := newPhone(b, "dev1")
		p.begin()
		m := p.opening(201)
		m.Header.Target.URI = c.target
		p.send(m)
		if !strings.HasPrefix(p.seen.RespURI, c.want) {
			t.Errorf("target %q: RespURI %q", c.target, p.seen.RespURI)
		}
		p.seen.RespURI = ""
		p.push(wire.AlertSlow)
		if p.seen.RespURI != "" {
			t.Errorf("target %q: RespURI again", c.target)
		}
	}
}

func TestUnknownSession(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	good := p.url
	for name, change := range map[string]func(m *wire.Message){
		"no token":      func(*wire.Message) { p.url = "http://sync.example.org/syncml" },
		"wrong token":   func(*wire.Message) { p.url = "http://sync.example.org/syncml?sessionid=guess" },
		"other device":  func(m *wire.Message) { m.Header.Source.URI = "dev2" },
		"other session": func(m *wire.Message) { m.Header.SessionID = "77" },
	} {
		p.url = good
		m := p.message(true, p.syncCommand())
		change(m)
		m.Header.Target.URI = p.url
		if p.post(p.encode(m)); p.code != http.StatusNotFound {
			t.Errorf("%s: HTTP %d", name, p.code)
		}
	}
	p.url = good
	if !p.pull(p.push(wire.AlertSlow)) {
		t.Errorf("the true session broke off: HTTP %d", p.code)
	}
}

// TestRule_1_4_TakeOver: a new session ends the older one, whose messages get what they got, or 404.
func TestRule_1_4_TakeOver(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1, 2)
	p.begin()
	opening := p.encode(p.opening(wire.AlertSlow))
	first := p.post(opening)
	p.take(p.decode(first))
	old := *p
	next := old.encode(old.message(true, old.syncCommand(old.changesFor(200)...)))

	p.sync(wire.AlertSlow)
	fence := b.db("dev1")
	if again := p.post(opening); !bytes.Equal(first, again) {
		t.Error("older session's message got another reply")
	}
	if old.post(next); old.code != http.StatusNotFound {
		t.Errorf("older session goes on: HTTP %d", old.code)
	}
	if d := b.db("dev1"); len(d.Inbox) != len(fence.Inbox) || !slices.Equal(d.Ends, []bool{true}) {
		t.Errorf("%d rows, ends %v", len(d.Inbox), d.Ends)
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("mode %d", mode)
	}
}

// TestRule_1_4_TakenOverInTheMiddle: the fence alone is enough, should both sessions be at work.
func TestRule_1_4_TakenOverInTheMiddle(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	b.fakes.onStart = func() {
		if _, err := b.fakes.TakeOver(t.Context(), "owner-anna", "client-dev1"); err != nil {
			t.Error(err)
		}
	}
	if p.push(wire.AlertSlow); p.code != http.StatusNotFound {
		t.Errorf("HTTP %d", p.code)
	}
}

// TestPhoneBeginsAnew: a phone that lost its memory may send the very bytes of an older session.
func TestPhoneBeginsAnew(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.basic = true
	p.begin()
	opening := p.encode(p.opening(wire.AlertSlow))
	first := p.post(opening)
	p.take(p.decode(first))
	p.push(wire.AlertSlow)

	p.msg, p.queue = 1, nil
	if again := p.post(opening); !bytes.Equal(first, again) {
		t.Fatal("the same bytes are no resend")
	}
	p.add(9)
	if p.push(wire.AlertSlow); p.code != http.StatusNotFound {
		t.Fatalf("message 2 with other bytes: HTTP %d", p.code)
	}
	p.url = "http://sync.example.org/syncml"
	if again := p.post(opening); bytes.Equal(first, again) || p.code != 200 {
		t.Errorf("phone is caught in its old session, HTTP %d", p.code)
	}
}

// TestRule_2_2_ResendWhileAtWork: the second copy waits for the reply to the first.
func TestRule_2_2_ResendWhileAtWork(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1)
	p.begin()
	p.hello(wire.AlertSlow)
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	b.fakes.onStart = func() {
		once.Do(func() { close(entered); <-leave })
	}
	body := p.encode(p.message(true, p.syncCommand(p.changesFor(200)...)))
	replies := make(chan []byte, 2)
	post := func() { q := *p; replies <- q.post(body) }
	go post()
	<-entered
	go post()
	close(leave)
	if one, two := <-replies, <-replies; !bytes.Equal(one, two) || len(one) == 0 {
		t.Errorf("two replies:\n%s\n%s", one, two)
	}
	if d := b.db("dev1"); len(d.Inbox) != 1 || len(d.Modes) != 1 {
		t.Errorf("%d rows, runs %v", len(d.Inbox), d.Modes)
	}
}

// TestRule_1_6_SlowPeer: a phone is told to come again, and in the end let go with its part stored.
func TestRule_1_6_SlowPeer(t *testing.T) {
	working := fmt.Errorf("peer: %w", syncml.ErrWorking)
	for _, c := range []struct {
		name  string
		errs  []error
		ended []bool
		modes int
		sent  int
	}{
		{"done at the third look", []error{working, working}, []bool{true}, 1, 1},
		{"not done in time", []error{working, working, working, working}, nil, 0, 0},
		{"fails", []error{errors.New("peer is away")}, nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0)) })
			b.fakes.startErrs = c.errs
			p := newPhone(b, "dev1")
			p.resend = true
			p.add(1)
			p.sync(wire.AlertSlow)
			d := b.db("dev1")
			if len(d.Inbox) != 1 || len(d.Modes) != c.modes || !slices.Equal(d.Ends, c.ended) || len(d.Mapped) != c.sent {
				t.Errorf("%d rows, runs %v, ends %v, mapped %v", len(d.Inbox), d.Modes, d.Ends, d.Mapped)
			}
			b.fakes.startErrs = nil
			if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
				t.Errorf("next sync in mode %d", mode)
			}
			if d := b.db("dev1"); len(d.Mapped) != 1 {
				t.Errorf("owed op not sent: %v", d.Mapped)
			}
		})
	}
}

// TestRule_1_6_SeveralDatabases: the phone is not kept waiting for each of its databases.
func TestRule_1_6_SeveralDatabases(t *testing.T) {
	b := newBench(t)
	b.fakes.startErrs = []error{syncml.ErrWorking, syncml.ErrWorking}
	p := newPhone(b, "dev1")
	p.begin()
	p.send(say(true, alert(201, "contacts", "addressbook"))(p))
	other := p.syncCommand()
	other.Target.URI, other.Source.URI = "contacts", "./contacts"
	if !p.pull(p.send(p.message(true, p.syncCommand(), other))) {
		t.Fatalf("HTTP %d, %v", p.code, p.codes())
	}
	want := []time.Duration{20 * time.Second, 2 * time.Second, 20 * time.Second, 20 * time.Second}
	if !slices.Equal(b.fakes.waits, want) {
		t.Errorf("waits %v, want %v", b.fakes.waits, want)
	}
}

// TestNextMessage: a message without Final that leaves nothing to say is answered by Alert 222.
func TestNextMessage(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	p.queue = nil
	p.send(p.message(false))
	last := p.seen.Alerts[len(p.seen.Alerts)-1]
	if last.Code != wire.AlertNextMessage {
		t.Errorf("alerts %+v", last)
	}
	p.push(wire.AlertSlow)
}

// TestLateMaps: some phones send their Maps after the Final that ended the session.
func TestLateMaps(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0)) })
	p := newPhone(b, "dev1")
	p.noMaps = true
	p.sync(wire.AlertSlow)
	p.noMaps = false
	if rep := p.send(p.message(true, p.withMaps()...)); rep == nil || !rep.Final {
		t.Fatalf("HTTP %d", p.code)
	}
	if d := b.db("dev1"); d.Mapped[1] != "n0" {
		t.Errorf("mapped %v", d.Mapped)
	}
}
