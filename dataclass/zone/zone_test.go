package zone

import (
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	z, ok := Named("w. europe standard time")
	t.Log(z, ok, z.Name())
	for _, n := range []string{"Europe/Oslo", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin", "Asia/Kolkata"} {
		z, _ := Named(n)
		tz, d := z.Versit(2024, 2025)
		t.Log(n, tz, d)
		zz, ok := FromVersit(tz, d)
		t.Log(zz.Name(), zz.Key(), ok)
		c := Component("x", z.Location(), 2024, 2025)
		for _, p := range c.Props {
			t.Log(p)
			if p.Comp != nil {
				t.Log(p.Comp)
			}
		}
		r, ok := Resolve("x", c)
		t.Log(r.Name(), r.Key(), ok, r.Instant(2024, 7, 1, 12, 0, 0), z.Instant(2024, 7, 1, 12, 0, 0))
	}
	_ = time.UTC
}
