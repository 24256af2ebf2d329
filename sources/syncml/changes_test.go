package syncml_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

func itoa(n int) string { return strconv.Itoa(n) }

func contains(s, part string) bool { return strings.Contains(s, part) }

// TestRule_2_3_StatusOfItems: whatever an item holds, it is stored and its status ends no session.
func TestRule_2_3_StatusOfItems(t *testing.T) {
	item := func(luid, typ, data string) wire.Item {
		return wire.Item{Source: wire.Location{URI: luid}, Meta: wire.Meta{Type: typ}, Data: wire.Data{Text: data, Opaque: true}}
	}
	for _, c := range []struct {
		name   string
		change *wire.Change
		code   int
		stored int
	}{
		{"add", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("1", "text/vcard", string(card(1, 0).Data))}}, 201, 1},
		{"replace", &wire.Change{Verb: wire.Replace, Items: []wire.Item{item("1", "text/vcard", string(card(1, 0).Data))}}, 200, 1},
		{"delete", &wire.Change{Verb: wire.Delete, Items: []wire.Item{item("1", "", "")}}, 200, 1},
		{"delete that frees memory", &wire.Change{Verb: wire.Delete, SoftDelete: true, Items: []wire.Item{item("1", "", "")}}, 200, 0},
		{"garbage", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("1", "text/vcard", "\x01no card\x02")}}, 201, 1},
		{"empty", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("1", "text/vcard", "")}}, 201, 1},
		{"wrong type", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("1", "image/png", "PNG")}}, 201, 1},
		{"no type", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("1", "", "BEGIN:VCARD")}}, 201, 1},
		{"without items", &wire.Change{Verb: wire.Add}, 200, 0},
		{"without a name", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("", "text/vcard", "x")}}, 500, 0},
		{"a name without end", &wire.Change{Verb: wire.Add, Items: []wire.Item{item(strings.Repeat("x", 2000), "text/vcard", "x")}}, 500, 0},
		{"several items", &wire.Change{Verb: wire.Add, Items: []wire.Item{item("1", "", "a"), item("2", "", "b")}}, 201, 2},
		{"named by target", &wire.Change{Verb: wire.Replace, Items: []wire.Item{{Target: wire.Location{URI: "1"}, Data: wire.Data{Text: "a"}}}}, 200, 1},
	} {
		for _, binary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", c.name, binary), func(t *testing.T) {
				b := newBench(t)
				p := newPhone(b, "dev1")
				p.binary = binary
				p.begin()
				p.hello(wire.AlertSlow)
				change := *c.change
				if !p.pull(p.send(p.message(true, p.syncCommand(&change)))) {
					t.Fatalf("session broke off: %v", p.codes())
				}
				p.commit()
				d := b.db("dev1")
				if want := c.change.Verb + " " + itoa(c.code); !slices.Contains(p.codes(), want) || len(d.Inbox) != c.stored {
					t.Errorf("%v, %d rows stored", p.codes(), len(d.Inbox))
				}
				if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
					t.Errorf("next sync in mode %d", mode)
				}
			})
		}
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		name     string
		command  wire.Meta
		item     wire.Item
		typ      string
		wantData string
	}{
		{"type and version told", wire.Meta{Type: "text/vcard", Version: "3.0"}, wire.Item{Data: wire.Data{Text: "A\r\nB"}}, "text/vcard;version=3.0", "A\r\nB"},
		{"version from device information", wire.Meta{Type: "text/vcard"}, wire.Item{Data: wire.Data{Text: "A"}}, "text/vcard;version=3.0", "A"},
		{"type from device information", wire.Meta{}, wire.Item{Data: wire.Data{Text: "A"}}, "text/vcard;version=3.0", "A"},
		{"another type", wire.Meta{Type: "text/x-vcard"}, wire.Item{Data: wire.Data{Text: "A"}}, "text/x-vcard", "A"},
		{"type at the item", wire.Meta{Type: "text/x"}, wire.Item{Meta: wire.Meta{Type: "text/y"}, Data: wire.Data{Text: "A"}}, "text/y", "A"},
		{"base64", wire.Meta{Format: "b64"}, wire.Item{Data: wire.Data{Text: "QUJD"}}, "text/vcard;version=3.0", "ABC"},
		{"not quite base64", wire.Meta{Format: "b64"}, wire.Item{Data: wire.Data{Text: "!"}}, "text/vcard;version=3.0", "!"},
	} {
		for _, binary := range []bool{false, true} {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.binary = binary
			p.begin()
			p.hello(wire.AlertSlow)
			c.item.Source.URI = "1"
			p.send(p.message(true, p.syncCommand(&wire.Change{Verb: wire.Add, Meta: c.command, Items: []wire.Item{c.item}})))
			got := b.db("dev1").Inbox[0]
			if got.Body.Type != c.typ || string(got.Body.Data) != c.wantData || !got.Slow || got.Verb != sources.Add {
				t.Errorf("%s: %v %s %q", c.name, got.Verb, got.Body.Type, got.Body.Data)
			}
		}
	}
}

