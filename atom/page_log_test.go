package atom

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// assetHash is what changes in a page when the style does.
var assetHash = regexp.MustCompile(`\.[0-9a-f]{12}\.`)

// wantGoldenPage compares a page, but for what its assets are called; of most pages what is within the frame.
func (s *server) wantGoldenPage(got reply, name string) {
	s.t.Helper()
	s.wantPage(name, got, got.status)
	body := assetHash.ReplaceAllString(got.body, ".")
	if name != "overview" { // one frame is enough
		_, body, _ = strings.Cut(body, "<main")
		body, _, _ = strings.Cut("<main"+body, "</main>")
	}
	path := "testdata/pages/" + name + ".html"
	if *update {
		s.must(os.WriteFile(path, []byte(body), 0o644))
	}
	want, err := os.ReadFile(path)
	s.must(err)
	if body != string(want) {
		s.t.Errorf("%s: got\n%s\nwant\n%s", name, body, want)
	}
}

// A past is a history in which a sync overwrote contacts. It implements History and Links.
type past struct {
	versions []bindings.HistoryEntry
	now      map[int64]bindings.Linked
}

func (p *past) History(_ context.Context, _ string, f bindings.HistoryFilter) ([]bindings.HistoryEntry, error) {
	var out []bindings.HistoryEntry
	for _, v := range p.versions {
		if v.Sync == f.Sync && len(out) < f.Limit {
			v.Body = dataclass.Body{}
			out = append(out, v)
		}
	}
	return out, nil
}

func (p *past) HistoryEntry(_ context.Context, _ string, id int64) (bindings.HistoryEntry, error) {
	for _, v := range p.versions {
		if v.ID == id {
			return v, nil
		}
	}
	return bindings.HistoryEntry{}, errNone
}

func (p *past) Linked(_ context.Context, _ string, link int64) (bindings.Linked, error) {
	if l, ok := p.now[link]; ok {
		return l, nil
	}
	return bindings.Linked{}, errNone
}

// vcard is a contact with a number and a note.
func vcard(name, tel, note string) dataclass.Body {
	return dataclass.Body{Type: cardType, Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Example;" + name + ";;;\r\nFN:" + name +
		" Example\r\nTEL;TYPE=CELL:" + tel + "\r\nNOTE:" + note + "\r\nEND:VCARD\r\n")}
}

// newPast has one conflict, one plain edit, and one deletion.
func newPast() *past {
	version := func(id, link int64, verb sources.Verb, agreed bool, body dataclass.Body) bindings.HistoryEntry {
		return bindings.HistoryEntry{
			ID: id, Binding: 15, Class: dataclass.Contacts, Sync: 3, Side: engine.Target, Item: "x", Link: link, Verb: verb, Agreed: agreed,
			Title: "Ada", Body: body, When: when(),
		}
	}
	held := func(b dataclass.Body) bindings.Linked { return bindings.Linked{Held: [2]dataclass.Body{b, b}} }
	return &past{
		versions: []bindings.HistoryEntry{
			version(1, 1, sources.Replace, false, vcard("Ada", "222", "same")),
			version(2, 1, sources.Replace, true, vcard("Ada", "000", "same")),
			version(3, 2, sources.Replace, false, vcard("Bea", "333", "old")),
			version(4, 3, sources.Delete, false, vcard("Cleo", "444", "gone")),
			version(5, 4, sources.Replace, false, vcard("Dora", "555", "forgotten")),
		},
		now: map[int64]bindings.Linked{1: held(vcard("Ada", "111", "same")), 2: held(vcard("Bea", "333", "new"))},
	}
}

// lossServer has the log entry 3, which had one conflict.
func lossServer(t *testing.T) *server {
	t.Helper()
	p := newPast()
	s := newServer(t, func(o *Options) { o.History, o.Links = p, p })
	s.bind(15, s.client(s.admin.ID, "syncml", phoneID), s.datastore(s.admin.ID))
	e := specEntry(s.admin.ID, 3, 15, "2009-03-19T09:52:28Z")
	e.Conflicts, e.Quarantined = 1, 1
	s.insertLog(e)
	return s
}

