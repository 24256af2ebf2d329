package peertest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sides are two phones of one account, the first behind a proxy.
type sides struct {
	a, b  *Device
	proxy *Proxy
}

// want runs one two-way session and wants it to go well with these figures: what the device got, and
// what it sent.
func (d *Device) want(t testing.TB, what string, local, remote Counts) {
	t.Helper()
	r := d.Sync(t, "")
	if !r.OK() || r.Local != local || r.Remote != remote {
		t.Fatalf("%s: %v\nwant local %v, remote %v\n%s", what, r, local, remote, r.Output)
	}
}

// equal wants two devices to hold the same n contacts.
func equal(t *testing.T, what string, a, b *Device, n int) {
	t.Helper()
	if diff := cmp.Diff(a.Contents(t), b.Contents(t)); diff != "" {
		t.Errorf("%s: the devices differ (-a +b):\n%s", what, diff)
	}
	if got := len(a.LUIDs(t)); got != n {
		t.Errorf("%s: %d contacts, want %d", what, got, n)
	}
}

// A way is one combination of how a phone may speak.
type way struct{ xml, old, basic, card21 bool }

func (w way) String() string {
	pick := func(second bool, names ...string) string {
		if second {
			return names[1]
		}
		return names[0]
	}
	return strings.Join([]string{
		pick(w.xml, "WBXML", "XML"), pick(w.old, "1.2", "1.1"), pick(w.basic, "md5", "basic"), pick(w.card21, "vCard3.0", "vCard2.1"),
	}, "-")
}

func (w way) settings(s *Server, user, device string) Settings {
	return Settings{
		URL: s.URL, User: user, Password: user, ID: device,
		XML: w.xml, Old: w.old, Basic: w.basic, VCard21: w.card21,
	}
}

// Every way to speak: first sync, nothing to do, changes both ways, a second device.
func TestEveryWayToSpeak(t *testing.T) {
	client := Need(t)
	server := Start(t, program(t))
	var ways []way
	var names []string
	for i := range 16 {
		w := way{i&1 != 0, i&2 != 0, i&4 != 0, i&8 != 0}
		ways, names = append(ways, w), append(names, w.String())
	}
	group(t, names, func(t *testing.T, i int) {
		user := fmt.Sprintf("user%d", i)
		server.Account(t, user)
		proxy := NewProxy(t, server.URL)
		a := ways[i].settings(server, user, user+"-a")
		a.URL = proxy.URL
		b := ways[i].settings(server, user, user+"-b")
		sides{client.Device(t, a), client.Device(t, b), proxy}.play(t, ways[i], user)
	})
}

// play is the story of a pair of phones.
func (s sides) play(t *testing.T, w way, user string) {
	const n = 11
	s.a.Fill(t, 0, n)
	s.a.want(t, "first sync", Counts{}, Counts{Added: n})
	first := s.proxy.Log()
	w.checkWire(t, first)
	s.proxy.Play(nil, nil)
	s.a.want(t, "nothing to do", Counts{}, Counts{})
	w.checkLogin(t, user, first, s.proxy.Log())

	s.a.Fill(t, n, n+2)
	s.a.Edit(t, 1, 1001)
	s.a.Remove(t, 2)
	s.a.want(t, "changes of the phone", Counts{}, Counts{2, 1, 1})
	s.b.want(t, "second device", Counts{Added: n + 1}, Counts{})
	equal(t, "second device", s.a, s.b, n+1)

	s.b.Fill(t, 20, 21)
	s.b.Edit(t, 3, 1003)
	s.b.Remove(t, 4)
	s.b.want(t, "changes of the second device", Counts{}, Counts{1, 1, 1})
	s.proxy.Play(nil, nil)
	s.a.want(t, "changes of the other one arrive", Counts{1, 1, 1}, Counts{})
	w.checkCards(t, "sent by the server", s.proxy.Log(), func(e Exchange) []byte { return e.Reply })
	equal(t, "changes of the other one arrive", s.a, s.b, n+1)

	s.a.Edit(t, 5, 1005)
	s.b.Edit(t, 6, 1006)
	s.a.want(t, "one half of a crossing", Counts{}, Counts{Updated: 1})
	s.b.want(t, "both halves of a crossing", Counts{Updated: 1}, Counts{Updated: 1})
	s.a.want(t, "the other half of a crossing", Counts{Updated: 1}, Counts{})
	equal(t, "crossing", s.a, s.b, n+1)
	s.a.want(t, "rest", Counts{}, Counts{})
	s.b.want(t, "rest", Counts{}, Counts{})
}

// checkWire wants every message of the phone and every reply in the encoding and version of the way.
func (w way) checkWire(t *testing.T, log []Exchange) {
	t.Helper()
	mediaType, version := TypeWBXML, "SyncML/1.2"
	if w.xml {
		mediaType = TypeXML
	}
	if w.old {
		version = "SyncML/1.1"
	}
	for i, e := range log {
		if e.Status != 200 || e.Type != mediaType || !strings.HasPrefix(e.ReplyType, mediaType) {
			t.Errorf("message %d: %s was answered %d with %s; want %s", i+1, e.Type, e.Status, e.ReplyType, mediaType)
		}
		for who, data := range map[string][]byte{"phone": e.Request, "server": e.Reply} {
			if got := path(Message(t, mediaType, data), "SyncHdr", "VerProto").Text(); got != version {
				t.Errorf("message %d of the %s is %s, want %s", i+1, who, got, version)
			}
		}
	}
	w.checkCards(t, "sent by the phone", log, func(e Exchange) []byte { return e.Request })
}

// checkCards wants cards in the messages, all in the dialect of the way.
func (w way) checkCards(t *testing.T, what string, log []Exchange, pick func(Exchange) []byte) {
	t.Helper()
	cards := map[bool]int{}
	for _, e := range log {
		cards[true] += bytes.Count(pick(e), []byte("VERSION:2.1"))
		cards[false] += bytes.Count(pick(e), []byte("VERSION:3.0"))
	}
	if cards[w.card21] == 0 || cards[!w.card21] > 0 {
		t.Errorf("cards %s: %d in 2.1, %d in 3.0", what, cards[true], cards[false])
	}
}

// checkLogin wants the log-in of the second session to be of the way's kind; a digest must be over the
// nonce that the first session was given last.
func (w way) checkLogin(t *testing.T, user string, first, second []Exchange) {
	t.Helper()
	if len(second) == 0 {
		t.Fatal("no message in the second session")
	}
	kind, data := Credentials(Message(t, second[0].Type, second[0].Request))
	if w.basic {
		if kind != "syncml:auth-basic" {
			t.Errorf("log-in %q, want basic", kind)
		}
		return
	}
	nonce, given := "", false
	for _, e := range first {
		if n, ok := NextNonce(t, Message(t, e.ReplyType, e.Reply)); ok {
			nonce, given = n, true
		}
	}
	if !given || len(nonce) < 8 {
		t.Errorf("the first session was given the nonce %q (%v)", nonce, given)
	}
	if kind != "syncml:auth-md5" || data != Digest(user, user, nonce) {
		t.Errorf("log-in %q %q, want md5 over the nonce %q", kind, data, nonce)
	}
}
