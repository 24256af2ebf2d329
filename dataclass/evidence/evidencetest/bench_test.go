package evidencetest

import (
	"fmt"
	"os"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
)

// BenchmarkMatch pairs two sides of n items. bytes/item is what a digest takes on average.
func BenchmarkMatch(b *testing.B) {
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events} {
		for _, n := range []int{1000, 10000, 100000} {
			b.Run(fmt.Sprint(class, "/", n), func(b *testing.B) {
				if n > 10000 && os.Getenv("BINDERY_LONG") == "" {
					b.Skip("takes minutes to make up")
				}
				c := Contacts(1, n, TunedDevices()[2], false)
				if class == dataclass.Events {
					c = Appointments(class, 1, n, TunedClocks()[1])
				}
				c.Items = [2][]*dataclass.Item{}
				size := 0
				for _, e := range c.A {
					size += len(e.Bytes())
				}
				b.ReportMetric(float64(size)/float64(len(c.A)), "bytes/item")
				b.ReportAllocs()
				for b.Loop() {
					evidence.Match(c.A, c.B, evidence.Options{})
				}
			})
		}
	}
}

// BenchmarkOf makes the digest of a contact.
func BenchmarkOf(b *testing.B) {
	c := Contacts(1, 200, TunedDevices()[0], false)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		evidence.Of(c.Items[0][i%len(c.Items[0])])
	}
}
