package bindings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// A startedRun is what a fake starter was asked for.
type startedRun struct {
	binding int64
	classes []dataclass.Class
}

// fakeStarter answers as a test says.
type fakeStarter struct {
	runs  []startedRun
	ended Ended
	err   error
	// during is called while a run goes on.
	during func()
}

func (f *fakeStarter) Run(ctx context.Context, _ string, binding int64, classes []dataclass.Class, admit func(context.Context) error) (Ended, error) {
	if err := admit(ctx); err != nil {
		return Ended{}, err
	}
	f.runs = append(f.runs, startedRun{binding, classes})
	if f.during != nil {
		f.during()
	}
	return f.ended, f.err
}

// runner makes a runner of the pair's.
func (p *pair) runner(s Starter) *Runner {
	return p.store.Runner(RunnerOptions{Starter: s, Why: func(err error) string { return "Failed: " + err.Error() }})
}

// turnAll turns a runner until nothing is under way.
func turnAll(t testing.TB, r *Runner) {
	t.Helper()
	turns := 0
	for r.turn(t.Context(), true); len(r.at) > 0; r.turn(t.Context(), true) {
		r.settle(t.Context(), <-r.done)
		if turns++; turns > 100 {
			t.Fatal("it goes on and on")
		}
	}
}

// hourly makes a schedule of every hour.
func (p *pair) hourly(class dataclass.Class) Schedule {
	p.t.Helper()
	s, err := p.store.CreateSchedule(p.t.Context(), p.owner, Timing{Binding: p.binding, Every: time.Hour, Class: class})
	p.ok(err)
	return s
}

// A schedule synchronises its binding when it is due, and what it did is in the log.
func TestRunnerSynchronises(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.put(0, card("Ann"))
	s := p.hourly(dataclass.Contacts)
	b := p.background()
	r := p.runner(b.Starter(nil))
	turnAll(t, r)
	p.clock = p.clock.Add(time.Hour)
	turnAll(t, r)
	p.mustHold("Ann")
	if got := p.startNow(s.ID); got.Outcome != OutcomeDone || got.Due != micros(p.clock.Add(time.Hour)) || got.Last != micros(p.clock) || got.Lease != 0 {
		t.Errorf("%+v", got)
	}
	log, err := p.store.Log(t.Context(), p.owner, 0, 0)
	if err != nil || len(log) != 1 || log[0].State != engine.StateDone {
		t.Errorf("%+v, %v", log, err)
	}
	// What was due while the server was down is run once.
	p.clock = p.clock.Add(50*time.Hour + 10*time.Minute)
	turnAll(t, r)
	turnAll(t, r)
	if log, err := p.store.Log(t.Context(), p.owner, 0, 0); err != nil || len(log) != 2 {
		t.Errorf("%+v, %v", log, err)
	}
	if got := p.startNow(s.ID); got.Due != micros(p.clock.Add(50*time.Minute)) {
		t.Errorf("%+v", got)
	}
	b.Drain(t.Context())
}

// What becomes of a start is what came of it.
func TestRunnerOutcomes(t *testing.T) {
	refused := fmt.Errorf("run: %w", sources.ErrAuth)
	for name, tc := range map[string]struct {
		ended    Ended
		err      error
		outcome  string
		failures int
		// from and to bound when it is due again.
		from, to time.Duration
	}{
		"done":            {outcome: OutcomeDone, from: time.Hour, to: time.Hour},
		"held":            {ended: Ended{Held: true}, outcome: OutcomeHeld, from: time.Hour, to: time.Hour},
		"a phone":         {ended: Ended{Alerted: true}, outcome: OutcomeAlerted, from: time.Hour, to: time.Hour},
		"no address":      {err: syncml.ErrNoAddress, outcome: OutcomeSkipped, from: time.Hour, to: time.Hour},
		"failed":          {err: errors.New("connection reset"), outcome: OutcomeFailed, failures: 1, from: pauseLeast, to: pauseFirst},
		"in its sync":     {err: engine.ErrBusy, from: busyPause, to: 2 * busyPause},
		"server is busy":  {err: sources.ErrBusy, from: busyPause, to: 2 * busyPause},
		"server stops":    {err: errStopped},
		"whose password?": {err: refused, outcome: OutcomeFailed, failures: 1, from: pauseLeast, to: pauseFirst},
		"asks for time":   {err: later{2 * time.Hour}, outcome: OutcomeFailed, failures: 1, from: 2 * time.Hour, to: 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			s := p.hourly("")
			p.clock = p.clock.Add(time.Hour)
			f := &fakeStarter{ended: tc.ended, err: tc.err}
			r := p.runner(f)
			r.turn(t.Context(), true)
			r.settle(t.Context(), <-r.done)
			got := p.startNow(s.ID)
			due := fromMicros(got.Due).Sub(p.clock)
			if got.Outcome != tc.outcome || got.Failures != tc.failures || due < tc.from || due > tc.to || got.Lease != 0 || len(f.runs) != 1 {
				t.Errorf("%+v, due in %s after %d runs", got, due, len(f.runs))
			}
			if told := got.Outcome == OutcomeFailed || got.Outcome == OutcomeSkipped || got.Outcome == OutcomeHeld; (got.Why != "") != told {
				t.Errorf("why: %q", got.Why)
			}
		})
	}
}

