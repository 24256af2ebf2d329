//go:build !unix

package main

import "os"

// lock does nothing here: the folders find out when two are at work.
func lock(*os.File, bool) (bool, error) { return true, nil }

// lockShared does nothing here either.
func lockShared(*os.File) (bool, error) { return true, nil }
