package dav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// enoughSilence is how many writes may stay without any answer before nothing more is sent for a while.
const enoughSilence = 3

// send sends the writes of jobs, several at once. What each met is in the job. An error means that nothing more may be
// sent; what is under way comes to its end all the same.
func (w *writer) send(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		j.last = errNotSent
	}
	s := &sending{writer: w}
	err := inFlight(ctx, w.d.o.Writes, w.pack(jobs), s.parcel)
	if len(s.apart) > 0 && err == nil {
		w.knows.Bulk = -1
		err = inFlight(ctx, w.d.o.Writes, single(nil, s.apart), s.parcel)
	}
	err = errors.Join(s.stop, err, w.newPlaces(ctx, jobs))
	for _, j := range jobs {
		j.tried = j.tried || !errors.Is(j.last, errNotSent)
		j.wrote = j.wrote || j.last == nil
		st := statusOf(j.last)
		w.heard = w.heard || j.last == nil || st > 0 && st < http.StatusInternalServerError
	}
	return err
}

// A sending is how far the sending of jobs has come.
type sending struct {
	*writer
	mu     sync.Mutex
	stop   error
	silent int
	// apart are the jobs that the server did not take together.
	apart []*job
}

// parcel sends one parcel, unless nothing more may be sent.
func (s *sending) parcel(ctx context.Context, p parcel) error {
	s.mu.Lock()
	skip := s.stop != nil || s.silent >= enoughSilence
	s.mu.Unlock()
	if skip {
		return nil
	}
	var err error
	if len(p.jobs) == 1 {
		err = s.sendOne(ctx, p.jobs[0])
		p.jobs[0].last = err
	} else {
		err = s.sendMany(ctx, p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, errNotTaken) {
		s.apart = append(s.apart, p.jobs...)
		return nil
	}
	for _, j := range p.jobs {
		if errors.Is(j.last, sources.ErrAuth) || errors.Is(j.last, sources.ErrBusy) && statusOf(j.last) != http.StatusLocked {
			s.stop = j.last
		}
	}
	if err != nil && statusOf(err) == 0 {
		s.silent++
	}
	return nil
}

var errNotSent = errors.New("not sent")

func (w *writer) sendOne(ctx context.Context, j *job) error {
	r := request{method: http.MethodPut, path: j.href, body: j.data, contentType: "text/calendar; charset=utf-8"}
	if w.class == dataclass.Contacts {
		r.contentType = "text/vcard; charset=utf-8"
	}
	if j.op.Verb == sources.Delete {
		r.method, r.body, r.contentType = http.MethodDelete, nil, ""
	}
	if r.ifNone = j.op.Verb == sources.Add; !r.ifNone {
		r.ifMatch = condition(j.etag)
		if j.asIs && j.etag != "" {
			r.ifMatch = j.etag // it refused what RFC 9110 has, and the item is as it was
		}
	}
	r.read = func(resp *http.Response) error {
		if j.op.Verb == sources.Delete {
			return nil
		}
		j.made = resp.Header.Get("ETag")
		for _, name := range []string{"Location", "Content-Location"} {
			if at, ok := hrefIn(resp.Request.URL, resp.Header.Get(name)); ok && resp.Header.Get(name) != "" && !strings.HasSuffix(at, "/") {
				j.href = at
				break
			}
		}
		return nil
	}
	return w.wire.do(ctx, r)
}

// condition gives what If-Match says. A weak entity tag, which some proxies make of a strong one, matches nothing; what
// it was made of does (RFC 9110 section 13.1.1).
func condition(etag string) string {
	if etag == "" {
		return "*"
	}
	return strings.TrimPrefix(etag, "W/")
}

// unanswered reports whether it is not known what became of a write.
func unanswered(err error) bool {
	st := statusOf(err)
	return err != nil && !errors.Is(err, errNotSent) && (st == 0 || st >= 500 && st != http.StatusNotImplemented && st != http.StatusInsufficientStorage)
}

// judge takes what became of the write of a job. One that is to be tried again stays open; the last time none does.
func (w *writer) judge(ctx context.Context, j *job, last bool) error {
	st := statusOf(j.last)
	switch {
	case j.last == nil:
	case errors.Is(j.last, errNotSent) && last:
		return fmt.Errorf("%w: %w", sources.ErrElsewhere, j.last)
	case errors.Is(j.last, errNotSent):
	case unanswered(j.last):
		j.pending, j.unsure, j.stale = true, j.op.Verb == sources.Add, j.row != nil
		if last {
			return w.giveUp(j)
		}
	case st == http.StatusInsufficientStorage:
		j.fail(fmt.Errorf("%w: %w", sources.ErrQuota, j.last))
	case j.op.Verb == sources.Add:
		return w.judgeAdd(ctx, j, last)
	case notFound(j.last), st == http.StatusPreconditionFailed && !last:
		j.stale = true
		if last {
			j.absent()
		}
	case st == http.StatusPreconditionFailed, st == http.StatusConflict:
		j.fail(fmt.Errorf("%w: %w", sources.ErrConflict, j.last))
	default:
		j.fail(refused(j.last))
	}
	return nil
}

// giveUp ends a job whose writes are never answered. A server that says each time that it is at fault may take the item
// another time, and the others now; one that says nothing ends the sync, and so does one behind which nothing answers
// (502, 504) whatever is written.
func (w *writer) giveUp(j *job) error {
	switch st := statusOf(j.last); {
	case st == http.StatusInternalServerError, st > http.StatusInternalServerError && (w.heard || w.few):
		j.fail(fmt.Errorf("%w: %w", sources.ErrElsewhere, j.last))
		return nil
	}
	return j.last
}

// refused gives the class of a refusal of one item.
func refused(err error) error {
	var s *statusError
	class := sources.ErrUnsupported
	if errors.As(err, &s) {
		switch {
		case s.status == http.StatusRequestEntityTooLarge, s.condition == "max-resource-size":
			class = sources.ErrTooBig
		case s.condition == "quota-not-exceeded", s.condition == "sufficient-disk-space":
			class = sources.ErrQuota
		case s.status == http.StatusLocked:
			class = sources.ErrBusy
		}
	}
	return fmt.Errorf("%w: %w", class, err)
}

// judgeAdd finds out why a server does not take a new item: it is there already, because the answer to an earlier try
// was lost; somebody else entered it; or the server does not take the UID, which another item had or has.
func (w *writer) judgeAdd(ctx context.Context, j *job, last bool) error {
	var s *statusError
	if !errors.As(j.last, &s) || !aboutUID(s) {
		j.fail(refused(j.last))
		return nil
	}
	at, ours := j.href, true
	if s.href != "" {
		if h, ok := hrefIn(w.wire.base, s.href); ok {
			at, ours = h, strings.HasPrefix(h, pathOf(w.wire.base))
		}
	}
	f := found{gone: true}
	if ours {
		var err error
		if f, err = w.wire.get(ctx, at); err != nil {
			return err
		}
	}
	e := seen{}
	if !f.gone {
		e = w.look(f)
	}
	switch {
	case e.ours && j.pending && (e.uid == j.uid || at == j.href && w.says(j, f.data)):
		j.wrote, j.href, j.made, j.now = true, at, "", &fresh{seen: e, data: f.data}
		return nil
	case e.ours && e.uid == j.uid && !j.renamed:
		j.fail(errEntered)
		return nil
	case last || j.renamed && f.gone:
		j.fail(refused(j.last))
		return nil
	}
	if entered, err := w.enteredElsewhere(ctx, j, f); entered || err != nil {
		return err
	}
	return w.another(j)
}

// enteredElsewhere ends an Add whose UID a new item has by now, at a place that the server does not name.
func (w *writer) enteredElsewhere(ctx context.Context, j *job, f found) (bool, error) {
	if !f.gone || j.renamed {
		return false, nil
	}
	if err := w.disown(ctx, j); err != nil {
		return false, err
	}
	if _, err := w.refresh(ctx, false); err != nil {
		return false, err
	}
	at, err := w.whereTo(ctx, map[string]*job{j.href: j})
	if err != nil || at[j] == nil {
		return false, err
	}
	if r := at[j]; j.op.Key != "" && r.AddKey == string(j.op.Key) {
		*j.res = sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: sources.Revision(r.Rev)}
		return true, nil
	}
	j.fail(errEntered)
	return true, nil
}

// disown forgets an Add that the server refused and was sent but once: what it has of that UID is somebody else's, however
// alike, and has to be merged.
func (w *writer) disown(ctx context.Context, j *job) error {
	if j.pending || j.op.Key == "" {
		return nil
	}
	return w.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return inClass(tx, w.client, w.class).Where("add_key = ?", string(j.op.Key)).Delete(&addRow{}).Error
	})
}

// aboutUID reports whether a refusal may be one of the UID or the path of a new item.
func aboutUID(s *statusError) bool {
	switch s.status {
	case http.StatusPreconditionFailed, http.StatusConflict:
		return true
	case http.StatusForbidden, http.StatusBadRequest, http.StatusGone:
		return s.condition == "" || s.condition == "no-uid-conflict"
	}
	return false
}
