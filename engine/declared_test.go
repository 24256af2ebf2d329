package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/engine/journaltest"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A contact is one card of the declaring couple: what stands once, and numbers.
type contact struct {
	once map[string]string
	tels []string
}

func (c contact) body() dataclass.Body {
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Q;;;;\r\nFN:Q\r\n"
	for _, name := range onceNames {
		if v := c.once[name]; v != "" {
			text += strings.Replace(name, "PHOTO", "PHOTO;ENCODING=b", 1) + ":" + v + "\r\n"
		}
	}
	for _, n := range c.tels {
		text += "TEL:" + n + "\r\n"
	}
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(text + "END:VCARD\r\n")}
}

var onceNames = []string{"NOTE", "TITLE", "ROLE", "PHOTO"}

func readContact(b dataclass.Body) contact {
	c := contact{once: map[string]string{}}
	for line := range strings.SplitSeq(strings.ReplaceAll(string(b.Data), "\r\n ", ""), "\r\n") {
		head, value, _ := strings.Cut(line, ":")
		switch name, _, _ := strings.Cut(head, ";"); {
		case name == "TEL":
			c.tels = append(c.tels, value)
		case slices.Contains(onceNames, name):
			c.once[name] = value
		}
	}
	return c
}

// A declarer is a client that keeps everything and a device that declares limits and holds others.
type declarer struct {
	t       *rapid.T
	says    dataclass.Capabilities
	does    dataclass.Capabilities
	clients [2]*memory.Client
	engine  *engine.Engine
	keys    int
	values  int
	// seen is what the device showed of itself; user says that its user writes.
	seen dataclass.Known
	user bool
	want contact
	// sent are the numbers that the device ever sent.
	sent map[string]bool
	log  []string
}

var card30 = dataclass.Format{Type: "text/vcard", Version: "3.0"}

func newDeclarer(t *rapid.T) *declarer {
	d := &declarer{t: t, sent: map[string]bool{}, want: contact{once: map[string]string{}}}
	d.choose()
	clock := time.Date(2009, 3, 18, 9, 58, 17, 0, time.UTC)
	d.engine = &engine.Engine{Journal: journaltest.New(func() time.Time { return clock }), Log: slog.New(slog.DiscardHandler),
		NewKey: func() sources.Key { d.keys++; return sources.Key(fmt.Sprint("k", d.keys)) }}
	d.clients[0] = memory.New(memory.Options{})
	d.clients[1] = memory.New(memory.Options{Store: func(b dataclass.Body) dataclass.Body {
		if !d.user {
			b = d.render(b, d.says.Corrected(&d.seen)) // as its kind sends it
		}
		return d.render(b, d.does)
	}})
	d.seen.Declares(d.says)
	return d
}

// choose draws what the device declares, and what it does: that, more, or less.
func (d *declarer) choose() {
	d.says, d.does = dataclass.Capabilities{Complete: true}, dataclass.Capabilities{Complete: true}
	for _, name := range append([]string{"N", "FN", "VERSION", "TEL"}, onceNames...) {
		l := dataclass.Limit{Name: name}
		free := name != "TEL" && !slices.Contains(onceNames, name)
		if name == "TEL" {
			l.Count = rapid.IntRange(0, 3).Draw(d.t, "count of "+name)
		}
		if name != "TEL" && !free && name != "PHOTO" {
			l.Size = rapid.SampledFrom([]int{0, 6, 12}).Draw(d.t, "size of "+name)
		}
		if listed := free || rapid.IntRange(0, 3).Draw(d.t, "lists "+name) > 0; listed {
			d.says.Limits = append(d.says.Limits, l)
		} else {
			l.Never = true
		}
		switch how := rapid.SampledFrom([]string{"as declared", "as declared", "more", "less"}).Draw(d.t, "does with "+name); {
		case free || how == "as declared":
		case how == "more":
			l = dataclass.Limit{Name: name}
		case name == "TEL":
			l.Count = 1
		case name == "PHOTO":
			l.Never = true
		default:
			l.Size = 4
		}
		d.does.Limits = append(d.does.Limits, l)
	}
}

func (d *declarer) render(b dataclass.Body, c dataclass.Capabilities) dataclass.Body {
	it, err := dataclass.Decode(dataclass.Contacts, b)
	d.ok(err)
	it, err = dataclass.Render(it, card30, c)
	d.ok(err)
	return it.Body()
}

func (d *declarer) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.fail("%v", err)
	}
}

func (d *declarer) fail(format string, args ...any) {
	d.t.Helper()
	d.t.Fatalf(format+"\nsays %+v\ndoes %+v\n%s", append(args, d.says.Limits, d.does.Limits, strings.Join(d.log, "\n"))...)
}

func (d *declarer) note(format string, args ...any) {
	d.log = append(d.log, fmt.Sprintf(format, args...)+fmt.Sprintf(" -> %v | %v", d.only(0), d.only(1)))
}

func (d *declarer) only(i int) contact {
	items, err := d.clients[i].List(dataclass.Contacts)
	d.ok(err)
	if len(items) > 1 {
		d.fail("%d items", len(items))
	}
	for _, b := range items {
		return readContact(b)
	}
	return contact{once: map[string]string{}}
}

