package dataclass

import (
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// TestSeriesShareTheirZone lowers series of one zone that begin in different years of a decade.
func TestSeriesShareTheirZone(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Australia/Sydney", "Asia/Kolkata"} {
		seen := map[string]bool{}
		for year := 2020; year < 2030; year++ {
			at := fmt.Sprintf(";TZID=%s:%d0304T", zone, year)
			down := lowerCalendar(calendarTree(t, "2.0", "VEVENT", "DTSTART"+at+"120000\nDTEND"+at+"130000\nRRULE:FREQ=WEEKLY"), lowering{})
			lines := ""
			for i := range down.Props {
				if p := &down.Props[i]; p.Is("TZ") || p.Is("DAYLIGHT") {
					lines += p.Name + ":" + p.Value + "\n"
				}
			}
			if lines == "" {
				t.Fatalf("no zone in\n%s", contentline.Print(down, contentline.Versit))
			}
			seen[lines] = true
		}
		if len(seen) != 1 {
			t.Errorf("%s: %d descriptions of the zone, want 1", zone, len(seen))
		}
	}
}
