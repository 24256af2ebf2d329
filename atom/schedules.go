package atom

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Schedules keeps when bindings are to be synchronised; a *bindings.Store is one. Its errors are the classes of package
// bindings.
type Schedules interface {
	Schedules(ctx context.Context, owner string) ([]bindings.Schedule, error)
	Schedule(ctx context.Context, owner string, id int64) (bindings.Schedule, error)
	CreateSchedule(ctx context.Context, owner string, t bindings.Timing) (bindings.Schedule, error)
	ChangeSchedule(ctx context.Context, owner string, id int64, t bindings.Timing) (bindings.Schedule, error)
	RemoveSchedule(ctx context.Context, owner string, id int64) error
	// StartStates gives where the schedules of a binding stand, or of all bindings for 0; RunSchedule has one run now.
	StartStates(ctx context.Context, owner string, binding int64) ([]bindings.StartState, error)
	RunSchedule(ctx context.Context, owner string, id int64) error
}

// scheduleResources are the addresses of schedules.
func (a *api) scheduleResources() map[string]methods {
	return map[string]methods{
		"/v2/syncengine/schedules": {http.MethodGet: a.listSchedules, http.MethodPost: a.postSchedule},
		"/v2/syncengine/schedules/{entry:[0-9]+}": {
			http.MethodGet: a.getSchedule, http.MethodPut: a.putSchedule, http.MethodDelete: a.deleteSchedule,
		},
	}
}

// listSchedules answers GET /v2/syncengine/schedules/; binding=N chooses those of one binding.
func (a *api) listSchedules(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Schedules.Schedules(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	states, err := a.scheduleStates(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return err
	}
	only := r.URL.Query().Get("binding")
	var entries []dated
	for _, s := range list {
		if only == "" || only == number64(s.Binding) {
			entries = append(entries, dated{a.scheduleEntry(r, s, states[s.ID]), s.Updated})
		}
	}
	return a.ownFeed(w, r, "schedules", "Schedules", entries)
}

// schedule finds the schedule that the path names.
func (a *api) schedule(r *http.Request) (bindings.Schedule, error) {
	s, err := a.Schedules.Schedule(r.Context(), callerOf(r).ID, number(r, "entry"))
	return s, unknown(err, errUnknownSchedule)
}

// getSchedule answers GET of one schedule.
func (a *api) getSchedule(w http.ResponseWriter, r *http.Request) error {
	s, err := a.schedule(r)
	if err != nil {
		return err
	}
	return a.writeSchedule(w, r, http.StatusOK, s)
}

// postSchedule answers POST /v2/syncengine/schedules/.
func (a *api) postSchedule(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoSchedule)
	if err != nil {
		return err
	}
	t, err := readTiming(entry, 0)
	if err != nil {
		return err
	}
	s, err := a.Schedules.CreateSchedule(r.Context(), callerOf(r).ID, t)
	if err != nil {
		return bindingError(err)
	}
	w.Header().Set("Location", a.base(r)+"/v2/syncengine/schedules/"+number64(s.ID))
	return a.writeSchedule(w, r, http.StatusCreated, s)
}

// putSchedule answers PUT of one schedule: the entry says all of it, but may leave out the binding.
func (a *api) putSchedule(w http.ResponseWriter, r *http.Request) error {
	was, err := a.schedule(r)
	if err != nil {
		return err
	}
	entry, err := readEntry(r, errNoUpdate)
	if err != nil {
		return err
	}
	t, err := readTiming(entry, was.Binding)
	if err != nil {
		return err
	}
	s, err := a.Schedules.ChangeSchedule(r.Context(), was.Owner, was.ID, t)
	if err != nil {
		return bindingError(err)
	}
	return a.writeSchedule(w, r, http.StatusOK, s)
}

// deleteSchedule answers DELETE of one schedule.
func (a *api) deleteSchedule(w http.ResponseWriter, r *http.Request) error {
	if err := a.Schedules.RemoveSchedule(r.Context(), callerOf(r).ID, number(r, "entry")); err != nil {
		return unknown(err, errUnknownSchedule)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// readTiming reads when a binding is to be synchronised; binding is what it is if the entry does not say.
func readTiming(entry *xmltree.Element, binding int64) (bindings.Timing, error) {
	t := bindings.Timing{
		Binding: binding, Class: dataclass.Class(ownText(entry, "dataclass")), Cron: ownText(entry, "cron"),
		QuietFrom: ownText(entry, "quiet_from"), QuietTo: ownText(entry, "quiet_to"), Zone: ownText(entry, "zone"),
	}
	if text := ownText(entry, "binding"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return t, errNoScheduleBinding
		}
		t.Binding = n
	}
	if t.Binding == 0 {
		return t, errNoScheduleBinding
	}
	for name, d := range map[string]*time.Duration{"interval": &t.Every, "jitter": &t.Jitter} {
		text := ownText(entry, name)
		if text == "" {
			continue
		}
		var err error
		if *d, err = time.ParseDuration(text); err != nil {
			return t, errBadInterval
		}
	}
	return t, nil
}

// scheduleStates gives where schedules stand, by their numbers.
func (a *api) scheduleStates(ctx context.Context, owner string, binding int64) (map[int64]bindings.StartState, error) {
	list, err := a.Schedules.StartStates(ctx, owner, binding)
	out := make(map[int64]bindings.StartState, len(list))
	for _, s := range list {
		if s.Schedule != 0 {
			out[s.Schedule] = s
		}
	}
	return out, err
}

// writeSchedule sends a schedule.
func (a *api) writeSchedule(w http.ResponseWriter, r *http.Request, status int, s bindings.Schedule) error {
	states, err := a.scheduleStates(r.Context(), s.Owner, s.Binding)
	if err != nil {
		return err
	}
	return write(w, status, a.scheduleEntry(r, s, states[s.ID]))
}

// scheduleEntry shows a schedule, and where it stands.
func (a *api) scheduleEntry(r *http.Request, s bindings.Schedule, state bindings.StartState) *xmltree.Element {
	often := firstOf(s.Cron, "every "+shortDuration(s.Every))
	text := fmt.Sprintf("Binding %d: %s. %s", s.Binding, often, stateSentence(state))
	entry := a.ownEntry(r, "schedules", number64(s.ID), fmt.Sprintf("Binding %d: %s", s.Binding, often), text)
	entry.Add(timestamp("published", s.Created), timestamp("updated", s.Updated), a.bound(r, s.Binding), ownElement("binding", number64(s.Binding)))
	if s.Class != "" {
		entry.Add(syncElement("dataclass", string(s.Class)))
	}
	if s.Every > 0 {
		entry.Add(ownElement("interval", shortDuration(s.Every)))
	}
	if s.Jitter > 0 {
		entry.Add(ownElement("jitter", shortDuration(s.Jitter)))
	}
	for _, e := range []struct{ name, text string }{{"cron", s.Cron}, {"quiet_from", s.QuietFrom}, {"quiet_to", s.QuietTo}, {"zone", s.Zone}} {
		if e.text != "" {
			entry.Add(ownElement(e.name, e.text))
		}
	}
	return addState(entry, state)
}

// shortDuration writes a duration without what is zero at its end: 6h, not 6h0m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
