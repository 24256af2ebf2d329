package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/dataclass/stream"
	"github.com/bindery-sync/bindery/sources"
)

// importer is one import at work.
type importer struct {
	Options
	files  []File
	source sources.Source
	caps   sources.Caps
	report Report
	// plans say what is to be done with the items of each file, by their number there.
	plans map[at]*plan
}

// at is the place of an item: the n-th of a file.
type at struct{ file, n int }

// plan is what is to be done with an item of a file.
type plan struct {
	class  dataclass.Class
	print  dataclass.Fingerprint
	digest evidence.Digest
	line   int
	// merge is the item that it is one with; skip, that nothing is to be done.
	merge sources.ID
	skip  bool
}

// run compares everything, then writes one dataclass after the other.
func (im *importer) run(ctx context.Context) error {
	im.plans = make(map[at]*plan)
	if err := im.each(ctx, im.note, true); err != nil {
		return err
	}
	for _, class := range Classes {
		if im.report.Classes[class] == nil {
			continue
		}
		if err := im.class(ctx, class); err != nil {
			return fmt.Errorf("%s: %w", class, err)
		}
	}
	return nil
}

// each calls fn for every item of every file. What cannot be read is reported once, if tell says so.
func (im *importer) each(ctx context.Context, fn func(at, stream.Item) error, tell bool) error {
	for i, f := range im.files {
		if err := im.eachOf(ctx, i, f, fn, tell); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) eachOf(ctx context.Context, i int, file File, fn func(at, stream.Item) error, tell bool) error {
	f, err := file.Open()
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	in := stream.NewReader(f, stream.Options{Plain: file.Plain, Type: file.Type})
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		it, err := in.Next()
		var bad *stream.ItemError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			if tell {
				im.report.Unreadable++
				im.tell(i, bad.Line, "%v", bad)
			}
		case err != nil:
			return fmt.Errorf("read %s: %w", file.Name, err)
		default:
			if err := fn(at{i, it.N}, it); err != nil {
				return err
			}
		}
	}
}

// note takes the digest of an item.
func (im *importer) note(where at, it stream.Item) error {
	class := it.Class()
	im.count(class).Read++
	im.plans[where] = &plan{class: class, print: it.Fingerprint(), digest: evidence.Of(it.Item), line: it.Line}
	return nil
}

