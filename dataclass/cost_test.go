package dataclass

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// familyOf gives the formats that an item of the class can have.
func familyOf(c Class) []Format {
	switch c {
	case Contacts:
		return []Format{VCard21, VCard30, VCard40}
	case Notes:
		return []Format{PlainText, VNote11, ICalendar20}
	}
	return []Format{VCalendar10, ICalendar20}
}

// doAll does with a body what can be done with one: read, compare, project, edit, merge.
func doAll(t *testing.T, h heavy, data []byte) {
	it, err := Decode(h.class, Body{Type: h.mediaType, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	base := it.Clone()
	it.Title()
	it.Fingerprint()
	editAll(t, it)
	it.Body()
	for _, f := range familyOf(h.class) {
		p, err := base.Project(f)
		if err != nil {
			t.Fatal(err)
		}
		p.Body()
		if _, err := Merge3(base, Version{Shadow: p, Now: p}, Version{Shadow: base, Now: it}, First); err != nil {
			t.Fatal(err)
		}
	}
	Contradicts(base, it)
}

// editAll reads and sets again all that the typed view of an item has, and changes something.
func editAll(t *testing.T, it *Item) {
	switch it.class {
	case Contacts:
		c, err := AsContact(it)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range typedEdits {
			e.repeat(c)
		}
		c.SetNote("x")
	case Events:
		e, err := AsEvent(it)
		if err != nil {
			t.Fatal(err)
		}
		readAll(e)
		setAgain(e)
		e.SetSummary("x")
		from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		_, _ = e.Occurrences(from, from.AddDate(2, 0, 0), 100) // what is too much is an error
	case Tasks:
		e, err := AsTask(it)
		if err != nil {
			t.Fatal(err)
		}
		e.SetSummary("x")
	case Notes:
		n, err := AsNote(it)
		if err != nil {
			t.Fatal(err)
		}
		n.SetTitle(n.Title() + "x")
	}
}

// effort is what one run took: time of the processor, bytes allocated.
type effort struct {
	time  time.Duration
	bytes uint64
}

// lower takes the lower of each: what disturbs a run only adds to it.
func (e effort) lower(f func()) effort {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := busyTime()
	f()
	took := busyTime() - start
	runtime.ReadMemStats(&after)
	return effort{min(e.time, took), min(e.bytes, after.TotalAlloc-before.TotalAlloc)}
}

var unmeasured = effort{math.MaxInt64, math.MaxUint64}

// TestCostOfItemsIsLinear doubles items: whatever is done with them may not take much more than twice the
// time or memory. A squared cost would be four times as high.
func TestCostOfItemsIsLinear(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, h := range heavies {
		t.Run(h.name, func(t *testing.T) {
			runtime.LockOSThread() // time is counted by thread
			defer runtime.UnlockOSThread()
			checkLinear(t, h, "reading", h.most/4, doRead)
			checkLinear(t, h, "everything", h.most/40, doAll)
		})
	}
}

// doRead does what is done with every item.
func doRead(t *testing.T, h heavy, data []byte) {
	it, err := Decode(h.class, Body{Type: h.mediaType, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	it.Title()
	it.Fingerprint()
	it.Body()
}

// checkLinear compares what n and 2n take. What takes no time cannot be compared: then n is doubled. Where
// it takes too much, as with the race detector, n is smaller.
func checkLinear(t *testing.T, h heavy, name string, n int, do func(*testing.T, heavy, []byte)) {
	t.Helper()
	const tolerated, enough, most = 3.1, 4 * time.Millisecond, 12 * time.Millisecond
	run := func(n int) func() {
		data := []byte(h.make(n))
		return func() { do(t, h, data) }
	}
	n = max(n, 20)
	for n >= 40 && unmeasured.lower(run(n)).time > most {
		n /= 4
	}
	for 4*n <= h.most && unmeasured.lower(run(n)).time < enough {
		n *= 2
	}
	once, twice := run(n), run(2*n)
	one, two := unmeasured, unmeasured
	var inTime, inBytes float64
	for range 16 {
		runtime.GC()
		one, two = one.lower(once), two.lower(twice)
		inTime = float64(two.time) / float64(max(one.time, enough/4))
		inBytes = float64(two.bytes) / float64(one.bytes)
		if inTime < tolerated && inBytes < tolerated {
			return
		}
	}
	t.Errorf("%s: from %d to %d it takes %.1f times the time and %.1f times the memory", name, n, 2*n, inTime, inBytes)
}
