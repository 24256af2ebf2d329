package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// kit is what a check works with: a new client and helpers that end the check when something is wrong.
type kit struct {
	TB
	ctx     context.Context
	opts    Options
	class   dataclass.Class
	client  Client
	source  sources.Source // of the origin "engine"
	another func() Client  // opens one more client
	foreign func() (mine, theirs Client)
	keys    int
}

// newKit opens a client for one check. Failures go to tb; t only owns what is opened.
func newKit(t *testing.T, tb TB, opts Options, class dataclass.Class) *kit {
	client := opts.Open(t)
	return &kit{
		TB: tb, ctx: tb.Context(), opts: opts, class: class, client: client,
		source:  client.Source("engine"),
		another: func() Client { return opts.Open(t) },
		foreign: func() (Client, Client) { return opts.Foreign(t) },
	}
}

func (k *kit) must(err error, format string, args ...any) {
	k.Helper()
	if err != nil {
		k.Fatalf("%s: %v", fmt.Sprintf(format, args...), err)
	}
}

func (k *kit) is(err, want error, format string, args ...any) {
	k.Helper()
	if !errors.Is(err, want) {
		k.Fatalf("%s: error %v, want %v", fmt.Sprintf(format, args...), err, want)
	}
}

// body is the n-th invented item of the class.
func (k *kit) body(n int) dataclass.Body { return sample(k.class, n, "") }

func sample(class dataclass.Class, n int, note string) dataclass.Body {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	switch class {
	case dataclass.Contacts:
		line("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Person %d;Test;;;\r\nFN:Test Person %d", n, n)
		line("TEL;TYPE=CELL:+47 555 %05d\r\nNOTE:%s\r\nEND:VCARD", n, note)
		return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(b.String())}
	case dataclass.Events, dataclass.Calendar:
		line("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:VEVENT\r\nUID:event-%d", n)
		line("DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:Event %d%s\r\nEND:VEVENT\r\nEND:VCALENDAR", n, note)
		return dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(b.String())}
	case dataclass.Tasks:
		line("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:VTODO\r\nUID:task-%d", n)
		line("DTSTAMP:20260101T000000Z\r\nSUMMARY:Task %d%s\r\nEND:VTODO\r\nEND:VCALENDAR", n, note)
		return dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(b.String())}
	}
	return dataclass.Body{Type: "text/plain", Data: fmt.Appendf(nil, "Note %d\n%s", n, note)}
}

// put lets the user add the n-th item.
func (k *kit) put(n int) sources.ID {
	k.Helper()
	id, err := k.client.Put(k.class, k.body(n))
	k.must(err, "user puts item %d", n)
	if id == "" {
		k.Fatalf("user puts item %d: no id", n)
	}
	return id
}

func (k *kit) edit(id sources.ID, n int) {
	k.Helper()
	k.must(k.client.Edit(k.class, id, k.body(n)), "user edits item %s", id)
}

func (k *kit) delete(id sources.ID) {
	k.Helper()
	k.must(k.client.Delete(k.class, id), "user deletes item %s", id)
}

// held is what the user sees.
func (k *kit) held() map[sources.ID]dataclass.Body {
	k.Helper()
	items, err := k.client.List(k.class)
	k.must(err, "user lists items")
	return items
}

func (k *kit) begin(since sources.Cursor) sources.Session {
	k.Helper()
	return k.beginAt(k.source, since)
}

func (k *kit) beginAt(src sources.Source, since sources.Cursor) sources.Session {
	k.Helper()
	s, err := src.Begin(k.ctx, k.class, since)
	k.must(err, "begin since %q", since)
	return s
}

// collect reads a listing to its end. No id may come twice.
func (k *kit) collect(s sources.Session) map[sources.ID]sources.Change {
	k.Helper()
	list := map[sources.ID]sources.Change{}
	for _, ch := range k.all(s.Changes(k.ctx)) {
		if _, twice := list[ch.ID]; twice {
			k.Fatalf("item %s is listed twice", ch.ID)
		}
		list[ch.ID] = ch
	}
	return list
}

func (k *kit) all(seq iter.Seq2[sources.Change, error]) []sources.Change {
	k.Helper()
	var list []sources.Change
	for ch, err := range seq {
		k.must(err, "listing")
		if ch.ID == "" {
			k.Fatalf("a change without an id: %+v", ch)
		}
		list = append(list, ch)
	}
	return list
}

// finish commits and closes a session.
func (k *kit) finish(s sources.Session) sources.Cursor {
	k.Helper()
	cur, err := s.Commit(k.ctx)
	k.must(err, "commit")
	if cur == "" {
		k.Fatalf("commit gives an empty cursor")
	}
	k.must(s.Close(), "close")
	return cur
}

// look is one whole look: begin, list, commit, close.
func (k *kit) look(since sources.Cursor) (map[sources.ID]sources.Change, sources.Cursor) {
	k.Helper()
	return k.lookAt(k.source, since)
}

