package syncml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// some sends some of a phone's changes in one message.
func (p *phone) some(final bool, changes []wire.Command, more ...wire.Command) *wire.Message {
	p.b.t.Helper()
	return p.send(p.message(final, append([]wire.Command{p.syncCommand(changes...)}, more...)...))
}

func suspendAlert() *wire.Alert { return &wire.Alert{Code: wire.AlertSuspend} }

// luids are those of the inbox, in the order in which they came.
func (b *bench) luids() string {
	var all []string
	for _, r := range b.db("dev1").Inbox {
		all = append(all, r.LUID)
	}
	return strings.Join(all, " ")
}

// A resumption is a session that stops and what comes of it in the next one.
type resumption struct {
	name string
	// first is how the phone synchronised before, 0 if it never did.
	first int
	// ask is the mode of the session that stops in stop.
	ask  int
	stop func(b *bench, p *phone, all []wire.Command)
	// rest is what the phone still has to send of its four changes; silent phones send no Sync without any.
	rest   int
	silent bool
	// code is the status of the resuming Alert, mode that of ours; modes are those of all runs.
	code, mode int
	modes      []int
	flushes    int
}

func resumptions() []resumption {
	first := func(b *bench, p *phone, all []wire.Command) { p.some(false, all[:2]) }
	suspended := func(b *bench, p *phone, all []wire.Command) { p.some(false, all[:2], suspendAlert()) }
	planned := func(b *bench, p *phone, all []wire.Command) { p.some(true, all) }
	expired := func(b *bench, p *phone, all []wire.Command) {
		suspended(b, p, all)
		b.clock = b.clock.Add(61 * time.Minute)
		b.expire()
	}
	lost := func(d *fakeDB) { d.NeedSlow = true }
	return []resumption{
		{"two-way, suspended in the phone's package", 201, 200, suspended, 2, false, 200, 200, []int{201, 200}, 1},
		{"two-way, broken off in the phone's package", 201, 200, first, 2, false, 200, 200, []int{201, 200}, 1},
		{"two-way, broken off in our package", 201, 200, planned, 0, false, 200, 200, []int{201, 200, 200}, 1},
		{"two-way, the phone sends no empty Sync", 201, 200, planned, 0, true, 200, 200, []int{201, 200, 200}, 1},
		{"two-way, suspended for long", 201, 200, expired, 2, false, 200, 200, []int{201, 200}, 2},
		{"first, suspended in the phone's package", 0, 201, suspended, 2, false, 200, 201, []int{201}, 1},
		{"first, broken off in the phone's package", 0, 201, first, 2, false, 200, 201, []int{201}, 1},
		{"first, broken off in the opening", 0, 201, func(*bench, *phone, []wire.Command) {}, 4, false, 508, 201, []int{201}, 2},
		{"two-way, broken off in the opening", 201, 200, func(*bench, *phone, []wire.Command) {}, 4, false, 509, 200, []int{201, 200}, 1},
		{"first, all had come but the Final", 0, 201, func(b *bench, p *phone, all []wire.Command) { p.some(false, all) }, 0, true, 200, 201, []int{201}, 1},
		{"first, broken off in our package: what is planned is no listing any more", 0, 201, planned, 0, false, 200, 201, []int{201, 200}, 1},
		{"first, suspended for long: what was planned cannot be listed", 0, 201, expired, 4, false, 508, 201, []int{201}, 3},
		{"slow, broken off in our package", 201, 201, planned, 0, false, 200, 201, []int{201, 201, 200}, 2},
		{"one-way from the phone", 201, 202, suspended, 2, false, 200, 202, []int{201, 202}, 1},
		{"refresh from the phone, in its package", 201, 203, suspended, 2, false, 200, 203, []int{201, 203}, 2},
		{"refresh from the phone, planned", 201, 203, planned, 0, false, 200, 203, []int{201, 203, 202}, 2},
		{"refresh from the server, planned", 201, 205, planned, 0, true, 200, 205, []int{201, 205, 204}, 2},
		{"the phone has another anchor", 201, 200, func(b *bench, p *phone, all []wire.Command) {
			suspended(b, p, all)
			p.last = "another"
		}, 4, false, 508, 201, []int{201, 201}, 2},
		{"the engine has lost its memory", 201, 200, func(b *bench, p *phone, all []wire.Command) {
			suspended(b, p, all)
			b.setDB("dev1", lost)
		}, 4, false, 508, 201, []int{201, 201}, 2},
		{"only names of Adds are missing", 201, 200, func(b *bench, p *phone, all []wire.Command) {
			suspended(b, p, all)
			b.setDB("dev1", func(d *fakeDB) { d.NeedSlow, d.Unnamed = true, true })
		}, 2, false, 200, 200, []int{201, 200}, 1},
		{"another session began with everything between", 0, 201, func(b *bench, p *phone, all []wire.Command) {
			first(b, p, all)
			p.begin()
			p.hello(201)
		}, 4, false, 508, 201, []int{201}, 3},
	}
}

