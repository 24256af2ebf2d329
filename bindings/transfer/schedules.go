package transfer

import (
	"context"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// zipSchedule is when a binding is synchronised.
type zipSchedule struct {
	ID     int64           `json:"id"`
	Class  dataclass.Class `json:"dataclass,omitempty"`
	Every  string          `json:"interval,omitempty"`
	Cron   string          `json:"cron,omitempty"`
	From   string          `json:"quiet_from,omitempty"`
	To     string          `json:"quiet_to,omitempty"`
	Jitter string          `json:"jitter,omitempty"`
	Zone   string          `json:"zone,omitempty"`
}

func zipScheduleOf(s bindings.Schedule) zipSchedule {
	v := zipSchedule{ID: s.ID, Class: s.Class, Cron: s.Cron, From: s.QuietFrom, To: s.QuietTo, Zone: s.Zone}
	for _, d := range []struct {
		of   time.Duration
		text *string
	}{{s.Every, &v.Every}, {s.Jitter, &v.Jitter}} {
		if d.of > 0 {
			*d.text = d.of.String()
		}
	}
	return v
}

// schedules gives the schedules of each binding.
func (x *account) schedules(ctx context.Context) (map[int64][]zipSchedule, error) {
	list, err := x.books.Schedules(ctx, x.who.ID)
	out := make(map[int64][]zipSchedule)
	for _, s := range list {
		out[s.Binding] = append(out[s.Binding], zipScheduleOf(s))
	}
	return out, err
}
