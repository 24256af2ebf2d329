package bindings

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"
)

// startNow gives a row of starts as it is.
func (p *pair) startNow(schedule int64) startRow {
	p.t.Helper()
	var row startRow
	p.ok(p.db.View(p.t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND binding_id = ? AND schedule_id = ?", p.owner, p.binding, schedule).Take(&row).Error
	}))
	return row
}

// putStart stores a row of starts.
func (p *pair) putStart(row startRow) {
	p.t.Helper()
	row.Owner, row.Binding = p.owner, p.binding
	p.ok(p.db.Update(p.t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Save(&row).Error }))
}

func TestUnauthorisedUntilAuthorised(t *testing.T) {
	p := newPair(t, pairOptions{})
	b, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	p.ok(p.store.Unauthorised(t.Context(), p.owner, b.Target, "The password is not right"))
	since := p.clock
	p.clock = p.clock.Add(time.Hour)
	p.ok(p.store.Unauthorised(t.Context(), p.owner, b.Target, "The token has ended"))
	list, err := p.store.Unauthorisations(t.Context(), p.owner)
	if err != nil || len(list) != 1 || list[0] != (Unauthorisation{p.owner, b.Target, "The token has ended", since.UTC()}) {
		t.Errorf("%+v, %v", list, err)
	}
	// What failed, or was passed over, is due when the user has signed in; what did not is not touched.
	p.putStart(startRow{Schedule: 1, Outcome: OutcomePaused, Due: micros(p.clock.Add(time.Hour))})
	p.putStart(startRow{Schedule: 2, Outcome: OutcomeFailed, Failures: 4, Due: micros(p.clock.Add(time.Hour))})
	p.putStart(startRow{Schedule: 3, Outcome: OutcomeDone, Due: 7})
	p.ok(p.store.Authorised(t.Context(), p.owner, b.Source)) // it was not the source that refused
	if got := p.startNow(2); got.Failures != 4 {
		t.Errorf("%+v", got)
	}
	p.ok(p.store.Authorised(t.Context(), p.owner, b.Target))
	for schedule, due := range map[int64]int64{1: micros(p.clock), 2: micros(p.clock), 3: 7} {
		if got := p.startNow(schedule); got.Due != due || got.Failures != 0 {
			t.Errorf("schedule %d: %+v, wanted it to be due at %d", schedule, got, due)
		}
	}
	if list, err := p.store.Unauthorisations(t.Context(), p.owner); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := p.store.Unauthorised(t.Context(), p.owner, "018f0000-0000-7000-8000-000000000000", "x"); !errors.Is(err, ErrNoClient) {
		t.Errorf("%v", err)
	}
}

func TestFailuresListed(t *testing.T) {
	p := newPair(t, pairOptions{})
	at := p.clock.UTC().Truncate(time.Microsecond)
	p.putStart(startRow{Schedule: 0, Outcome: OutcomeFailed, Failures: 3, Why: "It is away", Last: micros(at), Due: micros(at.Add(time.Minute))})
	p.putStart(startRow{Schedule: 1, Outcome: OutcomeDone})
	list, err := p.store.Failures(t.Context(), p.owner)
	want := Failure{Owner: p.owner, Binding: p.binding, Count: 3, Why: "It is away", Last: at, Next: at.Add(time.Minute)}
	if err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("%+v, %v", list, err)
	}
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	if list, err := p.store.Failures(t.Context(), p.owner); err != nil || len(list) != 0 {
		t.Errorf("of a removed binding: %+v, %v", list, err)
	}
}
