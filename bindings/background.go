package bindings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// How many syncs of the background there may be: at work at a time, and begun and not over, of all owners and of one.
const (
	backgroundWorkers = 4
	backgroundAll     = 64
	backgroundOwner   = 16
)

// A Background runs syncs for which nobody waits. Each has its log entry as soon as it is begun, and the entry says
// what became of it: also when it fails, and when the program dies meanwhile. It is safe for concurrent use; close it
// by Drain before the database is closed.
type Background struct {
	syncs *Syncs
	log   *slog.Logger
	why   func(error) string
	// stop breaks off what is at work.
	stop    context.Context
	stopNow context.CancelFunc
	workers chan struct{}
	wg      sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	busy    map[int64]bool
	all     int
	byOwner map[string]int
}

// Background makes the background of a program; there is to be one. Why gives the sentence that the log entry of a
// sync gets which ended by an error; it must show nothing that the owner may not see.
func (y *Syncs) Background(log *slog.Logger, why func(error) string) *Background {
	b := &Background{
		syncs: y, log: log, why: why, workers: make(chan struct{}, backgroundWorkers),
		busy: make(map[int64]bool), byOwner: make(map[string]int),
	}
	b.stop, b.stopNow = context.WithCancel(context.Background())
	return b
}

// backgroundHolder is who holds a binding while its sync is in the background. That a binding has one at a time keeps it
// alone; what a program of the same name left that died is taken up at once.
const backgroundHolder = "bindery background"

// A backgroundSync is what Begin began: one run for each dataclass.
type backgroundSync struct {
	binding Binding
	mode    int
	classes []dataclass.Class
	runs    []int64
	// admit, if not nil, is asked when a run has its lease, before anything is done.
	admit func(context.Context) error
	// over is closed when all runs are over; errs are then the errors of those that failed.
	over chan struct{}
	errs []error
}

// Begin is Request that does not wait: Entries are the log entries of runs that have begun, one for each dataclass. They
// are worked on one after the other. It returns what Request returns that can be told at once, an engine.ErrBusy if
// one of the dataclasses is being synchronised, and a sources.ErrBusy if too much is going on.
func (b *Background) Begin(ctx context.Context, a Alerter, owner string, binding int64, mode int, classes ...dataclass.Class) (Started, error) {
	done, _, err := b.begin(ctx, a, owner, binding, mode, nil, classes)
	return done, err
}

// begin is Begin; what it began is nil where a phone was asked to come.
func (b *Background) begin(ctx context.Context, a Alerter, owner string, binding int64, mode int, admit func(context.Context) error,
	classes []dataclass.Class,
) (Started, *backgroundSync, error) {
	y := b.syncs
	of, err := y.store.Binding(ctx, owner, binding)
	if err != nil {
		return Started{}, nil, err
	}
	phone, _, err := y.phoneOf(of)
	if err != nil {
		return Started{}, nil, err
	}
	if phone != "" {
		done, err := y.Request(ctx, a, owner, binding, mode, classes...)
		return done, nil, err
	}
	if len(classes) == 0 {
		if classes, err = y.common(ctx, of); err != nil {
			return Started{}, nil, err
		}
	}
	if err := b.reserve(of); err != nil {
		return Started{}, nil, err
	}
	done, s, err := b.open(ctx, &backgroundSync{binding: of, mode: mode, classes: classes, admit: admit, over: make(chan struct{})})
	if err != nil {
		b.free(of)
		return Started{}, nil, err
	}
	go func() {
		defer b.free(of)
		defer close(s.over)
		b.work(context.WithoutCancel(ctx), s)
	}()
	return done, s, nil
}

