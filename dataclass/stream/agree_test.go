package stream

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
)

// lineOf draws physical lines that mean something else when they are read in another way: folds, soft
// breaks, base64, quotes, lines that look like the beginning or the end of a card.
func lineOf(t *rapid.T) string {
	head := rapid.SampledFrom([]string{
		"FN:", "NOTE:", "NOTE;ENCODING=QUOTED-PRINTABLE:", "NOTE;QUOTED-PRINTABLE;CHARSET=UTF-8:", "PHOTO;ENCODING=BASE64:",
		"item1.TEL;TYPE=\"a,b\":", "TEL;TYPE=\"a:", "X-A;B=\"c:d\":", "junk", " ", "\t", "=", "", "AGENT:", "X.END:", "END;A=B:", "BEGIN;A=B:", "QUOTED-PRINTABLE:",
	}).Draw(t, "head")
	value := rapid.SampledFrom([]string{
		"", "text", "text=", "=0D=0A=", "= ", "BEGIN:VCARD", "END:VCARD", "END:VCARD=", "AAAA", "AA==", "a:b", "\"", "é=", " ",
	}).Draw(t, "value")
	return head + value
}

// Where the text between BEGIN and END is one card for dataclass.Decode, it is the same card for a
// Reader; the card behind it is not touched.
func TestReaderAgreesWithDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]string{"2.1", "3.0", "4.0"}).Draw(t, "version")
		end := rapid.SampledFrom([]string{"\r\n", "\n", "\r"}).Draw(t, "end of line")
		lines := []string{"BEGIN:VCARD", "VERSION:" + version}
		lines = append(lines, rapid.SliceOfN(rapid.Custom(lineOf), 0, 8).Draw(t, "lines")...)
		text := strings.Join(append(lines, "FN:last", "END:VCARD", ""), end)
		want, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Data: []byte(text)})
		if err != nil || strings.Contains(string(want.Body().Data), "\r\nBEGIN:VCARD") {
			return // a card in a card is two for a Reader, unless an AGENT owns it
		}
		next := strings.Join([]string{"BEGIN:VCARD", "VERSION:3.0", "FN:next", "END:VCARD", ""}, end)
		r := NewReader(strings.NewReader(text+next), Options{})
		got, err := r.Next()
		if err != nil {
			t.Fatalf("%v:\n%q", err, text)
		}
		if got.Fingerprint() != want.Fingerprint() {
			t.Fatalf("another card:\n%q", text)
		}
		if got, err = r.Next(); err != nil || got.Title() != "next" {
			t.Fatalf("%v behind\n%q", err, text)
		}
	})
}
