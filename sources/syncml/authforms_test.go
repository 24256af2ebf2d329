package syncml_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// loginWith begins a session with credentials of the caller's and gives the status of the header.
func (p *phone) loginWith(cred *wire.Cred, change ...func([]byte) []byte) int {
	p.b.t.Helper()
	p.begin()
	m := p.opening(wire.AlertSlow)
	m.Header.Cred = cred
	body := p.encode(m)
	for _, c := range change {
		body = c(body)
	}
	rep := p.decode(p.post(body))
	p.take(rep)
	return p.seen.Statuses[0].Code
}

// TestFormsOfBasic: without Format, with folded base64, with characters of base64 as references, without
// padding, without a Type (2.3).
func TestFormsOfBasic(t *testing.T) {
	data := base64.StdEncoding.EncodeToString([]byte("anna:secret"))
	for _, c := range []struct {
		name string
		cred wire.Cred
		code int
	}{
		{"as the standard has it", wire.Cred{Type: wire.AuthBasic, Format: "b64", Data: data}, 212},
		{"no Format", wire.Cred{Type: wire.AuthBasic, Data: data}, 212},
		{"no Type", wire.Cred{Data: data}, 212},
		{"Type in capitals", wire.Cred{Type: "SYNCML:AUTH-BASIC", Format: "b64", Data: data}, 212},
		{"folded", wire.Cred{Type: wire.AuthBasic, Format: "b64", Data: data[:7] + "\r\n  " + data[7:] + "\n"}, 212},
		{"no padding", wire.Cred{Type: wire.AuthBasic, Format: "b64", Data: strings.TrimRight(data, "=")}, 212},
		{"no base64", wire.Cred{Type: wire.AuthBasic, Format: "chr", Data: "anna:secret"}, 401},
		{"no colon", wire.Cred{Type: wire.AuthBasic, Format: "b64", Data: base64.StdEncoding.EncodeToString([]byte("anna"))}, 401},
		{"empty", wire.Cred{Type: wire.AuthBasic, Format: "b64"}, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPhone(newBench(t), "dev1")
			p.basic = true
			if code := p.loginWith(&c.cred); code != c.code {
				t.Errorf("answered by %d, want %d", code, c.code)
			}
		})
	}
	p := newPhone(newBench(t), "dev1")
	plus := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(data), []byte("&#"+"89;"+data[1:])) } // 89 is "Y"
	if code := p.loginWith(&wire.Cred{Type: wire.AuthBasic, Data: data}, plus); code != 212 || data[0] != 'Y' {
		t.Errorf("a reference in base64 is answered by %d", code)
	}
}

// TestFormsOfMD5: the formulas of SyncML 1.1 and of 1.0, in base64 or, in WBXML, as 16 raw bytes; the user's name
// only in the header, and the nonce that of the first contact or of a challenge (2.3).
func TestFormsOfMD5(t *testing.T) {
	formulas := map[string]func(nonce string) []byte{
		"1.1": func(nonce string) []byte {
			inner := md5.Sum([]byte("anna:secret"))
			sum := md5.Sum([]byte(base64.StdEncoding.EncodeToString(inner[:]) + ":" + nonce))
			return sum[:]
		},
		"1.0": func(nonce string) []byte {
			sum := md5.Sum([]byte("anna:secret:" + nonce))
			return sum[:]
		},
	}
	for name, digest := range formulas {
		for _, version := range []string{"1.0", "1.1", "1.2"} {
			for _, form := range []string{"base64", "raw"} {
				t.Run(name+" in "+version+", "+form, func(t *testing.T) {
					p := newPhone(newBench(t), "dev1")
					p.version, p.binary = version, form == "raw"
					cred := func(nonce string) *wire.Cred {
						if form == "raw" {
							return &wire.Cred{Type: wire.AuthMD5, Format: "chr", Data: string(digest(nonce))}
						}
						return &wire.Cred{Type: wire.AuthMD5, Format: "b64", Data: base64.StdEncoding.EncodeToString(digest(nonce))}
					}
					if code := p.loginWith(cred("")); code != 212 {
						t.Fatalf("first contact is answered by %d", code)
					}
					next := p.seen.Statuses[0].Chal
					if next == nil || next.Type != wire.AuthMD5 || len(next.NextNonce) == 0 {
						t.Fatalf("no nonce for the next session: %+v", next)
					}
					if code := p.loginWith(cred("")); code != 401 {
						t.Errorf("the empty nonce again is answered by %d", code)
					}
					challenge := p.seen.Statuses[0].Chal
					if code := p.loginWith(cred(string(challenge.NextNonce))); code != 212 {
						t.Errorf("the nonce of the challenge is answered by %d", code)
					}
					if code := p.loginWith(cred(string(p.seen.Statuses[0].Chal.NextNonce))); code != 212 {
						t.Errorf("the nonce of the last session is answered by %d", code)
					}
				})
			}
		}
	}
}

