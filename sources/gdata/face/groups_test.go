package face_test

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const groupsPath = "/m8/feeds/groups/default/full"

func group(title, inside string) string {
	return "<entry" + namespaces + "><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/contact/2008#group'/><title>" + title + "</title>" + inside + "</entry>"
}

// memberships gives the ids of the groups that a contact is in.
func memberships(e *xmltree.Element) string {
	var out names
	for c := range e.Elements() {
		if c.Local == "groupMembershipInfo" {
			out = append(out, entry.LastSegment(c.Attr("", "href")))
		}
	}
	return out.String()
}

// A category that a phone gave a contact is a group, and the other way round.
func TestGroups(t *testing.T) {
	w := newWorld(t)
	card := func(categories string) string {
		return "BEGIN:VCARD\nVERSION:3.0\nN:Lie;Ann;;;\nFN:Ann Lie\n" + categories + "END:VCARD\n"
	}
	it := w.store("", card("CATEGORIES:Choir,Work\n"))
	p := w.do("GET", groupsPath, "").is(200).page()
	if titles(p) != "Choir Work" || p.Total != 2 {
		t.Fatalf("%s of %d", titles(p), p.Total)
	}
	choir, work := entry.ID(p.Entries[0]), entry.ID(p.Entries[1])
	path := contactsPath + "/" + string(it.ID)
	got := w.do("GET", path, "").is(200)
	if m := memberships(got.tree()); m != choir+" "+work {
		t.Fatalf("member of %s, not of %s and %s", m, choir, work)
	}
	if p := w.do("GET", contactsPath+"?group="+entry.GroupBaseOf(p.Entries[0])+"/"+choir, "").is(200).page(); titles(p) != "Ann Lie" {
		t.Errorf("in the choir: %s", titles(p))
	}
	if p := w.do("GET", contactsPath+"?group=nowhere", "").is(200).page(); titles(p) != "" {
		t.Errorf("nowhere: %s", titles(p))
	}
	// A new group, and a contact that joins it.
	made := w.do("POST", groupsPath, group("Club", `<gd:extendedProperty name="a" value="b"/>`)).is(201).tree()
	if again := w.do("POST", groupsPath, group("Club", "")).is(201).tree(); entry.ID(again) != entry.ID(made) {
		t.Error("posted again it is another group")
	}
	joined := strings.Replace(string(got.body), "</entry>", `<gContact:groupMembershipInfo deleted="false" href="`+entry.GroupBaseOf(made)+"/"+entry.ID(made)+`"/></entry>`, 1)
	w.do("PUT", path, joined).is(200)
	if s := w.stored(string(it.ID)); !strings.Contains(s, "Club") || !strings.Contains(s, "Choir,Work") {
		t.Errorf("stored %s", s)
	}
	// It is renamed and ends.
	now := w.do("PUT", groupsPath+"/"+choir, group("Singers", ""), "If-Match", "*").is(200).tree()
	if s := w.stored(string(it.ID)); !strings.Contains(s, "Singers") || strings.Contains(s, "Choir") {
		t.Errorf("stored %s", s)
	}
	w.do("PUT", groupsPath+"/"+choir, group("Club", ""), "If-Match", entry.ETag(now)).is(409)
	w.do("PUT", groupsPath+"/"+choir, group("", ""), "If-Match", entry.ETag(now)).is(400)
	w.do("DELETE", groupsPath+"/"+choir, "").is(428)
	w.do("DELETE", groupsPath+"/"+choir, "", "If-Match", entry.ETag(now)).is(200)
	if s := w.stored(string(it.ID)); strings.Contains(s, "Singers") || !strings.Contains(s, "Work") {
		t.Errorf("stored %s", s)
	}
	p = w.do("GET", groupsPath+"?showdeleted=true", "").is(200).page()
	if titles(p) != "Work Club -" {
		t.Errorf("in the end %s", titles(p))
	}
	if !strings.Contains(string(w.do("GET", groupsPath+"/"+entry.ID(made), "").is(200).body), `value="b"`) {
		t.Error("what the group says beside its title is lost")
	}
}

