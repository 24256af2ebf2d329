package transfer

import (
	"cmp"
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
	// places are those of the dataclass that is being written, in their order, and shelf is what is there of it.
	places []at
	shelf  shelf
}

// at is the place of an item: the n-th of a file.
type at struct{ file, n int }

// plan is what is to be done with an item of a file.
type plan struct {
	class  dataclass.Class
	print  dataclass.Fingerprint
	digest evidence.Digest
	line   int
	// merge is the item that it is one with; skip, that nothing is to be done; done, that it was written.
	merge sources.ID
	skip  bool
	done  bool
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

// class plans and writes the items of one dataclass.
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
	im.arrange(class)
	if err := im.shelf.read(ctx, class, session); err != nil {
		return err
	}
	im.compare(class)
	w := &writer{importer: im, class: class, session: session, limit: batch}
	if w.cursor, err = session.Commit(ctx); err != nil {
		return err
	}
	if err := im.each(ctx, func(where at, it stream.Item) error { return w.item(ctx, where, it) }, false); err != nil {
		return err
	}
	return w.flush(ctx)
}

// arrange lists the places of a dataclass in their order, and begins with an empty shelf.
func (im *importer) arrange(class dataclass.Class) {
	im.places, im.shelf = nil, newShelf()
	for where, p := range im.plans {
		if p.class == class {
			im.places = append(im.places, where)
		}
	}
	slices.SortFunc(im.places, func(a, b at) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.n, b.n)) })
}

// compare compares the items of the files with those that are there: equal ones are there already, and so is
// the second of two equal ones in the files; those that the evidence is sure of are merged; doubtful ones are
// left out; all others are added. Called again, after the shelf has changed, it decides anew of what was neither written
// nor left out.
func (im *importer) compare(class dataclass.Class) {
	there, prints := im.shelf.entries()
	fresh := make([]evidence.Entry, len(im.places))
	for i, where := range im.places {
		p := im.plans[where]
		if !p.skip && !p.done && prints[p.print] {
			p.skip = true
			im.count(class).There++
		}
		p.merge, prints[p.print] = "", true
		fresh[i] = evidence.Entry{ID: fmt.Sprintf("%08d:%08d", where.file, where.n), Digest: p.digest}
	}
	for _, pair := range evidence.Match(fresh, there, evidence.Options{}) {
		where := im.places[pair.A]
		p := im.plans[where]
		switch {
		case p.skip, p.done:
		case pair.Verdict == evidence.Same:
			p.merge = sources.ID(there[pair.B].ID)
		default:
			p.skip = true
			im.count(class).Doubtful++
			im.tell(where.file, p.line, "left out: it may be the same as %q, which is there, or another", im.shelf.items[pair.B].title)
		}
	}
}