// TestNonceIsOfTheDevice: two phones of one account have a nonce each, and neither knows the other's (2.3).
func TestNonceIsOfTheDevice(t *testing.T) {
	b := newBench(t)
	one, two := newPhone(b, "dev1"), newPhone(b, "dev2")
	one.sync(wire.AlertSlow)
	two.try()
	two.sync(wire.AlertSlow)
	if bytes.Equal(one.nonce, two.nonce) || len(one.nonce) == 0 {
		t.Fatalf("nonces %q and %q", one.nonce, two.nonce)
	}
	if code := one.try(); code != 212 {
		t.Errorf("the first phone after the second's log-in is answered by %d", code)
	}
	thief := newPhone(b, "dev2")
	thief.nonce = one.nonce
	if code := thief.try(); code != 401 {
		t.Errorf("one phone's nonce on another is answered by %d", code)
	}
}

// TestChallengeAsPhonesReadIt: Meta with Type before Format, then NextNonce in base64 (2.3, the K750i).
func TestChallengeAsPhonesReadIt(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(p *phone)
		want string
	}{
		{"none", func(p *phone) { p.noCred = true },
			`<Chal><Meta><Type xmlns="syncml:metinf">syncml:auth-md5</Type><Format xmlns="syncml:metinf">b64</Format><NextNonce xmlns="syncml:metinf">[A-Za-z0-9+/]+=*</NextNonce></Meta></Chal><Data>407</Data>`},
		{"wrong md5", func(p *phone) { p.password = "wrong" },
			`<Chal><Meta><Type xmlns="syncml:metinf">syncml:auth-md5</Type><Format xmlns="syncml:metinf">b64</Format><NextNonce xmlns="syncml:metinf">[A-Za-z0-9+/]+=*</NextNonce></Meta></Chal><Data>401</Data>`},
		{"wrong basic", func(p *phone) { p.basic, p.password = true, "wrong" },
			`<Chal><Meta><Type xmlns="syncml:metinf">syncml:auth-basic</Type><Format xmlns="syncml:metinf">b64</Format></Meta></Chal><Data>401</Data>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPhone(newBench(t), "dev1")
			c.set(p)
			p.begin()
			out := p.post(p.encode(p.opening(wire.AlertSlow)))
			if !regexp.MustCompile(c.want).Match(out) || bytes.Count(out, []byte("<Chal>")) != 1 || bytes.Contains(out, []byte("RespURI")) {
				t.Errorf("want %s in\n%s", c.want, out)
			}
		})
	}
}

// TestRetryAfterAChallenge: with the same SessionID or the next, with MsgID 1 again or going on (2.1).
func TestRetryAfterAChallenge(t *testing.T) {
	for _, c := range []struct{ session, msg string }{{"1", "1"}, {"1", "2"}, {"2", "1"}, {"2", "2"}} {
		p := newPhone(newBench(t), "dev1")
		p.noCred = true
		if code := p.try(); code != 407 {
			t.Fatalf("no credentials are answered by %d", code)
		}
		p.noCred = false
		nonce := p.nonce
		p.begin()
		p.nonce = nonce
		m := p.opening(wire.AlertSlow)
		m.Header.SessionID, m.Header.MsgID = c.session, c.msg
		p.seen.Statuses = nil
		p.take(p.decode(p.post(p.encode(m))))
		if code := p.seen.Statuses[0].Code; code != 212 {
			t.Errorf("session %s, message %s: the retry is answered by %d", c.session, c.msg, code)
		}
	}
}

// TestCredInEveryMessage: who sends credentials with each message although one log-in is enough goes on, right
// or stale as they are: the session's address is what it is known by.
func TestCredInEveryMessage(t *testing.T) {
	for _, password := range []string{"secret", "wrong"} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.add(1)
		p.begin()
		p.hello(wire.AlertSlow)
		m := p.message(true, p.syncCommand(p.changesFor(wire.AlertSlow)...))
		m.Header.Cred = wire.Basic("anna", password)
		if !p.pull(p.send(m)) || len(b.db("dev1").Inbox) != 1 {
			t.Errorf("password %s in the second message: HTTP %d, %v", password, p.code, p.codes())
		}
	}
}
