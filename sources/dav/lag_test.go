package dav_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// ways are the ways in which servers tell what was changed.
var ways = map[string]func(*liar){
	"by tokens": func(*liar) {}, "by ctag": func(l *liar) { l.noSync = true }, "by listings": func(l *liar) { l.noSync, l.noCTag = true, true },
}

// The user's fear: the server cannot give an item for a moment, and nobody ever asks for it again.
func TestTroubleOfAMoment(t *testing.T) {
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann", "Bob")
			w.look()
			w.must(w.Edit(w.class, ids[0], card("Anna")))
			ids = append(ids, w.user("Cid")...)
			w.l.blind = true
			w.shows(w.look())
			w.shows(w.look())
			w.l.blind = false
			w.shows(w.look(), ids[0], ids[2])
			w.l.requests()
			w.shows(w.look())
			if got := w.l.requests(); len(got) > 2 || slices.Contains(got[1:], "REPORT") {
				t.Errorf("%v", got)
			}
		})
	}
}

// A binding that looks for the first time while the items cannot be read sees them later.
func TestTroubleOfASecondReader(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	ids := w.user("Ann", "Bob")
	first := w.look()
	w.shows(first, ids...)
	w.l.blind = true
	list, since, err := w.try("")
	w.must(err)
	w.shows(list)
	w.l.blind = false
	list, _, err = w.try(since)
	w.must(err)
	w.shows(list, ids...)
	for id, ch := range w.look() {
		if ch.Rev != first[id].Rev {
			t.Errorf("%s is another", id)
		}
	}
}

// What is deleted while it cannot be read is gone, and not asked for any more.
func TestTroubleThenDeleted(t *testing.T) {
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann", "Bob")
			w.look()
			w.must(w.Edit(w.class, ids[0], card("Anna")))
			w.l.blind = true
			w.shows(w.look())
			w.must(w.Delete(w.class, ids[0]))
			list := w.look()
			if len(list) != 1 || list[ids[0]].Verb != sources.Delete {
				t.Fatalf("%v", list)
			}
			w.l.requests()
			w.look()
			if got := w.l.requests(); len(got) > 2 || slices.Contains(got[1:], "REPORT") {
				t.Errorf("%v", got)
			}
		})
	}
}

// What was written while nothing could be read was written once, and neither fails nor comes back as somebody else's.
func TestWritesThatCannotBeReadBack(t *testing.T) {
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann")
			w.look()
			w.l.blind = true
			ops := []sources.Op{w.op(sources.Add, "", card("Bob", "UID:bob")), w.op(sources.Add, "", card("Cid")), w.op(sources.Replace, ids[0], card("Anna"))}
			res := w.done(w.apply(ops...))
			w.look()
			w.l.blind = false
			again := w.done(w.apply(ops[:2]...))
			for i, r := range again {
				if r.ID != res[i].ID {
					t.Errorf("op %d made %s and %s", i, res[i].ID, r.ID)
				}
			}
			for id, ch := range w.look() {
				if !ch.Own || ch.Verb == sources.Delete {
					t.Errorf("%s is told: %+v", id, ch)
				}
			}
			if data := w.holds(3)[ids[0]].Data; !strings.Contains(string(data), "Anna") {
				t.Errorf("%s", data)
			}
		})
	}
}

// The user's fear: one copy more of my new contact at every sync, because the server calls it something else.
func TestWritesThatGetAnotherNameAndPlace(t *testing.T) {
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			w.l.moves, w.l.renames = true, true
			w.user("Ann")
			w.look()
			ops := []sources.Op{w.op(sources.Add, "", card("Bob", "UID:bob")), w.op(sources.Add, "", card("Cid")), w.op(sources.Add, "", card("Cid"))}
			res := w.done(w.apply(ops...))
			for i, r := range w.done(w.apply(ops...)) {
				if r.ID != res[i].ID {
					t.Errorf("op %d made %s and %s", i, res[i].ID, r.ID)
				}
			}
			w.holds(4)
			if res[1].ID == res[2].ID {
				t.Error("two contacts became one")
			}
			w.shows(w.look())
			w.done(w.apply(w.op(sources.Replace, res[0].ID, card("Bobby"))))
			w.holds(4)
		})
	}
}

