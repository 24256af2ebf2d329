package syncml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A step is one message of a phone and what the reply holds, as summary writes it.
type step struct {
	send func(p *phone) *wire.Message
	want string
}

// An exchange is a session of a phone that does something in its own way.
type exchange struct {
	name  string
	setUp func(b *bench, p *phone)
	steps []step
	// rows is how many changes are stored in the end, modes are the runs, and ends how they ended.
	rows  int
	modes []int
	ends  []bool
	// next is the status of the Alert of a two-way sync that follows, 0 if none does.
	next int
}

// summary lists the commands of a reply but the status of its header: statuses as "Add 201", our own
// commands by name with the code of an Alert or the verbs in a Sync, and Final.
func summary(m *wire.Message) string {
	if m == nil {
		return "no message"
	}
	var all []string
	for _, c := range m.Commands {
		switch c := c.(type) {
		case *wire.Status:
			if c.CmdRef != "0" || c.Code >= 300 {
				all = append(all, fmt.Sprintf("%s %d", c.Cmd, c.Code))
			}
		case *wire.Alert:
			all = append(all, fmt.Sprintf("!Alert %d", c.Code))
		case *wire.Sync:
			line := "!Sync"
			for _, in := range c.Commands {
				line += " " + in.Name()
			}
			all = append(all, line)
		default:
			all = append(all, "!"+c.Name())
		}
	}
	if m.Final {
		all = append(all, "Final")
	}
	return strings.Join(all, ", ")
}

// say makes a step's message: its commands, with the statuses that are due, credentials in the first.
func say(final bool, cmds ...func(p *phone) wire.Command) func(*phone) *wire.Message {
	return func(p *phone) *wire.Message {
		var all []wire.Command
		for _, c := range cmds {
			all = append(all, c(p))
		}
		m := p.message(final, all...)
		if p.msg == 1 {
			p.credentials(m)
		}
		return m
	}
}

func alert(code int, targets ...string) func(p *phone) wire.Command {
	return func(p *phone) wire.Command {
		a := &wire.Alert{Code: code}
		for _, name := range targets {
			i := p.alertItem()
			i.Target.URI, i.Source.URI = name, "./"+name
			a.Items = append(a.Items, i)
		}
		return a
	}
}

func bareAlert(code int) func(p *phone) wire.Command {
	return func(*phone) wire.Command { return &wire.Alert{Code: code} }
}

func changes(cmds ...wire.Command) func(p *phone) wire.Command {
	return func(p *phone) wire.Command { return p.syncCommand(cmds...) }
}

func addOf(luids ...string) *wire.Change {
	c := &wire.Change{Verb: wire.Add, Meta: wire.Meta{Type: "text/vcard"}}
	for i, luid := range luids {
		c.Items = append(c.Items, wire.Item{Source: wire.Location{URI: luid}, Data: wire.Data{Text: string(card(i, 0).Data)}})
	}
	return c
}

func infoPut(p *phone) wire.Command { return &wire.Put{Items: []wire.Item{p.devinfItem()}} }

func infoGet(*phone) wire.Command {
	return &wire.Get{Items: []wire.Item{{Target: wire.Location{URI: "./devinf12"}}}}
}

