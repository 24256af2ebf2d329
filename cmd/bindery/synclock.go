package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// occupy keeps every other "bindery sync" of a data directory away from a binding, until the process ends
// or the lock is given back. Whom it meets there it names.
func (p place) occupy(binding int64) (unlock func() error, err error) {
	path := filepath.Join(string(p), fmt.Sprintf("sync-%d.lock", binding))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock binding: %w", err)
	}
	free, err := tryLock(file)
	if err != nil || !free {
		who, _ := os.ReadFile(path) // it may just have begun
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("lock binding: %w", err)
		}
		return nil, fmt.Errorf("binding %d is being synchronised by process %s; try again when that is done", binding, strings.TrimSpace(string(who)))
	}
	if err := file.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(file, "%d\n", os.Getpid()) // only for people
	}
	return file.Close, nil
}
