package evidence

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// card gives the entry of a vCard with these lines.
func card(t testing.TB, id string, lines ...string) Entry {
	t.Helper()
	body := "BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
	it, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Type: "text/vcard", Data: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return Entry{ID: id, Digest: Of(it)}
}

// entry gives the entry of a VEVENT or VTODO with these lines.
func entry(t testing.TB, class dataclass.Class, id string, lines ...string) Entry {
	t.Helper()
	name := map[dataclass.Class]string{dataclass.Events: "VEVENT", dataclass.Tasks: "VTODO"}[class]
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:" + name + "\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:" + name + "\r\nEND:VCALENDAR\r\n"
	it, err := dataclass.Decode(class, dataclass.Body{Type: "text/calendar", Data: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return Entry{ID: id, Digest: Of(it)}
}

func note(t testing.TB, id, text string) Entry {
	t.Helper()
	it, err := dataclass.Decode(dataclass.Notes, dataclass.Body{Type: "text/plain", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return Entry{ID: id, Digest: Of(it)}
}

// crowd adds people who have nothing to do with the case, the same ones on both sides.
func crowd(t testing.TB, a, b []Entry) ([]Entry, []Entry) {
	for i := range 60 {
		family := string(rune('A'+i%26)) + []string{"rkin", "onelo", "ubart", "elmin", "asker"}[i%5] + string(rune('a'+i/26))
		lines := []string{fmt.Sprintf("N:%s;%s;;;", family, []string{"Tom", "Eva", "Kim", "Nora", "Max", "Ida", "Leo"}[i%7]), fmt.Sprintf("TEL:+1 415 %07d", 1000003*(i+2)%9999991)}
		a = append(a, card(t, fmt.Sprint("x", i), lines...))
		b = append(b, card(t, fmt.Sprint("y", i), append(lines, "NOTE:seen")...))
	}
	return a, b
}

// merged and doubtful count the pairs among the first items.
func verdicts(pairs []Pair, a, b int) (merged, doubtful int) {
	for _, p := range pairs {
		switch {
		case p.A >= a && p.B >= b:
		case p.Verdict == Same:
			merged++
		default:
			doubtful++
		}
	}
	return merged, doubtful
}

func TestNeverMerged(t *testing.T) {
	tests := []struct {
		name string
		a, b []string
	}{
		{"husband and wife on one landline", []string{"N:Kettenrath;Bruno;;;", "TEL:+49 30 5550101", "ADR:;;Rosenweg 4;Altenau;;12345;"}, []string{"N:Kettenrath;Sabine;;;", "TEL:+49 30 5550101", "ADR:;;Rosenweg 4;Altenau;;12345;"}},
		{"the same in one field", []string{"FN:Bruno Kettenrath", "N:;;;;", "TEL:+49 30 5550101"}, []string{"FN:Sabine Kettenrath", "N:;;;;", "TEL:+49 30 5550101"}},
		{"colleagues on one switchboard", []string{"N:Ashton;Clive;;;", "TEL;TYPE=work:+44 20 5550100", "ORG:Blueline Trading", "EMAIL:clive@blueline.example"}, []string{"N:Redley;Imogen;;;", "TEL;TYPE=work:+44 20 5550100", "ORG:Blueline Trading", "EMAIL:imogen@blueline.example"}},
		{"colleagues of one given name", []string{"N:Ashton;Clive;;;", "TEL;TYPE=work:+44 20 5550100", "ORG:Blueline Trading"}, []string{"N:Redley;Clive;;;", "TEL;TYPE=work:+44 20 5550100", "ORG:Blueline Trading"}},
		{"Jr and Sr", []string{"N:Dunwood;James;;;Sr.", "TEL:+1 212 5550147", "ADR:;;High Street 1;Ashbury;;55555;"}, []string{"N:Dunwood;James;;;Jr.", "TEL:+1 212 5550147", "ADR:;;High Street 1;Ashbury;;55555;"}},
		{"Jr and Sr in one field", []string{"FN:James Dunwood Sr", "N:;;;;", "TEL:+1 212 5550147"}, []string{"FN:James Dunwood Jr", "N:;;;;", "TEL:+1 212 5550147"}},
		{"second and third", []string{"N:Dunwood;James;;;II", "TEL:+1 212 5550147"}, []string{"N:Dunwood;James;;;III", "TEL:+1 212 5550147"}},
		{"Sales of two firms", []string{"FN:Sales", "N:Sales;;;;", "ORG:Blueline Trading", "TEL:+44 20 5550100"}, []string{"FN:Sales", "N:Sales;;;;", "ORG:Granit Foods", "TEL:+44 161 5550199"}},
		{"two taxis", []string{"FN:Taxi", "N:Taxi;;;;", "TEL:+49 30 210101"}, []string{"FN:Taxi", "N:Taxi;;;;", "TEL:+49 89 19410"}},
		{"Sales and Support on one number", []string{"FN:Sales", "N:;Sales;;;", "TEL:+44 20 5550100", "ORG:Blueline"}, []string{"FN:Support", "N:;Support;;;", "TEL:+44 20 5550100", "ORG:Blueline"}},
		{"namesakes with all else different", []string{"N:Klein;Anna;;;", "TEL;TYPE=cell:+49 171 5550101", "EMAIL:anna@one.example", "BDAY:1970-02-03"}, []string{"N:Klein;Anna;;;", "TEL;TYPE=cell:+49 172 5550199", "EMAIL:klein@two.example", "BDAY:1991-11-23"}},
		{"family card and member", []string{"N:Kettenrath;;;;", "FN:Kettenrath", "TEL:+49 30 5550101"}, []string{"N:Kettenrath;Sabine;;;", "TEL:+49 30 5550101"}},
		{"twins born on one day", []string{"N:Birkbach;Nele;;;", "BDAY:1990-05-05", "TEL:+49 30 5550101"}, []string{"N:Birkbach;Malte;;;", "BDAY:1990-05-05", "TEL:+49 30 5550101"}},
		{"nothing in common", []string{"N:Birkbach;Nele;;;"}, []string{"N:Orlov;Ivan;;;"}},
		{"shared number of a firm only", []string{"N:Ashton;Clive;;;", "TEL:+44 20 5550100"}, []string{"FN:Blueline Trading", "N:;;;;", "ORG:Blueline Trading", "TEL:+44 20 5550100"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := crowd(t, []Entry{card(t, "a", tt.a...)}, []Entry{card(t, "b", tt.b...)})
			if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); merged != 0 {
				t.Errorf("merged:\n%v\n%v", tt.a, tt.b)
			}
		})
	}
}

func TestMustMerge(t *testing.T) {
	full := []string{"N:Mühlstätter-Großmann;Maximiliane;Ottilie;Dr.;", "FN:Dr. Maximiliane Ottilie Mühlstätter-Großmann", "TEL;TYPE=cell:+49 171 5550101", "TEL;TYPE=home:+49 30 5550102", "EMAIL:max@one.example", "ORG:Granit Foods GmbH;Einkauf", "BDAY:1980-02-03"}
	tests := []struct {
		name string
		a, b []string
	}{
		{"equal", full, full},
		{"cut at 12", full, []string{"N:Mühlstätter-;Maximiliane;Ottilie;Dr.;", "TEL:+49 171 5550101"}},
		{"upper case", full, []string{"N:MÜHLSTÄTTER-GROSSMANN;MAXIMILIANE;;;", "TEL:+49 171 5550101"}},
		{"ASCII", full, []string{"N:Muhlstatter-Grossmann;Maximiliane;;;", "TEL:+49 171 5550101"}},
		{"spelled out", full, []string{"N:Muehlstaetter-Grossmann;Maximiliane;;;", "TEL:+49 171 5550101"}},
		{"question marks", full, []string{"N:M?hlst?tter-Gro?mann;Maximiliane;;;", "TEL:+49 171 5550101"}},
		{"one field", full, []string{"N:Maximiliane Mühlstätter-Großmann;;;;", "TEL:+49 171 5550101"}},
		{"one field, family first", full, []string{"FN:Mühlstätter-Großmann, Maximiliane", "N:;;;;", "TEL:+49 171 5550101"}},
		{"one field, cut at 20", full, []string{"N:Maximiliane Mühlstät;;;;", "TEL:+49 171 5550101"}},
		{"swapped", full, []string{"N:Maximiliane;Mühlstätter-Großmann;;;", "TEL:+49 171 5550101"}},
		{"national number", full, []string{"N:Mühlstätter-Großmann;Maximiliane;;;", "TEL:0171/5550101"}},
		{"second number only", full, []string{"N:Mühlstätter-Großmann;Maximiliane;;;", "TEL:(030) 555-0102"}},
		{"mail only", full, []string{"N:Mühlstätter-Großmann;Maximiliane;;;", "EMAIL;TYPE=INTERNET:MAX@one.example"}},
		{"name only, a rare one", full, []string{"N:Mühlstätter-Großmann;Maximiliane;;;"}},
		{"new number beside a mail", full, []string{"N:Mühlstätter-Großmann;Maximiliane;;;", "TEL:+49 176 9999999", "EMAIL:max@one.example"}},
		{"misspelled", full, []string{"N:Mühlstetter-Großmann;Maximiliane;;;", "TEL:+49 171 5550101"}},
		{"another script", []string{"N:Соколов;Дмитрий;;;", "TEL:+7 916 5550101"}, []string{"N:Sokolov;Dmitrii;;;", "TEL:8 (916) 555-01-01"}},
		{"no blanks between characters", []string{"N:山田;太郎;;;", "TEL:+81 3 5555 0101"}, []string{"FN:山田太郎", "N:;;;;", "TEL:03-5555-0101"}},
		{"a firm", []string{"FN:Granit Foods GmbH", "N:;;;;", "ORG:Granit Foods GmbH", "TEL:+49 30 5550102"}, []string{"N:Granit Foods GmbH;;;;", "TEL:030 5550102"}},
		{"a role with its number", []string{"FN:Taxi", "N:;Taxi;;;", "TEL:+49 30 210101"}, []string{"N:TAXI;;;;", "TEL:030 210101"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := crowd(t, []Entry{card(t, "a", tt.a...)}, []Entry{card(t, "b", tt.b...)})
			pairs := Match(a, b, Options{})
			if merged, _ := verdicts(pairs, 1, 1); merged != 1 || pairs[0].B != 0 {
				t.Errorf("not merged: %v", pairs[:1])
			}
		})
	}
}

func TestTies(t *testing.T) {
	anna := func(id string, more ...string) Entry {
		return card(t, id, append([]string{"N:Klein;Anna;;;"}, more...)...)
	}
	t.Run("two namesakes, nothing else known", func(t *testing.T) {
		a, b := crowd(t, []Entry{anna("1", "TEL:+49 171 5550101"), anna("2", "TEL:+49 171 7770202")}, []Entry{anna("3", "NOTE:met"), anna("4", "NOTE:seen")})
		if merged, doubtful := verdicts(Match(a, b, Options{}), 2, 2); merged != 0 || doubtful == 0 {
			t.Errorf("%d merged, %d doubtful", merged, doubtful)
		}
	})
	t.Run("one is known by its number, so the other one is too", func(t *testing.T) {
		a, b := crowd(t, []Entry{anna("1", "TEL:+49 171 5550101"), anna("2", "EMAIL:a@b.example")}, []Entry{anna("3", "NOTE:x"), anna("4", "TEL:0171 5550101")})
		for _, p := range Match(a, b, Options{}) {
			if p.A == 0 && p.B != 1 || p.A == 1 && p.B == 1 {
				t.Errorf("wrong pair %v", p)
			}
		}
	})
	t.Run("equal contents pair in stable order", func(t *testing.T) {
		a := []Entry{anna("1"), anna("2"), anna("3")}
		b := []Entry{anna("x"), anna("y")}
		want := []Pair{{0, 0, certain, Same}, {1, 1, certain, Same}}
		if got := Match(a, b, Options{}); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("equal rivals that lost something", func(t *testing.T) {
		a, b := crowd(t, []Entry{anna("1", "TEL:+49 171 5550101"), anna("2", "TEL:+49 171 5550101")}, []Entry{anna("3", "TEL:0171 5550101"), anna("4", "TEL:0171 5550101")})
		if merged, doubtful := verdicts(Match(a, b, Options{}), 2, 2); merged != 2 || doubtful != 0 {
			t.Errorf("%d merged, %d doubtful", merged, doubtful)
		}
	})
}

func TestEntriesMustMerge(t *testing.T) {
	tests := []struct {
		name  string
		class dataclass.Class
		a, b  []string
	}{
		{"in another zone", dataclass.Events, []string{"SUMMARY:Planning of the fair", "DTSTART;TZID=Europe/Berlin:20260601T140000", "DTEND;TZID=Europe/Berlin:20260601T150000"}, []string{"SUMMARY:Planning of the fair", "DTSTART:20260601T120000Z", "DTEND:20260601T130000Z", "LOCATION:here"}},
		{"the zone lost", dataclass.Events, []string{"SUMMARY:Planning of the fair", "DTSTART;TZID=Europe/Berlin:20260601T140000"}, []string{"SUMMARY:Planning of the fair", "DTSTART:20260601T140000"}},
		{"a day at midnight", dataclass.Events, []string{"SUMMARY:Ida's birthday", "DTSTART;VALUE=DATE:20260601"}, []string{"SUMMARY:IDA'S BIRTHDAY", "DTSTART:20260601T000000", "DTEND:20260602T000000"}},
		{"title cut", dataclass.Events, []string{"SUMMARY:Planning of the fair in spring", "DTSTART:20260601T140000Z"}, []string{"SUMMARY:Planning of the f", "DTSTART:20260601T140000Z"}},
		{"text cut", dataclass.Events, []string{"SUMMARY:Fair", "DTSTART:20260601T140000Z", "DESCRIPTION:Bring the list of all who come\\, and the key"}, []string{"SUMMARY:Fair", "DTSTART:20260601T140000Z", "DESCRIPTION:Bring the list of"}},
		{"a task without its text", dataclass.Tasks, []string{"SUMMARY:Renew passport", "DUE;VALUE=DATE:20260601", "DESCRIPTION:office 3"}, []string{"SUMMARY:Renew passport", "DUE;VALUE=DATE:20260601"}},
		{"a task due at a time", dataclass.Tasks, []string{"SUMMARY:Renew passport", "DUE:20260601T120000"}, []string{"SUMMARY:Renew passport", "DUE;VALUE=DATE:20260601", "PRIORITY:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := []Entry{entry(t, tt.class, "a", tt.a...)}, []Entry{entry(t, tt.class, "b", tt.b...)}
			if pairs := Match(a, b, Options{}); len(pairs) != 1 || pairs[0].Verdict != Same {
				t.Errorf("%v", pairs)
			}
		})
	}
}

func TestEntriesNeverMerged(t *testing.T) {
	tests := []struct {
		name  string
		class dataclass.Class
		a, b  []string
	}{
		{"two at one time", dataclass.Events, []string{"SUMMARY:Dentist", "DTSTART:20260601T140000Z"}, []string{"SUMMARY:Board meeting", "DTSTART:20260601T140000Z"}},
		{"two birthdays on one day", dataclass.Events, []string{"SUMMARY:Birthday Ida", "DTSTART;VALUE=DATE:20260601"}, []string{"SUMMARY:Birthday Leo", "DTSTART;VALUE=DATE:20260601"}},
		{"the series and a single one of another day", dataclass.Events, []string{"SUMMARY:Standup", "DTSTART:20260601T090000Z", "RRULE:FREQ=WEEKLY"}, []string{"SUMMARY:Standup", "DTSTART:20260707T090000Z"}},
		{"the same every year", dataclass.Events, []string{"SUMMARY:Dentist", "DTSTART:20250601T140000Z"}, []string{"SUMMARY:Dentist", "DTSTART:20260617T140000Z"}},
		{"two chores", dataclass.Tasks, []string{"SUMMARY:Pay rent", "DUE;VALUE=DATE:20260601"}, []string{"SUMMARY:Water plants", "DUE;VALUE=DATE:20260601"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := []Entry{entry(t, tt.class, "a", tt.a...)}, []Entry{entry(t, tt.class, "b", tt.b...)}
			if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); merged != 0 {
				t.Error("merged")
			}
		})
	}
}

func TestWeeklyOfOneTitle(t *testing.T) {
	var a, b []Entry
	for i := range 20 {
		start := fmt.Sprintf("DTSTART:202606%02dT090000Z", i+1)
		a = append(a, entry(t, dataclass.Events, fmt.Sprint(i), "SUMMARY:Standup", start, "DESCRIPTION:daily"))
		if i != 7 {
			b = append(b, entry(t, dataclass.Events, fmt.Sprint(i), "SUMMARY:STANDUP", start))
		}
	}
	n := 0
	for _, p := range Match(a, b, Options{}) {
		if p.A == 7 || a[p.A].ID != b[p.B].ID || p.Verdict != Same {
			t.Errorf("wrong pair %v", p)
		}
		n++
	}
	if n != 19 {
		t.Errorf("%d pairs", n)
	}
}

func TestNotes(t *testing.T) {
	long := "Trip to the lake\n" + strings.Repeat("Take the early train and bring bread, cheese and the map. ", 12)
	form := strings.Repeat("Who came, who sent word, what was decided, who does it until when. ", 5)
	tests := []struct {
		name, a, b string
		merged     int
	}{
		{"cut at 80", long, long[:80], 1},
		{"cut at 300", long, long[:300], 1},
		{"upper case", long, strings.ToUpper(long), 1},
		{"a sentence more", long, long + "And the dog.", 1},
		{"a word less", long, strings.Replace(long, "early ", "", 1), 1},
		{"lists of one title", "Shopping\nmilk, eggs, flour, butter, yeast, salt", "Shopping\nscrews, paint, brush, wire, lamp, tape", 0},
		{"other notes", "Ideas for spring", "Password hints", 0},
		{"minutes of one form", "Minutes 12\n" + form + "17 came, 3 sent word", "Minutes 13\n" + form + "15 came, 4 sent word", 0},
		{"minutes of one form, and one text", "Minutes 9\n" + form, "Minutes 10\n" + form, 0},
		{"a number written in another way", "Minutes 7\n" + form + "the end", "Minutes 07\n" + form + "the end", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if merged, doubtful := verdicts(Match([]Entry{note(t, "a", tt.a)}, []Entry{note(t, "b", tt.b)}, Options{}), 1, 1); merged != tt.merged || doubtful != 0 {
				t.Errorf("%d merged, %d doubtful", merged, doubtful)
			}
		})
	}
}

func TestClassesApart(t *testing.T) {
	lines := []string{"SUMMARY:Renew passport", "DUE;VALUE=DATE:20260601"}
	event := []string{"SUMMARY:Renew passport", "DTSTART;VALUE=DATE:20260601"}
	if got := Match([]Entry{entry(t, dataclass.Tasks, "a", lines...)}, []Entry{entry(t, dataclass.Events, "b", event...)}, Options{}); len(got) != 0 {
		t.Errorf("a task and an event: %v", got)
	}
	if got := Match([]Entry{{ID: "a"}}, []Entry{{ID: "a"}}, Options{}); len(got) != 0 {
		t.Errorf("items that say nothing: %v", got)
	}
	if got := Match(nil, []Entry{{ID: "a"}}, Options{}); len(got) != 0 {
		t.Errorf("an empty side: %v", got)
	}
}

func TestTwins(t *testing.T) {
	lines := []string{"N:Klein;Anna;;;", "TEL:+49 171 5550101"}
	list := []Entry{
		card(t, "d", append(lines, "UID:1")...), card(t, "c", lines...), card(t, "b", "N:Klein;Anna;;;", "TEL:+49 171 7770202"),
		card(t, "a", append(lines, "UID:3")...), card(t, "e", "N:Klein;Anna;;;"), {ID: "0"}, {ID: "1"},
	}
	want := []Pair{{3, 0, certain, Same}, {3, 1, certain, Same}}
	if got := Twins(list); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
