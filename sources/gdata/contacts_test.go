package gdata_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

func (w *world) contact(b dataclass.Body) dataclass.Contact {
	w.Helper()
	it, err := dataclass.Decode(dataclass.Contacts, b)
	w.must(err)
	c, err := dataclass.AsContact(it)
	w.must(err)
	return c
}

func (w *world) categories(b dataclass.Body) []string {
	w.Helper()
	list := w.contact(b).Categories()
	slices.Sort(list)
	return list
}

// Categories are groups: made where there is none, shared where there is, and never made twice.
func TestGroups(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.AddSystemGroup()
	w.look()
	results := w.done(w.apply(
		w.op(sources.Add, "", card("one", "CATEGORIES:Chess,Choir")),
		w.op(sources.Add, "", card("two", "CATEGORIES:Choir"))))
	if got := len(w.IDs(gdatatest.Groups)); got != 3 {
		t.Errorf("%d groups, want 3", got)
	}
	w.shows(w.look())
	w.since = ""
	list := w.look()
	if got := w.categories(list[results[0].ID].Body); !slices.Equal(got, []string{"Chess", "Choir"}) {
		t.Errorf("categories %q", got)
	}
	e := w.Entry(gdatatest.Contacts, string(results[1].ID))
	var member []string
	for _, g := range e.Children("groupMembershipInfo") {
		member = append(member, entry.LastSegment(g.Attr("", "href")))
	}
	if len(member) != 2 || !slices.Contains(member, "6") {
		t.Errorf("memberships %q: a new contact is in My Contacts and in its group", member)
	}
	w.done(w.apply(w.op(sources.Replace, results[1].ID, card("two", "CATEGORIES:Tennis"))))
	if got := w.categories(w.holds(2)[results[1].ID]); !slices.Equal(got, []string{"Tennis"}) {
		t.Errorf("categories %q", got)
	}
	if got := w.Entry(gdatatest.Contacts, string(results[1].ID)).Children("groupMembershipInfo"); len(got) != 2 {
		t.Errorf("%d memberships, want My Contacts and the group", len(got))
	}
}

// The answer to a new group is lost: the group is found by its name, and not made again.
func TestGroupAnswerLost(t *testing.T) {
	for _, do := range []gdatatest.Way{gdatatest.Lost, gdatatest.Truncated, gdatatest.Down} {
		w := newWorld(t, dataclass.Contacts)
		w.look()
		w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, Path: "/feeds/groups", Times: 1, Do: do})
		id := w.repeat([]sources.Op{w.op(sources.Add, "", card("one", "CATEGORIES:Chess"))})[0].ID
		if got := len(w.IDs(gdatatest.Groups)); got != 1 {
			t.Errorf("%d groups, want 1", got)
		}
		if got := w.categories(w.holds(1)[id]); !slices.Equal(got, []string{"Chess"}) {
			t.Errorf("categories %q", got)
		}
	}
}

// A server that takes no groups takes contacts all the same.
func TestGroupsRefused(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.look()
	w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, Path: "/feeds/groups", Do: gdatatest.Status(403)})
	id := w.done(w.apply(w.op(sources.Add, "", card("one", "CATEGORIES:Chess"))))[0].ID
	w.is(w.holds(1)[id], card("one"))
}

// Groups that cannot be listed end the look: contacts without their categories would seem to have lost them.
func TestGroupsUnreadable(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	id, err := w.Put(w.class, card("one"))
	w.must(err)
	g := w.Insert(gdatatest.Groups, entry.NewGroup("Chess"))
	w.must(w.Raw(gdatatest.Contacts, string(id), func(e *xmltree.Element) {
		e.Add(xmltree.New(entry.GContact, "groupMembershipInfo").SetAttr("", "deleted", "false").SetAttr("", "href", gdatatest.Host+"/feeds/groups/base/"+g))
	}))
	w.Trouble(&gdatatest.Trouble{Path: "/feeds/groups", Do: gdatatest.Status(500)})
	if list, _, err := w.try(""); err == nil {
		t.Errorf("the look ends well with %v", list)
	}
	w.Honest()
	if got := w.categories(w.look()[id].Body); !slices.Equal(got, []string{"Chess"}) {
		t.Errorf("categories %q", got)
	}
}

// A group that gets another name changes its contacts, at the latest after a day.
func TestGroupRenamed(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // not that of the server
	w.house.opts.Now = func() time.Time { return now }
	w.must(w.Reopen())
	w.look()
	results := w.done(w.apply(w.op(sources.Add, "", card("one", "CATEGORIES:Chess")), w.op(sources.Add, "", card("two", "CATEGORIES:Choir"))))
	w.shows(w.look())
	for _, id := range w.IDs(gdatatest.Groups) {
		w.must(w.Raw(gdatatest.Groups, id, func(e *xmltree.Element) {
			if title := e.Child("title"); title.Text() == "Chess" {
				title.Nodes = []xmltree.Node{xmltree.Text("Go")}
			}
		}))
	}
	now = now.Add(25 * time.Hour)
	list := w.look()
	w.shows(list, results[0].ID)
	if got := w.categories(list[results[0].ID].Body); !slices.Equal(got, []string{"Go"}) {
		t.Errorf("categories %q", got)
	}
	w.shows(w.look())
	w.done(w.apply(sources.Op{Verb: sources.Replace, ID: results[0].ID, IfRev: list[results[0].ID].Rev, Body: card("uno", "CATEGORIES:Go")}))
}

