package atom

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// titlesOf are those of a feed's entries; followed is the address of its link, without the host.
func titlesOf(t *testing.T, body string) (out []string) {
	t.Helper()
	for _, e := range parse(t, body).Children("entry") {
		out = append(out, textOf(e, "title"))
	}
	return out
}

func followed(t *testing.T, body, rel string) string {
	t.Helper()
	for _, l := range parse(t, body).Children("link") {
		if l.Attr("", "rel") == rel {
			return strings.TrimPrefix(l.Attr("", "href"), "http://api.obexcode.com")
		}
	}
	return ""
}

// TestCollectionPages goes through a collection by the links of its pages, forth and back, and finds each entry once; the
// link to itself leads to the same page.
func TestCollectionPages(t *testing.T) {
	s := routeServer(t)
	all := titlesOf(t, s.ask("admin", "GET", "/v2/syncengine/schedules/", "").body)
	if len(all) != 3 {
		t.Fatal(all)
	}
	path, last := "/v2/syncengine/schedules/?limit=2", ""
	var seen []string
	for path != "" {
		got := s.ask("admin", "GET", path, "")
		s.wantStatus(path, got, 200)
		seen = append(seen, titlesOf(t, got.body)...)
		if again := s.ask("admin", "GET", followed(t, got.body, "self"), ""); again.body != got.body {
			t.Errorf("%s: itself is\n%s", path, again.body)
		}
		if first := followed(t, got.body, "first"); first != "/v2/syncengine/schedules/?limit=2" {
			t.Errorf("%s: the first page is %q", path, first)
		}
		path, last = followed(t, got.body, "next"), got.body
	}
	if strings.Join(seen, "|") != strings.Join(all, "|") {
		t.Errorf("%q, want %q", seen, all)
	}
	back := s.ask("admin", "GET", followed(t, last, "previous"), "")
	if got := titlesOf(t, back.body); strings.Join(got, "|") != strings.Join(all[:2], "|") {
		t.Errorf("before the last page is %q", got)
	}
}

// TestCollectionsAreChosenFrom: a filter chooses, and one that makes no sense is no request for everything.
func TestCollectionsAreChosenFrom(t *testing.T) {
	s := routeServer(t)
	for _, tc := range []struct {
		query string
		n     int
	}{{"", 3}, {"since=2001-01-01T00:00:00Z", 3}, {"since=2040-01-01T00:00:00Z", 0}, {"after=2", 1}, {"after=99", 0}, {"limit=1", 1}} {
		if got := titlesOf(t, s.ask("admin", "GET", "/v2/syncengine/schedules/?"+tc.query, "").body); len(got) != tc.n {
			t.Errorf("%s: %q, want %d", tc.query, got, tc.n)
		}
	}
	for _, path := range []string{"/v2/syncengine/", "/v2/services/", "/v2/syncengine/holds/", "/v2/syncengine/reviews/", "/v2/syncengine/quarantine/", "/v2/syncengine/removed/", "/v2/tokens/", "/v2/accounts/"} {
		for query, sentence := range map[string]string{
			"limit=0": "The limit must be", "after=-1": "after is the number", "since=soon": "A time is written", "dataclass=Mail": "dataclass is Contacts",
		} {
			s.wantSentence(path+"?"+query, s.ask("admin", "GET", path+"?"+query, ""), 400, sentence)
		}
	}
	s.wantSentence("history", s.ask("admin", "GET", "/v2/syncengine/history/?dataclass=Mail", ""), 400, "dataclass is Contacts")
	s.wantSentence("log", s.ask("admin", "GET", "/v2/syncengine/synchronization/?binding=x", ""), 400, "binding is the number")
	for query, n := range map[string]int{"binding=15": 1, "binding=16": 0} {
		if got := titlesOf(t, s.ask("admin", "GET", "/v2/syncengine/synchronization/?"+query, "").body); len(got) != n {
			t.Errorf("log of %s: %q", query, got)
		}
	}
}

