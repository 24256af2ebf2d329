package syncml_test

import (
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestBusy: while a long run of the phone is at work, or the server is about to stop, a phone that logs in
// is told to come later: 101 for the header, nothing else and no Final (2.5). A session that runs goes on.
func TestBusy(t *testing.T) {
	for name, set := range map[string]func(b *bench, on bool){
		"a run is at work": func(b *bench, on bool) { b.fakes.busy = on },
		"the server stops": func(b *bench, on bool) {
			if b.restart(); on {
				b.server.Drain()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.add(1)
			p.begin()
			mode := p.hello(wire.AlertSlow)
			set(b, true)
			if !p.pull(p.push(mode)) {
				t.Fatal("the session that ran broke off")
			}
			p.commit()
			p.begin()
			p.checker = &s60{t: t, device: p.device, version: p.version}
			out := p.decode(p.post(p.encode(p.opening(wire.AlertTwoWay))))
			if s, ok := out.Commands[0].(*wire.Status); !ok || s.Code != 101 || s.Cmd != "SyncHdr" || len(out.Commands) != 1 || out.Final {
				t.Errorf("answer %+v", out)
			}
			set(b, false)
			if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
				t.Errorf("the sync after that in mode %d", mode)
			}
		})
	}
}

// TestNoEndOut: a phone that missed the end of a large object (Alert 223) gets it anew; one that misses it
// for ever gets the rest, and the object in another session.
func TestNoEndOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		misses int
		mapped int
	}{{"once", 1, 2}, {"for ever", 50, 1}} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 9000), addOp(2, 100)) })
			p := newPhone(b, "dev1")
			p.devinf.LargeObjs, p.maxMsg = true, 3000
			p.begin()
			rep := p.push(p.hello(wire.AlertSlow))
			for n := 0; !rep.Final; n++ {
				if n > 40 {
					t.Fatal("the server's package never ends")
				}
				cmds := p.withMaps()
				if p.partOf == "1" && n < c.misses {
					p.partOf, p.part, p.queue = "", "", p.queue[:1] // the header's status
					cmds = append(cmds, &wire.Alert{Code: 223})
				}
				rep = p.send(p.message(false, cmds...))
			}
			p.send(p.message(true, p.withMaps()...))
			d := b.db("dev1")
			if len(d.Mapped) != c.mapped || len(d.Refused) != 0 || !slices.Contains(d.Acked, 2) {
				t.Errorf("mapped %v, acknowledged %v, refused %v", d.Mapped, d.Acked, d.Refused)
			}
		})
	}
}
