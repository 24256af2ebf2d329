package bindings

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A mover is a pair whose right client may be given other collections. Their ids are alike: the first item of each has the
// same one.
type mover struct {
	*pair
	all map[string]*memory.Client
	bad [2]*picky
}

func newMover(t testing.TB, o pairOptions) *mover {
	m := &mover{pair: newPair(t, o), all: map[string]*memory.Client{}}
	m.all["old"] = m.sides[1]
	return m
}

// at gives a collection.
func (m *mover) at(name string) *memory.Client {
	if m.all[name] == nil {
		m.all[name] = m.kinds[1].Client(m.owner, "collection "+name)
	}
	return m.all[name]
}

// fill puts items into a collection, as its user does.
func (m *mover) fill(name string, items ...dataclass.Body) {
	m.t.Helper()
	for _, b := range items {
		_, err := m.at(name).Put(dataclass.Contacts, b)
		m.ok(err)
	}
}

// client is the right client's UUID.
func (m *mover) client() string {
	m.t.Helper()
	b, err := m.store.Binding(m.t.Context(), m.owner, m.binding)
	m.ok(err)
	if m.opts.mirrored {
		return b.Source
	}
	return b.Target
}

// move gives the right client another collection.
func (m *mover) move(name string) {
	m.t.Helper()
	m.ok(m.store.Resettle(m.t.Context(), m.owner, m.client(), []dataclass.Class{dataclass.Contacts}))
	to := m.at(name)
	m.sides[1] = to
	m.replace = func(i int, s sources.Source) sources.Source {
		if i == 1 {
			return to.Source(fmt.Sprint("binding ", m.binding))
		}
		return s
	}
}

// in are the names in a collection, with what stands behind them in a line of that name, sorted.
func (m *mover) in(c *memory.Client, lines ...string) string {
	m.t.Helper()
	items, err := c.List(dataclass.Contacts)
	m.ok(err)
	var out []string
	for _, b := range items {
		name := nameOf(b)
		for _, l := range lines {
			if strings.Contains(string(b.Data), l) {
				name += "+" + l
			}
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// mustBe asks what the left side and the collections hold, and that another sync moves nothing.
func (m *mover) mustBe(what string, want map[string]string, lines ...string) {
	m.t.Helper()
	m.all["left"] = m.sides[0]
	for range 2 {
		for name, names := range want {
			if got := m.in(m.all[name], lines...); got != names {
				m.t.Errorf("%s: %s holds %q, wanted %q", what, name, got, names)
			}
		}
		m.trace = nil
		m.mustSync()
		for _, line := range m.trace {
			if strings.Contains(line, " -> ") {
				m.t.Errorf("%s: another sync writes %s", what, line)
			}
		}
	}
}

func uid(name string, lines ...string) dataclass.Body {
	return card(name, append([]string{"UID:uid-" + name}, lines...)...)
}

// The user's fears when a client gets another collection: what was in the old one is deleted, there or here; what the new
// one has is there twice, or loses what only one of them knew; the id of one item stands for another.
func TestResettle(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(m *mover)
		want map[string]string
	}{
		"to an empty one": {
			func(m *mover) { m.move("new") },
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Ben Cem", "new": "Ann Ben Cem"},
		},
		"to one with the same items": {
			func(m *mover) { m.fill("new", card("Cem"), uid("Ann"), uid("Ben")); m.move("new") },
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Ben Cem", "new": "Ann Ben Cem"},
		},
		"to one with others": {
			func(m *mover) { m.fill("new", uid("Zoe"), card("Yan")); m.move("new") },
			map[string]string{"left": "Ann Ben Cem Yan Zoe", "old": "Ann Ben Cem", "new": "Ann Ben Cem Yan Zoe"},
		},
		"to one that knows more and less of the same": {
			func(m *mover) {
				m.edit(0, "Ann", "UID:uid-Ann", "TITLE:here")
				m.mustSync()
				m.fill("new", uid("Ann", "NOTE:there"))
				m.move("new")
			},
			map[string]string{"left": "Ann+TITLE:here+NOTE:there Ben Cem", "old": "Ann+TITLE:here Ben Cem", "new": "Ann+TITLE:here+NOTE:there Ben Cem"},
		},
		"and back": {
			func(m *mover) {
				m.move("new")
				m.mustSync()
				m.edit(0, "Ben", "UID:uid-Ben", "TITLE:here")
				m.put(1, uid("Dan"))
				m.mustSync()
				m.move("old")
			},
			map[string]string{"left": "Ann Ben+TITLE:here Cem Dan", "old": "Ann Ben+TITLE:here Cem Dan", "new": "Ann Ben+TITLE:here Cem Dan"},
		},
		"and back at once": {
			func(m *mover) { m.move("new"); m.move("old") },
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Ben Cem", "new": ""},
		},
		"after a deletion here that the old one was not told": {
			func(m *mover) { m.fill("new", uid("Ann"), uid("Ben")); m.remove(0, "Ben"); m.move("new") },
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Ben Cem", "new": "Ann Ben Cem"},
		},
		"after a deletion there that was not read": {
			func(m *mover) { m.remove(1, "Ben"); m.move("new") },
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Cem", "new": "Ann Ben Cem"},
		},
		"after an edit here that the old one was not told": {
			func(m *mover) {
				m.edit(0, "Ben", "UID:uid-Ben", "TITLE:here")
				m.fill("new", uid("Ben"))
				m.move("new")
			},
			map[string]string{"left": "Ann Ben+TITLE:here Cem", "old": "Ann Ben Cem", "new": "Ann Ben+TITLE:here Cem"},
		},
		"after an edit there that was not read": {
			func(m *mover) { m.edit(1, "Ben", "UID:uid-Ben", "NOTE:there"); m.move("new") },
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Ben+NOTE:there Cem", "new": "Ann Ben Cem"},
		},
		"while the binding is removed": {
			func(m *mover) {
				m.ok(m.store.RemoveBinding(m.t.Context(), m.owner, m.binding))
				client := m.sides[1]
				b, err := m.store.RestoreBinding(m.t.Context(), m.owner, m.binding)
				m.ok(err)
				m.ok(m.store.RemoveBinding(m.t.Context(), m.owner, b.ID))
				id := b.Target
				if m.opts.mirrored {
					id = b.Source
				}
				m.ok(m.store.Resettle(m.t.Context(), m.owner, id, []dataclass.Class{dataclass.Contacts}))
				_, err = m.store.RestoreBinding(m.t.Context(), m.owner, m.binding)
				m.ok(err)
				m.sides[1] = client
				m.move("new")
			},
			map[string]string{"left": "Ann Ben Cem", "old": "Ann Ben Cem", "new": "Ann Ben Cem"},
		},
		"with somebody else under each id": {
			func(m *mover) { m.fill("new", uid("Xia"), uid("Yan"), uid("Zoe"), uid("Ann")); m.move("new") },
			map[string]string{"left": "Ann Ben Cem Xia Yan Zoe", "old": "Ann Ben Cem", "new": "Ann Ben Cem Xia Yan Zoe"},
		},
	} {
		for _, mirrored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, mirrored %v", name, mirrored), func(t *testing.T) {
				m := newMover(t, pairOptions{mirrored: mirrored})
				m.put(0, uid("Ann"))
				m.put(1, uid("Ben"))
				m.put(0, card("Cem"))
				m.mustSync()
				tc.do(m)
				m.mustSync()
				m.mustBe(name, tc.want, "TITLE:here", "NOTE:there")
			})
		}
	}
}

