package dataclass

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzProjectFor projects anything for anybody: it ends in an error or in an item that fits and
// that can be read again.
func FuzzProjectFor(f *testing.F) {
	const card = "BEGIN:VCARD\nVERSION:2.1\nN:Müller;A\nTEL;CELL;PREF:1\na.URL:http://é\na.X-ABLabel:b\nNOTE:a\\,é日\nPHOTO;BASE64:AAAA\n\nEND:VCARD\n"
	const event = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART;TZID=Europe/Oslo:20240101T090000\nRRULE:FREQ=DAILY\nSUMMARY:é\n" +
		"BEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
	f.Add(card, `{"charset":"us-ascii","max_size":100,"limits":[{"name":"TEL","count":1,"types":["CELL"]},{"name":"NOTE","size":3}],"complete":true}`)
	f.Add(card, `{"charset":"Shift_JIS","parts":{"N":1},"no_empty":true,"losses":[{"name":"NOTE","length":2,"upper":true},{"name":"TEL","digits":true}]}`)
	f.Add(event, `{"calendar":{"local":"Europe/Oslo","all_day":"24h","since":1980},"limits":[{"name":"SUMMARY","size":1,"octets":true}]}`)
	f.Add("text\\n", `{"limits":[{"name":"BODY","size":3}],"max_size":4}`)
	f.Fuzz(func(t *testing.T, data, caps string) {
		var c Capabilities
		if json.Unmarshal([]byte(caps), &c) != nil {
			return
		}
		for _, class := range []Class{Contacts, Events, Tasks, Notes} {
			it, err := Decode(class, Body{Data: []byte(data)})
			if err != nil {
				continue
			}
			for _, to := range formats {
				checkProjection(t, it, to, c)
			}
		}
	})
}

func checkProjection(t *testing.T, it *Item, f Format, c Capabilities) {
	t.Helper()
	out, err := it.ProjectFor(f, c)
	if err != nil {
		if !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrTooBig) && c.Validate() == nil {
			t.Fatal(err)
		}
		return
	}
	body := out.Body()
	if c.MaxSize > 0 && len(body.Data) > c.MaxSize {
		t.Fatalf("%d bytes of %d", len(body.Data), c.MaxSize)
	}
	if _, err := Decode(it.Class(), body); err != nil && !errors.Is(err, ErrTooBig) {
		t.Fatalf("%v: %q", err, body.Data)
	}
}
