package evidence

import (
	"fmt"
	"testing"
)

// A relativePair is two people whom a household could confuse.
type relativePair struct {
	name string
	a, b []string
	core bool // tried in a large set as well
}

const (
	kinLine   = "TEL:+49305550001"
	kinMobile = "TEL:+491709999999"
	kinOther  = "TEL:+491721111111"
	kinHome   = "ADR:;;Rosenweg 4;Altenau;;12345;"
)

// relatives lists pairs of different people with what households share.
func relatives() []relativePair {
	var out []relativePair
	for _, n := range [][2]string{
		{"Tim", "Tom"}, {"Anna", "Anne"}, {"Klaus", "Klara"}, {"Maria", "Marie"}, {"Anna", "Hanna"}, {"Hans", "Hans-Peter"},
		{"Jan", "Jana"}, {"Paul", "Paula"}, {"Erik", "Erika"}, {"Christian", "Christiane"}, {"Stefan", "Stefanie"},
		{"Johannes", "Johanna"}, {"Patrick", "Patricia"}, {"Gabriel", "Gabriela"}, {"Bruno", "Sabine"}, {"Alexander", "Alexandra"},
		{"Katharina", "Catharina"}, {"Kristin", "Kirstin"}, {"Anna", "Anna-Lena"}, {"Michael", "Michaela"}, {"Mike", "Michael"},
	} {
		head := func(given string) []string { return []string{"FN:" + given + " Abel", "N:Abel;" + given + ";;;"} }
		add := func(what string, a, b []string) {
			core := what == "landline" || what == "address"
			out = append(out, relativePair{n[0] + "/" + n[1] + " " + what, append(head(n[0]), a...), append(head(n[1]), b...), core})
		}
		add("landline", []string{kinLine}, []string{kinLine})
		add("landline, one mobile", []string{kinLine}, []string{kinLine, kinMobile})
		add("landline, address, two mobiles", []string{kinLine, kinHome, kinOther}, []string{kinLine, kinHome, kinMobile})
		add("address", []string{kinHome}, []string{kinHome, "NOTE:sees"})
		add("organisation", []string{kinLine, "ORG:Granit Foods"}, []string{kinLine, "ORG:Granit Foods", kinHome})
		add("note and page", []string{kinLine, "NOTE:neighbours", "URL:http://abel.example"}, []string{kinLine, "NOTE:neighbours", "URL:http://abel.example", kinHome})
		add("landline and birthday, as twins", []string{kinLine, "BDAY:1990-05-05"}, []string{kinLine, "BDAY:1990-05-05", kinMobile})
		add("mailbox of the family", []string{"EMAIL:abel@home.example", kinLine}, []string{"EMAIL:abel@home.example", kinLine, kinHome})
		add("the landline called a mobile on one side", []string{"TEL;TYPE=CELL:+49305550001"}, []string{kinLine, kinHome})
		add("nothing", nil, []string{"NOTE:sees"})
		out = append(out, relativePair{n[0] + "/" + n[1] + " in one field", []string{"FN:" + n[0] + " Abel", "N:;;;;", kinLine}, []string{"FN:" + n[1] + " Abel", "N:;;;;", kinLine, kinMobile}, false})
		out = append(out, relativePair{n[0] + "/" + n[1] + " in one field and in two", []string{"FN:" + n[0] + " Abel", "N:;;;;", kinLine}, append(head(n[1]), kinLine, kinMobile), false})
	}
	// Neither name nor number is the same: both may have been cut, and both may be another's.
	for _, n := range [][2]string{{"Schmid;Karl", "Schmidt;Karl"}, {"Huber;Eva", "Hubert;Eva"}, {"Room1;Hotel", "Room10;Hotel"}, {"Xaver;Ada1", "Xaver;Ada10"}} {
		for _, tel := range []string{"TEL;TYPE=WORK:+4315000123", "TEL;TYPE=CELL:+436640001"} {
			out = append(out, relativePair{n[0] + " " + tel, []string{"N:" + n[0] + ";;;", tel}, []string{"N:" + n[1] + ";;;", tel + "4"}, true})
		}
	}
	for _, n := range [][2]string{{"", "Tim"}, {"T.", "Tim"}} {
		for _, more := range []string{kinLine, kinHome, "NOTE:x"} {
			out = append(out, relativePair{fmt.Sprint("family ", n, more), []string{"N:Abel;" + n[0] + ";;;", more}, []string{"N:Abel;" + n[1] + ";;;", more, kinMobile}, true})
		}
	}
	for _, marks := range [][2]string{{"", "Jr."}, {"Sr.", "Jr."}, {"", "II"}, {"II", "III"}, {"", "Sr."}, {"", "junior"}, {"", "IV"}, {"", "d. J."}} {
		for i, more := range [][]string{{kinLine}, {kinHome}, {kinLine, kinHome}} {
			out = append(out, relativePair{fmt.Sprint("John/John ", marks, i),
				append([]string{"FN:John Abel " + marks[0], "N:Abel;John;;;" + marks[0]}, more...),
				append([]string{"FN:John Abel " + marks[1], "N:Abel;John;;;" + marks[1]}, more...), i == 0})
		}
	}
	for _, days := range [][2]string{{"1950-01-02", "1980-03-04"}, {"1950-03-04", "1980-03-04"}, {"1951-03-04", "1981-03-04"}, {"1980-03-04", "1980-03-14"}} {
		out = append(out, relativePair{fmt.Sprint("born ", days), []string{"N:Abel;Klaus;;;", kinLine, "BDAY:" + days[0]}, []string{"N:Abel;Klaus;;;", kinLine, "BDAY:" + days[1]}, true},
			relativePair{fmt.Sprint("born, at home ", days), []string{"N:Abel;Klaus;;;", kinLine, kinHome, "BDAY:" + days[0]}, []string{"N:Abel;Klaus;;;", kinLine, kinHome, kinMobile, "BDAY:" + days[1]}, false})
	}
	return out
}

