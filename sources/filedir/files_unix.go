//go:build linux || darwin || freebsd || netbsd || openbsd

package filedir

import (
	"errors"
	"fmt"
	"io"
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
	err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
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
	if err := unix.Fstat(d.fd, &st); err != nil {
		return 0, unavailable(err)
	}
	return int64(st.Ino), nil
}

// A plainFile is an open file. A folder has many small ones: the bare calls cost half of what os.File does,
// which first asks whether it can wait for them.
type plainFile int

// openPlain opens a file to read. It follows no link and waits for no pipe.
func (d *folder) openPlain(name string) (plainFile, error) {
	return d.openFile(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
}

// create makes a file that is not there yet.
func (d *folder) create(name string) (plainFile, error) {
	return d.openFile(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL)
}

func (d *folder) openFile(name string, flags int) (plainFile, error) {
	for {
		fd, err := unix.Openat(d.fd, name, flags|unix.O_CLOEXEC, 0o666)
		if !errors.Is(err, unix.EINTR) {
			return plainFile(fd), pathError("open", d.at(name), err)
		}
	}
}

// pathError names the file of an error.
func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// Read implements io.Reader.
func (f plainFile) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), b)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write implements io.Writer.
func (f plainFile) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		n, err := unix.Write(int(f), b[done:])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return done, err
		case n == 0:
			return done, io.ErrShortWrite
		default:
			done += n
		}
	}
	return done, nil
}

// Sync waits until the file is on the disk.
func (f plainFile) Sync() error {
	for {
		if err := unix.Fsync(int(f)); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Close closes the file.
func (f plainFile) Close() error { return unix.Close(int(f)) }

// stampFile sets the time of a file that was just written.
func (d *folder) stampFile(name string, mtime int64) error {
	ts := unix.NsecToTimespec(mtime)
	return unix.UtimesNanoAt(d.fd, name, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
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
