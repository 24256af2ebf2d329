package datastore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

const notes = dataclass.Notes

func note(s string) dataclass.Body { return dataclass.Body{Type: "text/plain", Data: []byte(s)} }

func openStore(t testing.TB, path string) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(context.Background(), sqlstore.Options{Path: path, Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context(), datastore.Migrations()); err != nil {
		t.Fatal(err)
	}
	return store
}

func (c *client) put(s string) datastore.Item {
	c.t.Helper()
	it, err := c.items().Put(c.t.Context(), notes, "", "", note(s))
	if err != nil {
		c.t.Fatal(err)
	}
	return it
}

func (c *client) session(since sources.Cursor) sources.Session {
	c.t.Helper()
	s, err := c.Source("engine").Begin(c.t.Context(), notes, since)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *client) look(since sources.Cursor) (list []sources.Change, cur sources.Cursor) {
	c.t.Helper()
	s := c.session(since)
	for ch, err := range s.Changes(c.t.Context()) {
		if err != nil {
			c.t.Fatal(err)
		}
		list = append(list, ch)
	}
	cur, err := s.Commit(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return list, cur
}

func TestItems(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC)
	h := newHouse(t, datastore.Options{Now: func() time.Time { return now }})
	c := h.client(t, "ann")
	first := c.put("a")
	want := datastore.Item{ID: first.ID, Rev: "1", Body: note("a"), Changed: now, Change: 1, Entered: now}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Fatal(diff)
	}
	now = now.Add(time.Hour)
	second, err := c.items().Put(t.Context(), notes, first.ID, first.Rev, note("b"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.items().Get(t.Context(), notes, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	want = datastore.Item{ID: first.ID, Rev: "2", Body: note("b"), Changed: now, Change: 2, Entered: first.Entered}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(second, got); diff != "" {
		t.Fatal(diff)
	}
	if n, err := c.items().Count(t.Context(), notes); n != 1 || err != nil {
		t.Fatalf("count %d, %v", n, err)
	}
	if n, err := c.items().Count(t.Context(), dataclass.Tasks); n != 0 || err != nil {
		t.Fatalf("count of tasks %d, %v", n, err)
	}
}

func TestItemsErrors(t *testing.T) {
	c := newHouse(t, datastore.Options{MaxItemSize: 10}).client(t, "ann")
	it, gone := c.put("a"), c.put("b")
	if err := c.Delete(notes, gone.ID); err != nil {
		t.Fatal(err)
	}
	put := func(class dataclass.Class, id sources.ID, rev sources.Revision, b dataclass.Body) error {
		_, err := c.items().Put(t.Context(), class, id, rev, b)
		return err
	}
	get := func(class dataclass.Class, id sources.ID) error {
		_, err := c.items().Get(t.Context(), class, id)
		return err
	}
	list := func(class dataclass.Class) error {
		_, err := c.items().List(t.Context(), class, "", 0)
		return err
	}
	del := func(id sources.ID, rev sources.Revision) error { return c.items().Delete(t.Context(), notes, id, rev) }
	for name, tc := range map[string]struct{ err, want error }{
		"put too big":                {put(notes, "", "", note("eleven byte")), sources.ErrTooBig},
		"put of an old revision":     {put(notes, it.ID, "7", note("x")), sources.ErrConflict},
		"put of a gone item":         {put(notes, gone.ID, gone.Rev, note("x")), sources.ErrConflict},
		"put with a control in id":   {put(notes, "a\nb", "", note("x")), sources.ErrUnsupported},
		"put with a broken id":       {put(notes, "a\xffb", "", note("x")), sources.ErrUnsupported},
		"put with a long id":         {put(notes, sources.ID(strings.Repeat("a", 1025)), "", note("x")), sources.ErrUnsupported},
		"put of another class":       {put("Nonsense", "", "", note("x")), sources.ErrUnsupported},
		"get of a gone item":         {get(notes, gone.ID), sources.ErrGone},
		"get of a missing item":      {get(notes, "x"), sources.ErrGone},
		"get in another class":       {get(dataclass.Tasks, it.ID), sources.ErrGone},
		"get of another class":       {get(dataclass.Calendar, it.ID), sources.ErrUnsupported},
		"list of another class":      {list("x"), sources.ErrUnsupported},
		"delete of a gone item":      {del(gone.ID, ""), sources.ErrGone},
		"delete of a missing item":   {del("x", ""), sources.ErrGone},
		"delete of an old revision":  {del(it.ID, "7"), sources.ErrConflict},
		"delete of another class":    {c.Delete("x", it.ID), sources.ErrUnsupported},
		"put of the longest id":      {put(notes, sources.ID(strings.Repeat("a", 1024)), "", note("x")), nil},
		"put under an id of its own": {put(notes, "my own/☃", "", note("x")), nil},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: error %v, want %v", name, tc.err, tc.want)
		}
	}
	if body, err := c.items().Get(t.Context(), notes, it.ID); err != nil || string(body.Body.Data) != "a" {
		t.Errorf("the item is %q, %v", body.Body.Data, err)
	}
}

// TestIDUsedAgain: an owner may put an item under the id of one that was deleted.
func TestIDUsedAgain(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	it := c.put("a")
	_, before := c.look("")
	if err := c.Delete(notes, it.ID); err != nil {
		t.Fatal(err)
	}
	_, between := c.look(before)
	if _, err := c.items().Put(t.Context(), notes, it.ID, "", note("b")); err != nil {
		t.Fatal(err)
	}
	for since, renewed := range map[sources.Cursor]bool{before: true, between: false, "": false} {
		list, _ := c.look(since)
		want := []sources.Change{{ID: it.ID, Rev: "3", Verb: sources.Add, Body: note("b"), Renewed: renewed}}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Errorf("since %s: %s", since, diff)
		}
	}
}

