package stream

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	cardFormats     = []dataclass.Format{dataclass.VCard21, dataclass.VCard30, dataclass.VCard40}
	calendarFormats = []dataclass.Format{dataclass.VCalendar10, dataclass.ICalendar20}
	noteFormats     = []dataclass.Format{dataclass.PlainText, dataclass.VNote11, dataclass.ICalendar20}
)

func formatsOf(c dataclass.Class) []dataclass.Format {
	switch c {
	case dataclass.Contacts:
		return cardFormats
	case dataclass.Notes:
		return noteFormats
	}
	return calendarFormats
}

// files lists the corpus, without what is not as it should be.
func files(t testing.TB) []string {
	all, err := filepath.Glob(filepath.Join(corpus, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(f string) bool { return strings.Contains(f, "hostile") })
	if len(all) < 70 {
		t.Fatalf("only %d files", len(all))
	}
	return all
}

func load(t testing.TB, file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// itemsOf reads the items of a file. What it cannot hold, a VFREEBUSY, it passes over.
func itemsOf(t *testing.T, file, text string) []Item {
	t.Helper()
	r := NewReader(strings.NewReader(text), Options{Plain: filepath.Ext(file) == ".txt"})
	said, items := readAll(t, r)
	if bad := len(said) - len(items); bad != 0 && filepath.Base(file) != "freebusy.ics" || len(items) == 0 {
		t.Fatalf("%d unreadable: %q", bad, said)
	}
	return items
}

// Every item of the corpus becomes every format of its family, stays the same item in its own, and the
// second time loses nothing more than the first.
func TestCorpusConverts(t *testing.T) {
	for _, file := range files(t) {
		t.Run(filepath.ToSlash(file[len(corpus)+1:]), func(t *testing.T) {
			for _, it := range itemsOf(t, file, load(t, file)) {
				for _, f := range formatsOf(it.Class()) {
					convertBothWays(t, it.Item, f)
				}
			}
		})
	}
}

func convertBothWays(t *testing.T, it *dataclass.Item, f dataclass.Format) {
	t.Helper()
	there, err := it.Project(f)
	if err != nil {
		t.Fatalf("to %s: %v", f, err)
	}
	if f == it.Format() && there.Fingerprint() != it.Fingerprint() {
		t.Errorf("%s is another item in its own format", label(it))
	}
	read := through(t, there)
	if read.Fingerprint() != there.Fingerprint() {
		t.Errorf("to %s: read back it is another item:\n%s\n%s", f, there.Body().Data, read.Body().Data)
	}
	back, err := read.Project(it.Format())
	if err != nil {
		t.Fatalf("back from %s: %v", f, err)
	}
	if there.Fingerprint() == it.Fingerprint() && back.Fingerprint() != it.Fingerprint() {
		t.Errorf("%s said everything, but not on the way back:\n%s", f, cmp.Diff(string(it.Body().Data), string(back.Body().Data)))
	}
	again, err := back.Project(f)
	if err != nil || again.Fingerprint() != there.Fingerprint() {
		t.Errorf("twice to %s is another item: %v\n%s", f, err, cmp.Diff(string(there.Body().Data), string(again.Body().Data)))
	}
}

// through writes an item to a file and reads it.
func through(t *testing.T, it *dataclass.Item) *dataclass.Item {
	t.Helper()
	var out strings.Builder
	w := NewWriter(&out, it.Format())
	if err := errors.Join(w.Write(it), w.Close()); err != nil {
		t.Fatal(err)
	}
	said, items := readAll(t, NewReader(strings.NewReader(out.String()), Options{Plain: true}))
	if len(items) != 1 || len(said) != 1 {
		t.Fatalf("%d items of one: %q\n%s", len(items), said, out.String())
	}
	return items[0].Item
}

// golden are the conversions that people read: a file, and the format that it becomes.
var golden = map[string]dataclass.Format{
	"vcard21/android-4.vcf": dataclass.VCard30, "vcard21/android-14.vcf": dataclass.VCard40,
	"vcard21/nokia-s60.vcf": dataclass.VCard30, "vcard21/outlook-365.vcf": dataclass.VCard30,
	"vcard21/agent.vcf": dataclass.VCard40, "vcard21/sharp-sjis.vcf": dataclass.VCard30,
	"vcard30/iphone.vcf": dataclass.VCard21, "vcard30/evolution.vcf": dataclass.VCard40,
	"vcard30/escapes.vcf": dataclass.VCard21, "vcard30/agent-inline.vcf": dataclass.VCard40,
	"vcard30/iphone-no-year.vcf": dataclass.VCard40,
	"vcard40/rfc-card.vcf":       dataclass.VCard30, "vcard40/altid-pid.vcf": dataclass.VCard21,
	"vcard40/photo-data.vcf": dataclass.VCard21, "vcard40/carets.vcf": dataclass.VCard30,
	"vcard40/group.vcf":    dataclass.VCard30,
	"vcal10/nokia-s60.vcs": dataclass.ICalendar20, "vcal10/palm.vcs": dataclass.ICalendar20,
	"vcal10/lotus-organizer.vcs": dataclass.ICalendar20, "vcal10/motorola.vcs": dataclass.ICalendar20,
	"vcal10/outlook.vcs": dataclass.ICalendar20, "vcal10/sonyericsson.vcs": dataclass.ICalendar20,
	"ical20/outlook-exchange.ics": dataclass.VCalendar10, "ical20/google.ics": dataclass.VCalendar10,
	"ical20/rules.ics": dataclass.VCalendar10, "ical20/todo-all.ics": dataclass.VCalendar10,
	"ical20/southern.ics": dataclass.VCalendar10, "ical20/attach.ics": dataclass.VCalendar10,
	"ical20/journal.ics": dataclass.VNote11,
	"notes/nokia.vnt":    dataclass.ICalendar20, "notes/sonyericsson.vnt": dataclass.ICalendar20,
	"notes/plain.txt": dataclass.VNote11,
}

func TestGolden(t *testing.T) {
	for name, f := range golden {
		t.Run(name, func(t *testing.T) {
			text := load(t, filepath.Join(corpus, name))
			got, failed := convert(t, text, Options{Plain: filepath.Ext(name) == ".txt"}, f)
			for _, err := range failed {
				got += fmt.Sprintf("%v\n", err)
			}
			got = strings.ReplaceAll(got, "\r\n", "\n")
			file := filepath.Join("testdata", "golden", strings.ReplaceAll(name, "/", "-")+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(load(t, file), got); diff != "" {
				t.Errorf("(-golden +got):\n%s", diff)
			}
		})
	}
}
