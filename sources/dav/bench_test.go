package dav_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
)

// BenchmarkLook looks at 10,000 contacts of a server in memory: at all of them, with what they say; again where one that was
// synchronised wrote them; and where nothing changed. It reports requests and the processor time of both ends.
func BenchmarkLook(b *testing.B) {
	l := newLiar()
	c := newHouse(b, dav.Options{}).client(b, "ann", "", l.account())
	for i := range 10_000 {
		l.store(fmt.Sprintf("/me/book/c%d.vcf", i), string(card(fmt.Sprint("Person", i), fmt.Sprint("UID:c", i), "TEL:+1 555 0100", "EMAIL:p@example.org").Data))
	}
	look := func(b *testing.B, since sources.Cursor, want int) (cur sources.Cursor) {
		s, err := c.Source("engine").Begin(b.Context(), dataclass.Contacts, since)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, err := range s.Changes(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != want {
			b.Fatalf("%d changes", n)
		}
		if cur, err = s.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		return cur
	}
	var cur sources.Cursor
	for _, step := range []struct {
		name string
		do   func(b *testing.B)
	}{
		{"first", func(b *testing.B) { cur = look(b, "", 10_000) }},
		{"no-op", func(b *testing.B) { look(b, cur, 0) }},
		{"all again", func(b *testing.B) { look(b, "", 10_000) }},
	} {
		b.Run(step.name, func(b *testing.B) {
			l.requests()
			begun := used(b)
			for b.Loop() {
				step.do(b)
			}
			b.ReportMetric(float64(used(b)-begun)/float64(time.Millisecond)/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(len(l.requests()))/float64(b.N), "requests/op")
		})
	}
}

// used is the processor time of this process so far.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkUpload enters 2,000 contacts in an empty book of a server in memory.
func BenchmarkUpload(b *testing.B) {
	for b.Loop() {
		c := newHouse(b, dav.Options{}).client(b, "ann", "", newLiar().account())
		s, err := c.Source("engine").Begin(b.Context(), dataclass.Contacts, "")
		if err != nil {
			b.Fatal(err)
		}
		ops := make([]sources.Op, 2000)
		for i := range ops {
			ops[i] = sources.Op{Key: sources.Key(fmt.Sprint("key-", i)), Verb: sources.Add, Body: card(fmt.Sprint("Person", i), fmt.Sprint("UID:c", i), "TEL:+1 555 0100")}
		}
		begun := used(b)
		if _, err := s.Apply(b.Context(), ops); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(used(b)-begun)/float64(time.Millisecond), "cpu-ms/op")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBulkUpload enters 10,000 contacts in an empty book of our own server, many in each request, batch by batch as an
// engine does.
func BenchmarkBulkUpload(b *testing.B) {
	for b.Loop() {
		c := newHouse(b, dav.Options{}).client(b, "ann", "", newOurs(b).account())
		s, err := c.Source("engine").Begin(b.Context(), dataclass.Contacts, "")
		if err != nil {
			b.Fatal(err)
		}
		begun := used(b)
		for at := 0; at < 10_000; at += 2000 {
			ops := make([]sources.Op, 2000)
			for i := range ops {
				n := at + i
				ops[i] = sources.Op{Key: sources.Key(fmt.Sprint("key-", n)), Verb: sources.Add, Body: card(fmt.Sprint("Person", n), fmt.Sprint("UID:c", n),
					"TEL;TYPE=cell:+1 555 0100", "EMAIL:p@example.org", "ADR;TYPE=home:;;Example Street 1;Town;;12345;Country", "NOTE:Nothing of note")}
			}
			res, err := s.Apply(b.Context(), ops)
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range res {
				if r.State != sources.Done {
					b.Fatal(r.Err)
				}
			}
		}
		b.ReportMetric(float64(used(b)-begun)/float64(time.Millisecond), "cpu-ms/op")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
