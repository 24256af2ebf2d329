package sessionlog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A fixture is a log with a clock.
type fixture struct {
	*Log
	t     *testing.T
	now   time.Time
	fault error
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "test.db"), Unsafe: true, Readers: 2,
		Fault: func(sqlstore.Point) error { return f.fault }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context(), Migrations()); err != nil {
		t.Fatal(err)
	}
	f.Log = Open(db, Options{Now: func() time.Time { return f.now }})
	return f
}

func tree(t testing.TB, text string) *xmltree.Element {
	t.Helper()
	e, err := xmltree.Parse([]byte(text), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// message is one of a session of Ada's.
func (f *fixture) message(token, text string) Message {
	return Message{Owner: "ada", Client: "c1", Token: token, Device: "dev1", MsgID: "1", At: f.now, HTTP: 200, In: 10, Out: 20,
		Request: tree(f.t, text)}
}

func (f *fixture) list(filter Filter) []Session {
	f.t.Helper()
	list, err := f.Sessions(f.t.Context(), filter)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

// count gives the number of rows of a table.
func (f *fixture) count(table string) int {
	f.t.Helper()
	var n int64
	err := f.db.View(f.t.Context(), func(_ context.Context, db *gorm.DB) error { return db.Table(table).Count(&n).Error })
	if err != nil {
		f.t.Fatal(err)
	}
	return int(n)
}

func TestWhatIsLeftOut(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"credentials", `<SyncHdr><Cred><Meta><Type>syncml:auth-basic</Type></Meta><Data>YTpi</Data></Cred></SyncHdr>`,
			`<SyncHdr><Cred><Meta><Type>syncml:auth-basic</Type></Meta><Data>(left out)</Data></Cred></SyncHdr>`},
		{"nonce", `<Chal><Meta><NextNonce>abc</NextNonce></Meta></Chal>`, `<Chal><Meta><NextNonce>(left out)</NextNonce></Meta></Chal>`},
		{"token", `<RespURI>http://h/s?a=1&amp;SessionID=abc&amp;b=2</RespURI>`, `<RespURI>http://h/s?a=1&amp;SessionID=(left out)&amp;b=2</RespURI>`},
		{"item", `<Add><Item><Data>BEGIN:VCARD</Data></Item></Add>`, `<Add><Item><Data>(11 bytes left out)</Data></Item></Add>`},
		{"item as elements", `<Add><Item><Data><contact><N>Ada</N></contact></Data></Item></Add>`, `<Add><Item><Data>(3 bytes left out)</Data></Item></Add>`},
		{"item in a status", `<Status><Item><Data>BEGIN:VCARD</Data></Item><Data>208</Data></Status>`,
			`<Status><Item><Data>(11 bytes left out)</Data></Item><Data>208</Data></Status>`},
		{"anchor", `<Status><Item><Data><Anchor><Next>42</Next></Anchor></Data></Item></Status>`,
			`<Status><Item><Data><Anchor><Next>42</Next></Anchor></Data></Item></Status>`},
		{"a status that is no code", `<Status><Data>Ada</Data></Status>`, `<Status><Data>(3 bytes left out)</Data></Status>`},
		{"text beside elements", `<Item>Ada<LocURI>1</LocURI></Item>`, `<Item><LocURI>1</LocURI>(3 bytes left out)</Item>`},
		{"unknown element", `<Add><Item><Surprise>Ada</Surprise></Item></Add>`, `<Add><Item><Surprise>(3 bytes left out)</Surprise></Item></Add>`},
		{"attributes", `<Add secret="Ada"/>`, `<Add/>`},
		{"name of the user", `<SyncHdr><Source><LocName>ada</LocName></Source></SyncHdr>`, `<SyncHdr><Source><LocName>ada</LocName></Source></SyncHdr>`},
		{"name of an item", `<Item><Source><LocName>Ada</LocName></Source></Item>`, `<Item><Source><LocName>(3 bytes left out)</LocName></Source></Item>`},
		{"device information", `<Put><Item><Data><DevInf><Man>M</Man></DevInf></Data></Item></Put>`, `<Put><Item><Data><DevInf><Man>M</Man></DevInf></Data></Item></Put>`},
		{"another thing that is put", `<Put><Item><Data><Card>Ada</Card></Data></Item></Put>`, `<Put><Item><Data>(3 bytes left out)</Data></Item></Put>`},
		{"device information where items are", `<Add><Item><Data><DevInf><Man>M</Man></DevInf></Data></Item></Add>`, `<Add><Item><Data>(1 bytes left out)</Data></Item></Add>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(readable(tree(t, c.in), false)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestContentKeepsSecretsOut: who switches content on gets that of items, and still no credentials.
func TestContentKeepsSecretsOut(t *testing.T) {
	got := string(readable(tree(t, `<SyncML><Cred><Data>YTpi</Data></Cred><NextNonce>bm9u</NextNonce>`+
		`<LocURI>?sessionid=tok</LocURI><Add><Item><Data>BEGIN:VCARD</Data><X>y</X></Item></Add></SyncML>`), true))
	want := `<SyncML><Cred><Data>(left out)</Data></Cred><NextNonce>(left out)</NextNonce>` +
		`<LocURI>?sessionid=(left out)</LocURI><Add><Item><Data>BEGIN:VCARD</Data><X>y</X></Item></Add></SyncML>`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// loginName is the one text of a user that is told: the name that he logs in with, of however many pieces.
var loginName = regexp.MustCompile(`<LocName>(Ada Example)+`)

// TestNoTreeTellsWhatItHolds: wherever content and credentials stand in a tree, they are not told.
func TestNoTreeTellsWhatItHolds(t *testing.T) {
	locals := []string{"SyncML", "SyncHdr", "SyncBody", "Sync", "Add", "Replace", "Status", "Alert", "Item", "Put", "Results",
		"Meta", "Cred", "Chal", "NextNonce", "Source", "LocName", "Data", "Correlator", "EMI", "Filter", "Record", "Field"}
	rapid.Check(t, func(t *rapid.T) {
		var build func(depth int) *xmltree.Element
		build = func(depth int) *xmltree.Element {
			e := xmltree.New("", rapid.SampledFrom(locals).Draw(t, "tag"))
			for range rapid.IntRange(0, 3).Draw(t, "children") {
				if depth > 0 && e.Local != "LocName" && rapid.Bool().Draw(t, "element") {
					e.Add(build(depth - 1))
				} else {
					e.Nodes = append(e.Nodes, xmltree.Node{Text: "Ada Example", Opaque: rapid.Bool().Draw(t, "opaque")})
				}
			}
			return e
		}
		root := xmltree.New("", "SyncML").Add(build(4))
		got := string(readable(root, false))
		got = loginName.ReplaceAllString(got, "<LocName>")
		if strings.Contains(got, "Ada") {
			t.Fatalf("told: %s", got)
		}
	})
}

func TestBoundsOfOneMessage(t *testing.T) {
	wide := xmltree.New("", "SyncML")
	for range maxElements + 500 {
		wide.AddText("CmdID", "1")
	}
	got := string(readable(wide, false))
	if n := strings.Count(got, "<CmdID>"); n > maxElements || !strings.Contains(got, "more elements are left out") {
		t.Errorf("%d elements are kept: …%s", n, got[len(got)-80:])
	}
	long := xmltree.New("", "SyncML").AddText("LocURI", strings.Repeat("x", 10*maxValue))
	if got := string(readable(long, false)); len(got) > 2*maxValue {
		t.Errorf("a value of %d bytes is kept", len(got))
	}
	big := xmltree.New("", "Item").AddText("Data", strings.Repeat("x", 2*maxText))
	if got := readable(big, true); len(got) > maxText+100 {
		t.Errorf("%d bytes of content are kept", len(got))
	}
}

// TestBoundsOfStorage: neither a session, nor an owner, nor strangers can fill the disk.
func TestBoundsOfStorage(t *testing.T) {
	f := newFixture(t)
	noise := func(n int) []byte {
		b, state := make([]byte, n), uint32(1)
		for i := range b {
			state = state*1664525 + 1013904223
			b[i] = byte(state >> 24)
		}
		return b
	}
	for i := range 6 {
		f.put(t.Context(), entry{message: &Message{Owner: "ada", Token: "one", At: f.now, MsgID: fmt.Sprint(i)}, request: noise(1 << 20)})
	}
	stored := func(owner string) (n int) {
		err := f.db.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
			return db.Raw("SELECT coalesce(sum(length(request)), 0) FROM syncml_log_messages WHERE owner_id = ?", owner).Scan(&n).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := stored("ada"); n == 0 || n > maxSession {
		t.Errorf("one session stores %d bytes", n)
	}
	if s := f.list(Filter{Owner: "ada"}); len(s) != 1 || s[0].Messages != 6 {
		t.Errorf("the session is told as %+v", s)
	}
	for i := range 40 {
		f.put(t.Context(), entry{message: &Message{Owner: "ada", Token: fmt.Sprint("more", i), At: f.now}, request: noise(1 << 20)})
	}
	if n := stored("ada"); n < maxOwner/2 || n > maxOwner+maxSession {
		t.Errorf("one owner stores %d bytes", n)
	}
	if s := f.list(Filter{Limit: 100}); s[0].Started.IsZero() || len(s) < 10 {
		t.Errorf("%d sessions are left", len(s))
	}
}

func TestBoundsOfStrangers(t *testing.T) {
	f := newFixture(t)
	for range maxRefusals + 300 {
		f.now = f.now.Add(time.Second)
		f.Add(t.Context(), Message{At: f.now, Refused: 401, Device: "dev", Name: "ada"})
	}
	if n := f.count("syncml_log"); n > maxRefusals || n < maxRefusals/2 {
		t.Errorf("%d refusals are kept", n)
	}
	before := f.list(Filter{})[0].ID
	for range 1000 {
		f.Add(t.Context(), Message{At: f.now, Refused: 401})
	}
	if n := f.list(Filter{})[0].ID - before; n > perMinute {
		t.Errorf("%d refusals are noted in no time", n)
	}
}

func TestPurge(t *testing.T) {
	f := newFixture(t)
	f.Add(t.Context(), f.message("old", "<SyncML/>"))
	f.now = f.now.Add(Kept - time.Hour)
	f.Add(t.Context(), f.message("new", "<SyncML/>"))
	if err := f.Purge(t.Context()); err != nil || f.count("syncml_log") != 2 {
		t.Errorf("%d sessions are left before their time, %v", f.count("syncml_log"), err)
	}
	f.now = f.now.Add(2 * time.Hour)
	if err := f.Purge(t.Context()); err != nil || f.count("syncml_log") != 1 || f.count("syncml_log_messages") != 1 {
		t.Errorf("%d sessions are left after their time, %v", f.count("syncml_log"), err)
	}
}

// TestNobodyReadsAnothersSession: with an owner named, only his.
func TestNobodyReadsAnothersSession(t *testing.T) {
	f := newFixture(t)
	f.Add(t.Context(), f.message("one", "<SyncML/>"))
	id := f.list(Filter{})[0].ID
	if len(f.list(Filter{Owner: "ben", Name: "ben"})) != 0 || len(f.list(Filter{Client: "c2"})) != 0 {
		t.Error("another's session is listed")
	}
	if _, _, err := f.Session(t.Context(), "ben", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("another's session is shown: %v", err)
	}
	other := f.message("one", "<SyncML/>")
	other.Owner = "ben"
	f.Add(t.Context(), other)
	f.End(t.Context(), "ben", "one", Ending{How: Completed})
	if s := f.list(Filter{Owner: "ada"}); len(s) != 1 || s[0].Messages != 1 || s[0].Ending != "" {
		t.Errorf("a token of another owner's touched %+v", s)
	}
}

// TestAFailureIsForgotten: what could not be written is missing, and the next is written.
func TestAFailureIsForgotten(t *testing.T) {
	f := newFixture(t)
	f.fault = errors.New("disk full")
	f.Add(t.Context(), f.message("one", "<SyncML/>"))
	f.fault = nil
	f.Add(t.Context(), f.message("two", "<SyncML/>"))
	if s := f.list(Filter{}); len(s) != 1 || len(f.waiting) != 0 || f.bytes != 0 {
		t.Errorf("%d sessions, %d entries of %d bytes wait", len(s), len(f.waiting), f.bytes)
	}
}

// TestWaitingIsBounded: while the database is busy, what waits does not grow for ever.
func TestWaitingIsBounded(t *testing.T) {
	f := newFixture(t)
	f.writing = true
	for range 20 {
		f.put(t.Context(), entry{message: &Message{Owner: "ada", At: f.now}, request: make([]byte, 1<<20)})
	}
	if f.bytes > maxWaiting || f.lost == 0 {
		t.Errorf("%d bytes wait, %d were lost", f.bytes, f.lost)
	}
}

func TestManyAtOnce(t *testing.T) {
	f := newFixture(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for range 4 {
				f.Add(t.Context(), f.message(fmt.Sprint(i), "<SyncML/>"))
			}
			f.End(t.Context(), "ada", fmt.Sprint(i), Ending{How: Completed})
		})
	}
	all.Wait()
	f.write(t.Context())
	f.write(t.Context())
	list := f.list(Filter{Limit: 100})
	if len(list) != 50 || slices.ContainsFunc(list, func(s Session) bool { return s.Messages != 4 || s.Ending != Completed }) {
		t.Errorf("%d sessions: %+v", len(list), list)
	}
}

// BenchmarkAdd is a message of 300 cards with the statuses that answer it.
func BenchmarkAdd(b *testing.B) {
	var request, reply strings.Builder
	request.WriteString("<SyncML><SyncBody><Sync>")
	reply.WriteString("<SyncML><SyncBody>")
	for i := range 300 {
		fmt.Fprintf(&request, "<Add><CmdID>%d</CmdID><Meta><Type xmlns='syncml:metinf'>text/vcard</Type></Meta><Item><Source><LocURI>%d</LocURI></Source><Data>%s</Data></Item></Add>",
			i, i, strings.Repeat("BEGIN:VCARD ", 40))
		fmt.Fprintf(&reply, "<Status><CmdID>%d</CmdID><MsgRef>2</MsgRef><CmdRef>%d</CmdRef><Cmd>Add</Cmd><SourceRef>%d</SourceRef><Data>201</Data></Status>", i, i, i)
	}
	in, out := tree(b, request.String()+"</Sync></SyncBody></SyncML>"), tree(b, reply.String()+"</SyncBody></SyncML>")
	l := Open(nil, Options{})
	b.ReportAllocs()
	for b.Loop() {
		l.text(in, false)
		l.text(out, false)
	}
}
