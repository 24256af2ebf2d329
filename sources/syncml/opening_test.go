package syncml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestOddOpenings: sessions of phones that write their headers and Alerts in their own way go on to the end.
func TestOddOpenings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p *phone, m *wire.Message)
	}{
		{"no name beside basic credentials", func(p *phone, m *wire.Message) {
			m.Header.Source.Name, m.Header.Cred = "", wire.Basic(p.user, p.password)
		}},
		{"another name beside basic credentials", func(p *phone, m *wire.Message) {
			m.Header.Source.Name, m.Header.Cred = "My phone", wire.Basic(p.user, p.password)
		}},
		{"basic credentials without a format", func(p *phone, m *wire.Message) {
			m.Header.Cred = wire.Basic(p.user, p.password)
			m.Header.Cred.Format = ""
		}},
		{"credentials without a type", func(p *phone, m *wire.Message) {
			m.Header.Cred = wire.Basic(p.user, p.password)
			m.Header.Cred.Type = ""
		}},
		{"a type in capitals", func(_ *phone, m *wire.Message) { m.Header.Cred.Type = "syncml:auth-MD5" }},
		{"a session id of ten digits", func(p *phone, m *wire.Message) { p.session, m.Header.SessionID = 1234567890, "1234567890" }},
		{"the first message is the third", func(p *phone, m *wire.Message) { p.msg, m.Header.MsgID = 3, "3" }},
		{"a device id with a colon", func(p *phone, m *wire.Message) {
			p.device, m.Header.Source.URI = "IMEI:490000000000000", "IMEI:490000000000000"
			p.checker.device = p.device
		}},
		{"no target in the header", func(_ *phone, m *wire.Message) { m.Header.Target = wire.Location{} }},
		{"no target in the Alert", func(_ *phone, m *wire.Message) { alertOf(m).Target = wire.Location{} }},
		{"a slash as the Alert's target", func(_ *phone, m *wire.Message) { alertOf(m).Target.URI = "/" }},
		{"a query in the Alert's target", func(_ *phone, m *wire.Message) { alertOf(m).Target.URI = "./contacts?/dr(1,2)" }},
		{"no anchor in the Alert", func(_ *phone, m *wire.Message) { alertOf(m).Meta.Anchor = nil }},
		{"only a Last in the Alert", func(_ *phone, m *wire.Message) { alertOf(m).Meta.Anchor = &wire.Anchor{Last: "x"} }},
		{"a size for the Alert only", func(_ *phone, m *wire.Message) { alertOf(m).Meta.MaxObjSize = 3000 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.add(1, 2)
			p.begin()
			m := p.opening(wire.AlertSlow)
			c.change(p, m)
			if p.send(m); len(p.seen.Alerts) != 1 || !p.pull(p.push(wire.AlertSlow)) {
				t.Fatalf("HTTP %d, %v", p.code, p.codes())
			}
			if d := b.db(p.device); len(d.Inbox) != 2 || !slices.Equal(d.Ends, []bool{true}) {
				t.Errorf("%d rows, ends %v", len(d.Inbox), d.Ends)
			}
		})
	}
}

// alertOf is the item of an opening's Alert.
func alertOf(m *wire.Message) *wire.Item {
	return &m.Commands[len(m.Commands)-1].(*wire.Alert).Items[0]
}

// TestFinalWhileOurPackageIsNotOver: a phone may put a Final into the message by which it asks for the rest
// of our opening. That is not the end of changes which it has not begun to send.
func TestFinalWhileOurPackageIsNotOver(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.maxMsg, p.tolerant = 1200, true
	p.add(1, 2)
	p.begin()
	rep := p.send(p.opening(wire.AlertSlow))
	asked := 0
	for ; rep != nil && !rep.Final; asked++ {
		rep = p.send(p.message(true, &wire.Alert{Code: wire.AlertNextMessage}))
	}
	if asked == 0 {
		t.Fatal("the opening came in one message")
	}
	if !p.pull(p.push(wire.AlertSlow)) {
		t.Fatalf("HTTP %d, %v", p.code, p.codes())
	}
	if d := b.db("dev1"); len(d.Inbox) != 2 || !slices.Equal(d.Modes, []int{201}) {
		t.Errorf("%d rows, runs %v", len(d.Inbox), d.Modes)
	}
}

