package engine

// A Progress says how far a run is.
type Progress struct {
	// Read is how many changes each side has told so far; a side that lists everything tells all its items.
	Read [2]int
	// Planned is how many items there is anything to do about, 0 until that is known, and Done is of how many of
	// them it is done.
	Planned, Done int
}

// A Watcher is told how a run goes on. The run waits for it, so it returns at once.
type Watcher interface {
	// Opened is told the number of the run as soon as it has one.
	Opened(run int64)
	// Moved is told how far the run is, now and then.
	Moved(run int64, p Progress)
}

// tellEvery is after how many changes read a Watcher is told.
const tellEvery = 100

// opened tells that the run has its number.
func (r *run) opened() {
	if r.job.Watch != nil {
		r.job.Watch.Opened(r.open.ID)
	}
}

// tell tells how far the run is.
func (r *run) tell() {
	if r.job.Watch != nil {
		r.job.Watch.Moved(r.open.ID, r.progress)
	}
}

// readOne counts a change that a side told.
func (r *run) readOne(s Side) {
	r.progress.Read[s]++
	if r.progress.Read[s]%tellEvery == 0 {
		r.tell()
	}
}
