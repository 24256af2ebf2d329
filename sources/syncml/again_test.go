package syncml_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestRule_2_2_TheSameBytesInTheNextSession: a phone that begins with the same session id each time, and whose second
// message says the same as in its last session, is answered for this one: what it was sent then is not sent again.
func TestRule_2_2_TheSameBytesInTheNextSession(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.basic = true
	var bodies []string
	for round := range 3 {
		p.session = 0
		p.begin()
		p.next = fmt.Sprint("anchor", round)
		if p.hello(wire.AlertTwoWay) == 0 {
			t.Fatalf("session %d was refused", round)
		}
		token := tokenIn(t, p.url)
		p.queue = nil
		m := p.message(true)
		m.Header.Target.URI = "http://sync.example.org/syncml" // it does not repeat the address that it goes on at
		body := p.encode(m)
		bodies = append(bodies, string(body))
		reply := string(p.post(body))
		if p.code != http.StatusOK || !strings.Contains(reply, token) {
			t.Errorf("session %d is answered HTTP %d for another one:\n%s", round, p.code, reply)
		}
		if again := string(p.post(body)); again != reply {
			t.Errorf("session %d: sent again it is answered\n%s\nnot\n%s", round, again, reply)
		}
	}
	if bodies[0] != bodies[1] || bodies[1] != bodies[2] {
		t.Fatalf("the messages differ: %q", bodies)
	}
}

// TestRule_2_2_TheSameOpeningAnew: an opening that came before is answered as then while nothing came after it; after
// that it opens another session, as of a phone that has no anchors to tell its sessions apart.
func TestRule_2_2_TheSameOpeningAnew(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.basic = true
	p.begin()
	p.next = "anchor"
	body := p.encode(p.opening(wire.AlertTwoWay))
	first := string(p.post(body))
	if again := string(p.post(body)); again != first {
		t.Errorf("sent again at once the opening is answered\n%s\nnot\n%s", again, first)
	}
	p.take(p.decode([]byte(first)))
	p.queue = nil
	if reply := string(p.post(p.encode(p.message(true)))); p.code != http.StatusOK || !strings.Contains(reply, tokenIn(t, p.url)) {
		t.Fatalf("the second message is answered HTTP %d: %s", p.code, reply)
	}
	p.url = "http://sync.example.org/syncml"
	if anew := string(p.post(body)); p.code != http.StatusOK || anew == first {
		t.Errorf("the opening of the next session is answered HTTP %d:\n%s", p.code, anew)
	}
}

// tokenIn gives the token of a session's address.
func tokenIn(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.RawQuery == "" {
		t.Fatalf("the address %q has no token: %v", address, err)
	}
	_, token, _ := strings.Cut(u.RawQuery, "=")
	return token
}
