package peertest

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// Calendar gives the device a calendar too: a folder of events, of which a file's name is the LUID.
func (d *Device) Calendar(t testing.TB) {
	t.Helper()
	d.Events = d.Entries(t, "calendar", "text/calendar")
}

// Entries gives the device a folder of entries of a format, which it synchronises as that database, and says where it is.
// A file's name is the LUID.
func (d *Device) Entries(t testing.TB, database, format string) (dir string) {
	t.Helper()
	dir = filepath.Join(d.root, "of-"+database)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.must(t, "--configure", "database=file://"+dir, "backend=file", "databaseFormat="+format, "uri="+database, "sync=two-way",
		"syncFormat="+format, "server@phone", database)
	return dir
}

// SyncAll runs one session for the address book and the calendar, and reports whether both went well.
func (d *Device) SyncAll(t testing.TB, properties ...string) (ok bool, output string) {
	t.Helper()
	exit, out := d.run(t, append(append([]string{"--run"}, properties...), "server@phone", "addressbook", "calendar")...)
	return exit == 0, out
}

// Event invents the event with the number i, always the same one, called title.
func Event(i int, title string) []byte {
	start := time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, i)
	when := []string{"DTSTART:" + start.Format("20060102T150405Z"), "DTEND:" + start.Add(time.Hour).Format("20060102T150405Z")}
	switch i % 4 {
	case 1:
		when = []string{"DTSTART;VALUE=DATE:" + start.Format("20060102"), "DTEND;VALUE=DATE:" + start.AddDate(0, 0, 2).Format("20060102")}
	case 2:
		when = append(when, "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:"+start.AddDate(0, 0, 14).Format("20060102T150405Z"))
	}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Test//EN", "BEGIN:VEVENT", fmt.Sprintf("UID:event-%d@example.org", i), "DTSTAMP:20261101T120000Z", "SUMMARY:" + title}
	lines = append(lines, when...)
	if i%3 == 0 {
		lines = append(lines, `LOCATION:Room 7\, Sampleton`, `DESCRIPTION:Bring äöü\nand a chair`)
	}
	return []byte(strings.Join(append(lines, "END:VEVENT", "END:VCALENDAR", ""), "\r\n"))
}

// PutEvent writes an event under a LUID.
func (d *Device) PutEvent(t testing.TB, luid string, event []byte) {
	t.Helper()
	put(t, filepath.Join(d.Events, luid), event)
}

// FindEvent gives the LUID of the event with the number i, "" if it is not there.
func (d *Device) FindEvent(t testing.TB, i int) string {
	t.Helper()
	for luid, text := range d.events(t) {
		if strings.Contains(text, fmt.Sprintf("event-%d@example.org", i)) {
			return luid
		}
	}
	return ""
}

// RemoveEvent deletes the event with that LUID.
func (d *Device) RemoveEvent(t testing.TB, luid string) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.Events, luid)); err != nil {
		t.Fatal(err)
	}
}

func (d *Device) events(t testing.TB) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(d.Events)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string, len(entries))
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(d.Events, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// Plans gives the events of the device in alphabetical order, each by its title and by all that it says, property by
// property: two that are equal here say the same.
func (d *Device) Plans(t testing.TB) []string {
	t.Helper()
	all := []string{}
	for _, text := range d.events(t) {
		it, err := dataclass.Decode(dataclass.Events, dataclass.Body{Type: "text/calendar", Data: []byte(text)})
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		all = append(all, it.Title()+" "+it.Fingerprint().String())
	}
	sort.Strings(all)
	return all
}
