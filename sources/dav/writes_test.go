package dav_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The user's fear: the line is cut while something is written, and then it is there twice, or not at all.
func TestLostAnswersOfWrites(t *testing.T) {
	for _, verb := range []sources.Verb{sources.Add, sources.Replace, sources.Delete} {
		for name, set := range map[string]func(l *liar, lost *atomic.Int32){
			"after it was carried out": func(l *liar, lost *atomic.Int32) {
				l.wrote = func(*http.Request) error {
					if lost.Add(-1) >= 0 {
						return errLost
					}
					return nil
				}
			},
			"before": func(l *liar, lost *atomic.Int32) {
				l.meddle = func(w http.ResponseWriter, r *http.Request) bool {
					if (r.Method == "PUT" || r.Method == "DELETE") && lost.Add(-1) >= 0 {
						w.Header().Set("X-Lost", "1")
						return true
					}
					return false
				}
			},
			"with 502": func(l *liar, lost *atomic.Int32) {
				l.meddle = func(w http.ResponseWriter, r *http.Request) bool {
					return (r.Method == "PUT" || r.Method == "DELETE") && lost.Add(-1) >= 0 && saying(502, "text/plain", "")(w, r)
				}
			},
		} {
			for _, times := range []int32{1, 100} {
				t.Run(fmt.Sprintf("%s %s, %d times", verb, name, times), func(t *testing.T) {
					w := newWorld(t, dataclass.Contacts, nil)
					ids := w.user("Ann", "Bob")
					w.look()
					var lost atomic.Int32
					lost.Store(times)
					set(w.l, &lost)
					op, left := w.op(verb, ids[0], card("Eve")), 2
					switch verb {
					case sources.Add:
						op.ID, left = "", 3
					case sources.Delete:
						op.Body, left = dataclass.Body{}, 1
					}
					res, err := w.apply(op)
					if err != nil { // where the server can be asked what became of it, there is none
						if times == 1 || strings.HasPrefix(name, "after") || !isErr(err, sources.ErrElsewhere) {
							t.Fatal(err)
						}
						lost.Store(0)
						res, err = w.apply(op)
					}
					if name == "with 502" && times > 1 { // it says itself that it is at fault: that is told of the op
						if !isErr(res[0].Err, sources.ErrElsewhere) {
							t.Fatal(res[0])
						}
						lost.Store(0)
						res, err = w.apply(op)
					}
					w.done(res, err)
					w.done(w.apply(op)) // as an engine does that has forgotten
					w.holds(left)
					for id, ch := range w.look() {
						if id != res[0].ID && !ch.Own {
							t.Errorf("%s of %s", ch.Verb, id)
						}
					}
				})
			}
		}
	}
}

// The same on a server that chooses where new items are: nothing is in the way of a second one where the first was sent to.
func TestLostAnswersOfServersThatChooseThePlace(t *testing.T) {
	for name, set := range map[string]func(*liar){
		"another path": func(l *liar) { l.moves = true }, "and another UID": func(l *liar) { l.moves, l.renames = true, true },
		"and other text": func(l *liar) { l.moves, l.renames, l.drops = true, true, true },
	} {
		for _, times := range []int{1, 3, 100} {
			t.Run(fmt.Sprintf("%s, %d times", name, times), func(t *testing.T) {
				w := newWorld(t, dataclass.Contacts, set)
				w.user("Ann")
				w.look()
				lost := times
				w.l.wrote = func(*http.Request) error {
					if lost--; lost >= 0 {
						return errLost
					}
					return nil
				}
				op := w.op(sources.Add, "", card("Bob", "X-CLUB:Chess", "TEL:+4930111111"))
				first := w.done(w.apply(op))
				if again := w.done(w.apply(op)); again[0].ID != first[0].ID {
					t.Errorf("%s, then %s", first[0].ID, again[0].ID)
				}
				w.holds(2)
			})
		}
	}
}

// The user's fear: a sync broke off before my new contact was written, somebody enters the same one meanwhile (or a server that
// had left it out shows it), and the next sync writes mine beside it under another UID.
func TestAddsOfWhatWasEnteredSinceTheyWerePlanned(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	w.look()
	op := w.op(sources.Add, "", card("Bob", "UID:bob"))
	w.l.store("/me/book/hers.vcf", string(card("Bobby", "UID:bob").Data))
	res, err := w.apply(op)
	w.must(err)
	if !isErr(res[0].Err, sources.ErrConflict) {
		t.Fatalf("%+v", res[0])
	}
	w.holds(1)
	w.shows(w.look(), "hers.vcf")
	w.done(w.apply(op)) // who knows it, and adds another one all the same, means another one
	w.holds(2)
	w.done(w.apply(op))
	w.holds(2)
}

