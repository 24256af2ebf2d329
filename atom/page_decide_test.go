package atom

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

// wantPageGolden checks a page, and compares what is within its frame with a file.
func (s *server) wantPageGolden(got reply, name string) {
	s.t.Helper()
	s.wantPage(name, got, 200)
	_, rest, _ := strings.Cut(got.body, "<main")
	main, _, _ := strings.Cut("<main"+rest, "</main>")
	for _, cut := range []string{s.datastore(s.admin.ID).ID, s.admin.ID} {
		main = strings.ReplaceAll(main, cut, "UUID")
	}
	main = withoutToken(main) + "\n"
	path := "testdata/pages/" + name + ".html"
	if *update {
		s.must(os.WriteFile(path, []byte(main), 0o644))
	}
	want, err := os.ReadFile(path)
	s.must(err)
	if main != string(want) {
		s.t.Errorf("%s: got\n%s\nwant\n%s", name, main, want)
	}
}

// withoutToken leaves out what differs from session to session.
func withoutToken(page string) string {
	const begin = `name="token" value="`
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(page, begin)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		_, page, _ = strings.Cut(rest, `"`)
		out.WriteString(begin + `"`)
	}
}

// wantNotice follows a form and checks what is said after it.
func (b *browser) wantNotice(what string, got reply, path, says string) {
	b.t.Helper()
	at, _, _ := strings.Cut(got.header.Get("Location"), "?")
	page := b.follow(got)
	if at != path || page.status != 200 || !strings.Contains(page.body, says) {
		b.t.Errorf("%s: leads to %s (want %s), which is %d and does not say %q: %s", what, got.header.Get("Location"), path, page.status, says, page.body)
	}
}

func TestPageOfAHold(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const path = "/v2/syncengine/holds/k7m2qx"
	s.wantPageGolden(b.get(path), "hold")
	s.wantPageGolden(b.get("/v2/syncengine/holds/"), "holds")

	s.wantPage("without the session's token", b.post(path, url.Values{"do": {"approve"}, "seen": {"open:as"}}), 403)
	s.wantPage("by bob", s.signIn("bob").send(path, url.Values{"do": {"approve"}, "seen": {"open:as"}}), 404)
	if len(s.waiting.said) != 0 {
		t.Fatalf("said %q", s.waiting.said)
	}
	b.wantNotice("approve", b.send(path, url.Values{"do": {"approve"}, "seen": {"open:as"}}), path, "The next synchronization carries it out")
	b.wantNotice("an old page", b.send(path, url.Values{"do": {"reject"}, "seen": {"open:as"}}), path, "Somebody else decided meanwhile")
	b.wantNotice("reject after all", b.send(path, url.Values{"do": {"reject"}, "seen": {"approved:as"}}), path, "sends it back")
	if want := "[approve k7m2qx reject k7m2qx]"; fmt.Sprint(s.waiting.said) != want {
		t.Errorf("said %q, want %q", s.waiting.said, want)
	}
	b.wantNotice("sent twice", b.send(path, url.Values{"do": {"reject"}, "seen": {"approved:as"}}), path, "sends it back")
	s.waiting.state, s.waiting.said = "open", nil
	b.wantNotice("a page without a mark", b.send(path, url.Values{"do": {"approve"}, "seen": {"open"}}), path, "Look again")
	s.waiting.mark = "grown" // more deletions have joined
	b.wantNotice("a plan that has grown", b.send(path, url.Values{"do": {"approve"}, "seen": {"open:as"}}), path, "Look again")
	if page := b.get(path); len(s.waiting.said) != 0 || !strings.Contains(page.body, `value="open:grown"`) {
		t.Errorf("said %q; %s", s.waiting.said, page.body)
	}
	s.waiting.state, s.waiting.mark = "done", ""
	b.wantNotice("a sync was faster", b.send(path, url.Values{"do": {"reject"}, "seen": {"done:as"}}), path, "a synchronization has acted on it")
	if page := b.get(path); strings.Contains(page.body, "<button name=\"do\"") {
		t.Errorf("what is done can be decided: %s", page.body)
	}
	s.wantPage("gone", b.send(path+"x", url.Values{"do": {"approve"}, "seen": {"open:as"}}), 404)
}

