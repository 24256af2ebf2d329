package dataclass

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unionOf unites two cards and holds what is true of every union: it does not matter which side is first,
// nor who wins where nothing is in conflict, and uniting the result with either card changes nothing.
func unionOf(t interface {
	Helper()
	Fatalf(string, ...any)
}, a, b *Item) Merged {
	t.Helper()
	m := checkMerge(t, nil, Version{Now: a}, Version{Now: b}, First)
	if m.Conflict {
		return m
	}
	for _, w := range []Winner{First, Second} {
		for _, p := range [][2]*Item{{a, b}, {b, a}, {m.Item, a}, {a, m.Item}, {m.Item, b}, {b, m.Item}, {m.Item, m.Item}} {
			again := mustMerge(t, nil, Version{Now: p[0]}, Version{Now: p[1]}, w)
			if again.Item.Fingerprint() != m.Item.Fingerprint() || again.Conflict {
				t.Fatalf("winner %d: %q with %q gives %q, not %q", w, lines(p[0]), lines(p[1]), lines(again.Item), lines(m.Item))
			}
		}
	}
	return m
}

// A rendition case unites one line, or several, of each side; want nil means that all are kept.
type renditionCase struct {
	name string
	a, b []string
	want []string
}

func (tt renditionCase) run(t *testing.T) {
	name := []string{"N:Example;Ada", "FN:Ada Example"}
	a, b := card(t, append(slices.Clone(name), tt.a...)...), card(t, append(slices.Clone(name), tt.b...)...)
	want := tt.want
	if want == nil {
		want = slices.Concat(tt.a, tt.b)
	}
	m := unionOf(t, a, b)
	wantLines(t, "union", m.Item, append(name, want...))
	if m.Conflict {
		t.Error("renditions of one value are no conflict")
	}
	for i, side := range []*Item{a, b} {
		if told := side.Fingerprint() != m.Item.Fingerprint(); m.Lossy[i] != told || m.Shadow[i] != side {
			t.Errorf("side %d: lossy %v, shadow %q", i, m.Lossy[i], lines(m.Shadow[i]))
		}
	}
}