// TestResume: a phone that stopped goes on where it stopped, whether it said so or not: what it sent is not
// asked for again, a package in two parts is one, and what was planned as a listing once is none a second
// time. What cannot be resumed is answered 508 (SyncML 1.2 suspend and resume; rule 2.1).
func TestResume(t *testing.T) {
	for _, c := range resumptions() {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			if c.first != 0 {
				p.sync(c.first)
			}
			p.add(1, 2, 3, 4)
			all := p.changesFor(200)
			p.begin()
			p.hello(c.ask)
			c.stop(b, p, all)
			b.restart()
			p.begin()
			mode := p.hello(wire.AlertResume)
			if mode != c.mode || !slices.Contains(p.codes(), "Alert "+itoa(c.code)) {
				t.Fatalf("mode %d, %v", mode, p.codes())
			}
			rep := p.finish(all[len(all)-c.rest:], c.silent)
			if !p.pull(rep) {
				t.Fatal("session broke off")
			}
			p.commit()
			c.check(t, b, p)
		})
	}
}

// finish sends the rest of a phone's package.
func (p *phone) finish(rest []wire.Command, silent bool) *wire.Message {
	if silent {
		return p.send(p.message(true))
	}
	return p.some(true, rest)
}

func (c resumption) check(t *testing.T, b *bench, p *phone) {
	t.Helper()
	d := b.db("dev1")
	if want := "p1 p2 p3 p4"; !strings.HasSuffix(b.luids(), want) || c.code == 200 && c.rest < 4 && b.luids() != want {
		t.Errorf("inbox %s", b.luids())
	}
	if !slices.Equal(d.Modes, c.modes) || d.Flushes != c.flushes {
		t.Errorf("runs %v, %d flushes", d.Modes, d.Flushes)
	}
	if !d.Ends[len(d.Ends)-1] {
		t.Error("the last run is called broken off")
	}
	b.setDB("dev1", func(d *fakeDB) { d.NeedSlow = false })
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("next sync in mode %d", mode)
	}
}

// TestResumeSendsNothingTwice: what the phone has answered for is not sent again; 418 is the answer of a
// phone that has an item already (SyncML 1.2, resume), and is good.
func TestResumeSendsNothingTwice(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.sync(wire.AlertSlow)
	b.setDB("dev1", func(d *fakeDB) {
		for i := range 6 {
			d.Waiting = append(d.Waiting, addOp(int64(i+1), 900))
		}
	})
	p.maxMsg = 3500
	p.begin()
	p.push(p.hello(wire.AlertTwoWay))
	rep := p.send(p.message(false)) // statuses of the first message of our package
	if rep.Final {
		t.Fatal("our package is too short")
	}
	p.send(p.message(false, suspendAlert())) // and of the second
	acked := b.db("dev1").Acked
	if len(acked) < 2 || len(acked) == 6 {
		t.Fatalf("acknowledged %v", acked)
	}
	b.setDB("dev1", func(d *fakeDB) { // what the real floors do: all that was not acknowledged is owed
		d.Running = false
		for _, op := range d.Open {
			if !slices.Contains(d.Acked, op.Op) {
				d.Waiting = append(d.Waiting, op)
			}
		}
	})
	had := guids(p)
	p.statusOf = func(c *wire.Change) int {
		if slices.Contains(had, c.Items[0].Source.URI) {
			t.Errorf("%s is sent again", c.Items[0].Source.URI)
		}
		return map[bool]int{true: 418}[c.Items[0].Source.URI == "6"]
	}
	p.begin()
	p.pull(p.push(p.hello(wire.AlertResume)))
	d := b.db("dev1")
	if len(d.Mapped) != 5 || len(d.Refused) != 0 || len(d.Acked) != 6 {
		t.Errorf("mapped %v, refused %v, acknowledged %v", d.Mapped, d.Refused, d.Acked)
	}
}

