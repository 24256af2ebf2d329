//go:build unix

package main

import (
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// TestRestoreKilled kills the real program while it restores a whole sync, at moments spread over the time
// that it takes; the same command again ends where one that was not killed does, without doubles.
func TestRestoreKilled(t *testing.T) {
	const n, kills = 200, 3
	for i := range kills {
		w := newSyncWorld(t)
		names := w.fill(w.a, "a-", n)
		w.mustExec()
		for _, name := range names[:n/5] {
			w.remove(w.a, fileOf(w.read(w.a), name))
		}
		gone := w.sync(exitDone)["Contacts"]
		w.once(w.b, names[n/5:]...)
		restore := func(kill time.Duration) error {
			cmd := exec.CommandContext(t.Context(), "bindery", "--data", w.dataDir, "restore", "--sync", strconv.FormatInt(gone.Log, 10))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if kill > 0 {
				timer := time.AfterFunc(kill, func() { _ = cmd.Process.Kill() }) // it may be done
				defer timer.Stop()
			}
			return cmd.Wait()
		}
		_ = restore(time.Duration(i+1) * 25 * time.Millisecond) // whether it was killed or came to its end
		if err := restore(0); err != nil {
			t.Fatal(err)
		}
		w.whole(names)
		w.rest(exitDone)
	}
}
