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

// spelling is how items of a dataclass are spelled here.
type spelling struct {
	class             dataclass.Class
	media, head, tail string
	fields            []string
}

var spellings = []spelling{
	{dataclass.Contacts, "text/vcard;version=3.0", "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Q;;;;\r\nFN:Q\r\n", "END:VCARD\r\n",
		[]string{"NOTE", "TITLE", "NICKNAME"}},
	{dataclass.Events, "text/calendar;version=2.0", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTART:20090318T095817Z\r\n",
		"END:VEVENT\r\nEND:VCALENDAR\r\n", []string{"SUMMARY", "DESCRIPTION", "LOCATION"}},
	{dataclass.Tasks, "text/calendar;version=2.0", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VTODO\r\nUID:u1\r\n",
		"END:VTODO\r\nEND:VCALENDAR\r\n", []string{"SUMMARY", "DESCRIPTION", "LOCATION"}},
	{dataclass.Notes, "text/calendar;version=2.0", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VJOURNAL\r\nUID:u1\r\n",
		"END:VJOURNAL\r\nEND:VCALENDAR\r\n", []string{"SUMMARY", "DESCRIPTION"}},
}

// fields are the values of an item by the name of their property.
type fields map[string]string

func (s spelling) body(f fields) dataclass.Body {
	text := s.head
	for _, name := range s.fields {
		if f[name] != "" {
			text += name + ":" + f[name] + "\r\n"
		}
	}
	return dataclass.Body{Type: s.media, Data: []byte(text + s.tail)}
}

func (s spelling) read(b dataclass.Body) fields {
	f := fields{}
	for line := range strings.SplitSeq(strings.ReplaceAll(string(b.Data), "\r\n ", ""), "\r\n") {
		if name, value, _ := strings.Cut(line, ":"); slices.Contains(s.fields, name) {
			f[name] = value
		}
	}
	return f
}

// device is what a device makes of each property; what is not named it keeps.
type device map[string]string

func (d device) keep(name, value string) string {
	switch d[name] {
	case "drops":
		return ""
	case "capitals":
		return strings.ToUpper(value)
	case "cuts":
		return value[:min(len(value), 12)]
	}
	return value
}

// couple is a client that keeps everything and a device, with one binding.
type couple struct {
	t       rapid.TB
	sort    spelling
	device  device
	engine  *engine.Engine
	clients [2]*memory.Client
	keys    int
	values  int
	log     []string
	// shows are the properties that the device says to show after a write.
	shows string
	// whole clients keep all; blind says that the device cannot read pictures; slow syncs compare everything.
	whole, slow bool
	blind       *bool
}

func newCouple(t rapid.TB, s spelling, d device) *couple {
	clock := time.Date(2009, 3, 18, 9, 58, 17, 0, time.UTC)
	c := &couple{t: t, sort: s, device: d}
	c.engine = &engine.Engine{Journal: journaltest.New(func() time.Time { return clock }), Log: slog.New(slog.DiscardHandler),
		NewKey: func() sources.Key {
			c.keys++
			return sources.Key(fmt.Sprint("k", c.keys))
		}}
	c.clients[0] = memory.New(memory.Options{})
	c.clients[1] = memory.New(memory.Options{Store: func(b dataclass.Body) dataclass.Body {
		if c.whole {
			return b
		}
		f := s.read(b)
		for name, value := range f {
			f[name] = d.keep(name, value)
		}
		return s.body(f)
	}})
	return c
}

func (c *couple) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%v\n%s", err, strings.Join(c.log, "\n"))
	}
}

func (c *couple) sync() int {
	job := engine.Job{Ref: engine.Ref{Owner: "nora", Binding: 1, Class: c.sort.class}, Mode: engine.TwoWay}
	for s, k := range c.clients {
		job.Sides[s] = engine.Party{Source: k.Source("binding-1"), Caps: k.Caps()}
	}
	job.Sides[1].Caps.Keeps = dataclass.Keeps{}
	if c.slow {
		job.Mode = engine.Slow
	}
	if c.blind != nil {
		job.Sides[1].Source = blind{job.Sides[1].Source, c.blind}
	}
	job.Sides[1].Source = showing{job.Sides[1].Source, c.shows}
	rep, err := c.engine.Start(context.Background(), job)
	c.ok(err)
	n := 0
	for _, k := range rep.Tally.Sides {
		n += k.AddsOut + k.ReplacesOut + k.DeletesOut
	}
	c.note("sync: %d writes", n)
	return n
}

func (c *couple) note(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...)+fmt.Sprintf(" -> %v | %v", c.only(0), c.only(1)))
}

// only gives the one item of a client.
func (c *couple) only(i int) fields {
	items, err := c.clients[i].List(c.sort.class)
	c.ok(err)
	if len(items) > 1 {
		c.t.Fatalf("%d items\n%s", len(items), strings.Join(c.log, "\n"))
	}
	for _, b := range items {
		return c.sort.read(b)
	}
	return nil
}

// edit gives one property of the one item of a client a new value.
func (c *couple) edit(i int, name string) string {
	c.values++
	f := c.only(i)
	f[name] = fmt.Sprintf("v%d of many words", c.values)
	items, err := c.clients[i].List(c.sort.class)
	c.ok(err)
	for id := range items {
		c.ok(c.clients[i].Edit(c.sort.class, id, c.sort.body(f)))
	}
	c.note("client %d edits %s", i, name)
	return c.only(i)[name]
}

// TestP11_FieldsSurviveADeviceThatCannotKeepThem lets users edit an item on a client that keeps everything and on a
// device that does not, each property on one of them between two syncs: what the device cannot keep survives, what
// its user writes arrives, and soon nothing is written any more.
func TestP11_FieldsSurviveADeviceThatCannotKeepThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(spellings).Draw(t, "sort")
		d := device{}
		for _, name := range s.fields[1:] {
			d[name] = rapid.SampledFrom([]string{"keeps", "drops", "capitals", "cuts"}).Draw(t, name)
		}
		c := newCouple(t, s, d)
		want := fields{}
		for i, name := range s.fields {
			want[name] = fmt.Sprintf("first %d of many words", i)
		}
		_, err := c.clients[0].Put(s.class, s.body(want))
		c.ok(err)
		c.rest(want)
		for range rapid.IntRange(1, 5).Draw(t, "phases") {
			for _, name := range s.fields {
				who := rapid.IntRange(0, 2).Draw(t, "who edits "+name)
				if who == 0 || who == 1 && d[name] == "drops" {
					continue
				}
				want[name] = c.edit(who%2, name)
			}
			c.rest(want)
		}
	})
}

// rest syncs until both have had their say, and asks what both hold.
func (c *couple) rest(want fields) {
	c.t.Helper()
	c.sync()
	c.sync()
	if n := c.sync(); n > 0 {
		c.t.Fatalf("%d writes where nothing happened\n%s", n, strings.Join(c.log, "\n"))
	}
	full, poor := c.only(0), c.only(1)
	for name, value := range want {
		if full[name] != value || poor[name] != c.device.keep(name, value) {
			c.t.Fatalf("%s is %q and %q, wanted %q\n%s", name, full[name], poor[name], value, strings.Join(c.log, "\n"))
		}
	}
}
