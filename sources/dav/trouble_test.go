package dav_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
)

// world is one client on a liar, and the engine that synchronises it.
type world struct {
	*testing.T
	*client
	l     *liar
	class dataclass.Class
	since sources.Cursor
	keys  int
}

func newWorld(t *testing.T, class dataclass.Class, set func(*liar)) *world {
	t.Helper()
	l := newLiar()
	if set != nil {
		set(l)
	}
	return &world{T: t, l: l, client: newHouse(t, dav.Options{Chunk: 20}).client(t, "ann", "", l.account()), class: class}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func card(name string, more ...string) dataclass.Body {
	all := append([]string{"BEGIN:VCARD", "VERSION:3.0", "N:" + name + ";Test;;;", "FN:Test " + name}, more...)
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(strings.Join(append(all, "END:VCARD", ""), "\r\n"))}
}

func entry(component, uid, summary string) dataclass.Body {
	all := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//Test//EN", "BEGIN:" + component, "UID:" + uid, "DTSTAMP:20260101T000000Z",
		"DTSTART:20260102T100000Z", "SUMMARY:" + summary, "END:" + component, "END:VCALENDAR", ""}
	return dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(strings.Join(all, "\r\n"))}
}

// user lets the user enter contacts.
func (w *world) user(names ...string) []sources.ID {
	w.Helper()
	var ids []sources.ID
	for _, n := range names {
		id, err := w.Put(w.class, card(n))
		w.must(err)
		ids = append(ids, id)
	}
	return ids
}

// many are names.
func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("Person", i)
	}
	return out
}

// try looks and commits; it gives the changes by id and the new cursor.
func (w *world) try(since sources.Cursor) (map[sources.ID]sources.Change, sources.Cursor, error) {
	s, err := w.Source("engine").Begin(w.Context(), w.class, since)
	if err != nil {
		return nil, "", err
	}
	defer func() { w.must(s.Close()) }()
	list := make(map[sources.ID]sources.Change)
	for ch, err := range s.Changes(w.Context()) {
		if err != nil {
			return nil, "", err
		}
		list[ch.ID] = ch
	}
	cur, err := s.Commit(w.Context())
	return list, cur, err
}

// look looks since the last look.
func (w *world) look() map[sources.ID]sources.Change {
	w.Helper()
	list, cur, err := w.try(w.since)
	w.must(err)
	w.since = cur
	return list
}

// shows checks that a look has these items, and no deletion.
func (w *world) shows(list map[sources.ID]sources.Change, ids ...sources.ID) {
	w.Helper()
	for id, ch := range list {
		if ch.Verb == sources.Delete || !slices.Contains(ids, id) {
			w.Fatalf("item %s is told: %s", id, ch.Verb)
		}
	}
	if len(list) != len(ids) {
		w.Fatalf("%d items are told, want %d", len(list), len(ids))
	}
}

func (w *world) op(verb sources.Verb, id sources.ID, body dataclass.Body) sources.Op {
	w.keys++
	return sources.Op{Key: sources.Key(fmt.Sprint("key-", w.keys)), Verb: verb, ID: id, Body: body}
}

// apply carries out ops in a session of its own.
func (w *world) apply(ops ...sources.Op) ([]sources.Result, error) {
	w.Helper()
	s, err := w.Source("engine").Begin(w.Context(), w.class, w.since)
	if err != nil {
		return nil, err
	}
	defer func() { w.must(s.Close()) }()
	return s.Apply(w.Context(), ops)
}

func (w *world) done(results []sources.Result, err error) []sources.Result {
	w.Helper()
	w.must(err)
	for i, r := range results {
		if r.State != sources.Done {
			w.Fatalf("op %d: %v", i, r.Err)
		}
	}
	return results
}

// holds checks how many items the server has.
func (w *world) holds(n int) map[sources.ID]dataclass.Body {
	w.Helper()
	all, err := w.List(w.class)
	w.must(err)
	if len(all) != n {
		w.Fatalf("the server holds %d items, want %d", len(all), n)
	}
	return all
}

// meddling answers requests of a method, some of them.
func meddling(method string, answer func(w http.ResponseWriter, r *http.Request) bool) func(*liar) {
	return func(l *liar) {
		l.meddle = func(w http.ResponseWriter, r *http.Request) bool {
			return (method == "" || r.Method == method) && answer(w, r)
		}
	}
}