// The user's fear: a sync was killed after it had written my new contact, I edited it there, and my edit is taken for what was
// written: it comes nowhere, and the next edit elsewhere takes it away.
func TestEditsOfItemsWhoseAnswersWereLost(t *testing.T) {
	for name, set := range ways {
		for _, more := range []string{"", "NOTE:edited"} {
			t.Run(fmt.Sprintf("%s, %q", name, more), func(t *testing.T) {
				w := newWorld(t, dataclass.Contacts, set)
				w.user("Ann")
				w.look()
				op := w.op(sources.Add, "", card("Bob", "UID:bob"))
				w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool { // nothing is heard of the server any more
					if r.Method == "PUT" {
						body, _ := io.ReadAll(r.Body)
						w.l.store(r.URL.Path, string(body))
					}
					if w.l.files["/me/book/bob.vcf"] != nil {
						wr.Header().Set("X-Lost", "1")
						return true
					}
					return false
				}
				if _, err := w.apply(op); err == nil {
					t.Fatal("there is an answer")
				}
				w.l.meddle = nil
				if more != "" {
					w.must(w.Edit(w.class, "bob.vcf", card("Bob", "UID:bob", more)))
				}
				id := w.done(w.apply(op))[0].ID
				w.holds(2)
				list := w.look()
				if ch := list[id]; more != "" && (ch.Own || !strings.Contains(string(ch.Body.Data), more)) || more == "" && len(list) > 0 && !ch.Own {
					t.Errorf("%+v", list)
				}
			})
		}
	}
}

// An item whose key a look found while another write was tried again, and that could not be read back where it was sent to, is
// one item: no sync ends because its key is known already.
func TestItemsThatAreFoundAndNotReadBack(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.moves = true })
	failed := false
	w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		switch {
		case r.Method == "PUT" && strings.Contains(r.URL.Path, "bob") && !failed:
			failed = true
		case r.Method != "PUT" && strings.Contains(r.URL.Path+string(body), "/ann.vcf"):
		default:
			return false
		}
		return saying(502, "text/plain", "")(wr, r)
	}
	ops := []sources.Op{w.op(sources.Add, "", card("Ann", "UID:ann")), w.op(sources.Add, "", card("Bob", "UID:bob"))}
	res, err := w.apply(ops...)
	if isErr(err, sources.ErrElsewhere) { // it could not be read back; what was done by then is known
		w.l.meddle = nil
		res, err = w.apply(ops...)
	}
	w.done(res, err)
	w.l.meddle = nil
	w.done(w.apply(ops...))
	w.holds(2)
	w.shows(w.look(), res[0].ID, res[1].ID)
}

// What the server refuses of one item is that item's, and the others are written.
func TestRefusedItems(t *testing.T) {
	failing := func(name string) string {
		return `<error xmlns="DAV:"><` + name + ` xmlns="urn:ietf:params:xml:ns:carddav"/></error>`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"too big":             {413, "", sources.ErrTooBig},
		"too big, by name":    {403, failing("max-resource-size"), sources.ErrTooBig},
		"full":                {507, "", sources.ErrQuota},
		"full, by name":       {403, failing("quota-not-exceeded"), sources.ErrQuota},
		"unknown type":        {415, "", sources.ErrUnsupported},
		"not valid":           {403, failing("valid-address-data"), sources.ErrUnsupported},
		"forbidden":           {403, "", sources.ErrUnsupported},
		"bad":                 {400, "", sources.ErrUnsupported},
		"locked":              {423, "", sources.ErrBusy},
		"a fault, every time": {500, "", sources.ErrElsewhere},
		"nothing behind it":   {502, "", sources.ErrElsewhere},
		"too slow behind it":  {504, "", sources.ErrElsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, nil)
			ids := w.user("Ann", "Bob")
			w.look()
			w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				return r.Method == "PUT" && strings.Contains(string(body), "Odd") && saying(c.status, "application/xml", c.body)(wr, r)
			}
			res, err := w.apply(w.op(sources.Add, "", card("Eve")), w.op(sources.Add, "", card("Odd")), w.op(sources.Replace, ids[0], card("Odd")), w.op(sources.Replace, ids[1], card("Zoe")))
			w.must(err)
			for i, want := range []error{nil, c.want, c.want, nil} {
				if want == nil && res[i].Err != nil || want != nil && !isErr(res[i].Err, want) {
					t.Errorf("op %d: %v, want %v", i, res[i].Err, want)
				}
			}
			w.holds(3)
		})
	}
}

