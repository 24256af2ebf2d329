package syncml_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// flat is what a phone of 1.1 declares: names, three numbers, notes of 20 characters, and no picture.
const flat = `<CTCap><CTType>text/x-vcard</CTType><PropName>BEGIN</PropName><ValEnum>VCARD</ValEnum>
<PropName>VERSION</PropName><ValEnum>2.1</ValEnum><PropName>N</PropName><PropName>TEL</PropName><ParamName>TYPE</ParamName>
<ValEnum>CELL</ValEnum><PropName>NOTE</PropName><Size>20</Size></CTCap>`

// modern is the same in DevInf 1.2.
const modern = `<CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT><Property><PropName>N</PropName></Property>
<Property><PropName>TEL</PropName><MaxOccur>2</MaxOccur></Property>
<Property><PropName>NOTE</PropName><MaxSize>20</MaxSize></Property></CTCap>`

func fullCard() dataclass.Body {
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Sample;Ann;;;\r\nFN:Ann Sample\r\n" +
		"TEL;TYPE=HOME:+15550001\r\nTEL;TYPE=CELL:+15550002\r\nTEL;TYPE=WORK:+15550003\r\nEMAIL:ann@example.org\r\n" +
		"NOTE:She knows everybody in town\r\nPHOTO;ENCODING=b;TYPE=JPEG:AAECAwQFBgcICQ==\r\nX-OWN:x\r\nEND:VCARD\r\n")}
}

// TestRule_5_2_APhoneIsSentWhatItDeclares: SyncML DevInf 1.1, 5.3.2 and OMA DevInf 1.2, 5.3.30. A picture that a
// phone does not list does not fill its messages.
func TestRule_5_2_APhoneIsSentWhatItDeclares(t *testing.T) {
	for _, c := range []struct {
		name, version, ctcap string
		want, not            []string
	}{
		{"1.1", "1.1", flat, []string{"NOTE:She knows everybody", "TEL;HOME:+15550001", "TEL;WORK:+15550003"},
			[]string{"town", "EMAIL", "PHOTO", "X-OWN"}},
		{"1.2", "1.2", modern, []string{"NOTE:She knows everybody", "TEL;HOME:+15550001", "TEL;CELL:+15550002"},
			[]string{"town", "EMAIL", "PHOTO", "X-OWN", "+15550003"}},
		{"of another type only", "1.1", strings.ReplaceAll(flat, "x-vcard", "x-vcalendar"), []string{"EMAIL", "PHOTO", "town"}, nil},
		{"a list of next to nothing", "1.1", `<CTCap><CTType>text/x-vcard</CTType><PropName>NOTE</PropName></CTCap>`,
			[]string{"EMAIL", "PHOTO", "TEL"}, nil},
		{"nothing", "1.1", "", []string{"EMAIL", "PHOTO", "town"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) {
				d.Waiting = append(d.Waiting, syncml.Outgoing{Op: 1, GUID: "1", Verb: sources.Add, Body: fullCard()})
			})
			p := newPhone(b, "dev1")
			p.version, p.devinf.VerDTD, p.ctcap = c.version, c.version, c.ctcap
			typ := wire.ContentType{Type: "text/x-vcard", Version: "2.1"}
			p.devinf.Stores[0].RxPref, p.devinf.Stores[0].TxPref = typ, typ
			p.sync(wire.AlertSlow)
			got := p.items["n0"]
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s was not sent:\n%s", w, got)
				}
			}
			for _, w := range c.not {
				if strings.Contains(got, w) {
					t.Errorf("%s was sent:\n%s", w, got)
				}
			}
		})
	}
}

// TestRule_5_2_WhatAPhoneWasSeenToHoldIsSent: a list is often short (a desktop client that leaves its pictures
// out of it, phones that list a part).
func TestRule_5_2_WhatAPhoneWasSeenToHoldIsSent(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.version, p.devinf.VerDTD, p.ctcap = "1.1", "1.1", flat
	typ := wire.ContentType{Type: "text/x-vcard", Version: "2.1"}
	p.devinf.Stores[0].RxPref, p.devinf.Stores[0].TxPref = typ, typ
	b.fakes.seen = func(db syncml.Database) *dataclass.Known {
		k := &dataclass.Known{}
		k.Declares(db.Holds)
		it, err := dataclass.Decode(dataclass.Contacts, fullCard())
		if err != nil {
			t.Fatal(err)
		}
		k.Observe(it)
		return k
	}
	b.setDB("dev1", func(d *fakeDB) {
		d.Waiting = append(d.Waiting, syncml.Outgoing{Op: 1, GUID: "1", Verb: sources.Add, Body: fullCard()})
	})
	p.sync(wire.AlertSlow)
	for _, w := range []string{"EMAIL", "PHOTO", "in town", "X-OWN"} {
		if !strings.Contains(p.items["n0"], w) {
			t.Errorf("%s was not sent:\n%s", w, p.items["n0"])
		}
	}
	if d := b.db("dev1"); !slices.Equal(d.Acked, []int64{1}) {
		t.Errorf("acknowledged %v", d.Acked)
	}
}