func TestRule_7_3_UnionKnowsANumberWithoutItsCountry(t *testing.T) {
	one := func(lines ...string) []string { return lines }
	for _, tt := range []renditionCase{
		{"from abroad and at home", one("TEL:+491516395545"), one("TEL:0151 6395545"), one("TEL:+491516395545")},
		{"two zeros", one("TEL:00491516395545"), one("TEL:0151 6395545"), one("TEL:00491516395545")},
		{"plus and two zeros", one("TEL:00491516395545"), one("TEL:+49 151 6395545"), one("TEL:+49 151 6395545")},
		{"the zero in brackets", one("TEL:+49 (0)151 6395545"), one("TEL:0151/6395545"), one("TEL:+49 (0)151 6395545")},
		{"three digits of a country", one("TEL:+353 1 5550001"), one("TEL:01 5550001"), one("TEL:+353 1 5550001")},
		{"North America", one("TEL:+1 555 555 0001"), one("TEL:(555) 555-0001"), one("TEL:+1 555 555 0001")},
		{"a zero that is dialled from abroad", one("TEL:+39 06 5550001"), one("TEL:06 5550001"), one("TEL:+39 06 5550001")},
		{"types are united", one("TEL;TYPE=CELL:+491516395545"), one("TEL;TYPE=HOME:0151 6395545"), one("TEL;TYPE=CELL,HOME:+491516395545")},
		{"a type on the one that goes", one("TEL:+491516395545"), one("TEL;TYPE=CELL:0151 6395545"), one("TEL;TYPE=CELL:+491516395545")},
		{"one number of two types", one("TEL;TYPE=WORK:+491516395545"), one("TEL;TYPE=CELL:+491516395545"), one("TEL;TYPE=WORK,CELL:+491516395545")},
		{"several numbers", one("TEL:+49301230001", "TEL:0151 6395545"), one("TEL:+491516395545", "TEL:030 1230001"),
			one("TEL:+49301230001", "TEL:+491516395545")},
		{"both beside one", one("TEL:+491516395545", "TEL:0151 6395545"), one("TEL:0151 6395545"),
			one("TEL:+491516395545", "TEL:0151 6395545")},
		{"the same extension", one("TEL;VALUE=uri:tel:+49305550001;ext=12"), one("TEL;VALUE=uri:tel:0305550001;ext=12"),
			one("TEL;VALUE=uri:tel:+49305550001;ext=12")},

		{"two extensions of a switchboard", one("TEL;VALUE=uri:tel:+49305550001;ext=12"), one("TEL;VALUE=uri:tel:0305550001;ext=13"), nil},
		{"an extension and the switchboard", one("TEL;VALUE=uri:tel:+49305550001;ext=12"), one("TEL:030 5550001"), nil},
		{"extensions behind a hyphen", one("TEL:+49 30 5550001-12"), one("TEL:030 5550001-13"), nil},
		{"another town", one("TEL:+49 30 555 0001"), one("TEL:0301 5550001"), nil},
		{"without the town", one("TEL:+49 30 5550001"), one("TEL:5550001"), nil},
		{"six digits", one("TEL:+49 555001"), one("TEL:0555001"), nil},
		{"two mobiles that differ in a digit", one("TEL:+491516395545"), one("TEL:0151 6395546"), nil},
		{"two countries", one("TEL:+491516395545"), one("TEL:+431516395545"), nil},
		{"one of two countries", one("TEL:+491516395545", "TEL:+431516395545"), one("TEL:0151 6395545"), nil},
		{"no country has such a code", one("TEL:+4915 16395545"), one("TEL:1639 5545"), nil},
		{"a country without plus", one("TEL:491516395545"), one("TEL:0151 6395545"), nil},
		{"letters", one("TEL:+1 555 5550 ADA"), one("TEL:555 5550 ADA"), nil},
		{"a code", one("TEL:*1001516395545#"), one("TEL:0151 6395545"), nil},
		{"two of one card", one("TEL:+491516395545", "TEL:0151 6395545"), one("NOTE:n"), nil},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestRule_7_3_UnionKnowsWhatWasCut(t *testing.T) {
	one := func(lines ...string) []string { return lines }
	full := "ADR;TYPE=HOME:;;Sample Street 12;Berlin;;10115;Germany"
	for _, tt := range []renditionCase{
		{"in the last label", one("EMAIL:ada3@example.org"), one("EMAIL:ada3@example.o"), one("EMAIL:ada3@example.org")},
		{"in the domain", one("EMAIL:ada3@example.org"), one("EMAIL:Ada3@exam"), one("EMAIL:ada3@example.org")},
		{"with its type", one("EMAIL:ada3@example.org"), one("EMAIL;TYPE=HOME:ada3@exam"), one("EMAIL;TYPE=HOME:ada3@example.org")},
		{"too short", one("EMAIL:a@example.org"), one("EMAIL:a@examp"), nil},
		{"in front of the domain", one("EMAIL:ada.lovelace@example.org"), one("EMAIL:ada.lovelace@"), nil},
		{"a domain that there is", one("EMAIL:ada3@example.com"), one("EMAIL:ada3@example.co"), nil},
		{"a domain in a country", one("EMAIL:ada3@example.com.au"), one("EMAIL:ada3@example.com"), nil},
		{"two may have been cut", one("EMAIL:ada3@example.org", "EMAIL:ada3@example.net"), one("EMAIL:ada3@exam"), nil},
		{"another person", one("EMAIL:ada3@example.org"), one("EMAIL:ada@example.o"), nil},

		{"a web address", one("URL:https://example.org"), one("URL:https://example.o"), one("URL:https://example.org")},
		{"a path", one("URL:https://example.org/people/ada"), one("URL:https://example.org/peop"), one("URL:https://example.org/people/ada")},
		{"a page and the whole", one("URL:https://example.org/people/ada"), one("URL:https://example.org/people"), nil},
		{"two pages", one("URL:https://example.org/people/12"), one("URL:https://example.org/people/1"), nil},
		{"host and page", one("URL:https://example.org/people"), one("URL:https://example.org"), nil},

		{"an address without its country", one(full), one("ADR;TYPE=HOME:;;Sample Street 12;Berlin;;10115;"), one(full)},
		{"without its type", one(full), one("ADR:;;Sample Street 12;Berlin;;;"), one(full)},
		{"town and code", one(full), one("ADR:;;;Berlin;;10115;"), one(full)},
		{"a street that was cut", one(full), one("ADR:;;Sample Str;Berlin;;10115;Germany"), one(full)},
		{"at home and at work", one(full), one("ADR;TYPE=WORK:;;Sample Street 12;Berlin;;10115;"), nil},
		{"house 1 and 12", one(full), one("ADR:;;Sample Street 1;Berlin;;10115;Germany"), nil},
		{"a town alone", one(full), one("ADR:;;;Berlin;;;"), nil},
		{"another street", one(full), one("ADR:;;Model Street 12;Berlin;;10115;"), nil},
		{"each says more", one(full), one("ADR:;Floor 3;Sample Street 12;Berlin;;10115;"), nil},
		{"two were cut", one(full), one("ADR:;;Sample Str;Berlin;;10115;Germ"), nil},
	} {
		t.Run(tt.name, tt.run)
	}
}

// Of a card of two dialects each side's spelling is read in its own.
func TestRule_7_3_RenditionsOfTwoDialects(t *testing.T) {
	a := card(t, "FN:Ada Example", "N:Example;Ada", "TEL;TYPE=HOME,PREF:+491516395545", "EMAIL:ada3@example.org")
	b := oldCard(t, "FN:Ada Example", "N:Example;Ada", "TEL;CELL;VOICE:01516395545", "EMAIL;INTERNET:ada3@example.o")
	m := unionOf(t, b, a)
	wantLines(t, "union", m.Item, []string{"FN:Ada Example", "N:Example;Ada", "TEL;TYPE=CELL,HOME,PREF:+491516395545", "EMAIL:ada3@example.org"})
}

// With a base it is an edit: what a user shortened stays short.
func TestRule_7_3_RenditionsOnlyWithoutABase(t *testing.T) {
	base := card(t, "FN:Ada Example", "TEL:+491516395545")
	m := checkMerge(t, base, Version{Shadow: base, Now: card(t, "FN:Ada Example", "TEL:0151 6395545")}, Version{Shadow: base}, Second)
	wantLines(t, "item", m.Item, []string{"FN:Ada Example", "TEL:0151 6395545"})
}

// drawRenditions gives a card of few values in many renditions, so that most cards have some in common.
func drawRenditions(t *rapid.T, label string) *Item {
	numbers := []string{"+491516395545", "0049 151 6395545", "+49 (0)151 6395545", "0151 6395545", "1516395545",
		"+431516395545", "0151 6395546", "+49305550001", "0305550001", "030 555000"}
	mails := []string{"ada3@example.org", "ada3@example.o", "ada3@exam", "ada3@example.net", "bob@example.org"}
	places := []string{";;Sample Street 12;Berlin;;10115;Germany", ";;Sample Street 12;Berlin;;10115", ";;Sample Str;Berlin;;10115;Germany",
		";;;Berlin;;10115", ";;Sample Street 1;Berlin;;10115", ";;Model Street 12;Berlin"}
	list := []string{"N:Example;Ada", "FN:Ada Example"}
	add := func(name string, values []string) {
		for _, v := range rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 3, rapid.ID).Draw(t, label+name) {
			list = append(list, name+":"+v)
		}
	}
	add("TEL", numbers)
	add("EMAIL", mails)
	add("ADR", places)
	return mustDecode(t, "BEGIN:VCARD\r\nVERSION:3.0\r\n"+join(list)+"END:VCARD\r\n")
}

func TestRule_7_3_UnionIsSymmetricAndSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawRenditions(t, "first "), drawRenditions(t, "second ")
		m := unionOf(t, a, b)
		if most := len(elementsOf(a)) + len(elementsOf(b)); len(elementsOf(m.Item)) > most {
			t.Fatalf("%d elements of %d", len(elementsOf(m.Item)), most)
		}
		for _, side := range []*Item{a, b} {
			if n := len(elementsOf(side)); len(elementsOf(m.Item)) < n {
				t.Fatalf("two elements of one card became one: %q gave %q", lines(side), lines(m.Item))
			}
		}
	})
}

