package evidence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
)

// cardGen draws contacts from so few values that many are alike.
func cardGen(t *rapid.T, label string) Entry {
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label+name) }
	lines := []string{"N:" + pick("family", "Klein", "Klei", "KLEIN", "Groß", "Gross", "") + ";" + pick("given", "Anna", "Bruno", "Ana", "", "Klein") + ";;;" + pick("suffix", "", "", "Jr", "Sr")}
	for i, name := range []string{"TEL:", "TEL;TYPE=cell:", "EMAIL:", "BDAY:", "ORG:", "NOTE:"} {
		if v := pick(name, "", "", "+49 30 5550101", "030 5550101", "a@b.example", "1970-01-02"); v != "" && (i != 3 || strings.HasPrefix(v, "19")) {
			lines = append(lines, name+v)
		}
	}
	return digestOf(t, dataclass.Contacts, "text/vcard", "BEGIN:VCARD\r\nVERSION:3.0\r\n"+strings.Join(lines, "\r\n")+"\r\nEND:VCARD\r\n")
}

func eventGen(t *rapid.T, label string) Entry {
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label+name) }
	lines := []string{"SUMMARY:" + pick("title", "Standup", "Dentist", "STANDUP", "Planning of the fair", "Planning of"), "DTSTART" + pick("start", ":20260601T090000Z", ":20260601T090000", ";VALUE=DATE:20260601", ":20260608T090000Z", ":20260601T100000Z")}
	if v := pick("text", "", "", "Bring the key", "Bring"); v != "" {
		lines = append(lines, "DESCRIPTION:"+v)
	}
	return digestOf(t, dataclass.Events, "text/calendar", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n"+strings.Join(lines, "\r\n")+"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

func digestOf(t *rapid.T, class dataclass.Class, media, body string) Entry {
	it, err := dataclass.Decode(class, dataclass.Body{Type: media, Data: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return Entry{Digest: Of(it)}
}

// sideGen draws a side of contacts and events with IDs of its own.
func sideGen(t *rapid.T, label string) []Entry {
	out := make([]Entry, rapid.IntRange(0, 12).Draw(t, label+"n"))
	for i := range out {
		if rapid.IntRange(0, 3).Draw(t, label+"class") == 0 {
			out[i] = eventGen(t, label)
		} else {
			out[i] = cardGen(t, label)
		}
		out[i].ID = fmt.Sprint(label, i)
	}
	return out
}

// named gives pairs by ID, in order.
func named(pairs []Pair, a, b []Entry) []string {
	var out []string
	for _, p := range pairs {
		out = append(out, fmt.Sprintf("%s %s %s %.6f", a[p.A].ID, b[p.B].ID, p.Verdict, p.Score))
	}
	slices.Sort(out)
	return out
}

func TestMatchProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sideGen(t, "a"), sideGen(t, "b")
		pairs := Match(a, b, Options{})
		oneToOne(t, pairs, a, b)
		want := named(pairs, a, b)
		if diff := cmp.Diff(want, named(Match(a, b, Options{}), a, b)); diff != "" {
			t.Fatalf("not deterministic: %s", diff)
		}
		mirrored := Match(b, a, Options{})
		for i, p := range mirrored {
			mirrored[i].A, mirrored[i].B = p.B, p.A
		}
		if diff := cmp.Diff(want, named(mirrored, a, b), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the mirror shows something else: %s", diff)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffledA, shuffledB := slices.Clone(a), slices.Clone(b)
		r.Shuffle(len(a), func(i, j int) { shuffledA[i], shuffledA[j] = shuffledA[j], shuffledA[i] })
		r.Shuffle(len(b), func(i, j int) { shuffledB[i], shuffledB[j] = shuffledB[j], shuffledB[i] })
		if diff := cmp.Diff(want, named(Match(shuffledA, shuffledB, Options{}), shuffledA, shuffledB), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the order matters: %s", diff)
		}
	})
}

func oneToOne(t *rapid.T, pairs []Pair, a, b []Entry) {
	var taken [2]map[int]bool
	taken[0], taken[1] = make(map[int]bool), make(map[int]bool)
	for i, p := range pairs {
		if taken[0][p.A] || taken[1][p.B] || (i > 0 && p.A <= pairs[i-1].A) {
			t.Fatalf("pair %d: an item twice, or out of order: %v", i, pairs)
		}
		taken[0][p.A], taken[1][p.B] = true, true
		if p.Verdict != Same && p.Verdict != Doubtful {
			t.Fatalf("pair %d: no verdict", i)
		}
		if classOf(a[p.A].raw[1]) != classOf(b[p.B].raw[1]) {
			t.Fatalf("pair %d: two classes", i)
		}
	}
}

// Every item has its copy on the other side, and nothing else is there: all are paired with what says the same.
func TestCopiesPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := sideGen(t, "a")
		b := slices.Clone(a)
		slices.Reverse(b)
		for i := range b {
			b[i].ID = "copy of " + b[i].ID
		}
		pairs := Match(a, b, Options{})
		if len(pairs) != len(a) {
			t.Fatalf("%d pairs of %d items", len(pairs), len(a))
		}
		for _, p := range pairs {
			if a[p.A].content() != b[p.B].content() || p.Verdict != Same {
				t.Fatalf("pair %v is no copy", p)
			}
		}
	})
}