// Run is Request with the bounds of the background, and by its holder: what a program left of the binding that died is
// taken up at once, instead of keeping it busy until the lease ends. It returns what Request and Begin return.
func (b *Background) Run(ctx context.Context, a Alerter, owner string, binding int64, mode int, classes ...dataclass.Class) (Started, error) {
	y := b.syncs
	of, err := y.store.Binding(ctx, owner, binding)
	if err != nil {
		return Started{}, err
	}
	if phone, _, err := y.phoneOf(of); err != nil || phone != "" {
		return y.Request(ctx, a, owner, binding, mode, classes...)
	}
	if len(classes) == 0 {
		if classes, err = y.common(ctx, of); err != nil {
			return Started{}, err
		}
	}
	if err := b.reserve(of); err != nil {
		return Started{}, err
	}
	defer b.free(of)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.stop, cancel)() // a client that never ends its answer does not keep the program from ending
	var done Started
	for _, class := range classes {
		e, err := y.SynchronizeAs(ctx, owner, binding, class, mode, backgroundHolder)
		if err != nil {
			return done, err
		}
		done.Entries = append(done.Entries, e)
	}
	return done, nil
}

// reserve keeps a binding for one sync, and the number of syncs small.
func (b *Background) reserve(of Binding) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.busy[of.ID]:
		return fmt.Errorf("binding %d: %w", of.ID, engine.ErrBusy)
	case b.closed, b.all >= backgroundAll, b.byOwner[of.Owner] >= backgroundOwner:
		return fmt.Errorf("binding %d: too many syncs: %w", of.ID, sources.ErrBusy)
	}
	b.wg.Add(1) // here, so that Drain does not miss it
	b.busy[of.ID] = true
	b.all++
	b.byOwner[of.Owner]++
	return nil
}

func (b *Background) free(of Binding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.wg.Done()
	delete(b.busy, of.ID)
	b.all--
	if b.byOwner[of.Owner]--; b.byOwner[of.Owner] == 0 {
		delete(b.byOwner, of.Owner)
	}
}

// open opens the run of each dataclass. If one cannot be opened the others are abandoned.
func (b *Background) open(ctx context.Context, s *backgroundSync) (Started, *backgroundSync, error) {
	var done Started
	for _, class := range s.classes {
		e, err := b.openOne(ctx, s, class)
		if err != nil {
			b.abandon(ctx, s, 0, err)
			return Started{}, nil, err
		}
		s.runs = append(s.runs, e.ID)
		done.Entries = append(done.Entries, e)
	}
	return done, s, nil
}

func (b *Background) openOne(ctx context.Context, s *backgroundSync, class dataclass.Class) (LogEntry, error) {
	job, err := b.job(ctx, s, class)
	if err != nil {
		return LogEntry{}, err
	}
	run, err := b.syncs.engine.Open(ctx, job)
	if err != nil {
		return LogEntry{}, err
	}
	return b.syncs.store.LogEntry(ctx, s.binding.Owner, run.ID)
}

// job is what a dataclass is to be synchronised by, as the binding is set now.
func (b *Background) job(ctx context.Context, s *backgroundSync, class dataclass.Class) (engine.Job, error) {
	of, err := b.syncs.store.Binding(ctx, s.binding.Owner, s.binding.ID)
	if err != nil {
		return engine.Job{}, err
	}
	job, err := b.syncs.job(ctx, of, class, s.mode, backgroundHolder)
	if err == nil {
		err = of.directs(&job)
	}
	return job, err
}

// work waits for its turn and does the runs. A class that fails does not keep the next one back.
func (b *Background) work(ctx context.Context, s *backgroundSync) {
	select {
	case b.workers <- struct{}{}:
		defer func() { <-b.workers }()
	case <-b.stop.Done():
		s.errs = append(s.errs, context.Canceled)
		b.abandon(ctx, s, 0, context.Canceled)
		return
	}
	for i := range s.runs {
		err := b.workOne(ctx, s, i)
		if err == nil {
			continue
		}
		s.errs = append(s.errs, err)
		b.log.WarnContext(ctx, "sync in the background failed", "binding", s.binding.ID, "dataclass", string(s.classes[i]), "sync", s.runs[i], "error", err)
		if b.stop.Err() != nil {
			b.abandon(ctx, s, i, context.Canceled)
			return
		}
		b.end(ctx, s, i, err)
	}
}

