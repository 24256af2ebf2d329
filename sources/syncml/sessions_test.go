package syncml_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// logged gives the bench a sessions log.
func (b *bench) logged(content bool) *sessionlog.Log {
	b.t.Helper()
	l := sessionlog.Open(b.store, sessionlog.Options{Now: b.opts.Now, Content: func(context.Context, string) bool { return content }})
	b.opts.Sessions = l
	b.restart()
	return l
}

// newest gives all that the log says of its newest session.
func newest(t *testing.T, l *sessionlog.Log) (sessionlog.Session, []sessionlog.Exchange, string) {
	t.Helper()
	list, err := l.Sessions(t.Context(), sessionlog.Filter{})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d sessions in the log, %v", len(list), err)
	}
	s, said, err := l.Session(t.Context(), "", list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range said {
		all.WriteString(e.Request + e.Reply)
	}
	return s, said, all.String()
}

// TestSessionsLogTellsASession: who, when, which messages, how it ended; and nothing that is private.
func TestSessionsLogTellsASession(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     func(p *phone)
		content bool
	}{
		{"xml, md5", func(*phone) {}, false},
		{"wbxml, md5", func(p *phone) { p.binary = true }, false},
		{"xml, basic", func(p *phone) { p.basic = true }, false},
		{"xml, content", func(*phone) {}, true},
		{"wbxml, content", func(p *phone) { p.binary = true }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			l := b.logged(c.content)
			p := newPhone(b, "dev1")
			c.set(p)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(7, 0)) })
			p.add(1, 2)
			p.sync(wire.AlertSlow)
			s, said, all := newest(t, l)
			if s.Owner != "owner-anna" || s.Client != "client-dev1" || s.Device != "dev1" || s.Name != "anna" || s.Address != "192.0.2.1" {
				t.Errorf("who: %+v", s)
			}
			if s.Ending != sessionlog.Completed || s.Modes != "201" || s.Received != 2 || s.Sent != 1 || s.Messages != p.seen.Messages || len(said) != s.Messages {
				t.Errorf("what: %+v, %d messages told", s, len(said))
			}
			if s.In == 0 || s.Out == 0 || !s.Started.Equal(b.clock) {
				t.Errorf("figures: %+v", s)
			}
			for _, want := range []string{"<SyncHdr", "<Alert>", "<DevInf", "Mod>One<", "<LocURI>p1</LocURI>", "<Data>201</Data>", "<Add>"} {
				if !strings.Contains(all, want) {
					t.Errorf("%s is not told", want)
				}
			}
			if got := strings.Contains(all, "Sample00001") && strings.Contains(all, "Sample00007"); got != c.content {
				t.Errorf("content of items is told: %v", got)
			}
			if !c.content && strings.Contains(all, "Given") {
				t.Error("a part of an item is told")
			}
			private(t, p, all)
		})
	}
}

// private looks for secrets of a session in what is told of it.
func private(t *testing.T, p *phone, all string) {
	t.Helper()
	token := p.seen.RespURI[strings.Index(p.seen.RespURI, "sessionid=")+len("sessionid="):]
	for what, secret := range map[string]string{
		"token": token, "nonce": string(p.nonce), "nonce in base64": wire.Basic("", string(p.nonce)).Data[2:],
		"basic": wire.Basic(p.user, p.password).Data, "md5": wire.MD5(p.user, p.password, nil).Data,
	} {
		if len(secret) > 4 && strings.Contains(all, secret) {
			t.Errorf("the log holds the %s %s", what, secret)
		}
	}
	if strings.Count(all, "(left out)") < 2 {
		t.Error("credentials and nonces are not marked as left out")
	}
}

func TestSessionsLogTellsHowASessionEnded(t *testing.T) {
	for _, c := range []struct {
		name   string
		play   func(b *bench, p *phone)
		ending string
	}{
		{"suspended", func(_ *bench, p *phone) {
			p.begin()
			p.hello(wire.AlertSlow)
			p.send(p.message(true, &wire.Alert{Code: wire.AlertSuspend}))
		}, sessionlog.Suspended},
		{"expired", func(b *bench, p *phone) {
			p.begin()
			p.send(p.opening(wire.AlertSlow))
			b.clock = b.clock.Add(time.Hour)
			if err := b.server.Expire(b.t.Context()); err != nil {
				b.t.Fatal(err)
			}
		}, sessionlog.Expired},
		{"goes on", func(_ *bench, p *phone) {
			p.begin()
			p.send(p.opening(wire.AlertSlow))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			l := b.logged(false)
			c.play(b, newPhone(b, "dev1"))
			if s, _, _ := newest(t, l); s.Ending != c.ending {
				t.Errorf("ended %q (%s), want %q", s.Ending, s.Why, c.ending)
			}
		})
	}
}

