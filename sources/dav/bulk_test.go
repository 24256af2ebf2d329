package dav_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
)

// bulkOps are new contacts, edits and deletions, more than one of each.
func (w *world) bulkOps(ids []sources.ID) []sources.Op {
	var ops []sources.Op
	for i := range 12 {
		ops = append(ops, w.op(sources.Add, "", card(fmt.Sprint("New", i), fmt.Sprint("UID:new-", i))))
	}
	for i := range 3 {
		ops = append(ops, w.op(sources.Replace, ids[i], card(fmt.Sprint("Edited", i))), w.op(sources.Delete, ids[i+3], dataclass.Body{}))
	}
	return ops
}

// called gives the name of a contact.
func called(b dataclass.Body) string {
	_, rest, _ := strings.Cut(string(b.Data), "FN:Test ")
	name, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(name)
}

// names are those of the contacts on the server, sorted.
func (w *world) names() []string {
	w.Helper()
	list, err := w.List(w.class)
	w.must(err)
	var out []string
	for _, b := range list {
		out = append(out, called(b))
	}
	slices.Sort(out)
	return out
}

// The user's fear: many writes travel together, the answer is wrong or lost, and things are there twice or not at all.
// Whatever a server says of many writes: what was done is there, once, and is known under its id; nothing is told to be
// somebody else's change.
func TestBulkLies(t *testing.T) {
	for name, set := range bulkLies {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
			ids := w.user(many(8)...)
			set(w.l)
			w.look()
			ops := w.bulkOps(ids)
			res, err := w.apply(ops...)
			for n := 0; err != nil; n++ {
				if n == 3 || !isErr(err, sources.ErrElsewhere) {
					t.Fatal(err)
				}
				res, err = w.apply(ops...)
			}
			w.done(res, err)
			w.done(w.apply(ops...)) // as an engine does that has forgotten
			var want []string
			for i := range 12 {
				want = append(want, called(card(fmt.Sprint("New", i))))
			}
			for _, n := range []string{"Edited0", "Edited1", "Edited2", "Person6", "Person7"} {
				want = append(want, called(card(n)))
			}
			slices.Sort(want)
			if got := w.names(); !slices.Equal(got, want) {
				t.Errorf("the server has %q instead of %q", got, want)
			}
			w.hasEach(ops, res)
			for id, ch := range w.look() {
				if !ch.Own && ch.Verb != sources.Delete {
					t.Errorf("%s of %s is told", ch.Verb, id)
				}
			}
		})
	}
}

// A line that is cut while many writes are under way, once or for good, makes nothing twice and loses nothing.
func TestBulkLostAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		after bool
		times int
	}{"after, once": {true, 1}, "after, for good": {true, 100}, "before, once": {false, 1}, "before, for good": {false, 100}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(6) })
			ids := w.user(many(8)...)
			w.look()
			lost := c.times
			lose := func() bool { lost--; return lost >= 0 }
			if c.after {
				w.l.wrote = func(*http.Request) error {
					if lose() {
						return errLost
					}
					return nil
				}
			} else {
				w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
					if r.Method == "PROPFIND" || r.Method == "REPORT" || r.Method == "GET" || !lose() {
						return false
					}
					wr.Header().Set("X-Lost", "1")
					return true
				}
			}
			ops := w.bulkOps(ids)
			res, err := w.apply(ops...)
			for n := 0; err != nil; n++ {
				if n == 3 || !isErr(err, sources.ErrElsewhere) {
					t.Fatal(err)
				}
				if n == 1 {
					lost = 0
				}
				res, err = w.apply(ops...)
			}
			w.done(res, err)
			w.done(w.apply(ops...))
			if n := len(w.l.in("/me/book/")); n != 12+8-3 {
				t.Errorf("%d items: %q", n, w.names())
			}
			w.hasEach(ops, res)
		})
	}
}

// An Apply that is repeated in one look, after the answer was lost, finds what became of it.
func TestBulkRepeatedInOneLook(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
	w.look()
	ops := w.bulkOps(make([]sources.ID, 6))[:12]
	s, err := w.Source("engine").Begin(w.Context(), w.class, w.since)
	w.must(err)
	defer func() { w.must(s.Close()) }()
	broken := true
	w.l.wrote = func(*http.Request) error {
		if broken {
			return errLost
		}
		return nil
	}
	w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
		if broken && r.Method == "REPORT" {
			wr.Header().Set("X-Lost", "1")
			return true
		}
		return false
	}
	if _, err := s.Apply(w.Context(), ops); err == nil {
		t.Fatal("the answer was not lost")
	}
	broken = false
	w.done(s.Apply(w.Context(), ops))
	if got := w.names(); len(got) != 12 {
		t.Errorf("%q", got)
	}
}

// hasEach reads what was written by the ids that were given.
func (w *world) hasEach(ops []sources.Op, res []sources.Result) {
	w.Helper()
	s, err := w.Source("engine").Begin(w.Context(), w.class, w.since)
	w.must(err)
	defer func() { w.must(s.Close()) }()
	var ids []sources.ID
	for _, r := range res {
		ids = append(ids, r.ID)
	}
	i := 0
	for ch, err := range s.Read(w.Context(), ids) {
		w.must(err)
		if gone := ops[i].Verb == sources.Delete; gone != (ch.Verb == sources.Delete) || !gone && called(ch.Body) != called(ops[i].Body) {
			w.Errorf("op %d: %s %q instead of %q", i, ch.Verb, called(ch.Body), called(ops[i].Body))
		}
		i++
	}
}

