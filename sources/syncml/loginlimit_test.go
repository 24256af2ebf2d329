package syncml_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// try begins a session and gives the status of the log-in.
func (p *phone) try() int {
	p.begin()
	p.send(p.opening(wire.AlertSlow))
	if len(p.seen.Statuses) == 0 {
		return 0
	}
	return p.seen.Statuses[0].Code
}

// guesser is a phone of somebody who tries passwords.
func guesser(b *bench, user, device string, basic bool) *phone {
	p := newPhone(b, device)
	p.user, p.password, p.basic, p.from = user, "wrong", basic, "192.0.2.66"
	return p
}

// guess tries n passwords and gives how many were looked at.
func guess(p *phone, n int) int {
	seen := 0
	for range n {
		if p.try() == 401 {
			seen++
		}
	}
	return seen
}

// TestGuessesAreLimited: for an account and for a name that is none alike, by either kind of log-in. The
// answer is 417, which a phone shows as "try again later", and by which it forgets no password.
func TestGuessesAreLimited(t *testing.T) {
	for _, user := range []string{"anna", "nobody"} {
		for _, basic := range []bool{false, true} {
			b := newBench(t)
			p := guesser(b, user, "thief", basic)
			if n := guess(p, 12); n != 10 {
				t.Errorf("%s, basic %v: %d guesses were looked at", user, basic, n)
			}
			if code := p.try(); code != 417 {
				t.Errorf("answered by %d", code)
			}
			if s := p.seen.Statuses[0]; s.Chal != nil || p.seen.RespURI != "" {
				t.Errorf("a refusal with a challenge: %+v", s)
			}
			p.password = users["anna"]
			if code := p.try(); code != 417 {
				t.Errorf("%s, basic %v: the right password after too many is answered by %d", user, basic, code)
			}
			b.clock = b.clock.Add(time.Minute)
			p.password = "wrong"
			if n := guess(p, 12); n != 2 {
				t.Errorf("%d guesses were looked at a minute later", n)
			}
		}
	}
}

// TestAGuesserLocksNobodyOut: the owner's phones get in while somebody guesses from one address at their account.
func TestAGuesserLocksNobodyOut(t *testing.T) {
	for _, c := range []struct {
		name  string
		owner func(b *bench) *phone // that has logged in before, or not
		thief string                // device id
	}{
		{"a new phone from elsewhere", func(b *bench) *phone { return newPhone(b, "dev2") }, "thief"},
		{"a known phone from the same address", func(b *bench) *phone {
			p := newPhone(b, "dev1")
			p.from = "192.0.2.66"
			p.sync(wire.AlertSlow)
			return p
		}, "thief"},
		{"a known phone by basic from the same address", func(b *bench) *phone {
			p := newPhone(b, "dev1")
			p.from, p.basic = "192.0.2.66", true
			p.sync(wire.AlertSlow)
			return p
		}, "thief"},
		{"a known phone from elsewhere whose id is known", func(b *bench) *phone {
			p := newPhone(b, "dev1")
			p.sync(wire.AlertSlow)
			return p
		}, "dev1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			owner := c.owner(b)
			thief := guesser(b, "anna", c.thief, true)
			if n := guess(thief, 15); n != 10 {
				t.Fatalf("%d guesses were looked at", n)
			}
			if code := owner.try(); code != 212 {
				t.Errorf("the owner is answered by %d", code)
			}
		})
	}
}

// TestAStaleNonceIsNoGuess: a phone that needs a challenge at every log-in may have one at every log-in.
func TestAStaleNonceIsNoGuess(t *testing.T) {
	b := newBench(t)
	newPhone(b, "dev0").sync(wire.AlertSlow)
	for i := range 30 {
		p := newPhone(b, "dev1")
		p.session = i
		if code := p.try(); code != 401 {
			t.Fatalf("log-in %d without nonce is answered by %d", i, code)
		}
		if code := p.try(); code != 212 {
			t.Fatalf("log-in %d with the challenge is answered by %d", i, code)
		}
	}
}

// TestLimitIsLogged: nothing of a refused log-in but address and device reaches the server's log.
func TestLimitIsLogged(t *testing.T) {
	b := newBench(t)
	var log bytes.Buffer
	b.opts.Log = slog.New(slog.NewTextHandler(&log, nil))
	b.restart()
	guess(guesser(b, "anna", "thief", true), 12)
	if got := log.String(); !strings.Contains(got, `msg="too many log-ins" address=192.0.2.66 device=thief`) || strings.Contains(got, "wrong") {
		t.Errorf("logged:\n%s", got)
	}
}
