package atom

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// schedulePages are the forms of schedules, which the page of their binding has.
func (a *api) schedulePages() map[string]page {
	return map[string]page{
		"/v2/syncengine/schedules":                {forms: map[string]former{"add": a.onceFormer(a.formAddSchedule)}},
		"/v2/syncengine/schedules/{entry:[0-9]+}": {forms: map[string]former{"remove": a.formRemoveSchedule, "run": a.formRunSchedule}},
	}
}

// schedules fills in when a binding is to be synchronised.
func (a *api) schedules(r *http.Request, b bindings.Binding, v *pages.Binding) error {
	states, err := a.scheduleStates(r.Context(), b.Owner, b.ID)
	if err != nil {
		return err
	}
	list, err := a.Schedules.Schedules(r.Context(), b.Owner)
	for _, s := range list {
		if s.Binding == b.ID {
			v.Schedules = append(v.Schedules, pages.Schedule{
				Title: firstOf(s.Cron, "every "+shortDuration(s.Every)), Class: string(s.Class), Path: "/v2/syncengine/schedules/" + number64(s.ID),
				State: stateSentence(states[s.ID]), Last: lastSentence(states[s.ID]), Word: scheduleWord(states[s.ID]),
				Limits: limitsSentence(s.Timing),
			})
		}
	}
	return err
}

// formAddSchedule makes a schedule of a binding.
func (a *api) formAddSchedule(r *http.Request, f url.Values) (done, error) {
	id, err := strconv.ParseInt(f.Get("binding"), 10, 64)
	if err != nil {
		return done{}, errNoScheduleBinding
	}
	field := func(name string) string { return strings.TrimSpace(f.Get(name)) }
	t := bindings.Timing{
		Binding: id, Class: dataclass.Class(field("dataclass")), Cron: field("cron"), Zone: field("zone"),
		QuietFrom: field("quiet_from"), QuietTo: field("quiet_to"),
	}
	for name, d := range map[string]*time.Duration{"interval": &t.Every, "jitter": &t.Jitter} {
		if text := field(name); text != "" {
			if *d, err = time.ParseDuration(text); err != nil {
				return done{}, errBadInterval
			}
		}
	}
	s, err := a.Schedules.CreateSchedule(r.Context(), callerOf(r).ID, t)
	if err != nil {
		return done{}, bindingError(err)
	}
	return done{bindingPath(s.Binding), pages.ScheduleAdded}, nil
}

// limitsSentence tells when a schedule does not run, and how much later it may.
func limitsSentence(t bindings.Timing) string {
	var out []string
	if t.QuietFrom != "" {
		out = append(out, "not from "+t.QuietFrom+" to "+t.QuietTo)
	}
	if t.Jitter > 0 {
		out = append(out, "up to "+shortDuration(t.Jitter)+" later")
	}
	if len(out) == 0 {
		return ""
	}
	list := strings.Join(out, "; ")
	return strings.ToUpper(list[:1]) + list[1:] + "."
}

// formRemoveSchedule removes a schedule.
func (a *api) formRemoveSchedule(r *http.Request, _ url.Values) (done, error) {
	s, err := a.schedule(r)
	if err != nil {
		return done{}, err
	}
	if err := a.Schedules.RemoveSchedule(r.Context(), s.Owner, s.ID); err != nil {
		return done{}, unknown(err, errUnknownSchedule)
	}
	return done{bindingPath(s.Binding), pages.ScheduleRemoved}, nil
}

// formRunSchedule has a schedule run now.
func (a *api) formRunSchedule(r *http.Request, _ url.Values) (done, error) {
	s, err := a.schedule(r)
	if err != nil {
		return done{}, err
	}
	if err := a.Schedules.RunSchedule(r.Context(), s.Owner, s.ID); err != nil {
		return done{}, unknown(err, errUnknownSchedule)
	}
	return done{bindingPath(s.Binding), pages.ScheduleRun}, nil
}

// lastSentence tells how a schedule ended the last time.
func lastSentence(s bindings.StartState) string {
	words := map[string]string{
		bindings.OutcomeDone: "synchronized", bindings.OutcomeHeld: "synchronized, and something waits for you",
		bindings.OutcomeAlerted: "the phone was asked to come", bindings.OutcomeFailed: "failed", bindings.OutcomeSkipped: "passed over",
		bindings.OutcomePaused: "paused",
	}
	if s.Last.IsZero() || s.Outcome == "" {
		return ""
	}
	return "Last: " + s.Last.UTC().Format(scheduleTimeForm) + ", " + words[s.Outcome]
}
