package peertest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A vdirKind is what a folder of a comparison holds.
type vdirKind struct {
	name, suffix string
	// item makes the i-th item.
	item func(r *rand.Rand, i int) string
	// end is before which line an edit adds one, and line is that line.
	end, line string
}

var (
	vdirContacts = vdirKind{"contacts", ".vcf", vdirContact, "END:VCARD", "TITLE:Edited"}
	vdirEvents   = vdirKind{"events", ".ics", vdirEvent, "END:VEVENT", "COMMENT:Edited"}
)

// The parts of invented people and events.
var (
	vdirFirst  = []string{"Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gala", "Hugo", "Ivo", "Jördis", "Kim", "Léa"}
	vdirLast   = []string{"Example", "Sample", "Muster", "Invented", "Nobody", "Testperson", "Placeholder", "Fictive", "Beispiel", "Dubois-Inventé"}
	vdirStreet = []string{"Long Lane", "Mill Road", "Am Beispiel", "Rue Inventée", "Station Street"}
	vdirTopic  = []string{"Planning", "Review", "Dentist", "Choir", "Football", "Budget", "Lunch", "Garden", "Travel", "Interview"}
	vdirPlace  = []string{"Room 1", "Room 2", "Town hall", "Café Inventé", "Online"}
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// vdirContact makes a vCard 3.0 of about 325 bytes.
func vdirContact(r *rand.Rand, i int) string {
	first, last := pick(r, vdirFirst), pick(r, vdirLast)
	lines := []string{
		"BEGIN:VCARD", "VERSION:3.0", fmt.Sprintf("UID:%08x-%04x-4000-8000-%012x", r.Uint32(), i&0xffff, i),
		fmt.Sprintf("N:%s;%s;;;", last, first), fmt.Sprintf("FN:%s %s", first, last),
		fmt.Sprintf("EMAIL;TYPE=INTERNET,HOME:%s.%d@example.org", strings.ToLower(last), i),
		fmt.Sprintf("TEL;TYPE=CELL:+1 555 %04d %04d", i/10000, i%10000),
	}
	if r.IntN(2) == 0 {
		lines = append(lines, fmt.Sprintf("TEL;TYPE=HOME,VOICE:+49 30 5550 %05d", r.IntN(100000)))
	}
	if r.IntN(3) > 0 {
		lines = append(lines, fmt.Sprintf("ADR;TYPE=HOME:;;%d %s;Exampletown;;%05d;Nowhere", 1+r.IntN(200), pick(r, vdirStreet), r.IntN(100000)))
	}
	if r.IntN(3) == 0 {
		lines = append(lines, fmt.Sprintf("ORG:%s & Sons;Department %d", pick(r, vdirLast), r.IntN(20)))
	}
	if r.IntN(4) == 0 {
		lines = append(lines, fmt.Sprintf("BDAY:%d-%02d-%02d", 1930+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28)))
	}
	if r.IntN(3) > 0 {
		lines = append(lines, "NOTE:Met at the "+strings.ToLower(pick(r, vdirTopic))+" in "+pick(r, vdirPlace)+"\\, call again")
	}
	return strings.Join(append(lines, "REV:20260102T030405Z", "END:VCARD", ""), "\r\n")
}

// vdirZone is a whole VTIMEZONE.
var vdirZone = []string{
	"BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
	"BEGIN:DAYLIGHT", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT",
	"BEGIN:STANDARD", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD",
	"END:VTIMEZONE",
}

// vdirEvent makes an event of about 584 bytes on average: one in ten all day, six in ten in a zone, one
// in ten repeated, and four in a hundred repeated with a changed occurrence.
func vdirEvent(r *rand.Rand, i int) string {
	begin := time.Date(2026, 1, 5, 6+r.IntN(12), 15*r.IntN(4), 0, 0, time.UTC).AddDate(0, 0, r.IntN(700))
	share := i * 37 % 100
	allDay, zoned, repeats, changed := share >= 90, share < 60, share%10 == 1, share < 10 && share%3 == 1 || share == 2
	at := func(name string, t time.Time) string {
		switch {
		case allDay:
			return name + ";VALUE=DATE:" + t.Format("20060102")
		case zoned:
			return name + ";TZID=Europe/Berlin:" + t.Format("20060102T150405")
		}
		return name + ":" + t.Format("20060102T150405Z")
	}
	uid := fmt.Sprintf("UID:%08x%08x-%d@example.org", r.Uint32(), r.Uint32(), i)
	length := time.Hour
	if allDay {
		length = 24 * time.Hour
	}
	event := func(t time.Time, more ...string) []string {
		lines := append([]string{"BEGIN:VEVENT", uid, "DTSTAMP:20260102T030405Z"}, more...)
		return append(lines, at("DTSTART", t), at("DTEND", t.Add(length)), "SUMMARY:"+pick(r, vdirTopic)+" with "+pick(r, vdirFirst), "LOCATION:"+pick(r, vdirPlace), "END:VEVENT")
	}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Invented//EN"}
	if zoned {
		lines = append(lines, vdirZone...)
	}
	switch {
	case changed:
		lines = append(lines, event(begin, "RRULE:FREQ=WEEKLY;COUNT=10")...)
		lines = append(lines, event(begin.AddDate(0, 0, 7).Add(length), at("RECURRENCE-ID", begin.AddDate(0, 0, 7)))...)
	case repeats:
		lines = append(lines, event(begin, "RRULE:FREQ=WEEKLY;COUNT=20")...)
	default:
		lines = append(lines, event(begin, "DESCRIPTION:Bring what the "+strings.ToLower(pick(r, vdirTopic))+" needs\\, and the list of last time")...)
	}
	return strings.Join(append(lines, "END:VCALENDAR", ""), "\r\n")
}

// vdirFill makes a folder of n items, always the same for one n, last changed a day ago.
func vdirFill(dir string, kind vdirKind, n int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(uint64(n), 1))
	old := time.Now().Add(-24 * time.Hour)
	for i := range n {
		path := vdirName(dir, kind, i)
		if err := os.WriteFile(path, []byte(kind.item(r, i)), 0o600); err != nil {
			return err
		}
		if err := os.Chtimes(path, old, old); err != nil {
			return err
		}
	}
	return nil
}

// vdirName is the file of the i-th item where it was made.
func vdirName(dir string, kind vdirKind, i int) string {
	return filepath.Join(dir, fmt.Sprintf("item-%05d%s", i, kind.suffix))
}