// strangersTo adds n people who have nothing to do with the case; strange says that the sides have none in common.
func strangersTo(t testing.TB, a, b []Entry, n int) ([]Entry, []Entry) {
	for i := range n {
		given, family := fmt.Sprintf("%c%s", 'B'+i%17, []string{"enno", "ritta", "olga", "ilja"}[i/17%4]), fmt.Sprintf("%c%s%s", 'K'+i%11, []string{"ornbach", "ellner", "usterle"}[i/11%3], []string{"", "feld", "mann", "hof", "au", "dorf", "wald", "tal", "see", "berg"}[i/33%10])
		lines := []string{"N:" + family + ";" + given + ";;;", fmt.Sprintf("TEL:+44 20 %07d", (7654321*(i+3))%9999991)}
		a = append(a, card(t, fmt.Sprint("x", i), lines...))
		b = append(b, card(t, fmt.Sprint("y", i), append(lines, "NOTE:seen")...))
	}
	return a, b
}

// TestRule_7_3_RelativesAreNeverMerged shows that what a household, a name or an employer shares makes nobody the
// same, however few items there are: alone, among 50 and among 300 people, and from both sides.
func TestRule_7_3_RelativesAreNeverMerged(t *testing.T) {
	for _, n := range []int{0, 50, 300} {
		restA, restB := strangersTo(t, nil, nil, n)
		for _, tt := range relatives() {
			if n == 300 && !tt.core {
				continue
			}
			x, y := card(t, "a", tt.a...), card(t, "b", tt.b...)
			for i, pair := range [2][2]Entry{{x, y}, {y, x}} {
				a, b := append([]Entry{pair[0]}, restA...), append([]Entry{pair[1]}, restB...)
				if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); merged != 0 {
					t.Errorf("%s, %d others, direction %d: merged", tt.name, n, i)
				}
			}
		}
	}
}