// An item that has nothing to do with the others changes no pair of equal content, whatever it does to how rare the rest
// is; that it leaves all other pairs alone can only be asked for where the inputs are not tiny.
func TestUnrelatedItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b []Entry
		for i := range 40 {
			c := digestOf(t, dataclass.Contacts, "text/vcard", fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nN:%s;%s;;;\r\nTEL:+1 415 %07d\r\nEND:VCARD\r\n", strings.Repeat(string(rune('a'+i%26)), 2)+fmt.Sprint("kov", i), []string{"Ida", "Leo", "Tom"}[i%3], 1000003*(i+2)%9999991))
			d := digestOf(t, dataclass.Contacts, "text/vcard", fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nN:%s;;;;\r\nTEL:%07d\r\nEND:VCARD\r\n", []string{"Ida", "Leo", "Tom"}[i%3]+" "+strings.Repeat(string(rune('a'+i%26)), 2)+fmt.Sprint("kov", i), 1000003*(i+2)%9999991))
			c.ID, d.ID = fmt.Sprint("a", i), fmt.Sprint("b", i)
			if rapid.IntRange(0, 9).Draw(t, "there") > 0 {
				a = append(a, c)
			}
			if rapid.IntRange(0, 9).Draw(t, "there too") > 0 {
				b = append(b, d)
			}
		}
		verdicts := func(a, b []Entry) (out []string) {
			for _, p := range Match(a, b, Options{}) {
				out = append(out, fmt.Sprint(a[p.A].ID, b[p.B].ID, p.Verdict))
			}
			slices.Sort(out)
			return out
		}
		other := digestOf(t, dataclass.Contacts, "text/vcard", "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quitzow;Wenzel;;;\r\nEMAIL:w@q.example\r\nEND:VCARD\r\n")
		other.ID = "other"
		if diff := cmp.Diff(verdicts(a, b), verdicts(append(slices.Clone(a), other), b), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDigestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := cardGen(t, "x").Digest
		if n := len(d.Bytes()); n > MaxDigest {
			t.Fatalf("%d octets", n)
		}
		again, err := ParseDigest(d.Bytes())
		if err != nil || again != d {
			t.Fatalf("read %v, %v", again, err)
		}
	})
}

// Items that differ in nothing but their UID have one digest without it, and it says all else.
func TestWithoutUID(t *testing.T) {
	card := func(uid string) Digest {
		lines := []string{"BEGIN:VCARD", "VERSION:3.0", "N:Moss;Ada;;;", "FN:Ada Moss", "TEL:+49 30 123456", "EMAIL:ada@example.org", "NOTE:tall"}
		if uid != "" {
			lines = append(lines, "UID:"+uid)
		}
		body := dataclass.Body{Type: "text/vcard", Data: []byte(strings.Join(append(lines, "END:VCARD", ""), "\r\n"))}
		it, err := dataclass.Decode(dataclass.Contacts, body)
		if err != nil {
			t.Fatal(err)
		}
		return Of(it)
	}
	bare := card("")
	if a, b := card("a"), card("b"); a == b || a.WithoutUID() != bare || b.WithoutUID() != bare || bare.WithoutUID() != bare {
		t.Errorf("%x, %x, without %x", a.Bytes(), b.Bytes(), bare.Bytes())
	}
	if (Digest{}).WithoutUID() != (Digest{}) {
		t.Error("nothing says something")
	}
	if _, err := ParseDigest(card("a").WithoutUID().Bytes()); err != nil {
		t.Error(err)
	}
}

