package atom

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

const cardType = "text/vcard"

func cardText(name string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nN:" + name + "\r\nFN:" + name + "\r\nEND:VCARD\r\n"
}

// card puts a card into an owner's datastore.
func (s *server) card(owner, id, name string) {
	s.t.Helper()
	body := dataclass.Body{Type: cardType, Data: []byte(cardText(name))}
	_, err := s.items.Items(owner, s.datastore(owner).ID).Put(s.t.Context(), dataclass.Contacts, sources.ID(id), "", body)
	s.must(err)
}

// entryWith is an entry that carries an item.
func entryWith(media, item string) string {
	item = strings.NewReplacer("&", "&amp;", "<", "&lt;", "\r", "&#13;").Replace(item)
	return `<entry xmlns="http://www.w3.org/2005/Atom"><content type="` + media + `">` + item + `</content></entry>`
}

// An item is added, read, replaced and deleted, and comes back byte for byte.
func TestContent(t *testing.T) {
	s := newServer(t, nil)
	const feed = "/v2/services/datastore/content/"
	for _, tc := range []struct{ name, body, media string }{
		{"in an entry", entryWith(cardType, cardText("Ada & <Co>")), "application/atom+xml"},
		{"as it is", cardText("Ada & <Co>"), "text/vcard; charset=utf-8"},
	} {
		made := s.ask("admin", "POST", feed, tc.body, "Content-Type", tc.media)
		s.wantStatus(tc.name, made, 201)
		path := strings.TrimPrefix(made.header.Get("Location"), "http://api.obexcode.com")
		got := s.ask("admin", "GET", path, "")
		content := parse(t, got.body).Children("content")[0]
		if content.Text() != cardText("Ada & <Co>") || content.Attr("", "type") != "text/vcard;version=3.0" || got.body != made.body {
			t.Errorf("%s: got %s", tc.name, got.body)
		}
		if !strings.Contains(got.body, "<title>Ada &amp; &lt;Co&gt;</title>") {
			t.Errorf("%s: no title in %s", tc.name, got.body)
		}
		tag := got.header.Get("ETag")
		s.wantSentence("stale", s.ask("admin", "PUT", path, cardText("Eve"), "Content-Type", cardType, "If-Match", `"x"`), 412, "It has changed")
		s.wantStatus("replace", s.ask("admin", "PUT", path, cardText("Eve"), "Content-Type", cardType, "If-Match", tag), 200)
		s.wantSentence("delete what was seen before", s.ask("admin", "DELETE", path, "", "If-Match", tag), 412, "It has changed")
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.wantSentence("bob, "+method, s.ask("bob", method, path, cardText("Eve"), "Content-Type", cardType), 404, "Unknown Sync Client")
		}
		if got := s.ask("admin", "GET", path, ""); !strings.Contains(got.body, "FN:Eve") {
			t.Errorf("%s: after all that %s", tc.name, got.body)
		}
		s.wantStatus("delete", s.ask("admin", "DELETE", path, ""), 200)
		s.wantSentence("read what is gone", s.ask("admin", "GET", path, ""), 404, "Unknown item")
		s.wantSentence("replace what is gone", s.ask("admin", "PUT", path, cardText("Eve"), "Content-Type", cardType), 404, "Unknown item")
		s.wantSentence("delete what is gone", s.ask("admin", "DELETE", path, ""), 404, "Unknown item")
	}
}

