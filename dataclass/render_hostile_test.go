package dataclass

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestHostileRenditionsEnd projects big items of one shape within narrow limits. Nothing is
// measured: work that grew with the square of the size would not end within the test's time.
func TestHostileRenditionsEnd(t *testing.T) {
	const n = 1 << 18
	var limits []Limit
	for i := range maxLimits {
		limits = append(limits, Limit{Name: "TEL", Only: []string{fmt.Sprintf("T%d", i)}, Count: 1}, Limit{Name: fmt.Sprintf("X-%d", i), Never: true})
	}
	all := Capabilities{
		Charset: "Shift_JIS", MaxSize: 5000, Limits: append([]Limit{{Name: "TEL", Count: 3}, {Name: "NOTE", Size: 50}}, limits[:400]...), NoEmpty: true,
		Losses: []Loss{{Name: "NOTE", ASCII: true, Upper: true}, {Name: "TEL", Position: 2, Dropped: true}},
	}
	for name, body := range map[string]string{
		"notes":       numbered("COMMENT:%d%d%d\n", 19_000) + strings.Repeat("NOTE:a\n", 500),
		"extensions":  numbered("X-%d%d:%d\n", 19_000),
		"groups":      numbered("g%d.TEL:1%d\ng%d.X-A:1\n", 9_000),
		"one group":   strings.Repeat("a.X-A:1\n", 19_000),
		"numbers":     numbered("TEL;TYPE=T%d:1%d%d\n", 19_000),
		"marks":       "NOTE:a" + strings.Repeat("\u0301", n/2),
		"flags":       "NOTE:a" + strings.Repeat("\U0001F1E6", n/4),
		"joiners":     "NOTE:" + strings.Repeat("\u200D", n/3),
		"characters":  "NOTE:" + strings.Repeat("日é€", n/8),
		"backslashes": "NOTE:" + strings.Repeat(`\`, n),
		"parts":       "N:" + strings.Repeat(";", n),
		"categories":  "CATEGORIES:" + strings.Repeat("é,", 4_900),
		"types":       strings.Repeat("TEL;TYPE="+strings.Repeat("é,", 90)+":1\n", 200),
		"pictures":    strings.Repeat("SOUND;ENCODING=b:AAAA\n", 19_000),
	} {
		t.Run(name, func(t *testing.T) {
			it, err := Decode(Contacts, Body{Data: []byte("BEGIN:VCARD\nVERSION:3.0\n" + body + "\nEND:VCARD\n")})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []Format{VCard21, VCard30, VCard40} {
				held, err := it.ProjectFor(f, all)
				if errors.Is(err, ErrTooBig) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if held, err = held.ProjectFor(f, all); err != nil || len(held.Body().Data) > all.MaxSize {
					t.Fatalf("%v: %d bytes", err, len(held.Body().Data))
				}
				if m, err := Merge3(it, Version{Shadow: held, Now: held}, Version{Shadow: it}, First); err != nil || m.Item != it {
					t.Fatalf("%v: something was edited", err)
				}
			}
		})
	}
}
