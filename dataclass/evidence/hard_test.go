package evidence

import (
	"fmt"
	"testing"
)

// A household on one landline: who is called nearly like somebody else is not that one, whether both are on both sides
// or each on one.
func TestHouseholds(t *testing.T) {
	for _, names := range [][2]string{
		{"Peter", "Petra"}, {"Anna", "Hanna"}, {"Maria", "Marie"}, {"Julian", "Juliane"}, {"Jan", "Jana"}, {"Paul", "Paula"}, {"Tim", "Tom"}, {"Christian", "Christiane"},
		{"Martin", "Martina"}, {"Erik", "Erika"}, {"Jens", "Jons"}, {"Anna", "Anne"}, {"Lena", "Lea"}, {"Karl", "Karla"}, {"Daniel", "Daniela"}, {"Hans", "Hannes"}, {"A.", "Anna"}, {"Mia", "Pia"},
		{"Bruno", "Sabine"}, {"Anna Lena", "Anna Sofie"},
	} {
		person := func(id, given, more string) Entry {
			return card(t, id, "N:Kettenrath;"+given+";;;", "TEL;TYPE=home:+49 30 5550101", "ADR:;;Rosenweg 4;Altenau;;12345;", "NOTE:"+more)
		}
		t.Run(names[0]+" and "+names[1]+", each on one side", func(t *testing.T) {
			a, b := crowd(t, []Entry{person("a", names[0], "chess")}, []Entry{person("b", names[1], "tennis")})
			if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); merged != 0 {
				t.Error("merged")
			}
		})
		t.Run(names[0]+" and "+names[1]+" on both sides", func(t *testing.T) {
			a, b := crowd(t, []Entry{person("a", names[0], "chess"), person("b", names[1], "tennis")}, []Entry{person("c", names[1], "tennis on Monday"), person("d", names[0], "chess on Friday")})
			for _, p := range Match(a, b, Options{}) {
				if p.A < 2 && (p.B != 1-p.A || p.Verdict != Same) {
					t.Errorf("%v", p)
				}
			}
		})
	}
}

// Namesakes: one name, and something that says they are two. However rare the name is, nobody is merged.
func TestNamesakes(t *testing.T) {
	for _, name := range []string{"Klein;Anna", "Mühlstätter-Großmann;Maximiliane", "García López;José", "山田;太郎"} {
		for i, differ := range [][2]string{
			{"TEL;TYPE=cell:+49 171 5550101", "TEL;TYPE=cell:+49 172 9990199"},
			{"TEL;TYPE=home:+49 30 5550101", "TEL;TYPE=cell:+49 172 9990199"},
			{"EMAIL:first@one.example", "EMAIL:second@two.example"},
			{"TEL:+49 171 5550101\r\nBDAY:1970-02-03", "TEL:+49 172 9990199\r\nBDAY:1991-11-23"},
			{"TEL:+49 171 5550101\r\nADR:;;Rosenweg 4;Altenau;;12345;", "TEL:+49 172 9990199\r\nADR:;;Lindenallee 9;Seebach;;54321;"},
		} {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				a, b := crowd(t, []Entry{card(t, "a", "N:"+name+";;;", differ[0])}, []Entry{card(t, "b", "N:"+name+";;;", differ[1])})
				if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); merged != 0 {
					t.Error("merged")
				}
			})
		}
	}
}

