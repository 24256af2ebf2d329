package atom

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
)

// readFeed and readItem are what feed readers make of our documents.
type (
	feedRead struct {
		Title, ID, Updated, Author string
		Entries                    []entryRead
	}
	entryRead struct{ Title, ID, Updated, Link string }
)

// readByUs says what a feed says.
func readByUs(t *testing.T, body string) feedRead {
	t.Helper()
	doc := parse(t, body)
	f := feedRead{Title: textOf(doc, "title"), ID: textOf(doc, "id"), Updated: textOf(doc, "updated"), Author: textOf(child(doc, "author"), "name")}
	for _, e := range doc.Children("entry") {
		one := entryRead{Title: textOf(e, "title"), ID: textOf(e, "id"), Updated: textOf(e, "updated")}
		for _, l := range e.Children("link") {
			if l.Attr("", "rel") == "alternate" {
				one.Link = l.Attr("", "href")
			}
		}
		f.Entries = append(f.Entries, one)
	}
	return f
}

// readByGofeed reads a feed with the Go library gofeed.
func readByGofeed(t *testing.T, body string) feedRead {
	t.Helper()
	feed, err := gofeed.NewParser().ParseString(body)
	if err != nil {
		t.Fatal(err)
	}
	at := func(when *time.Time) string {
		if when == nil {
			return ""
		}
		return when.UTC().Format(time.RFC3339)
	}
	f := feedRead{Title: feed.Title, ID: textOf(parse(t, body), "id"), Updated: at(feed.UpdatedParsed), Author: feed.Authors[0].Name}
	for _, e := range feed.Items {
		f.Entries = append(f.Entries, entryRead{e.Title, e.GUID, at(e.UpdatedParsed), e.Link})
	}
	return f
}

// feedparser is what reads feeds with the Python library feedparser.
const feedparser = `
import feedparser, json, sys, time
def at(t): return time.strftime("%Y-%m-%dT%H:%M:%SZ", t) if t else ""
out = []
for name in sys.argv[1:]:
    d = feedparser.parse(name)
    if d.bozo: sys.exit("%s: %s" % (name, d.bozo_exception))
    for e in d.entries:
        if "title" not in e: sys.exit(name + ": an entry without a title: " + repr(e))
    out.append({"Title": d.feed.title, "ID": d.feed.id, "Updated": at(d.feed.updated_parsed), "Author": d.feed.author,
      "Entries": [{"Title": e.title, "ID": e.id, "Updated": at(e.updated_parsed),
        "Link": ([l.href for l in e.links if l.rel == "alternate"] or [""])[0]} for e in d.entries] or None})
print(json.dumps(out))
`

// readByFeedparser reads feeds with Debian's python3-feedparser, which CI has.
func readByFeedparser(t *testing.T, bodies []string) []feedRead {
	t.Helper()
	dir := t.TempDir()
	args := []string{"-c", feedparser}
	for i, body := range bodies {
		name := filepath.Join(dir, string(rune('a'+i))+".xml")
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import feedparser").Run(); err != nil {
		if os.Getenv("BINDERY_REQUIRE_PEERS") == "1" {
			t.Fatal("feedparser (Debian: python3-feedparser) is missing")
		}
		t.Skip("feedparser (Debian: python3-feedparser) is missing")
	}
	raw, err := exec.Command(python, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	var out []feedRead
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

// TestReaders: programs that read feeds see in ours what is in them.
func TestReaders(t *testing.T) {
	s := routeServer(t)
	e := specEntry(s.admin.ID, 4, 15, "2009-03-20T09:52:28Z")
	e.Kinds = [2]string{"sync & go", "<b>ö</b>"}
	s.insertLog(e)
	s.card(s.admin.ID, "second", "Bo <i>&amp; Ünal")
	paths := strings.Fields(`/v2/syncengine/ /v2/syncengine/synchronization/ /v2/syncengine/15/synchronization/ /v2/services/syncml/
		/v2/services/datastore/ /v2/services/datastore/content/ /v2/syncengine/history/ /v2/syncengine/holds/ /v2/syncengine/reviews/
		/v2/syncengine/quarantine/ /v2/tokens/ /v2/accounts/ /v2/services/google/`)
	bodies := make([]string, len(paths))
	entries := 0
	for i, path := range paths {
		bodies[i] = s.ask("admin", "GET", path, "").body
		want := readByUs(t, bodies[i])
		entries += len(want.Entries)
		if diff := cmp.Diff(want, readByGofeed(t, bodies[i])); diff != "" {
			t.Errorf("%s by gofeed (-sent +read):\n%s", path, diff)
		}
	}
	if entries < 12 {
		t.Errorf("only %d entries", entries)
	}
	for i, got := range readByFeedparser(t, bodies) {
		if diff := cmp.Diff(readByUs(t, bodies[i]), got); diff != "" {
			t.Errorf("%s by feedparser (-sent +read):\n%s", paths[i], diff)
		}
	}
}
