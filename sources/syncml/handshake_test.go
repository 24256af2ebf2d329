package syncml_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

type handshake struct {
	name  string
	setUp func(b *bench, p *phone)
	ask   int
	code  int // status of the Alert
	mode  int
}

func handshakes() []handshake {
	return []handshake{
		{"first sync asks slow", func(*bench, *phone) {}, 201, 200, 201},
		{"first sync asks two-way", func(*bench, *phone) {}, 200, 508, 201},
		{"as left", func(_ *bench, p *phone) { p.sync(201) }, 200, 200, 200},
		{"asks slow although as left", func(_ *bench, p *phone) { p.sync(201) }, 201, 200, 201},
		{"phone has another anchor", func(_ *bench, p *phone) { p.sync(201); p.last = "other" }, 200, 508, 201},
		{"phone was reset", func(_ *bench, p *phone) { p.sync(201); p.last = "" }, 200, 508, 201},
		{"engine needs slow", func(b *bench, p *phone) {
			p.sync(201)
			b.setDB("dev1", func(d *fakeDB) { d.NeedSlow = true })
		}, 200, 508, 201},
		{"one-way from client", func(_ *bench, p *phone) { p.sync(201) }, 202, 200, 202},
		{"one-way from client, the first time", func(*bench, *phone) {}, 202, 508, 201},
		{"refresh from client", func(_ *bench, p *phone) { p.sync(201) }, 203, 200, 203},
		{"refresh from client, the first time", func(*bench, *phone) {}, 203, 200, 203},
		{"one-way from server", func(_ *bench, p *phone) { p.sync(201) }, 204, 200, 204},
		{"one-way from server, the first time", func(*bench, *phone) {}, 204, 508, 201},
		{"refresh from server", func(_ *bench, p *phone) { p.sync(201) }, 205, 200, 205},
		{"refresh from server, the first time", func(*bench, *phone) {}, 205, 200, 205},
		// A phone that was called may repeat the server's own code (Sync Protocol 1.1, chapter 8).
		{"two-way by the server", func(_ *bench, p *phone) { p.sync(201) }, 206, 200, 200},
		{"two-way by the server, the first time", func(*bench, *phone) {}, 206, 508, 201},
		{"one-way from client by the server", func(_ *bench, p *phone) { p.sync(201) }, 207, 200, 202},
		{"refresh from client by the server", func(_ *bench, p *phone) { p.sync(201) }, 208, 200, 203},
		{"one-way from server by the server", func(_ *bench, p *phone) { p.sync(201) }, 209, 200, 204},
		{"refresh from server by the server", func(_ *bench, p *phone) { p.sync(201) }, 210, 200, 205},
		{"resume of a session that ended well", func(_ *bench, p *phone) { p.sync(201) }, 225, 508, 201},
		{"resume of nothing", func(*bench, *phone) {}, 225, 508, 201},
		{"last session broke off in the opening", func(_ *bench, p *phone) {
			p.sync(201)
			p.begin()
			p.hello(200)
		}, 200, 200, 200},
		{"phone believes that a session ended which broke off in the opening", func(_ *bench, p *phone) {
			p.sync(201)
			p.begin()
			p.hello(200)
			p.commit()
		}, 200, 508, 201},
		{"phone believes that a session ended whose last message we never got", func(_ *bench, p *phone) {
			p.sync(201)
			p.begin()
			p.push(p.hello(200))
			p.commit()
		}, 200, 200, 200},
		{"the same, of a slow sync, twice", func(_ *bench, p *phone) {
			for _, mode := range []int{201, 200} {
				p.begin()
				p.push(p.hello(mode))
				p.commit()
			}
		}, 200, 200, 200},
		{"phone forgets such a session again", func(_ *bench, p *phone) {
			p.sync(201)
			last, old := p.last, p.serverOld
			p.begin()
			p.push(p.hello(200))
			p.last, p.serverOld = last, old
		}, 200, 200, 200},
	}
}

// TestRule_2_5_Anchors: what a phone remembers of the last session decides between two-way and slow.
func TestRule_2_5_Anchors(t *testing.T) {
	for _, c := range handshakes() {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			c.setUp(b, p)
			b.restart()
			p.begin()
			mode := p.hello(c.ask)
			if mode != c.mode || !slices.Contains(p.codes(), "Alert "+itoa(c.code)) {
				t.Errorf("mode %d, %v", mode, p.codes())
			}
			if !p.pull(p.push(mode)) {
				t.Fatal("session broke off")
			}
			p.commit()
			if mode := p.sync(200); mode != 200 && !b.db("dev1").NeedSlow {
				t.Errorf("next sync in mode %d", mode)
			}
		})
	}
}