var picture = append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), bytes.Repeat([]byte{7}, 500)...)

func photo(data []byte) string {
	return "PHOTO;ENCODING=b;TYPE=JPEG:" + base64.StdEncoding.EncodeToString(data)
}

func (w *world) hasPhoto(b dataclass.Body, want []byte) {
	w.Helper()
	if got, _ := w.contact(b).Photo(); !bytes.Equal(got, want) {
		w.Fatalf("a picture of %d bytes, want %d", len(got), len(want))
	}
}

// Pictures come with their contacts, and go with them; one that is there already is not sent again.
func TestPhotos(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one", "two")
	w.look()
	w.must(w.SetPhoto(ids[0], picture, "image/jpeg"))
	list := w.look()
	w.shows(list, ids[0])
	w.hasPhoto(list[ids[0]].Body, picture)

	w.showsPicture(w.done(w.apply(w.op(sources.Replace, ids[1], card("dos", photo(picture[1:])))))[0], true)
	w.hasPhoto(w.holds(2)[ids[1]], picture[1:])
	added := w.done(w.apply(w.op(sources.Add, "", card("three", photo(picture[2:])))))[0]
	w.hasPhoto(w.holds(3)[added.ID], picture[2:])
	w.showsPicture(added, true)
	w.shows(w.look())

	w.Requests()
	op := w.op(sources.Replace, added.ID, card("tres", photo(picture[2:])))
	op.IfRev = added.Rev
	w.showsPicture(w.done(w.apply(op))[0], true)
	for _, r := range w.Requests() {
		if strings.HasPrefix(r, "PUT /photos/") {
			t.Error("a picture that is there is sent again")
		}
	}
	w.hasPhoto(w.holds(3)[added.ID], picture[2:])
	w.showsPicture(w.done(w.apply(w.op(sources.Replace, added.ID, card("tres"))))[0], false)
	w.hasPhoto(w.holds(3)[added.ID], nil)
}

// showsPicture checks whether a result says that the server was seen to have the picture that was written.
func (w *world) showsPicture(r sources.Result, want bool) {
	w.Helper()
	if (r.Shows == "PHOTO") != want {
		w.Errorf("the result shows %q", r.Shows)
	}
}

// A picture that is refused ends the look; one that there is not after all does not.
func TestPhotoUnreadable(t *testing.T) {
	for status, ends := range map[int]bool{401: true, 429: true, 404: false} {
		w := newWorld(t, dataclass.Contacts)
		id := w.user("one")[0]
		w.must(w.SetPhoto(id, picture, "image/jpeg"))
		w.Trouble(&gdatatest.Trouble{Path: "/photos/" + string(id), Do: gdatatest.Status(status)})
		if _, _, err := w.try(""); (err != nil) != ends {
			t.Errorf("%d: error %v", status, err)
		}
		w.Honest()
		w.hasPhoto(w.look()[id].Body, picture)
	}
}

// A picture that the server refuses is left out. One whose answer is lost is there when the op is repeated.
func TestPhotoTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		do   gdatatest.Way
		want []byte
	}{
		"refused": {gdatatest.Status(413), nil}, "not taken": {gdatatest.Status(415), nil},
		"lost": {gdatatest.Lost, picture}, "down": {gdatatest.Down, picture}, "500": {gdatatest.Status(500), picture},
	} {
		for _, drops := range []bool{false, true} {
			w := newWorld(t, dataclass.Contacts)
			w.DropsMarks = drops
			w.look()
			w.Trouble(&gdatatest.Trouble{Method: http.MethodPut, Times: 1, Do: c.do})
			res := w.repeat([]sources.Op{w.op(sources.Add, "", card("one", photo(picture)))})[0]
			id := res.ID
			w.showsPicture(res, c.want != nil)
			if got, _ := w.contact(w.holds(1)[id]).Photo(); !bytes.Equal(got, c.want) {
				t.Errorf("%s: a picture of %d bytes, want %d", name, len(got), len(c.want))
			}
			w.shows(w.look())
		}
	}
}

// An entry that is no contact is handed on as it is, so that it is set aside; the others are read.
func TestOddEntry(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one", "two")
	w.must(w.Raw(gdatatest.Contacts, string(ids[0]), func(e *xmltree.Element) {
		for range 600 {
			e.Add(xmltree.New(entry.GD, "email").SetAttr("", "address", "a@example.org"))
		}
	}))
	list := w.look()
	w.shows(list, ids...)
	if odd := list[ids[0]]; odd.Body.Type != "application/atom+xml" || !strings.Contains(odd.Why, dataclass.ErrTooBig.Error()) {
		t.Errorf("the odd one is of type %s, because of %q", odd.Body.Type, odd.Why)
	}
	if list[ids[1]].Why != "" {
		t.Errorf("the other one: %q", list[ids[1]].Why)
	}
	w.is(list[ids[1]].Body, card("two"))
}

// Both namespaces of openSearch are understood, and pages of any size.
func TestOldFeeds(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	w.Oldest, w.MaxResults = true, 3
	ids := w.user("a", "b", "c", "d", "e", "f", "g")
	w.shows(w.look(), ids...)
	w.Trouble(&gdatatest.Trouble{Do: gdatatest.Empty, Times: 3})
	if _, _, err := w.try(""); err == nil {
		t.Error("a feed that contradicts itself is a listing")
	}
}
