package syncml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// guids watches the temporary names that a phone is sent.
func (p *phone) guids() *[]string {
	var seen []string
	p.statusOf = func(c *wire.Change) int {
		if c.Verb == wire.Add {
			seen = append(seen, c.Items[0].Source.URI)
		}
		return 0
	}
	return &seen
}

// TestMaxGUIDSize: no temporary name is longer than the phone takes (Sync Protocol 1.1, 5.3.1; SyncML DevInf, MaxGUIDSize:
// a P900 takes 4 characters, an S60 phone 8), and its Map finds the item. What is no size is passed over.
func TestMaxGUIDSize(t *testing.T) {
	const many = 99_999_999 // "1njchr": a server that has sent a hundred million items
	for _, c := range []struct{ size, longest int }{{0, 6}, {1, 6}, {3, 6}, {4, 4}, {5, 5}, {8, 6}, {64, 6}} {
		t.Run(fmt.Sprint(c.size), func(t *testing.T) {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(many, 0), addOp(many+1, 0)) })
			p := newPhone(b, "dev1")
			p.devinf.Stores[0].MaxGUIDSize, p.resend = c.size, true
			seen := p.guids()
			p.sync(wire.AlertSlow)
			d := b.db("dev1")
			if len(d.Mapped) != 2 || d.Mapped[many] == "" || d.Mapped[many+1] == "" || len(*seen) != 2 || (*seen)[0] == (*seen)[1] {
				t.Errorf("named %v, mapped %v", *seen, d.Mapped)
			}
			for _, g := range *seen {
				if len(g) > c.longest || c.longest == 6 && len(g) != 6 {
					t.Errorf("the phone takes %d characters and got %q", c.size, g)
				}
			}
		})
	}
}

// TestMaxGUIDSizeOfCachedMaps: a short name means the same in a later session, also when the op is sent again, and a
// name that nobody was given means nothing.
func TestMaxGUIDSizeOfCachedMaps(t *testing.T) {
	const many = 99_999_999
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(many, 0)) })
	p := newPhone(b, "dev1")
	p.devinf.Stores[0].MaxGUIDSize, p.noMaps = 4, true
	seen := p.guids()
	p.sync(wire.AlertSlow)
	b.restart()
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(many, 0), addOp(many+7, 0)) })
	p.noMaps = false
	for i := range p.maps {
		p.maps[i].GUID = strings.ToUpper(p.maps[i].GUID)
	}
	p.maps = append(p.maps, wire.MapItem{GUID: "0zz", LUID: "x1"}, wire.MapItem{GUID: "0", LUID: "x2"}, wire.MapItem{GUID: "-1", LUID: "x3"})
	p.sync(wire.AlertTwoWay)
	d := b.db("dev1")
	if len(d.Mapped) != 2 || d.Mapped[many] == "" || strings.HasPrefix(d.Mapped[many], "x") {
		t.Errorf("mapped %v", d.Mapped)
	}
	if s := *seen; len(s) != 3 || s[0] != s[1] || s[1] == s[2] {
		t.Errorf("named %v", s)
	}
	other := newPhone(b, "dev2")
	other.basic, other.devinf.Stores[0].MaxGUIDSize, other.maps = true, 4, []wire.MapItem{{GUID: (*seen)[0], LUID: "y"}}
	other.sync(wire.AlertSlow)
	if d := b.db("dev2"); len(d.Mapped) != 0 {
		t.Errorf("another phone's name is taken: %v", d.Mapped)
	}
}

// TestFreeMemory: a phone that says how much it still takes (Meta-Information 1.2: Mem in the Meta of Sync) is not sent
// more, and that is no failure of the items that wait.
func TestFreeMemory(t *testing.T) {
	size := len(card(1, 0).Data)
	for _, c := range []struct {
		name   string
		mem    *wire.Mem
		adds   int
		binary bool
	}{
		{"nothing said", nil, 5, false},
		{"two ids, and one that a Delete frees", &wire.Mem{FreeMem: -1, FreeID: 2}, 3, false},
		{"none free, and one that a Delete frees", &wire.Mem{FreeMem: 100_000, FreeID: 0}, 1, true},
		{"memory for two", &wire.Mem{FreeMem: 2*size + 5, FreeID: -1}, 2, false},
		{"shared memory for none", &wire.Mem{Shared: true, FreeMem: 10, FreeID: 500}, 0, true},
		{"zeros say nothing", &wire.Mem{}, 5, false},
		{"room for all", &wire.Mem{FreeMem: 100_000, FreeID: 500}, 5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) {
				d.Waiting = append(d.Waiting, syncml.Outgoing{Op: 1, Verb: sources.Delete, LUID: "p1"},
					syncml.Outgoing{Op: 2, Verb: sources.Replace, LUID: "p2", Body: card(9, 0)})
				for op := range 5 {
					d.Waiting = append(d.Waiting, addOp(int64(3+op), 0))
				}
			})
			p := newPhone(b, "dev1")
			p.add(1, 2)
			p.mem, p.binary, p.resend = c.mem, c.binary, true
			p.sync(wire.AlertSlow)
			d := b.db("dev1")
			if len(d.Mapped) != c.adds || len(d.Acked) != 2+c.adds || len(d.Refused) != 0 || !slices.Equal(d.Ends, []bool{true}) {
				t.Errorf("acknowledged %v, mapped %v, refused %v, ends %v", d.Acked, d.Mapped, d.Refused, d.Ends)
			}
		})
	}
}

// TestFreeMemoryInTheAlert: some say it before they sync.
func TestFreeMemoryInTheAlert(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0), addOp(2, 0)) })
	p := newPhone(b, "dev1")
	p.begin()
	m := p.opening(wire.AlertSlow)
	for _, c := range m.Commands {
		if a, ok := c.(*wire.Alert); ok {
			a.Items[0].Meta.Mem = &wire.Mem{FreeMem: -1, FreeID: 1}
		}
	}
	p.send(m)
	p.pull(p.push(wire.AlertSlow))
	if d := b.db("dev1"); len(d.Mapped) != 1 || len(d.Refused) != 0 {
		t.Errorf("mapped %v, refused %v", d.Mapped, d.Refused)
	}
}

// TestLinesEndAsTheyDo: a phone that reads an item whose lines end with LF alone refuses it, so CR LF has to come
// through whatever the encoding, in pieces as well.
func TestLinesEndAsTheyDo(t *testing.T) {
	for _, binary := range []bool{false, true} {
		for _, size := range []int{0, 5000} {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, size)) })
			p := newPhone(b, "dev1")
			p.binary, p.maxMsg, p.devinf.LargeObjs = binary, 2700, true
			p.sync(wire.AlertSlow)
			got := p.items["n0"]
			if n := strings.Count(got, "\n"); n < 5 || n != strings.Count(got, "\r\n") || n != strings.Count(got, "\r") {
				t.Errorf("binary %v, %d bytes: %q", binary, size, got)
			}
		}
	}
}
