package atom

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
)

// notice stores one that admin is to see, for tests that do not care how it arose.
func (s *server) notice(n bindings.Notice) {
	s.t.Helper()
	at := s.now().UnixMicro()
	db, err := sql.Open("sqlite3", s.path)
	s.must(err)
	defer func() { s.must(db.Close()) }()
	_, err = db.ExecContext(s.t.Context(), `INSERT INTO notices (owner_id, id, kind, binding_id, class, subject, count, newest, sentence, arisen_at, updated_at, settled_at, told_at, attempts, next_at, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, 0, 0, 0, '')`,
		s.admin.ID, "0190a000-0000-7000-8000-0000000000aa", n.Kind, n.Binding, string(n.Class), n.Subject, n.Count, n.Sentence, at, at)
	s.must(err)
}

// feedAddress makes the feed's address and gives its path.
func (s *server) feedAddress() string {
	s.t.Helper()
	got := s.ask("admin", "POST", "/v2/syncengine/notices/", "")
	s.wantStatus("POST notices", got, http.StatusCreated)
	u, err := url.Parse(got.header.Get("Location"))
	s.must(err)
	if !strings.Contains(got.body, strings.ReplaceAll(u.String(), "&", "&amp;")) || got.header.Get("Cache-Control") != "no-store" {
		s.t.Errorf("answer %s", got.body)
	}
	return u.RequestURI()
}

// A feed reader gets the feed with its key alone; without it, with a wrong one and with one that was renewed or revoked it
// gets nothing.
func TestNoticeFeed(t *testing.T) {
	s := routeServer(t)
	s.notice(bindings.Notice{Kind: bindings.NoticeSilent, Subject: "syncml/" + phoneID, Binding: 15, Sentence: "The <phone> has not synchronised."})
	path := s.feedAddress()
	got := s.ask("", "GET", path, "")
	s.wantStatus("the feed", got, http.StatusOK)
	for _, want := range []string{
		"<id>urn:uuid:0190a000-0000-7000-8000-0000000000aa</id>", "<title>The &lt;phone&gt; has not synchronised.</title>",
		`href="http://api.obexcode.com/v2/services/syncml/` + phoneID + `"`, `<link href="http://api.obexcode.com` + path + `" rel="self"`,
		"<id>http://api.obexcode.com/v2/syncengine/notices/</id>", "<name>admin</name>",
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %s in\n%s", want, got.body)
		}
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(path, noticeFeedPath+"?key=")) {
		t.Error("the key is in the log")
	}
	for _, wrong := range []string{noticeFeedPath, noticeFeedPath + "?key=", noticeFeedPath + "?key=x", path + "x"} {
		s.wantSentence(wrong, s.ask("", "GET", wrong, ""), http.StatusNotFound, errUnknownFeed.sentence)
	}
	s.wantStatus("POST", s.ask("", "POST", path, ""), http.StatusMethodNotAllowed)
	again := s.feedAddress()
	s.wantStatus("the old address", s.ask("", "GET", path, ""), http.StatusNotFound)
	s.wantStatus("the new address", s.ask("", "GET", again, ""), http.StatusOK)
	s.wantStatus("revoked by bob", s.ask("bob", "DELETE", noticesPath, ""), http.StatusOK)
	s.wantStatus("after bob", s.ask("", "GET", again, ""), http.StatusOK)
	s.wantStatus("revoked", s.ask("admin", "DELETE", noticesPath, ""), http.StatusOK)
	s.wantStatus("afterwards", s.ask("", "GET", again, ""), http.StatusNotFound)
}

// Each kind of notice leads to a page that there is.
func TestNoticePaths(t *testing.T) {
	for kind, want := range map[string]string{
		bindings.NoticeHold: "/v2/syncengine/holds/k7m2qx", bindings.NoticeDoubts: "/v2/syncengine/reviews/",
		bindings.NoticeUnreadable: "/v2/syncengine/quarantine/", bindings.NoticeRefused: "/v2/syncengine/quarantine/",
		bindings.NoticeFailing: "/v2/syncengine/15", bindings.NoticeSignIn: "/v2/services/k7m2qx", bindings.NoticeSilent: "/v2/services/k7m2qx",
	} {
		if got := NoticePath(bindings.Notice{Kind: kind, Binding: 15, Subject: "k7m2qx"}); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

// The page says what needs the user, and makes and revokes the address; the overview says how much there is.
func TestNoticesPage(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	if page := b.get(overviewPath).body; strings.Contains(page, "needs you") {
		t.Error("the overview says that something needs the user")
	}
	if page := b.get(noticesPath + "/").body; !strings.Contains(page, "Nothing needs you.") || strings.Contains(page, "Revoke") {
		t.Errorf("page %s", page)
	}
	s.notice(bindings.Notice{Kind: bindings.NoticeDoubts, Binding: 15, Sentence: "One pair may be two."})
	if page := b.get(overviewPath).body; !strings.Contains(page, "One matter needs you.") {
		t.Errorf("overview %s", page)
	}
	if page := b.get(noticesPath + "/").body; !strings.Contains(page, `<a href="/v2/syncengine/reviews/">One pair may be two.</a>`) {
		t.Errorf("page %s", page)
	}
	if page := s.signIn("bob").get(noticesPath + "/").body; !strings.Contains(page, "Nothing needs you.") {
		t.Errorf("bob's page %s", page)
	}
	s.wantPage("without the password", b.send(noticesPath+"/", url.Values{"do": {"renew"}, "mine": {"wrong"}}), http.StatusForbidden)
	made := b.send(noticesPath+"/", url.Values{"do": {"renew"}, "mine": {password}})
	s.wantPage("renew", made, http.StatusOK)
	_, rest, _ := strings.Cut(made.body, noticeFeedPath)
	query, _, _ := strings.Cut(rest, `"`)
	s.wantStatus("the feed", s.ask("", "GET", noticeFeedPath+query, ""), http.StatusOK)
	page := b.follow(b.send(noticesPath+"/", url.Values{"do": {"revoke"}}))
	if !strings.Contains(page.body, "The address of the feed is revoked.") {
		t.Errorf("page %s", page.body)
	}
	s.wantStatus("the feed afterwards", s.ask("", "GET", noticeFeedPath+query, ""), http.StatusNotFound)
}
