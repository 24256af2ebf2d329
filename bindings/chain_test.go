package bindings

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// chain is several clients that answer at once and bindings between some of them.
type chain struct {
	t        rapid.TB
	store    *Store
	syncs    *Syncs
	db       *sqlstore.Store
	owner    string
	clients  []*memory.Client
	bindings []int64
	writes   int
	log      []string
}

// link is one client of a chain: what it does to what it stores, and whether it owns up to it.
type link struct {
	store func(dataclass.Body) dataclass.Body
	poor  bool
}

func newChain(t rapid.TB, dir string, links []link, pairs [][2]int) *chain {
	c := &chain{t: t}
	ctx := context.Background()
	own, err := os.MkdirTemp(dir, "")
	c.ok(err)
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: filepath.Join(own, "bindery.db"), Unsafe: true, Readers: 1})
	c.ok(err)
	c.db = db
	c.ok(db.Migrate(ctx, Migrations()))
	kinds := &sources.Registry{}
	c.store = Open(db, Options{})
	c.store.logins.derive = func(string, phc) []byte { return make([]byte, sumSize) }
	acc, err := c.store.CreateAccount(ctx, NewAccount{Name: simOwnerName, Password: "correct horse"})
	c.ok(err)
	c.owner = acc.ID
	var ids []string
	for i, l := range links {
		k := memory.NewKind(fmt.Sprint("client", i), memory.Options{Store: l.store})
		kind := k.Kind()
		if l.poor {
			kind.Caps.Keeps = dataclass.Keeps{}
		}
		kinds.Register(c.counting(kind))
		cl, err := c.store.CreateClient(ctx, c.owner, NewClient{Kind: kind.Name})
		c.ok(err)
		ids, c.clients = append(ids, cl.ID), append(c.clients, k.Client(c.owner, cl.ID))
	}
	c.syncs = c.store.Syncs(kinds, slog.New(slog.DiscardHandler))
	for _, p := range pairs {
		b, err := c.store.CreateBinding(ctx, c.owner, NewBinding{Source: ids[p[0]], Target: ids[p[1]]})
		c.ok(err)
		c.bindings = append(c.bindings, b.ID)
	}
	return c
}

// counting counts what is asked of a kind.
func (c *chain) counting(k sources.Kind) sources.Kind {
	open := k.Open
	k.Open = func(ctx context.Context, cl sources.Client) (sources.Source, error) {
		s, err := open(ctx, cl)
		return countedSource{s, c}, err
	}
	return k
}

type countedSource struct {
	sources.Source
	c *chain
}

func (s countedSource) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	ses, err := s.Source.Begin(ctx, class, since)
	if err != nil {
		return nil, err
	}
	return countedSession{ses, s.c}, nil
}

type countedSession struct {
	sources.Session
	c *chain
}

func (s countedSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	s.c.writes += len(ops)
	return s.Session.Apply(ctx, ops)
}

func (c *chain) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%v\n%s", err, strings.Join(c.log, "\n"))
	}
}

func (c *chain) note(format string, args ...any) { c.log = append(c.log, fmt.Sprintf(format, args...)) }

func (c *chain) sync(i int) {
	c.t.Helper()
	before := c.writes
	_, err := c.syncs.Synchronize(context.Background(), c.owner, c.bindings[i], dataclass.Contacts, engine.TwoWay)
	c.ok(err)
	c.note("sync %d: %d writes", i, c.writes-before)
}

// rest syncs all bindings in turn until nothing is written any more, and gives the number of rounds.
func (c *chain) rest(most int) int {
	c.t.Helper()
	for n := 1; n <= most; n++ {
		before := c.writes
		for i := range c.bindings {
			c.sync(i)
		}
		if c.writes == before {
			return n
		}
	}
	c.t.Fatalf("no rest after %d rounds:\n%s\n%s", most, strings.Join(c.log, "\n"), strings.Join(c.all(), "\n"))
	return 0
}

func (c *chain) items(i int) map[sources.ID]dataclass.Body {
	items, err := c.clients[i].List(dataclass.Contacts)
	c.ok(err)
	return items
}

// all prints what all clients hold.
func (c *chain) all() []string {
	var out []string
	for i := range c.clients {
		for id, b := range c.items(i) {
			out = append(out, fmt.Sprintf("client %d, %s: %q", i, id, b.Data))
		}
	}
	slices.Sort(out)
	return out
}

// names lists the names of a client's cards, in small letters.
func (c *chain) names(i int) []string {
	out := []string{}
	for _, b := range c.items(i) {
		out = append(out, strings.ToLower(nameOf(b)))
	}
	slices.Sort(out)
	return out
}

