package peertest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// lostToOneOf reports whether the server had decided for one of them, or for something that had lost to it.
func (d *deed) lostToOneOf(seen []*deed) bool {
	for d = d.lostTo; d != nil && !slices.Contains(seen, d); {
		d = d.lostTo
	}
	return d != nil
}

// settled notes what the server shows of a person while nothing synchronises. Where two had arrived that did not know of
// each other, and it shows one only, it has decided: who sees that one and does something on top of it does it on top of the
// other one too. It gives the deeds that have lost since they were last asked for, which have to be in the history from now
// on, whatever becomes of the person. A deed whose only sync failed may have arrived.
func (m *model) settled(n int, server who) (lost []*deed) {
	h := m.people[n]
	for _, slot := range m.slots {
		firm, _ := h.standing(slot)
		i := slices.IndexFunc(firm, func(d *deed) bool { return d.tried > 0 && d.shownBy(server) })
		for _, d := range firm {
			switch {
			case d.shownBy(server):
				d.lostTo = nil
			case i >= 0 && d.tried > 0:
				d.lostTo = firm[i]
				if d.acked > 0 && d.value != "" && !d.noted {
					d.noted = true
					lost = append(lost, d)
				}
			}
		}
	}
	return lost
}

// disputed reports whether several deeds stand in one of the slots.
func (h *human) disputed(slots []string) bool {
	return h != nil && slices.ContainsFunc(slots, func(slot string) bool {
		firm, _ := h.standing(slot)
		return len(firm) > 1
	})
}

// settled tells the model what the server shows of somebody whom a user is about to do something to.
func (w *doors) settled(t *testing.T, n int) {
	t.Helper()
	if !w.model.people[n].disputed(w.all) {
		return
	}
	for _, one := range w.served(t) {
		if one.numberOf() != n {
			continue
		}
		for _, d := range w.model.settled(n, one) {
			w.say(n, "the server has preferred %v to %v", d.lostTo, d)
			w.lost = append(w.lost, told{n, needle(d)})
		}
	}
}

// ask is a report for all items of a collection.
const ask = `<c:%[1]s-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:%[2]s"><d:prop><c:%[3]s-data/></d:prop>%[4]s</c:%[1]s-query>`

// served gives everybody whom the server has, as DAV clients get them.
func (w *doors) served(t *testing.T) (all []who) {
	t.Helper()
	body := fmt.Sprintf(ask, "addressbook", "carddav", "address", "<c:filter/>")
	if w.book != people {
		body = fmt.Sprintf(ask, "calendar", "caldav", "calendar", `<c:filter><c:comp-filter name="VCALENDAR"/></c:filter>`)
	}
	r, err := http.NewRequestWithContext(t.Context(), "REPORT", davRoot(t, w.server)+"/dav/"+w.home+"/ann/"+w.collection+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ann", "ann")
	r.Header.Set("Content-Type", "application/xml; charset=utf-8")
	r.Header.Set("Depth", "1")
	r.Close = true // the server may have been another one when the connection was made
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusMultiStatus {
		t.Fatalf("what does the server have? %s, %v\n%s", res.Status, err, data)
	}
	tree, err := xmltree.Parse(data, xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range tree.Children("response") {
		prop := e.Child("propstat").Child("prop")
		if text := prop.Child("address-data").Text() + prop.Child("calendar-data").Text(); text != "" {
			all = append(all, w.book.look(text))
		}
	}
	return all
}
