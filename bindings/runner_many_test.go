package bindings

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// manyBindings is how many bindings are played.
const manyBindings = 10_000

// many plays schedules of many bindings with two runners over one database, of which each dies now and then.
type many struct {
	*pair
	rand      *rand.Rand
	schedules map[int64]Schedule // by binding
	runners   [2]*Runner
	// busy is who synchronises a binding; a runner that died or was forgotten does not any more.
	busy map[int64]*Runner
	// late are settlements of runners that sleep.
	late []settlement
	// completed are when the runs of a binding began that were stored.
	completed map[int64][]time.Time
	// dies says that the runner that is turned dies before it has done what it began.
	dies bool
	// repeats are runs that were done and not stored.
	repeats int
}

// Run implements Starter.
func (m *many) Run(ctx context.Context, _ string, _ int64, _ []dataclass.Class, admit func(context.Context) error) (Ended, error) {
	if m.dies {
		return Ended{}, errStopped
	}
	return Ended{}, admit(ctx)
}

// manyDays are the days of the play: DAYS of BINDERY_SCHEDULE_DAYS, or 3.
func manyDays(t *testing.T) int {
	text := os.Getenv("BINDERY_SCHEDULE_DAYS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 3 {
		t.Fatal("BINDERY_SCHEDULE_DAYS is a number of days, at least 3")
	}
	return n
}

// newMany makes the bindings, and a schedule of each: most daily, some every six hours, every hour, or at times as cron
// writes them, in zones whose clocks change within the play.
func newMany(t *testing.T, start time.Time) *many {
	m := &many{
		pair: newPair(t, pairOptions{}), rand: rand.New(rand.NewPCG(7, 0)), schedules: make(map[int64]Schedule),
		busy: make(map[int64]*Runner), completed: make(map[int64][]time.Time),
	}
	m.clock = start
	zones := []string{"Europe/Oslo", "Pacific/Auckland", "America/Santiago", ""}
	var clients []clientRow
	var bound []bindingRow
	var plans []scheduleRow
	for i := range 142 {
		clients = append(clients, clientRow{Owner: m.owner, ID: fmt.Sprint("c", i), Kind: "left"})
	}
	for i := range 142 {
		for j := range i {
			if n := len(bound); n < manyBindings {
				bound = append(bound, bindingRow{Owner: m.owner, ID: int64(100 + n), Source: clients[i].ID, Target: clients[j].ID, Winner: WinnerSource, Direction: string(BothWays)})
				row := scheduleRow{ID: int64(1 + n), Owner: m.owner, Binding: int64(100 + n), Zone: zones[n%4], Created: micros(start), Jitter: 300}
				switch {
				case n%100 == 0:
					row.Every, row.Jitter = 3600, 0
				case n%50 == 1:
					row.Cron = fmt.Sprintf("%d */6 * * *", m.rand.IntN(60))
				case n%50 == 2:
					row.Cron, row.QuietFrom, row.QuietTo = "0 23 * * *", "22:00", "05:30"
				case n%2 == 0:
					row.Every = 24 * 3600
					row.Created -= int64(m.rand.IntN(24*3600)) * 1e6
				default:
					row.Cron = fmt.Sprintf("%d %d * * *", m.rand.IntN(60), m.rand.IntN(24))
				}
				plans = append(plans, row)
			}
		}
	}
	var starts []startRow
	for i := range plans {
		s := plans[i].schedule()
		m.schedules[s.Binding] = s
		starts = append(starts, startRow{Owner: m.owner, Binding: s.Binding, Schedule: s.ID, Due: s.due(start)})
	}
	m.ok(m.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error {
		return errors.Join(tx.CreateInBatches(clients, 500).Error, tx.CreateInBatches(bound, 500).Error,
			tx.CreateInBatches(plans, 500).Error, tx.CreateInBatches(starts, 500).Error)
	}))
	return m
}

// runner makes a runner in place of one that died.
func (m *many) newRunner() *Runner {
	return m.store.Runner(RunnerOptions{Starter: m, Slots: 256})
}

