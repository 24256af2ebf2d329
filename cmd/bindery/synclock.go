package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// occupy keeps every other "bindery sync" of a data directory away from a binding, until the process ends
// or the lock is given back. Whom it meets there it names.
func (p place) occupy(binding int64) (unlock func() error, err error) {
	file, err := p.lockFile(fmt.Sprintf("sync-%d.lock", binding))
	if err != nil {
		return nil, err
	}
	free, err := lock(file, false)
	if err != nil || !free {
		who := holder(file.Name())
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("lock binding: %w", err)
		}
		return nil, fmt.Errorf("binding %d is being synchronised by %s; try again when that is done", binding, who)
	}
	if err := file.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(file, "%d\n", os.Getpid()) // only for people
	}
	return file.Close, nil
}

// holder names the process that has a lock, by its number if it has written that yet.
func holder(file string) string {
	text, err := os.ReadFile(file)
	if who := strings.TrimSpace(string(text)); err == nil && who != "" {
		return "process " + who
	}
	return "another process"
}

// setUp waits until no other "bindery sync" is making the database, clients or bindings of a data
// directory.
func (p place) setUp() (unlock func() error, err error) {
	if err := p.make(); err != nil {
		return nil, err
	}
	file, err := p.lockFile("sync.lock")
	if err != nil {
		return nil, err
	}
	if _, err := lock(file, true); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data directory: %w", err), file.Close())
	}
	return file.Close, nil
}

func (p place) lockFile(name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(string(p), name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	return file, nil
}
