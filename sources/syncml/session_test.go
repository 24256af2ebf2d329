package syncml_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

func TestSession(t *testing.T) {
	for _, binary := range []bool{false, true} {
		for _, version := range []string{"1.1", "1.2"} {
			for _, basic := range []bool{false, true} {
				for _, maxMsg := range []int{0, 2700, 5000} {
					name := fmt.Sprintf("wbxml=%v/%s/basic=%v/%d", binary, version, basic, maxMsg)
					t.Run(name, func(t *testing.T) {
						b := newBench(t)
						p := newPhone(b, "dev1")
						p.binary, p.version, p.basic, p.maxMsg = binary, version, basic, maxMsg
						p.devinf.VerDTD = version
						p.resend, p.perMessage = true, 7
						wholeStory(t, b, p)
					})
				}
			}
		}
	}
}

// wholeStory is a first sync, one with changes both ways, and one without any.
func wholeStory(t *testing.T, b *bench, p *phone) {
	t.Helper()
	for i := range 20 {
		p.add(i)
	}
	b.setDB("dev1", func(d *fakeDB) {
		for op := range int64(12) {
			d.Waiting = append(d.Waiting, addOp(op+1, 300))
		}
	})
	if mode := p.sync(wire.AlertSlow); mode != wire.AlertSlow {
		t.Fatalf("first sync in mode %d", mode)
	}
	d := b.db("dev1")
	if len(d.Inbox) != 20 || len(d.Sent) != 12 || len(d.Acked) != 12 || len(d.Mapped) != 12 || !slices.Equal(d.Ends, []bool{true}) {
		t.Fatalf("after the first sync: %d in, %d sent, %d acknowledged, %d mapped, ends %v",
			len(d.Inbox), len(d.Sent), len(d.Acked), len(d.Mapped), d.Ends)
	}
	if len(p.items) != 32 {
		t.Fatalf("phone has %d items", len(p.items))
	}
	p.add(100)
	p.change(wire.Replace, "p3", string(card(33, 0).Data))
	p.change(wire.Delete, "p4", "")
	b.setDB("dev1", func(d *fakeDB) {
		d.Waiting = []syncml.Outgoing{{Op: 20, Verb: 2, LUID: "n1", Body: card(50, 0)}, {Op: 21, Verb: 3, LUID: "p5"}}
	})
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Fatalf("second sync in mode %d: %v", mode, p.codes())
	}
	d = b.db("dev1")
	if len(d.Inbox) != 23 || len(d.Acked) != 14 || !slices.Equal(d.Modes, []int{201, 200}) {
		t.Fatalf("after the second sync: %d in, %d acknowledged, modes %v", len(d.Inbox), len(d.Acked), d.Modes)
	}
	if _, there := p.items["p5"]; there || len(p.items) != 31 {
		t.Fatalf("phone has %d items", len(p.items))
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Fatalf("third sync in mode %d", mode)
	}
	if d = b.db("dev1"); len(d.Inbox) != 23 || !slices.Equal(d.Ends, []bool{true, true, true}) {
		t.Fatalf("after the third sync: %d in, ends %v", len(d.Inbox), d.Ends)
	}
}
