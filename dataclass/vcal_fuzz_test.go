package dataclass

import (
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// FuzzVersitCalendar raises and lowers any tree at all. What comes out prints to a tree again.
func FuzzVersitCalendar(f *testing.F) {
	wrap := func(version, name, lines string) []byte {
		return []byte("BEGIN:VCALENDAR\r\nVERSION:" + version + "\r\n" + lines + "\r\nEND:" + name + "\r\nEND:VCALENDAR\r\n")
	}
	f.Add(wrap("1.0", "VEVENT", "TZ:+01\r\nDAYLIGHT:TRUE;+02;20240331T020000;20241027T030000;CET;CEST\r\nBEGIN:VEVENT\r\n"+
		"DTSTART:20240303T233000Z\r\nDTEND:20240304T003000Z\r\nRRULE:W2 SU #0\r\nEXDATE:20240310T233000Z;20240317\r\nAALARM:20240303T231500Z;PT5M;2;x"), false)
	f.Add(wrap("1.0", "VTODO", "BEGIN:VTODO\r\nDUE:45001231T230000Z\r\nDTSTART:20240303T240000\r\nATTENDEE;ROLE=OWNER:A <a@example.com>"), false)
	f.Add(wrap("2.0", "VEVENT", "BEGIN:VEVENT\r\nDTSTART;TZID=America/New_York:20240303T233000\r\nDURATION:P1DT2H\r\n"+
		"RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15,-1;UNTIL=20250101T000000Z\r\nBEGIN:VALARM\r\nTRIGGER:-P1W\r\nEND:VALARM"), true)
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		f.Fatal(err)
	}
	styles := []lowering{{}, {local: oslo, days: daysTo24, epocEntryType: true, alarmsUTC: true, since: 1980, prefixCategories: true}}
	f.Fuzz(func(t *testing.T, data []byte, ical bool) {
		d := contentline.Versit
		if ical {
			d = contentline.MIMEDir
		}
		all, err := contentline.Parse(data, d, contentline.Limits{Bytes: 1 << 16, Props: 500})
		if err != nil {
			return
		}
		for _, root := range all {
			for _, o := range styles {
				up := root
				if !ical {
					up = raiseCalendar(root)
				}
				checkPrints(t, up, contentline.MIMEDir)
				down := lowerCalendar(up, o)
				checkPrints(t, down, contentline.Versit)
				checkPrints(t, raiseCalendar(down), contentline.MIMEDir)
			}
		}
	})
}

func checkPrints(t *testing.T, root *contentline.Component, d contentline.Dialect) {
	t.Helper()
	all, err := contentline.Parse(contentline.Print(root, d), d, contentline.Limits{})
	if err != nil || len(all) != 1 {
		t.Errorf("no tree: %v\n%s", err, contentline.Print(root, d))
	}
}
