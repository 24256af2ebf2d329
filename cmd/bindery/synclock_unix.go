//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file until it is closed. It reports false if somebody else has locked it.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
