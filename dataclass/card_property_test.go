package dataclass

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A richCard is a card by rows of the table of conversions, of which each property occurs in one.
type richCard []conversion

// varied are rows with a number to be edited.
var varied = []conversion{
	{"v number", "TEL;CELL:+1 #", "TEL;TYPE=CELL:+1 #", "TEL;TYPE=cell;VALUE=uri:tel:+1 #"},
	{"v mail", "EMAIL;INTERNET;HOME:a#@example.org", "EMAIL;TYPE=HOME,INTERNET:a#@example.org", "EMAIL;TYPE=home:a#@example.org"},
	{"v note", "NOTE:a,#", `NOTE:a\,#`, `NOTE:a\,#`},
	{"v address", "ADR;HOME:;;# St;Town\r\nLABEL;HOME:# St", "ADR;TYPE=HOME:;;# St;Town\r\nLABEL;TYPE=HOME:# St", "ADR;TYPE=home;LABEL=# St:;;# St;Town"},
	{"v birthday", "BDAY:19#0412", "BDAY:19#-04-12", "BDAY:19#0412"},
	{"v spouse", "X-SPOUSE:Ada #", "X-EVOLUTION-SPOUSE:Ada #", "RELATED;TYPE=spouse;VALUE=text:Ada #"},
	{"v messenger", "X-AIM;HOME:ada#", "IMPP;TYPE=HOME;X-SERVICE-TYPE=AIM:aim:ada#", "IMPP;TYPE=home:aim:ada#"},
	{"v anniversary", "X-ANNIVERSARY:20#-08-09", "item1.X-ABDATE:20#-08-09\r\nitem1.X-ABLabel:_$!<Anniversary>!$_", "ANNIVERSARY:20#0809"},
	{"v picture", "PHOTO;TYPE=JPEG;ENCODING=BASE64:AA#A", "PHOTO;TYPE=JPEG;ENCODING=b:AA#A", "PHOTO:data:image/jpeg;base64,AA#A"},
	{"v label", "item2.URL:http://example.org/#\r\nitem2.X-ABLabel:l", "item2.URL:http://example.org/#\r\nitem2.X-ABLabel:l", "item2.URL:http://example.org/#\r\nitem2.X-ABLabel:l"},
	{"v place", "GEO:#.5;10.5", "GEO:#.5;10.5", "GEO:geo:#.5,10.5"},
	{"v category", "CATEGORIES:a,X-b#", "CATEGORIES:a,b#", "CATEGORIES:a,b#"},
}

// namings are the ways in which a card is named. The first word of N is edited.
var namings = []conversion{
	{"both names", "N:Lovelace#;Ada;;;\r\nFN:Ada Lovelace#", "N:Lovelace#;Ada;;;\r\nFN:Ada Lovelace#", "N:Lovelace#;Ada;;;\r\nFN:Ada Lovelace#"},
	{"turned names", "N:Lovelace#;Ada;;Dr.;\r\nFN:Lovelace#, Ada", "N:Lovelace#;Ada;;Dr.;\r\nFN:Lovelace# Ada", "N:Lovelace#;Ada;;Dr.;\r\nFN:Dr. Ada Lovelace#"},
	{"own name", "N:Lovelace#;Ada;;;\r\nFN:The Countess", "N:Lovelace#;Ada;;;\r\nFN:The Countess", "N:Lovelace#;Ada;;;\r\nFN:The Countess"},
	{"structured name", "N:van Lovelace#;Ada;;;", "N:van Lovelace#;Ada;;;", "N:van Lovelace#;Ada;;;"},
	{"sorted name", "N:van Lovelace#;Ada;;;\r\nSORT-STRING:L", "N:van Lovelace#;Ada;;;\r\nSORT-STRING:L", "N;SORT-AS=L:van Lovelace#;Ada;;;"},
	{"formatted name", "FN:Ada Lovelace#", "FN:Ada Lovelace#", "FN:Ada Lovelace#"},
}

// keysOf lists the names of properties in a row.
func (c conversion) keysOf() []string {
	var out []string
	for _, l := range strings.Split(c.v21+"\r\n"+c.v40, "\r\n") {
		name, _, _ := strings.Cut(l, ":")
		name, _, _ = strings.Cut(name, ";")
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(name, "item1."), "item2."))
	}
	return out
}

// with gives the row with a number in place of its mark.
func (c conversion) with(n string) conversion {
	return conversion{c.name, strings.ReplaceAll(c.v21, "#", n), strings.ReplaceAll(c.v30, "#", n), strings.ReplaceAll(c.v40, "#", n)}
}