func TestPhoto(t *testing.T) {
	w := newWorld(t)
	e := w.post("Ann", "")
	ph, ok := entry.PhotoOf(e)
	if !ok || ph.ETag != "" {
		t.Fatalf("%+v", ph)
	}
	path := strings.TrimPrefix(ph.Href, "http://example.com")
	png := "\x89PNG\r\n\x1a\nwhatever"
	w.do("GET", path, "").is(404)
	w.do("DELETE", path, "").is(404)
	w.do("PUT", path, "no picture", "Content-Type", "image/jpeg").is(415)
	tag := w.do("PUT", path, png, "Content-Type", "image/*").is(200).header.Get("ETag")
	got := w.do("GET", path, "").is(200)
	if string(got.body) != png || got.header.Get("Content-Type") != "image/png" || got.header.Get("ETag") != tag || tag == "" {
		t.Errorf("%q %v", got.body, got.header)
	}
	w.do("GET", path, "", "If-None-Match", tag).is(304)
	now := w.do("GET", href(e, "edit"), "").is(200).tree()
	if ph, _ := entry.PhotoOf(now); ph.ETag != tag || entry.ETag(now) == entry.ETag(e) {
		t.Errorf("%+v of %s", ph, entry.ETag(now))
	}
	w.do("PUT", path, png+"2", "Content-Type", "image/png", "If-Match", `"other"`).is(412)
	w.do("DELETE", path, "", "If-Match", tag).is(200)
	w.do("GET", path, "").is(404)
	w.do("POST", path, png).is(405)
	w.do("PUT", strings.TrimSuffix(path, entry.ID(e))+"nobody", png).is(404)
}

func TestBatch(t *testing.T) {
	w := newWorld(t)
	a, b := w.post("A", ""), w.post("B", "")
	op := func(name, id, what, etag, inside string) string {
		s := "<entry><batch:id>" + name + "</batch:id><batch:operation type='" + what + "'/>" + inside
		if etag != "" {
			s = strings.Replace(s, "<entry>", "<entry gd:etag='"+etag+"'>", 1)
		}
		if id != "" {
			s += "<id>http://host/base/" + id + "</id>"
		}
		return s + "</entry>"
	}
	title := func(s string) string {
		return "<title>" + s + "</title><gd:name><gd:fullName>" + s + "</gd:fullName></gd:name>"
	}
	feed := "<feed" + namespaces + ">" +
		op("1", "", "insert", "", title("C")) +
		op("2", entry.ID(a), "update", entry.ETag(a), title("A2")) +
		op("3", entry.ID(a), "update", entry.ETag(a), title("A3")) +
		op("4", entry.ID(b), "delete", entry.ETag(b), "") +
		op("5", entry.ID(b), "query", "", "") +
		op("6", entry.ID(a), "update", "", title("A4")) +
		op("7", "", "insert", "", "<gd:deleted/>") +
		op("8", entry.ID(a), "frob", "", "") +
		op("9", "", "update", "", "") + "</feed>"
	got, broken, err := entry.ReadBatch(w.do("POST", contactsPath+"/batch", feed).is(200).tree())
	if err != nil || broken != nil {
		t.Fatal(err, broken)
	}
	var statuses []int
	for _, b := range got {
		statuses = append(statuses, b.Status)
	}
	want := []int{201, 200, 412, 200, 404, 428, 400, 400, 400}
	for i := range want {
		if len(statuses) != len(want) || statuses[i] != want[i] {
			t.Fatalf("statuses %v, want %v", statuses, want)
		}
	}
	if entry.ID(got[0].Entry) == "" || got[2].Entry.Child("title").Text() != "A2" {
		t.Errorf("entries of the answer: %s", got[2].Entry.Child("title").Text())
	}
	if s := titles(w.do("GET", contactsPath, "").is(200).page()); s != "C A2" {
		t.Errorf("in the end %s", s)
	}
	w.do("GET", contactsPath+"/batch", "").is(405)
	w.do("POST", contactsPath+"/batch", "<feed").is(400)
	w.do("POST", contactsPath+"/batch", contact("X", "")).is(400)
}
