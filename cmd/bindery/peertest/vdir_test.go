package peertest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// vdirSteps are what is compared: a filled folder and an empty one, nothing to do, and one item in a hundred
// changed on each side.
var vdirSteps = []string{"first", "no-op", "1 % changed"}

// vdirRound runs a program through all steps and gives what each took, and what both sides hold after.
func vdirRound(t testing.TB, program vdirProgram, kind vdirKind, n int, root string) (used []vdirUsage, end map[string]int) {
	t.Helper()
	p := vdirPair{root, kind}
	if err := vdirFill(p.a(), kind, n); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(p.b(), 0o700); err != nil {
		t.Fatal(err)
	}
	if program.setUp != nil {
		if err := program.setUp(p); err != nil {
			t.Fatal(err)
		}
	}
	for i := range vdirSteps {
		if i == 2 {
			if err := p.edit(n); err != nil {
				t.Fatal(err)
			}
		}
		u, err := vdirRun(program.args(p))
		if err != nil {
			t.Fatal(err)
		}
		used = append(used, u)
		end = vdirSame(t, p, n, i == 2)
	}
	return used, end
}

// vdirSame checks that both sides hold the same, each item once, and all edits.
func vdirSame(t testing.TB, p vdirPair, n int, edited bool) map[string]int {
	t.Helper()
	a, errA := vdirContent(p.a())
	b, errB := vdirContent(p.b())
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if len(a) != n || !maps.Equal(a, b) {
		t.Errorf("%s: %d items on one side, %d on the other", p.root, len(a), len(b))
	}
	if !edited {
		return a
	}
	found := 0
	for text := range a {
		if strings.Contains(text, p.kind.line+"\n") {
			found++
		}
	}
	if found != 2*(n/100) {
		t.Errorf("%s: %d edits of %d arrived", p.root, found, 2*(n/100))
	}
	return a
}

// TestVdirsyncer lets both programs bring the same folders into step: they come to the same end.
func TestVdirsyncer(t *testing.T) {
	exe := needVdirsyncer(t)
	for _, kind := range []vdirKind{vdirContacts, vdirEvents} {
		t.Run(kind.name, func(t *testing.T) {
			_, ours := vdirRound(t, binderySync(program(t)), kind, 1000, t.TempDir())
			_, theirs := vdirRound(t, vdirsyncer(exe), kind, 1000, t.TempDir())
			if !maps.Equal(ours, theirs) {
				t.Error("the two programs come to different ends")
			}
		})
	}
}

func needVdirsyncer(t testing.TB) string {
	t.Helper()
	exe, err := exec.LookPath("vdirsyncer")
	if err != nil {
		Missing(t, "vdirsyncer")
	}
	return exe
}

// vdirRoot is where folders are made: in memory, where the system has that.
func vdirRoot(b *testing.B) string {
	b.Helper()
	root, err := os.MkdirTemp("/dev/shm", "bindery-bench-")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { _ = os.RemoveAll(root) })
	return root
}

// vdirRuns is how often each is run; the median counts.
const vdirRuns = 5

// BenchmarkVdirsyncer runs bindery and vdirsyncer by turns on the same folders and prints a table of what
// both took, and reports how many times faster bindery is: BENCHMARKS.md.
func BenchmarkVdirsyncer(b *testing.B) {
	theirs := needVdirsyncer(b)
	ours, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	programs := []vdirProgram{binderySync(ours), vdirsyncer(theirs)}
	for _, kind := range []vdirKind{vdirContacts, vdirEvents} {
		for _, n := range []int{1000, 10000} {
			b.Run(fmt.Sprintf("%s-%d", kind.name, n), func(b *testing.B) {
				for b.Loop() {
					vdirCompare(b, programs, kind, n)
				}
			})
		}
	}
}

func vdirCompare(b *testing.B, programs []vdirProgram, kind vdirKind, n int) {
	root := vdirRoot(b)
	runs := make([][][]vdirUsage, len(programs)) // program, step, run
	for i := range runs {
		runs[i] = make([][]vdirUsage, len(vdirSteps))
	}
	for round := range vdirRuns {
		for i, p := range programs {
			dir := filepath.Join(root, fmt.Sprintf("%d-%s", round, p.name))
			used, _ := vdirRound(b, p, kind, n, dir)
			for step, u := range used {
				runs[i][step] = append(runs[i][step], u)
			}
			if err := os.RemoveAll(dir); err != nil {
				b.Fatal(err)
			}
		}
	}
	for step, name := range vdirSteps {
		u, v := vdirMedian(runs[0][step]), vdirMedian(runs[1][step])
		fmt.Printf("| %d %s, %s | %.3f s | %.3f s | %.0f MiB | %.3f s | %.3f s | %.0f MiB | %.1f | %.1f |\n", n, kind.name, name,
			u.wall.Seconds(), u.cpu.Seconds(), u.peakMiB, v.wall.Seconds(), v.cpu.Seconds(), v.peakMiB,
			v.wall.Seconds()/u.wall.Seconds(), v.cpu.Seconds()/u.cpu.Seconds())
		b.ReportMetric(v.cpu.Seconds()/u.cpu.Seconds(), strings.ReplaceAll(name, " ", "")+"-x-cpu")
	}
}

// vdirMedian gives the median of each figure.
func vdirMedian(list []vdirUsage) vdirUsage {
	walls, cpus, peaks := []time.Duration{}, []time.Duration{}, []float64{}
	for _, u := range list {
		walls, cpus, peaks = append(walls, u.wall), append(cpus, u.cpu), append(peaks, u.peakMiB)
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	slices.Sort(peaks)
	mid := len(list) / 2
	return vdirUsage{walls[mid], cpus[mid], peaks[mid]}
}
