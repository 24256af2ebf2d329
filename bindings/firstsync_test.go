package bindings

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence/evidencetest"
)

// reordered is a card with its properties in another order, and with another UID, or none.
func reordered(b dataclass.Body, uid string) dataclass.Body {
	text := strings.ReplaceAll(string(b.Data), "\r\n ", "")
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	inner := slices.DeleteFunc(lines[2:len(lines)-1], func(l string) bool { return strings.HasPrefix(l, "UID") })
	slices.Reverse(inner)
	if uid != "" {
		inner = append(inner, "UID:"+uid)
	}
	out := slices.Concat(lines[:2], inner, lines[len(lines)-1:])
	return dataclass.Body{Type: b.Type, Data: []byte(strings.Join(out, "\r\n") + "\r\n")}
}

// everybody is n invented people, namesakes, families on one landline and role cards among them.
func everybody(t *testing.T, n int) []dataclass.Body {
	t.Helper()
	c := evidencetest.Contacts(7, n, evidencetest.TunedDevices()[0], false)
	out := make([]dataclass.Body, len(c.Items[0]))
	for i, it := range c.Items[0] {
		out[i] = it.Body()
	}
	return out
}

// TestRule_7_5_TheSamePeopleWithOtherUIDs is the first sync of two folders that hold the same people, and nothing else in
// common: no UID, no order of properties, no order of items.
func TestRule_7_5_TheSamePeopleWithOtherUIDs(t *testing.T) {
	for _, uid := range []string{"", "other-%d"} {
		p := newPair(t, pairOptions{batch: 100})
		people := everybody(t, 300)
		for i := range people {
			p.put(0, people[i])
			name := uid
			if uid != "" {
				name = fmt.Sprintf(uid, i)
			}
			p.put(1, reordered(people[len(people)-1-i], name))
		}
		e := p.mustSync()
		p.mustHave(len(people), len(people), 0)
		if l, r := p.prints(0), p.prints(1); !slices.Equal(l, r) {
			t.Error("the sides differ")
		}
		if e.Duplicates < len(people) || e.Conflicts != 0 {
			t.Errorf("log %+v", e)
		}
		p.mustBeAtRest()
	}
}

// truth says for each item of a first sync who it is: the number of a person.
type truth map[string]int

// TestRule_7_5_AFirstSyncWithALossyDevice syncs invented people with what poor devices made of them, some edited since:
// nobody is merged with another, and next to nobody is doubled.
func TestRule_7_5_AFirstSyncWithALossyDevice(t *testing.T) {
	doubled, all := 0, 0
	for _, d := range []int{1, 4, 5, 6, 8} {
		device := evidencetest.TunedDevices()[d]
		t.Run(device.Name, func(t *testing.T) {
			p := newPair(t, pairOptions{batch: 200})
			c := evidencetest.Contacts(11, 150, device, false)
			who := p.settle(&c)
			p.mustSync()
			p.mustBeAtRest()
			d, n := p.judge(who)
			doubled, all = doubled+d, all+n
		})
	}
	t.Logf("%d of %d people are doubled", doubled, all)
	if doubled*50 > all {
		t.Errorf("%d of %d people are doubled", doubled, all)
	}
}

// settle puts the items of a case on the two sides, each with a mark that says who it is: a property of its own for
// every person, so that a union keeps all of them.
func (p *pair) settle(c *evidencetest.Case) truth {
	who, name := make(truth), make(map[int]int)
	for i, j := range c.Partner {
		if j >= 0 {
			name[j] = i
		}
	}
	for i, it := range c.Items[0] {
		p.put(0, marked(it.Body(), fmt.Sprintf("X-WHO-%d:1", i)))
		who[fmt.Sprintf("X-WHO-%d:", i)] = i
	}
	for j, it := range c.Items[1] {
		i, ok := name[j]
		if !ok {
			i = len(c.Items[0]) + j
		}
		p.put(1, marked(it.Body(), fmt.Sprintf("X-WHO-%d:1", i)))
		who[fmt.Sprintf("X-WHO-%d:", i)] = i
	}
	return who
}

// judge gives how many people a side holds twice, and how many there are. That two are one is a failure.
func (p *pair) judge(who truth) (doubled, all int) {
	p.t.Helper()
	for _, b := range p.items(0) {
		if n := bytes.Count(b.Data, []byte("X-WHO-")); n != 1 {
			p.t.Errorf("%d people are one:\n%s", n, b.Data)
		}
	}
	for mark := range who {
		n := 0
		for _, b := range p.items(0) {
			if bytes.Contains(b.Data, []byte(mark)) {
				n++
			}
		}
		if n > 1 {
			doubled++
		}
	}
	return doubled, len(who)
}

// TestRule_7_5_PeopleWhoShareMuchAreNotOne: namesakes, a family on one landline, colleagues on one switchboard, father and
// son, and what is nobody.
func TestRule_7_5_PeopleWhoShareMuchAreNotOne(t *testing.T) {
	home, firm := "TEL;TYPE=HOME:+49 30 5551234", "TEL;TYPE=WORK:+49 40 888000"
	tests := map[string][2]dataclass.Body{
		"namesakes":        {person("Anna", "Berg", "TEL;TYPE=CELL:+49 151 1111111", "BDAY:1950-01-02"), person("Anna", "Berg", "TEL;TYPE=CELL:+49 152 2222222", "BDAY:1988-03-04")},
		"man and wife":     {person("Anna", "Berg", home), person("Ruediger", "Berg", home)},
		"colleagues":       {person("Anna", "Berg", firm, "ORG:Lumen GmbH"), person("Kasimir", "Dudek", firm, "ORG:Lumen GmbH")},
		"father and son":   {person("Otto", "Berg", home, "X-NOTHING:1"), {Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Berg;Otto;;;jun.\r\nFN:Otto Berg jun.\r\n" + home + "\r\nEND:VCARD\r\n")}},
		"two departments":  {card("Sales", firm), card("Support", firm)},
		"two taxi numbers": {card("Taxi", "TEL:+49 30 210101"), card("Taxi", "TEL:+49 40 441011")},
	}
	for name, items := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			for side, b := range items {
				p.put(side, b)
			}
			if e := p.mustSync(); e.Removed != 0 {
				t.Errorf("log %+v", e)
			}
			p.mustBeAtRest()
		})
	}
}
