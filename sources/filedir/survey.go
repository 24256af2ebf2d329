package filedir

import (
	"context"
	"errors"

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

// Survey compares a folder with its listing, as Begin does, and says what it holds. It returns ErrUnknown,
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
	list, sc, err := f.compare(ctx, k, d)
	if err != nil {
		return Survey{}, err
	}
	sv = Survey{Items: map[dataclass.Class]int{}, Ignored: sc.ignored}
	for _, e := range list.live {
		sv.Items[e.class.class()]++
	}
	return sv, nil
}

// compare compares an open folder with its listing and stores the new one.
func (f *Folders) compare(ctx context.Context, k clientKey, d *folder) (*listing, *scan, error) {
	list, err := f.load(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	sc := &scan{folder: d, list: list, now: f.o.Now()}
	if err := sc.run(ctx); err != nil {
		return nil, nil, err
	}
	if list.changed() {
		err = f.save(ctx, list)
	}
	return list, sc, err
}
