package face

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"gorm.io/gorm"
)

// An index that an earlier version of the program made, which read less out of an item, is thrown away.
func TestIndexOfAnotherForm(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"tea", eventOf("tea", "DTSTART:20260504T100000Z", "DTEND:20260504T110000Z"))
	ask := func() []string {
		a := w.ask(http.StatusMultiStatus, "REPORT", events, calQuery("VEVENT", `<cal:time-range start="20260504T000000Z" end="20260505T000000Z"/>`))
		return hrefsIn(t, a.body)
	}
	change := func(what string) {
		t.Helper()
		err := w.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Exec(what).Error })
		if err != nil {
			t.Fatal(err)
		}
	}
	ask()
	change("UPDATE dav_index SET starts = 0, ends = 1")
	if got := ask(); len(got) > 0 {
		t.Fatalf("the index is not asked: %v", got)
	}
	change("UPDATE dav_indexed SET epoch = replace(epoch, '" + indexForm + "', '')")
	if got := ask(); !slices.Equal(got, []string{"tea"}) {
		t.Errorf("%v instead of the event", got)
	}
}
