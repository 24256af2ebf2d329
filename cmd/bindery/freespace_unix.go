//go:build linux || darwin

package main

import "syscall"

// freeSpace gives how many bytes of a folder's disk this user may still write.
func freeSpace(dir string) (uint64, bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return st.Bavail * uint64(st.Bsize), true
}
