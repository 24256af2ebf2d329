package dataclass

import (
	"strings"
	"testing"
)

// The user's fear: a phone that knows no groups is sent one as a contact, its user corrects the name, and the members are
// gone.
func TestGroupSurvivesAPhone(t *testing.T) {
	const group = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:g\r\nN:Chums;;;;\r\nFN:Chums\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:b\r\nEND:VCARD\r\n"
	base, err := Decode(Contacts, Body{Type: "text/vcard", Data: []byte(group)})
	if err != nil {
		t.Fatal(err)
	}
	phone, err := Decode(Contacts, Body{Type: "text/x-vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Friends;;;;\r\nEND:VCARD\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Merge3(base, Version{Shadow: base, Now: phone, Known: new(Known)}, Version{Shadow: base}, First)
	if err != nil {
		t.Fatal(err)
	}
	got := string(m.Item.Body().Data)
	for _, line := range []string{"N:Friends", "X-ADDRESSBOOKSERVER-KIND:group", "MEMBER:urn:uuid:a", "MEMBER:urn:uuid:b"} {
		if !strings.Contains(got, line) {
			t.Errorf("no %s in\n%s", line, got)
		}
	}
}