func TestHoldInWords(t *testing.T) {
	var many []bindings.HeldItem
	for i := range 300 {
		many = append(many, bindings.HeldItem{Side: "target", Item: "x", Title: fmt.Sprint("Contact ", i), Verb: "replace", Why: "more than four fifths of what was there"})
	}
	one := bindings.HeldItem{Side: "source", Item: "7", Verb: "delete", Why: "nothing is left there"}
	v := holdView(bindings.Plan{ID: "a", State: "open", Held: append(many, one)}, [2]string{"Phone", "Desk"}, false)
	if len(v.Groups) != 2 {
		t.Fatalf("%+v", v.Groups)
	}
	g := v.Groups[0]
	if want := "300 items would be changed on Phone, because Desk changed them: more than four fifths of what was there."; g.Sentence != want {
		t.Errorf("%q, want %q", g.Sentence, want)
	}
	if len(g.First) != heldFirst || len(g.Rest) != heldFolded || g.More != 90 || g.First[0] != "Contact 0" || g.Rest[0] != "Contact 10" {
		t.Errorf("%d, %d, %d: %q", len(g.First), len(g.Rest), g.More, g.First)
	}
	g = v.Groups[1]
	if want := "1 item would be deleted on Desk, because Phone deleted it: nothing is left there."; g.Sentence != want || g.First[0] != "7" || g.More != 0 {
		t.Errorf("%+v, want %q", g, want)
	}
	if all := holdView(bindings.Plan{ID: "a", Held: many}, [2]string{"Phone", "Desk"}, true); len(all.Groups[0].Rest) != 290 || all.Groups[0].More != 0 {
		t.Errorf("not all: %d", len(all.Groups[0].Rest))
	}
}

func TestPageOfAPair(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const path, list = "/v2/syncengine/reviews/3", "/v2/syncengine/reviews/"
	s.wantPageGolden(b.get(path), "review")
	s.wantPageGolden(b.get(list), "reviews")

	same := url.Values{"do": {"decide"}, "verdict": {"same"}, "seen": {"open:as"}}
	s.wantPage("without the session's token", b.post(path, same), 403)
	bob := s.signIn("bob")
	bob.wantNotice("by bob", bob.send(path, url.Values{"do": {"decide"}, "verdict": {"same"}, "seen": {"open:as"}}), list, "Somebody else decided")
	s.wantPage("no verdict", b.send(path, url.Values{"do": {"decide"}, "seen": {"open:as"}}), 400)
	if len(s.waiting.said) != 0 {
		t.Fatalf("said %q", s.waiting.said)
	}
	b.wantNotice("same", b.send(path, same), path, "You said that they are the same")
	b.wantNotice("an old page", b.send(path, url.Values{"do": {"decide"}, "verdict": {"two"}, "seen": {"open:as"}}), path, "Somebody else decided meanwhile")
	b.wantNotice("taken back", b.send(path, url.Values{"do": {"decide"}, "verdict": {"open"}, "seen": {"same:as"}}), path, "It is open again")
	b.wantNotice("a pair that is gone", b.send(list+"4", url.Values{"do": {"decide"}, "verdict": {"two"}, "seen": {"open:as"}}), list, "Somebody else decided meanwhile")
	b.wantNotice("several", b.send(list, url.Values{"do": {"several"}, "verdict": {"two"}, "pair": {"3:open:as"}}), list, "you said: not the same")
	b.wantNotice("several, one of them changed", b.send(list, url.Values{"do": {"several"}, "verdict": {"same"}, "pair": {"3:open:as", "9:open:as", "x"}}), list, "Somebody else decided meanwhile")
	if want := "[decide 3 1 decide 3 0 decide 3 2]"; fmt.Sprint(s.waiting.said) != want {
		t.Errorf("said %q, want %q", s.waiting.said, want)
	}
	s.waiting.verdict, s.waiting.said = engine.Open, nil
	mixed := url.Values{"do": {"several"}, "verdict": {"two"}, "pair": {"3:open:as", "9:open:as"}}
	b.wantNotice("several, of which some are taken", b.send(list, mixed), list, "The others are noted")
	s.waiting.verdict, s.waiting.said, s.waiting.mark = engine.Open, nil, "Moon"
	b.wantNotice("an item that changed since", b.send(path, same), path, "This is what they say now")
	b.wantNotice("no mark", b.send(path, url.Values{"do": {"decide"}, "verdict": {"same"}, "seen": {"open"}}), path, "This is what they say now")
	b.wantNotice("one that changed of several", b.send(list, mixed), list, "changed nothing there")
	if len(s.waiting.said) != 0 {
		t.Errorf("said %q", s.waiting.said)
	}
	b.wantNotice("none", b.send(list, url.Values{"do": {"several"}, "verdict": {"same"}}), list, "You chose nothing")
}