func TestContentRefuses(t *testing.T) {
	s := newServer(t, nil)
	phone := s.client(s.admin.ID, "syncml", phoneID)
	own := "/v2/services/datastore/content/" + s.datastore(s.admin.ID).ID
	for _, tc := range []struct {
		name, path, body, media string
		status                  int
		sentence                string
	}{
		{"nothing", own + "/Contacts", "", "application/atom+xml", 400, "Item not provided"},
		{"no content", own + "/Contacts", "<entry/>", "application/atom+xml", 400, "Item not provided"},
		{"no card", own + "/Contacts", "hello", cardType, 400, "cannot be read as one"},
		{"a card of another class", own + "/Events", cardText("Ada"), cardType, 400, "cannot be read as one"},
		{"another media type", own + "/Contacts", cardText("Ada"), "application/json", 415, "An item is sent in"},
		{"an entry of another media type", own + "/Contacts", entryWith("text/calendar", cardText("Ada")), "application/atom+xml", 400, "cannot be read as one"},
		{"no such class", own + "/Mails", cardText("Ada"), cardType, 400, "A datastore holds"},
		{"no such class in the query", "/v2/services/datastore/content?dataclass=Calendar", cardText("Ada"), cardType, 400, "A datastore holds"},
		{"no such client", "/v2/services/datastore/content?client=" + webID, cardText("Ada"), cardType, 404, "Unknown Sync Client"},
		{"no UUID", "/v2/services/datastore/content?client=x", cardText("Ada"), cardType, 404, "Unknown Sync Client"},
		{"a phone", "/v2/services/datastore/content/" + phone.ID + "/Contacts", cardText("Ada"), cardType, 404, "Unknown Sync Client"},
		{"too big", own + "/Contacts", cardText(strings.Repeat("a", 9<<20)), cardType, 413, "too big"},
		{"far too big", own + "/Contacts", cardText(strings.Repeat("a", maxItem)), cardType, 413, "too big"},
		{"far too big an entry", own + "/Contacts", entryWith(cardType, strings.Repeat("a", maxItem)), "application/atom+xml", 413, "too big"},
	} {
		s.wantSentence(tc.name, s.ask("admin", "POST", tc.path, tc.body, "Content-Type", tc.media), tc.status, tc.sentence)
	}
	if got := s.ask("admin", "GET", own+"/Contacts", ""); strings.Contains(got.body, "<entry>") {
		t.Errorf("something was added: %s", got.body)
	}
}

// A page names the next one until all items were seen.
func TestContentPages(t *testing.T) {
	s := newServer(t, nil)
	for i := range 7 {
		s.card(s.admin.ID, fmt.Sprintf("id %d/%%", i), fmt.Sprint("P", i))
	}
	seen := map[string]bool{}
	path, pages := "/v2/services/datastore/content/?limit=3", 0
	for path != "" && pages < 10 {
		doc := parse(t, s.ask("admin", "GET", path, "").body)
		for _, e := range doc.Children("entry") {
			at := strings.TrimPrefix(e.Children("id")[0].Text(), "http://api.obexcode.com")
			s.wantStatus(at, s.ask("admin", "GET", at, ""), 200)
			seen[e.Children("title")[0].Text()] = true
		}
		path = ""
		for _, l := range doc.Children("link") {
			if l.Attr("", "rel") == "next" {
				path = strings.TrimPrefix(l.Attr("", "href"), "http://api.obexcode.com")
			}
		}
		pages++
	}
	if len(seen) != 7 || pages != 4 {
		t.Errorf("%d pages show %v", pages, seen)
	}
	s.wantSentence("limit", s.ask("admin", "GET", "/v2/services/datastore/content/?limit=501", ""), 400, "The limit must be a number from 1 to 500")
}

// What XML cannot carry comes in base64.
func TestContentThatIsNoText(t *testing.T) {
	s := newServer(t, nil)
	body := dataclass.Body{Type: "text/plain", Data: []byte("bell \a")}
	_, err := s.items.Items(s.admin.ID, s.datastore(s.admin.ID).ID).Put(t.Context(), dataclass.Notes, "n", "", body)
	s.must(err)
	got := s.ask("admin", "GET", "/v2/services/datastore/content/?dataclass=Notes", "")
	content := parse(t, got.body).Children("entry")[0].Children("content")[0]
	if content.Attr("", "type") != "application/octet-stream" || content.Text() != "YmVsbCAH" {
		t.Errorf("got %s", got.body)
	}
}
