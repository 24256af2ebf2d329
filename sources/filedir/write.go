package filedir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bindery-sync/bindery/sources"
)

// Apply writes the new content of all ops to temporary files, several at once, then carries out op by op,
// and stores the listing when the folder itself is on the disk.
func (s *session) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := s.ready(ctx); err != nil || len(ops) == 0 {
		return nil, err
	}
	w := &writer{session: s, jobs: make([]job, len(ops)), names: make(map[string]bool, len(ops))}
	s.list.expect(len(ops))
	results, err := w.apply(ctx, ops)
	if err != nil {
		s.broken = fmt.Errorf("apply %d ops: %w", len(ops), err)
		return nil, s.broken
	}
	return results, nil
}

// A job is one op on its way.
type job struct {
	op sources.Op
	// name is the file that an Add is to make; empty if its key was seen before.
	name, stem, suffix string
	nth                int
	hash               hash
	data               []byte
	temp               string
	// mtime is the time that the file was given; 0 if it could not be.
	mtime int64
	err   error
}

// A writer carries out the ops of one Apply.
type writer struct {
	*session
	jobs  []job
	names map[string]bool // given to Adds of this Apply
	// wrote is set when the folder was changed.
	wrote bool
}

func (w *writer) apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if err := w.prepare(ctx, ops); err != nil {
		return nil, err
	}
	if err := w.stage(); err != nil {
		return nil, err
	}
	results := make([]sources.Result, len(ops))
	for i := range w.jobs {
		var err error
		if results[i], err = w.one(&w.jobs[i]); err != nil {
			return nil, err
		}
	}
	if err := w.clean(); err != nil {
		return nil, err
	}
	return results, w.store(ctx)
}

// store makes what was done durable: the folder first, then what is known of it.
func (w *writer) store(ctx context.Context) error {
	if w.wrote {
		if err := w.f.o.Fault("sync folder"); err != nil {
			return err
		}
		if !w.f.o.Unsafe {
			if err := syncFolder(w.folder.dir); err != nil {
				return err
			}
		}
	}
	if !w.list.changed() {
		return nil
	}
	if err := w.f.o.Fault("store listing"); err != nil {
		return err
	}
	return w.f.save(context.WithoutCancel(ctx), w.list)
}

