package atom

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A shelfOfDocuments keeps each document that the tests have seen once, with a request that gave it.
type shelfOfDocuments struct {
	mu   sync.Mutex
	seen map[[32]byte]bool
	all  []document
}

type document struct{ from, body string }

// documents are those of all tests of this run.
var documents shelfOfDocuments

// add keeps an answer that is a feed or an entry.
func (s *shelfOfDocuments) add(from string, got reply) {
	media, _, _ := mime.ParseMediaType(got.header.Get("Content-Type"))
	if media != "application/atom+xml" || got.body == "" || got.header.Get("Content-Encoding") != "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256([]byte(got.body))
	if s.seen == nil {
		s.seen = make(map[[32]byte]bool)
	}
	if !s.seen[sum] {
		s.seen[sum] = true
		s.all = append(s.all, document{from, got.body})
	}
}

// TestMain judges, after a whole run, all documents that the tests were sent.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		if err := judge(documents.all); err != nil && !errors.Is(err, exec.ErrNotFound) {
			fmt.Printf("--- FAIL: documents that the tests were sent\n%v\n", err)
			code = 1
		}
	}
	os.Exit(code)
}

// judge validates documents by the schema of RFC 4287 and by what it says beyond that. It returns an exec.ErrNotFound
// if there is no jing.
func judge(all []document) error {
	var errs []error
	for _, d := range all {
		doc, err := xmltree.Parse([]byte(d.body), xmltree.Limits{Bytes: 1 << 24, Depth: 64, Nodes: 1 << 20, Attrs: 64})
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.from, err))
			continue
		}
		for _, fault := range faults(doc) {
			errs = append(errs, fmt.Errorf("%s: %s in\n%s", d.from, fault, d.body))
		}
	}
	return errors.Join(append(errs, jing("atom", all))...)
}

// jing validates documents by a schema, all at once.
func jing(schema string, all []document) error {
	dir, err := os.MkdirTemp("", "documents")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	args := []string{"-c", "testdata/schema/" + schema + ".rnc"}
	for i, d := range all {
		name := filepath.Join(dir, fmt.Sprintf("%04d.xml", i))
		if err := os.WriteFile(name, []byte(d.body), 0o600); err != nil {
			return err
		}
		args = append(args, name)
	}
	program, err := exec.LookPath("jing")
	if err != nil {
		return err
	}
	out, err := exec.Command(program, args...).Output()
	if err == nil {
		return nil
	}
	told := string(out)
	for i, d := range all {
		told = strings.ReplaceAll(told, filepath.Join(dir, fmt.Sprintf("%04d.xml", i)), d.from)
	}
	return fmt.Errorf("jing: %w\n%s", err, told)
}

// needsJing skips a test where there is no jing, which CI has.
func needsJing(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("jing"); err != nil {
		if os.Getenv("BINDERY_REQUIRE_PEERS") == "1" {
			t.Fatal("jing (Debian: jing) is missing")
		}
		t.Skip("jing (Debian: jing) is missing")
	}
}

// faults says what is wrong with a feed or an entry by RFC 4287 that its grammar does not say, and by what feed
// validators ask for.
func faults(doc *xmltree.Element) []string {
	if doc.Local == "entry" {
		return entryFaults(doc, false)
	}
	var out []string
	say := func(ok bool, what string) {
		if !ok {
			out = append(out, "feed: "+what)
		}
	}
	authored := len(doc.Children("author")) > 0
	ids := map[string]bool{}
	for _, e := range doc.Children("entry") {
		id := child(e, "id").Text()
		say(!ids[id], "two entries have the id "+id)
		ids[id] = true
		out = append(out, entryFaults(e, authored)...)
	}
	say(hasLink(doc, "self"), "there is no link to itself")
	return append(out, commonFaults(doc)...)
}

// entryFaults are those of an entry, in a feed whose author it has, or by itself.
func entryFaults(e *xmltree.Element, authored bool) []string {
	var out []string
	say := func(ok bool, what string) {
		if !ok {
			out = append(out, "entry: "+what)
		}
	}
	say(authored || len(e.Children("author")) > 0, "it has no author (4.1.2)")
	content := child(e, "content")
	say(content != nil || hasLink(e, "alternate"), "it has neither content nor an alternate link (4.1.2)")
	if content != nil {
		src, media := content.Attr("", "src"), content.Attr("", "type")
		text := media == "" || media == "text" || media == "html" || strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "xml")
		say(src == "" && text || textOf(e, "summary") != "", "it has no summary beside content that is elsewhere or in base64 (4.1.2)")
		say(src == "" || absolute(src), "the src of its content is not absolute")
		if strings.Contains(media, "/") {
			_, _, err := mime.ParseMediaType(media)
			say(err == nil, "the type of its content is none")
		}
	}
	return append(out, commonFaults(e)...)
}