func TestDigestOfMuch(t *testing.T) {
	var lines []string
	for i := range 200 {
		lines = append(lines, fmt.Sprintf("TEL:+49 30 %07d", i*7919), fmt.Sprintf("EMAIL:somebody.with.a.long.name.%d@mail.example", i), fmt.Sprintf("ADR:;;Long Street Name %d;Somewhere;;%05d;", i, i))
	}
	lines = append(lines, "N:"+strings.Repeat("Müller-", 200)+";"+strings.Repeat("Anna ", 300)+";;;", "NOTE:"+strings.Repeat("word ", 5000))
	d := card(t, "a", lines...).Digest
	if n := len(d.Bytes()); n > MaxDigest {
		t.Errorf("%d octets", n)
	}
	if again, err := ParseDigest(d.Bytes()); err != nil || again != d {
		t.Errorf("read again: %v", err)
	}
}

func TestParseDigestRefuses(t *testing.T) {
	good := string(card(t, "a", "N:Klein;Anna;;;").Bytes())
	for name, s := range map[string]string{
		"short": good[:5], "another version": "\x09" + good[1:], "no class": good[:1] + "X" + good[2:], "cut off": good[:len(good)-1],
		"no kind": good + "\x00\x01a", "too long": good + strings.Repeat("\x02\x01a", 200), "broken text": good + "\x02\x01\xff",
	} {
		if _, err := ParseDigest([]byte(s)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if d, err := ParseDigest(nil); err != nil || !d.IsZero() {
		t.Errorf("nothing: %v, %v", d, err)
	}
}

// FuzzDigest reads any octets as digests and matches them with each other.
func FuzzDigest(f *testing.F) {
	for _, e := range []Entry{card(f, "a", "N:Klein;Anna;;;Jr", "TEL:+49 30 5550101", "BDAY:1970-01-02"), entry(f, dataclass.Events, "b", "SUMMARY:Standup", "DTSTART:20260601T090000Z", "DESCRIPTION:"+strings.Repeat("bring the key ", 30)), note(f, "c", "Shopping\n"+strings.Repeat("milk and eggs ", 30))} {
		f.Add(e.Bytes(), e.Bytes())
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, errA := ParseDigest(x)
		b, errB := ParseDigest(y)
		if errA != nil || errB != nil {
			return
		}
		list := []Entry{{"1", a}, {"2", b}}
		forth, back := Match(list, list[1:], Options{}), Match(list[1:], list, Options{})
		if len(forth) != len(back) {
			t.Fatalf("%v and back %v", forth, back)
		}
		for i := range forth {
			if forth[i].A != back[i].B || forth[i].B != back[i].A || forth[i].Verdict != back[i].Verdict {
				t.Fatalf("%v and back %v", forth, back)
			}
		}
		Twins(list)
	})
}

// FuzzFold folds any text: what is folded stays, and what is cut off after folding is found again.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Mühlstätter-Großmann", "Щербушкин Ё", "山田 太郎", "O'Brien ?", "\xff\xfe", "Łódź Ångström ﬃ", "\ufdfa", "\ufdfa\u0390"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := fold(s)
		if strings.Contains(v, "  ") || strings.HasSuffix(v, " ") || strings.HasPrefix(v, " ") {
			t.Fatalf("blanks in %q", v)
		}
		// No letter grows by more than eleven times in compatibility form: U+FDFA, three octets, becomes 33 (UAX #15, 5).
		if len(v) > 11*min(len(s), maxFold) {
			t.Fatalf("%d octets of %d", len(v), len(s))
		}
	})
}