// errOvertaken means that somebody else has ended the run since it was opened.
var errOvertaken = errors.New("the run is over already")

// workOne does the run of one dataclass. A panic in it is an error.
func (b *Background) workOne(ctx context.Context, s *backgroundSync, i int) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in a run: %v", v)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	defer context.AfterFunc(b.stop, cancel)()
	job, err := b.job(ctx, s, s.classes[i])
	if err != nil {
		return err
	}
	job.Admit = func(ctx context.Context) error {
		e, err := b.syncs.store.LogEntry(ctx, s.binding.Owner, s.runs[i])
		if err == nil && e.State != engine.StateRunning {
			return errOvertaken
		}
		if err == nil && s.admit != nil {
			err = s.admit(ctx)
		}
		return err
	}
	_, err = b.syncs.run(ctx, job)
	if errors.Is(err, errOvertaken) || errors.Is(err, ErrUnbound) {
		return nil // its entry says what happened
	}
	return err
}

// abandon ends the runs from the one at from.
func (b *Background) abandon(ctx context.Context, s *backgroundSync, from int, err error) {
	for i := from; i < len(s.runs); i++ {
		b.end(ctx, s, i, err)
	}
}

// endTime bounds the writing of what became of a run when its own time is over.
const endTime = 10 * time.Second

// end abandons one run, unless it is over. What cannot be written now is written by Sweep.
func (b *Background) end(ctx context.Context, s *backgroundSync, i int, failed error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	why := "The server was stopped before its end; the next synchronization goes on from there"
	if b.stop.Err() == nil {
		why = b.why(failed)
	}
	ref := engine.Ref{Owner: s.binding.Owner, Binding: s.binding.ID, Class: s.classes[i]}
	if err := b.syncs.engine.Abandon(ctx, ref, backgroundHolder, s.runs[i], why); err != nil {
		b.log.WarnContext(ctx, "end a sync that failed", "binding", ref.Binding, "dataclass", string(ref.Class), "sync", s.runs[i], "error", err)
	}
}

// Sweep abandons runs that broke off with the program or by an error and that nobody works on, so that their log
// entries do not say for ever that they are running. A program calls it when it begins, and now and then. The runs of
// phones, and those of other programs, are not concerned unless their binding was removed: nobody goes on with them then.
func (b *Background) Sweep(ctx context.Context) error {
	var rows []logRow
	err := b.syncs.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("state = 'running' AND (session IN ? OR "+ofRemoved+")", []string{"", backgroundHolder}).Order("id").Find(&rows).Error
	})
	if err != nil {
		return fmt.Errorf("look for broken syncs: %w", err)
	}
	var errs []error
	for _, row := range rows {
		if err := b.sweepOne(ctx, row.entry()); !errors.Is(err, engine.ErrBusy) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (b *Background) sweepOne(ctx context.Context, e LogEntry) error {
	if _, ok := b.syncs.Progress(e.Owner, e.ID); ok {
		return nil
	}
	of := Binding{ID: e.Binding, Owner: e.Owner}
	if err := b.reserve(of); err != nil {
		return nil //nolint:nilerr // it is at work, or the next sweep's turn
	}
	defer b.free(of)
	ref := engine.Ref{Owner: e.Owner, Binding: e.Binding, Class: e.Class}
	why := "It broke off before its end; the next synchronization goes on from there"
	if _, err := b.syncs.store.Binding(ctx, e.Owner, e.Binding); errors.Is(err, ErrNotFound) {
		why = whyUnbound
	}
	return b.syncs.engine.Abandon(ctx, ref, backgroundHolder, e.ID, why)
}

// Progress is Syncs.Progress.
func (b *Background) Progress(owner string, run int64) (engine.Progress, bool) {
	return b.syncs.Progress(owner, run)
}

// Drain begins no more syncs and waits for those that are at work. When ctx ends they are broken off, and it returns
// when their log entries say so.
func (b *Background) Drain(ctx context.Context) {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	defer context.AfterFunc(ctx, b.stopNow)()
	b.wg.Wait()
	b.stopNow()
}