// TestOldMessages: what was said in a session that is over moves nothing any more, however old it is.
func TestOldMessages(t *testing.T) {
	for _, basic := range []bool{false, true} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.basic = basic
		p.add(1)
		p.begin()
		opening := p.encode(p.opening(wire.AlertSlow))
		p.take(p.decode(p.post(opening)))
		first := *p
		changes := p.encode(p.message(true, p.syncCommand(p.changesFor(201)...)))
		p.take(p.decode(p.post(changes)))
		p.send(p.message(true))
		p.commit()
		rows := len(b.db("dev1").Inbox)
		for _, age := range []time.Duration{time.Hour, 48 * time.Hour} {
			b.clock = b.clock.Add(age)
			if err := b.server.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := 200 // the reply that it got
			if age > 24*time.Hour {
				want = 404
			}
			if first.post(changes); first.code != want {
				t.Errorf("basic %v, after %v: HTTP %d", basic, age, first.code)
			}
		}
		if d := b.db("dev1"); len(d.Inbox) != rows || !slices.Equal(d.Ends, []bool{true}) {
			t.Errorf("basic %v: %d rows, ends %v", basic, len(d.Inbox), d.Ends)
		}
		// Who has the opening has the password, if it was basic; a digest is good for one session.
		first.url = "http://sync.example.org/syncml"
		if rep := first.decode(first.post(opening)); summary(rep) == "SyncHdr 401, Put 401, Get 401, Alert 401, Final" == basic {
			t.Errorf("basic %v: %s", basic, summary(rep))
		}
		if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
			t.Errorf("basic %v: next sync in mode %d", basic, mode)
		}
	}
}

// TestSessionOfAnother: a token is of no use to another device, another session or with wrong credentials,
// and none of these disturb the session that it names.
func TestSessionOfAnother(t *testing.T) {
	for name, change := range map[string]func(m *wire.Message){
		"another device":   func(m *wire.Message) { m.Header.Source.URI = "dev2" },
		"another session":  func(m *wire.Message) { m.Header.SessionID = "77" },
		"another owner":    func(m *wire.Message) { m.Header.Source.URI, m.Header.Cred = "dev2", wire.Basic("bert", "other") },
		"wrong password":   func(m *wire.Message) { m.Header.SessionID, m.Header.Cred = "77", wire.Basic("anna", "guess") },
		"a device unnamed": func(m *wire.Message) { m.Header.Source.URI = "dev1 " + strings.Repeat("x", 10) },
	} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.add(1)
		p.begin()
		p.hello(wire.AlertSlow)
		evil := *p
		m := evil.message(true, evil.syncCommand(addOf("evil")))
		change(m)
		out := evil.post(evil.encode(m))
		if d := b.db("dev1"); len(d.Inbox) != 0 || evil.code == 200 && contains(string(out), "<Cmd>Add</Cmd><Data>201") {
			t.Errorf("%s: %d rows, HTTP %d", name, len(d.Inbox), evil.code)
		}
		if !p.pull(p.push(wire.AlertSlow)) {
			t.Errorf("%s: the session broke off, HTTP %d", name, p.code)
		}
		if d := b.db("dev1"); len(d.Inbox) != 1 || !slices.Equal(d.Ends, []bool{true}) {
			t.Errorf("%s: %d rows, ends %v", name, len(d.Inbox), d.Ends)
		}
	}
}

// TestTokensCannotBeGuessed: no two sessions share a token, and a token is long.
func TestTokensCannotBeGuessed(t *testing.T) {
	b := newBench(t)
	seen := map[string]bool{}
	for i := range 20 {
		p := newPhone(b, fmt.Sprintf("dev%d", i))
		p.basic = true
		p.begin()
		p.hello(wire.AlertSlow)
		_, token, _ := strings.Cut(p.seen.RespURI, "sessionid=")
		if len(token) != 26 || seen[token] {
			t.Errorf("token %q", token)
		}
		seen[token] = true
	}
}

// TestFloodOfStrangers: log-ins that fail leave a bounded number of rows and no session.
func TestFloodOfStrangers(t *testing.T) {
	b := newBench(t)
	for i := range 1100 {
		b.clock = b.clock.Add(time.Millisecond)
		p := newPhone(b, fmt.Sprintf("dev%d", i))
		p.user, p.basic, p.noCred = fmt.Sprintf("user%d", i), i%3 == 1, i%3 == 2
		p.begin()
		p.post(p.encode(p.opening(wire.AlertSlow)))
	}
	if n, s, m := b.count("syncml_nonces"), b.count("syncml_sessions"), b.count("syncml_messages"); n > 1000 || s+m != 0 {
		t.Errorf("%d nonces, %d sessions, %d messages", n, s, m)
	}
}
