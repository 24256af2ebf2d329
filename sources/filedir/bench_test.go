package filedir_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/filedir"
)

// BenchmarkNothingChanged10000 looks at a folder of 10,000 files of which none changed: none is read.
func BenchmarkNothingChanged10000(b *testing.B) {
	now := time.Now()
	c := newHouse(b, filedir.Options{Now: func() time.Time { return now }}).client(b, "ann", "")
	ops := make([]sources.Op, 10000)
	for i := range ops {
		ops[i] = add(fmt.Sprint(i), card(fmt.Sprint("uid-", i), fmt.Sprint("Person ", i)))
	}
	c.apply(dataclass.Contacts, ops...)
	now = now.Add(time.Hour)
	_, cur := c.look(dataclass.Contacts, "") // reads what is recent
	now = now.Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if lines, _ := c.look(dataclass.Contacts, cur); len(lines) != 0 && len(lines) != len(ops) {
			b.Fatal(len(lines))
		}
	}
}

// BenchmarkAdd10000 writes 10,000 files in batches of 500, without waiting for the disk.
func BenchmarkAdd10000(b *testing.B) {
	h := newHouse(b, filedir.Options{})
	for b.Loop() {
		c := h.client(b, "ann", "")
		s := c.begin(dataclass.Contacts, "")
		for n := 0; n < 10000; n += 500 {
			ops := make([]sources.Op, 500)
			for i := range ops {
				ops[i] = add(fmt.Sprint(n+i), card(fmt.Sprint("uid-", n+i), fmt.Sprint("Person ", n+i)))
			}
			if _, err := s.Apply(b.Context(), ops); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
