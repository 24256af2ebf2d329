package contentline

import (
	"errors"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// wide raises the limits far beyond what the tests need.
var wide = Limits{Bytes: 1 << 28, Line: 1 << 28, Props: 1 << 22, Params: 1 << 22}

// hostile makes inputs of one shape, of about n bytes.
var hostile = []struct {
	name string
	make func(n int) string
}{
	{"a picture", func(n int) string {
		return "PHOTO;BASE64:" + strings.Repeat("\n "+strings.Repeat("A", 72), n/74) + "\n"
	}},
	{"a picture, not indented", func(n int) string { return "PHOTO;BASE64:" + strings.Repeat("\n"+strings.Repeat("A", 72), n/73) + "\n" }},
	{"properties", func(n int) string { return strings.Repeat("TEL;CELL;X=y:12345\n", n/19) }},
	{"a single line", func(n int) string { return "NOTE:" + strings.Repeat("x", n) }},
	{"a line without a colon", func(n int) string { return strings.Repeat("x", n) }},
	{"parameters", func(n int) string { return "A" + strings.Repeat(";B=c", n/4) + ":d" }},
	{"values of a parameter", func(n int) string { return "A;B=" + strings.Repeat("c,", n/2) + ":d" }},
	{"semicolons", func(n int) string { return "A" + strings.Repeat(";", n) + ":d" }},
	{"quotes", func(n int) string { return "A;B=" + strings.Repeat(`"`, n|1) + ":d" }},
	{"quoted values", func(n int) string { return "A;B=" + strings.Repeat(`"c",`, n/4) + ":d" }},
	{"open quotes over folds", func(n int) string { return `A;B=":` + strings.Repeat("\n x", n/3) }},
	{"lines of open quotes", func(n int) string { return strings.Repeat("A;B=\":\n x\n", n/10) }},
	{"soft breaks", func(n int) string { return "A;QUOTED-PRINTABLE:" + strings.Repeat("=\n", n/2) }},
	{"soft breaks and blanks", func(n int) string { return "A;QUOTED-PRINTABLE:" + strings.Repeat(" =  \n", n/5) }},
	{"quoted-printable of blank folds", func(n int) string { return "A;QUOTED-PRINTABLE:" + strings.Repeat("\n  ", n/3) }},
	{"equals signs", func(n int) string { return "A;QUOTED-PRINTABLE:" + strings.Repeat("=", n) }},
	{"folds of one byte", func(n int) string { return "A:" + strings.Repeat("\n x", n/3) }},
	{"folds of one byte in the name", func(n int) string { return "A" + strings.Repeat("\n x", n/3) + "\n :" }},
	{"zero bytes", func(n int) string { return "A:" + strings.Repeat("\x00", n) + "\nB:" }},
	{"lines of zero bytes", func(n int) string { return strings.Repeat("A\x00:\x00\n", n/5) }},
	{"no UTF-8", func(n int) string { return "A:" + strings.Repeat("\xff", n) }},
	{"lines that are no UTF-8", func(n int) string { return strings.Repeat("A;CHARSET=KOI8-R:\xff\n", n/20) }},
	{"lines that are no Shift_JIS", func(n int) string { return strings.Repeat("A;CHARSET=SHIFT_JIS:\xff\xff\xff\xff\n", n/24) }},
	{"carriage returns", func(n int) string { return strings.Repeat("\r", n) }},
	{"lines ending in CR", func(n int) string { return strings.Repeat("A:\r", n/3) }},
	{"empty lines", func(n int) string { return "A:" + strings.Repeat("\n", n) + "B:" }},
	{"components", func(n int) string { return strings.Repeat("BEGIN:Y\nEND:Y\n", n/14) }},
	{"cards in AGENT", func(n int) string { return strings.Repeat("AGENT:\nBEGIN:VCARD\nEND:VCARD\n", n/29) }},
	{"text in UTF-16", func(n int) string { return "A;CHARSET=UTF-16;QUOTED-PRINTABLE:" + strings.Repeat("=00a", n/4) }},
}

// cost is what one run took.
type cost struct {
	time  time.Duration
	bytes uint64
}

// lower takes the lower of each cost. What disturbs a run only adds to it, so that the lowest of
// some runs comes close to what the work itself takes.
func (c cost) lower(f func()) cost {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return cost{min(c.time, took), min(c.bytes, after.TotalAlloc-before.TotalAlloc)}
}

var endless = cost{1 << 62, 1 << 62}

// growth tells how time and memory grow from one run to the next, at the step where they grow least:
// at the other one the runs may outgrow a cache. It tries again for some time if that is more than
// tolerated, as somebody else may keep the machine busy.
func growth(tolerated float64, runs ...func()) (inTime, inBytes float64) {
	costs := slices.Repeat([]cost{endless}, len(runs))
	for range 24 {
		runtime.GC()
		for i := range 2 * len(runs) {
			costs[i/2] = costs[i/2].lower(runs[i/2])
		}
		inTime, inBytes = math.Inf(1), math.Inf(1)
		for i, c := range costs[1:] {
			inTime = min(inTime, float64(c.time)/float64(costs[i].time))
			inBytes = min(inBytes, float64(c.bytes)/float64(costs[i].bytes))
		}
		if inTime < tolerated && inBytes < tolerated {
			break
		}
	}
	return inTime, inBytes
}

// TestCostIsLinear doubles inputs: neither reading nor printing may take much more than twice the
// time or memory. A squared cost would be four times as high.
func TestCostIsLinear(t *testing.T) {
	const tolerated = 3.2
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			for _, d := range []Dialect{MIMEDir, Versit} {
				run := func(n int) func() {
					in := []byte("BEGIN:X\n" + tt.make(n) + "\nEND:X\n")
					return func() {
						all, err := Parse(in, d, wide)
						if err != nil {
							t.Fatal(err)
						}
						Print(all[0], d)
						Print(all[0].Canonical(), d)
					}
				}
				n := 10_000
				for n < 500_000 && endless.lower(run(n)).lower(run(n)).time < 400*time.Microsecond {
					n *= 2 // what takes no time cannot be compared
				}
				inTime, inBytes := growth(tolerated, run(n), run(2*n), run(4*n))
				if inTime >= tolerated || inBytes >= tolerated {
					t.Errorf("dialect %v: twice the input takes %.1f times the time and %.1f times the memory", d, inTime, inBytes)
				}
			}
		})
	}
}

