package yeartest

import (
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// aMonth is how many syncs the ordinary tests play for each model, aYear what the long ones do: three a day.
const (
	aMonth = 42
	aYear  = 1095
)

// TestYear plays a few weeks for each model. With BINDERY_LONG it plays whole years, BINDERY_YEARS of them
// for each model, 3 by default.
func TestYear(t *testing.T) {
	syncs, years := aMonth, 1
	if os.Getenv("BINDERY_LONG") != "" {
		syncs, years = aYear, 3
	}
	if n, err := strconv.Atoi(os.Getenv("BINDERY_YEARS")); err == nil {
		years = n
	}
	for _, m := range phonetest.Models() {
		t.Run(m.Name, func(t *testing.T) {
			for seed := range years {
				t.Run(strconv.Itoa(seed+1), func(t *testing.T) { newWorld(t, m, uint64(seed+1)).play(syncs) })
			}
		})
	}
}

// TestRegressions plays lives that once ended badly.
func TestRegressions(t *testing.T) {
	long := os.Getenv("BINDERY_LONG") != ""
	for _, c := range []struct {
		name  string
		model phonetest.Model
		seed  uint64
		syncs int
	}{
		{"an edit on the phone survives a deletion in the datastore, with what the phone had", phonetest.Replacing, 3, 21},
		{"of a doubtful pair that is one, a name that was cut may win", phonetest.Truncating, 5, 21},
		{"who deletes one of a doubtful pair does not delete the other", phonetest.Truncating, 10, 21},
		{"a number that was taken away before the phone had brought it stays", phonetest.S60, 6, 60},
		{"numbers and note changed before a reset", phonetest.Truncating, 12, 60},
		{"deleted in the datastore before a phone that cuts names lost its anchors", phonetest.Truncating, 1, 84},
	} {
		if c.syncs <= 21 || long {
			t.Run(c.name, func(t *testing.T) { newWorld(t, c.model, c.seed).play(c.syncs) })
		}
	}
}

// play lets the users live for so many syncs. Each week everything comes to rest and is judged.
func (w *world) play(syncs int) {
	w.t.Helper()
	w.edits(12)
	for w.syncs < syncs {
		w.sync()
		w.clock = w.clock.Add(8 * time.Hour)
		w.life()
		if w.syncs%21 == 0 {
			w.rest()
		}
	}
	w.rest()
}

// life is what happens between two syncs.
func (w *world) life() {
	w.edits(w.rand.IntN(4))
	switch n := w.rand.IntN(200); {
	case n == 0:
		w.wipe(false)
	case n == 1:
		w.wipe(true)
	case n < 5:
		w.note("phone: anchors lost")
		w.phone.LoseAnchors()
	case n < 7:
		w.skew = time.Duration(w.rand.IntN(2000)-1000) * time.Hour
		w.note("phone: its clock is %s off", w.skew)
	case n == 7:
		w.clock = w.clock.Add(-26 * time.Hour)
		w.note("server: its clock goes back")
	}
	if w.rand.IntN(3) == 0 {
		w.sweep()
	}
}

// sweep is what a server does from time to time.
func (w *world) sweep() {
	w.t.Helper()
	w.examine(true)
	_, err := w.store.PurgeHistory(w.t.Context(), 90*24*time.Hour)
	if err := errors.Join(err, w.face.Expire(w.t.Context()), w.face.Purge(w.t.Context())); err != nil {
		w.fail("sweep: %v", err)
	}
}

// wipe resets the phone. What only it knew is lost; with a backup, what was changed in the datastore since
// the last sync meets its old self again.
func (w *world) wipe(restore bool) {
	if restore && len(w.phone.Dirty()) > 0 {
		return // its backup was made after a sync
	}
	w.note("phone: reset, restored: %v", restore)
	w.doubtDirty()
	if restore {
		w.doubtStale()
		w.truth.unhear()
	}
	w.phone.Wipe(restore)
}

// doubtDirty notes that what the phone has not told may be lost.
func (w *world) doubtDirty() {
	items := w.phone.Items()
	for luid := range w.phone.Dirty() {
		if c, ok := items[luid]; ok {
			w.truth.of(c).doubt()
		}
	}
	w.doubtDeleted()
}

// doubtDeleted notes the same of what was deleted on the phone: a slow sync cannot tell it.
func (w *world) doubtDeleted() {
	for _, f := range w.truth {
		if f.edited&onPhone != 0 && f.fate == dies {
			f.doubt()
		}
	}
}

// doubtStale notes that what the phone shows of each contact may come back, for nothing tells that it is old.
func (w *world) doubtStale() {
	for _, c := range w.phone.Items() {
		f := w.truth.of(c)
		whole := w.wholeOf(c)
		for _, v := range texts(c) {
			if f.values[whole(v)] == dies {
				f.values[whole(v)] = either
			}
		}
		if f.fate == dies {
			f.fate = either
		}
	}
}

// mishaps are what may go wrong in a session. Most sessions go well.
func (w *world) trouble() {
	w.mishap, w.msg = mishap{}, 0
	if w.rand.IntN(3) > 0 {
		return
	}
	w.mishap = mishap{kind: pick(w, []string{"request", "reply", "restart", "edit", "crash", "killed"}),
		at: 1 + w.rand.IntN(5), lasts: 1 + w.rand.IntN(3)}
	switch w.mishap.kind {
	case "killed":
		w.mishap.kind, w.mishap.lasts = "request", 1<<20
	case "crash":
		w.fuse, w.point = 1+w.rand.IntN(12), pick(w, []sqlstore.Point{sqlstore.BeforeCommit, sqlstore.AfterCommit})
	}
	w.note("trouble: %+v", w.mishap)
}

// sync is one session, with whatever goes wrong in it.
func (w *world) sync() phonetest.Result {
	w.t.Helper()
	w.trouble()
	return w.session(200)
}

func (w *world) session(code int) phonetest.Result {
	w.t.Helper()
	if w.rand.IntN(60) == 0 {
		code = 201
	}
	w.syncs++
	w.note("sync %d, %s", w.syncs, w.clock.Format(time.DateTime))
	r, err := w.phone.Sync(code)
	if err != nil && !errors.Is(err, phonetest.ErrBrokeOff) {
		w.fail("%v", err)
	}
	w.note("  = %+v %v", r, err)
	if w.dead {
		w.boot()
	}
	w.fuse, w.mishap = 0, mishap{}
	if r.Mode == 201 {
		w.doubtDeleted()
	}
	return r
}

// rest syncs without trouble until nobody has anything to say, and judges.
func (w *world) rest() {
	w.t.Helper()
	for n := range 6 {
		w.mishap = mishap{}
		r, err := w.phone.Sync(200)
		w.clock = w.clock.Add(time.Hour)
		w.note("rest %d: %+v %v", n, r, err)
		if r.Mode == 201 {
			w.doubtDeleted()
		}
		if err != nil {
			w.fail("a sync without trouble broke off: %v", err)
		}
		if r.Mode == 200 && r.Sent == 0 && r.Got == 0 && !w.decide() {
			w.judge()
			w.examine(false)
			w.note("--- judged")
			return
		}
	}
	w.fail("it does not come to rest")
}
