package peertest

import (
	"os"
	"testing"
	"time"
)

// TestBenchmarkPush measures what a first sync of 5,000 contacts costs the built server: see BENCHMARKS.md.
// It is no test of every day: it runs if BINDERY_BENCH is set.
func TestBenchmarkPush(t *testing.T) {
	if os.Getenv("BINDERY_BENCH") == "" {
		return
	}
	const n = 5000
	client := Need(t)
	exe, err := Build(t.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		t.Fatal(err)
	}
	server := Start(t, exe)
	server.Account(t, "ada")
	phone := client.Device(t, Settings{URL: server.URL, User: "ada", Password: "ada", ID: "phone", Retry: 60, GiveUp: 300})
	phone.Fill(t, 0, n)
	start := time.Now()
	phone.want(t, "push", Counts{}, Counts{Added: n})
	wall := time.Since(start)
	usage := server.Stop(t)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	t.Logf("%d contacts: %.2f CPU seconds, %d MB peak, %.2f s on the client's clock",
		n, cpu.Seconds(), usage.Maxrss>>10, wall.Seconds())
}