// alike asks that all clients hold the same names, each once.
func (c *chain) alike(want []string) {
	c.t.Helper()
	slices.Sort(want)
	for i := range c.clients {
		if got := c.names(i); !slices.Equal(got, want) {
			c.t.Fatalf("client %d holds %v, wanted %v\n%s\n%s", i, got, want, strings.Join(c.log, "\n"), strings.Join(c.all(), "\n"))
		}
	}
}

func noteIn(change func(string) string) func(dataclass.Body) dataclass.Body {
	return byLine(func(l string) string {
		if strings.HasPrefix(l, "NOTE:") || strings.HasPrefix(l, "TEL:") || strings.HasPrefix(l, "FN:") || strings.HasPrefix(l, "N:") {
			name, val, _ := strings.Cut(l, ":")
			return name + ":" + change(val)
		}
		return l
	})
}

var (
	faithful = link{}
	shouting = link{store: noteIn(strings.ToUpper), poor: true}
	mumbling = link{store: noteIn(strings.ToLower), poor: true}
	plusForm = link{store: noteIn(func(s string) string { return strings.Replace(s, "0049", "+49", 1) })}
	zeroForm = link{store: noteIn(func(s string) string { return strings.Replace(s, "+49", "0049", 1) })}
	liar     = link{store: noteIn(strings.ToUpper)}
	liar2    = link{store: noteIn(strings.ToLower)}
)

var chains = []struct {
	name  string
	links []link
	pairs [][2]int
}{
	{"chain", []link{faithful, faithful, faithful}, [][2]int{{0, 1}, {1, 2}}},
	{"ring", []link{faithful, faithful, faithful}, [][2]int{{0, 1}, {1, 2}, {2, 0}}},
	{"ring in another order", []link{faithful, faithful, faithful}, [][2]int{{2, 0}, {2, 1}, {0, 1}}},
	{"two that normalise", []link{shouting, mumbling}, [][2]int{{0, 1}}},
	{"chain that normalises", []link{shouting, faithful, mumbling}, [][2]int{{0, 1}, {1, 2}}},
	{"ring that normalises", []link{shouting, faithful, mumbling}, [][2]int{{0, 1}, {1, 2}, {2, 0}}},
	{"two that lie", []link{liar, liar2}, [][2]int{{0, 1}}},
	{"numbers", []link{plusForm, zeroForm}, [][2]int{{0, 1}}},
	{"chain of numbers", []link{plusForm, faithful, zeroForm}, [][2]int{{0, 1}, {1, 2}}},
	{"ring of numbers", []link{plusForm, faithful, zeroForm}, [][2]int{{0, 1}, {1, 2}, {2, 0}}},
	{"ring that lies", []link{liar, faithful, liar2}, [][2]int{{0, 1}, {1, 2}, {2, 0}}},
}

// maxRounds is how many rounds of syncs may pass until nothing is written any more.
const maxRounds = 40

// TestP18_ChainsComeToRest adds one item to each client in turn.
func TestP18_ChainsComeToRest(t *testing.T) {
	for _, tt := range chains {
		t.Run(tt.name, func(t *testing.T) {
			c := newChain(t, t.TempDir(), tt.links, tt.pairs)
			defer func() { _ = c.db.Close() }()
			for i, cl := range c.clients {
				_, err := cl.Put(dataclass.Contacts, card(fmt.Sprint("P", i), "NOTE:Some Words", "TEL:+49301234"))
				c.ok(err)
			}
			want := []string{"p0", "p1", "p2"}[:len(c.clients)]
			first := c.rest(maxRounds)
			c.alike(want)
			for id, b := range c.items(0) {
				b.Data = []byte(strings.Replace(string(b.Data), "END:VCARD", "X-MARK:1\r\nEND:VCARD", 1))
				c.ok(c.clients[0].Edit(dataclass.Contacts, id, b))
			}
			second := c.rest(maxRounds)
			c.alike(want)
			for _, s := range c.all() {
				if !strings.Contains(s, "X-MARK") {
					t.Errorf("an edit is lost: %s", s)
				}
			}
			t.Logf("at rest after %d and %d rounds", first, second)
		})
	}
}

// fewChecks has rapid make no more than n checks in this test, each of which costs a database, unless its
// flag asks for another number than the usual.
func fewChecks(t *testing.T, n int) {
	const usual = "100"
	f := flag.Lookup("rapid.checks")
	if f == nil || f.Value.String() != usual {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(usual) })
}