// ofAtom are the elements that Atom's namespace has, and the one that the API put there.
var ofAtom = strings.Fields("feed entry author name uri email category content contributor generator icon id link logo published rights source subtitle summary title updated dataclass")

// relations are the registered link relations that there may be, and two that the API has of its own.
var relations = strings.Fields("self alternate edit edit-media enclosure related first next previous last via collection service syncml_client datastore_client")

// commonFaults are those of a feed and an entry alike.
func commonFaults(e *xmltree.Element) []string {
	var out []string
	say := func(ok bool, what string) {
		if !ok {
			out = append(out, e.Local+": "+what)
		}
	}
	for _, name := range misread(e) {
		say(false, "readers that do not look at namespaces take "+name+" for one of a feed's own")
	}
	alternates := map[string]bool{}
	for c := range e.Elements() {
		if c.Space != nsAtom {
			say(c.Space != "", "the element "+c.Local+" is in no namespace")
			continue
		}
		say(slices.Contains(ofAtom, c.Local), "Atom has no element "+c.Local)
		switch c.Local {
		case "id":
			say(absolute(c.Text()), "the id "+c.Text()+" is no absolute URI (4.2.6)")
		case "title":
			say(strings.TrimSpace(c.Text()) != "", "the title is blank")
		case "updated", "published":
			at, err := time.Parse(time.RFC3339, c.Text())
			say(err == nil && at.Year() >= 2000 && at.Year() < 2100, "the time "+c.Text()+" is not to be believed (3.3)")
		case "author":
			say(textOf(c, "name") != "", "the author has no name (3.2.1)")
			_, err := mail.ParseAddress("<" + textOf(c, "email") + ">")
			say(child(c, "email") == nil || err == nil, "the author's mail address is none (3.2.3)")
		case "link":
			rel, kind := c.Attr("", "rel"), c.Attr("", "type")+" "+c.Attr("", "hreflang")
			say(absolute(c.Attr("", "href")), "the link "+c.Attr("", "href")+" is not absolute")
			say(slices.Contains(relations, rel), "no link relation is called "+rel)
			if rel == "alternate" {
				say(!alternates[kind], "two alternate links have the same type and language (4.1.1)")
				alternates[kind] = true
			}
		}
	}
	return out
}

// misread gives Bindery's own elements in e that are called like those of feeds.
func misread(e *xmltree.Element) []string {
	var out []string
	for c := range e.Elements() {
		if c.Space == nsOwn && c.Local != "dataclass" && (slices.Contains(ofAtom, c.Local) || slices.Contains(strings.Fields("item channel guid description url image"), c.Local)) {
			out = append(out, c.Local)
		}
		out = append(out, misread(c)...)
	}
	return out
}

func hasLink(e *xmltree.Element, rel string) bool {
	return slices.ContainsFunc(e.Children("link"), func(l *xmltree.Element) bool { return l.Attr("", "rel") == rel })
}

// absolute reports whether a URI has a scheme, and a host if it is a web address.
func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Scheme == "urn" || u.Host != "") && !strings.ContainsAny(s, " \n\t")
}

// TestEveryRouteIsValid: what each address answers, to a look and to a change, is valid Atom.
func TestEveryRouteIsValid(t *testing.T) {
	needsJing(t)
	s := routeServer(t)
	var all, services []document
	looked := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(everyRoute(s))) {
		if _, ok := everyRoute(s)[path][http.MethodGet]; !ok {
			continue
		}
		got := s.ask("admin", http.MethodGet, path, "")
		switch media, _, _ := mime.ParseMediaType(got.header.Get("Content-Type")); media {
		case "application/atom+xml":
			all = append(all, document{"GET " + path, got.body})
			looked[path] = true
		case "application/atomsvc+xml":
			services = append(services, document{"GET " + path, got.body})
			looked[path] = true
		}
		if !looked[path] {
			t.Errorf("GET %s gives no document: %d %v", path, got.status, got.header)
		}
	}
	if err := errors.Join(judge(all), jing("service", services)); err != nil || len(services) == 0 {
		t.Error(len(services), err)
	}
}

