//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package filedir

import (
	"fmt"
	"os"
	"time"
)

// lock reports that there are no locks here. Two sessions find each other out when they store their
// listings.
func lock(*os.File) (bool, error) { return false, nil }

// stat gives the stamp of a name, and whether it is a plain file.
func (d *folder) stat(name string) (stamp, bool, error) {
	info, err := os.Lstat(d.at(name))
	if os.IsNotExist(err) {
		return stamp{}, false, err
	}
	if err != nil {
		return stamp{}, false, unavailable(fmt.Errorf("look at %s: %w", name, err))
	}
	return stamp{size: info.Size(), mtime: info.ModTime().UnixNano()}, info.Mode().IsRegular(), nil
}

// inode does not name the folder here.
func (d *folder) inode() (int64, error) { return 0, nil }

type plainFile = *os.File

func (d *folder) openPlain(name string) (plainFile, error) { return os.Open(d.at(name)) }

func (d *folder) create(name string) (plainFile, error) {
	return os.OpenFile(d.at(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// stampFile sets the time of a file that was just written.
func (d *folder) stampFile(name string, mtime int64) error {
	return os.Chtimes(d.at(name), time.Unix(0, mtime), time.Unix(0, mtime))
}

// keepOwner gives a file the permissions of another.
func keepOwner(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	return os.Chmod(to, info.Mode().Perm())
}