// class plans and writes the items of one dataclass, in one session.
func (im *importer) class(ctx context.Context, class dataclass.Class) (err error) {
	if !slices.Contains(im.caps.Classes, class) {
		return sources.ErrUnsupported
	}
	session, err := im.source.Begin(ctx, class, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	if im.Begin != nil {
		im.Begin(class)
	}
	if err := im.compare(ctx, class, session); err != nil {
		return err
	}
	w := &writer{importer: im, class: class, session: session}
	if err := im.each(ctx, func(where at, it stream.Item) error { return w.item(ctx, where, it) }, false); err != nil {
		return err
	}
	return w.flush(ctx)
}

// compare compares the items of the files with those that are there: equal ones are there already, and so is
// the second of two equal ones in the files; those that the evidence is sure of are merged; doubtful ones are
// left out; all others are added.
func (im *importer) compare(ctx context.Context, class dataclass.Class, session sources.Session) error {
	there, titles, prints, err := im.there(ctx, class, session)
	if err != nil {
		return err
	}
	var places []at
	for where, p := range im.plans {
		if p.class == class {
			places = append(places, where)
		}
	}
	slices.SortFunc(places, func(a, b at) int { return (a.file-b.file)*1_000_000 + a.n - b.n })
	fresh := make([]evidence.Entry, len(places))
	for i, where := range places {
		p := im.plans[where]
		if prints[p.print] {
			p.skip = true
			im.count(class).There++
		}
		prints[p.print] = true
		fresh[i] = evidence.Entry{ID: fmt.Sprintf("%08d:%08d", where.file, where.n), Digest: p.digest}
	}
	for _, pair := range evidence.Match(fresh, there, evidence.Options{}) {
		where := places[pair.A]
		p := im.plans[where]
		switch {
		case p.skip:
		case pair.Verdict == evidence.Same:
			p.merge = sources.ID(there[pair.B].ID)
		default:
			p.skip = true
			im.count(class).Doubtful++
			im.tell(where.file, p.line, "left out: it may be the same as %q, which is there, or another", titles[pair.B])
		}
	}
	return nil
}

// there takes digest and title of every item of the client.
func (im *importer) there(ctx context.Context, class dataclass.Class, session sources.Session) (list []evidence.Entry, titles []string, prints map[dataclass.Fingerprint]bool, err error) {
	prints = make(map[dataclass.Fingerprint]bool)
	for c, err := range session.Changes(ctx) {
		if err != nil {
			return nil, nil, nil, err
		}
		if it, err := dataclass.Decode(class, c.Body); err == nil && c.Verb != sources.Delete {
			list = append(list, evidence.Entry{ID: string(c.ID), Digest: evidence.Of(it)})
			titles = append(titles, it.Title())
			prints[it.Fingerprint()] = true
		}
	}
	return list, titles, prints, nil
}

// batch is how many items are written at once.
const batch = 200

// writer writes the items of one dataclass.
type writer struct {
	*importer
	class   dataclass.Class
	session sources.Session
	ops     []sources.Op
	where   []at
}

// item puts an item into the batch.
func (w *writer) item(ctx context.Context, where at, it stream.Item) error {
	p := w.plans[where]
	if it.Class() != w.class || p != nil && p.skip {
		return nil
	}
	if p == nil || p.print != it.Fingerprint() {
		return fmt.Errorf("%s changed while it was read", w.files[where.file].Name)
	}
	op := sources.Op{Key: w.NewKey(), Verb: sources.Add, Body: it.Body()}
	if p.merge != "" {
		var changed bool
		var err error
		if op, changed, err = w.merged(ctx, p.merge, it.Item); err != nil {
			return err
		}
		if !changed {
			w.count(w.class).There++
			return nil
		}
	}
	w.ops, w.where = append(w.ops, op), append(w.where, where)
	limit := batch
	if w.caps.MaxBatch > 0 {
		limit = min(limit, w.caps.MaxBatch)
	}
	if len(w.ops) >= limit {
		return w.flush(ctx)
	}
	return nil
}

// merged makes the op that adds to an item what only the file knows of it. Where they differ, what is there
// stands. It reports false if the file knows nothing more.
func (w *writer) merged(ctx context.Context, id sources.ID, it *dataclass.Item) (sources.Op, bool, error) {
	op := sources.Op{Key: w.NewKey(), Verb: sources.Replace, ID: id}
	for c, err := range w.session.Read(ctx, []sources.ID{id}) {
		if err != nil {
			return op, false, err
		}
		now, err := dataclass.Decode(w.class, c.Body)
		if err != nil || c.Verb == sources.Delete {
			return op, false, fmt.Errorf("an item changed meanwhile; import again: %w", sources.ErrConflict)
		}
		m, err := dataclass.Merge3(nil, dataclass.Version{Now: now}, dataclass.Version{Now: it}, dataclass.First)
		if err != nil {
			return op, false, err
		}
		op.IfRev, op.Body = c.Rev, m.Item.Body()
		return op, m.Item.Fingerprint() != now.Fingerprint(), nil
	}
	return op, false, sources.ErrGone
}

// flush writes the batch.
func (w *writer) flush(ctx context.Context) error {
	ops, where := w.ops, w.where
	w.ops, w.where = nil, nil
	if len(ops) == 0 {
		return nil
	}
	res := make([]sources.Result, len(ops))
	if !w.Dry {
		var err error
		if res, err = w.session.Apply(ctx, ops); err != nil {
			return err
		}
	}
	n := w.count(w.class)
	for i, r := range res {
		switch {
		case r.State == sources.Failed:
			n.Failed++
			w.tell(where[i].file, w.plans[where[i]].line, "%v", r.Err)
		case ops[i].Verb == sources.Add:
			n.Added++
		default:
			n.Merged++
		}
	}
	return nil
}