// TestPhoneMissesOurAnchor: a phone that remembers another anchor of ours answers our Alert with 508
// and sends everything.
func TestPhoneMissesOurAnchor(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1, 2, 3)
	p.sync(wire.AlertSlow)
	p.serverOld = "something else"
	flushes := b.db("dev1").Flushes
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertSlow {
		t.Fatalf("mode %d", mode)
	}
	d := b.db("dev1")
	if !slices.Equal(d.Modes, []int{201, 201}) || d.Flushes != flushes+1 {
		t.Errorf("modes %v, %d flushes", d.Modes, d.Flushes)
	}
	for _, r := range d.Inbox[3:] {
		if !r.Slow {
			t.Errorf("row of %s is not marked slow", r.LUID)
		}
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("next sync in mode %d", mode)
	}
}

func TestDatabasesRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		target string
		setUp  func(b *bench)
		code   int
	}{
		{"unknown", "wardrobe", func(*bench) {}, 404},
		{"bookmarks", "bookmarks", func(*bench) {}, 404},
		{"a dataclass or direction that the binding does not have", "addressbook", func(b *bench) { b.fakes.refuses = func(int, bool) bool { return true } }, 403},
		{"not bound", "addressbook", func(b *bench) { b.setDB("dev1", func(d *fakeDB) { d.Unbound = true }) }, 403},
		{"inbox cannot be planned", "addressbook", func(b *bench) { b.fakes.flushErr = errors.New("peer is away") }, 417},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			c.setUp(b)
			p := newPhone(b, "dev1")
			p.begin()
			item := p.alertItem()
			item.Target.URI = c.target
			m := p.message(true, &wire.Alert{Code: 201, Items: []wire.Item{item}})
			p.credentials(m)
			if p.send(m) == nil || !slices.Contains(p.codes(), "Alert "+itoa(c.code)) || len(p.seen.Alerts) != 0 {
				t.Errorf("%v, alerts %v", p.codes(), p.seen.Alerts)
			}
			p.send(p.message(true, p.syncCommand(&wire.Change{Verb: wire.Add, Items: []wire.Item{{
				Source: wire.Location{URI: "1"}, Data: wire.Data{Text: "x"}}}})))
			if !slices.Contains(p.codes(), "Sync 404") || !slices.Contains(p.codes(), "Add 404") || b.db("dev1").Puts != 0 {
				t.Errorf("changes of a refused database: %v", p.codes())
			}
		})
	}
}

func TestDatabaseNames(t *testing.T) {
	for _, name := range []string{"addressbook", "./addressbook", "/Contacts", "contact", "./Contact/Unfiled", "card", "card3",
		"con", "scard", "pab", `C:\Contacts`, "./contacts?/dr(1)", "contacts/", "http://sync.example.org/contacts"} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.begin()
		item := p.alertItem()
		item.Target.URI = name
		get := &wire.Get{Items: []wire.Item{{Target: wire.Location{URI: "./devinf12"}}}}
		m := p.message(true, get, &wire.Alert{Code: 201, Items: []wire.Item{item}})
		p.credentials(m)
		p.send(m)
		if len(p.seen.Alerts) != 1 || p.seen.Alerts[0].Items[0].Source.URI != name {
			t.Errorf("%s: %v", name, p.codes())
			continue
		}
		info := wire.ParseDevInf(p.seen.Results[0].Items[0].Data.Elem)
		if info.Stores[0].SourceRef != name {
			t.Errorf("device information names %q, phone %q", info.Stores[0].SourceRef, name)
		}
	}
}

func TestEmptyTarget(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	item := p.alertItem()
	item.Target = wire.Location{}
	m := p.message(true, &wire.Alert{Code: 201, Items: []wire.Item{item}})
	p.credentials(m)
	if p.send(m); len(p.seen.Alerts) != 1 {
		t.Errorf("%v", p.codes())
	}
}