// TestServiceJudgeIsStrict: a service document that is none is found to be so.
func TestServiceJudgeIsStrict(t *testing.T) {
	needsJing(t)
	const good = `<service xmlns="http://www.w3.org/2007/app" xmlns:a="http://www.w3.org/2005/Atom"><workspace><a:title>t</a:title>` +
		`<collection href="http://a.example/"><a:title>c</a:title><accept>application/atom+xml;type=entry</accept></collection></workspace></service>`
	for _, tc := range []struct{ name, was, is, want string }{
		{"good", "", "", ""},
		{"nothing is taken", ">application/atom+xml;type=entry<", "><", ""},
		{"a workspace without title", "<workspace><a:title>t</a:title>", "<workspace>", `missing required element "a:title"`},
		{"a collection without title", "<a:title>c</a:title>", "", `missing required element "a:title"`},
		{"a collection without address", ` href="http://a.example/"`, "", `missing required attribute "href"`},
		{"no media range", "application/atom+xml;type=entry", "entries", "accept"},
		{"an unknown element", "<accept>", "<refuse/><accept>", `"refuse" not allowed`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := jing("service", []document{{"it", strings.Replace(good, tc.was, tc.is, 1)}})
			if tc.want == "" && err == nil {
				return
			}
			if err == nil || tc.want == "" || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}

// TestJudgesAreStrict: what is not valid is found to be so, and what the API needs beyond RFC 4287 is all that is let
// through.
func TestJudgesAreStrict(t *testing.T) {
	needsJing(t)
	const good = `<entry xmlns="http://www.w3.org/2005/Atom"><author><name>a</name></author><id>urn:x:1</id><title>t</title>` +
		`<updated>2009-03-18T09:58:17Z</updated><link rel="self" href="http://a.example/1"/>` +
		`<content src="http://a.example/1" type="html"/><summary>s</summary><dataclass>Contacts</dataclass></entry>`
	for _, tc := range []struct{ name, was, is, want string }{
		{"good", "", "", ""},
		{"no updated", "<updated>2009-03-18T09:58:17Z</updated>", "", `missing required element "updated"`},
		{"another element in Atom's namespace", "dataclass>", "sync_mode>", `element "sync_mode" not allowed`},
		{"dataclass twice", "<dataclass>", "<dataclass>x</dataclass><dataclass>", `dataclass" not allowed`},
		{"another type beside src", `"html"`, `"xhtml"`, `value of attribute "type" is invalid`},
		{"no author", "<author><name>a</name></author>", "", "it has no author"},
		{"no summary", "<summary>s</summary>", "", "it has no summary"},
		{"a relative id", "urn:x:1", "/1", "no absolute URI"},
		{"a time that is none", "2009-03-18T09:58:17Z", "0001-01-01T00:00:00Z", "not to be believed"},
		{"a link relation that is none", `rel="self"`, `rel="me-self"`, "no link relation"},
		{"an element that is misread", "<summary>", `<item xmlns="urn:bindery:sync:1"/><summary>`, "take item for"},
		{"a blank title", ">t<", "> <", "the title is blank"},
		{"not XML", "</entry>", "", "not well-formed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := judge([]document{{"it", strings.Replace(good, tc.was, tc.is, 2)}})
			if tc.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
	feed := `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:0</id><title>t</title><link rel="self" href="http://a.example/"/>` + good + good + `</feed>`
	if err := judge([]document{{"feed", feed}}); err == nil || !strings.Contains(err.Error(), `missing required element "updated"`) || !strings.Contains(err.Error(), "two entries have the id") {
		t.Errorf("a feed without updated: %v", err)
	}
}

// TestSchemaHasTwoChanges: the grammar says of itself where it is not RFC 4287's, in two places that hang together.
func TestSchemaHasTwoChanges(t *testing.T) {
	raw, err := os.ReadFile("testdata/schema/atom.rnc")
	if err != nil {
		t.Fatal(err)
	}
	if one, two := bytes.Count(raw, []byte("# changed (1)")), bytes.Count(raw, []byte("# changed (2)")); one != 2 || two != 1 {
		t.Errorf("%d, %d", one, two)
	}
}