func TestGroups(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1, 2, 3)
	p.begin()
	p.hello(wire.AlertSlow)
	all := p.changesFor(200)
	rep := p.send(p.message(true, p.syncCommand(&wire.Group{Verb: "Atomic", Commands: all[:1]},
		&wire.Group{Verb: "Sequence", Commands: []wire.Command{all[1], &wire.Group{Verb: "Atomic", Commands: all[2:]}}},
		&wire.Other{Verb: "Copy"})))
	if !p.pull(rep) {
		t.Fatal("session broke off")
	}
	for _, want := range []string{"Atomic 200", "Sequence 200", "Add 201", "Copy 406"} {
		if !slices.Contains(p.codes(), want) {
			t.Errorf("no %s in %v", want, p.codes())
		}
	}
	if d := b.db("dev1"); len(d.Inbox) != 3 || d.Puts != 1 {
		t.Errorf("%d rows in %d puts", len(d.Inbox), d.Puts)
	}
}

func TestOnePutForAMessage(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	for i := range 300 {
		p.add(i)
	}
	p.sync(wire.AlertSlow)
	if d := b.db("dev1"); len(d.Inbox) != 300 || d.Puts != 1 {
		t.Errorf("%d rows in %d puts", len(d.Inbox), d.Puts)
	}
}

// TestAnswersToOps: every status of a phone has its meaning.
func TestAnswersToOps(t *testing.T) {
	for _, c := range []struct {
		verb sources.Verb
		code int
		want error // nil: acknowledged
	}{
		{sources.Add, 200, nil}, {sources.Add, 201, nil}, {sources.Add, 208, nil}, {sources.Add, 418, nil}, {sources.Add, 419, nil},
		{sources.Add, 214, sources.ErrBusy}, {sources.Add, 415, sources.ErrUnsupported}, {sources.Add, 420, sources.ErrQuota},
		{sources.Add, 424, sources.ErrTooBig}, {sources.Add, 411, sources.ErrUnsupported}, {sources.Add, 413, sources.ErrTooBig}, {sources.Add, 416, sources.ErrTooBig},
		{sources.Add, 500, sources.ErrBusy}, {sources.Add, 510, sources.ErrBusy},
		{sources.Replace, 200, nil}, {sources.Replace, 404, sources.ErrGone}, {sources.Replace, 409, sources.ErrConflict},
		{sources.Delete, 200, nil}, {sources.Delete, 211, nil}, {sources.Delete, 404, nil}, {sources.Delete, 500, sources.ErrBusy},
	} {
		b := newBench(t)
		b.setDB("dev1", func(d *fakeDB) {
			op := addOp(7, 0)
			op.Verb, op.LUID = c.verb, "p1"
			d.Waiting = append(d.Waiting, op)
		})
		p := newPhone(b, "dev1")
		p.statusOf = func(*wire.Change) int { return c.code }
		p.sync(wire.AlertSlow)
		d := b.db("dev1")
		switch {
		case c.want == nil && (!slices.Equal(d.Acked, []int64{7}) || len(d.Refused) != 0):
			t.Errorf("%v answered %d: acknowledged %v, refused %v", c.verb, c.code, d.Acked, d.Refused)
		case c.want != nil && (!contains(d.Refused[7], c.want.Error()) || len(d.Acked) != 0):
			t.Errorf("%v answered %d: acknowledged %v, refused %v", c.verb, c.code, d.Acked, d.Refused)
		}
	}
}

// TestFullPhone: after a 420 no more items are added, but deletes still go.
func TestFullPhone(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) {
		for op := range int64(30) {
			d.Waiting = append(d.Waiting, addOp(op+1, 500))
		}
		d.Waiting = append(d.Waiting, syncml.Outgoing{Op: 40, Verb: sources.Delete, LUID: "p1"})
	})
	p := newPhone(b, "dev1")
	p.maxMsg = 5000
	p.statusOf = func(c *wire.Change) int {
		if c.Verb == wire.Add {
			return 420
		}
		return 0
	}
	p.sync(wire.AlertSlow)
	d := b.db("dev1")
	if len(d.Refused) == 0 || len(d.Refused) > 10 || !slices.Equal(d.Acked, []int64{40}) {
		t.Errorf("%d adds refused, acknowledged %v", len(d.Refused), d.Acked)
	}
}

