package main

import (
	"errors"
	"fmt"
	"os"
)

// The lock files of a data directory. The kernel releases a lock when its process dies, however it dies; the files
// stay.
const (
	// serveLock is held by the one server of the directory.
	serveLock = "serve.lock"
	// presenceLock is shared by all who have the database open; restore-backup wants it alone.
	presenceLock = "bindery.lock"
)

// serveAlone keeps every other server away from a data directory: two would sweep, and settle the runs of, the same
// phones. Commands may work beside a server.
func (p place) serveAlone() (unlock func() error, err error) {
	if err := p.make(); err != nil {
		return nil, err
	}
	file, err := p.lockFile(serveLock)
	if err != nil {
		return nil, err
	}
	free, err := lock(file, false)
	if err != nil || !free {
		who := holder(file.Name())
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("lock data directory: %w", err)
		}
		return nil, fmt.Errorf("%s is served by %s already; stop that server first, or name another directory with --data", string(p), who)
	}
	if err := file.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(file, "%d\n", os.Getpid()) // only for people
	}
	return file.Close, nil
}

// present tells those who want the directory alone that somebody has its database open.
func (p place) present() (leave func() error, err error) {
	file, err := p.lockFile(presenceLock)
	if err != nil {
		return nil, err
	}
	free, err := lockShared(file)
	if err == nil && !free {
		err = fmt.Errorf("%s is being restored from a backup; try again when that is done", string(p))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

// alone waits for nobody: it fails if anybody has the database open.
func (p place) alone() (unlock func() error, err error) {
	stop, err := p.serveAlone()
	if err != nil {
		return nil, err
	}
	file, err := p.lockFile(presenceLock)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	free, err := lock(file, false)
	if err == nil && !free {
		err = fmt.Errorf("another bindery command is at work in %s; try again when it is done", string(p))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), stop())
	}
	return func() error { return errors.Join(file.Close(), stop()) }, nil
}
