package dataclass

import (
	"slices"
	"strings"
	"testing"
)

// TestNames wants the names that a dialect demands to be made of what there is, and of nothing else.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name, version, in string
		to                Format
		want              string
	}{
		{"FN of N", "2.1", "N:Lovelace;Ada;M.;Dr.;Jr.", VCard30, "N:Lovelace;Ada;M.;Dr.;Jr.\nFN:Dr. Ada M. Lovelace Jr."},
		{"FN of N in 4.0", "2.1", "N:Lovelace;Ada", VCard40, "N:Lovelace;Ada\nFN:Ada Lovelace"},
		{"N of FN", "4.0", "FN:Ada M. Lovelace", VCard21, "N:Lovelace;Ada M.;;;\nFN:Ada M. Lovelace"},
		{"N of FN with a comma", "4.0", `FN:Lovelace\, Ada`, VCard30, "N:Lovelace;Ada;;;\n" + `FN:Lovelace\, Ada`},
		{"N of one word", "4.0", "FN:Ada", VCard21, "N:Ada;;;;\nFN:Ada"},
		{"N of a group", "4.0", "KIND:group\nFN:Old Friends", VCard30, "N:Old Friends;;;;\nX-ADDRESSBOOKSERVER-KIND:group\nFN:Old Friends"},
		{"no N is needed in 4.0", "3.0", "FN:Ada Lovelace", VCard40, "FN:Ada Lovelace"},
		{"no FN is needed in 2.1", "4.0", "N:Lovelace;Ada", VCard21, "N:Lovelace;Ada"},
		{"organisation alone", "2.1", "ORG:Example Ltd.;Research", VCard30, "N:;;;;\nFN:Example Ltd.\nORG:Example Ltd.;Research"},
		{"mail alone", "2.1", "EMAIL;INTERNET:a@example.org", VCard40, "FN:a@example.org\nEMAIL:a@example.org"},
		{"number alone", "4.0", "TEL;VALUE=uri:tel:+1", VCard21, "N:;;;;\nTEL:+1"},
		{"nothing to make a name of", "2.1", "NOTE:x", VCard30, "NOTE:x"},
		{"empty FN", "3.0", "N:a;b\nFN:", VCard40, "N:a;b\nFN:b a"},
		{"words without blanks", "3.0", "N:山田;太郎\nFN:山田太郎", VCard40, "N:山田;太郎\nFN:山田太郎"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := mustDecode(t, "BEGIN:VCARD\nVERSION:"+tt.version+"\n"+tt.in+"\nEND:VCARD\n")
			checkItem(t, it)
			p, err := it.Project(tt.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(rawLines(p), "\n"); !strings.EqualFold(got, tt.want) {
				t.Errorf("\ngot  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestNamesThatAreTheSame wants names that devices make of each other to be one, and others not.
func TestNamesThatAreTheSame(t *testing.T) {
	base := card(t, "N:Lovelace;Ada;M.;Dr.;", "FN:Dr. Ada M. Lovelace")
	for in, same := range map[string]bool{
		"N:Lovelace;Ada;M.;Dr.;":                        true,
		"N:Lovelace;Ada;M.;Dr.;\nFN:Ada Lovelace":       true,
		"N:Lovelace;Ada;M.;Dr.;\nFN:Lovelace\\, Ada":    true,
		"N:Lovelace;Ada;M.;Dr.;\nFN:Lovelace Ada M.":    true,
		"N:Lovelace;Ada;M.;Dr.;\nFN: Dr.  Ada Lovelace": true,
		"N:Lovelace;Ada;M.;Dr.;\nFN:Ada Lovelacy":       false,
		"N:Lovelace;Ada;M.;Dr.;\nFN:The Countess":       false,
		"N:Lovelace;Ada;M.;Dr.;\nFN:Lovelace":           false,
		"N:Lovelace;Ada;;Dr.;\nFN:Dr. Ada M. Lovelace":  false,
		"FN:Dr. Ada M. Lovelace":                        false,
	} {
		if got := card(t, strings.Split(in, "\n")...).Fingerprint() == base.Fingerprint(); got != same {
			t.Errorf("%q: same is %v", in, got)
		}
	}
}

// TestDevices merges what a device makes of what it was sent.
func TestDevices(t *testing.T) {
	stored := []string{"N:Lovelace;Ada;;Dr.;", "FN:The Countess", "ORG:Example Ltd.;Research", "BDAY:1950-01-01", "NOTE:a long note",
		"TEL;TYPE=CELL:+1 5", "EMAIL;TYPE=HOME:a@example.org", "PHOTO;TYPE=JPEG;ENCODING=b:/9j/", "CATEGORIES:Family", "X-A:kept"}
	for _, tt := range []struct {
		name     string
		old, now []string // what it showed before and shows now, in 2.1; nil for what it was sent
		want     [][2]string
	}{
		{"phone that makes FN of N", nil, []string{"N:Lovelace;Ada;;Dr.;", "FN:Dr. Ada Lovelace"}, nil},
		{"server that makes FN of N with the family in front", nil, []string{"N:Lovelace;Ada;;Dr.", "FN:Lovelace, Ada"}, nil},
		{"phone without FN where the name is edited", nil, []string{"N:Byron;Ada;;Dr.;"}, [][2]string{{"N:Lovelace;Ada;;Dr.;", "N:Byron;Ada;;Dr.;"}}},
		{"phone with one line for the name", nil, []string{"FN:Dr. Ada Lovelace"}, nil},
		{"phone that keeps the first part of ORG", []string{"ORG:Example Ltd."}, []string{"ORG:Example Ltd.", "TEL;CELL:+1 5"}, nil},
		{"phone that cuts notes", []string{"NOTE:a lon"}, []string{"NOTE:a lon"}, nil},
		{"phone that shows a birthday as a time in Greenwich", nil, []string{"BDAY:19500101T000000Z"}, nil},
		{"phone that shows a birthday without hyphens", nil, []string{"BDAY:19500101"}, nil},
		{"phone that forgets types", nil, []string{"TEL:+1 5", "EMAIL:a@example.org"}, nil},
		{"phone that calls every number a voice", nil, []string{"TEL;CELL;VOICE:+15"}, [][2]string{{"TEL;TYPE=CELL:+1 5", "TEL;TYPE=CELL:+15"}}},
		{"phone that puts X- in front of categories", nil, []string{"CATEGORIES:X-Family"}, nil},
		{"phone that gives pictures a media type", nil, []string{"PHOTO;TYPE=image/jpeg;ENCODING=BASE64:/9j/"}, nil},
		{"phone that forgets pictures", nil, []string{"N:Lovelace;Ada;;Dr.;"}, nil},
		{"server that adds an identifier", nil, []string{"UID:7", "REV:20100328T103410Z", "PRODID:x"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := card(t, stored...)
			shadow := rendered(t, base, VCard21)
			if tt.old != nil {
				shadow = oldCard(t, tt.old...)
			}
			m := checkMerge(t, base, Version{Shadow: shadow, Now: oldCard(t, tt.now...)}, Version{Shadow: base}, First)
			want := slices.Clone(stored)
			for _, w := range tt.want {
				want = replaced(want, w[0], w[1])
			}
			if got := rawLines(m.Item); !slices.Equal(got, want) || m.Conflict {
				t.Errorf("conflict %v\ngot  %q\nwant %q", m.Conflict, got, want)
			}
		})
	}
}

// TestDeviceBytes reads and writes what devices insist on.
func TestDeviceBytes(t *testing.T) {
	t.Run("character set in the media type", func(t *testing.T) {
		it, err := Decode(Contacts, Body{Type: "text/x-vcard; charset=UTF-8", Data: []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:a\r\nEND:VCARD\r\n")})
		if err != nil || it.Format() != VCard21 {
			t.Error(err)
		}
	})
	t.Run("newline of another order, doubled", func(t *testing.T) {
		it := oldCard(t, "NOTE;ENCODING=QUOTED-PRINTABLE:a==0A=0D=\r\nb")
		if got := mustContact(t, it).Note(); got != "a\nb" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("every line ends in CR LF", func(t *testing.T) {
		it := mustDecode(t, "BEGIN:VCARD\nVERSION:3.0\nN:a\nNOTE:ä\\nb\nPHOTO;ENCODING=b:AAAA\nEND:VCARD\n")
		for _, f := range []Format{VCard21, VCard40} {
			text := string(mustProjectBody(t, it, f))
			if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
				t.Errorf("%s: %q", f, text)
			}
		}
	})
	t.Run("base64 in the words of 2.1 and a blank line", func(t *testing.T) {
		text := string(mustProjectBody(t, newCard(t, "N:a", "PHOTO:data:image/jpeg;base64,/9j/"), VCard21))
		if !strings.Contains(text, "\r\nPHOTO;TYPE=JPEG;ENCODING=BASE64:/9j/\r\n\r\n") {
			t.Errorf("got %q", text)
		}
	})
	t.Run("order of properties", func(t *testing.T) {
		it := card(t, "X-B:1", "FN:a b", "X-A:2", "N:b;a")
		if got := rawLines(mustDecode(t, string(mustProjectBody(t, it, VCard21)))); !slices.Equal(got, []string{"X-B:1", "FN:a b", "X-A:2", "N:b;a"}) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("version comes first in 4.0", func(t *testing.T) {
		it := mustDecode(t, "BEGIN:VCARD\r\nN:b;a\r\nFN:a b\r\nVERSION:3.0\r\nEND:VCARD\r\n")
		if text := string(mustProjectBody(t, it, VCard40)); !strings.HasPrefix(text, "BEGIN:VCARD\r\nVERSION:4.0\r\n") {
			t.Errorf("got %q", text)
		}
	})
}

func mustProjectBody(t *testing.T, it *Item, f Format) []byte {
	t.Helper()
	p, err := it.Project(f)
	if err != nil {
		t.Fatal(err)
	}
	return p.Body().Data
}