// A server that wants other credentials, or to be left alone, ends the sync, and what was written by then is known.
func TestWritesThatEndTheSync(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		after  string
		want   error
	}{
		"credentials": {401, "", sources.ErrAuth}, "busy for long": {503, "3600", sources.ErrBusy}, "too often": {429, "3600", sources.ErrBusy},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, nil)
			w.look()
			var n atomic.Int32
			w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				if r.Method != "PUT" || n.Add(1) < 10 {
					return false
				}
				wr.Header().Set("Retry-After", c.after)
				return saying(c.status, "text/plain", "")(wr, r)
			}
			var ops []sources.Op
			for _, name := range many(40) {
				ops = append(ops, w.op(sources.Add, "", card(name)))
			}
			if _, err := w.apply(ops...); !isErr(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			w.l.meddle = nil
			w.holds(9)
			w.done(w.apply(ops...))
			w.holds(40)
			w.shows(w.look())
		})
	}
}

// Being asked to come back soon is a wait, no failure.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	var n atomic.Int32
	w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
		if n.Add(1)%2 == 0 {
			return false
		}
		wr.Header().Set("Retry-After", "7")
		return saying([]int{429, 503}[n.Load()/2%2], "text/plain", "")(wr, r)
	}
	w.done(w.apply(w.op(sources.Add, "", card("Ann"))))
	w.holds(1)
	if !slices.Contains(w.house.waits, 7*time.Second) {
		t.Errorf("waited %v", w.house.waits)
	}
}

func TestConflicts(t *testing.T) {
	t.Run("edited since", func(t *testing.T) {
		w := newWorld(t, dataclass.Contacts, nil)
		ids := w.user("Ann")
		list := w.look()
		s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
		w.must(err)
		w.must(w.Edit(w.class, ids[0], card("Anna")))
		for _, verb := range []sources.Verb{sources.Replace, sources.Delete} {
			op := w.op(verb, ids[0], card("Eve"))
			op.IfRev = list[ids[0]].Rev
			res, err := s.Apply(t.Context(), []sources.Op{op})
			if err != nil || !isErr(res[0].Err, sources.ErrConflict) {
				t.Errorf("%s: %v %v", verb, res, err)
			}
		}
		w.must(s.Close())
		if data := w.holds(1)[ids[0]].Data; !strings.Contains(string(data), "Anna") {
			t.Errorf("%s", data)
		}
	})
	t.Run("only another etag", func(t *testing.T) {
		w := newWorld(t, dataclass.Contacts, nil)
		ids := w.user("Ann")
		list := w.look()
		w.l.files["/me/book/"+string(ids[0])].tag += 1000
		op := w.op(sources.Replace, ids[0], card("Eve"))
		op.IfRev = list[ids[0]].Rev
		w.done(w.apply(op))
	})
	t.Run("entered meanwhile", func(t *testing.T) {
		w := newWorld(t, dataclass.Contacts, nil)
		s, err := w.Source("engine").Begin(t.Context(), w.class, "")
		w.must(err)
		w.l.store("/me/book/invited.vcf", string(card("Ann", "UID:invited").Data))
		w.l.store("/me/book/other place.vcf", string(card("Bob", "UID:placed").Data))
		res, err := s.Apply(t.Context(), []sources.Op{w.op(sources.Add, "", card("Ann", "UID:invited")), w.op(sources.Add, "", card("Bob", "UID:placed"))})
		w.must(err)
		for i, r := range res {
			if !isErr(r.Err, sources.ErrConflict) {
				t.Errorf("op %d: %+v", i, r)
			}
		}
		w.must(s.Close())
		w.holds(2)
	})
	t.Run("has that UID already", func(t *testing.T) {
		w := newWorld(t, dataclass.Contacts, nil)
		w.l.store("/me/book/first.vcf", string(card("Ann", "UID:same").Data))
		w.look()
		w.done(w.apply(w.op(sources.Add, "", card("Bob", "UID:same")), w.op(sources.Add, "", card("Cid", "UID:same"))))
		w.holds(3)
	})
}

