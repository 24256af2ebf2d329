package dataclass

import (
	"testing"
)

// SetNames does what SetName does between two calls of SetFormattedName, in every card.
func TestSetNames(t *testing.T) {
	for what, lines := range map[string]string{
		"new":                       "",
		"formatted name":            "FN:Ann Smith\r\n",
		"structured name":           "N:Smith;Ann;;;\r\n",
		"both":                      "FN:Ann Smith\r\nN:Smith;Ann;;;\r\n",
		"a name of its own":         "FN:Annie\r\nN:Smith;Ann;;;\r\n",
		"other properties":          "FN:Ann Smith\r\nTEL:1\r\nX-PHONETIC-LAST-NAME:Smis\r\n",
		"what stands for the name":  "ORG:Smith Ltd.\r\n",
		"only something else":       "NICKNAME:Ann\r\n",
		"a formatted name in a row": "FN:Ann\r\nFN:Annie\r\n",
	} {
		for _, n := range []Name{{}, {Family: "Smith", Given: "Ann"}, {Family: "Jones", Given: "Bo; b", Prefix: "Dr."}} {
			for _, full := range []string{"", "Ann Smith", "Bob, the other"} {
				for _, version := range []string{"3.0", "4.0"} {
					var got [2]string
					for i := range got {
						it, err := Decode(Contacts, Body{Type: "text/vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:" + version + "\r\n" + lines + "END:VCARD\r\n")})
						if err != nil {
							t.Fatal(err)
						}
						if c, _ := AsContact(it); i == 0 {
							c.SetNames(n, full)
						} else {
							c.SetFormattedName(full)
							c.SetName(n)
							c.SetFormattedName(full)
						}
						got[i] = string(it.Body().Data)
					}
					if got[0] != got[1] {
						t.Errorf("%s, %v, %q:\n%s, want\n%s", what, n, full, got[0], got[1])
					}
				}
			}
		}
	}
}
