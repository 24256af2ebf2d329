package stream

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

const corpus = "../testdata/corpus"

// readAll gives what a Reader says, one line for each item, and the items.
func readAll(t *testing.T, r *Reader) (said []string, items []Item) {
	t.Helper()
	last := 0
	for len(said) < 100_000 {
		it, err := r.Next()
		var bad *ItemError
		switch {
		case errors.Is(err, io.EOF):
			return said, items
		case errors.As(err, &bad):
			said = append(said, fmt.Sprintf("%d: %v", bad.Line, bad))
			last = bad.N
		case err != nil:
			t.Fatal(err)
		default:
			said = append(said, fmt.Sprintf("%d: item %d: %s %s", it.Line, it.N, it.Class(), label(it.Item)))
			items = append(items, it)
			last = it.N
		}
		if last < 1 {
			t.Fatalf("number %d", last)
		}
	}
	t.Fatal("no end")
	return nil, nil
}

// label is what an item is called in these tests: its title, or its first SUMMARY.
func label(it *dataclass.Item) string {
	if it.Class() == dataclass.Contacts {
		return it.Title()
	}
	out := ""
	for _, line := range strings.Split(string(it.Body().Data), "\r\n") {
		for _, name := range []string{"SUMMARY:", "BODY:"} {
			if v, ok := strings.CutPrefix(line, name); ok && out == "" {
				out = v
			}
		}
	}
	return out
}

func readString(t *testing.T, text string, opts Options) []string {
	t.Helper()
	said, _ := readAll(t, NewReader(strings.NewReader(text), opts))
	return said
}

// hostile is what becomes of each file that is not as it should be.
var hostile = map[string][]string{
	"bad-base64.vcf":           {"1: item 1: Contacts Photo Bad"},
	"bad-dates.ics":            {"4: item 1: Events Bad dates"},
	"bad-qp.vcf":               {"1: item 1: Contacts =C B=ZZd"},
	"bad-rule.vcs":             {"3: item 1: Events Bad rule"},
	"begin-in-text.vcf":        {"1: item 1: Contacts Begin Text", "10: item 2: Contacts Folded"},
	"blank.vcf":                nil,
	"blank-lines.ics":          {"7: item 1: Events Airy"},
	"blank-lines.vcf":          {"1: item 1: Contacts Airy"},
	"bom.vcf":                  {"1: item 1: Contacts Märta"},
	"bom-in-the-middle.vcf":    {"1: item 1: Contacts One", "7: item 2: Contacts Two"},
	"cr-crlf.vcf":              {"1: item 1: Contacts Twice converted"},
	"cr-only.vcf":              {"1: item 1: Contacts Old Mac", "7: item 2: Contacts Second"},
	"crossed-ends.ics":         {"9: item 1: VEVENT: malformed item: END names another component", "10: item 2: malformed item: END:VALARM has no BEGIN", "11: item 3: Events Two"},
	"ctrl-z.vcf":               {"1: item 1: Contacts Dos"},
	"deep.vcf":                 {"11: item 1: VCARD: item too big: nested too deeply", "85: item 2: Contacts Next"},
	"empty.vcf":                nil,
	"empty-calendar.ics":       nil,
	"empty-card.vcf":           {"1: item 1: Contacts "},
	"folded-begin.vcf":         {"1: item 1: Contacts Folded begin"},
	"glued.vcf":                {"1: item 1: Contacts One", "6: item 2: Contacts Two", "11: item 3: Contacts Three"},
	"glued.ics":                {"3: item 1: Events First", "11: item 2: Events Second"},
	"html.vcf":                 {"1: item 1: text outside of any item"},
	"indented.vcf":             {"1: item 1: VCARD VERSION:3.0 FN: END is missing"},
	"junk-between.vcf":         {"1: item 1: Contacts One", "7: item 2: text outside of any item", "9: item 3: Contacts Two", "15: item 4: text outside of any item"},
	"junk-lines.vcf":           {"1: item 1: Contacts Junk"},
	"late-version.ics":         {"3: item 1: Events Late\\, but 2.0"},
	"latin1-unmarked.vcf":      {"1: item 1: Contacts Jörg Müßig"},
	"mime-headers.vcf":         {"6: item 1: Contacts Mailed"},
	"missing-begin.vcf":        {"1: item 1: text outside of any item", "4: item 2: Contacts Next"},
	"missing-end.vcf":          {"1: item 1: VCARD: END is missing", "4: item 2: Contacts Next"},
	"missing-end-calendar.ics": {"4: item 1: Events One", "1: item 2: VCALENDAR: END is missing", "13: item 3: Events Two"},
	"missing-end-event.ics":    {"4: item 1: VEVENT: END is missing", "8: item 2: Events Next"},
	"mixed-ends.vcf":           {"1: item 1: Contacts Mixed"},
	"mixed-kinds.vcf":          {"1: item 1: Contacts Card", "10: item 2: Events Event", "17: item 3: Contacts Card again"},
	"mixed-versions.vcf":       {"1: item 1: Contacts One Two", "6: item 2: Contacts Three", "12: item 3: Contacts Four"},
	"nul.vcf":                  {"1: item 1: Contacts N\x00ul"},
	"soft-break-at-end.vcf":    {"1: item 1: Contacts Break Soft", "6: item 2: Contacts Next"},
	"spaces.vcf":               {"1: item 1: Contacts Spaces", "6: item 2: Contacts Next"},
	"stray-end.vcf":            {"1: item 1: Contacts One", "7: item 2: text outside of any item", "8: item 3: Contacts Two"},
	"truncated.ics":            {"4: item 1: Events Whole", "10: item 2: VEVENT: END is missing", "1: item 3: VCALENDAR: END is missing"},
	"truncated.vcf":            {"1: item 1: Contacts First", "7: item 2: VCARD: END is missing"},
	"unclosed-quote.vcf":       {"1: item 1: Contacts Quote", "8: item 2: Contacts Next"},
	"unknown-version.vcf":      {`1: item 1: VCARD: unsupported dataclass or media type: VCARD version "9.9"`, "5: item 2: Contacts Now"},
	"utf16-no-bom.vcf":         {"1: item 1: Contacts Ærlig"},
	"utf16be.ics":              {"4: item 1: Events Ærlig"},
	"utf16le.vcf":              {"1: item 1: Contacts Ærlig"},
	"vmsg.vcf":                 {"1: item 1: VMSG: unsupported dataclass or media type: BEGIN:VMSG", "13: item 2: Contacts After"},
}

func TestHostileFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "hostile", "*"))
	if err != nil || len(files) != len(hostile) {
		t.Fatalf("%d files, %d in the table: %v", len(files), len(hostile), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			said, _ := readAll(t, NewReader(f, Options{}))
			if diff := cmp.Diff(hostile[filepath.Base(file)], said); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// event makes a component; lines are its further lines.
func event(uid string, lines ...string) string {
	return "BEGIN:VEVENT\nUID:" + uid + "\nDTSTART:20210104T090000Z\n" + strings.Join(append(lines, "END:VEVENT\n"), "\n")
}

func vcalendar(parts ...string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\n" + strings.Join(parts, "") + "END:VCALENDAR\n"
}

const customZone = "BEGIN:VTIMEZONE\nTZID:Far Away\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0330\nTZOFFSETTO:+0330\nEND:STANDARD\nEND:VTIMEZONE\n"

func TestSeriesAreOneItem(t *testing.T) {
	exception := event("a", "RECURRENCE-ID:20210111T090000Z", "SUMMARY:moved")
	other := event("a", "RECURRENCE-ID:20210118T090000Z", "SUMMARY:moved again")
	master := event("a", "RRULE:FREQ=WEEKLY", "SUMMARY:weekly")
	single := event("b", "SUMMARY:single")
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"master first", vcalendar(master, exception, single, other), []string{"15: item 2: Events single", "3: item 1: Events weekly"}},
		{"exception first", vcalendar(exception, single, master, other), []string{"9: item 2: Events single", "3: item 1: Events moved"}},
		{"exceptions alone", vcalendar(exception, other), []string{"3: item 1: Events moved"}},
		{"two masters", vcalendar(master, master, exception), []string{"3: item 1: Events weekly", "9: item 2: Events weekly"}},
		{"two calendars", vcalendar(master) + vcalendar(exception), []string{"3: item 1: Events weekly", "12: item 2: Events moved"}},
		{"task of the same UID", vcalendar(master, strings.ReplaceAll(exception, "VEVENT", "VTODO")), []string{"3: item 1: Events weekly", "9: item 2: Tasks moved"}},
		{"singles of the same UID", vcalendar(single, single), []string{"3: item 1: Events single", "8: item 2: Events single"}},
		{"vCalendar 1.0", strings.Replace(vcalendar(master, single), "2.0", "1.0", 1), []string{"3: item 1: Events weekly", "9: item 2: Events single"}},
		{"without UID", vcalendar("BEGIN:VEVENT\nRRULE:FREQ=DAILY\nSUMMARY:x\nEND:VEVENT\n", "BEGIN:VEVENT\nRECURRENCE-ID:20210101\nSUMMARY:y\nEND:VEVENT\n"), []string{"3: item 1: Events x", "7: item 2: Events y"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readString(t, tt.in, Options{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestItemsCarryTheirCalendar(t *testing.T) {
	named := event("n", "DTEND;TZID=Far Away:20210104T100000", "SUMMARY:named")
	plain := event("p", "SUMMARY:plain")
	for name, in := range map[string]string{
		"zone before": vcalendar("X-WR-CALNAME:Home\n", customZone, plain, named),
		"zone behind": vcalendar("X-WR-CALNAME:Home\n", plain, named, customZone),
	} {
		t.Run(name, func(t *testing.T) {
			said, items := readAll(t, NewReader(strings.NewReader(in), Options{}))
			if len(items) != 2 {
				t.Fatalf("%q", said)
			}
			for i, zones := range []int{0, 1} {
				body := string(items[i].Body().Data)
				if strings.Count(body, "TZID:Far Away") != zones || !strings.Contains(body, "X-WR-CALNAME:Home") {
					t.Errorf("%s", body)
				}
			}
		})
	}
}

func TestHeldBackIsBounded(t *testing.T) {
	series := func(uid string) string {
		return event(uid, "RRULE:FREQ=DAILY", "DESCRIPTION:"+strings.Repeat("x", 1000), "SUMMARY:"+uid)
	}
	waits := func(uid, tzid string) string {
		return event(uid, "DTEND;TZID="+tzid+":20210104T100000", "DESCRIPTION:"+strings.Repeat("x", 1000), "SUMMARY:"+uid)
	}
	exception := event("a", "RECURRENCE-ID:20210105T090000Z", "DESCRIPTION:"+strings.Repeat("x", 1000))
	small := Options{MaxHeld: 4000}
	const tooMuch = "VEVENT: too many bytes of recurring items or time zones in one VCALENDAR"
	for _, tt := range []struct {
		name, in string
		opts     Options
		want     []string
	}{
		{"series", vcalendar(series("a"), series("b"), series("c"), event("d")), small,
			[]string{"17: item 3: " + tooMuch, "24: item 4: Events ", "3: item 1: Events a", "10: item 2: Events b"}},
		{"exception", vcalendar(series("a"), series("b"), exception), small,
			[]string{"17: item 3: " + tooMuch, "3: item 1: Events a", "10: item 2: Events b"}},
		{"known zone", vcalendar(waits("a", "Europe/Oslo"), waits("b", "Europe/Oslo"), waits("c", "Europe/Oslo")), small,
			[]string{"3: item 1: Events a", "10: item 2: Events b", "17: item 3: Events c"}},
		{"unknown zone", vcalendar(waits("a", "Far Away"), waits("b", "Far Away"), waits("c", "Far Away"), customZone), small,
			[]string{"3: item 1: " + tooMuch + `: VTIMEZONE "Far Away" is too far behind`, "10: item 2: " + tooMuch + `: VTIMEZONE "Far Away" is too far behind`, "17: item 3: Events c"}},
		{"the default is far off", vcalendar(series("a"), series("b"), series("c"), exception), Options{},
			[]string{"3: item 1: Events a", "10: item 2: Events b", "17: item 3: Events c"}},
		{"one item", "BEGIN:VCARD\nFN:a\nNOTE:" + strings.Repeat("x\n y", 500) + "\nEND:VCARD\nBEGIN:VCARD\nFN:b\nEND:VCARD\n", Options{MaxItem: 200},
			[]string{"1: item 1: VCARD: item too big: more than 200 bytes", "505: item 2: Contacts b"}},
		{"one line", "BEGIN:VCARD\nFN:a\nNOTE:" + strings.Repeat("x", 200_000) + "\nEND:VCARD\nBEGIN:VCARD\nFN:b\nEND:VCARD\n", Options{MaxItem: 200},
			[]string{"1: item 1: VCARD: item too big: more than 200 bytes", "5: item 2: Contacts b"}},
		{"properties of a calendar", vcalendar("X-A:"+strings.Repeat("x", maxShared)+"\n", "X-B:y\n", event("a")), Options{},
			[]string{"3: item 1: VCALENDAR: item too big: more than 65536 bytes of properties of its own", "5: item 2: Events "}},
		{"zone", vcalendar(strings.Replace(customZone, "TZID", "X-A:"+strings.Repeat("x", maxShared)+"\nTZID", 1), event("a")), Options{},
			[]string{"3: item 1: VTIMEZONE: item too big: more than 65536 bytes", "12: item 2: Events "}},
		{"zone without a name", vcalendar("BEGIN:VTIMEZONE\nEND:VTIMEZONE\n", event("a")), Options{},
			[]string{"3: item 1: VTIMEZONE: malformed item: no TZID", "5: item 2: Events "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readString(t, tt.in, tt.opts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNestedCards(t *testing.T) {
	const agent = "VERSION:2.1\nN:Pell;Judith\nEND:VCARD\n"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"on the next line", "BEGIN:VCARD\nVERSION:2.1\nN:a\nAGENT:\nBEGIN:VCARD\n" + agent + "END:VCARD\n", []string{"1: item 1: Contacts a"}},
		{"on the line", "BEGIN:VCARD\nVERSION:2.1\nN:a\nAGENT:BEGIN:VCARD\n" + agent + "END:VCARD\n", []string{"1: item 1: Contacts a"}},
		{"elsewhere", "BEGIN:VCARD\nVERSION:2.1\nN:a\nAGENT;VALUE=URL:CID:1\nBEGIN:VCARD\n" + agent, []string{"1: item 1: VCARD: END is missing", "5: item 2: Contacts Judith Pell"}},
		{"none", "BEGIN:VCARD\nVERSION:2.1\nN:a\nBEGIN:VCARD\n" + agent, []string{"1: item 1: VCARD: END is missing", "4: item 2: Contacts Judith Pell"}},
		{"attendee", "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nSUMMARY:x\nATTENDEE;VALUE=VCARD:\nBEGIN:VCARD\n" + agent + "END:VEVENT\nEND:VCALENDAR\n", []string{"3: item 1: Events x"}},
		{"letters that grow in upper case", vcalendar(event("a", "X;ɐɐɐɐ;TZID=Z:1", "SUMMARY;ıſ\xFF:s", "SUMMARY:s")), []string{"3: item 1: Events s"}},
		{"quoted colon over a fold", vcalendar(event("a", "ATTENDEE;CN=\"x: y\n  z\":mailto:a@example.org", "SUMMARY:s")), []string{"3: item 1: Events s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readString(t, tt.in, Options{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A reader that breaks off is no end of the file.
func TestBrokenReader(t *testing.T) {
	broken := errors.New("cable out")
	for _, text := range []string{"", "BEGIN:VCARD\nVERSION:3.0\n", vcalendar(event("a"))[:40]} {
		r := NewReader(io.MultiReader(strings.NewReader(text), &failing{broken}), Options{})
		for range 2 {
			if _, err := r.Next(); !errors.Is(err, broken) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// However the bytes arrive, the items are the same.
func TestSmallReads(t *testing.T) {
	text := strings.Repeat(strings.ReplaceAll(vcalendar(customZone, event("a", "DTEND;TZID=Far Away:20210104T100000", "SUMMARY:ünïcode")), "\n", "\r\n"), 300)
	whole := readString(t, text, Options{})
	said, _ := readAll(t, NewReader(&slow{s: text}, Options{}))
	if diff := cmp.Diff(whole, said); diff != "" || len(said) != 300 {
		t.Errorf("(-whole +slow):\n%s", diff)
	}
}

// slow gives a few bytes at a time, so that line ends fall between reads and buffers.
type slow struct {
	s string
	n int
}

func (s *slow) Read(p []byte) (int, error) {
	if s.s == "" {
		return 0, io.EOF
	}
	s.n++
	k := copy(p, s.s[:min(1+s.n%13, len(s.s))])
	s.s = s.s[k:]
	return k, nil
}

func TestItemErrorUnwraps(t *testing.T) {
	_, err := NewReader(strings.NewReader("BEGIN:VCARD\nVERSION:3.0\nBEGIN:A\nEND:VCARD\n"), Options{}).Next()
	var bad *ItemError
	if !errors.As(err, &bad) || !errors.Is(err, dataclass.ErrMalformed) || bad.N != 1 || bad.Line != 4 || bad.What != "VCARD" {
		t.Errorf("%#v", err)
	}
}