// TestTooBigForThePhone: what the phone cannot take is not sent, and the rest is.
func TestTooBigForThePhone(t *testing.T) {
	for _, binary := range []bool{false, true} {
		b := newBench(t)
		b.setDB("dev1", func(d *fakeDB) {
			d.Waiting = append(d.Waiting, addOp(1, 100), addOp(2, 9000), addOp(3, 100), syncml.Outgoing{Op: 4, GUID: "4", Verb: sources.Add})
		})
		p := newPhone(b, "dev1")
		p.maxMsg, p.binary, p.resend = 5000, binary, true
		p.sync(wire.AlertSlow)
		d := b.db("dev1")
		if !contains(d.Refused[2], sources.ErrTooBig.Error()) || !contains(d.Refused[4], sources.ErrUnsupported.Error()) || !slices.Equal(d.Acked, []int64{1, 3}) {
			t.Errorf("acknowledged %v, refused %v", d.Acked, d.Refused)
		}
	}
}

func TestMaxObjSize(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 100), addOp(2, 900)) })
	p := newPhone(b, "dev1")
	p.begin()
	m := p.opening(wire.AlertSlow)
	m.Header.Meta.MaxObjSize = 500
	p.send(m)
	p.pull(p.push(wire.AlertSlow))
	if d := b.db("dev1"); !contains(d.Refused[2], sources.ErrTooBig.Error()) || !slices.Equal(d.Acked, []int64{1}) {
		t.Errorf("acknowledged %v, refused %v", d.Acked, d.Refused)
	}
}

// TestRule_2_4_CachedMaps: a phone may bring the names of items at the start of its next package of changes.
func TestRule_2_4_CachedMaps(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(36, 0)) })
	p := newPhone(b, "dev1")
	p.noMaps = true
	p.sync(wire.AlertSlow)
	if d := b.db("dev1"); len(d.Mapped) != 0 || !slices.Equal(d.Acked, []int64{36}) {
		t.Fatalf("mapped %v, acknowledged %v", d.Mapped, d.Acked)
	}
	mapped := map[int64]string{}
	b.fakes.onStart = func() { mapped = b.db("dev1").Mapped }
	p.noMaps, p.maps = false, append(p.maps, wire.MapItem{GUID: "not ours!", LUID: "x"}, wire.MapItem{GUID: "10", LUID: ""})
	p.sync(wire.AlertTwoWay)
	if len(mapped) != 1 || mapped[36] != "n0" {
		t.Errorf("when the run began, mapped were %v", mapped)
	}
	if !slices.Contains(p.codes(), "Map 200") {
		t.Errorf("%v", p.codes())
	}
}

func TestMapOfAnotherDatabase(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	p.send(p.message(true, p.syncCommand(), &wire.Map{Target: wire.Location{URI: "notes"}, Source: wire.Location{URI: "./notes"},
		Items: []wire.MapItem{{GUID: "1", LUID: "1"}}}))
	if !slices.Contains(p.codes(), "Map 404") || len(b.db("dev1").Mapped) != 0 {
		t.Errorf("%v", p.codes())
	}
}

// TestNoResp: a phone may want no status of a command, or none at all.
func TestNoResp(t *testing.T) {
	for path, want := range map[string][]string{
		"SyncHdr":                 {"SyncHdr 200"},
		"SyncBody/Sync":           {"SyncHdr 200", "Add 201"},
		"SyncBody/Sync/Add":       {"SyncHdr 200", "Sync 200"},
		"SyncBody/Sync/Add/Item":  {"SyncHdr 200", "Sync 200", "Add 201"}, // it means nothing there
		"SyncBody/Sync/Add/Empty": {"SyncHdr 200", "Sync 200", "Add 201"},
	} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.add(1)
		p.begin()
		p.hello(wire.AlertSlow)
		p.queue = nil
		root := p.message(true, p.syncCommand(p.changesFor(200)...)).Build()
		e := root
		for _, name := range strings.Split(path, "/") {
			if e.Child(name) == nil {
				e.AddText(name, "")
			}
			e = e.Child(name)
		}
		e.AddText("NoResp", "")
		before := len(p.seen.Statuses)
		p.take(p.decode(p.post(root.Append(nil, xmlOptions))))
		if got := p.codes()[before:]; !slices.Equal(got, want) || len(b.db("dev1").Inbox) != 1 {
			t.Errorf("%s: statuses %v, want %v", path, got, want)
		}
	}
}