// TestBigInputs reads what is big but bearable, once the limits allow it, and refuses it otherwise.
func TestBigInputs(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		lim        Limits
		props      int
	}{
		{"a picture of 10 MB", "PHOTO;ENCODING=b:" + strings.Repeat("AAAA", 10<<20/3) + "\n\n", Limits{Bytes: 16 << 20, Line: 16 << 20}, 1},
		{"100,000 properties", strings.Repeat("TEL:1\n", 100_000), Limits{Props: 100_000}, 100_000},
		{"a line of 5 MB", "NOTE:" + strings.Repeat("x", 5<<20), Limits{}, 1},
		{"10,000 parameters", "A" + strings.Repeat(";B=c", 10_000) + ":d", Limits{Params: 10_000}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := []byte("BEGIN:X\n" + tt.body + "\nEND:X\n")
			all, err := Parse(in, Versit, tt.lim)
			if err != nil || len(all[0].Props) != tt.props {
				t.Fatalf("%v, %v", all, err)
			}
			if _, err := Parse(in, Versit, Limits{Bytes: 4 << 20}); !errors.Is(err, ErrLimit) {
				t.Errorf("with the usual limits: %v", err)
			}
		})
	}
}

// TestRefusalsAreCheap refuses hostile inputs with an error that says why and where, without
// taking more memory than a small multiple of the input.
func TestRefusalsAreCheap(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		lim      Limits
		line     int
		msg      string
	}{
		{"24 MB of BEGIN", strings.Repeat("BEGIN:A\n", 3<<20), Limits{}, 1<<20 + 1, "more than 8388608 bytes"},
		{"24 MB of BEGIN, more bytes allowed", strings.Repeat("BEGIN:A\n", 3<<20), Limits{Bytes: 1 << 25}, 9, "nested too deeply"},
		{"24 MB of BEGIN, any depth allowed", strings.Repeat("BEGIN:A\n", 3<<20), Limits{Bytes: 1 << 25, Depth: 1 << 30}, 1001, "nested too deeply"},
		{"a long line", "BEGIN:X\nA:" + strings.Repeat("x", 4<<20) + "\nEND:X", Limits{Line: 1 << 20}, 2, "line too long"},
		{"a line of many folds", "BEGIN:X\nA:" + strings.Repeat("\n x", 1<<20), Limits{Line: 1000}, 503, "line too long"},
		{"a name of many folds", "BEGIN:X\nA" + strings.Repeat("\n x", 1<<20), Limits{Line: 1000}, 502, "line too long"},
		{"many soft breaks", "BEGIN:X\nA;QUOTED-PRINTABLE:" + strings.Repeat("x=\n", 1<<20), Limits{Line: 1000}, 1001, "line too long"},
		{"much base64", "BEGIN:X\nA;BASE64:" + strings.Repeat("\n A", 1<<20), Limits{Line: 1000}, 1003, "line too long"},
		{"many properties", "BEGIN:X\n" + strings.Repeat("A:\n", 1<<20), Limits{}, 20_002, "too many properties"},
		{"many components", "BEGIN:X\n" + strings.Repeat("BEGIN:Y\nEND:Y\n", 1<<18), Limits{}, 40_002, "too many components"},
		{"many parameters", "BEGIN:X\nA" + strings.Repeat(";B=c", 1<<20) + ":d", Limits{}, 2, "too many parameters"},
		{"many values", "BEGIN:X\nA;B=" + strings.Repeat("c,", 1<<20) + ":d", Limits{}, 2, "too many parameters"},
		{"zero bytes", strings.Repeat("\x00", 1<<20) + "x", Limits{}, 1, "text outside a component"},
		{"no end", "BEGIN:X\n" + strings.Repeat("\n", 1<<20), Limits{}, 1, "END is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := []byte(tt.in)
			var err error
			took := endless.lower(func() { _, err = Parse(in, Versit, tt.lim) })
			var e *Error
			if !errors.As(err, &e) || e.Line != tt.line || e.Msg != tt.msg {
				t.Errorf("got %v", err)
			}
			if limit := uint64(8*len(in) + 16<<20); took.bytes > limit {
				t.Errorf("%d bytes were allocated", took.bytes)
			}
		})
	}
}

// TestStackIsBounded goes as deep as the limits ever allow on a small stack. It cannot fail in
// another way than with the end of the process.
func TestStackIsBounded(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20))
	in := strings.Repeat("BEGIN:A\r\n", 1000) + strings.Repeat("END:A\r\n", 1000)
	all, err := Parse([]byte(in), MIMEDir, Limits{Depth: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(Print(all[0].Canonical(), MIMEDir)); got != in {
		t.Errorf("%d bytes came back of %d", len(got), len(in))
	}
}