// TestP18_RandomHistories lets the users of all clients edit, delete and contradict each other while the
// bindings are synchronised in any order: nothing is lost, doubled or brought back, and all comes to rest.
func TestP18_RandomHistories(t *testing.T) {
	dir := t.TempDir()
	fewChecks(t, 30)
	rapid.Check(t, func(t *rapid.T) {
		tt := chains[rapid.IntRange(0, len(chains)-1).Draw(t, "chain")]
		c := newChain(t, dir, tt.links, tt.pairs)
		defer func() { _ = c.db.Close() }()
		f := fates{chain: c, marks: map[string][]string{}, deleted: map[string]bool{}, touched: map[string]bool{}}
		for range rapid.IntRange(1, 3).Draw(t, "phases") {
			for range rapid.IntRange(1, 8).Draw(t, "steps") {
				f.step(t)
			}
			c.rest(maxRounds)
			f.check(t)
		}
	})
}

// fates is what must become of the items of a chain, by their names in small letters.
type fates struct {
	*chain
	n     int
	marks map[string][]string
	// deleted are items that somebody deleted, touched those of them that somebody else edited or that
	// may not have been everywhere: such an item may live.
	deleted, touched map[string]bool
	live             []string
}

func (f *fates) step(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "sync") == 0 {
		f.sync(rapid.IntRange(0, len(f.bindings)-1).Draw(t, "which"))
		return
	}
	i := rapid.IntRange(0, len(f.clients)-1).Draw(t, "client")
	ids := slices.Sorted(keys(f.items(i)))
	if len(ids) == 0 || rapid.IntRange(0, 3).Draw(t, "add") == 0 {
		f.n++
		name := fmt.Sprint("q", f.n)
		_, err := f.clients[i].Put(dataclass.Contacts, card("Q"+name[1:], "NOTE:Some Words", "TEL:+49301234"))
		f.ok(err)
		f.live, f.touched[name] = append(f.live, name), true
		f.note("client %d adds %s", i, name)
		return
	}
	id := ids[rapid.IntRange(0, len(ids)-1).Draw(t, "item")]
	b := f.items(i)[id]
	name := strings.ToLower(nameOf(b))
	remove := rapid.IntRange(0, 2).Draw(t, "delete") == 0
	if remove {
		f.ok(f.clients[i].Delete(dataclass.Contacts, id))
		f.deleted[name] = true
		f.note("client %d deletes %s", i, name)
		return
	}
	f.n++
	mark := fmt.Sprintf("X-MARK-%d:%d", f.n, f.n)
	f.ok(f.clients[i].Edit(dataclass.Contacts, id, marked(b, mark)))
	f.marks[name] = append(f.marks[name], mark)
	f.touched[name] = true
	f.note("client %d edits %s: %s", i, name, mark)
}

// check asks for the fates of all items at rest.
func (f *fates) check(t *rapid.T) {
	want := []string{}
	for _, name := range f.names(0) {
		if !f.deleted[name] || f.touched[name] {
			want = append(want, name)
		}
	}
	for _, name := range f.live {
		if !f.deleted[name] && !slices.Contains(want, name) {
			want = append(want, name) // lost
		}
	}
	f.alike(want)
	for i := range f.clients {
		for _, b := range f.items(i) {
			name := strings.ToLower(nameOf(b))
			for _, m := range f.marks[name] {
				if !f.deleted[name] && !strings.Contains(string(b.Data), m) {
					t.Fatalf("client %d lost the edit %s of %s:\n%s\n%s", i, m, name, strings.Join(f.log, "\n"), strings.Join(f.all(), "\n"))
				}
			}
		}
	}
	here := f.names(0)
	f.live = here
	for name := range f.deleted {
		if !slices.Contains(here, name) {
			continue
		}
		f.deleted[name] = false
		f.marks[name] = nil // some of them may have gone with the copy that was deleted
	}
	clear(f.touched)
	f.note("rest")
}

// TestRule_6_3_ADeletionWaitsInARing deletes what another client edited: the deletion that a binding carried on is
// not carried on again while another binding brings the item back.
func TestRule_6_3_ADeletionWaitsInARing(t *testing.T) {
	for _, tt := range chains[1:3] {
		t.Run(tt.name, func(t *testing.T) {
			c := newChain(t, t.TempDir(), tt.links, tt.pairs)
			defer func() { _ = c.db.Close() }()
			_, err := c.clients[0].Put(dataclass.Contacts, card("Q1"))
			c.ok(err)
			c.rest(maxRounds)
			for id, b := range c.items(1) {
				c.ok(c.clients[1].Edit(dataclass.Contacts, id, marked(b, "X-MARK:1")))
				c.sync(1)
				c.ok(c.clients[1].Delete(dataclass.Contacts, id))
			}
			c.sync(slices.Index(tt.pairs, [2]int{2, 0}))
			c.rest(4)
			c.alike([]string{"q1"})
			for _, s := range c.all() {
				if !strings.Contains(s, "X-MARK") {
					t.Errorf("the edit is lost: %s", s)
				}
			}
		})
	}
}