// later is an error of a client that asks to be left alone.
type later struct{ d time.Duration }

func (l later) Error() string             { return "slow down" }
func (l later) RetryAfter() time.Duration { return l.d }

// What fails is tried after longer and longer pauses, not in quiet hours, and a success ends that.
func TestRunnerBacksOff(t *testing.T) {
	p := newPair(t, pairOptions{})
	s, err := p.store.CreateSchedule(t.Context(), p.owner, Timing{Binding: p.binding, Cron: "0 21 * * *", QuietFrom: "22:00", QuietTo: "06:00"})
	p.ok(err)
	f := &fakeStarter{err: errors.New("away")}
	r := p.runner(f)
	var pauses []time.Duration
	p.clock = fromMicros(p.startNow(s.ID).Due)
	for range 14 {
		turnAll(t, r)
		due := fromMicros(p.startNow(s.ID).Due)
		if h := due.Hour(); h >= 22 || h < 6 {
			t.Errorf("due at %s, in quiet hours", due)
		}
		pauses = append(pauses, due.Sub(p.clock))
		p.clock = due
	}
	if got := p.startNow(s.ID); got.Failures != 14 || len(f.runs) != 14 {
		t.Errorf("%+v after %d runs; pauses %v", got, len(f.runs), pauses)
	}
	if pauses[0] > pauseFirst {
		t.Errorf("pauses %v", pauses)
	}
	f.err = nil
	turnAll(t, r)
	if got := p.startNow(s.ID); got.Failures != 0 || got.Why != "" || fromMicros(got.Due).Hour() != 21 {
		t.Errorf("%+v", got)
	}
}

// A client that refuses its credentials pauses its bindings: they are not tried in vain, and run once when the user has
// signed in.
func TestRunnerPausesUnauthorised(t *testing.T) {
	p := newPair(t, pairOptions{})
	s := p.hourly("")
	p.replace = func(side int, src sources.Source) sources.Source {
		if side == 1 {
			return refusesClass{src, dataclass.Contacts, sources.ErrAuth}
		}
		return src
	}
	b := p.background()
	r := p.runner(b.Starter(nil))
	tries := func() int {
		log, err := p.store.LogPage(t.Context(), p.owner, LogFilter{Class: dataclass.Contacts})
		p.ok(err)
		return len(log)
	}
	for range 3 {
		p.clock = p.clock.Add(time.Hour)
		turnAll(t, r)
	}
	of, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	list, err := p.store.Unauthorisations(t.Context(), p.owner)
	if err != nil || len(list) != 1 || list[0].Client != of.Target || !strings.HasPrefix(list[0].Why, "Failed: ") || tries() != 1 {
		t.Errorf("%+v, %v; tried %d times", list, err, tries())
	}
	if got := p.startNow(s.ID); got.Outcome != OutcomePaused || got.Failures != 0 {
		t.Errorf("%+v", got)
	}
	p.replace = nil
	p.ok(p.store.Authorised(t.Context(), p.owner, of.Target))
	turnAll(t, r)
	if got := p.startNow(s.ID); got.Outcome != OutcomeDone || tries() != 2 {
		t.Errorf("%+v after %d tries", got, tries())
	}
	b.Drain(t.Context())
}

// A runner that slept past its lease does nothing any more: another one has run what was due.
func TestRunnerWakesLate(t *testing.T) {
	p := newPair(t, pairOptions{})
	s := p.hourly("")
	p.clock = p.clock.Add(time.Hour)
	rows, err := p.store.claimStarts(t.Context(), 5)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%v, %v", rows, err)
	}
	if again, err := p.store.claimStarts(t.Context(), 5); err != nil || len(again) != 0 {
		t.Errorf("claimed twice: %v, %v", again, err)
	}
	p.clock = p.clock.Add(2 * startLease)
	f := &fakeStarter{}
	second := p.runner(f)
	turnAll(t, second)
	if len(f.runs) != 1 {
		t.Errorf("the other runner ran %v", f.runs)
	}
	was := p.startNow(s.ID)
	first := p.runner(f)
	e := first.work(t.Context(), rows[0])
	p.ok(p.store.settleStarts(t.Context(), []settlement{e}))
	if len(f.runs) != 1 || p.startNow(s.ID) != was {
		t.Errorf("it ran again: %v, %+v", f.runs, p.startNow(s.ID))
	}
}