func TestOtherAlerts(t *testing.T) {
	for code, want := range map[int]int{100: 200, 221: 200, 222: 200, 223: 200, 224: 200, 299: 406, 200: 412} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.begin()
		m := p.message(true, &wire.Alert{Code: code})
		p.credentials(m)
		p.send(m)
		if !slices.Contains(p.codes(), "Alert "+itoa(want)) {
			t.Errorf("alert %d: %v", code, p.codes())
		}
	}
}

// TestSuspend: a phone that stops has its changes kept, and the session is not taken for one that
// ended well.
func TestSuspend(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.sync(wire.AlertSlow)
	p.add(1)
	p.begin()
	p.hello(wire.AlertTwoWay)
	rep := p.send(p.message(true, p.syncCommand(p.changesFor(200)...), &wire.Alert{Code: wire.AlertSuspend}))
	if rep == nil || !rep.Final {
		t.Fatalf("answer to a suspend: %+v", rep)
	}
	if d := b.db("dev1"); len(d.Inbox) != 1 || len(d.Modes) != 1 {
		t.Errorf("%d rows, runs %v", len(d.Inbox), d.Modes)
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("next sync in mode %d", mode)
	}
}

// TestSyncWithoutInitialisation: an Alert and the changes may come in one message.
func TestSyncWithoutInitialisation(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0)) })
	p := newPhone(b, "dev1")
	p.add(1)
	p.begin()
	p.resend = true
	cmds := []wire.Command{&wire.Alert{Code: 201, Items: []wire.Item{p.alertItem()}}, p.syncCommand(p.changesFor(200)...)}
	m := p.message(true, cmds...)
	p.credentials(m)
	rep := p.send(m)
	if !p.pull(rep) {
		t.Fatalf("session broke off: %d %v", p.code, p.codes())
	}
	d := b.db("dev1")
	if len(d.Inbox) != 1 || len(d.Mapped) != 1 || !slices.Equal(d.Ends, []bool{true}) || len(p.seen.Alerts) != 1 {
		t.Errorf("%d rows, %d mapped, ends %v, %d alerts", len(d.Inbox), len(d.Mapped), d.Ends, len(p.seen.Alerts))
	}
}

// TestDeviceInformationAskedFor: a phone that tells nothing about itself is asked, and served as it says.
func TestDeviceInformationAskedFor(t *testing.T) {
	for _, binary := range []bool{false, true} {
		b := newBench(t)
		b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0)) })
		p := newPhone(b, "dev1")
		p.noPut, p.binary = true, binary
		p.sync(wire.AlertSlow)
		if got := p.items["n0"]; !contains(got, "VERSION:3.0") {
			t.Errorf("item sent as %q", got)
		}
		p.begin()
		p.hello(wire.AlertTwoWay)
		if len(p.results) != 0 {
			t.Error("asked again")
		}
	}
}

func TestItemsInThePhonesDialect(t *testing.T) {
	for _, c := range []struct {
		version string
		want    string
	}{{"2.1", "VERSION:2.1"}, {"3.0", "VERSION:3.0"}} {
		b := newBench(t)
		b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0)) })
		p := newPhone(b, "dev1")
		typ := wire.ContentType{Type: "text/vcard", Version: c.version}
		if c.version == "2.1" {
			typ.Type = "text/x-vcard"
		}
		p.devinf.Stores[0].RxPref, p.devinf.Stores[0].TxPref = typ, typ
		p.sync(wire.AlertSlow)
		if got := p.items["n0"]; !contains(got, c.want) || !contains(got, "\r\n") {
			t.Errorf("phone of version %s got %q", c.version, got)
		}
		info := wire.ParseDevInf(p.seen.Results[0].Items[0].Data.Elem)
		if got := info.Stores[0].RxPref.Version; got != c.version {
			t.Errorf("server prefers %s with a phone that prefers %s", got, c.version)
		}
	}
}

// TestReplacedPhoneIsRefused: nothing that it sends is taken, whatever it asks for.
func TestReplacedPhoneIsRefused(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1)
	b.fakes.replaced = "dev1"
	for _, mode := range []int{wire.AlertTwoWay, wire.AlertSlow} {
		p.begin()
		p.send(p.opening(mode))
		if codes := p.codes(); len(codes) == 0 || !strings.Contains(codes[0], "403") || p.seen.RespURI != "" {
			t.Errorf("answered by %v", codes)
		}
	}
	b.fakes.replaced = ""
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertSlow {
		t.Errorf("mode %d", mode)
	}
}
