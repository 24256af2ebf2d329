package filedir

import (
	"errors"

	"golang.org/x/sys/unix"
)

// moveNew gives a file a name that is free. It returns fs.ErrExist if it is taken.
func (d *folder) moveNew(from, to string) error {
	err := unix.Renameat2(d.fd, from, d.fd, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return linkNew(d.at(from), d.at(to)) // a file system that does not know it
	}
	return err
}