func saying(status int, contentType, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// The user's fear: the server has a bad day, and all my contacts are deleted everywhere.
func TestBadDaysDeleteNothing(t *testing.T) {
	tombstones := newAnswer()
	for i := range 20 {
		tombstones.status(fmt.Sprintf("/me/book/user-1-%d.vcf", i+1), 404)
	}
	for name, c := range map[string]struct {
		set  func(*liar)
		want error
		// mended says that a look since another one can find out what is there.
		mended bool
	}{
		"lists nothing":             {set: func(l *liar) { l.noSync, l.noCTag, l.empty = true, true, true }, want: sources.ErrElsewhere},
		"forgot everything":         {set: func(l *liar) { l.refusal, l.empty = 403, true }, want: sources.ErrElsewhere},
		"answers HTML":              {set: meddling("", saying(200, "text/html", "<html>Please sign in</html>")), want: sources.ErrElsewhere},
		"answers HTML as 207":       {set: meddling("", saying(207, "text/html", "<html></html>")), want: sources.ErrElsewhere},
		"answers nothing":           {set: meddling("", saying(207, "application/xml", "")), want: sources.ErrElsewhere},
		"is cut off":                {set: meddling("", saying(207, "application/xml", `<D:multistatus xmlns:D="DAV:"><D:response><D:href>/me/book/</D:href>`)), want: sources.ErrElsewhere},
		"has no collection":         {set: meddling("", saying(404, "text/plain", "")), want: sources.ErrElsewhere},
		"has it gone":               {set: meddling("", saying(410, "text/plain", "")), want: sources.ErrElsewhere},
		"forbids":                   {set: meddling("", saying(403, "text/plain", "")), want: sources.ErrAuth},
		"knows nobody":              {set: meddling("", saying(401, "text/plain", "")), want: sources.ErrAuth},
		"is at fault":               {set: meddling("", saying(500, "text/plain", "")), want: sources.ErrElsewhere},
		"is away":                   {set: meddling("", saying(503, "text/plain", "")), want: sources.ErrBusy},
		"tells that all is deleted": {set: meddling("REPORT", saying(207, "application/xml", tombstones.String()+"<D:sync-token>9</D:sync-token></D:multistatus>")), want: sources.ErrElsewhere, mended: true},
		"sends it elsewhere": {set: meddling("", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://evil.example.org/", http.StatusTemporaryRedirect)
			return true
		}), want: sources.ErrElsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, nil)
			w.user(many(20)...)
			w.look()
			w.l.mu.Lock()
			c.set(w.l)
			w.l.mu.Unlock()
			for _, since := range []sources.Cursor{w.since, ""} {
				list, _, err := w.try(since)
				if err == nil && since != "" && c.mended && len(list) == 0 {
					continue
				}
				if !isErr(err, c.want) {
					t.Errorf("a look gives %d changes and the error %v, want %v", len(list), err, c.want)
				}
			}
			w.l.mu.Lock()
			w.l.lies = lies{}
			w.l.mu.Unlock()
			w.shows(w.look())
		})
	}
}

// What the user did delete is told, also all of it.
func TestEverythingDeletedByItsUser(t *testing.T) {
	for name, set := range map[string]func(*liar){
		"by tokens": nil, "by listings": func(l *liar) { l.noSync, l.noCTag = true, true }, "tokens forgotten": func(l *liar) { l.refusal = 409 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user(many(30)...)
			w.look()
			for _, id := range ids {
				w.must(w.Delete(w.class, id))
			}
			list := w.look()
			if len(list) != len(ids) {
				t.Fatalf("%d changes", len(list))
			}
			for _, ch := range list {
				if ch.Verb != sources.Delete {
					t.Errorf("%s of %s", ch.Verb, ch.ID)
				}
			}
		})
	}
}

// Tokens that are refused in whatever way cost one listing, and nothing else.
func TestRefusedTokens(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 409, 410, 412, 422, 500, 501, 507} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, nil)
			ids := w.user("Ann", "Bob", "Cid")
			w.look()
			w.l.refusal = status
			w.must(w.Edit(w.class, ids[0], card("Anna")))
			w.must(w.Delete(w.class, ids[1]))
			list := w.look()
			if len(list) != 2 || list[ids[0]].Verb != sources.Replace || list[ids[1]].Verb != sources.Delete {
				t.Errorf("%v", list)
			}
		})
	}
}

func TestNothingChangedIsOneRequest(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*liar)
		want string
	}{
		"by tokens": {nil, "REPORT"},
		"by ctag":   {func(l *liar) { l.noSync = true }, "PROPFIND"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, c.set)
			w.user(many(25)...)
			w.look()
			w.l.requests()
			w.shows(w.look())
			if got := w.l.requests(); !slices.Equal(got, []string{c.want}) {
				t.Errorf("%v", got)
			}
		})
	}
}

// A great book is read in some requests for many items each, also where the server gives only some of them.
func TestItemsAreReadTogether(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*liar)
		most int
	}{
		"many at once": {nil, 2 + 5},
		"half of them": {func(l *liar) { l.half = true }, 2 + 5 + 50},
		"not many": {meddling("REPORT", func(w http.ResponseWriter, r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			return strings.Count(string(body), "<d:href>") > 10 && saying(413, "text/plain", "")(w, r)
		}), 2 + 3 + 10 + 5},
		"one by one": {func(l *liar) { l.single = true }, 2 + 3*2 + 100},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, c.set)
			w.user(many(100)...)
			if list := w.look(); len(list) != 100 {
				t.Errorf("%d items", len(list))
			}
			if n := len(w.l.requests()); n > c.most {
				t.Errorf("%d requests, want at most %d", n, c.most)
			}
		})
	}
}

