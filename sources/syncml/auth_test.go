package syncml_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

func TestLogIn(t *testing.T) {
	for _, c := range []struct {
		name  string
		setUp func(b *bench, p *phone)
		code  int
	}{
		{"md5 with the empty nonce, first contact", func(*bench, *phone) {}, 212},
		{"basic", func(_ *bench, p *phone) { p.basic = true }, 212},
		{"md5 with the nonce of the last session", func(_ *bench, p *phone) { p.sync(wire.AlertSlow) }, 212},
		{"md5 with the empty nonce although one was given", func(_ *bench, p *phone) {
			p.sync(wire.AlertSlow)
			p.nonce = nil
		}, 401},
		{"md5 with a nonce used before", func(_ *bench, p *phone) {
			p.sync(wire.AlertSlow)
			old := p.nonce
			p.sync(wire.AlertTwoWay)
			p.nonce = old
		}, 401},
		{"no credentials", func(_ *bench, p *phone) { p.noCred = true }, 407},
		{"wrong password, md5", func(_ *bench, p *phone) { p.password = "wrong" }, 401},
		{"wrong password, basic", func(_ *bench, p *phone) { p.basic, p.password = true, "wrong" }, 401},
		{"unknown user, md5", func(_ *bench, p *phone) { p.user = "nobody" }, 401},
		{"unknown user, basic", func(_ *bench, p *phone) { p.basic, p.user = true, "nobody" }, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			c.setUp(b, p)
			puts := b.db("dev1").Puts
			p.begin()
			rep := p.send(p.opening(wire.AlertSlow))
			if rep == nil {
				t.Fatalf("HTTP %d", p.code)
			}
			if got := p.seen.Statuses[0].Code; got != c.code {
				t.Fatalf("header answered by %d, want %d", got, c.code)
			}
			if c.code >= 400 {
				refusedWholly(t, p, rep, c.code)
			}
			if d := b.db("dev1"); d.Puts != puts {
				t.Error("a log-in stored changes")
			}
		})
	}
}

// refusedWholly checks that nothing is said but the refusal, to every command, and that the phone can go on.
func refusedWholly(t *testing.T, p *phone, rep *wire.Message, code int) {
	t.Helper()
	want := []string{"SyncHdr", "Put", "Get", "Alert"}
	for i, s := range p.seen.Statuses {
		if i >= len(want) || s.Cmd != want[i] || s.Code != code {
			t.Errorf("status %d is %s %d", i, s.Cmd, s.Code)
		}
	}
	if len(rep.Commands) != len(want) || rep.Header.RespURI != "" || !rep.Final {
		t.Errorf("refusal has %d commands, RespURI %q", len(rep.Commands), rep.Header.RespURI)
	}
	chal := p.seen.Statuses[0].Chal
	typ := wire.AuthMD5
	if p.basic {
		typ = wire.AuthBasic
	}
	if chal == nil || chal.Type != typ || (len(chal.NextNonce) == 0) != p.basic {
		t.Fatalf("challenge %+v", chal)
	}
	p.noCred, p.user, p.password = false, "anna", "secret"
	p.begin()
	if p.send(p.opening(wire.AlertSlow)); p.seen.Statuses[0].Code != 212 {
		t.Errorf("answer to the challenge refused: %v", p.codes())
	}
}

// TestChallenge: what a phone is challenged by follows from what it did, and is the same for every name.
func TestChallenge(t *testing.T) {
	for _, c := range []struct {
		name  string
		tries []string
		want  []string // "" is a log-in that succeeds
	}{
		{"nothing told", []string{"none", "none"}, []string{wire.AuthMD5, wire.AuthMD5}},
		{"basic", []string{"basic", "basic"}, []string{wire.AuthBasic, wire.AuthBasic}},
		{"a type nobody knows", []string{"mac", "mac"}, []string{wire.AuthMD5, wire.AuthMD5}},
		{"md5", []string{"md5", "md5", "md5", "md5"}, []string{wire.AuthMD5, wire.AuthBasic, wire.AuthMD5, wire.AuthBasic}},
		{"md5 after nothing", []string{"none", "md5"}, []string{wire.AuthMD5, wire.AuthBasic}},
		{"md5 a good while after", []string{"md5", "wait", "md5"}, []string{wire.AuthMD5, wire.AuthMD5}},
	} {
		for _, user := range []string{"anna", "carl", "nobody"} {
			t.Run(c.name+"/"+user, func(t *testing.T) {
				p := newPhone(newBench(t), "dev1")
				p.user, p.password = user, "wrong"
				if got := p.challenges(c.tries...); !slices.Equal(got, c.want) {
					t.Errorf("challenged by %q, want %q", got, c.want)
				}
			})
		}
	}
}

