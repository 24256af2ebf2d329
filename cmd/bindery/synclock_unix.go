//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock locks a file until it is closed; wait says whether to wait for it. It reports false if somebody else
// has locked it.
func lock(f *os.File, wait bool) (bool, error) {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	return flock(f, how)
}

// lockShared locks a file beside others who do the same. It reports false if somebody has locked it alone.
func lockShared(f *os.File) (bool, error) { return flock(f, syscall.LOCK_SH|syscall.LOCK_NB) }

func flock(f *os.File, how int) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return err == nil, err
		}
	}
}
