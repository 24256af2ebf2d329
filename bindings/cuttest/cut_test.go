package cuttest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// A fault is how a session stops.
type fault int

const (
	requestLost fault = iota
	replyLost
	suspended
)

func (f fault) String() string { return [...]string{"request lost", "reply lost", "suspended"}[f] }

// The phones. All have room for few contacts in a message, and send no message twice.
var (
	forgetful = phonetest.Model{Name: "forgetful", MaxMsg: 2700, Basic: true, Large: true, VCard30: true}
	caching   = phonetest.Model{Name: "caching", MaxMsg: 2700, Large: true, CachesMaps: true, ForgetsByStatus: true, Binary: true, Version: "1.1"}
	resuming  = phonetest.Model{Name: "resuming", MaxMsg: 2700, Basic: true, Large: true, CachesMaps: true, ForgetsByStatus: true, VCard30: true, Resumes: true}
)

// A plot is what the two users did before the session that is cut.
type plot struct {
	name string
	code int
	play func(w *world)
}

// items is how many contacts a plot moves: enough for three messages of a package.
const items = 6

func plots() []plot {
	return []plot{
		{"first, from the phone", engine.Slow, func(w *world) { w.anew(); w.onPhone(items) }},
		{"first, to the phone", engine.Slow, func(w *world) { w.anew(); w.onServer(items) }},
		{"two-way", engine.TwoWay, func(w *world) {
			w.anew()
			w.onPhone(6)
			w.good(engine.Slow, "the beginning")
			w.onServer(items)
			w.touchServer()
			w.onPhone(items)
			w.deleteOnPhone()
			w.touchPhone()
			w.deleteOnServer()
		}},
		// In a slow sync a phone cannot tell that it deleted something.
		{"slow", engine.Slow, func(w *world) {
			w.anew()
			w.onPhone(6)
			w.good(engine.Slow, "the beginning")
			w.onServer(items / 2)
			w.touchServer()
			w.onPhone(items / 2)
			w.touchPhone()
			w.deleteOnServer()
		}},
	}
}

// inShort reports whether a story is told without BINDERY_LONG=1 too: all of a phone that remembers nothing,
// of the others what differs most.
func inShort(m phonetest.Model, p plot, how fault) bool {
	switch {
	case m.Resumes:
		return p.name == "two-way" || p.name == "slow" && how != requestLost
	case m.CachesMaps:
		return p.name == "two-way"
	}
	return true
}

// TestCutAfterEveryMessage: a session stops at its first message, the next one at its second, and so on until
// one comes to its end. After each a sync follows that nobody cuts, and nothing is lost, doubled or back.
func TestCutAfterEveryMessage(t *testing.T) {
	long := os.Getenv("BINDERY_LONG") == "1"
	for _, m := range []phonetest.Model{forgetful, caching, resuming} {
		for _, p := range plots() {
			for _, how := range []fault{requestLost, replyLost, suspended} {
				if how == suspended && !m.Resumes || !long && !inShort(m, p, how) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%v", m.Name, p.name, how), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, m)
					w.everyMessage(p, how)
				})
			}
		}
	}
}

func (w *world) everyMessage(p plot, how fault) {
	w.t.Helper()
	first := 1
	if how == suspended {
		first = 2 // before that there is no session
	}
	for n := first; ; n++ {
		p.play(w)
		_, err := w.sync(p.code, n, how)
		if err != nil && !errors.Is(err, phonetest.ErrBrokeOff) {
			w.fail("%v", err)
		}
		w.good(engine.TwoWay, fmt.Sprintf("after message %d", n))
		if err == nil {
			if n < 5 {
				w.fail("the session had only %d messages", n-1)
			}
			return
		}
		if n > 3 {
			continue
		}
		if r := w.good(engine.TwoWay, "rest"); r.Sent+r.Got > 0 || r.Mode != engine.TwoWay {
			w.fail("after message %d: the sync after the sync has something to say: %+v", n, r)
		}
	}
}

// good is a sync that comes to its end and leaves both sides the same.
func (w *world) good(code int, what string) phonetest.Result {
	w.t.Helper()
	r, err := w.sync(code, 0, requestLost)
	if err != nil {
		w.fail("%s: %v", what, err)
	}
	w.settled()
	return r
}

// anew empties the account and gives it a new phone.
func (w *world) anew() {
	w.clear()
	w.buy()
}

func (w *world) onPhone(n int) {
	for range n {
		w.phone.Add(w.person())
	}
}

func (w *world) onServer(n int) {
	for range n {
		w.put("", w.person())
	}
}

// common gives the LUID and the id of somebody whom both sides hold: the i-th.
func (w *world) common(i int) (luid string, id sources.ID, c phonetest.Contact) {
	w.t.Helper()
	var names []string
	luids, ids := map[string]string{}, map[string]sources.ID{}
	for l, c := range w.phone.Items() {
		luids[c.Family] = l
	}
	all := w.server()
	for id, c := range all {
		if luids[c.Family] != "" {
			names, ids[c.Family] = append(names, c.Family), id
		}
	}
	slices.Sort(names)
	if len(names) <= i {
		w.fail("only %d contacts on both sides", len(names))
	}
	n := names[i]
	return luids[n], ids[n], all[ids[n]]
}

func (w *world) touchPhone() {
	luid, _, c := w.common(0)
	w.phone.Edit(luid, w.says(c, fmt.Sprint("on the phone ", w.msg, w.people)))
}

func (w *world) touchServer() {
	_, id, c := w.common(1)
	w.put(id, w.says(c, fmt.Sprint("on the server ", w.msg, w.people)))
}

func (w *world) deleteOnPhone() {
	luid, _, c := w.common(2)
	delete(w.alive, c.Family)
	w.phone.Delete(luid)
}

func (w *world) deleteOnServer() {
	_, id, c := w.common(3)
	delete(w.alive, c.Family)
	if err := w.items.Delete(w.t.Context(), dataclass.Contacts, id, ""); err != nil {
		w.fail("delete: %v", err)
	}
}
