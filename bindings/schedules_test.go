package bindings

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

func TestSchedules(t *testing.T) {
	p := newPair(t, pairOptions{})
	daily := Timing{Binding: p.binding, Cron: " 30  7 * * * ", Zone: "Europe/Oslo", QuietFrom: "22:00", QuietTo: "06:00", Jitter: 90*time.Second + 7}
	s, err := p.store.CreateSchedule(t.Context(), p.owner, daily)
	p.ok(err)
	if s.Cron != "30 7 * * *" || s.Jitter != 90*time.Second || s.Binding != p.binding {
		t.Errorf("%+v", s)
	}
	plan, err := s.Plan()
	p.ok(err)
	if next, ok := plan.Next(p.clock); !ok || next.Format("15:04") < "06:30" || next.Format("15:04") > "06:32" || next.Sub(p.clock) > 24*time.Hour {
		t.Errorf("due %s", next)
	}
	again, err := p.store.Schedule(t.Context(), p.owner, s.ID)
	if err != nil || again != s {
		t.Errorf("%+v, %v; wanted %+v", again, err, s)
	}
	p.clock = p.clock.Add(time.Hour)
	changed, err := p.store.ChangeSchedule(t.Context(), p.owner, s.ID, Timing{Binding: p.binding, Class: dataclass.Contacts, Every: 6 * time.Hour})
	if err != nil || changed.ID != s.ID || changed.Cron != "" || !changed.Created.Equal(s.Created) || !changed.Updated.After(s.Updated) {
		t.Errorf("%+v, %v", changed, err)
	}
	// They go and come with their binding.
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	if list, err := p.store.Schedules(t.Context(), p.owner); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := p.store.Schedule(t.Context(), p.owner, s.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	_, err = p.store.RestoreBinding(t.Context(), p.owner, p.binding)
	p.ok(err)
	if list, err := p.store.Schedules(t.Context(), p.owner); err != nil || len(list) != 1 || list[0] != changed {
		t.Errorf("%v, %v", list, err)
	}
	p.ok(p.store.RemoveSchedule(t.Context(), p.owner, s.ID))
	if err := p.store.RemoveSchedule(t.Context(), p.owner, s.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestScheduleRefuses(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.tell(Change{Classes: &[]dataclass.Class{dataclass.Contacts}})
	for _, tc := range []struct {
		timing Timing
		class  error
		want   string
	}{
		{Timing{Binding: p.binding}, ErrInvalid, "either an interval or a cron expression"},
		{Timing{Binding: p.binding, Every: time.Second}, ErrInvalid, "the interval must be"},
		{Timing{Binding: p.binding, Cron: "x"}, ErrInvalid, "five fields"},
		{Timing{Binding: p.binding, Every: time.Hour, Class: "Recipes"}, ErrInvalid, "no dataclass"},
		{Timing{Binding: p.binding, Every: time.Hour, Class: dataclass.Notes}, ErrInvalid, "does not synchronise Notes"},
		{Timing{Binding: 99, Every: time.Hour}, ErrNotFound, "no binding 99"},
	} {
		if _, err := p.store.CreateSchedule(t.Context(), p.owner, tc.timing); !errors.Is(err, tc.class) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v", tc.timing, err)
		}
	}
	for range maxSchedules {
		_, err := p.store.CreateSchedule(t.Context(), p.owner, Timing{Binding: p.binding, Every: time.Hour})
		p.ok(err)
	}
	if _, err := p.store.CreateSchedule(t.Context(), p.owner, Timing{Binding: p.binding, Every: time.Hour}); !errors.Is(err, ErrInUse) {
		t.Errorf("one too many: %v", err)
	}
}
