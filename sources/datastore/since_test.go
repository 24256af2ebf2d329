package datastore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// told gives the state that somebody knows who is told of every item of a listing.
type told map[sources.ID]string

func (k told) hear(list []datastore.Item) {
	for _, it := range list {
		if it.Dead {
			delete(k, it.ID)
		} else {
			k[it.ID] = string(it.Body.Data)
		}
	}
}

func (c *client) since(after int64, o datastore.Order) (all []datastore.Item) {
	c.t.Helper()
	for {
		page, err := c.items().Since(c.t.Context(), notes, after, o)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all, after, o.Skip = append(all, page...), page[len(page)-1].Change, 0
	}
}

func (c *client) mark() datastore.Mark {
	c.t.Helper()
	m, err := c.items().Mark(c.t.Context(), notes)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *client) first(t time.Time) int64 {
	c.t.Helper()
	n, err := c.items().First(c.t.Context(), notes, t)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// TestSinceClock edits while the clock of the machine does what it likes: whoever asks since the time of his last look
// is told of everything, and of nothing twice.
func TestSinceClock(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	h := newHouse(t, datastore.Options{Now: func() time.Time { return now }})
	rapid.Check(t, func(rt *rapid.T) {
		c := h.client(t, "ann")
		truth, knows := told{}, told{}
		var ids []sources.ID
		last := time.Time{}
		for range rapid.IntRange(1, 12).Draw(rt, "looks") {
			for range rapid.IntRange(0, 4).Draw(rt, "edits") {
				now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, -1, 5000, -90000000}).Draw(rt, "clock")) * time.Millisecond)
				which := rapid.IntRange(0, len(ids)).Draw(rt, "item")
				if which == len(ids) {
					it := c.put(fmt.Sprint("new ", now.UnixMilli()))
					ids, truth[it.ID] = append(ids, it.ID), string(it.Body.Data)
					continue
				}
				id := ids[which]
				if _, lives := truth[id]; lives && rapid.Bool().Draw(rt, "delete") {
					if err := c.Delete(notes, id); err != nil {
						rt.Fatal(err)
					}
					delete(truth, id)
					continue
				}
				text := fmt.Sprint("edit ", rapid.Int().Draw(rt, "text"))
				if _, err := c.items().Put(t.Context(), notes, id, "", note(text)); err != nil {
					rt.Fatal(err)
				}
				truth[id] = text
			}
			m := c.mark()
			list := c.since(c.first(last), datastore.Order{Limit: rapid.IntRange(1, 3).Draw(rt, "limit")})
			knows.hear(list)
			last = m.Next
			if fmt.Sprint(knows) != fmt.Sprint(truth) {
				rt.Fatalf("knows %v of %v", knows, truth)
			}
			if again := c.since(c.first(last), datastore.Order{}); len(again) > 0 {
				rt.Fatalf("told again of %v", again)
			}
		}
	})
}

