package filedir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/bindery-sync/bindery/sources"
)

// one carries out one op. An error means that nobody knows what became of it.
func (w *writer) one(j *job) (sources.Result, error) {
	if j.err != nil {
		return refuse(j.op, j.err), nil
	}
	switch j.op.Verb {
	case sources.Add:
		return w.add(j)
	case sources.Replace:
		return w.replace(j)
	}
	return w.delete(j)
}

func done(e *entry) sources.Result {
	return sources.Result{State: sources.Done, ID: sources.ID(e.name), Rev: e.hash.revision()}
}

func refuse(op sources.Op, class error) sources.Result {
	err := fmt.Errorf("%s item %q: %w", op.Verb, op.ID, class)
	return sources.Result{State: sources.Failed, ID: op.ID, Err: err}
}

// result is what an error of the file system makes of an op.
func result(op sources.Op, err error) (sources.Result, error) {
	if class := refusal(err); class != nil {
		return refuse(op, class), nil
	}
	return sources.Result{}, fmt.Errorf("%s item %q: %w", op.Verb, op.ID, err)
}

func (w *writer) add(j *job) (sources.Result, error) {
	if first := w.list.keyed(string(j.op.Key)); first != nil {
		return sources.Result{State: sources.Done, ID: sources.ID(first.name), Rev: first.first.revision()}, nil
	}
	for {
		if err := w.f.o.Fault("name new file"); err != nil {
			return sources.Result{}, err
		}
		err := w.folder.moveNew(j.temp, j.name)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return result(j.op, err)
		}
		if err := w.rename(j); err != nil {
			return sources.Result{}, err
		}
	}
	e, err := w.wroteFile(j, j.name)
	if err != nil {
		return sources.Result{}, err
	}
	w.list.setKey(e, string(j.op.Key), j.hash)
	return done(e), nil
}

// rename chooses another name for a new file, since somebody has taken the first meanwhile.
func (w *writer) rename(j *job) error {
	if err := w.nameNew(j); err != nil || j.op.Key == "" {
		return err
	}
	return w.f.reserve(context.Background(), w.list, []add{w.reservation(j)})
}

// wroteFile brings the listing up to date after our own write. If the stamp does not show the time that the
// file got, it may already be that of an edit that came after: as the file is that new, the next look
// reads it.
func (w *writer) wroteFile(j *job, name string) (*entry, error) {
	w.wrote, j.temp = true, ""
	st, _, err := w.folder.stat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	e := w.list.put(w.class, name, content{stamp: st, hash: j.hash}, w.origin, w.f.o.Now())
	e.sure = j.mtime != 0 && st.mtime == j.mtime && st.size == int64(len(j.data))
	return e, nil
}

func (w *writer) replace(j *job) (sources.Result, error) {
	e := w.find(j.op.ID)
	if e == nil {
		return refuse(j.op, sources.ErrGone), nil
	}
	if class, err := w.check(j.op, e); class != nil || err != nil {
		return refuse(j.op, class), err
	}
	if j.op.IfRev == j.hash.revision() {
		return sources.Result{State: sources.Done, ID: j.op.ID, Rev: j.op.IfRev}, nil // it is there already
	}
	if err := w.f.o.Fault("replace file"); err != nil {
		return sources.Result{}, err
	}
	path := w.folder.at(e.name)
	temp := w.folder.at(j.temp)
	err := keepOwner(path, temp)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return result(j.op, err)
	}
	if e, err = w.wroteFile(j, e.name); err != nil {
		return sources.Result{}, err
	}
	return done(e), nil
}

// check looks at the file right before it is replaced or deleted. It gives the class of the op's failure.
func (w *writer) check(op sources.Op, e *entry) (class, err error) {
	c, err := w.folder.read(e.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sources.ErrGone, nil
	case err != nil:
		return nil, err
	case op.IfRev != "" && op.IfRev != c.hash.revision():
		return sources.ErrConflict, nil
	case c.bad && op.IfRev == "":
		return fmt.Errorf("%w: %w", sources.ErrUnsupported, c.why), nil
	}
	return nil, nil
}

// delete of what is not there is Done: a delete whose outcome was unknown may be repeated.
func (w *writer) delete(j *job) (sources.Result, error) {
	e := w.find(j.op.ID)
	if e == nil {
		return sources.Result{State: sources.Done, ID: j.op.ID}, nil
	}
	class, err := w.check(j.op, e)
	if err != nil || class != nil && !errors.Is(class, sources.ErrGone) {
		return refuse(j.op, class), err
	}
	if err := w.f.o.Fault("delete file"); err != nil {
		return sources.Result{}, err
	}
	if err := os.Remove(w.folder.at(e.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return result(j.op, err)
	}
	w.wrote = true
	w.list.kill(e, w.origin, w.f.o.Now())
	return sources.Result{State: sources.Done, ID: j.op.ID, Rev: e.hash.revision()}, nil
}

// linkNew gives a file a name that is free, where the system has no call for it. It returns fs.ErrExist if
// the name is taken.
func linkNew(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, serr := os.Lstat(to); !errors.Is(serr, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, serr)
	}
	return os.Rename(from, to) // a file system without links
}