// Deletions that are held, or that a side did not take, end when the collection is another one; so do doubts.
func TestResettleEndsWhatWasUnderWay(t *testing.T) {
	names := "A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 B0 B1 B2 B3 B4 B5 B6 B7 B8 B9"
	for what, tc := range map[string]struct {
		do    func(m *mover)
		aside int
	}{
		"held": {do: func(m *mover) {
			for _, n := range strings.Fields(names) {
				m.remove(1, n)
			}
			if e := m.mustSync(); e.State != engine.StateHeld {
				m.t.Fatalf("%+v", e)
			}
		}},
		"held here": {do: func(m *mover) {
			for _, n := range strings.Fields(names)[1:] {
				m.remove(0, n)
			}
			if e := m.mustSync(); e.State != engine.StateHeld {
				m.t.Fatalf("%+v", e)
			}
		}},
		"refused there": {aside: 1, do: func(m *mover) {
			m.remove(0, "A0")
			m.bad[1].bad = func(op sources.Op) error { return sources.ErrUnsupported }
			for range 4 {
				m.mustSync()
			}
		}},
		"refused here": {aside: 1, do: func(m *mover) {
			m.remove(1, "A0")
			m.bad[0].bad = func(op sources.Op) error { return sources.ErrUnsupported }
			for range 4 {
				m.mustSync()
			}
		}},
		"unreadable there": {aside: 1, do: func(m *mover) {
			m.put(1, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("no card at all")})
			m.mustSync()
		}},
	} {
		for _, mirrored := range []bool{false, true} {
			t.Run(fmt.Sprint(what, mirrored), func(t *testing.T) {
				bad := [2]*picky{{}, {}}
				m := newMover(t, pairOptions{mirrored: mirrored, batch: 30, memory: [2]memory.Options{bad[0].options(), bad[1].options()}})
				m.bad = bad
				for _, n := range strings.Fields(names) {
					m.put(0, uid(n))
					m.fill("new", uid(n))
				}
				m.mustSync()
				tc.do(m)
				if n := len(m.quarantine()); n != tc.aside {
					t.Fatalf("%d in quarantine", n)
				}
				bad[0].bad, bad[1].bad = nil, nil
				m.move("new")
				plans, err := m.store.Plans(t.Context(), m.owner, 0)
				if err != nil || slices.ContainsFunc(plans, func(p Plan) bool { return p.State != "done" }) || len(m.quarantine()) != 0 {
					t.Errorf("%+v, %v, %+v", plans, err, m.quarantine())
				}
				m.mustSync()
				m.mustBe(what, map[string]string{"left": names, "new": names})
			})
		}
	}
}

