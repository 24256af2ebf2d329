package sourcetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// bend breaks one promise of a good client. Each field that is set stands in for what the client does.
type bend struct {
	begin   func(b *bent, ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error)
	changes func(b *bent, s sources.Session, ctx context.Context) iter.Seq2[sources.Change, error]
	change  func(ch sources.Change) (sources.Change, bool)
	read    func(b *bent, s sources.Session, ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error]
	apply   func(b *bent, s sources.Session, ctx context.Context, ops []sources.Op) ([]sources.Result, error)
	commit  func(b *bent, s sources.Session, ctx context.Context) (sources.Cursor, error)
	close   func(b *bent, s sources.Session) error
	reopen  func(b *bent)
	origin  func(string) string
	phone   bentPhone // what a phone does by itself
}

// bent is a client with a bend.
type bent struct {
	*memory.Client
	bend   bend
	origin string
	phone  *memory.Phone  // instead of Client
	twin   *memory.Client // of the same owner's neighbour
	class  dataclass.Class
	since  sources.Cursor
	closed int
	keys   *marks
}

// marks are what a bent client remembers beside its items.
type marks struct {
	mu  sync.Mutex
	set map[sources.Key]bool
}

// put marks a key and reports whether it was marked before.
func (m *marks) put(key sources.Key) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.set == nil {
		m.set = map[sources.Key]bool{}
	}
	before := m.set[key]
	m.set[key] = true
	return before
}

func (m *marks) remove(key sources.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.set, key)
}

func (b *bent) Source(origin string) sources.Source {
	c := *b
	if c.origin = origin; b.bend.origin != nil {
		c.origin = b.bend.origin(origin)
	}
	return &c
}

func (b *bent) Reopen() error {
	if b.bend.reopen != nil {
		b.bend.reopen(b)
	}
	return nil
}

func (b *bent) inner() sources.Source {
	if b.phone != nil {
		return b.phone.Source(b.origin)
	}
	return b.Client.Source(b.origin)
}

func (b *bent) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	var s sources.Session
	var err error
	if b.bend.begin != nil {
		s, err = b.bend.begin(b, ctx, class, since)
	} else {
		s, err = b.inner().Begin(ctx, class, since)
	}
	if err != nil {
		return nil, err
	}
	c := *b
	c.class, c.since = class, since
	return &bentSession{s, &c}, nil
}

type bentSession struct {
	sources.Session
	b *bent
}

func (s *bentSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	inner := s.Session.Changes
	if f := s.b.bend.changes; f != nil {
		inner = func(ctx context.Context) iter.Seq2[sources.Change, error] { return f(s.b, s.Session, ctx) }
	}
	return func(yield func(sources.Change, error) bool) {
		for ch, err := range inner(ctx) {
			keep := true
			if err == nil && s.b.bend.change != nil {
				ch, keep = s.b.bend.change(ch)
			}
			if keep && !yield(ch, err) {
				return
			}
		}
	}
}

func (s *bentSession) Read(ctx context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	if f := s.b.bend.read; f != nil {
		return f(s.b, s.Session, ctx, ids)
	}
	return s.Session.Read(ctx, ids)
}

func (s *bentSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if f := s.b.bend.apply; f != nil {
		return f(s.b, s.Session, ctx, ops)
	}
	return s.Session.Apply(ctx, ops)
}

func (s *bentSession) Commit(ctx context.Context) (sources.Cursor, error) {
	if f := s.b.bend.commit; f != nil {
		return f(s.b, s.Session, ctx)
	}
	return s.Session.Commit(ctx)
}

func (s *bentSession) Close() error {
	if f := s.b.bend.close; f != nil {
		return f(s.b, s.Session)
	}
	return s.Session.Close()
}

// options open clients with a bend.
func (bd bend) options(limits memory.Options) Options {
	n := 0
	open := func() *bent {
		n++
		o := limits
		o.Name = fmt.Sprint("client-", n)
		return &bent{Client: memory.New(o), bend: bd, keys: &marks{}}
	}
	caps := memory.New(limits).Caps()
	return Options{
		Open: func(*testing.T) Client { return open() },
		Foreign: func(*testing.T) (Client, Client) {
			mine, theirs := open(), open()
			theirs.twin = mine.Client
			return mine, theirs
		},
		Caps: caps, Many: 300,
	}.withDefaults()
}

// failures runs every check and gives the names of those that fail.
func failures(t *testing.T, opts Options) []string {
	var names []string
	for _, c := range append(checks(), modelCheck()) {
		if c.needs(opts) && verdict(t, c.run, opts, dataclass.Contacts) != "" {
			names = append(names, c.name)
		}
	}
	return names
}

// TestMutants shows that the suite can fail: each broken client is caught by the checks named with it,
// and each check catches a broken client.
func TestMutants(t *testing.T) {
	limits := memory.Options{MaxBatch: 500, MaxItemSize: 500_000}
	if bad := failures(t, bend{}.options(limits)); len(bad) > 0 {
		t.Fatalf("checks that fail with a good client: %v", bad)
	}
	good := bend{}.options(limits)
	runMutants(t, mutants(), good, func(m mutant) Options { return m.bend.options(limits) })
}

// runMutants checks that every mutant is caught by the checks that it names, and that every check that
// applies catches one.
func runMutants(t *testing.T, list map[string]mutant, good Options, options func(mutant) Options) {
	caught := map[string]bool{}
	for name, m := range list {
		t.Run(name, func(t *testing.T) {
			bad := failures(t, options(m))
			for _, want := range m.by {
				if !slices.Contains(bad, want) {
					t.Errorf("%s does not catch it; these do: %v", want, bad)
				}
			}
			for _, n := range bad {
				caught[n] = true
			}
		})
	}
	for _, c := range append(checks(), modelCheck()) {
		if c.needs(good) && !caught[c.name] {
			t.Errorf("%s catches no mutant", c.name)
		}
	}
}