func TestSinceOrders(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	a, b, d := c.put("a"), c.put("b"), c.put("d")
	if _, err := c.items().Put(t.Context(), notes, a.ID, "", note("a2")); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(notes, b.ID); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		after int64
		o     datastore.Order
		want  []sources.ID
	}{
		"all":            {0, datastore.Order{}, []sources.ID{d.ID, a.ID, b.ID}},
		"living":         {0, datastore.Order{Living: true}, []sources.ID{d.ID, a.ID}},
		"newest":         {0, datastore.Order{Newest: true, Limit: 1}, []sources.ID{b.ID, a.ID, d.ID}},
		"newest before":  {5, datastore.Order{Newest: true}, []sources.ID{a.ID, d.ID}},
		"after":          {4, datastore.Order{}, []sources.ID{b.ID}},
		"skip":           {0, datastore.Order{Skip: 2}, []sources.ID{b.ID}},
		"nothing beyond": {5, datastore.Order{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []sources.ID
			for _, it := range c.since(tt.after, tt.o) {
				got = append(got, it.ID)
				if it.Dead != (it.ID == b.ID) || it.Dead != it.Body.IsZero() {
					t.Errorf("%+v", it)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if it, err := c.items().Dead(t.Context(), notes, b.ID); err != nil || !it.Dead {
		t.Errorf("dead: %+v %v", it, err)
	}
	if _, err := c.items().Dead(t.Context(), notes, a.ID); err == nil {
		t.Error("one that lives is dead")
	}
}

// TestMark looks at what a face tells its clients to come back with.
func TestMark(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	h := newHouse(t, datastore.Options{Now: func() time.Time { return now }})
	c := h.client(t, "ann")
	if m := c.mark(); !m.Next.IsZero() || m.Change != 0 || m.Tag == "" {
		t.Fatalf("empty: %+v", m)
	}
	it := c.put("a")
	m := c.mark()
	if want := now; m.Change != 1 || !m.Next.Equal(now.Add(time.Millisecond)) || !m.Covered.Equal(want) {
		t.Fatalf("%+v", m)
	}
	if c.mark() != m {
		t.Fatal("two marks of one state")
	}
	if err := c.Delete(notes, it.ID); err != nil {
		t.Fatal(err)
	}
	died := c.mark()
	now = now.Add(400 * 24 * time.Hour)
	c.put("b") // which forgets what is old
	m = c.mark()
	if !m.Covered.Equal(died.Next) || m.Floor != 2 || m.Tag == died.Tag {
		t.Errorf("covered from %v, floor %d: %+v", m.Covered, m.Floor, died)
	}
	if err := datastore.BroughtBack(t.Context(), h.store); err != nil {
		t.Fatal(err)
	}
	if back := c.mark(); !back.Covered.After(m.Next.Add(-time.Millisecond)) || back.Next.Before(back.Covered) {
		t.Errorf("after a restore %+v, before %+v", back, m)
	}
}

// TestSinceOthers: neither another client nor another class nor another owner shows.
func TestSinceOthers(t *testing.T) {
	h := newHouse(t, datastore.Options{})
	c, other := h.client(t, "ann"), h.client(t, "ann")
	other.put("x")
	bob := *c
	bob.owner = "bob"
	bob.put("y")
	if list := c.since(0, datastore.Order{}); len(list) != 0 {
		t.Errorf("%v", list)
	}
	if m := c.mark(); m.Change != 0 {
		t.Errorf("%+v", m)
	}
	if _, err := c.items().Since(t.Context(), "Mail", 0, datastore.Order{}); err == nil {
		t.Error("a class that there is not")
	}
}

// TestTimesOfOld takes over a database that was written while the clock was set back.
func TestTimesOfOld(t *testing.T) {
	s, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "old.db"), Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	steps := datastore.Migrations()
	old := steps[:slices.IndexFunc(steps, func(m sqlstore.Migration) bool { return m.ID == "datastore-20261122010" })]
	if err := s.Migrate(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		for i, at := range []int{1000, 3000, 2000, 4000} {
			err := tx.Exec(`INSERT INTO datastore_items VALUES ('ann', 'c', 'Notes', ?, 1, 1, ?, 0, 0, '', '', ?, 'text/plain', x'61')`, fmt.Sprint(i), i+1, at).Error
			if err != nil {
				return err
			}
		}
		return tx.Exec(`INSERT INTO datastore_clients VALUES ('ann', 'c', 'e', 4, 0)`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context(), steps); err != nil {
		t.Fatal(err)
	}
	items := datastore.New(s, datastore.Options{}).Items("ann", "c")
	list, err := items.Since(t.Context(), notes, 0, datastore.Order{})
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, it := range list {
		got = append(got, it.Changed.UnixMilli())
	}
	if want := []int64{1000, 3000, 3000, 4000}; !slices.Equal(got, want) {
		t.Errorf("times %v, want %v", got, want)
	}
	if m, err := items.Mark(t.Context(), notes); err != nil || m.Next.UnixMilli() != 4001 {
		t.Errorf("%+v %v", m, err)
	}
}
