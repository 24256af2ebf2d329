package sessionlog

import (
	"context"
	"time"
)

// An entry is what waits to be written: a message, or the end of a session.
type entry struct {
	message        *Message
	request, reply []byte

	owner, token string
	ending       *Ending
}

func (e *entry) size() int { return 500 + len(e.request) + len(e.reply) }

const (
	// maxWaiting bounds what waits for the database, in bytes. What comes then is lost.
	maxWaiting = 4 << 20
	// maxBatch is how many entries are written in one transaction, maxBatches how many transactions one
	// caller writes before it leaves the rest to the next.
	maxBatch   = 64
	maxBatches = 4
	// writeLimit is how long one transaction may take, with the wait for its turn.
	writeLimit = 20 * time.Second
)

// put queues an entry and writes what waits, unless another caller is at it.
func (l *Log) put(ctx context.Context, e entry) {
	l.mu.Lock()
	if l.bytes+e.size() > maxWaiting {
		l.lost++
		l.mu.Unlock()
		return
	}
	l.waiting, l.bytes = append(l.waiting, e), l.bytes+e.size()
	l.mu.Unlock()
	l.write(ctx)
}

// write writes batches of what waits, unless another caller is at it.
func (l *Log) write(ctx context.Context) {
	for range maxBatches {
		batch := l.next()
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
		err := l.store(ctx, batch)
		cancel()
		if err != nil {
			l.o.Log.WarnContext(ctx, "sessions log not written", "entries", len(batch), "error", err)
		}
		l.mu.Lock()
		l.writing = false
		l.mu.Unlock()
	}
}

// next takes the next batch and makes the caller the writer; nothing if there is one already.
func (l *Log) next() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost > 0 {
		l.o.Log.Warn("sessions log: too much at once", "lost", l.lost)
		l.lost = 0
	}
	if l.writing || len(l.waiting) == 0 {
		return nil
	}
	n := min(len(l.waiting), maxBatch)
	batch := l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	if len(l.waiting) == 0 {
		l.waiting = nil
	}
	for i := range batch {
		l.bytes -= batch[i].size()
	}
	l.writing = true
	return batch
}

// An allowance bounds how many messages of strangers are noted: perMinute at a go, and as many in a minute
// after.
type allowance struct {
	left float64
	at   time.Time
}

const perMinute = 120

// admit reports whether a stranger's message may be noted.
func (l *Log) admit(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := &l.stray
	if a.at.IsZero() {
		a.left = perMinute
	} else if d := now.Sub(a.at); d > 0 {
		a.left = min(perMinute, a.left+d.Minutes()*perMinute)
	}
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}
