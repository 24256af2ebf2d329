package dav_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The user's fear: what I enter here comes back beside itself, because the server spells its path otherwise.
func TestItemsThatAreListedAtAnotherSpelling(t *testing.T) {
	for name, alias := range map[string]func(string) string{
		"a slash more":   func(p string) string { return strings.Replace(p, "/book/", "/book//", 1) },
		"other capitals": func(p string) string { return p[:len("/me/book/")] + strings.ToUpper(p[len("/me/book/"):]) },
	} {
		for how, set := range ways {
			t.Run(name+", "+how, func(t *testing.T) {
				w := newWorld(t, dataclass.Contacts, set)
				w.l.alias = alias
				w.user("Ann")
				w.look()
				ops := []sources.Op{w.op(sources.Add, "", card("Bob", "UID:bob")), w.op(sources.Add, "", card("Cid"))}
				res := w.done(w.apply(ops...))
				for range 2 {
					for id, ch := range w.look() {
						if !ch.Own {
							t.Errorf("%s is told: %+v", id, ch)
						}
					}
				}
				w.done(w.apply(w.op(sources.Replace, res[0].ID, card("Bobby"))))
				w.done(w.apply(w.op(sources.Delete, res[1].ID, dataclass.Body{})))
				for _, data := range w.l.in("/me/book/") {
					if strings.Contains(data, "bob") && !strings.Contains(w.l.files[data].data, "Bobby") {
						t.Errorf("%s", w.l.files[data].data)
					}
				}
				if n := len(w.l.in("/me/book/")); n != 2 {
					t.Errorf("the server holds %d items", n)
				}
				for id, ch := range w.look() {
					if !ch.Own {
						t.Errorf("%s is told: %+v", id, ch)
					}
				}
			})
		}
	}
}

// about tells whether a request asks for an item.
func about(r *http.Request, name string) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return (r.Method == "GET" || r.Method == "REPORT") && strings.Contains(r.URL.Path+string(body), name)
}

// The user's fear: one answer was cut off, and my contact stays set aside although the server has it whole.
func TestItemsThatComeTorn(t *testing.T) {
	for times, looks := range map[int]int{1: 1, 2: 2, 5: 3} { // each look asks twice
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, func(l *liar) { l.single = true })
			ids := w.user("Ann", "Bob")
			w.look()
			w.must(w.Edit(w.class, ids[0], card("Anna", "NOTE:"+strings.Repeat("x", 200))))
			left := times
			w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				if r.Method != "GET" || !about(r, string(ids[0])) {
					return false
				}
				left--
				return left >= 0 && saying(200, "text/vcard", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Test An")(wr, r)
			}
			for n := 1; n < looks; n++ { // what cannot be read is told once
				list := w.look()
				if n == 1 {
					w.shows(list, ids[0])
				} else {
					w.shows(list)
				}
			}
			list := w.look()
			w.shows(list, ids[0])
			if data := string(list[ids[0]].Body.Data); !strings.Contains(data, "Anna") || !strings.Contains(data, "END:VCARD") {
				t.Errorf("%s", data)
			}
			w.shows(w.look())
		})
	}
}

// The user's fear: the server fails at one contact, and nothing is synchronised any more.
func TestItemsThatTheServerFailsToGive(t *testing.T) {
	for how, set := range ways {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts, set)
			ids := w.user("Ann", "Bob")
			w.look()
			w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
				return about(r, string(ids[0])) && saying(500, "text/plain", "")(wr, r)
			}
			w.must(w.Edit(w.class, ids[0], card("Anna")))
			w.must(w.Edit(w.class, ids[1], card("Bobby")))
			list := w.look()
			w.shows(list, ids...)
			if _, err := dataclass.Decode(w.class, list[ids[0]].Body); err == nil {
				t.Errorf("%s can be read", list[ids[0]].Body.Data)
			}
			if !strings.Contains(string(list[ids[1]].Body.Data), "Bobby") {
				t.Errorf("%s", list[ids[1]].Body.Data)
			}
			res, err := w.apply(w.op(sources.Replace, ids[0], card("Ännchen")), w.op(sources.Replace, ids[1], card("Bobbie")))
			w.must(err)
			if !isErr(res[0].Err, sources.ErrBusy) || res[1].State != sources.Done {
				t.Errorf("%+v", res)
			}
			for id, ch := range w.look() {
				if !ch.Own {
					t.Errorf("%s is told: %+v", id, ch)
				}
			}
			w.l.meddle = nil
			if list = w.look(); !strings.Contains(string(list[ids[0]].Body.Data), "Anna") {
				t.Errorf("%v", list)
			}
			w.holds(2)
		})
	}
}

// With many of them it is not the items that are bad.
func TestServersThatFailToGiveMuch(t *testing.T) {
	w := newWorld(t, dataclass.Contacts, nil)
	w.user(many(20)...)
	w.l.meddle = func(wr http.ResponseWriter, r *http.Request) bool {
		return about(r, "user-") && saying(500, "text/plain", "")(wr, r)
	}
	if _, _, err := w.try(""); !isErr(err, sources.ErrElsewhere) {
		t.Fatal(err)
	}
	w.l.meddle = nil
	if n := len(w.look()); n != 20 {
		t.Errorf("%d items", n)
	}
}
