package face_test

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// A projection shows what it is for, under the tag and the links of the whole entry, and takes no writes.
func TestProjections(t *testing.T) {
	w := newWorld(t)
	properties := `<gd:extendedProperty name="a" value="1"/><gd:extendedProperty name="b" value="2"/><gContact:nickname>Bea</gContact:nickname>`
	c := w.post("Bea", properties)
	series := w.do("POST", eventsPath, event("Tea", daily+`<gd:who rel="http://schemas.google.com/g/2005#event.attendee" email="bob@example.org"/>`)).is(201).tree()
	of := `<gd:originalEvent id="` + entry.ID(series) + `"><gd:when startTime="2026-11-26T09:00:00.000+01:00"/></gd:originalEvent>`
	w.do("POST", eventsPath, event("Late tea", of+strings.ReplaceAll(nine, "11-24", "11-26"))).is(201)
	for _, tc := range []struct {
		path, projection, id string
		has, lacks           []string
	}{
		{contactsPath, "full", entry.ID(c), []string{`name="a"`, `name="b"`, "Bea"}, nil},
		{contactsPath, "base", entry.ID(c), []string{`name="a"`, `name="b"`, "Bea"}, nil},
		{contactsPath, "thin", entry.ID(c), []string{"nickname>Bea"}, []string{"extendedProperty"}},
		{contactsPath, "property-b", entry.ID(c), []string{`name="b"`, "nickname>Bea"}, []string{`name="a"`}},
		{eventsPath, "full", entry.ID(series), []string{"bob@example.org", "gd:recurrence>"}, []string{"recurrenceException"}},
		{eventsPath, "full-noattendees", entry.ID(series), []string{"gd:recurrence>"}, []string{"bob@example.org"}},
		{eventsPath, "basic", entry.ID(series), []string{">Tea<"}, []string{"<gd:", "<gCal:uid"}},
		{eventsPath, "composite", entry.ID(series), []string{`recurrenceException specialized="true"><gd:entryLink`, ">Late tea<", "gd:originalEvent"}, nil},
	} {
		t.Run(tc.projection, func(t *testing.T) {
			whole := w.do("GET", tc.path+"/"+tc.id, "").is(200)
			path := strings.TrimSuffix(tc.path, "full") + tc.projection
			for _, at := range []string{path + "/" + tc.id, path} {
				got := w.do("GET", at, "").is(200)
				for _, s := range tc.has {
					if !strings.Contains(string(got.body), s) {
						t.Errorf("%s: no %s in %s", at, s, got.body)
					}
				}
				for _, s := range tc.lacks {
					if strings.Contains(string(got.body), s) {
						t.Errorf("%s: %s in %s", at, s, got.body)
					}
				}
			}
			one := w.do("GET", path+"/"+tc.id, "").is(200)
			if entry.ETag(one.tree()) != entry.ETag(whole.tree()) || href(one.tree(), "edit") != href(whole.tree(), "edit") {
				t.Error("another tag, or another link")
			}
			if tc.projection == "full" || tc.projection == "base" {
				w.do("PUT", path+"/"+tc.id, string(whole.body)).is(200)
				return
			}
			w.do("PUT", path+"/"+tc.id, string(one.body)).is(403)
			w.do("DELETE", path+"/"+tc.id, "", "If-Match", "*").is(403)
			w.do("POST", path, string(one.body)).is(403)
			w.do("POST", path+"/batch", "<feed"+namespaces+"/>").is(403)
		})
	}
	if n := len(w.do("GET", strings.TrimSuffix(eventsPath, "full")+"composite", "").is(200).page().Entries); n != 1 {
		t.Errorf("composite has %d entries, want the series alone", n)
	}
	if got := w.do("GET", contactsPath+"/"+entry.ID(c), "").is(200); !strings.Contains(string(got.body), `name="a"`) {
		t.Error("what a projection does not show is gone")
	}
}

// What is not understood is refused in words.
func TestNotUnderstood(t *testing.T) {
	w := newWorld(t)
	c := w.post("Bea", "")
	for _, a := range []answer{
		w.do("PATCH", href(c, "edit"), contact("Bo", "")).is(405),
		w.do("POST", href(c, "edit"), contact("Bo", ""), "X-HTTP-Method-Override", "PATCH").is(405),
	} {
		if !strings.Contains(string(a.body), "send the whole entry by PUT") {
			t.Errorf("%s", a.body)
		}
	}
	group := "<entry" + namespaces + "><title>System Group: My Contacts</title><gContact:systemGroup id='Contacts'/></entry>"
	if a := w.do("POST", "/m8/feeds/groups/default/full", group).is(403); !strings.Contains(string(a.body), "groups of the system") {
		t.Errorf("%s", a.body)
	}
}
