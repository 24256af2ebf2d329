package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// shelf is a Journal of links and nothing else. It counts how often all of them are loaded.
type shelf struct {
	Journal
	links []Link
	loads int
}

func (s *shelf) Load(context.Context, Lease) (Memory, error) {
	s.loads++
	return Memory{Links: slices.Clone(s.links)}, nil
}

func (s *shelf) Near(_ context.Context, _ Lease, items [2][]sources.ID) ([]Link, int, error) {
	var out []Link
	for _, l := range s.links {
		if slices.Contains(items[Source], l.Item[Source]) || slices.Contains(items[Target], l.Item[Target]) {
			out = append(out, l)
		}
	}
	return out, len(s.links), nil
}

// TestNear: of a quiet binding the links of what is reported are loaded, and the others counted, unless one of the others
// claims an item of these; and what was learned while reading stays.
func TestNear(t *testing.T) {
	link := func(id LinkID, source, target sources.ID) Link {
		return Link{ID: id, Item: [2]sources.ID{source, target}}
	}
	many := make([]Digest, nearby+1)
	for i := range many {
		many[i].ID = "a"
	}
	for name, tc := range map[string]struct {
		links  []Link
		says   [2][]Digest
		loaded int
		far    int
		loads  int
	}{
		"one of three":         {[]Link{link(1, "a", "x"), link(2, "b", "y"), link(3, "c", "z")}, [2][]Digest{Source: {{ID: "b"}}}, 1, 2, 0},
		"both sides of one":    {[]Link{link(1, "a", "x"), link(2, "b", "y")}, [2][]Digest{{{ID: "a"}}, {{ID: "x"}}}, 1, 1, 0},
		"a new item":           {[]Link{link(1, "a", "x")}, [2][]Digest{Source: {{ID: "n"}}}, 0, 1, 0},
		"the same on one side": {[]Link{link(1, "a", "x"), link(2, "a", "y"), link(3, "c", "z")}, [2][]Digest{Target: {{ID: "x"}}}, 3, 0, 1},
		"too many":             {[]Link{link(1, "a", "x"), link(2, "b", "y")}, [2][]Digest{Source: many}, 2, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{links: tc.links}
			known := &dataclass.Known{}
			r := run{engine: &Engine{Journal: s}, glanced: true, sides: [2]*reading{{digests: tc.says[0]}, {digests: tc.says[1]}}}
			r.mem.Known[Source] = known
			if err := r.near(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(r.mem.Links) != tc.loaded || r.far != tc.far || s.loads != tc.loads || r.glanced {
				t.Errorf("%d links, %d far, %d loads; want %d, %d, %d", len(r.mem.Links), r.far, s.loads, tc.loaded, tc.far, tc.loads)
			}
			if r.mem.Known[Source] != known {
				t.Error("what was learned is forgotten")
			}
			for i := range r.mem.Links {
				l := &r.mem.Links[i]
				if got := r.byItem[Target][l.Item[Target]]; got == nil || got.ID != l.ID {
					t.Errorf("link %d is not found by its item", l.ID)
				}
			}
		})
	}
}

// TestRule_8_1_LinksThatWereNotLoadedCount: how much of a side goes is judged by all of its items.
func TestRule_8_1_LinksThatWereNotLoadedCount(t *testing.T) {
	w := watch{links: map[LinkID]*Link{}, infers: [2]bool{true, true}, far: 100}
	for i := range 15 {
		id := sources.ID(rune('a' + i))
		w.links[LinkID(i+1)] = &Link{ID: LinkID(i + 1), Item: [2]sources.ID{id, id}}
		w.changes[Source] = append(w.changes[Source], Digest{ID: id, Verb: sources.Delete})
		w.decisions = append(w.decisions, Decision{Link: LinkID(i + 1), Act: Remove, Gone: [2]bool{Source: true}})
	}
	if held := w.guard(); len(held) > 0 {
		t.Errorf("15 of 115 are held, because of %d", held[0].Why)
	}
	w.far = 50
	if held := w.guard(); len(held) != 15 || held[0].Why != ManyDeleted {
		t.Errorf("15 of 65: held are %+v", held)
	}
	w.far = 0
	if held := w.guard(); len(held) != 15 || held[0].Why != Emptied {
		t.Errorf("15 of 15: held are %+v", held)
	}
}

// quietShelf is a shelf that has nothing restless.
type quietShelf struct {
	shelf
	intents []Intent
}

func (s *quietShelf) Quiet(context.Context, Lease) (Memory, bool, error) {
	m := Memory{Intents: s.intents}
	m.Cursors = [2]sources.Cursor{"1", "1"}
	m.Known[Source] = &dataclass.Known{}
	return m, true, nil
}

// TestGlanceAtAPhone: a phone's links are loaded if an op is open that it has not answered, or if it goes on where it
// stopped; else it is enough that it declares anew what it holds.
func TestGlanceAtAPhone(t *testing.T) {
	phone := Party{Caps: sources.Caps{Deferred: true}, Holds: dataclass.Capabilities{Complete: true, Limits: []dataclass.Limit{{Name: "FN"}}}}
	resumes, listing := phone, phone
	resumes.Resumes, listing.Listing = true, true
	for name, tc := range map[string]struct {
		phone   Party
		intents []Intent
		loads   int
	}{
		"at rest":    {phone, nil, 0},
		"an open op": {phone, []Intent{{ID: 1, State: Sent}}, 1},
		"goes on":    {resumes, nil, 1},
		"shows all":  {listing, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &quietShelf{intents: tc.intents}
			r := run{engine: &Engine{Journal: s}, job: Job{Mode: TwoWay, Way: BothWays, Sides: [2]Party{tc.phone, {}}}}
			if err := r.glance(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.loads != tc.loads || r.glanced == (tc.loads > 0) {
				t.Errorf("%d loads, want %d", s.loads, tc.loads)
			}
			if tc.loads == 0 && !r.mem.Known[Source].Changed() {
				t.Error("what the phone declares was not noted")
			}
		})
	}
}