// The same of a server that keeps only what it knows: the new item says something else than what was sent. It is shown once,
// as what somebody else wrote, so that what was dropped is not believed to be there.
func TestWritesThatGetAnotherNamePlaceAndText(t *testing.T) {
	for name, set := range ways {
		for does, lie := range map[string]func(*liar){
			"adds something": func(l *liar) { l.rewrites = true }, "drops something": func(l *liar) { l.drops = true },
		} {
			t.Run(name+", "+does, func(t *testing.T) {
				w := newWorld(t, dataclass.Contacts, set)
				w.l.moves, w.l.renames = true, true
				lie(w.l)
				w.user("Ann")
				w.look()
				ops := []sources.Op{
					w.op(sources.Add, "", card("Bob", "UID:bob", "X-CLUB:Chess", "TEL:+4930111111", "EMAIL:bob@example.org")),
					w.op(sources.Add, "", card("Bob", "X-CLUB:Chess", "TEL:+4930222222")),
					w.op(sources.Add, "", card("Cid", "X-CLUB:Go", "TEL:+4930333333", "NOTE:tall")),
					w.op(sources.Add, "", card("Dora", "X-CLUB:Go")),
				}
				res := w.done(w.apply(ops...))
				for i, r := range w.done(w.apply(ops...)) {
					if r.ID != res[i].ID {
						t.Errorf("op %d made %s and %s", i, res[i].ID, r.ID)
					}
				}
				all := w.holds(5)
				for i, must := range []string{"111111", "222222", "333333", "Dora"} {
					if data := string(all[res[i].ID].Data); !strings.Contains(data, must) {
						t.Errorf("op %d made\n%s", i, data)
					}
				}
				list := w.look()
				w.shows(list, res[0].ID, res[1].ID, res[2].ID, res[3].ID)
				for id, ch := range list {
					if ch.Own {
						t.Errorf("%s is told as it was sent", id)
					}
				}
				w.shows(w.look())
			})
		}
	}
}

// What somebody else entered while an Add was not answered is not taken for it because it is a little like it.
func TestAddsThatAreNotAnsweredAndSomebodyElsesItems(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	w.l.moves, w.l.renames, w.l.drops = true, true, true
	w.user("Ann")
	w.look()
	entered := false
	w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
		if r.Method != "PUT" || entered {
			return false
		}
		entered = true
		w.l.store("/me/book/hers.vcf", string(sent(dataclass.Contacts, card("Bea", "TEL:+49 30999999"), "hers")))
		return saying(502, "text/plain", "")(wr, r)
	}
	res := w.done(w.apply(w.op(sources.Add, "", card("Bob", "X-CLUB:Chess", "TEL:+4930111111"))))
	if data := string(w.holds(3)[res[0].ID].Data); !strings.Contains(data, "Bob") {
		t.Errorf("the Add made\n%s", data)
	}
	w.shows(w.look(), "hers.vcf", res[0].ID)
}

// The user's fear: the server says that it has my edit, has it not, and then its old item is taken for a newer edit.
func TestWritesThatAreForgotten(t *testing.T) {
	for name, set := range ways {
		for _, c := range []struct {
			name string
			set  func(*liar)
		}{{"no tag", func(*liar) {}}, {"a new tag", func(l *liar) { l.tells = true }}, {"never any tags", func(l *liar) { l.noETag = true }}} {
			t.Run(name+", "+c.name, func(t *testing.T) {
				w := newWorld(t, dataclass.Contacts, set)
				c.set(w.l)
				ids := w.user("Ann")
				for _, n := range many(25) { // until it is believed
					w.done(w.apply(w.op(sources.Add, "", card(n))))
				}
				w.look()
				w.l.forgets = true
				op := w.op(sources.Replace, ids[0], card("Anna"))
				for range 2 {
					res, err := w.apply(op)
					w.must(err)
					if !isErr(res[0].Err, sources.ErrUnsupported) {
						t.Fatalf("%+v", res)
					}
					w.shows(w.look())
				}
				w.l.forgets = false
				w.done(w.apply(op))
				if data := w.holds(26)[ids[0]].Data; !strings.Contains(string(data), "Anna") {
					t.Errorf("%s", data)
				}
				w.shows(w.look())
			})
		}
	}
}

// Also where the edit cannot be read back: the item as it was is nobody's edit.
func TestWritesThatAreForgottenUnseen(t *testing.T) {
	for _, name := range []string{"by tokens", "by ctag"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, ways[name])
			ids := w.user("Ann")
			w.look()
			w.l.forgets, w.l.tells = true, true
			written := false
			w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				written = written || r.Method == "PUT"
				return written && r.Method != "PUT" && saying(500, "text/plain", "")(wr, r)
			}
			if res, err := w.apply(w.op(sources.Replace, ids[0], card("Anna"))); err == nil {
				t.Fatalf("%+v", res)
			}
			w.l.meddle = nil
			list := w.look()
			if ch := list[ids[0]]; len(list) != 1 || !ch.Earlier {
				t.Errorf("%+v", list)
			}
			w.l.forgets = false
			w.done(w.apply(w.op(sources.Replace, ids[0], card("Anna"))))
			w.must(w.Edit(w.class, ids[0], card("Ann"))) // the user's own way back
			if ch := w.look()[ids[0]]; ch.Earlier || ch.Verb != sources.Replace {
				t.Errorf("%+v", ch)
			}
		})
	}
}

