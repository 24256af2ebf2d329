package dav

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// What is noted of an Add before it is sent is what is compared with later, whatever UID the server made of it.
func TestSaysOf(t *testing.T) {
	for name, lines := range map[string]string{
		"plain":      "N:Ann;;;;\nFN:Ann\nUID:a",
		"no UID":     "N:Ann;;;;\nFN:Ann",
		"folded":     "N:Ann;;;;\nFN:Ann\nUID:a\nNOTE:" + strings.Repeat("x", 60) + "\n " + strings.Repeat("y", 60),
		"grouped":    "N:Ann;;;;\nFN:Ann\nUID:a\nitem1.TEL:1\nitem1.X-ABLabel:Car",
		"other name": "N:Ann;;;;\nFN:Ann\nUID:a\nX-SPOUSE:Ben\nPHOTO;ENCODING=b;TYPE=JPEG:AAAA",
	} {
		for _, version := range []string{"3.0", "4.0"} {
			t.Run(name+" "+version, func(t *testing.T) {
				text := "BEGIN:VCARD\nVERSION:" + version + "\n" + lines + "\nEND:VCARD\n"
				body := dataclass.Body{Type: "text/vcard", Data: []byte(strings.ReplaceAll(text, "\n", "\r\n"))}
				it, err := dataclass.Decode(dataclass.Contacts, body)
				if err != nil {
					t.Fatal(err)
				}
				w := &writer{session: &session{class: dataclass.Contacts}}
				j := &job{op: sources.Op{Body: body}, it: it, data: body.Data}
				want := saying(dataclass.Contacts, body.Data)
				if got := w.saysOf(j); got != want || got == "" {
					t.Errorf("%q instead of %q", got, want)
				}
			})
		}
	}
}