// Of events people are known by their address and categories by their letters, however they are written.
func TestRule_7_3_UnionOfEventsDoublesNothing(t *testing.T) {
	event := func(body ...string) *Item {
		t.Helper()
		it, err := Decode(Events, Body{Data: []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260105T090000Z\r\n" +
			join(body) + "END:VEVENT\r\nEND:VCALENDAR\r\n")})
		if err != nil {
			t.Fatal(err)
		}
		return it
	}
	a := event("SUMMARY:Tea", "ATTENDEE;CN=Ada:mailto:ada@example.org", "ATTENDEE:mailto:bob@example.org", "CATEGORIES:Work,Tea")
	b := event("SUMMARY:Tea", "ATTENDEE:MAILTO:Ada@Example.org", "ATTENDEE:mailto:eve@example.org", "CATEGORIES:TEA, work", "CATEGORIES:Home")
	m := checkMerge(t, nil, Version{Now: a}, Version{Now: b}, First)
	e := string(m.Item.Body().Data)
	for text, want := range map[string]int{"ATTENDEE": 3, "ada@example.org": 1, "bob@example.org": 1, "eve@example.org": 1, "tea": 2, "work": 1, "home": 1} {
		where := e
		if text != "ATTENDEE" {
			where = strings.ToLower(e)
		}
		if n := strings.Count(where, text); n != want {
			t.Errorf("%s stands %d times in\n%s", text, n, e)
		}
	}
}
