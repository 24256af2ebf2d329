package datastore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Changes that are carried out together become what they become one after the other: the same items, keys and refusals.
func TestEditEachIsLikeOneByOne(t *testing.T) {
	h := newHouse(t, datastore.Options{MaxItemSize: 500})
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		together, alone := h.client(t, fmt.Sprint("a", seed)), h.client(t, fmt.Sprint("b", seed))
		for range 4 {
			list := make([]datastore.Edit, 1+r.IntN(12))
			for i := range list {
				list[i] = anyEdit(r)
			}
			out, err := together.items().EditEach(t.Context(), dataclass.Contacts, list)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range list {
				want := editAlone(t.Context(), alone.items(), x)
				if got := became(out[i]); got != became(want) {
					t.Fatalf("seed %d: %d of %s is %s instead of %s", seed, i, shown(list), got, became(want))
				}
			}
			if a, b := all(t, together), all(t, alone); a != b {
				t.Fatalf("seed %d: after %s\n%s\ninstead of\n%s", seed, shown(list), a, b)
			}
		}
	}
}

// anyEdit chooses among few names and UIDs, so that they meet.
func anyEdit(r *rand.Rand) datastore.Edit {
	x := datastore.Edit{ID: sources.ID(fmt.Sprint("i", r.IntN(4))), Delete: r.IntN(4) == 0}
	x.If.Unique = r.IntN(5) > 0
	switch r.IntN(5) {
	case 0:
		x.If.Absent = true
	case 1:
		x.If.Present = true
	case 2:
		x.If.Revs = []sources.Revision{sources.Revision(fmt.Sprint(1 + r.IntN(9)))}
	}
	if x.Delete {
		return x
	}
	uid := ""
	if n := r.IntN(4); n > 0 {
		uid = fmt.Sprintf("UID:u%d\r\n", n)
	}
	if r.IntN(4) == 0 {
		x.If.For = sources.ID(fmt.Sprint("i", r.IntN(4)))
	}
	x.Body = dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\n" + uid + "FN:" + strings.Repeat("x", 1+r.IntN(3)*200) + "\r\nEND:VCARD\r\n")}
	return x
}

func editAlone(ctx context.Context, it datastore.Items, x datastore.Edit) (out datastore.Outcome) {
	_, gone := it.Head(ctx, dataclass.Contacts, x.ID)
	if x.Delete {
		out.Err = it.DeleteIf(ctx, dataclass.Contacts, x.ID, x.If)
	} else {
		out.Item, out.Made, out.Err = it.PutIf(ctx, dataclass.Contacts, x.ID, x.If, x.Body)
	}
	if x.If.Present && errors.Is(gone, sources.ErrGone) && errors.Is(out.Err, sources.ErrConflict) {
		out.Err = sources.ErrGone
	}
	return out
}

// became says what became of a change.
func became(o datastore.Outcome) string {
	var taken *datastore.TakenError
	switch {
	case errors.As(o.Err, &taken):
		return "taken by " + string(taken.By)
	case errors.Is(o.Err, sources.ErrConflict):
		return "conflict"
	case errors.Is(o.Err, sources.ErrGone):
		return "gone"
	case errors.Is(o.Err, sources.ErrTooBig):
		return "too big"
	case o.Err != nil:
		return o.Err.Error()
	}
	return fmt.Sprintf("%s %s made=%t", o.Item.ID, o.Item.Rev, o.Made)
}

// shown prints edits.
func shown(list []datastore.Edit) string {
	var b strings.Builder
	for i, x := range list {
		fmt.Fprintf(&b, "\n%d: %s %+v delete=%t %q", i, x.ID, x.If, x.Delete, dataclass.Peek(x.Body.Data).UID)
	}
	return b.String()
}

// all gives everything that a reader who saw nothing is shown, with the keys of what came back, and what was deleted.
func all(t *testing.T, c *client) string {
	t.Helper()
	var b strings.Builder
	heads, err := c.items().Heads(t.Context(), dataclass.Contacts, -1, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		fmt.Fprintln(&b, h.ID, h.Rev, h.Dead)
	}
	s, err := c.Source("").Begin(t.Context(), dataclass.Contacts, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // nothing was written
	for ch, err := range s.Changes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %q %q\n", ch.ID, ch.Key, ch.Body.Data)
	}
	return b.String()
}

// What cannot be read of the database, or a caller that went away, leaves nothing behind.
func TestEditEachAllOrNothing(t *testing.T) {
	c := newHouse(t, datastore.Options{}).client(t, "ann")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.items().EditEach(ctx, notes, []datastore.Edit{{ID: "a", Body: note("a")}}); err == nil {
		t.Error("carried out for nobody")
	}
	if _, err := c.items().EditEach(t.Context(), "nothing", nil); !errors.Is(err, sources.ErrUnsupported) {
		t.Errorf("an unknown class: %v", err)
	}
	if out, err := c.items().EditEach(t.Context(), notes, []datastore.Edit{{ID: "", Body: note("a")}, {ID: "b", Body: note("b")}}); err != nil || out[0].Err == nil || out[1].Err != nil {
		t.Errorf("%+v, %v", out, err)
	}
	if n, err := c.items().Count(t.Context(), notes); n != 1 || err != nil {
		t.Errorf("%d items, %v", n, err)
	}
}
