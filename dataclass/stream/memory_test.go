package stream

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// generated is a file that is made while it is read: before, n times what item makes, after.
type generated struct {
	before, after string
	item          func(i int) string
	n, i          int
	rest          string
}

func (g *generated) Read(p []byte) (int, error) {
	for g.rest == "" {
		switch g.i++; {
		case g.i == 1:
			g.rest = g.before
		case g.i <= g.n+1:
			g.rest = g.item(g.i - 1)
		case g.i == g.n+2:
			g.rest = g.after
		default:
			return 0, io.EOF
		}
	}
	k := copy(p, g.rest)
	g.rest = g.rest[k:]
	return k, nil
}

// usage streams a file through, and gives how many items and errors there were, how much memory lived at
// most, and how much was allocated together.
func usage(t *testing.T, g *generated, every int) (count int, live, total uint64) {
	t.Helper()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base, start := m.HeapAlloc, m.TotalAlloc
	r, w := NewReader(g, Options{MaxHeld: 1 << 18}), NewWriter(io.Discard, dataclass.ICalendar20)
	if strings.HasPrefix(g.item(1), "BEGIN:VCARD") {
		w = NewWriter(io.Discard, dataclass.VCard30)
	}
	for {
		it, err := r.Next()
		var bad *ItemError
		switch {
		case errors.Is(err, io.EOF):
			runtime.ReadMemStats(&m)
			return count, live, m.TotalAlloc - start
		case err != nil && !errors.As(err, &bad):
			t.Fatal(err)
		case err == nil:
			if err := w.Write(it.Item); err != nil {
				t.Fatal(err)
			}
		}
		if count++; count%every == 0 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			live = max(live, m.HeapAlloc-min(base, m.HeapAlloc))
		}
	}
}

const header = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"

func zoneText(id string) string { return strings.ReplaceAll(customZone, "Far Away", id) }

// Twice the items need no more memory at a time, and twice the work.
func TestConstantMemory(t *testing.T) {
	for _, tt := range []struct {
		name string
		g    generated
	}{
		{"cards", generated{item: func(i int) string {
			return fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Person %d\r\nN:Person;%d;;;\r\nTEL;TYPE=CELL:555%07d\r\nEND:VCARD\r\n", i, i, i)
		}}},
		{"events", generated{before: header + customZone, after: "END:VCALENDAR\r\n", item: func(i int) string {
			return event(fmt.Sprint(i), "DTEND;TZID=Far Away:20210104T100000", fmt.Sprintf("SUMMARY:Event %d", i))
		}}},
		{"events that wait", generated{before: header, after: customZone + "END:VCALENDAR\r\n", item: func(i int) string {
			return event(fmt.Sprint(i), "DTEND;TZID=Europe/Oslo:20210104T100000", fmt.Sprintf("SUMMARY:Event %d", i))
		}}},
		{"series", generated{before: header, after: "END:VCALENDAR\r\n", item: func(i int) string {
			return event(fmt.Sprint(i), "RRULE:FREQ=DAILY", fmt.Sprintf("SUMMARY:Event %d", i))
		}}},
		{"a zone behind each event", generated{before: header, after: "END:VCALENDAR\r\n", item: func(i int) string {
			return event(fmt.Sprint(i), fmt.Sprintf("DTEND;TZID=Z%d:20210104T100000", i%50)) + zoneText(fmt.Sprintf("Z%d", i%50))
		}}},
		{"calendars", generated{item: func(i int) string { return vcalendar(event(fmt.Sprint(i), "RRULE:FREQ=DAILY")) }}},
		{"errors", generated{item: func(i int) string { return "BEGIN:VCARD\r\nFN:never ended\r\n" }}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := 1_500
			if tt.name == "cards" || tt.name == "events" {
				n = 5_000
			}
			once, twice := tt.g, tt.g
			once.n, twice.n = n, 2*n
			count1, live1, total1 := usage(t, &once, 400)
			count2, live2, total2 := usage(t, &twice, 400)
			if count1 != n || count2 != 2*n {
				t.Errorf("%d and %d items", count1, count2)
			}
			if live2 > live1*3/2+1<<17 {
				t.Errorf("lives: %d bytes for n, %d for 2n", live1, live2)
			}
			if total2 > total1*5/2 {
				t.Errorf("allocated: %d bytes for n, %d for 2n", total1, total2)
			}
			t.Logf("live %d, %d; allocated %d, %d", live1, live2, total1, total2)
		})
	}
}

// Whatever a file consists of, twice as much of it is twice the work, and no more memory than an item may
// take.
func TestLinearWork(t *testing.T) {
	again := func(s string) func(int) string { return func(int) string { return s } }
	const opts = 1 << 17
	for name, tt := range map[string]generated{
		"nesting":        {item: again("BEGIN:A\r\n")},
		"nested card":    {before: "BEGIN:VCARD\r\n", item: again("BEGIN:A\r\n")},
		"one line":       {before: "BEGIN:VCARD\r\nNOTE:", item: again("0123456789")},
		"folds":          {before: "BEGIN:VCARD\r\nNOTE:x\r\n", item: again(" x\r\n")},
		"soft breaks":    {before: "BEGIN:VCARD\r\nNOTE;QUOTED-PRINTABLE:=\r\n", item: again("x=\r\n")},
		"blank lines":    {item: again("\r\n")},
		"CR":             {item: again("\r")},
		"junk":           {item: again("junk\r\n")},
		"ends":           {item: again("END:VCARD\r\n")},
		"quotes":         {before: "BEGIN:VCARD\r\n", item: again("A=\"x:y\r\n ")},
		"zones in one":   {before: header + "BEGIN:VEVENT\r\n", item: func(i int) string { return fmt.Sprintf("X;TZID=%d:\r\n", i) }},
		"zones":          {before: header, item: func(i int) string { return zoneText(fmt.Sprint(i)) }},
		"properties":     {before: header, item: again("X-A:b\r\n")},
		"components":     {before: header, item: again("BEGIN:VALARM\r\nEND:VALARM\r\n")},
		"exceptions":     {before: header, item: again(event("a", "RECURRENCE-ID:20210104T090000Z"))},
		"stray ends":     {before: header, item: again("END:VEVENT\r\n")},
		"UTF-16":         {before: "\xFF\xFE", item: again("B\x00\r\x00\n\x00")},
		"begins in text": {before: "BEGIN:VCARD\r\nNOTE;QUOTED-PRINTABLE:=\r\n", item: again("BEGIN:VCARD=\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 15_000
			var total [2]uint64
			for i := range total {
				g := tt
				g.n = n * (i + 1)
				r := NewReader(&g, Options{MaxItem: opts, MaxHeld: opts})
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for steps := 0; ; steps++ {
					if _, err := r.Next(); errors.Is(err, io.EOF) {
						break
					}
					if steps > 4*n {
						t.Fatal("no end")
					}
				}
				runtime.ReadMemStats(&after)
				total[i] = after.TotalAlloc - before.TotalAlloc
			}
			if total[1] > total[0]*5/2+opts {
				t.Errorf("allocated %d bytes for n, %d for 2n", total[0], total[1])
			}
		})
	}
}
