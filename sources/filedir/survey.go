package filedir

import (
	"context"
	"errors"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Survey says what a folder holds.
type Survey struct {
	// Items is the number of files of each dataclass; one without any is missing.
	Items map[dataclass.Class]int
	// Ignored are the names in the folder that are no items: other suffixes, names that begin with a dot,
	// folders and links. Sorted.
	Ignored []string
}

// Survey compares a folder with its listing, as Begin does, and says what it holds. A Begin that follows
// within a second takes this look for its own instead of looking again. It returns ErrUnknown,
// ErrUnavailable and sources.ErrBusy as opening the client and Begin do.
func (f *Folders) Survey(ctx context.Context, owner, client string) (sv Survey, err error) {
	k := clientKey{owner, client}
	path, err := f.path(ctx, k)
	if err != nil {
		return Survey{}, err
	}
	d, err := f.openFolder(path)
	if err != nil {
		return Survey{}, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	sc, err := f.compare(ctx, k, d)
	if err != nil {
		return Survey{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	sc.taken = f.o.Now()
	f.surveyed[k] = sc
	return sc.survey(), nil
}

// Glance says what a folder holds that no client stands for yet, and stores nothing. A look at that folder that follows does
// not read again what is unchanged by its stamp. It returns ErrUnavailable and sources.ErrBusy as Survey does.
func (f *Folders) Glance(ctx context.Context, path string) (sv Survey, err error) {
	d, err := f.openFolder(path)
	if err != nil {
		return Survey{}, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	list, err := newListing(folderRow{}, nil, nil)
	if err != nil {
		return Survey{}, err
	}
	sc := &scan{folder: d, list: list, now: f.o.Now()}
	if err := sc.run(ctx); err != nil {
		return Survey{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.glanced = &glance{path, sc.now, sc.read()}
	return sc.survey(), nil
}

// A glance is what Glance read. It goes with the next look at any folder.
type glance struct {
	path  string
	at    time.Time
	files map[string]*unread
}

// read gives the files that were read, by name.
func (s *scan) read() map[string]*unread {
	out := make(map[string]*unread, len(s.files))
	for i := range s.files {
		if f := &s.files[i]; f.err == nil && !f.is.bad {
			out[f.name] = f
		}
	}
	return out
}

// same gives a file as it was read, if it is unchanged since: a stamp proves that unless it was young already then.
func (g *glance) same(f *unread) *unread {
	if g == nil || f.was != nil || f.stamp.mtime > g.at.Add(-tick).UnixNano() {
		return nil
	}
	if was := g.files[f.name]; was != nil && was.stamp == f.stamp && was.regular == f.regular {
		return was
	}
	return nil
}

// seen gives what the last Glance at a folder read, once.
func (f *Folders) seen(path string) *glance {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.glanced
	f.glanced = nil
	if g == nil || g.path != path {
		return nil
	}
	return g
}

func (s *scan) survey() Survey {
	sv := Survey{Items: map[dataclass.Class]int{}, Ignored: s.ignored}
	for _, e := range s.list.slots {
		if e != nil && !e.dead {
			sv.Items[e.class.class()]++
		}
	}
	return sv
}

// surveyAge is how long a look may wait to be taken.
const surveyAge = time.Second

// taken gives the look of a Survey that was made just now, if nothing was stored since. It can be taken
// once.
func (f *Folders) taken(ctx context.Context, k clientKey) *scan {
	f.mu.Lock()
	sc := f.surveyed[k]
	delete(f.surveyed, k)
	f.mu.Unlock()
	if sc == nil {
		return nil
	}
	age := f.o.Now().Sub(sc.taken)
	if version, err := f.version(ctx, k); err != nil || version != sc.list.row.Version || age < 0 || age > surveyAge {
		return nil
	}
	return sc
}

// compare compares an open folder with its listing and stores the new one.
func (f *Folders) compare(ctx context.Context, k clientKey, d *folder) (*scan, error) {
	list, err := f.load(ctx, k)
	if err != nil {
		return nil, err
	}
	sc := &scan{folder: d, list: list, now: f.o.Now(), glanced: f.seen(d.path)}
	if err := sc.run(ctx); err != nil {
		return nil, err
	}
	if list.changed() {
		err = f.save(ctx, list)
	}
	return sc, err
}
