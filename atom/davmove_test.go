package atom

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/remote"
)

// has are the collections of the client davID.
func (s *server) has() string {
	s.t.Helper()
	at, err := s.remotes.Account(s.t.Context(), s.admin.ID, davID)
	s.must(err)
	var out []string
	for _, class := range at.Server.Classes() {
		out = append(out, string(class)+" "+strings.TrimPrefix(at.Server.Collections[class], davBase))
	}
	return strings.Join(out, ", ")
}

// TestDAVMove: a client gets other collections of its account, and only those; what GET gave changes nothing, and nobody
// else can do it.
func TestDAVMove(t *testing.T) {
	s := routeServer(t)
	at := davPath + davID
	pick := func(class, name string) string {
		return `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:b="` + nsOwn + `"><b:collection dataclass="` + class + `">` + name + `</b:collection></entry>`
	}
	list := s.ask("admin", "GET", at+"/collections", "")
	s.wantStatus("list", list, 200)
	for _, want := range []string{davBase + "books/family/", davBase + "books/club/", davBase + "calendars/home/", ">Club<", ">Contacts<", "read_only"} {
		if !strings.Contains(list.body, want) {
			t.Errorf("no %q in %s", want, list.body)
		}
	}
	s.wantStatus("list by somebody else", s.ask("bob", "GET", at+"/collections", ""), 404)
	const before = "Contacts books/family/, Events calendars/home/"
	for _, tc := range []struct {
		name, who, body string
		status          int
		says, has       string
	}{
		{"as it is", "admin", s.ask("admin", "GET", at, "").body, 200, "", before},
		{"by somebody else", "bob", pick("Contacts", "Club"), 404, "", before},
		{"no such one", "admin", pick("Contacts", "Friends"), 400, `is called "Friends"`, before},
		{"elsewhere", "admin", pick("Contacts", "https://other.example.org/book/"), 400, "is called", before},
		{"of another sort", "admin", pick("Contacts", davBase+"calendars/home/"), 400, "is called", before},
		{"no class", "admin", pick("Photos", "Club"), 400, "is no dataclass", before},
		{"by name", "admin", pick("Contacts", "Club"), 200, "", "Contacts books/club/, Events calendars/home/"},
		{"by address", "admin", pick("Contacts", davBase+"books/family/"), 200, "", before},
		{"without one", "admin", pick("Events", ""), 200, "", "Contacts books/family/"},
		{"without any", "admin", pick("Contacts", ""), 400, "at least one dataclass", "Contacts books/family/"},
		{"again", "admin", pick("Events", "Home"), 200, "", before},
		{"made", "admin", davEntry("", "dataclass", "Tasks", "make", "true"), 200, "", before + ", Tasks calendars/tasks/"},
	} {
		got := s.ask(tc.who, "PUT", at, tc.body)
		if s.wantStatus(tc.name, got, tc.status); !strings.Contains(got.body, tc.says) {
			t.Errorf("%s: %s", tc.name, got.body)
		}
		if has := s.has(); has != tc.has {
			t.Errorf("%s: it has %s", tc.name, has)
		}
	}
	s.mustNotSay(noraPassword)
}

// TestDAVMovePage: a person chooses others on a page, on which those that there are are marked.
func TestDAVMovePage(t *testing.T) {
	s := routeServer(t)
	b, at := s.signIn("admin"), davPath+davID
	if got := b.get(at); !strings.Contains(got.body, at+collectionsPath) {
		t.Errorf("%s", got.body)
	}
	got := b.get(at + collectionsPath)
	for _, want := range []string{`value="` + davBase + `books/family/" checked`, `value="` + davBase + `calendars/home/" checked`, "Leave Tasks out", "Nora&#39;s cloud", "nothing is deleted"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in %s", want, got.body)
		}
	}
	s.wantPage("of somebody else", s.signIn("bob").get(at+collectionsPath), 404)
	form := url.Values{"do": {"move"}, "once": {"m1"}, "collection-Contacts": {davBase + "books/club/"}, "collection-Events": {davBase + "calendars/home/"}, "collection-Tasks": {chosenAnew}, "collection-Notes": {""}}
	first := b.send(at+collectionsPath, form)
	if got := b.follow(first); !strings.Contains(got.body, "The collections are as you chose.") {
		t.Errorf("%s", got.body)
	}
	b.send(at+collectionsPath, form) // pressed twice
	if has := s.has(); has != "Contacts books/club/, Events calendars/home/, Tasks calendars/tasks/" {
		t.Errorf("it has %s", has)
	}
	form.Set("once", "m2")
	form.Set("collection-Contacts", "https://other.example.org/book/")
	s.wantPage("what is not there", b.send(at+collectionsPath, form), 400)
}

var _ Remotes = (*remote.Remotes)(nil)