// More pairs that a sceptic would ask for.
func TestHardPairs(t *testing.T) {
	const merge, never = true, false
	tests := []struct {
		name string
		a, b []string
		want bool
	}{
		{"Sr and Jr, all else equal", []string{"N:Dunwood;James;;;Sr.", "TEL:+1 212 5550147", "EMAIL:dunwood@home.example", "BDAY:1950-01-01"}, []string{"N:Dunwood;James;;;Jr.", "TEL:+1 212 5550147", "EMAIL:dunwood@home.example", "BDAY:1950-01-01"}, never},
		{"one mail address of a couple", []string{"N:Kettenrath;Bruno;;;", "EMAIL:kettenraths@home.example"}, []string{"N:Kettenrath;Sabine;;;", "EMAIL:kettenraths@home.example"}, never},
		{"one mail address of an office", []string{"N:Ashton;Clive;;;", "EMAIL:info@blueline.example", "ORG:Blueline"}, []string{"N:Redley;Imogen;;;", "EMAIL:info@blueline.example", "ORG:Blueline"}, never},
		{"one fax of colleagues", []string{"N:Ashton;Clive;;;", "TEL;TYPE=FAX:+44 20 5550100", "ORG:Blueline"}, []string{"N:Redley;Imogen;;;", "TEL;TYPE=FAX:+44 20 5550100", "ORG:Blueline"}, never},
		{"Taxi of two towns", []string{"N:;Taxi;;;", "TEL:+49 30 210101", "ADR:;;;Altenau;;;"}, []string{"N:;Taxi;;;", "TEL:+49 89 194100", "ADR:;;;Seebach;;;"}, never},
		{"extensions of one switchboard", []string{"N:Ashton;Clive;;;", "TEL;TYPE=work:+44 20 5550101"}, []string{"N:Redley;Imogen;;;", "TEL;TYPE=work:+44 20 5550102"}, never},
		{"neighbouring numbers of one role", []string{"N:;Sales;;;", "TEL:+44 20 5550101", "ORG:Blueline"}, []string{"N:;Sales;;;", "TEL:+44 161 777102", "ORG:Granit"}, never},
		{"the firm and who works there", []string{"FN:Granit Foods", "N:;;;;", "ORG:Granit Foods", "TEL:+49 30 5550102", "ADR:;;High Street 1;Ashbury;;55555;"}, []string{"N:Ashton;Clive;;;", "ORG:Granit Foods", "TEL:+49 30 5550102", "ADR:;;High Street 1;Ashbury;;55555;"}, never},
		{"two empty cards with a note", []string{"NOTE:call back"}, []string{"NOTE:buy milk"}, never},
		{"a new mobile beside the old mail", []string{"N:Klein;Anna;;;", "TEL;TYPE=cell:+49 171 5550101", "EMAIL:anna.klein@one.example"}, []string{"N:Klein;Anna;;;", "TEL;TYPE=cell:+49 176 1112233", "EMAIL:anna.klein@one.example"}, merge},
		{"married", []string{"N:Klein;Annegret;;;", "TEL;TYPE=cell:+49 171 5550101", "EMAIL:annegret@one.example", "BDAY:1980-01-02"}, []string{"N:Winterfeldt;Annegret;;;", "TEL;TYPE=cell:+49 171 5550101", "EMAIL:annegret@one.example", "BDAY:1980-01-02"}, merge},
		{"a double name", []string{"N:Klein;Annegret;;;", "TEL;TYPE=cell:+49 171 5550101"}, []string{"N:Klein-Winterfeldt;Annegret;;;", "TEL;TYPE=cell:+49 171 5550101"}, merge},
		{"a short form with the mobile", []string{"N:Winterfeldt;Katharina;;;", "TEL;TYPE=cell:+49 171 5550101"}, []string{"N:Winterfeldt;Kathi;;;", "TEL;TYPE=cell:+49 171 5550101"}, merge},
		{"a spelling with the landline", []string{"N:Winterfeldt;Mathias;;;", "TEL;TYPE=home:+49 30 5550101"}, []string{"N:Winterfeldt;Matthias;;;", "TEL;TYPE=home:+49 30 5550101"}, merge},
		{"numbers in another order", []string{"N:Orlov;Ivan;;;", "TEL;TYPE=home:+7 495 5550101", "TEL;TYPE=cell:+7 916 5550102"}, []string{"FN:Ivan Orlov", "N:;;;;", "TEL:8 916 555 01 02", "TEL:8 495 555 01 01"}, merge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := crowd(t, []Entry{card(t, "a", tt.a...)}, []Entry{card(t, "b", tt.b...)})
			if merged, _ := verdicts(Match(a, b, Options{}), 1, 1); (merged == 1) != tt.want {
				t.Errorf("merged: %v\n%v\n%v", merged == 1, tt.a, tt.b)
			}
		})
	}
}
