package atom

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestFormsThatMakeSomethingAreDoneOnce: a finger that presses twice, or a browser that loads an answer again, must not
// make two schedules, two datastores, or a second token that is valid for a year and that nobody knows of.
func TestFormsThatMakeSomethingAreDoneOnce(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const clients, binding, schedules = "/v2/services/", "/v2/syncengine/15", "/v2/syncengine/schedules"
	store := url.Values{"do": {"add"}, "title": {"Dup"}, "once": {b.drawn(clients, "once")}}
	first := b.send("/v2/services/datastore", store).header.Get("Location")
	if again := b.send("/v2/services/datastore", store).header.Get("Location"); again != first || first == "" {
		t.Errorf("it leads to %s, then to %s", first, again)
	}
	every := url.Values{"do": {"add"}, "binding": {"15"}, "interval": {"77m"}, "once": {b.drawn(binding, "once")}}
	b.send(schedules, every)
	b.send(schedules, every)
	if n := strings.Count(b.get(binding).body, "\">every 1h17m</a>"); n != 1 {
		t.Errorf("%d schedules", n)
	}
	if n := strings.Count(b.get(clients).body, ">Dup</a>"); n != 1 {
		t.Errorf("%d datastores", n)
	}
}

// TestTokenIsMadeOnce also looks that what was not made can be made with the same page.
func TestTokenIsMadeOnce(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	make := url.Values{"do": {"make"}, "label": {"tk"}, "scope": {"read"}, "ends": {"30"}, "mine": {"wrong"}, "once": {b.drawn(tokensPath, "once")}}
	s.wantPage("a wrong password", b.send(tokensPath, make), 403)
	make.Set("mine", password)
	first, again := b.send(tokensPath, make), b.send(tokensPath, make)
	s.wantPage("made", first, 200)
	s.wantPage("loaded again", again, 200)
	if !strings.Contains(first.body, "Copy it now") || strings.Contains(again.body, "Copy it now") || !strings.Contains(again.body, "was made when you sent the form the first time") {
		t.Errorf("%s\n%s", first.body, again.body)
	}
	if n := strings.Count(b.get(tokensPath).body, ">tk</a>"); n != 1 {
		t.Errorf("%d tokens", n)
	}
}

// What is remembered has an end: many pages must not fill the memory.
func TestOnceForgets(t *testing.T) {
	var o onceForms
	now := time.Unix(0, 0)
	for i := range mostOnce + 5 {
		o.entry(string(rune(i)), now)
	}
	if len(o.sent) != mostOnce {
		t.Errorf("%d are remembered", len(o.sent))
	}
	o.entry("late", now.Add(2*onceKept))
	if len(o.sent) != 1 {
		t.Errorf("%d are left", len(o.sent))
	}
}
