package dataclass

import (
	"fmt"
	"strings"
	"testing"
)

// TestHostileInputsEnd feeds big inputs of one shape. Nothing is measured: work that grew with
// the square of the size would not end within the test's time.
func TestHostileInputsEnd(t *testing.T) {
	const n = 1 << 18
	for name, body := range map[string]string{
		"folds":            "NOTE:" + strings.Repeat("a\n ", n/3),
		"folds of a name":  "N" + strings.Repeat("\n A", n/3),
		"soft breaks":      "NOTE;QUOTED-PRINTABLE:" + strings.Repeat("=\n", n/2),
		"soft with spaces": "NOTE;QUOTED-PRINTABLE:" + strings.Repeat("=    \n", n/6),
		"equals signs":     "NOTE;QUOTED-PRINTABLE:" + strings.Repeat("=", n),
		"base64 lines":     "PHOTO;BASE64:" + strings.Repeat("A\n", n/2),
		"base64 indented":  "PHOTO;BASE64:" + strings.Repeat("A\n ", n/3),
		"carriage returns": strings.Repeat("\r", n),
		"CR lines":         strings.Repeat("A:\r", 19_000),
		"quotes":           `A;B="` + strings.Repeat(`"`, n) + ":x",
		"open quotes":      strings.Repeat(`A;B=":x`+"\n", 19_000),
		"semicolons":       "A" + strings.Repeat(";", n) + ":x",
		"colons":           strings.Repeat(":", n),
		"backslashes":      "NOTE:" + strings.Repeat(`\`, n),
		"parts":            "N:" + strings.Repeat(";", n),
		"categories":       "CATEGORIES:" + strings.Repeat("a,", n/2),
		"some categories":  "CATEGORIES:" + strings.Repeat("a,", 4_900),
		"many types":       "TEL;TYPE=" + strings.Repeat("a,", n/2) + ":1",
		"types":            "TEL;TYPE=" + strings.Repeat("a,", 90) + ":1",
		"agents":           strings.Repeat("AGENT:BEGIN:VCARD\n", 5) + "END:VCARD\nEND:VCARD\nEND:VCARD\nEND:VCARD\nEND:VCARD",
		"agent text":       `AGENT:BEGIN:VCARD\nAGENT:BEGIN:VCARD` + strings.Repeat(`\\n`, n/3),
		"one group":        strings.Repeat("a.X-A:1\n", 19_000),
		"groups":           numbered("g%d.TEL:1\ng%d.X-A:%d\n", 9_000),
		"numbers":          numbered("TEL;TYPE=CELL:1%d%d%d\n", 19_000),
		"blank lines":      strings.Repeat("\n", n),
	} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []string{"2.1", "3.0"} {
				text := "BEGIN:VCARD\nVERSION:" + version + "\n" + body + "\nEND:VCARD\n"
				it, err := Decode(Contacts, Body{Data: []byte(text)})
				if err != nil {
					continue
				}
				it.Fingerprint()
				base := card(t, "TEL;TYPE=CELL:5", "FN:a")
				m, err := Merge3(base, Version{Shadow: it, Now: base}, Version{Now: it}, First)
				if err != nil {
					t.Fatal(err)
				}
				other, err := m.Item.Project(VCard21)
				if err != nil {
					t.Fatal(err)
				}
				if other.Title() == "" {
					t.Error("the name is lost")
				}
				Contradicts(it, base)
			}
		})
	}
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i, i)
	}
	return b.String()
}
