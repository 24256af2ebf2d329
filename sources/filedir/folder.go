package filedir

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A folder is an open and locked folder.
type folder struct {
	f    *Folders
	path string
	dir  *os.File
	fd   int // of dir
	// locked is false where the file system cannot lock.
	locked bool
}

// openFolder opens and locks a folder. It returns sources.ErrBusy if somebody else has locked it and
// ErrUnavailable if there is no such folder.
func (f *Folders) openFolder(path string) (*folder, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, unavailable(err)
	}
	d := &folder{f: f, path: path, dir: dir, fd: int(dir.Fd())}
	if info, err := dir.Stat(); err != nil || !info.IsDir() {
		return nil, errors.Join(unavailable(fmt.Errorf("%s is no folder", path)), err, dir.Close())
	}
	if d.locked, err = lock(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("folder %s: %w", path, err), dir.Close())
	}
	return d, nil
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }

// close gives the lock back.
func (d *folder) close() error { return d.dir.Close() }

func (d *folder) at(name string) string { return filepath.Join(d.path, name) }

// names lists what is in the folder.
func (d *folder) names() ([]string, error) {
	if _, err := d.dir.Seek(0, io.SeekStart); err != nil {
		return nil, unavailable(err)
	}
	names, err := d.dir.Readdirnames(-1)
	if err != nil {
		return nil, unavailable(err)
	}
	slices.Sort(names)
	return names, nil
}

// sweep removes the temporary files that a process which died has left.
func (d *folder) sweep(names []string) error {
	for _, name := range names {
		if !isTemp(name) {
			continue
		}
		if !d.locked {
			info, err := os.Lstat(d.at(name))
			if err != nil || d.f.o.Now().Sub(info.ModTime()) < tempAge {
				continue // it may be somebody's who is at work
			}
		}
		if err := os.Remove(d.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return unavailable(err)
		}
	}
	return nil
}

// read reads a file as it is now. It returns fs.ErrNotExist if there is none. What is there and cannot be
// read, or is no plain file, is content that is bad.
func (d *folder) read(name string) (content, error) {
	st, regular, err := d.stat(name)
	if err != nil {
		return content{}, err
	}
	return d.readAt(name, st, regular)
}

// readAt reads a file whose stamp was taken before: what changes while it is read has a later one.
func (d *folder) readAt(name string, st stamp, regular bool) (content, error) {
	if !regular {
		return unreadable(st, errors.New("it is no plain file")), nil
	}
	if st.size > int64(d.f.o.MaxItemSize) {
		return unreadable(st, fmt.Errorf("it has %d bytes", st.size)), nil
	}
	data, err := d.slurp(name, st.size)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return content{}, err
	case err != nil:
		return unreadable(st, err), nil
	}
	return content{stamp: st, hash: sha256.Sum256(data), data: data}, nil
}

func (d *folder) slurp(name string, size int64) ([]byte, error) {
	file, err := d.openPlain(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	data := make([]byte, 0, size+1)
	for limit := d.f.o.MaxItemSize; ; {
		n, err := file.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == nil && int64(len(data)) == size && n > 0:
			return data, nil // there was room for more
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case len(data) > limit:
			return nil, fmt.Errorf("it has more than %d bytes", limit)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}
