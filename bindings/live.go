package bindings

import (
	"sync"

	"github.com/bindery-sync/bindery/engine"
)

// liveRuns knows how far the runs are that go on in this process. The zero value is ready.
type liveRuns struct {
	mu   sync.Mutex
	runs map[int64]liveRun
}

type liveRun struct {
	owner    string
	progress engine.Progress
}

// An onlooker tells liveRuns of one run; it is an engine.Watcher.
type onlooker struct {
	live  *liveRuns
	owner string
	run   int64
}

// Opened implements engine.Watcher.
func (w *onlooker) Opened(run int64) { w.Moved(run, engine.Progress{}) }

// Moved implements engine.Watcher.
func (w *onlooker) Moved(run int64, p engine.Progress) {
	w.live.mu.Lock()
	defer w.live.mu.Unlock()
	if w.live.runs == nil {
		w.live.runs = make(map[int64]liveRun)
	}
	w.run = run
	w.live.runs[run] = liveRun{w.owner, p}
}

// end forgets the run.
func (w *onlooker) end() {
	w.live.mu.Lock()
	defer w.live.mu.Unlock()
	delete(w.live.runs, w.run)
}

// Progress tells how far a run is that goes on in this process; false if there is none of that number and owner.
func (y *Syncs) Progress(owner string, run int64) (engine.Progress, bool) {
	y.live.mu.Lock()
	defer y.live.mu.Unlock()
	r, ok := y.live.runs[run]
	if !ok || r.owner != owner {
		return engine.Progress{}, false
	}
	return r.progress, true
}