func TestForget(t *testing.T) {
	now := time.Unix(1000, 0)
	h := newHouse(t, datastore.Options{Now: func() time.Time { return now }})
	c, other := h.client(t, "ann"), h.client(t, "ann")
	_, empty := c.look("")
	a, b := c.put("a"), c.put("b")
	_, before := c.look("")
	if err := c.Delete(notes, a.ID); err != nil {
		t.Fatal(err)
	}
	_, middle := c.look("")
	now = now.Add(time.Hour)
	if err := c.Delete(notes, b.ID); err != nil {
		t.Fatal(err)
	}
	x := other.put("x")
	_, others := other.look("")
	if err := other.Delete(notes, x.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.items().Forget(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	for name, cur := range map[string]sources.Cursor{"empty": empty, "before": before} {
		if _, err := c.Source("").Begin(t.Context(), notes, cur); !errors.Is(err, sources.ErrCursorLost) {
			t.Errorf("cursor %s: %v", name, err)
		}
	}
	if list, _ := c.look(middle); len(list) != 1 || list[0].ID != b.ID {
		t.Errorf("the later delete is lost: %v", list)
	}
	if list, _ := other.look(others); len(list) != 1 || list[0].ID != x.ID {
		t.Errorf("the other client's delete is lost: %v", list)
	}
	if err := h.client(t, "ann").items().Forget(t.Context(), now); err != nil {
		t.Errorf("forget in an empty client: %v", err)
	}
}

// TestBigItems: pages of a listing are bounded by bytes, and nothing is lost between pages.
func TestBigItems(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	want := map[sources.ID]int{}
	for _, size := range []int{3 << 20, 10, 1 << 20, 700_000, 0, 700_000, 700_000, 1, 5 << 20} {
		want[c.put(strings.Repeat("x", size)).ID] = size
	}
	page, err := c.items().List(t.Context(), notes, "", 0)
	if err != nil || len(page) != 1 {
		t.Fatalf("a page has %d items after one of 3 MB (%v)", len(page), err)
	}
	got, ids := map[sources.ID]int{}, []sources.ID{}
	list, _ := c.look("")
	for _, ch := range list {
		got[ch.ID] = len(ch.Body.Data)
		ids = append(ids, ch.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	i := 0
	for ch, err := range c.session("").Read(t.Context(), ids) {
		if err != nil || ch.ID != ids[i] || len(ch.Body.Data) != want[ch.ID] {
			t.Fatalf("read %d: %s has %d bytes, %v", i, ch.ID, len(ch.Body.Data), err)
		}
		i++
	}
	all, err := c.List(notes)
	if err != nil || len(all) != len(want) || i != len(want) {
		t.Fatalf("%d items listed, %d read, %v", len(all), i, err)
	}
}

func TestListPages(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	for i := range 7 {
		c.put(fmt.Sprint(i))
	}
	var sizes []int
	seen := ""
	for after := sources.ID(""); ; {
		page, err := c.items().List(t.Context(), notes, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page))
		if len(page) == 0 {
			break
		}
		for _, it := range page {
			after, seen = it.ID, seen+string(it.Body.Data)
		}
	}
	if diff := cmp.Diff([]int{3, 3, 1, 0}, sizes); diff != "" || seen != "0123456" {
		t.Fatalf("pages %v with %q", sizes, seen)
	}
}

func TestOpenNeedsOwner(t *testing.T) {
	k := newHouse(t, datastore.Options{}).d.Kind()
	for _, c := range []sources.Client{{ID: "1"}, {Owner: "ann"}} {
		if _, err := k.Open(t.Context(), c); err == nil {
			t.Errorf("%+v is opened", c)
		}
	}
}

// TestRandom: ids come from the injected source, and an error of it leaves nothing behind.
func TestRandom(t *testing.T) {
	h := newHouse(t, datastore.Options{Random: bytes.NewReader(make([]byte, 8+5+5))})
	c := h.client(t, "ann")
	if a, b := c.put("a").ID, c.put("b").ID; a != "00001-00000000" || b != "00002-00000000" {
		t.Fatalf("ids %s and %s", a, b)
	}
	h.d = datastore.New(h.store, datastore.Options{Random: iotest.ErrReader(errors.New("no luck"))})
	ops := []sources.Op{{Verb: sources.Replace, ID: "00001-00000000", Body: note("x")}, {Verb: sources.Add, Body: note("c")}}
	if _, err := c.session("").Apply(t.Context(), ops); err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Fatalf("error %v", err)
	}
	if _, err := c.items().Put(t.Context(), notes, "", "", note("c")); err == nil {
		t.Fatal("an item without an id is made")
	}
	if _, err := h.client(t, "new owner").items().Put(t.Context(), notes, "x", "", note("c")); err == nil {
		t.Fatal("a client without an epoch is made")
	}
	list, _ := c.look("")
	if len(list) != 2 || string(list[0].Body.Data) != "a" {
		t.Fatalf("the failed batch left %v", list)
	}
}

func TestUnknownVerb(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	res, err := c.session("").Apply(t.Context(), []sources.Op{{Verb: 9}})
	if err != nil || !errors.Is(res[0].Err, sources.ErrUnsupported) {
		t.Fatalf("%+v, %v", res, err)
	}
}

func TestClosedSession(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	s := c.session("")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), nil); err == nil {
		t.Error("a closed session applies")
	}
	if _, err := s.Commit(t.Context()); err == nil {
		t.Error("a closed session commits")
	}
}