// One item that XML cannot say must not keep the others from being read.
func TestOneBadItem(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	ids := w.user(many(30)...)
	w.l.store("/me/book/bad.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bad\r\nFN:Bad\x01Bell\r\nN:Bell;Bad;;;\r\nEND:VCARD\r\n")
	w.l.store("/me/book/none.vcf", "garbage\n")
	w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		return r.Method == "REPORT" && strings.Contains(string(body), "bad.vcf") && saying(207, "application/xml", "<D:multistatus xmlns:D='DAV:'>\x01")(wr, r)
	}
	list := w.look()
	w.shows(list, append(ids, "bad.vcf", "none.vcf")...)
	if !strings.Contains(string(list["bad.vcf"].Body.Data), "\x01") || string(list["none.vcf"].Body.Data) != "garbage\n" {
		t.Errorf("%q %q", list["bad.vcf"].Body.Data, list["none.vcf"].Body.Data)
	}
	w.shows(w.look())
}

// What is listed and not there is no item, and no deletion either.
func TestGhosts(t *testing.T) {
	for name, set := range map[string]func(*liar){"by tokens": nil, "by listings": func(l *liar) { l.noSync, l.noCTag = true, true }} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			w.l.ghosts = []string{"ghost.vcf", "user-1-2.vcf"}
			ids := w.user("Ann", "Bob")
			w.shows(w.look(), ids...)
			w.shows(w.look())
			w.l.mu.Lock()
			delete(w.l.files, "/me/book/user-1-2.vcf") // it is still listed
			w.l.mu.Unlock()
			w.shows(w.look())
			list, _, err := w.try("")
			w.must(err)
			w.shows(list, ids[0])
		})
	}
}

// An item that only has another place is the same item.
func TestRenamedItems(t *testing.T) {
	for name, set := range map[string]func(*liar){"by tokens": nil, "by listings": func(l *liar) { l.noSync, l.noCTag = true, true }} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann", "Bob", "Cid")
			w.look()
			rename := func(from sources.ID, to string) {
				w.l.mu.Lock()
				defer w.l.mu.Unlock()
				f := w.l.files["/me/book/"+string(from)]
				w.l.store("/me/book/"+to, f.data)
				w.l.seq++
				f.dead, f.changed = true, w.l.seq
			}
			rename(ids[0], "a new name.vcf")
			w.shows(w.look())
			w.done(w.apply(w.op(sources.Replace, ids[0], card("Anna"))))
			all := w.holds(3)
			if data := all["a%20new%20name.vcf"].Data; !strings.Contains(string(data), "Anna") {
				t.Errorf("%s", all)
			}
			// While the session is open, too.
			s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
			w.must(err)
			rename(ids[1], "another.vcf")
			for ch, err := range s.Read(t.Context(), ids[1:2]) {
				if err != nil || ch.Verb != sources.Replace {
					t.Errorf("%s %v", ch.Verb, err)
				}
			}
			rename(ids[2], "third.vcf")
			w.done(s.Apply(t.Context(), []sources.Op{w.op(sources.Delete, ids[2], dataclass.Body{})}))
			w.must(s.Close())
			w.holds(2)
			if list := w.look(); len(list) != 1 || !list[ids[2]].Own {
				t.Errorf("%v", list)
			}
		})
	}
}

// The classes of one collection do not see each other's items, and what is of another class is read once.
func TestSharedCollection(t *testing.T) {
	w := newWorld(t, dataclass.Events, nil)
	for i := range 3 {
		_, err := w.Put(dataclass.Events, entry("VEVENT", "", fmt.Sprint("Event ", i)))
		w.must(err)
		_, err = w.Put(dataclass.Tasks, entry("VTODO", "", fmt.Sprint("Task ", i)))
		w.must(err)
	}
	if list := w.look(); len(list) != 3 {
		t.Fatalf("%d events", len(list))
	}
	w.l.requests()
	list, cur, err := w.try("")
	if err != nil || len(list) != 3 || !slices.Equal(w.l.requests(), []string{"PROPFIND", "REPORT", "REPORT"}) {
		t.Errorf("%d %v", len(list), err)
	}
	w.class = dataclass.Tasks
	if list := w.mustLook(""); len(list) != 3 {
		t.Errorf("%d tasks", len(list))
	}
	// An event that becomes a task is gone as an event.
	w.class = dataclass.Events
	w.must(w.Edit(dataclass.Events, "user-1-1.ics", entry("VTODO", "", "Task now")))
	list, _, err = w.try(cur)
	if err != nil || len(list) != 1 || list["user-1-1.ics"].Verb != sources.Delete {
		t.Errorf("%v %v", list, err)
	}
	w.class = dataclass.Tasks
	if list := w.mustLook(""); len(list) != 4 {
		t.Errorf("%d tasks", len(list))
	}
}

func (w *world) mustLook(since sources.Cursor) map[sources.ID]sources.Change {
	w.Helper()
	list, _, err := w.try(since)
	w.must(err)
	return list
}
