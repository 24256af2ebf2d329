//go:build linux || darwin || freebsd || netbsd || openbsd

package filedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/bindery-sync/bindery/sources"
)

// lock locks a folder against everybody else who locks it, until it is closed. It reports false where the
// file system has no such locks.
func lock(dir *os.File) (bool, error) {
	err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, fmt.Errorf("it is being synchronised by someone else: %w", sources.ErrBusy)
	}
	return false, nil
}

// stat gives the stamp of a name, and whether it is a plain file. Links are not followed.
func (d *folder) stat(name string) (stamp, bool, error) {
	var st unix.Stat_t
	err := unix.Fstatat(int(d.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return stamp{}, false, fs.ErrNotExist
	}
	if err != nil {
		return stamp{}, false, unavailable(fmt.Errorf("look at %s: %w", name, err))
	}
	s := stamp{size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(), inode: st.Ino}
	return s, st.Mode&unix.S_IFMT == unix.S_IFREG, nil
}

// inode names the folder itself among those of its file system.
func (d *folder) inode() (int64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(d.dir.Fd()), &st); err != nil {
		return 0, unavailable(err)
	}
	return int64(st.Ino), nil
}

// openPlain opens a file to read. It follows no link and waits for no pipe.
func openPlain(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

// keepOwner gives a file the permissions and, as far as it may, the owner of another.
func keepOwner(from, to string) error {
	var st unix.Stat_t
	if err := unix.Lstat(from, &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() || int(st.Gid) != os.Getegid() {
		_ = os.Lchown(to, int(st.Uid), int(st.Gid)) // only a system's administrator may
	}
	return os.Chmod(to, fs.FileMode(st.Mode&0o777))
}
