package filedir

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// tick is how coarse the clock of a file system may be: what was changed this close to the last look
	// may look unchanged.
	tick = 2 * time.Second
	// keepBytes bounds the content that a look keeps in memory between comparing and listing.
	keepBytes = 8 << 20
	// tempAge is how old a temporary file must be to be nobody's, where folders cannot be locked.
	tempAge = 10 * time.Minute
)

// A scan compares a folder with its listing and brings the listing up to date.
type scan struct {
	folder  *folder
	list    *listing
	now     time.Time
	taken   time.Time // when it was at its end, if it waits for a Begin
	files   []unread
	ignored []string
	kept    map[string]content
	bytes   atomic.Int64
	adds    map[string]add
	glanced *glance // what was read already; nil for nothing
}

// An unread is a file that must be read to be compared.
type unread struct {
	name    string
	stamp   stamp
	regular bool
	was     *entry
	is      content
	class   code
	err     error
}

// run compares the folder with the listing.
func (s *scan) run(ctx context.Context) error {
	names, err := s.folder.names()
	if err != nil {
		return err
	}
	if !s.folder.f.o.LookOnly {
		if err := s.folder.sweep(names); err != nil {
			return err
		}
	}
	s.begin()
	known := s.list.living()
	s.files = make([]unread, 0, max(0, len(names)-known))
	s.list.expect(len(names))
	for i, name := range names {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.look(name); err != nil {
			return err
		}
	}
	if err := s.readFiles(ctx); err != nil {
		return err
	}
	if err := s.identify(known); err != nil {
		return err
	}
	s.kept = make(map[string]content, len(s.files))
	for i := range s.files {
		s.compare(&s.files[i])
	}
	s.bury()
	if len(s.files) > 0 {
		s.list.row.Verified, s.list.moved = s.now.UnixNano(), true
	}
	s.list.forget(s.now)
	return nil
}

// begin prepares what the comparison needs. If the clock was set back, nothing that was looked at before
// it can be relied on.
func (s *scan) begin() {
	if s.now.UnixNano() < s.list.row.Verified {
		s.list.row.Verified = 0
	}
	s.adds = make(map[string]add, len(s.list.adds))
	for _, a := range s.list.adds {
		s.adds[a.name] = a
	}
	for _, e := range s.list.slots {
		if e != nil {
			e.seen = false
		}
	}
}

// look takes the stamp of one name and puts it on the list of files to be read unless it is unchanged.
func (s *scan) look(name string) error {
	if isTemp(name) {
		return nil
	}
	if suffixOf(name) == "" || name[0] == '.' || !validName(name) {
		s.ignored = append(s.ignored, name)
		return nil
	}
	st, regular, err := s.folder.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went while we looked
	}
	if err != nil {
		return err
	}
	was := s.list.live(name)
	switch {
	case was == nil && !regular:
		s.ignored = append(s.ignored, name)
	case was != nil && was.stamp == st && !was.bad && (was.sure || !s.recent(st)):
		was.seen = true
	default:
		s.files = append(s.files, unread{name: name, stamp: st, regular: regular, was: was})
	}
	return nil
}

// recent reports whether a file was changed so shortly before the last look, or after it, that its stamp
// proves nothing.
func (s *scan) recent(st stamp) bool { return st.mtime > s.list.row.Verified-int64(tick) }

// readFiles reads what must be read, several files at once.
func (s *scan) readFiles(ctx context.Context) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func() {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(s.files) {
				return
			}
			s.readFile(&s.files[i])
		}
	}
	for range min(runtime.NumCPU(), 1+len(s.files)/64) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	return ctx.Err()
}

func (s *scan) readFile(f *unread) {
	if was := s.glanced.same(f); was != nil {
		f.is, f.class = was.is, was.class
	} else {
		f.is, f.err = s.folder.readAt(f.name, f.stamp, f.regular)
		is := code(0)
		if f.was != nil {
			is = f.was.class
		}
		f.class = classOf(f.name, f.is.data, is)
	}
	if n := int64(len(f.is.data)); s.bytes.Add(n) > keepBytes {
		s.bytes.Add(-n)
		f.is.data = nil
	}
}

// identify finds out whether this is still the folder that the listing is of. It is another one if it has
// another inode and most of what was known is not there: the disk that is mounted there usually is
// missing, say. What is not there is then not taken for deleted: every cursor is lost.
func (s *scan) identify(known int) error {
	inode, err := s.folder.inode()
	if err != nil {
		return err
	}
	row := &s.list.row
	if row.Epoch != "" && row.Inode == inode {
		return nil
	}
	there := 0
	for _, e := range s.list.slots {
		if e != nil && !e.dead && e.seen {
			there++
		}
	}
	for _, f := range s.files {
		if f.was != nil && f.err == nil {
			there++
		}
	}
	if row.Epoch == "" || 2*there < known {
		if row.Epoch, err = s.folder.f.random(10); err != nil {
			return err
		}
	}
	row.Inode, s.list.moved = inode, true
	return nil
}

// compare brings the listing up to date with one file that was read.
func (s *scan) compare(f *unread) {
	if f.err != nil {
		return // it went while we looked
	}
	e := f.was
	if e != nil && e.class != f.class {
		s.list.kill(e, "", s.now)
		e = nil
	}
	switch {
	case e == nil:
		e = s.welcome(f)
	case e.hash != f.is.hash:
		s.list.put(e.class, e.name, f.is, "", s.now)
	case e.stamp != f.is.stamp || e.bad != f.is.bad:
		e.stamp, e.bad, e.sure = f.is.stamp, f.is.bad, false
		s.list.mark(e)
	}
	e.seen = true
	if f.is.data != nil || f.is.bad {
		s.kept[e.name] = f.is
	}
}

// welcome notes a file that is new. It may be what an Add left whose process died before it could say so.
func (s *scan) welcome(f *unread) *entry {
	add, ours := s.adds[f.name]
	origin := ""
	if ours && add.hash == f.is.hash {
		origin = add.origin
	}
	e := s.list.put(f.class, f.name, f.is, origin, s.now)
	if ours {
		s.list.setKey(e, add.key, add.hash)
	}
	return e
}

// bury notes what is no longer there.
func (s *scan) bury() {
	var gone []*entry
	for _, e := range s.list.slots {
		if e != nil && !e.dead && !e.seen {
			gone = append(gone, e)
		}
	}
	for _, e := range gone {
		s.list.kill(e, "", s.now)
	}
}