func TestPageOfQuarantine(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const path, list = "/v2/syncengine/quarantine/9-target", "/v2/syncengine/quarantine/"
	s.wantPageGolden(b.get(path), "aside")
	s.wantPageGolden(b.get(list), "quarantine")
	if all := b.get(path + "?show=all"); strings.Count(all.body, "x\r\n") < 1350 || strings.Contains(all.body, "more bytes") {
		t.Errorf("not all: %s", all.body)
	}
	s.wantPage("without the session's token", b.post(path, url.Values{"do": {"retry"}}), 403)
	bob := s.signIn("bob")
	bob.wantNotice("by bob", bob.send(path, url.Values{"do": {"retry"}}), list, "Somebody else decided")
	if len(s.waiting.said) != 0 {
		t.Fatalf("said %q", s.waiting.said)
	}
	b.wantNotice("retry", b.send(path, url.Values{"do": {"retry"}}), list, "The next synchronization tries it again")
	b.wantNotice("what is gone", b.send(path+"1", url.Values{"do": {"retry"}}), list, "Somebody else decided")
	if want := "[retry 9-target]"; fmt.Sprint(s.waiting.said) != want {
		t.Errorf("said %q, want %q", s.waiting.said, want)
	}
}

func TestPageOfHistory(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const path, list = "/v2/syncengine/history/3", "/v2/syncengine/history/"
	s.wantPageGolden(b.get(path), "version")
	s.wantPageGolden(b.get(list+"?sync=3&dataclass=Contacts&since=2009-03-18&text=%22a"), "history")
	s.waiting.said = nil
	b.get(list + "?since=2009-03-18&until=2009-03-19&limit=7")
	if want := fmt.Sprint("[history ", bindings.HistoryFilter{Since: when().Truncate(day).Add(-day), Until: when().Truncate(day).Add(day), Limit: 8}, "]"); fmt.Sprint(s.waiting.said) != want {
		t.Errorf("asked %s, want %s", s.waiting.said, want)
	}
	s.wantPage("no number", b.get(list+"?sync=x"), 400)

	s.waiting.said = nil
	s.wantPage("without the session's token", b.post(path, url.Values{"do": {"restore"}}), 403)
	s.wantPage("by bob", s.signIn("bob").send(path, url.Values{"do": {"restore"}}), 404)
	s.wantPage("a whole sync, not sure", b.send(list, url.Values{"do": {"sync"}, "sync": {"3"}}), 400)
	s.wantPage("a sync of nobody", b.send(list, url.Values{"do": {"sync"}, "sync": {"4"}, "sure": {"1"}}), 404)
	if strings.Contains(fmt.Sprint(s.waiting.said), "restore") {
		t.Fatalf("said %q", s.waiting.said)
	}
	s.wantPageGolden(b.send(path, url.Values{"do": {"restore"}}), "restored")
	s.wantPageGolden(b.send(list, url.Values{"do": {"sync"}, "sync": {"3"}, "sure": {"1"}}), "restored-sync")
	s.waiting.outcome = bindings.RestoreFailed
	failed := b.send(path, url.Values{"do": {"restore"}})
	s.wantPage("what cannot be restored", failed, 200)
	if !strings.Contains(failed.body, "Not restored") || strings.Contains(failed.body, "hidden reason") {
		t.Errorf("%s", failed.body)
	}
}
