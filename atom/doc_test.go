package atom

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	apidoc "github.com/bindery-sync/bindery/docs/api"
)

// example is a request of the documentation and its answer.
var example = regexp.MustCompile("(?s)```http\n(.*?)```\n\n```http\n(.*?)```\n")

// What differs from run to run, and what stands for it.
var varying = []struct {
	what *regexp.Regexp
	is   string
}{
	{regexp.MustCompile(`bindery_[A-Za-z0-9_-]{20,}`), "bindery_…"},
	{regexp.MustCompile(`key=[A-Za-z0-9_-]{43}`), "key=mL2kq…"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "2e3be5a4-29bc-71de-a8bb-002215064801"},
	{regexp.MustCompile(`/[0-9]{5}-[0-9a-z]{8}`), "/00002-k7m2qx9p"},
	{regexp.MustCompile(`ETag: "[^"]*"`), `ETag: "mL2kq…"`},
}

// docServer has something of everything that the examples name.
func docServer(t *testing.T) *server {
	t.Helper()
	begun := &starting{}
	s := routeServerWith(t, func(o *Options) {
		o.BaseURL, o.Contact, o.Operator, o.Background = "https://sync.example.org", "", "", begun
		o.Starter = asksPhone{}
	})
	begun.begin = asDocumented
	s.notice(bindings.Notice{Kind: bindings.NoticeHold, Binding: 15, Class: dataclass.Contacts, Subject: "k7m2qx", Count: 25,
		Sentence: "A sync of Contacts between the phone and the datastore would delete or change 25 items; it waits for your word."})
	s.client(s.admin.ID, "datastore", "51579fd6-01a5-11de-8505-002215064801")
	s.bind(18, s.datastore(s.admin.ID), s.client(s.admin.ID, "datastore", storeID))
	return s
}

// asDocumented begins one sync of a dataclass.
func asDocumented(owner string, binding int64, classes []dataclass.Class) (bindings.Started, error) {
	e := specEntry(owner, 1, binding, "2009-03-18T09:00:00Z")
	e.Class, e.Mode, e.Kinds, e.Sides = classes[0], 200, [2]string{"datastore", "datastore"}, [2]bindings.SideCounts{}
	return bindings.Started{Entries: []bindings.LogEntry{e}}, nil
}

// asksPhone is a Starter that asks a phone to begin.
type asksPhone struct{}

// Request implements Starter.
func (asksPhone) Request(context.Context, string, int64, int, ...dataclass.Class) (bindings.Started, error) {
	return bindings.Started{Alerted: phoneID}, nil
}

// TestDocumentation sends every request of the documentation and compares the answers with what is written; with -update
// they are written down.
func TestDocumentation(t *testing.T) {
	shown := map[string]bool{}
	for _, name := range apidoc.Names() {
		t.Run(name, func(t *testing.T) {
			text, ok := apidoc.Page(name)
			if !ok {
				t.Fatal("there is no such page")
			}
			s := docServer(t)
			n := 0
			now := example.ReplaceAllStringFunc(string(text), func(block string) string {
				parts := example.FindStringSubmatch(block)
				got := s.play(parts[1])
				n++
				shown[strings.Join(strings.Fields(strings.SplitN(parts[1], "\n", 2)[0])[:2], " ")] = true
				if got != parts[2] && !*update {
					t.Errorf("%s\nis answered:\n%s\nand the documentation says:\n%s", parts[1], got, parts[2])
				}
				return "```http\n" + parts[1] + "```\n\n```http\n" + got + "```\n"
			})
			if want := strings.Count(string(text), "```"); n*4 != want || n == 0 {
				t.Errorf("%d examples and %d fences", n, want)
			}
			if *update {
				s.must(os.WriteFile("../docs/api/"+name+".md", []byte(now), 0o600))
			}
		})
	}
	if !*update {
		everyResourceIsShown(t, shown)
	}
}

// unshown are resources without an example of their own, with the reason.
var unshown = regexp.MustCompile(`/edit$|synclog(/all\.xml)*$|/removed/|content/\{uuid|/export$|/replacement$|/services/(google|activesync)$|/tokens/\{|/accounts/\{|/datastore/\{|quarantine/\{|reviews/\{|^/v2/syncengine/synchronization$`)

// everyResourceIsShown asks that each resource has an example, unless another one is just like it.
func everyResourceIsShown(t *testing.T, shown map[string]bool) {
	t.Helper()
	s := routeServer(t)
	for template := range (&api{}).resources() {
		path := s.routePath(template)
		found := slices.ContainsFunc(slices.Collect(maps.Keys(shown)), func(request string) bool {
			_, at, _ := strings.Cut(request, " ")
			at, _, _ = strings.Cut(at, "?")
			return strings.TrimSuffix(at, "/") == path
		})
		if !found && !unshown.MatchString(template) {
			t.Errorf("%s has no example in docs/api", template)
		}
	}
}

// play sends the request of an example, and writes down the answer.
func (s *server) play(request string) string {
	s.t.Helper()
	head, body, _ := strings.Cut(strings.TrimSuffix(request, "\n"), "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	var header []string
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		header = append(header, name, value)
	}
	if strings.HasPrefix(body, "BEGIN:") {
		body = strings.ReplaceAll(body, "\n", "\r\n") + "\r\n"
	}
	got := s.ask("admin", method, path, body, header...)
	var out strings.Builder
	fmt.Fprintf(&out, "%d %s\n", got.status, http.StatusText(got.status))
	for _, name := range []string{"Content-Type", "Location", "ETag", "Allow", "Preference-Applied", "Retry-After", "WWW-Authenticate", "Cache-Control"} {
		if v := got.header.Get(name); v != "" && v != "private, no-cache" {
			fmt.Fprintf(&out, "%s: %s\n", name, v)
		}
	}
	if got.body != "" {
		out.WriteString("\n" + strings.TrimRight(strings.ReplaceAll(got.body, "\r", ""), "\n") + "\n")
	}
	text := strings.ReplaceAll(out.String(), "Etag:", "ETag:")
	for _, v := range varying {
		text = v.what.ReplaceAllString(text, v.is)
	}
	return text
}

// The documentation is for everybody, as a page and as it was written.
func TestManualIsServed(t *testing.T) {
	s := newServer(t, nil)
	for _, name := range append(apidoc.Names(), "") {
		text, _ := apidoc.Page(firstOf(name, apidoc.Index))
		got := s.ask("", "GET", "/v2/doc/"+name, "")
		if got.status != 200 || got.header.Get("Content-Type") != "text/markdown; charset=utf-8" || got.body != string(text) {
			t.Errorf("%s: %d %v", name, got.status, got.header)
		}
		page := s.ask("", "GET", "/v2/doc/"+name, "", "Accept", "text/html")
		if page.status != 200 || !strings.Contains(page.body, "<main") || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src") {
			t.Errorf("%s as a page: %d %v %s", name, page.status, page.header, page.body)
		}
		for _, link := range regexp.MustCompile(`\]\(([a-z.]+)\)`).FindAllStringSubmatch(string(text), -1) {
			s.wantStatus(link[1], s.ask("", "GET", "/v2/doc/"+link[1], ""), 200)
		}
	}
	s.wantStatus("no such page", s.ask("", "GET", "/v2/doc/nothing", ""), 404)
	s.wantStatus("not to be written", s.ask("", "POST", "/v2/doc/", ""), 405)
}