// syncFolder waits until names are on the disk. A file system that cannot do that does it by itself.
func syncFolder(dir *os.File) error {
	err := dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// prepare checks the ops, chooses the names of new files, and notes them before there is any.
func (w *writer) prepare(ctx context.Context, ops []sources.Op) error {
	var rows []add
	keys := map[sources.Key]bool{}
	for i, op := range ops {
		j := &w.jobs[i]
		j.op = op
		if w.prepareBody(j); j.err != nil || op.Verb != sources.Add {
			continue
		}
		if w.list.keyed(string(op.Key)) != nil || keys[op.Key] {
			j.data = nil
			continue
		}
		if err := w.nameNew(j); err != nil {
			return err
		}
		if op.Key != "" {
			keys[op.Key] = true
			rows = append(rows, w.reservation(j))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := w.f.o.Fault("reserve names"); err != nil {
		return err
	}
	return w.f.reserve(ctx, w.list, rows)
}

func (w *writer) reservation(j *job) add {
	return add{key: string(j.op.Key), name: j.name, origin: w.origin, hash: j.hash}
}

// prepareBody gives j what is to be written, if it is to write something.
func (w *writer) prepareBody(j *job) {
	class := w.class.class()
	switch {
	case len(j.op.Body.Data) > w.f.o.MaxItemSize:
		j.err = sources.ErrTooBig
		return
	case j.op.Verb == sources.Add:
		j.suffix = suffixFor(class, j.op.Body)
	case j.op.Verb == sources.Replace && w.find(j.op.ID) != nil:
		j.suffix = suffixOf(string(j.op.ID))
	case j.op.Verb != sources.Replace && j.op.Verb != sources.Delete:
		j.err = sources.ErrUnsupported
		return
	default:
		return
	}
	if j.data, j.err = fit(class, j.op.Body, j.suffix); j.err == nil && j.data == nil {
		j.data = []byte{}
	}
	j.hash = sha256.Sum256(j.data)
}

// nameNew chooses the name of a new file: one that is free, and that no deleted item had.
func (w *writer) nameNew(j *job) (err error) {
	if j.stem == "" {
		uid := ""
		if j.suffix != textSuffix {
			uid = property(j.data, "UID")
		}
		if j.stem, err = w.f.stem(uid, string(j.op.Key)); err != nil {
			return err
		}
	}
	first := j.nth == 0
	for {
		j.nth++
		j.name = numbered(j.stem, j.nth, j.suffix)
		if w.names[j.name] || w.list.knows(j.name) {
			continue
		}
		if first && j.op.Key != "" {
			w.names[j.name] = true // if somebody has taken it, another is chosen when it is named
			return nil
		}
		_, _, err := w.folder.stat(j.name)
		if errors.Is(err, fs.ErrNotExist) {
			w.names[j.name] = true
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// knows reports whether an item has, or had, that name.
func (l *listing) knows(name string) bool { return l.by[name] != nil }

const (
	// writers is how many temporary files are written at once where that is mostly waiting for the disk.
	writers = 8
	// slow is how long the disk takes for a file if it is worth while to write others meanwhile.
	slow = 200 * time.Microsecond
)

// stage writes the content of all ops to temporary files: the first one alone, to see how the disk does.
func (w *writer) stage() error {
	var next atomic.Int64
	errs := make([]error, writers)
	work := func(n, jobs int) {
		for errs[n] == nil && jobs > 0 {
			i := int(next.Add(1)) - 1
			if i >= len(w.jobs) {
				return
			}
			if j := &w.jobs[i]; j.data != nil && j.err == nil {
				errs[n] = w.writeTemp(j)
				jobs--
			}
		}
	}
	begun := time.Now()
	work(0, 1)
	more := 1
	if time.Since(begun) > slow {
		more = min(writers-1, len(w.jobs)/4)
	}
	var wg sync.WaitGroup
	for n := range more {
		wg.Go(func() { work(n+1, len(w.jobs)) })
	}
	work(0, len(w.jobs))
	wg.Wait()
	return errors.Join(errs...)
}

// writeTemp writes the content of one op. What the folder refuses is the op's failure.
func (w *writer) writeTemp(j *job) error {
	if err := w.f.o.Fault("write temporary file"); err != nil {
		return err
	}
	name, err := w.f.tempName()
	if err != nil {
		return err
	}
	j.temp = name
	err = w.writeFile(j)
	if err == nil {
		return nil
	}
	if j.err = refusal(err); j.err == nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

func (w *writer) writeFile(j *job) error {
	file, err := w.folder.create(j.temp)
	if err != nil {
		return err
	}
	if _, err = file.Write(j.data); err == nil {
		j.mtime = ownTime(time.Now())
		if w.folder.stampFile(j.temp, j.mtime) != nil {
			j.mtime = 0
		}
	}
	if err == nil && !w.f.o.Unsafe {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// ownTime is the time that a file of ours gets: now, to the nanosecond, and an odd number of them. The clock
// of a file system ticks slower, so that a later change, even in the same tick, gives the file another
// time; and one that stores fewer digits does not show this time at all.
func ownTime(now time.Time) int64 { return now.UnixNano() | 1 }

// refusal gives the class of an error by which a folder refuses an op; nil if it is no such error.
func refusal(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", sources.ErrQuota, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", sources.ErrAuth, err)
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", sources.ErrUnsupported, err)
	}
	return nil
}

// clean removes temporary files that were not needed.
func (w *writer) clean() error {
	for i := range w.jobs {
		if w.jobs[i].temp == "" {
			continue
		}
		if err := os.Remove(w.folder.at(w.jobs[i].temp)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