// An item that somebody else enters between the look and the write, elsewhere, is not entered a second time, also where
// the server does not say which it is. The user's fear: two people enter one contact at the same moment, and what one of them
// wrote is lost, because the item of the other one is taken for his.
func TestWritesOfWhatWasEnteredMeanwhile(t *testing.T) {
	for name, theirs := range map[string]string{"alike": "TITLE:ours", "otherwise": "TITLE:theirs"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, func(l *liar) { l.mute = true })
			w.look()
			s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
			w.must(err)
			w.l.mu.Lock()
			w.l.store("/me/book/other place.vcf", string(card("Bob", "UID:placed", theirs).Data))
			w.l.mu.Unlock()
			res, err := s.Apply(t.Context(), []sources.Op{w.op(sources.Add, "", card("Bob", "UID:placed", "TITLE:ours"))})
			w.must(err)
			w.must(s.Close())
			w.holds(1)
			if !isErr(res[0].Err, sources.ErrConflict) {
				t.Errorf("%+v", res[0])
			}
			list := w.look()
			for id, ch := range list {
				if ch.Own || ch.Synced || ch.Key != "" || ch.Verb != sources.Add {
					t.Errorf("%s is not somebody else's new item: %+v", id, ch)
				}
			}
			if len(list) != 1 {
				t.Errorf("%d items are told of", len(list))
			}
		})
	}
}

// Changes that have no end are an error, and soon.
func TestTroubleWithoutEnd(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	ids := w.user("Ann")
	w.look()
	w.l.endless = true
	w.must(w.Edit(w.class, ids[0], card("Anna")))
	w.l.requests()
	list, _, err := w.try(w.since)
	if n := len(w.l.requests()); n > 10 {
		t.Errorf("%d requests", n)
	}
	if err == nil {
		w.shows(list, ids[0])
	}
}

// A server that makes weak entity tags, and takes them no other way, gets its writes.
func TestWritesToWeakTags(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.weak, l.literal = true, true })
	ids := w.user("Ann", "Bob")
	list := w.look()
	edit := w.op(sources.Replace, ids[0], card("Anna"))
	edit.IfRev = list[ids[0]].Rev
	w.done(w.apply(edit, w.op(sources.Delete, ids[1], dataclass.Body{})))
	if data := w.holds(1)[ids[0]].Data; !strings.Contains(string(data), "Anna") {
		t.Errorf("%s", data)
	}
}

// A deletion that a server takes and does not carry out is refused, and carried out when it is sent again; no item of others
// seems to be deleted by that.
func TestDeletionsThatAreForgotten(t *testing.T) {
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann", "Bob")
			w.look()
			w.l.keeps = true
			op := w.op(sources.Delete, ids[0], dataclass.Body{})
			for range 2 {
				res, err := w.apply(op)
				w.must(err)
				if !isErr(res[0].Err, sources.ErrUnsupported) {
					t.Fatalf("%+v", res)
				}
				w.shows(w.look())
			}
			w.l.keeps = false
			w.done(w.apply(op))
			w.holds(1)
			if list := w.look(); len(list) != 1 || list[ids[0]].Verb != sources.Delete || !list[ids[0]].Own {
				t.Errorf("told %+v", list)
			}
		})
	}
}

// A server that was believed takes a new item and does not keep it: that is no deletion. It is added again.
func TestAddsThatABelievedServerForgets(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	var ops []sources.Op
	for i := range 30 {
		ops = append(ops, w.op(sources.Add, "", card(fmt.Sprint("Ann ", i))))
	}
	w.done(w.apply(ops...))
	w.look()
	w.l.forgetsNew = true
	w.done(w.apply(w.op(sources.Add, "", card("Bob"))))
	w.l.forgetsNew = false
	if _, _, err := w.try(w.since); !isErr(err, sources.ErrCursorLost) {
		t.Errorf("the look says %v, and not that it has to be begun anew", err)
	}
	w.since = ""
	if list := w.look(); len(list) != 30 {
		t.Errorf("%d items are shown", len(list))
	}
}

// An item that a server does not find for a moment, and does not say to be deleted, is not: neither for who reads it nor for
// who deletes it.
func TestTroubleOfAMomentWhileWriting(t *testing.T) {
	for name, set := range ways {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann")
			w.look()
			s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
			w.must(err)
			defer func() { w.must(s.Close()) }()
			w.l.blind = true
			for _, err := range s.Read(t.Context(), ids) {
				if !isErr(err, sources.ErrElsewhere) {
					t.Errorf("reading: %v", err)
				}
			}
			op := w.op(sources.Delete, ids[0], dataclass.Body{})
			op.IfRev = "another"
			res, err := s.Apply(t.Context(), []sources.Op{op})
			w.must(err)
			if !isErr(res[0].Err, sources.ErrBusy) {
				t.Errorf("deleting: %+v", res[0])
			}
			w.l.blind = false
			w.holds(1)
		})
	}
}