func TestSessionsLogTellsOfATakeOver(t *testing.T) {
	b := newBench(t)
	l := b.logged(false)
	p := newPhone(b, "dev1")
	p.begin()
	p.send(p.opening(wire.AlertSlow))
	p.sync(wire.AlertSlow)
	list, err := l.Sessions(t.Context(), sessionlog.Filter{Owner: "owner-anna"})
	if err != nil || len(list) != 2 || list[1].Ending != sessionlog.TakenOver || list[0].Ending != sessionlog.Completed {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestSessionsLogTellsOfRefusals: a wrong password has a row of nobody's, which holds no password.
func TestSessionsLogTellsOfRefusals(t *testing.T) {
	for _, basic := range []bool{false, true} {
		b := newBench(t)
		l := b.logged(true)
		p := newPhone(b, "dev1")
		p.basic, p.password = basic, "a-wrong-password"
		p.add(1)
		p.begin()
		p.send(p.opening(wire.AlertSlow))
		s, _, all := newest(t, l)
		if s.Owner != "" || s.Client != "" || s.Name != "anna" || s.Ending != sessionlog.Refused || s.Why != "status 401" {
			t.Errorf("told %+v", s)
		}
		if strings.Contains(all, wire.Basic("anna", p.password).Data) || strings.Contains(all, "Sample") {
			t.Error("what a refused phone sent is in the log")
		}
		mine, err := l.Sessions(t.Context(), sessionlog.Filter{Owner: "owner-anna", Name: "anna"})
		if err != nil || len(mine) != 1 {
			t.Errorf("%d sessions under the account's name, %v", len(mine), err)
		}
		if theirs, err := l.Sessions(t.Context(), sessionlog.Filter{Owner: "owner-bert", Name: "bert"}); err != nil || len(theirs) != 0 {
			t.Errorf("%d sessions under another's name, %v", len(theirs), err)
		}
	}
}

// TestSessionsLogTellsWhatCannotBeRead: nothing but that it happened.
func TestSessionsLogTellsWhatCannotBeRead(t *testing.T) {
	b := newBench(t)
	l := b.logged(true)
	r := httptest.NewRequest(http.MethodPost, "http://sync.example.org/syncml", strings.NewReader("<SyncML>my secret"))
	r.Header.Set("Content-Type", "application/vnd.syncml+xml")
	b.server.ServeHTTP(httptest.NewRecorder(), r)
	if s, _, all := newest(t, l); s.Ending != sessionlog.Refused || s.Why != "HTTP 400 Bad Request" || all != "" {
		t.Errorf("told %+v %s", s, all)
	}
}

func TestSessionsLogTellsOfResends(t *testing.T) {
	b := newBench(t)
	l := b.logged(false)
	p := newPhone(b, "dev1")
	p.resend = true
	p.sync(wire.AlertSlow)
	again := 0
	_, said, _ := newest(t, l)
	for _, e := range said {
		if e.Again {
			again++
		}
	}
	if again == 0 || again*2 != len(said) {
		t.Errorf("%d of %d messages are told to have come again", again, len(said))
	}
}

// TestSessionsLogNeverFailsASync: without its tables it is silent, and the sync is what it was.
func TestSessionsLogNeverFailsASync(t *testing.T) {
	b := newBench(t)
	b.logged(false)
	err := b.store.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("DROP TABLE syncml_log").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	p := newPhone(b, "dev1")
	p.add(1, 2)
	p.sync(wire.AlertSlow)
	if d := b.db("dev1"); len(d.Inbox) != 2 || len(d.Ends) != 1 || !d.Ends[0] {
		t.Errorf("%d changes arrived, runs ended %v", len(d.Inbox), d.Ends)
	}
}
