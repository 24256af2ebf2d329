package syncml_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestRule_2_2_CrashAtEveryTransaction lets the server die at every transaction of two sessions, before
// and after its commit. The phone sends the message again to a new server and must end where it would
// have ended.
func TestRule_2_2_CrashAtEveryTransaction(t *testing.T) {
	for _, point := range []sqlstore.Point{sqlstore.BeforeCommit, sqlstore.AfterCommit} {
		for at := 1; ; at++ {
			crashed := false
			t.Run(fmt.Sprintf("%s/%d", point, at), func(t *testing.T) { crashed = crashAt(t, point, at) })
			if !crashed {
				break
			}
		}
	}
}

// crashAt reports whether there was such a transaction.
func crashAt(t *testing.T, point sqlstore.Point, at int) bool {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.retry, p.perMessage, p.maxMsg = true, 3, 3000
	p.add(1, 2, 3, 4, 5)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 500), addOp(2, 500), addOp(3, 500)) })
	b.faultAt, b.faultPoint = at, point
	p.sync(wire.AlertSlow)
	p.add(6)
	mode := p.sync(wire.AlertTwoWay)
	crashed := b.faultAt == 0
	b.faultAt = 0
	d := b.db("dev1")
	if mode != wire.AlertTwoWay || len(d.Inbox) != 6 || !slices.Equal(d.Modes, []int{201, 200}) {
		t.Errorf("mode %d, %d rows, modes %v", mode, len(d.Inbox), d.Modes)
	}
	if !slices.Equal(d.Sent, nil) && len(d.Sent) != 0 || len(d.Acked) != 3 || len(d.Mapped) != 3 || len(p.items) != 9 {
		t.Errorf("%d acknowledged, %d mapped, phone has %d", len(d.Acked), len(d.Mapped), len(p.items))
	}
	if !slices.Equal(d.Ends, []bool{true, true}) {
		t.Errorf("runs ended %v", d.Ends)
	}
	if crashed && p.retried != 1 {
		t.Errorf("phone sent %d messages again", p.retried)
	}
	return crashed
}