var twoDigits = rapid.StringMatching(`[1-8][0-9]`)

func drawRows(t *rapid.T) richCard {
	rows := rapid.Permutation(slices.Concat(varied, conversions)).Draw(t, "rows")
	c := richCard{rapid.SampledFrom(namings).Draw(t, "naming").with("")}
	used := make(map[string]bool)
	for _, k := range []string{"N", "FN", "SORT-STRING", "KIND"} { // a group has another name
		used[k] = true
	}
	for _, row := range rows[:rapid.IntRange(0, 12).Draw(t, "count")] {
		if keys := row.keysOf(); !slices.ContainsFunc(keys, func(k string) bool { return used[k] }) {
			for _, k := range keys {
				used[k] = true
			}
			c = append(c, row.with(twoDigits.Draw(t, "number")))
		}
	}
	return c
}

// in renders the card in a dialect.
func (c richCard) in(t *rapid.T, f Format) *Item {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:" + f.Version + "\r\n")
	for _, row := range c {
		b.WriteString(map[string]string{"2.1": row.v21, "3.0": row.v30, "4.0": row.v40}[f.Version] + "\r\n")
	}
	return mustDecode(t, b.String()+"END:VCARD\r\n")
}

func rendered(t interface {
	Helper()
	Fatalf(string, ...any)
}, it *Item, f Format) *Item {
	t.Helper()
	p, err := it.Project(f)
	if err != nil {
		t.Fatalf("project: %v", err)
	}
	return mustDecode(t, string(p.Body().Data))
}

var cardFormats = rapid.SampledFrom([]Format{VCard21, VCard30, VCard40})

func TestRichCardsSayTheSameInEveryDialect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawRows(t)
		a, b := cardFormats.Draw(t, "a"), cardFormats.Draw(t, "b")
		it := c.in(t, a)
		checkItem(t, it)
		there := rendered(t, it, b)
		back := rendered(t, there, a)
		if it.Fingerprint() != back.Fingerprint() || it.Fingerprint() != c.in(t, b).Fingerprint() {
			t.Fatalf("not the same:\n%s\n%s\n%s", it.Body().Data, there.Body().Data, back.Body().Data)
		}
	})
}

func TestRenditionThatComesBackChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawRows(t).in(t, cardFormats.Draw(t, "stored"))
		shadow := rendered(t, base, cardFormats.Draw(t, "side"))
		again := mustDecode(t, string(shadow.Body().Data))
		m := checkMerge(t, base, Version{Shadow: shadow, Now: again, Keeps: Keeps{All: true}}, Version{Shadow: base}, First)
		if m.Item != base || m.Conflict || m.Lossy != [2]bool{} {
			t.Fatalf("conflict %v, lossy %v:\n%s", m.Conflict, m.Lossy, m.Item.Body().Data)
		}
	})
}

// drawRichEdit changes, removes or adds one row.
func drawRichEdit(t *rapid.T, c richCard) (edited richCard, at int) {
	edited = slices.Clone(c)
	i := rapid.IntRange(0, len(c)-1).Draw(t, "which")
	if i == 0 {
		for _, row := range namings {
			if row.name == c[0].name {
				edited[0] = row.with(twoDigits.Draw(t, "name"))
			}
		}
		return edited, 0
	}
	for _, row := range varied {
		if row.name == c[i].name && rapid.Bool().Draw(t, "change") {
			edited[i] = row.with(twoDigits.Draw(t, "new"))
			return edited, i
		}
	}
	return slices.Delete(edited, i, i+1), i
}

func TestEditOfARenditionChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawRows(t)
		edited, at := drawRichEdit(t, c)
		stored, side := cardFormats.Draw(t, "stored"), cardFormats.Draw(t, "side")
		base := c.in(t, stored)
		now := rendered(t, edited.in(t, stored), side)
		m := checkMerge(t, base, Version{Shadow: rendered(t, base, side), Now: now, Keeps: Keeps{All: true}}, Version{Shadow: base}, First)
		if m.Item.Fingerprint() != now.Fingerprint() || m.Conflict {
			t.Fatalf("edit of %q: want\n%s\ngot\n%s", c[at].name, now.Body().Data, m.Item.Body().Data)
		}
		have := rawLines(m.Item)
		for i, row := range c {
			if i == at {
				continue
			}
			for _, l := range rawLines(richCard{row}.in(t, stored)) {
				if !slices.Contains(have, l) {
					t.Fatalf("edit of %q touched %q:\n%s", c[at].name, l, m.Item.Body().Data)
				}
			}
		}
	})
}
