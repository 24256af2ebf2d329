package entry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

func feed(t testing.TB, inside string) *xmltree.Element {
	t.Helper()
	e, err := xmltree.Parse([]byte("<feed"+namespaces+">"+inside+"</feed>"), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const contactFeed = `
 <id>user@example.org</id><updated>2026-11-20T09:00:00.123Z</updated>
 <category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/contact/2008#contact'/>
 <link rel='http://schemas.google.com/g/2005#post' href='http://host/post'/><link rel='http://schemas.google.com/g/2005#batch' href='http://host/batch'/>
 <link rel='next' href='http://host/feed?a=1&amp;start-index=201'/>
 <openSearch:totalResults>402</openSearch:totalResults><openSearch:startIndex>1</openSearch:startIndex><openSearch:itemsPerPage>200</openSearch:itemsPerPage>
 <entry gd:etag='&quot;r42&quot;'><id>http://host/m8/feeds/contacts/user%40example.org/base/1f</id>
  <link rel='http://schemas.google.com/contacts/2008/rel#photo' type='image/*' href='http://host/photo' gd:etag='&quot;p3&quot;'/>
  <link rel='self' href='http://host/full/1f'/><link rel='edit' href='http://host/full/1f/7'/></entry>
 <entry gd:etag='&quot;r43&quot;'><id>http://host/m8/feeds/contacts/user%40example.org/base/20</id><gd:deleted/></entry>`

func TestReadPage(t *testing.T) {
	f := feed(t, contactFeed)
	f.SetAttr(GD, "etag", `W/"c17."`)
	p, err := ReadPage(f)
	if err != nil {
		t.Fatal(err)
	}
	want := Page{Kind: ContactKind, Entries: p.Entries, Next: "http://host/feed?a=1&start-index=201", ETag: `W/"c17."`,
		Updated: time.Date(2026, 11, 20, 9, 0, 0, 123e6, time.UTC), Total: 402, Start: 1, PerPage: 200}
	if diff := cmp.Diff(want, p); diff != "" || len(p.Entries) != 2 {
		t.Error(diff)
	}
	if Link(f, RelPost) != "http://host/post" || Link(f, RelBatch) != "http://host/batch" || Link(f, RelSelf) != "" {
		t.Error("links of the feed")
	}
	live, gone := p.Entries[0], p.Entries[1]
	if ID(live) != "1f" || ETag(live) != `"r42"` || Link(live, RelEdit) != "http://host/full/1f/7" || Deleted(live) {
		t.Errorf("%s", print(live))
	}
	if ID(gone) != "20" || !Deleted(gone) || Link(gone, RelEdit) != "" {
		t.Errorf("%s", print(gone))
	}
	if photo, ok := PhotoOf(live); !ok || photo != (Photo{"http://host/photo", `"p3"`}) {
		t.Error(photo)
	}
	if _, ok := PhotoOf(gone); ok {
		t.Error("a picture of nobody")
	}
	if _, err := ReadPage(live); !errors.Is(err, dataclass.ErrMalformed) {
		t.Error(err)
	}
}

// Version 1 has another namespace for numbers, and a feed may say nothing at all.
func TestReadPageOfOthers(t *testing.T) {
	old := feed(t, "")
	old.Add(xmltree.New(OpenSearchRSS, "totalResults", xmltree.Text(" 7\n")), xmltree.New(OpenSearchRSS, "startIndex", xmltree.Text("-1")),
		xmltree.New(GCal, "timezone").SetAttr("", "value", "Europe/Oslo"))
	p, err := ReadPage(old)
	if diff := cmp.Diff(Page{Total: 7, Start: -1, PerPage: -1, Zone: "Europe/Oslo"}, p); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestLastSegment(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"abc", "abc"}, {"http://h/base/1f", "1f"}, {" http://h/full/1f/ ", "1f"}, {"http://h/full/1f?a=/b", "1f"},
		{"http://h/base/a%2Fb", "a%2Fb"},
	} {
		if got := LastSegment(tt.in); got != tt.want {
			t.Errorf("%q: %q", tt.in, got)
		}
	}
}

func TestGroups(t *testing.T) {
	e := parse(t, `<id>`+groupBase+`/1f</id><title>Choir</title>`)
	g, err := ReadGroup(e)
	if diff := cmp.Diff(Group{ID: "1f", Title: "Choir"}, g); diff != "" || err != nil || GroupBaseOf(e) != groupBase {
		t.Error(err, diff)
	}
	system, err := ReadGroup(parse(t, `<id>x/6</id><title>System Group: My Contacts</title><gContact:systemGroup id="Contacts"/><gd:deleted/>`))
	if diff := cmp.Diff(Group{ID: "6", Title: "System Group: My Contacts", System: "Contacts", Deleted: true}, system); diff != "" || err != nil {
		t.Error(err, diff)
	}
	fresh := NewGroup(" Choir ")
	if KindOf(fresh) != GroupKind || text(fresh, Atom, "title") != "Choir" {
		t.Error(print(fresh))
	}
	for _, bad := range []*xmltree.Element{fresh, New(ContactKind), nil} {
		if _, err := ReadGroup(bad); !errors.Is(err, dataclass.ErrMalformed) {
			t.Error(err)
		}
	}
}

// A contact that is new joins the group that makes it visible, and one that is known does not join again.
func TestNewContactIsVisible(t *testing.T) {
	e := New(ContactKind)
	for range 2 {
		if err := WriteContact(e, card(t, "FN:Ann"), context); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(print(e), groupBase+"/6"); n != 1 {
		t.Errorf("%d times: %s", n, print(e))
	}
	old := parse(t, `<id>x/1</id><title>Bo</title>`)
	if err := WriteContact(old, card(t, "FN:Ann"), context); err != nil || strings.Contains(print(old), groupBase) {
		t.Errorf("%v: %s", err, print(old))
	}
}

func TestBatch(t *testing.T) {
	one := parse(t, `<id>http://host/1</id><batch:id>old</batch:id><title>Ann</title>`).SetAttr(GD, "etag", `"r1"`)
	list := []BatchEntry{{ID: "a", Op: Update, Entry: one}, {ID: "b", Op: Insert, Entry: New(ContactKind)}, {ID: "c", Op: Query, Status: 404, Reason: "Not <found>"}}
	f := NewBatch(ContactKind, list)
	doc, err := xmltree.Parse(Append(nil, f), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, broken, err := ReadBatch(doc)
	if err != nil || broken != nil || len(got) != 3 || KindOf(doc) != ContactKind {
		t.Fatal(err, broken, got)
	}
	for i := range got {
		e := got[i].Entry
		got[i].Entry = list[i].Entry
		if i == 0 && (ID(e) != "1" || ETag(e) != `"r1"` || len(children(e, Batch, "id")) != 1) {
			t.Error(print(e))
		}
	}
	if diff := cmp.Diff(list, got, cmp.Comparer(func(a, b *xmltree.Element) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestBatchReply(t *testing.T) {
	list, broken, err := ReadBatch(feed(t, `<batch:operation type="delete"/>
		<entry><batch:id>2</batch:id><batch:status code="412" reason="Precondition Failed"/></entry>
		<entry><batch:id>1</batch:id><batch:operation type="insert"/><batch:status code="201" reason="Created" content-type="text/plain"/></entry>
		<entry><batch:interrupted reason="not well-formed" success="1" failures="1" parsed="2"/></entry>`))
	if err != nil {
		t.Fatal(err)
	}
	want := []BatchEntry{{ID: "2", Op: Delete, Status: 412, Reason: "Precondition Failed"}, {ID: "1", Op: Insert, Status: 201, Reason: "Created"}}
	for i := range list {
		list[i].Entry = nil
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&Interrupted{Reason: "not well-formed", Parsed: 2, Success: 1, Failed: 1}, broken); diff != "" {
		t.Error(diff)
	}
	if _, _, err := ReadBatch(New(ContactKind)); !errors.Is(err, dataclass.ErrMalformed) {
		t.Error(err)
	}
	if _, _, err := ReadBatch(feed(t, strings.Repeat("<entry/>", maxBatch+1))); !errors.Is(err, dataclass.ErrTooBig) {
		t.Error(err)
	}
}

// What is posted again has nothing that the server gave it.
func TestFresh(t *testing.T) {
	e := parse(t, `<id>http://host/1</id><updated>2026-11-20T09:00:00Z</updated><app:edited>2026-11-20T09:00:00Z</app:edited><link rel="edit" href="x"/><author/>`+
		`<title>Ann</title><gd:extendedProperty name="x" value="y"/><batch:id>1</batch:id>`).SetAttr(GD, "etag", `"r1"`)
	before := print(e)
	if diff := cmp.Diff(`<title>Ann</title><extendedProperty name="x" value="y"/>`, inside(t, Fresh(e))); diff != "" || print(e) != before {
		t.Error(diff)
	}
}

func TestExceptionOf(t *testing.T) {
	if id, is := Original(parse(t, exceptionAt("2026-12-01", ""))); id != "abc" || !is {
		t.Error(id, is)
	}
	if id, is := Original(parse(t, `<gd:originalEvent href="http://host/x/abc?a=b"/>`)); id != "abc" || !is {
		t.Error(id, is)
	}
	if _, is := Original(parse(t, weekly)); is {
		t.Error("a series is no exception")
	}
	e := parse(t, `<gd:originalEvent/>`)
	Attach(e, parse(t, weekly))
	if o := e.Child("originalEvent"); o.Attr("", "id") != "abc" || o.Attr("", "href") != "http://host/calendar/feeds/x/private/full/abc" {
		t.Error(print(e))
	}
}