// What a user says of a schedule while it runs is not overwritten by the end of the run.
func TestRunnerAndUsers(t *testing.T) {
	p := newPair(t, pairOptions{})
	s := p.hourly("")
	f := &fakeStarter{}
	r := p.runner(f)
	p.clock = p.clock.Add(time.Hour)
	f.during = func() {
		_, err := p.store.ChangeSchedule(t.Context(), p.owner, s.ID, Timing{Binding: p.binding, Every: 7 * time.Hour})
		p.ok(err)
	}
	turnAll(t, r)
	if got := p.startNow(s.ID); got.Due != micros(s.Created.Add(7*time.Hour)) || got.Outcome != OutcomeDone {
		t.Errorf("changed meanwhile: %+v", got)
	}
	f.during = func() { f.during = nil; p.ok(p.store.RunSchedule(t.Context(), p.owner, s.ID)) }
	p.ok(p.store.RunSchedule(t.Context(), p.owner, s.ID))
	turnAll(t, r)
	if len(f.runs) != 3 {
		t.Errorf("run now, twice: %v", f.runs)
	}
	f.during = func() { f.during = nil; p.ok(p.store.RemoveSchedule(t.Context(), p.owner, s.ID)) }
	p.clock = p.clock.Add(7 * time.Hour)
	turnAll(t, r)
	p.clock = p.clock.Add(7 * time.Hour)
	turnAll(t, r)
	if len(f.runs) != 4 {
		t.Errorf("removed: %v", f.runs)
	}
}

// Schedules go and come with their binding, and follow the zone of their account.
func TestRunnerFollowsBindingAndZone(t *testing.T) {
	p := newPair(t, pairOptions{})
	s, err := p.store.CreateSchedule(t.Context(), p.owner, Timing{Binding: p.binding, Cron: "0 7 * * *"})
	p.ok(err)
	f := &fakeStarter{}
	r := p.runner(f)
	p.ok(p.store.SetZone(t.Context(), p.owner, "Asia/Tokyo"))
	turnAll(t, r)
	if got := fromMicros(p.startNow(s.ID).Due); got.Hour() != 22 {
		t.Errorf("due at %s", got)
	}
	if err := p.store.SetZone(t.Context(), p.owner, "Mars"); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, p.binding))
	p.clock = p.clock.Add(48 * time.Hour)
	turnAll(t, r)
	if got := p.startNow(s.ID); len(f.runs) != 0 || got.Due != notDue {
		t.Errorf("of a removed binding: %+v, %v", got, f.runs)
	}
	_, err = p.store.RestoreBinding(t.Context(), p.owner, p.binding)
	p.ok(err)
	turnAll(t, r)
	if got := fromMicros(p.startNow(s.ID).Due); got.Hour() != 22 || got.Sub(p.clock) > 24*time.Hour || len(f.runs) != 0 {
		t.Errorf("brought back: %s, %v", got, f.runs)
	}
}

// A clock that was two years ahead, and was set right, does not let schedules wait for two years.
func TestRunnerAfterWrongClock(t *testing.T) {
	p := newPair(t, pairOptions{})
	right := p.clock
	p.clock = p.clock.AddDate(2, 0, 0)
	s := p.hourly("")
	p.clock = p.clock.Add(time.Hour)
	_, err := p.store.claimStarts(t.Context(), 1) // and dies
	p.ok(err)
	p.clock = right
	f := &fakeStarter{}
	r := p.runner(f)
	turnAll(t, r)
	p.clock = p.clock.Add(time.Hour)
	turnAll(t, r)
	if got := p.startNow(s.ID); len(f.runs) != 1 || fromMicros(got.Due).Sub(p.clock) > time.Hour {
		t.Errorf("%+v, %v", got, f.runs)
	}
}

func TestRunnerSurvivesPanic(t *testing.T) {
	p := newPair(t, pairOptions{})
	s := p.hourly("")
	p.clock = p.clock.Add(time.Hour)
	r := p.runner(&fakeStarter{during: func() { panic("oh") }})
	turnAll(t, r)
	if got := p.startNow(s.ID); got.Outcome != OutcomeFailed || got.Failures != 1 {
		t.Errorf("%+v", got)
	}
}
