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