// Doubtful pairs are none any more; both items stay.
func TestResettleEndsDoubts(t *testing.T) {
	m := newMover(t, pairOptions{})
	m.put(0, card("Ann Berg", "TEL:+4915112345678"))
	m.put(1, card("Anne Berg", "EMAIL:ann@example.org"))
	m.mustSync()
	doubts, err := m.store.Doubts(t.Context(), m.owner, 0)
	m.ok(err)
	m.fill("new", card("Zoe"))
	m.move("new")
	if after, err := m.store.Doubts(t.Context(), m.owner, 0); err != nil || len(after) != 0 || len(doubts) == 0 {
		t.Errorf("%d doubts before, %d after, %v", len(doubts), len(after), err)
	}
	m.mustSync()
	m.mustBe("doubts", map[string]string{"left": "Ann Berg Zoe", "new": "Ann Berg Zoe", "old": "Anne Berg"})
}

// What the history has of the old collection does not overwrite who has the same id in the new one.
func TestResettleAndRestore(t *testing.T) {
	m := newMover(t, pairOptions{})
	m.put(1, uid("Ann", "NOTE:first"))
	m.mustSync()
	m.edit(0, "Ann", "UID:uid-Ann", "NOTE:second")
	m.mustSync()
	m.fill("new", uid("Zoe"))
	m.move("new")
	m.mustSync()
	list, err := m.store.History(t.Context(), m.owner, HistoryFilter{})
	m.ok(err)
	for _, e := range list {
		if e.Side == engine.Target {
			_, err := m.syncs.Restore(t.Context(), m.owner, e.ID)
			m.ok(err)
		}
	}
	m.mustSync()
	m.mustBe("restored", map[string]string{"left": "Ann+NOTE:first Zoe", "new": "Ann+NOTE:first Zoe", "old": "Ann"}, "NOTE:first")
}

// A collection is not changed under a sync that is at work, nor somebody else's, nor that of another dataclass.
func TestResettleOnlyWhatIsMeant(t *testing.T) {
	m := newMover(t, pairOptions{})
	m.put(0, uid("Ann"))
	id, classes, busy := m.client(), []dataclass.Class{dataclass.Contacts}, 0
	m.onCall = func(side int, call string) {
		if call == "apply" {
			if err := m.store.Resettle(t.Context(), m.owner, id, classes); !errors.Is(err, engine.ErrBusy) {
				t.Errorf("amid a sync: %v", err)
			}
			busy++
		}
	}
	m.mustSync()
	m.onCall = nil
	other, err := m.store.CreateAccount(t.Context(), NewAccount{Name: "otto", Password: "correct horse"})
	m.ok(err)
	if err := m.store.Resettle(t.Context(), other.ID, id, classes); !errors.Is(err, ErrNoClient) {
		t.Errorf("by another owner: %v", err)
	}
	m.ok(m.store.Resettle(t.Context(), m.owner, id, []dataclass.Class{dataclass.Events, dataclass.Tasks}))
	if e := m.mustSync(); e.Mode != engine.TwoWay || busy == 0 {
		t.Errorf("mode %d, %d calls", e.Mode, busy)
	}
	m.ok(m.store.Resettle(t.Context(), m.owner, id, classes))
	if e := m.mustSync(); e.Mode != engine.Slow || e.Duplicates != 1 {
		t.Errorf("%+v", e)
	}
	m.mustHold("Ann")
}

// Whatever users and crashes did before, and how often the collection is another one: nothing that anybody entered is
// deleted or there twice, and all comes to rest.
func TestResettleAmidRandomHistories(t *testing.T) {
	for seed := range seeds(40) {
		r := rand.New(rand.NewPCG(uint64(seed), 41))
		m := newMover(t, pairOptions{mirrored: seed%2 == 1, seed: byte(seed)})
		entered := map[string]bool{}
		enter := func(c *memory.Client, n int) {
			name := fmt.Sprint("N", n)
			entered[name] = true
			body := uid(name)
			if n%3 == 0 {
				body = card(name)
			}
			_, err := c.Put(dataclass.Contacts, body)
			m.ok(err)
		}
		n := 0
		for range 6 {
			for range r.IntN(6) {
				n++
				enter([]*memory.Client{m.sides[0], m.at("old"), m.at("new"), m.at("third")}[r.IntN(4)], n)
			}
			if r.IntN(2) == 0 { // somebody dies amid a sync
				m.points = faulty.CrashAt(1 + r.IntN(30))
				m.boot()
				if _, err := m.sync(); err != nil && !isCrash(err) {
					t.Fatal(err)
				}
				m.afterCrash()
			} else {
				m.mustSync()
			}
			m.move([]string{"old", "new", "third"}[r.IntN(3)])
		}
		for _, name := range []string{"old", "new", "third", "old", "new", "third"} {
			m.move(name)
			m.mustSync()
		}
		names := make([]string, 0, len(entered))
		for name := range entered {
			names = append(names, name)
		}
		slices.Sort(names)
		all := strings.Join(names, " ")
		m.mustBe(fmt.Sprint("seed ", seed), map[string]string{"left": all, "old": all, "new": all, "third": all})
		_ = m.db.Close()
	}
}