func maps(p *phone) wire.Command {
	m := &wire.Map{Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./addressbook"}, Items: p.maps}
	p.maps = nil
	return m
}

// knownPhone has one session behind it and told about itself.
func knownPhone(_ *bench, p *phone) { p.sync(wire.AlertSlow) }

// waiting has n items wait for the phone.
func waiting(n int64, size int) func(*bench, *phone) {
	return func(b *bench, _ *phone) {
		b.setDB("dev1", func(d *fakeDB) {
			for op := range n {
				d.Waiting = append(d.Waiting, addOp(op+1, size))
			}
		})
	}
}

// quiet drops what the phone would answer, but to the header.
func quiet(p *phone) {
	p.queue = slices.DeleteFunc(p.queue, func(s *wire.Status) bool { return s.Cmd != "SyncHdr" })
}

// What most of the sessions have in common.
var (
	slow    = []int{201}
	done    = []bool{true}
	opening = step{say(true, infoPut, alert(201, "addressbook")), "Put 200, Alert 200, !Alert 201, Final"}
	closing = step{say(true), "Final"}
)

// openings differ in how they begin.
func openings() []exchange {
	return []exchange{
		{"device information put, not asked for", nil, []step{opening, {say(true, changes()), "Sync 200, !Sync, Final"}, closing}, 0, slow, done, 200},
		{"device information asked for, not put", nil, []step{
			{say(true, infoGet, alert(201, "addressbook")), "Get 200, Alert 200, !Results, !Alert 201, !Get, Final"},
			{say(true, changes()), "Results 200, Sync 200, !Sync, Final"}, closing}, 0, slow, done, 200},
		{"a phone that tells nothing about itself", waiting(1, 0), []step{
			{say(true, alert(201, "addressbook")), "Alert 200, !Alert 201, !Get, Final"},
			{func(p *phone) *wire.Message {
				p.results = nil
				for _, s := range p.queue {
					if s.Cmd == "Get" {
						s.Code = 404
					}
				}
				return say(true, changes(addOf("1")))(p)
			}, "Sync 200, Add 201, !Sync Add, Final"},
			{say(true, maps), "Map 200, Final"}}, 1, slow, done, 200},
		{"one of two databases is refused", nil, []step{
			{say(true, infoPut, alert(201, "wardrobe"), alert(201, "addressbook")), "Put 200, Alert 404, Alert 200, !Alert 201, Final"},
			{say(true, changes(addOf("1"))), "Sync 200, Add 201, !Sync, Final"}, closing}, 1, slow, done, 200},
		{"two databases in one Alert", nil, []step{
			{say(true, infoPut, alert(201, "addressbook", "wardrobe")), "Put 200, Alert 200, Alert 404, !Alert 201, Final"},
			{say(true, changes()), "Sync 200, !Sync, Final"}, closing}, 0, slow, done, 200},
		{"two good databases", nil, []step{
			{say(true, infoPut, alert(201, "contacts"), alert(201, "addressbook")), "Put 200, Alert 200, Alert 200, !Alert 201, !Alert 201, Final"},
			{say(true, changes(addOf("1"))), "Sync 200, Add 201, !Sync, Final"}, closing}, 1, slow, done, 200},
		{"everything in one message", nil, []step{
			{say(true, alert(201, "addressbook"), changes(addOf("1"))), "Alert 200, Sync 200, Add 201, !Alert 201, !Sync, Final"}, closing}, 1, slow, done, 200},
		{"everything in one message, two-way", knownPhone, []step{
			{say(true, alert(200, "addressbook"), changes(addOf("1"))), "Alert 200, Sync 200, Add 201, !Alert 200, !Sync, Final"}, closing},
			1, []int{201, 200}, []bool{true, true}, 200},
		{"everything in one message, but a slow sync is needed", func(b *bench, p *phone) {
			knownPhone(b, p)
			p.last = "forgotten"
		}, []step{
			{say(true, alert(200, "addressbook"), changes(addOf("1"))), "Alert 508, Sync 200, Add 201, !Alert 201, Final"},
			{say(true, changes(addOf("1", "2"))), "Sync 200, Add 201, Add 201, !Sync, Final"}, closing},
			3, []int{201, 201}, []bool{true, true}, 200},
		{"the same, and the phone leaves it at that", func(b *bench, p *phone) {
			knownPhone(b, p)
			p.last = "forgotten"
		}, []step{
			{say(true, alert(200, "addressbook"), changes(addOf("1"))), "Alert 508, Sync 200, Add 201, !Alert 201, Final"}, closing, closing},
			1, slow, done, 508},
		{"one of two needs a slow sync, both came at once", func(b *bench, p *phone) { knownPhone(b, p) }, []step{
			{say(true, alert(200, "contacts"), alert(200, "addressbook"), changes(addOf("1"))),
				"Alert 508, Alert 200, Sync 200, Add 201, !Alert 201, !Alert 200, Final"},
			{say(true, changes()), "Sync 200, !Sync, Final"}, closing}, 1, []int{201, 200}, []bool{true, true}, 200},
		{"our anchor is missed after all was sent", knownPhone, []step{
			{say(true, alert(200, "addressbook"), changes(addOf("1"))), "Alert 200, Sync 200, Add 201, !Alert 200, !Sync, Final"},
			{func(p *phone) *wire.Message {
				for _, s := range p.queue {
					if s.Cmd == "Alert" {
						s.Code = 508
					}
				}
				return p.message(true)
			}, "Final"}}, 1, []int{201, 200}, []bool{true, true}, 508},
		{"alerts in a Sequence", nil, []step{
			{say(true, infoPut, func(p *phone) wire.Command {
				return &wire.Group{Verb: "Sequence", Commands: []wire.Command{alert(201, "addressbook")(p)}}
			}), "Put 200, Sequence 200, Alert 200, !Alert 201, Final"},
			{say(true, changes()), "Sync 200, !Sync, Final"}, closing}, 0, slow, done, 200},
		{"an Alert inside a Sync", nil, []step{opening,
			{say(true, func(p *phone) wire.Command { return p.syncCommand(alert(200, "addressbook")(p)) }), "Sync 200, Alert 406, !Sync, Final"}, closing},
			0, slow, done, 200},
		{"an Alert after the opening", nil, []step{opening,
			{say(true, alert(201, "addressbook"), changes()), "Alert 406, Sync 200, !Sync, Final"}, closing}, 0, slow, done, 200},
		{"the opening in two messages", nil, []step{
			{say(false, infoPut), "Put 200"},
			{say(true, alert(201, "addressbook")), "Alert 200, !Alert 201, Final"},
			{say(true, changes()), "Sync 200, !Sync, Final"}, closing}, 0, slow, done, 200},
	}
}

// bodies differ in what follows the opening.
func bodies() []exchange {
	return []exchange{
		{"changes in two Syncs of one message", nil, []step{opening,
			{say(true, changes(addOf("1")), changes(addOf("2"))), "Sync 200, Add 201, Sync 200, Add 201, !Sync, Final"}, closing}, 2, slow, done, 200},
		{"several items in a command", nil, []step{opening,
			{say(true, changes(addOf("1", "2", "3"))), "Sync 200, Add 201, Add 201, Add 201, !Sync, Final"}, closing}, 3, slow, done, 200},
		{"Final comes alone", nil, []step{opening,
			{say(false, changes(addOf("1"))), "Sync 200, Add 201"}, {say(true), "!Sync, Final"}, closing}, 1, slow, done, 200},
		{"it asks for the next message without need", nil, []step{opening,
			{say(false, changes(addOf("1"))), "Sync 200, Add 201"}, {say(false, bareAlert(222)), "Alert 200"},
			{say(false), "!Alert 222"}, {say(true), "!Sync, Final"}, closing}, 1, slow, done, 200},
		{"it tells that an end of ours is missing", nil, []step{opening,
			{say(true, changes()), "Sync 200, !Sync, Final"}, {say(true, bareAlert(223)), "Alert 200, Final"}}, 0, slow, done, 200},
		{"statuses and Map in one message", waiting(2, 0), []step{opening,
			{say(true, changes()), "Sync 200, !Sync Add Add, Final"}, {say(true, maps), "Map 200, Final"}}, 0, slow, done, 200},
		{"Map in a message of its own", waiting(2, 0), []step{opening,
			{say(true, changes()), "Sync 200, !Sync Add Add, Final"}, {say(false), "!Alert 222"}, {say(true, maps), "Map 200, Final"}}, 0, slow, done, 200},
		{"no statuses for items", waiting(2, 0), []step{opening,
			{say(true, changes()), "Sync 200, !Sync Add Add, Final"},
			{func(p *phone) *wire.Message { quiet(p); return say(true, maps)(p) }, "Map 200, Final"}}, 0, slow, done, 200},
		{"nothing to say", nil, []step{
			{say(true), "!Get, Final"}, {say(true), "Results 200, Final"}, closing}, 0, nil, nil, 0},
		{"gaps between messages", nil, []step{opening,
			{func(p *phone) *wire.Message { p.msg += 7; return say(true, changes(addOf("1")))(p) }, "Sync 200, Add 201, !Sync, Final"}, closing}, 1, slow, done, 200},
	}
}

// TestExchanges plays sessions that are good, but not the way most phones hold them; in XML and in WBXML,
// every message twice, with a restart in between.
func TestExchanges(t *testing.T) {
	for _, e := range append(openings(), bodies()...) {
		for _, binary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", e.name, binary), func(t *testing.T) { e.play(t, binary) })
		}
	}
}

func (e exchange) play(t *testing.T, binary bool) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.binary = binary
	if e.setUp != nil {
		e.setUp(b, p)
	}
	p.resend = true
	p.begin()
	for i, s := range e.steps {
		if got := summary(p.send(s.send(p))); got != s.want {
			t.Fatalf("message %d is answered by\n%s\nwant\n%s", i+1, got, s.want)
		}
	}
	d := b.db("dev1")
	if len(d.Inbox) != e.rows || !slices.Equal(d.Modes, e.modes) || !slices.Equal(d.Ends, e.ends) {
		t.Errorf("%d rows, runs %v ended %v; want %d, %v, %v", len(d.Inbox), d.Modes, d.Ends, e.rows, e.modes, e.ends)
	}
	if n := len(p.items); len(d.Mapped) != n && p.maps == nil {
		t.Errorf("%d of %d items mapped", len(d.Mapped), n)
	}
	if e.next == 0 {
		return
	}
	p.commit()
	p.begin()
	p.hello(wire.AlertTwoWay)
	if want := fmt.Sprintf("Alert %d", e.next); !slices.Contains(p.codes(), want) {
		t.Errorf("the next session: %v, want %s", p.codes(), want)
	}
}
