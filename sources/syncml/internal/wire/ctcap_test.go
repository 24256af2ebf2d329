package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

func parseTree(t *testing.T, text string) *xmltree.Element {
	t.Helper()
	e, err := xmltree.Parse([]byte(text), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCTCapsFlat(t *testing.T) {
	d := ParseDevInf(parseTree(t, `<DevInf><CTCap><PropName>lost</PropName><CTType>text/x-vcard</CTType><PropName>BEGIN</PropName>
		<ValEnum>VCARD</ValEnum><PropName>TEL</PropName><Size>40</Size><ParamName>TYPE</ParamName><ValEnum>CELL</ValEnum>
		<ValEnum>HOME</ValEnum><PropName>N</PropName><DataType/><Size>many</Size><CTType>text/x-vcalendar</CTType>
		<PropName>BEGIN</PropName><ValEnum>VEVENT</ValEnum><ValEnum>VTODO</ValEnum></CTCap></DevInf>`))
	want := []CTCap{
		{Type: ContentType{Type: "text/x-vcard"}, Props: []PropCap{
			{Name: "BEGIN", Values: []string{"VCARD"}},
			{Name: "TEL", Size: 40, Params: []ParamCap{{Name: "TYPE", Values: []string{"CELL", "HOME"}}}},
			{Name: "N"},
		}},
		{Type: ContentType{Type: "text/x-vcalendar"}, Props: []PropCap{{Name: "BEGIN", Values: []string{"VEVENT", "VTODO"}}}},
	}
	if diff := cmp.Diff(want, d.CTCaps); diff != "" {
		t.Error(diff)
	}
}

func TestCTCapsOfAStore(t *testing.T) {
	d := ParseDevInf(parseTree(t, `<DevInf><DataStore><SourceRef>./Contacts</SourceRef><CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT>
		<Property><PropName>TEL</PropName><MaxOccur>3</MaxOccur><MaxSize>20</MaxSize><NoTruncate/>
		<PropParam><ParamName>TYPE</ParamName><ValEnum>CELL</ValEnum></PropParam></Property><Property></Property></CTCap></DataStore></DevInf>`))
	want := []CTCap{{Type: ContentType{Type: "text/x-vcard", Version: "2.1"}, Props: []PropCap{
		{Name: "TEL", Size: 20, MaxOccur: 3, NoTruncate: true, Params: []ParamCap{{Name: "TYPE", Values: []string{"CELL"}}}},
	}}}
	if diff := cmp.Diff(want, d.Stores[0].CTCaps); diff != "" {
		t.Error(diff)
	}
}

func TestCTCapsAreBounded(t *testing.T) {
	text := "<DevInf><CTCap><CTType>text/x-vcard</CTType>" + strings.Repeat("<PropName>A</PropName>", 2*maxCaps) + "</CTCap></DevInf>"
	d := ParseDevInf(parseTree(t, text))
	if n := len(d.CTCaps[0].Props); n == 0 || n > maxCaps {
		t.Errorf("%d properties kept", n)
	}
}

// TestDigests: the two ways to make a digest, with a vector computed by hand from the two standards.
func TestDigests(t *testing.T) {
	for version, data := range map[string]string{"1.1": "Zz6EivR3yeaaENcRN6lpAQ==", "1.0": "UmkqAAZhiQvXXhfaf/u+OQ=="} {
		c := &Cred{Type: AuthMD5, Data: data}
		if !c.VerifyMD5("Bruce2", "OhBehave", []byte("Nonce")) {
			t.Errorf("the digest of SyncML %s is not taken", version)
		}
		if c.VerifyMD5("Bruce2", "OhBehave", []byte("nonce")) || c.VerifyMD5("Bruce2", "Ohbehave", []byte("Nonce")) {
			t.Errorf("SyncML %s: another digest is taken", version)
		}
	}
}
