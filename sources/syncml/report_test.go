package syncml_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// logTo has the bench's server log to a buffer.
func (b *bench) logTo() *bytes.Buffer {
	var log bytes.Buffer
	b.opts.Log = slog.New(slog.NewTextHandler(&log, nil))
	b.restart()
	return &log
}

type told struct {
	name string
	play func(b *bench, p *phone)
	want []string // patterns of the lines, in order
}

func tales() []told {
	return []told{
		{"a good one", func(b *bench, p *phone) {
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 0), addOp(2, 0)) })
			p.resend = true
			p.sync(wire.AlertSlow)
		}, []string{`msg="session finished" device=dev1 client=client-dev1 mode=201 messages=3 received=3 sent=2 duration=0s`}},
		{"a late word after the end", func(_ *bench, p *phone) {
			p.sync(wire.AlertSlow)
			p.send(p.message(true))
		}, []string{`"session finished"`}},
		{"the phone suspends it", func(_ *bench, p *phone) {
			p.begin()
			p.hello(wire.AlertSlow)
			p.send(p.message(true, &wire.Alert{Code: wire.AlertSuspend}))
		}, []string{`"session suspended" .* messages=2 received=0`}},
		{"taken over in its opening", func(_ *bench, p *phone) {
			p.begin()
			p.hello(wire.AlertSlow)
			p.sync(wire.AlertSlow)
		}, []string{
			`"session cut off" device=dev1 .* messages=1 received=0 sent=0 .* phase=changes reason="a new session took over"`,
			`"session finished"`,
		}},
		{"taken over in its changes", func(b *bench, p *phone) {
			p.begin()
			p.hello(wire.AlertSlow)
			p.send(p.message(false, p.syncCommand(p.changesFor(200)[:2]...)))
			b.clock = b.clock.Add(time.Minute)
			p.sync(wire.AlertSlow)
		}, []string{`"session cut off" .* mode=201 messages=2 received=2 sent=0 duration=1m0s phase=changes`, `"session finished"`}},
		{"taken over before its last word", func(_ *bench, p *phone) {
			p.begin()
			p.push(p.hello(wire.AlertSlow))
			p.sync(wire.AlertSlow)
		}, []string{`"session cut off" .* received=3 .* phase=closing`, `"session finished"`}},
		{"the phone falls silent", func(b *bench, p *phone) {
			p.begin()
			p.hello(wire.AlertSlow)
			b.clock = b.clock.Add(11 * time.Minute)
			b.expire()
			b.expire()
		}, []string{`"session cut off" .* phase=changes reason="the phone fell silent"`}},
		{"a stranger tries to take over", func(_ *bench, p *phone) {
			p.begin()
			mode := p.hello(wire.AlertSlow)
			thief := newPhone(p.b, "dev1")
			thief.password = "guess"
			thief.begin()
			thief.send(thief.opening(wire.AlertSlow))
			if !p.pull(p.push(mode)) {
				p.b.t.Error("session broke off")
			}
		}, []string{`"SyncML log-in refused" status=401 device=dev1`, `"session finished"`}},
		{"its binding is removed", func(b *bench, p *phone) {
			p.begin()
			p.hello(wire.AlertSlow)
			b.fakes.putErr = syncml.ErrNotBound
			if p.push(wire.AlertSlow); p.code != 404 {
				b.t.Errorf("HTTP %d", p.code)
			}
		}, []string{`"session cut off" .* phase=changes reason="the phone is bound no more"`, `message not answered`}},
	}
}

// TestReport: a session leaves one line, and it says how the session ended and what it moved.
func TestReport(t *testing.T) {
	for _, c := range tales() {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			log := b.logTo()
			p := newPhone(b, "dev1")
			p.add(1, 2, 3)
			c.play(b, p)
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if len(lines) != len(c.want) {
				t.Fatalf("%d lines, want %d:\n%s", len(lines), len(c.want), log)
			}
			for i, want := range c.want {
				if !regexp.MustCompile(want).MatchString(lines[i]) {
					t.Errorf("line %d is\n%s\nwant\n%s", i, lines[i], want)
				}
			}
		})
	}
}