// step turns one of the runners; time passes while what it began is under way. It may die before or after that is done,
// or sleep for longer than its leases.
func (m *many) step() {
	i := m.rand.IntN(2)
	r := m.runners[i]
	fate := m.rand.IntN(40)
	m.dies = fate == 0
	r.begin(m.t.Context())
	var list []settlement
	for range r.at {
		list = append(list, <-r.done)
	}
	for _, e := range list {
		if by := m.busy[e.row.Binding]; by != nil {
			m.t.Fatalf("binding %d is synchronised twice at a time", e.row.Binding)
		}
		m.busy[e.row.Binding] = r
	}
	m.clock = m.clock.Add(time.Duration(m.rand.IntN(40)) * time.Second)
	m.interfere(r)
	switch fate {
	case 0, 1: // dies, before or after it did the work
		m.runners[i] = m.newRunner()
		m.repeats += fate * len(list)
	case 2: // sleeps, and stores what it did too late
		m.runners[i] = m.newRunner()
		m.repeats += len(list)
		m.late = append(m.late, list...)
	default:
		m.ok(m.store.settleStarts(m.t.Context(), list))
		for _, e := range list {
			m.completed[e.row.Binding] = append(m.completed[e.row.Binding], fromMicros(e.last))
		}
		r.at = make(map[startKey]startRow)
	}
	for _, e := range list {
		delete(m.busy, e.row.Binding)
	}
}

// interfere turns the other runner while the first is at work: what that one has is not its business. What a sleeper
// stores late changes nothing.
func (m *many) interfere(r *Runner) {
	for k := range r.at {
		rows, err := m.store.claimStarts(m.t.Context(), 1)
		m.ok(err)
		for _, row := range rows {
			if m.busy[row.Row.Binding] != nil {
				m.t.Fatalf("binding %d of %v is claimed twice", row.Row.Binding, k)
			}
			m.ok(m.store.settleStarts(m.t.Context(), []settlement{{row: row.Row, due: row.Row.Due, keep: true}}))
		}
		break
	}
	if len(m.late) > 0 && m.rand.IntN(3) == 0 {
		m.clock = m.clock.Add(2 * startLease)
		for _, e := range m.late {
			var fence int64
			m.ok(m.db.View(m.t.Context(), func(_ context.Context, db *gorm.DB) error {
				return db.Model(&startRow{}).Where("binding_id = ?", e.row.Binding).Pluck("fence", &fence).Error
			}))
			if fence == e.row.Fence { // nobody has taken it over: it counts
				m.completed[e.row.Binding] = append(m.completed[e.row.Binding], fromMicros(e.last))
			}
		}
		m.ok(m.store.settleStarts(m.t.Context(), m.late))
		m.late = nil
	}
}

// TestRunnerManyBindings: 10,000 bindings, two runners, deaths. Each due time is run once, none is lost, none twice; after
// days without a server each schedule is run once. Days on which clocks change are among them.
func TestRunnerManyBindings(t *testing.T) {
	start := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC) // clocks are put forward in Oslo
	m := newMany(t, start)
	for i := range m.runners {
		m.runners[i] = m.newRunner()
	}
	down, up := start.Add(36*time.Hour), time.Date(2026, 4, 4, 6, 0, 0, 0, time.UTC) // and back in Auckland and Santiago
	end := up.Add(time.Duration(manyDays(t))*24*time.Hour - 36*time.Hour)
	for m.clock.Before(down) {
		m.step()
		m.clock = m.clock.Add(time.Duration(m.rand.IntN(180)) * time.Second)
	}
	m.clock = up
	for m.clock.Before(end) {
		m.step()
		m.clock = m.clock.Add(time.Duration(m.rand.IntN(180)) * time.Second)
	}
	runs := 0
	for binding, s := range m.schedules {
		m.check(s, m.completed[binding], start, down, up)
		runs += len(m.completed[binding])
	}
	if m.repeats == 0 || runs < 3*manyBindings {
		t.Errorf("%d runs, %d repeated", runs, m.repeats)
	}
}

// slack is how late a run may be: runners die, and their leases have to end.
const slack = 30 * time.Minute

// check compares when a schedule was run with when it was due.
func (m *many) check(s Schedule, runs []time.Time, start, down, up time.Time) {
	plan, err := s.Plan()
	m.ok(err)
	after := start
	for i, at := range runs {
		due, ok := plan.Next(after)
		switch {
		case !ok || due.After(at):
			m.t.Fatalf("%+v: run %d, of %s, was not due before %s", s.Timing, i, at, due)
		case at.Sub(due) > slack && (due.Before(down.Add(-slack)) || due.After(up.Add(3*time.Hour))): // everything is due when the server is back
			m.t.Fatalf("%+v: due at %s, run at %s", s.Timing, due, at)
		}
		after = at
	}
	if due, _ := plan.Next(after); m.clock.Sub(due) > slack {
		m.t.Fatalf("%+v: not run since %s, though due at %s", s.Timing, after, due)
	}
	if !slices.IsSortedFunc(runs, time.Time.Compare) {
		m.t.Fatalf("%+v: %v", s.Timing, runs)
	}
}