// challenges tries to log in in several ways and gives the types of the challenges.
func (p *phone) challenges(tries ...string) []string {
	var all []string
	for _, try := range tries {
		if try == "wait" {
			p.b.clock = p.b.clock.Add(time.Hour)
			continue
		}
		p.noCred, p.basic = try == "none", try == "basic"
		p.begin()
		m := p.opening(wire.AlertSlow)
		if try == "mac" {
			m.Header.Cred.Type = "syncml:auth-mac"
		}
		p.send(m)
		typ := ""
		if chal := p.seen.Statuses[0].Chal; p.seen.Statuses[0].Code >= 400 {
			typ = chal.Type
		}
		all = append(all, typ)
	}
	return all
}

// TestAccountWithoutMD5: Carl's password is kept as a hash only, so his phone is asked for basic in the end.
func TestAccountWithoutMD5(t *testing.T) {
	p := newPhone(newBench(t), "dev1")
	p.user, p.password = "carl", "third"
	if got := p.challenges("md5", "md5", "basic"); !slices.Equal(got, []string{wire.AuthMD5, wire.AuthBasic, ""}) {
		t.Errorf("challenged by %q", got)
	}
}

// TestFirstDigestIsGoodOnce: who has seen the first digest of a login, over the empty nonce, cannot log in
// with it as another device.
func TestFirstDigestIsGoodOnce(t *testing.T) {
	b := newBench(t)
	first := newPhone(b, "dev1")
	first.sync(wire.AlertSlow)
	thief := newPhone(b, "dev2")
	if got := thief.challenges("md5"); !slices.Equal(got, []string{wire.AuthMD5}) {
		t.Errorf("challenged by %q", got)
	}
	if mode := thief.sync(wire.AlertSlow); mode != wire.AlertSlow {
		t.Error("a second phone cannot answer its challenge")
	}
}

func TestUnknownUserLooksLikeWrongPassword(t *testing.T) {
	replies := map[string]string{}
	for _, user := range []string{"anna", "nobody"} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.user, p.password = user, "wrong"
		p.begin()
		out := string(p.post(p.encode(p.opening(wire.AlertSlow))))
		replies[user] = strings.ReplaceAll(out, user, "USER")
	}
	if replies["anna"] != replies["nobody"] {
		t.Errorf("replies differ:\n%s\n%s", replies["anna"], replies["nobody"])
	}
}

func TestNonceOfAPhoneIsNotForStrangers(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.sync(wire.AlertSlow)
	stranger := newPhone(b, "dev1")
	stranger.password = "guess"
	for range 3 {
		stranger.begin()
		stranger.send(stranger.opening(wire.AlertSlow))
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("mode %d", mode)
	}
}

func TestNonceOnlyWithMD5(t *testing.T) {
	for _, basic := range []bool{false, true} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.basic = basic
		p.sync(wire.AlertSlow)
		if got := p.seen.Statuses[0].Chal != nil; got == basic {
			t.Errorf("basic %v: next nonce given: %v", basic, got)
		}
	}
}

func TestLoginNameFromTheLastSession(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.sync(wire.AlertSlow)
	p.begin()
	m := p.opening(wire.AlertTwoWay)
	m.Header.Source.Name = ""
	if p.send(m); p.seen.Statuses[0].Code != 212 {
		t.Errorf("phone without a name refused: %v", p.codes())
	}
}

func TestVersionsNotSpoken(t *testing.T) {
	for _, version := range []string{"1.3", "2.0", ""} {
		for _, binary := range []bool{false, true} {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.begin()
			p.binary = binary
			m := p.opening(wire.AlertSlow)
			m.Header.VerDTD = version
			if binary {
				continue // WBXML has no public identifier for these
			}
			out := p.post(p.encode(m))
			if p.code != http.StatusOK {
				t.Fatalf("version %q: HTTP %d", version, p.code)
			}
			rep := p.decode(out)
			for _, c := range rep.Commands {
				if s, ok := c.(*wire.Status); !ok || s.Code != 513 || s.Chal != nil {
					t.Errorf("version %q answered by %+v", version, c)
				}
			}
			if rep.Header.VerDTD != "1.2" {
				t.Errorf("answered in version %s", rep.Header.VerDTD)
			}
		}
	}
}

func TestChallengesAreBounded(t *testing.T) {
	b := newBench(t)
	for i := range 1100 {
		b.clock = b.clock.Add(time.Second)
		p := newPhone(b, fmt.Sprintf("dev%d", i))
		p.noCred = true
		p.begin()
		p.post(p.encode(p.opening(wire.AlertSlow)))
	}
	if n := b.count("syncml_nonces"); n != 1000 {
		t.Errorf("%d rows of strangers", n)
	}
}

func TestOneOwnersDeviceIsNotAnothers(t *testing.T) {
	b := newBench(t)
	anna, bert := newPhone(b, "dev1"), newPhone(b, "dev1")
	bert.user, bert.password = "bert", "other"
	anna.add(1, 2, 3)
	anna.sync(wire.AlertSlow)
	bert.sync(wire.AlertSlow)
	if mode := anna.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("mode %d", mode)
	}
	if d := b.db("dev1"); len(d.Inbox) != 3 || !slices.Equal(d.Modes, []int{201, 200}) {
		t.Errorf("%d rows, modes %v", len(d.Inbox), d.Modes)
	}
}