// TestFeedsNeverGetOlder: who reads only what is newer misses no removal.
func TestFeedsNeverGetOlder(t *testing.T) {
	s := routeServer(t)
	d := s.datastore(s.admin.ID)
	content := "/v2/services/datastore/content/" + d.ID + "/Contacts"
	s.ask("admin", "POST", content, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Sample\r\nN:Sample;Bob;;;\r\nEND:VCARD\r\n", "Content-Type", "text/vcard")
	for _, tc := range []struct {
		feed   string
		remove func()
	}{
		{"/v2/syncengine/", func() { s.wantStatus("unbind", s.ask("admin", "DELETE", "/v2/syncengine/15", ""), 200) }},
		{"/v2/services/syncml/", func() { s.must(s.store.RemoveClient(t.Context(), s.admin.ID, phoneID)) }},
		{content, func() {
			list, err := s.items.Items(s.admin.ID, d.ID).List(t.Context(), dataclass.Contacts, "", 1)
			s.must(err)
			s.must(s.items.Items(s.admin.ID, d.ID).Delete(t.Context(), dataclass.Contacts, list[0].ID, ""))
		}},
	} {
		before := textOf(parse(t, s.ask("admin", "GET", tc.feed, "").body), "updated")
		s.wait(5e9)
		tc.remove()
		if after := textOf(parse(t, s.ask("admin", "GET", tc.feed, "").body), "updated"); after <= before {
			t.Errorf("%s: %s, then %s", tc.feed, before, after)
		}
	}
}

// TestDryIsUnderstoodOrRefused: nothing is written for somebody who asked for nothing to be written, however he wrote it.
func TestDryIsUnderstoodOrRefused(t *testing.T) {
	s := routeServer(t)
	d := s.datastore(s.admin.ID)
	const card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Sample\r\nN:Sample;Bob;;;\r\nEND:VCARD\r\n"
	base := "/v2/services/datastore/content/"
	count := func() int {
		n := 0
		for _, path := range []string{base + d.ID + "/Contacts"} {
			n += len(titlesOf(t, s.ask("admin", "GET", path, "").body))
		}
		return n
	}
	before := count()
	for path, sentence := range map[string]string{
		base + d.ID + "?dry=1": "dry is true or false", base + d.ID + "?dry=TRUE": "dry is true or false", base + d.ID + "?dry=": "dry is true or false",
		base + d.ID + "?dry": "dry is true or false", base + d.ID + "?dry=false&dry=true": "dry is true or false",
		base + d.ID + "/Contacts?dry=true": "dry is for a file", base + "?client=" + d.ID + "&dry=true": "dry is for a file",
	} {
		s.wantSentence(path, s.ask("admin", "POST", path, card, "Content-Type", "text/vcard"), http.StatusBadRequest, sentence)
	}
	if got := count(); got != before {
		t.Errorf("%d items, were %d", got, before)
	}
}

// TestAnswersAreWhatIsAskedFor: an item comes as an entry or not at all, and a log entry as a stream only to who wants that
// most.
func TestAnswersAreWhatIsAskedFor(t *testing.T) {
	s := routeServer(t)
	item := "/v2/services/datastore/content/" + s.datastore(s.admin.ID).ID + "/Contacts/card"
	for _, tc := range []struct {
		path, accept string
		status       int
		media        string
	}{
		{item, "application/atom+xml", 200, "application/atom+xml; charset=utf-8"},
		{item, "text/vcard", 406, "text/plain; charset=utf-8"}, {item, "text/calendar", 406, "text/plain; charset=utf-8"},
		{item, "text/vcard;q=0.1, application/atom+xml", 200, "application/atom+xml; charset=utf-8"},
		{"/v2/syncengine/synclog/3", "application/atom+xml, text/event-stream;q=0.5", 200, "application/atom+xml; charset=utf-8"},
		{"/v2/syncengine/synclog/3", "text/event-stream, */*;q=0.1", 200, "text/event-stream"},
		{"/v2/syncengine/synclog/3", "*/*", 200, "application/atom+xml; charset=utf-8"},
	} {
		got := s.ask("admin", "GET", tc.path, "", "Accept", tc.accept)
		if got.status != tc.status || got.header.Get("Content-Type") != tc.media {
			t.Errorf("%s as %s: %d %s", tc.path, tc.accept, got.status, got.header.Get("Content-Type"))
		}
	}
}

// TestNumbersHaveOneSpelling, and so have the pages of the documentation.
func TestNumbersHaveOneSpelling(t *testing.T) {
	s := routeServer(t)
	s.wantStatus("015", s.ask("admin", "GET", "/v2/syncengine/015", ""), 404)
	for path, to := range map[string]string{"/v2/doc": "/v2/doc/", "/v2/doc/items/": "/v2/doc/items"} {
		if got := s.ask("", "GET", path, ""); got.status != http.StatusMovedPermanently || got.header.Get("Location") != to {
			t.Errorf("%s: %d to %q", path, got.status, got.header.Get("Location"))
		}
	}
}