// TestRule_7_3_WhatRelativesDoNotShare shows that people are known again by what is theirs alone, whatever a device or
// a hand did to the given name.
func TestRule_7_3_WhatRelativesDoNotShare(t *testing.T) {
	mail, cell := "EMAIL:k.abel77@one.example", "TEL;TYPE=CELL:+491701234567"
	tests := []struct {
		name string
		a, b []string
		want bool
	}{
		{"a slip in a long name, mail", []string{"N:Abel;Katharina;;;", mail}, []string{"N:Abel;Kathatina;;;", mail, kinLine}, true},
		{"a slip in a long name, birthday and landline", []string{"N:Abel;Katharina;;;", kinLine, "BDAY:1980-03-04"}, []string{"N:Abel;Kathatina;;;", kinLine, "BDAY:1980-03-04", kinHome}, true},
		{"a slip in a long name, landline", []string{"N:Abel;Katharina;;;", kinLine}, []string{"N:Abel;Kathatina;;;", kinLine, kinHome}, false},
		{"short form, mobile by its number", []string{"N:Abel;Katharina;;;", "TEL:+491701234567"}, []string{"N:Abel;Kathi;;;", "TEL:0170 1234567"}, true},
		{"short form, mobile of a country without a plan, on one side by its type", []string{"N:Abel;Katharina;;;", "TEL;TYPE=CELL:+12125550147"}, []string{"N:Abel;Kathi;;;", "TEL:2125550147"}, true},
		{"short form, the mailbox of the office", []string{"N:Abel;Katharina;;;", "EMAIL:info@one.example", kinLine}, []string{"N:Abel;Kathi;;;", "EMAIL:info@one.example", kinLine}, false},
		{"a generation on one side, mobile", []string{"N:Abel;John;;;Jr.", cell, kinHome}, []string{"N:Abel;John;;;", cell}, true},
		{"a generation on one side, birthday", []string{"N:Abel;John;;;Jr.", kinLine, "BDAY:1980-03-04"}, []string{"N:Abel;John;;;", kinLine, "BDAY:1980-03-04", kinHome}, true},
		{"another birthday, mobile and mail", []string{"N:Abel;Katharina;;;", cell, mail, "BDAY:1980-03-04"}, []string{"N:Abel;Katharina;;;", cell, mail, "BDAY:1980-03-14"}, true},
		{"a birthday on the next day", []string{"N:Abel;Katharina;;;", kinLine, "BDAY:1980-03-04"}, []string{"N:Abel;Katharina;;;", kinLine, "BDAY:1980-03-03"}, true},
		{"an additional name on one side", []string{"N:Abel;Katharina;Ida;;", kinLine}, []string{"N:Abel;Katharina;;;", kinLine}, true},
		{"swapped, landline", []string{"N:Abel;Katharina;;;", kinLine}, []string{"N:Katharina;Abel;;;", kinLine}, true},
		{"one field with a title, landline", []string{"N:Abel;Katharina;;;", kinLine}, []string{"FN:Dr. Katharina Abel", "N:;;;;", kinLine}, true},
	}
	for _, tt := range tests {
		for _, n := range []int{0, 50} {
			if tt.want && n == 0 {
				continue // with nobody else to compare with, little is sure
			}
			a, b := strangersTo(t, []Entry{card(t, "a", tt.a...)}, []Entry{card(t, "b", tt.b...)}, n)
			if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); (merged == 1) != tt.want {
				t.Errorf("%s, %d others: merged %v", tt.name, n, merged == 1)
			}
		}
	}
}

// TestRule_7_3_CutsAreLearnedFromOthers shows that the beginning of a name is taken for a cut only where other pairs
// show it, and where no name of the side is longer.
func TestRule_7_3_CutsAreLearnedFromOthers(t *testing.T) {
	pair := func(n int, longer bool) (merged int) {
		a, b := strangersTo(t, []Entry{card(t, "a", "N:Abel;Maximiliane;;;", kinLine)}, []Entry{card(t, "b", "N:Abel;Maximili;;;", kinLine, "NOTE:x")}, 20)
		for i := range n {
			given, cell := []string{"Alexandrine", "Constantine", "Wilhelmine", "Friederike"}[i], fmt.Sprintf("TEL;TYPE=CELL:+49170777%04d", 1357*(i+1))
			a = append(a, card(t, fmt.Sprint("c", i), "N:Quell"+fmt.Sprint(i)+";"+given+";;;", cell))
			b = append(b, card(t, fmt.Sprint("d", i), "N:Quell"+fmt.Sprint(i)+";"+given[:8]+";;;", cell))
		}
		if longer {
			b = append(b, card(t, "e", "N:Zwirn;Bartholomaeus-Ferdinand;;;"))
		}
		merged, _ = verdicts(Match(a, b, Options{}), 1, 1)
		return merged
	}
	for _, tt := range []struct {
		cuts   int
		longer bool
		want   int
	}{{0, false, 0}, {2, false, 0}, {4, false, 1}, {4, true, 0}} {
		if got := pair(tt.cuts, tt.longer); got != tt.want {
			t.Errorf("%d other cuts, a longer name: %v: %d merged", tt.cuts, tt.longer, got)
		}
	}
}

// TestRule_7_3_RelativesAreAsked shows that who would be one but for the given name is doubtful: neither merged nor
// doubled.
func TestRule_7_3_RelativesAreAsked(t *testing.T) {
	for _, given := range [][2]string{{"Tim", "Tom"}, {"Jan", "Jana"}, {"Paul", "Paula"}, {"Hans", "Hans-Peter"}} {
		a, b := card(t, "a", "N:Abel;"+given[0]+";;;", kinLine), card(t, "b", "N:Abel;"+given[1]+";;;", kinLine, kinMobile)
		if pairs := Match([]Entry{a}, []Entry{b}, Options{}); len(pairs) != 1 || pairs[0].Verdict != Doubtful {
			t.Errorf("%v: %v", given, pairs)
		}
	}
}
