package peertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A meter tells what the processes of a group, or one process alone, have used.
type meter struct {
	pid, group int

	mu   sync.Mutex
	cpu  map[int]time.Duration
	peak int64
	stop chan struct{}
	done chan struct{}
}

// cpuOf gives the processor time of all threads of a process, as its clock counts it: to the nanosecond
// (clock_getcpuclockid).
func cpuOf(pid int) (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return 0, fmt.Errorf("clock of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// members lists the processes that are measured.
func (m *meter) members() []int {
	if m.group == 0 {
		return []int{m.pid}
	}
	var all []int
	dirs, _ := filepath.Glob("/proc/[0-9]*/stat") // a bad pattern is the only error
	for _, path := range dirs {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path))) // the pattern allows digits only
		if len(f) > 2 && f[2] == strconv.Itoa(m.group) {
			all = append(all, pid)
		}
	}
	return all
}

// sample reads the clocks of all members, and what they hold together.
func (m *meter) sample() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var held int64
	for _, pid := range m.members() {
		if cpu, err := cpuOf(pid); err == nil {
			m.cpu[pid] = max(m.cpu[pid], cpu)
		}
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if f := strings.Fields(string(statm)); err == nil && len(f) > 1 {
			pages, _ := strconv.ParseInt(f[1], 10, 64) // the kernel writes numbers
			held += pages * int64(os.Getpagesize())
		}
	}
	m.peak = max(m.peak, held)
}

// watch samples until the end of the test: processes of a group come and go.
func (m *meter) watch(t testing.TB) {
	m.cpu, m.stop, m.done = map[int]time.Duration{}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(m.done)
		for {
			select {
			case <-m.stop:
				return
			case <-time.After(20 * time.Millisecond):
				m.sample()
			}
		}
	}()
	t.Cleanup(func() {
		close(m.stop)
		<-m.done
	})
}

// read gives the processor time of all that were ever seen, and the peak since the last reading.
func (m *meter) read() (cpu time.Duration, peak int64) {
	m.sample()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.cpu {
		cpu += c
	}
	peak, m.peak = m.peak, 0
	return cpu, peak
}
