package face_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

func TestContact(t *testing.T) {
	w := newWorld(t)
	made := w.do("POST", contactsPath, contact("Ann", `<gd:phoneNumber rel="http://schemas.google.com/g/2005#mobile">123</gd:phoneNumber><gd:extendedProperty name="mine" value="7"/>`)).is(201)
	e := made.tree()
	if got, want := made.header.Get("ETag"), entry.ETag(e); got != want || want == "" {
		t.Fatalf("ETag %s, gd:etag %s", got, want)
	}
	if made.header.Get("Location") != entry.Link(e, "edit") {
		t.Errorf("location %s", made.header.Get("Location"))
	}
	edit := href(e, "edit")
	got := w.do("GET", edit, "").is(200)
	if diff := cmp.Diff(string(made.body), string(got.body)); diff != "" {
		t.Fatal(diff)
	}
	before := w.stored(entry.ID(e))
	if diff := cmp.Diff(string(got.body), string(w.do("PUT", edit, string(got.body)).is(200).body)); diff != "" {
		t.Errorf("put as it was got:\n%s", diff)
	}
	if diff := cmp.Diff(before, w.stored(entry.ID(e))); diff != "" {
		t.Errorf("put as it was got:\n%s", diff)
	}
	edited := w.do("PUT", edit, strings.Replace(string(got.body), ">123<", ">456<", 1)).is(200)
	if s := string(edited.body); !strings.Contains(s, ">456<") || !strings.Contains(s, `value="7"`) {
		t.Errorf("edited: %s", s)
	}
	stale := w.do("PUT", edit, strings.Replace(string(got.body), ">123<", ">789<", 1)).is(412)
	if diff := cmp.Diff(string(edited.body), string(stale.body)); diff != "" {
		t.Errorf("the current entry is another one: %s", diff)
	}
	w.do("DELETE", edit, "").is(428)
	w.do("DELETE", edit, "", "If-Match", entry.ETag(e)).is(412)
	w.do("DELETE", edit, "", "If-Match", entry.ETag(edited.tree())).is(200)
	w.do("GET", edit, "").is(404)
	w.do("PUT", edit, string(got.body), "If-Match", "*").is(404)
	p := w.do("GET", contactsPath+"?showdeleted=true", "").is(200).page()
	if titles(p) != "-" || entry.ID(p.Entries[0]) != entry.ID(e) {
		t.Errorf("%s", titles(p))
	}
}

// What a card says and an entry cannot say is there after every edit.
func TestContactInPlace(t *testing.T) {
	w := newWorld(t)
	card := "BEGIN:VCARD\nVERSION:3.0\nUID:7\nN:Lie;Ann;;;\nFN:Ann Lie\nTEL;TYPE=cell;X-SIM=1:123\nX-MINE;A=b:c\nKEY:secret\nEND:VCARD\n"
	it := w.store("", card)
	got := w.do("GET", contactsPath+"/"+string(it.ID), "").is(200)
	w.do("PUT", contactsPath+"/"+string(it.ID), string(got.body)).is(200)
	want := strings.ReplaceAll(card, "\n", "\r\n")
	if diff := cmp.Diff(want, w.stored(string(it.ID))); diff != "" {
		t.Fatalf("put as it was got:\n%s", diff)
	}
	w.do("PUT", contactsPath+"/"+string(it.ID), strings.Replace(string(got.body), ">123<", ">456<", 1)).is(200)
	if diff := cmp.Diff(strings.Replace(want, ":123", ":456", 1), w.stored(string(it.ID))); diff != "" {
		t.Fatal(diff)
	}
}

func TestUpdatedMin(t *testing.T) {
	w := newWorld(t)
	feed := func(q string) (string, *xmltree.Element) {
		a := w.do("GET", contactsPath+"?showdeleted=true&requirealldeleted=true&updated-min="+q, "").is(200)
		return titles(a.page()), a.tree()
	}
	since := w.do("GET", contactsPath, "").is(200).tree().Child("updated").Text()
	a := w.post("A", "")
	w.post("B", "")
	got, tree := feed(since)
	if got != "A B" {
		t.Fatalf("since %s: %s", since, got)
	}
	if got, tree = feed(tree.Child("updated").Text()); got != "" {
		t.Fatalf("nothing happened: %s", got)
	}
	w.do("PUT", href(a, "edit"), contact("A2", ""), "If-Match", "*").is(200)
	w.post("C", "")
	if got, tree = feed(tree.Child("updated").Text()); got != "A2 C" {
		t.Fatal(got)
	}
	w.do("DELETE", href(a, "edit"), "", "If-Match", "*").is(200)
	if got, _ = feed(tree.Child("updated").Text()); got != "-" {
		t.Fatal(got)
	}
	w.do("GET", contactsPath+"?showdeleted=true&requirealldeleted=true&updated-min=2020-01-01T00:00:00Z", "").is(410)
}

func TestPaging(t *testing.T) {
	w := newWorld(t)
	for _, name := range strings.Fields("A B C D E F G") {
		w.post(name, "")
	}
	for _, tt := range []struct{ query, want string }{
		{"", "A B C D E F G"},
		{"max-results=3", "A B C D E F G"},
		{"max-results=3&orderby=lastmodified", "G F E D C B A"},
		{"max-results=2&orderby=lastmodified&sortorder=ascending", "A B C D E F G"},
		{"max-results=2&start-index=4", "D E F G"},
		{"max-results=2&start-index=3&orderby=lastmodified", "E D C B A"},
		{"max-results=0", ""},
		{"q=e", "E"},
		{"q=e&max-results=1", "E"},
		{"updated-max=2026-11-20T09:00:00.002Z", "A B"},
		{"updated-min=2026-11-20T09:00:00.004Z&orderby=lastmodified&max-results=1", "G F E"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			var got []string
			for path := contactsPath + "?" + tt.query; path != ""; {
				p := w.do("GET", path, "").is(200).page()
				if s := titles(p); s != "" {
					got = append(got, s)
				}
				path = strings.TrimPrefix(p.Next, "http://example.com")
				if strings.Contains(tt.query, "max-results=0") {
					break
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}