// A server that takes what it is sent and has none of it is not believed.
func TestBulkStoredNothing(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
	w.look()
	w.l.forgetsNew = true
	ops := w.bulkOps(make([]sources.ID, 6))[:12]
	res, err := w.apply(ops...)
	w.must(err)
	for i, r := range res {
		if r.State != sources.Failed || !isErr(r.Err, sources.ErrUnsupported) {
			t.Errorf("op %d: %v %v", i, r.State, r.Err)
		}
	}
	w.l.forgetsNew = false
	w.done(w.apply(ops...))
	if got := w.names(); len(got) != 12 {
		t.Errorf("%q", got)
	}
}

// What somebody else did meanwhile is told as it is for single writes, item by item, and the rest is written.
func TestBulkConflicts(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
	ids := w.user(many(8)...)
	w.look()
	w.must(w.Edit(w.class, ids[0], card("Mine")))
	w.must(w.Delete(w.class, ids[1]))
	w.must(w.Delete(w.class, ids[3]))
	w.must(w.Edit(w.class, ids[4], card("Kept")))
	ops := w.bulkOps(ids)
	revs := map[sources.ID]sources.Revision{}
	s, err := w.Source("engine").Begin(w.Context(), w.class, "")
	w.must(err)
	for ch, err := range s.Changes(w.Context()) {
		w.must(err)
		revs[ch.ID] = ch.Rev
	}
	w.must(s.Close())
	for i := range ops {
		if ops[i].Verb != sources.Add {
			if ops[i].IfRev = revs[ops[i].ID]; ops[i].ID == ids[0] || ops[i].ID == ids[4] {
				ops[i].IfRev = "as it was"
			}
		}
	}
	res, err := w.apply(ops...)
	w.must(err)
	for i, r := range res {
		want := error(nil)
		switch ops[i].ID {
		case ids[0], ids[4]:
			want = sources.ErrConflict
		case ids[1]:
			want = sources.ErrGone
		}
		if want == nil && r.State != sources.Done || want != nil && !isErr(r.Err, want) {
			t.Errorf("op %d on %s: %v %v instead of %v", i, ops[i].ID, r.State, r.Err, want)
		}
	}
	if n := len(w.l.in("/me/book/")); n != 12+8-3 {
		t.Errorf("%d items", n)
	}
}

// Where all goes well many writes are one request, and nothing is read again of a server that has shown that it holds what it
// is sent.
func TestBulkRequests(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.bulk = taking(50) })
	w.look()
	w.l.requests()
	var ops []sources.Op
	for i := range 300 {
		ops = append(ops, w.op(sources.Add, "", card(fmt.Sprint("P", i), fmt.Sprint("UID:p-", i))))
	}
	w.done(w.apply(ops[:150]...))
	w.l.requests()
	w.done(w.apply(ops[150:]...))
	if got := strings.Join(w.l.requests(), " "); got != "REPORT POST POST POST" {
		t.Error(got)
	}
	if !slices.Equal(w.l.bulks, []int{50, 50, 50, 50, 50, 50}) {
		t.Errorf("%v", w.l.bulks)
	}
	w.done(w.apply(w.op(sources.Add, "", card("One"))))
	if len(w.l.bulks) != 6 {
		t.Error("one item went as many")
	}
}

// Bytes arrive as they were: line ends, what XML has a meaning for; what it cannot say goes by itself.
func TestBulkBytes(t *testing.T) {
	server := newOurs(t)
	w := &world{T: t, client: newHouse(t, dav.Options{}).client(t, "ann", "", server.account()), class: dataclass.Contacts}
	w.look()
	bodies := []dataclass.Body{
		card("Plain", "UID:b1"), card("Odd", "UID:b2", "NOTE:<a> & ]]> \"b\" 'ä' 😀"),
		card("Folded", "UID:b3", "NOTE:"+strings.Repeat("x", 60)+"\r\n "+strings.Repeat("y", 60)),
		card("Bell", "UID:b4", "NOTE:a\x07b"), card("Mixed", "UID:b5", "NOTE:one\nX-A:two"),
	}
	var ops []sources.Op
	for _, b := range bodies {
		ops = append(ops, w.op(sources.Add, "", b))
	}
	res := w.done(w.apply(ops...))
	for i, r := range res {
		status, data, err := w.ask("GET", w.collections[w.class]+string(r.ID), nil)
		if err != nil || status != 200 || string(data) != string(bodies[i].Data) {
			t.Errorf("%d: %q became %q (%d, %v)", i, bodies[i].Data, data, status, err)
		}
	}
}

// When an item was written is known from the answer: the look after a first upload has nothing to note of it.
func TestBulkTellsTimes(t *testing.T) {
	h, server := newHouse(t, dav.Options{}), newOurs(t)
	w := &world{T: t, client: h.client(t, "ann", "", server.account()), class: dataclass.Contacts}
	w.look()
	var ops []sources.Op
	for i := range 50 {
		ops = append(ops, w.op(sources.Add, "", card(fmt.Sprint("P", i), fmt.Sprint("UID:p-", i))))
	}
	w.done(w.apply(ops...))
	var untimed int64
	err := h.store.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Table("dav_client_items").Where("owner_id = ? AND modified = 0", "ann").Count(&untimed).Error
	})
	if err != nil || untimed > 0 {
		t.Errorf("of %d items it is not known when they were written (%v)", untimed, err)
	}
}