func (d *declarer) write(i int, c contact) {
	items, err := d.clients[i].List(dataclass.Contacts)
	d.ok(err)
	for id := range items {
		d.ok(d.clients[i].Edit(dataclass.Contacts, id, c.body()))
	}
}

func (d *declarer) sync() int {
	job := engine.Job{Ref: engine.Ref{Owner: "nora", Binding: 1, Class: dataclass.Contacts}, Mode: engine.TwoWay}
	for s, k := range d.clients {
		job.Sides[s] = engine.Party{Source: k.Source("binding-1"), Caps: k.Caps()}
	}
	job.Sides[1].Caps.Keeps = dataclass.Keeps{}
	job.Sides[1].Takes, job.Sides[1].Holds = card30, d.says
	rep, err := d.engine.Start(context.Background(), job)
	d.ok(err)
	n := 0
	for _, k := range rep.Tally.Sides {
		n += k.AddsOut + k.ReplacesOut + k.DeletesOut
	}
	d.note("sync: %d writes", n)
	return n
}

// value is one that nobody wrote before.
func (d *declarer) value(name string) string {
	d.values++
	switch name {
	case "PHOTO":
		return fmt.Sprintf("AAEC%04d", d.values)
	case "TEL":
		return fmt.Sprintf("+1555%06d", d.values)
	}
	return fmt.Sprintf("v%02d of many words", d.values)
}

// editFull lets the user of the full client change a property.
func (d *declarer) editFull(name string) {
	c := d.only(0)
	if name != "TEL" {
		c.once[name] = d.value(name)
		d.want.once[name] = c.once[name]
	} else if n := len(c.tels); n > 3 || n > 0 && rapid.Bool().Draw(d.t, "deletes a number") {
		c.tels = slices.Delete(c.tels, n-1, n)
		d.want.tels = c.tels
	} else {
		c.tels = append(c.tels, d.value(name))
		d.want.tels = c.tels
	}
	d.write(0, c)
	d.note("the full client edits %s", name)
}

// editPoor lets the user of the device change what it shows.
func (d *declarer) editPoor(name string) {
	c := d.only(1)
	switch {
	case name != "TEL" && c.once[name] == "":
		return // the device has no place for it, or nothing there
	case name != "TEL":
		c.once[name] = readContact(d.render(contact{once: map[string]string{name: d.value(name)}}.body(), d.does)).once[name]
		d.want.once[name] = c.once[name]
	case len(c.tels) == 0:
		return
	case d.sent[c.tels[0]] && rapid.Bool().Draw(d.t, "the device deletes a number"):
		d.want.tels = slices.DeleteFunc(slices.Clone(d.want.tels), func(n string) bool { return n == c.tels[0] })
		c.tels = c.tels[1:]
	default:
		old := c.tels[0]
		c.tels[0] = d.value(name)
		d.want.tels = slices.Clone(d.want.tels)
		d.want.tels[slices.Index(d.want.tels, old)] = c.tels[0]
	}
	d.user = true
	d.write(1, c)
	d.user = false
	it, err := dataclass.Decode(dataclass.Contacts, d.render(d.only(1).body(), d.does))
	d.ok(err)
	d.seen.Observe(it)
	for _, n := range c.tels {
		d.sent[n] = true
	}
	d.note("the device edits %s", name)
}

// rest syncs until nothing is to be done, and looks what both hold.
func (d *declarer) rest() {
	d.t.Helper()
	d.sync()
	d.sync()
	if n := d.sync(); n > 0 {
		d.fail("%d writes where nothing happened", n)
	}
	full, poor := d.only(0), d.only(1)
	for _, name := range onceNames {
		if full.once[name] != d.want.once[name] {
			d.fail("%s is %q, wanted %q", name, full.once[name], d.want.once[name])
		}
		if !strings.HasPrefix(full.once[name], poor.once[name]) {
			d.fail("%s is %q on the device and %q elsewhere", name, poor.once[name], full.once[name])
		}
	}
	slices.Sort(full.tels)
	if want := slices.Sorted(slices.Values(d.want.tels)); !slices.Equal(full.tels, want) {
		d.fail("the numbers are %v, wanted %v", full.tels, want)
	}
	for _, n := range poor.tels {
		if !slices.Contains(full.tels, n) {
			d.fail("the device holds the number %s that is gone", n)
		}
	}
}

// TestP11_ADeviceThatDeclaresLimits: whatever a device declares, and whatever it does instead, years of edits on both
// sides lose nothing, and nothing is sent for ever.
func TestP11_ADeviceThatDeclaresLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDeclarer(t)
		for _, name := range onceNames {
			d.want.once[name] = d.value(name)
		}
		for range rapid.IntRange(0, 4).Draw(t, "numbers") {
			d.want.tels = append(d.want.tels, d.value("TEL"))
		}
		_, err := d.clients[0].Put(dataclass.Contacts, d.want.body())
		d.ok(err)
		d.rest()
		for range rapid.IntRange(1, 6).Draw(t, "phases") {
			for _, name := range append([]string{"TEL"}, onceNames...) {
				switch rapid.IntRange(0, 3).Draw(t, "who edits "+name) {
				case 0:
					d.editFull(name)
				case 1:
					d.editPoor(name)
				}
			}
			d.rest()
		}
	})
}