// TestQueries: every statement that reads items names the owner first and goes by an index, without a
// sort of its own.
func TestQueries(t *testing.T) {
	h := newHouse(t, datastore.Options{})
	scan := regexp.MustCompile(`SCAN|TEMP B-TREE`)
	const class = "owner_id = 'o' AND client_id = 'c' AND class = 'Notes'"
	for name, q := range map[string]string{
		"listing": class + " AND id > 'x' AND dead = 0 AND created <= 9 ORDER BY id",
		"changes": class + " AND changed > 1 AND changed <= 9 ORDER BY changed",
		"by id":   class + " AND id IN ('a', 'b')",
		"by key":  "owner_id = 'o' AND client_id = 'c' AND add_key <> '' AND add_key IN ('a', 'b')",
	} {
		var plan []struct{ Detail string }
		err := h.store.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
			return db.Raw("EXPLAIN QUERY PLAN SELECT * FROM datastore_items WHERE " + q).Scan(&plan).Error
		})
		if err != nil || len(plan) == 0 {
			t.Fatal(name, err)
		}
		for _, p := range plan {
			if scan.MatchString(p.Detail) || !strings.Contains(p.Detail, "owner_id=?") {
				t.Errorf("%s: %s", name, p.Detail)
			}
		}
	}
}
