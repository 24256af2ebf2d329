package filedir

import (
	"errors"

	"golang.org/x/sys/unix"
)

// moveNew gives a file a name that is free. It returns fs.ErrExist if it is taken.
func moveNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return linkNew(from, to) // a file system that does not know it
	}
	return err
}