func guids(p *phone) (all []string) {
	for _, m := range p.maps {
		all = append(all, m.GUID)
	}
	return all
}

// TestResumeAnsweredBySlow: a phone that answers our Alert in a resumed session by 508 lists everything, and
// what its broken listing left must not add to that.
func TestResumeAnsweredBySlow(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1, 2)
	p.begin()
	p.hello(wire.AlertSlow)
	p.some(false, p.changesFor(200)[:1])
	p.begin()
	p.hello(wire.AlertResume)
	for _, s := range p.queue {
		if s.Cmd == "Alert" {
			s.Code = 508
		}
	}
	flushes := b.db("dev1").Flushes
	if !p.pull(p.push(wire.AlertSlow)) {
		t.Fatal("session broke off")
	}
	if d := b.db("dev1"); d.Flushes != flushes+1 || !slices.Equal(d.Modes, []int{201}) {
		t.Errorf("%d flushes after %d, runs %v", d.Flushes, flushes, d.Modes)
	}
}

// TestResumeAfterACrashOfTheFlush: rows that a new session's opening has planned are no part of a listing,
// also if that opening was never stored.
func TestResumeAfterACrashOfTheFlush(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.add(1, 2, 3, 4)
	p.begin()
	p.hello(wire.AlertSlow)
	p.some(false, p.changesFor(200)[:2])
	p.begin()
	b.fakes.afterFlush = func() { b.dead = true }
	if p.hello(wire.AlertSlow); p.code != 500 {
		t.Fatalf("HTTP %d", p.code)
	}
	b.fakes.afterFlush = nil
	b.restart()
	p.begin()
	if mode := p.hello(wire.AlertResume); mode != 201 || !slices.Contains(p.codes(), "Alert 508") {
		t.Errorf("mode %d, %v", mode, p.codes())
	}
}

// TestResumeInTheMiddleOfAnObject: the pieces that came are kept, and the phone goes on after them, begins
// the object anew, or says where it goes on.
func TestResumeInTheMiddleOfAnObject(t *testing.T) {
	text := string(card(7, 3000).Data)
	piece := func(from, to int, first, told bool) wire.Command {
		c := &wire.Change{Verb: wire.Add, Meta: wire.Meta{Type: "text/vcard"}, Items: []wire.Item{{
			Source: wire.Location{URI: "big"}, MoreData: to < len(text),
			Data: wire.Data{Text: text[from:to], Opaque: true}}}}
		if first {
			c.Items[0].Meta.Size = len(text)
		}
		if told {
			c.Items[0].Meta.DataPos = from
		}
		return c
	}
	for _, c := range []struct {
		name   string
		pieces []wire.Command
		code   int
	}{
		{"after what came", []wire.Command{piece(1000, 2000, false, false), piece(2000, len(text), false, false)}, 201},
		{"from the beginning", []wire.Command{piece(0, 2000, true, false), piece(2000, len(text), false, false)}, 201},
		{"the last piece again, said so", []wire.Command{piece(500, 2000, true, true), piece(2000, len(text), false, true)}, 201},
		{"after a gap", []wire.Command{piece(2000, len(text), false, true)}, 424},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.sync(wire.AlertSlow)
			p.begin()
			p.hello(wire.AlertTwoWay)
			p.some(true, []wire.Command{piece(0, 1000, true, false)}, suspendAlert())
			b.restart()
			p.begin()
			p.hello(wire.AlertResume)
			if !p.pull(p.some(true, c.pieces)) {
				t.Fatal("session broke off")
			}
			in := b.db("dev1").Inbox
			whole := len(in) == 1 && string(in[0].Body.Data) == text
			if whole != (c.code == 201) || !slices.Contains(p.codes(), fmt.Sprint("Add ", c.code)) {
				t.Errorf("%d rows, %v", len(in), p.codes())
			}
		})
	}
}