func (k *kit) lookAt(src sources.Source, since sources.Cursor) (map[sources.ID]sources.Change, sources.Cursor) {
	k.Helper()
	s := k.beginAt(src, since)
	list := k.collect(s)
	return list, k.finish(s)
}

// cursor is where the client stands now.
func (k *kit) cursor() sources.Cursor {
	k.Helper()
	_, cur := k.look("")
	return cur
}

func (k *kit) key() sources.Key {
	k.keys++
	return sources.Key(fmt.Sprintf("key-%d", k.keys))
}

func (k *kit) add(n int) sources.Op {
	return sources.Op{Key: k.key(), Verb: sources.Add, Body: k.body(n)}
}

func (k *kit) replace(id sources.ID, rev sources.Revision, n int) sources.Op {
	return sources.Op{Key: k.key(), Verb: sources.Replace, ID: id, IfRev: rev, Body: k.body(n)}
}

func (k *kit) remove(id sources.ID, rev sources.Revision) sources.Op {
	return sources.Op{Key: k.key(), Verb: sources.Delete, ID: id, IfRev: rev}
}

// applyIn applies ops and checks the form of the results.
func (k *kit) applyIn(s sources.Session, ops ...sources.Op) []sources.Result {
	k.Helper()
	results, err := s.Apply(k.ctx, ops)
	k.must(err, "apply %d ops", len(ops))
	if len(results) != len(ops) {
		k.Fatalf("apply: %d results for %d ops", len(results), len(ops))
	}
	for i, r := range results {
		if (r.State == sources.Failed) != (r.Err != nil) {
			k.Fatalf("op %d: state %d with error %v", i, r.State, r.Err)
		}
	}
	return results
}

// apply applies ops in a session of its own, in batches that the client takes.
func (k *kit) apply(ops ...sources.Op) []sources.Result {
	k.Helper()
	return k.applyAt(k.source, ops...)
}

func (k *kit) applyAt(src sources.Source, ops ...sources.Op) []sources.Result {
	k.Helper()
	s := k.beginAt(src, "")
	size := len(ops)
	if k.opts.Caps.MaxBatch > 0 {
		size = k.opts.Caps.MaxBatch
	}
	var results []sources.Result
	for i := 0; i < len(ops); i += size {
		results = append(results, k.applyIn(s, ops[i:min(i+size, len(ops))]...)...)
	}
	k.must(s.Close(), "close")
	return results
}

// done checks that an op was carried out, and gives the item's id.
func (k *kit) done(r sources.Result) sources.ID {
	k.Helper()
	if r.State != sources.Done {
		k.Fatalf("state %d, error %v, want done", r.State, r.Err)
	}
	if r.ID == "" {
		k.Fatalf("done without an id")
	}
	return r.ID
}

func (k *kit) failed(r sources.Result, want error) {
	k.Helper()
	if r.State != sources.Failed || !errors.Is(r.Err, want) {
		k.Fatalf("state %d, error %v, want failed with %v", r.State, r.Err, want)
	}
}

// holds checks that the user sees exactly n items and that item id is as the m-th body.
func (k *kit) holds(n int, id sources.ID, m int) {
	k.Helper()
	k.holdsBody(n, id, k.body(m))
}

func (k *kit) holdsBody(n int, id sources.ID, want dataclass.Body) {
	k.Helper()
	items := k.held()
	if len(items) != n {
		k.Fatalf("the client holds %d items, want %d", len(items), n)
	}
	got, ok := items[id]
	if !ok {
		k.Fatalf("the client does not hold item %s", id)
	}
	if !k.opts.Same(want, got) {
		k.Fatalf("item %s is %q, want %q", id, got.Data, want.Data)
	}
}

// shows checks that list has exactly the ids given.
func (k *kit) shows(list map[sources.ID]sources.Change, ids ...sources.ID) {
	k.Helper()
	for _, id := range ids {
		if _, ok := list[id]; !ok {
			k.Fatalf("item %s is not listed", id)
		}
	}
	if len(list) != len(ids) {
		k.Fatalf("%d items are listed, want %d", len(list), len(ids))
	}
}

// isItem checks that a change shows a living item with the n-th body.
func (k *kit) isItem(ch sources.Change, n int) {
	k.Helper()
	if ch.Verb != sources.Add && ch.Verb != sources.Replace {
		k.Fatalf("item %s: verb %s, want an item", ch.ID, ch.Verb)
	}
	if want := k.body(n); !k.opts.Same(want, ch.Body) {
		k.Fatalf("item %s is %q, want %q", ch.ID, ch.Body.Data, want.Data)
	}
}

func (k *kit) isDelete(ch sources.Change) {
	k.Helper()
	if ch.Verb != sources.Delete || !ch.Body.IsZero() {
		k.Fatalf("item %s: verb %s with %d bytes, want a delete without a body", ch.ID, ch.Verb, len(ch.Body.Data))
	}
}