// A server that takes no UID twice gets another one, and keeps that when the item is edited.
func TestRefusedUID(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, func(l *liar) { l.remembers = true })
	first := w.done(w.apply(w.op(sources.Add, "", card("Ann", "UID:once"))))
	w.done(w.apply(w.op(sources.Delete, first[0].ID, dataclass.Body{})))
	w.look()
	op := w.op(sources.Add, "", card("Ann", "UID:once"))
	again := w.done(w.apply(op))
	if w.done(w.apply(op))[0] != again[0] {
		t.Error("the same Add gave another item")
	}
	uid := dataclass.Peek(w.holds(1)[again[0].ID].Data).UID
	w.done(w.apply(w.op(sources.Replace, again[0].ID, card("Anna", "UID:once"))))
	if now := dataclass.Peek(w.holds(1)[again[0].ID].Data).UID; now != uid || uid == "once" || uid == "" {
		t.Errorf("UID %q, then %q", uid, now)
	}
	w.shows(w.look())
}

// What is sent is as it was given, but for what no collection may have.
func TestWhatIsSent(t *testing.T) {
	w := newWorld(t, dataclass.Events, nil)
	odd := strings.Replace(string(entry("VEVENT", "odd", "Odd").Data), "PRODID", "METHOD:REQUEST\r\nX-CAL;q=1:kept\r\nPRODID", 1)
	id := w.done(w.apply(w.op(sources.Add, "", dataclass.Body{Type: "text/calendar", Data: []byte(odd)})))[0].ID
	got := string(w.holds(1)[id].Data)
	if want := strings.Replace(odd, "METHOD:REQUEST\r\n", "", 1); got != want || id != "odd.ics" {
		t.Errorf("%s\n%s", id, got)
	}
	c := newWorld(t, dataclass.Contacts, nil)
	old := dataclass.Body{Type: "text/x-vcard;version=2.1", Data: []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=98y;Ann\r\nTEL;CELL:1\r\nEND:VCARD\r\n")}
	four := dataclass.Body{Type: "text/vcard;version=4.0", Data: []byte("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:1\r\nFN:Bob\r\nN:Bob;;;;\r\nEND:VCARD\r\n")}
	c.l.store("/me/book/four.vcf", strings.Replace(string(four.Data), "uuid:1", "uuid:2", 1))
	c.look()
	c.done(c.apply(c.op(sources.Add, "", old), c.op(sources.Add, "", four), c.op(sources.Replace, "four.vcf", four)))
	for id, body := range c.holds(3) {
		p := dataclass.Peek(body.Data)
		if want := map[bool]string{true: "4.0", false: "3.0"}[id == "four.vcf"]; p.Version != want || p.UID == "" || id == "four.vcf" && p.UID != "urn:uuid:2" {
			t.Errorf("%s: %s", id, body.Data)
		}
	}
}

// The user's fear: the server does not find my new contact for a moment, and it is deleted everywhere else; the server has it
// still, and never speaks of it again.
func TestWrittenItemsThatAreNotFoundForAMoment(t *testing.T) {
	for name, c := range map[string]struct {
		answers []int // to those who ask for the item, one after the other; then it is given
		gone    bool
	}{
		"not found once": {[]int{404}, false}, "then an error": {[]int{404, 500, 500, 500, 500, 500}, false}, "then nobody is let in": {[]int{404, 403}, false},
		"gone": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, nil)
			w.user("Ann")
			w.look()
			id := w.done(w.apply(w.op(sources.Add, "", card("Bob", "UID:bob"))))[0].ID
			w.l.empty = true // it does not speak of what was written
			if c.gone {
				w.must(w.Delete(w.class, id))
			}
			left := c.answers
			w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				if r.Method != "GET" || len(left) == 0 {
					return false
				}
				now := left[0]
				left = left[1:]
				return saying(now, "text/plain", "")(wr, r)
			}
			for range 3 {
				if ch, told := w.look()[id]; told && (ch.Verb == sources.Delete) != c.gone {
					t.Errorf("it is told as %+v", ch)
				} else if c.gone && told {
					return
				}
			}
			if c.gone || len(left) > 0 {
				t.Errorf("gone: %v, %v was not asked for", c.gone, left)
			}
			w.l.empty, w.l.meddle = false, nil
			w.must(w.Edit(w.class, id, card("Bobby", "UID:bob")))
			if ch := w.look()[id]; ch.Verb != sources.Replace || !strings.Contains(string(ch.Body.Data), "Bobby") {
				t.Errorf("the edit is told as %+v", ch)
			}
		})
	}
}
