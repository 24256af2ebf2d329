package syncml_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

func TestExpire(t *testing.T) {
	for _, c := range []struct {
		name    string
		until   func(p *phone)
		flushes int
		ends    []bool
	}{
		{"in the opening", func(p *phone) { p.hello(201) }, 1, nil},
		{"in the package of changes", func(p *phone) {
			p.perMessage = 1
			p.hello(201)
			p.send(p.message(false, p.syncCommand(p.changesFor(200)[:1]...)))
		}, 2, nil},
		{"its binding is removed", func(p *phone) {
			p.perMessage = 1
			p.hello(201)
			p.send(p.message(false, p.syncCommand(p.changesFor(200)[:1]...)))
			p.b.fakes.flushErr = syncml.ErrNotBound
		}, 1, nil},
		{"before its statuses", func(p *phone) { p.push(p.hello(201)) }, 1, []bool{false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0)) })
			p := newPhone(b, "dev1")
			p.add(1, 2)
			p.begin()
			c.until(p)
			b.clock = b.clock.Add(9 * time.Minute)
			b.expire()
			if d := b.db("dev1"); len(d.Ends) != 0 {
				t.Fatal("session ended too early")
			}
			b.clock = b.clock.Add(2 * time.Minute)
			b.expire()
			b.expire()
			if d := b.db("dev1"); d.Flushes != c.flushes || !slices.Equal(d.Ends, c.ends) {
				t.Errorf("%d flushes, ends %v", d.Flushes, d.Ends)
			}
			if p.send(p.message(true)); p.code != http.StatusNotFound {
				t.Errorf("session goes on: HTTP %d", p.code)
			}
		})
	}
}

// TestExpireGivesUp: a session that cannot be ended is tried for a day, and does not fill the log for ever.
func TestExpireGivesUp(t *testing.T) {
	b := newBench(t)
	log := b.logTo()
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	b.fakes.finishErr = errors.New("client is gone")
	var failed []bool
	for _, later := range []time.Duration{time.Hour, 20 * time.Hour, 4 * time.Hour, time.Minute} {
		b.clock = b.clock.Add(later)
		failed = append(failed, b.server.Expire(t.Context()) != nil)
	}
	if !slices.Equal(failed, []bool{true, true, true, false}) || strings.Count(log.String(), "session cut off") != 1 {
		t.Errorf("failed %v:\n%s", failed, log)
	}
}

// TestExpireWithNothingOwed: when only the phone's last word is missing and it was sent nothing, the run
// counts as complete.
func TestExpireWithNothingOwed(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.begin()
	p.push(p.hello(wire.AlertSlow))
	b.clock = b.clock.Add(time.Hour)
	b.expire()
	if d := b.db("dev1"); !slices.Equal(d.Ends, []bool{true}) {
		t.Errorf("ends %v", d.Ends)
	}
}

func (b *bench) expire() {
	b.t.Helper()
	if err := b.server.Expire(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func TestPurge(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.sync(wire.AlertSlow)
	stranger := newPhone(b, "dev2")
	stranger.noCred = true
	stranger.begin()
	stranger.send(stranger.opening(201))
	purge := func() {
		if err := b.server.Purge(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	b.clock = b.clock.Add(23 * time.Hour)
	if purge(); b.count("syncml_messages") == 0 || b.count("syncml_nonces") != 2 {
		t.Error("purged too early")
	}
	b.clock = b.clock.Add(2 * time.Hour)
	purge()
	if m, s, n := b.count("syncml_messages"), b.count("syncml_sessions"), b.count("syncml_nonces"); m != 0 || s != 0 || n != 1 {
		t.Errorf("%d messages, %d sessions, %d nonces left", m, s, n)
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("mode %d", mode)
	}
}