// A person sees which value lost to which, property by property.
func TestLogEntryTellsConflicts(t *testing.T) {
	s := lossServer(t)
	got := s.browse("admin", "/v2/syncengine/synclog/3")
	s.wantGoldenPage(got, "entry")
	for _, want := range []string{
		`Phone (cell) <span class="tag warning">conflict</span></th><td data-label="Before, on both sides" class="text">000</td><td data-label="Lost" class="text">222</td><td data-label="Stands now" class="text">111</td>`,
		`Note</th><td data-label="Before, on both sides" class="text"></td><td data-label="Lost" class="text">old</td><td data-label="Stands now" class="text">new</td>`,
		"Deleted on admin.", "What stands there now is not known here.", "1 item was changed on both sides",
		"Example One told 5 added and was sent 4 added; admin told 4 added and was sent 5 added.",
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if n := strings.Count(got.body, ">conflict<"); n != 2 { // the item and its property
		t.Errorf("%d conflicts are marked", n)
	}
}

func TestLostFields(t *testing.T) {
	field := func(name, value string) []pages.Property { return []pages.Property{{Name: name, Value: value}} }
	for _, tc := range []struct {
		name              string
		before, lost, now []pages.Property
		known             bool
		want              int
		conflict          bool
	}{
		{"the same", nil, field("A", "1"), field("A", "1"), true, 0, false},
		{"one side edited", field("A", "1"), field("A", "1"), field("A", "2"), true, 1, false},
		{"both edited", field("A", "1"), field("A", "3"), field("A", "2"), true, 1, true},
		{"both edited, base unknown", nil, field("A", "3"), field("A", "2"), false, 1, false},
		{"both added", nil, field("A", "3"), field("A", "2"), true, 1, true},
		{"one deleted, one edited", field("A", "1"), nil, field("A", "2"), true, 1, true},
		{"deleted", field("A", "1"), field("A", "1"), nil, true, 1, false},
	} {
		got := lostFields(tc.before, tc.lost, tc.now, tc.known)
		if len(got) != tc.want || tc.want == 1 && got[0].Conflict != tc.conflict {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

// entryLink is a link to an entry of the log.
var entryLink = regexp.MustCompile(`<a href="/v2/syncengine/synclog/[0-9]`)

func TestLogPage(t *testing.T) {
	s := newServer(t, nil)
	s.bind(15, s.client(s.admin.ID, "syncml", phoneID), s.datastore(s.admin.ID))
	for i := int64(1); i <= 60; i++ {
		e := specEntry(s.admin.ID, i, 15, "2009-03-19T09:52:28Z")
		if i%10 == 0 {
			e.State, e.Class = "held", dataclass.Events
		}
		s.insertLog(e)
	}
	b := s.signIn("admin")
	count := func(path string) (int, string) {
		got := b.get(path)
		s.wantPage(path, got, 200)
		return len(entryLink.FindAllString(got.body, -1)), got.body
	}
	for _, tc := range []struct {
		path string
		want int
	}{
		{"/v2/syncengine/synclog/", 50},
		{"/v2/syncengine/synclog/?before=11", 10},
		{"/v2/syncengine/synclog/?dataclass=Events&status=&since=", 6},
		{"/v2/syncengine/synclog/?status=done&since=2009-03-19", 50},
		{"/v2/syncengine/synclog/?since=2009-03-20", 0},
		{"/v2/syncengine/15/synchronization/?status=held", 6},
	} {
		if got, body := count(tc.path); got != tc.want {
			t.Errorf("%s: %d entries, want %d: %s", tc.path, got, tc.want, body)
		}
	}
	_, body := count("/v2/syncengine/synclog/?status=done")
	if want := `<a href="/v2/syncengine/synclog/?before=5&amp;status=done">Older</a>`; !strings.Contains(body, want) {
		t.Errorf("%s is not in %s", want, body)
	}
	s.wantPage("no such status", b.get("/v2/syncengine/synclog/?status=lost"), 400)
	s.wantPage("no day", b.get("/v2/syncengine/synclog/?since=yesterday"), 400)
}

// A synchronization that runs loads itself again where there is no script, and knows where to hear more.
func TestRunningEntry(t *testing.T) {
	s := streamServer(t, nil)
	got := s.browse("admin", "/v2/syncengine/synclog/1")
	s.wantPage("running", got, 200)
	for _, want := range []string{`<noscript><meta http-equiv="refresh" content="3"></noscript>`, `data-live="/v2/syncengine/synclog/1"`, "It is running"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is not in %s", want, got.body)
		}
	}
}

func TestFormStartsSyncs(t *testing.T) {
	s, st := startServer(t)
	b := s.signIn("admin")
	const path = "/v2/syncengine/15"
	for name, f := range map[string]url.Values{
		"mode":      {"do": {"sync"}, "mode": {"206"}},
		"no mode":   {"do": {"sync"}, "mode": {"x"}},
		"dataclass": {"do": {"sync"}, "dataclass": {"Secrets"}},
	} {
		s.wantPage(name, b.send(path, f), 400)
	}
	if len(st.asked) != 0 {
		t.Fatalf("asked %v", st.asked)
	}
	got := b.send(path, url.Values{"do": {"sync"}, "mode": {"201"}, "dataclass": {"Contacts"}})
	s.wantStatus("start", got, 303)
	s.wantPage("foreign", s.signIn("bob").send(path, url.Values{"do": {"sync"}}), 403)
	if len(st.asked) != 1 || !strings.Contains(st.asked[0], "201") {
		t.Errorf("asked %v", st.asked)
	}
}

// TestGoldenPages keeps what pages of each kind look like to whoever reads them without a style.
func TestGoldenPages(t *testing.T) {
	s := routeServer(t)
	for name, path := range map[string]string{
		"overview": "/v2/syncengine/", "binding": "/v2/syncengine/15", "log": "/v2/syncengine/15/synchronization/",
		"clients": "/v2/services/", "phone": "/v2/services/syncml/" + phoneID, "general": "/v2/syncengine/sources/datastore",
		"addresses": "/v2/", "signin": "/v2/signin?next=/v2/syncengine/15", "error": "/v2/syncengine/99",
	} {
		user := "admin"
		if name == "signin" {
			user = ""
		}
		s.wantGoldenPage(s.browse(user, path), name)
	}
	items := contentPath + "/" + s.datastore(s.admin.ID).ID + "/Contacts"
	s.wantPage("items", s.browse("admin", items), 200)
	item := s.browse("admin", items+"/card")
	if s.wantPage("item", item, 200); !strings.Contains(item.body, `<dd class="text">Ada Example</dd>`) {
		t.Errorf("the item says %s", item.body)
	}
}
