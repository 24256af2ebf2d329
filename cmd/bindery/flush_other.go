//go:build !linux

package main

// flushDisk leaves the disk to the system.
func flushDisk() error { return nil }
