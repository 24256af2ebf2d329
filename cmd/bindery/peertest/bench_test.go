package peertest

import "testing"

// BenchmarkPush is a first sync of 5,000 contacts from the real client to the built server. It reports what
// the whole server process used, from its start to its end, as the kernel counted it: BENCHMARKS.md.
func BenchmarkPush(b *testing.B) {
	const n = 5000
	client := Need(b)
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	var cpu, peak float64
	for b.Loop() {
		b.StopTimer()
		server := Start(b, exe)
		server.Account(b, "ada")
		phone := client.Device(b, Settings{URL: server.URL, User: "ada", Password: "ada", ID: "phone"})
		phone.Fill(b, 0, n)
		b.StartTimer()
		phone.want(b, "push", Counts{}, Counts{Added: n})
		usage := server.Stop(b)
		cpu += float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
		peak = max(peak, float64(usage.Maxrss)/1024)
	}
	b.ReportMetric(cpu/float64(b.N), "cpu-s/op")
	b.ReportMetric(peak, "peak-MiB")
}
