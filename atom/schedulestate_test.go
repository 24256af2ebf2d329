package atom

import (
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
)

func TestScheduleWords(t *testing.T) {
	next := time.Date(2026, 3, 29, 5, 30, 0, 0, time.UTC)
	for _, tc := range []struct {
		state    bindings.StartState
		word     string
		sentence string
	}{
		{bindings.StartState{}, "waiting", "It is due when the server has worked out when"},
		{bindings.StartState{Next: next, Last: next, Outcome: bindings.OutcomeDone}, "waiting", "Next: 29 March 2026 at 05:30 UTC"},
		{bindings.StartState{Next: next, Running: true}, "running", "It runs now"},
		{bindings.StartState{Next: next, Failures: 1, Why: "It is away"}, "backing off", "The last run failed; it is tried again on 29 March 2026 at 05:30 UTC. It is away"},
		{bindings.StartState{Next: next, Failures: 4, Why: "It is away"}, "backing off", "The last 4 runs failed; it is tried again on 29 March 2026 at 05:30 UTC. It is away"},
		{bindings.StartState{Next: next, Paused: true, Why: "The password is not right"}, "paused", "It pauses: a Sync Client must be signed in anew. The password is not right"},
		{bindings.StartState{Last: next}, "off", "It is never due again"},
	} {
		if word, sentence := scheduleWord(tc.state), stateSentence(tc.state); word != tc.word || sentence != tc.sentence {
			t.Errorf("%+v: %s, %q", tc.state, word, sentence)
		}
	}
}

// The zone of an account is set by its user, shown, and lifted again; what is no zone is refused.
func TestAccountZone(t *testing.T) {
	s := routeServer(t)
	path := "/v2/accounts/" + s.bob.ID
	put := func(zone string) reply {
		return s.ask("bob", "PUT", path, `<entry xmlns:b="urn:bindery:sync:1"><b:zone>`+zone+`</b:zone></entry>`)
	}
	if got := put("Europe/Oslo"); got.status != 200 || !strings.Contains(got.body, ">Europe/Oslo<") {
		t.Errorf("%d %s", got.status, got.body)
	}
	s.wantSentence("no zone", put("Mars"), 400, "is no time zone")
	if got := s.ask("bob", "GET", path, ""); !strings.Contains(got.body, ">Europe/Oslo<") {
		t.Error(got.body)
	}
	if got := put(""); got.status != 200 || strings.Contains(got.body, "Oslo") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// Whether a binding follows changes can be said, and is shown where it is not the usual.
func TestBindingOnChange(t *testing.T) {
	s := routeServer(t)
	was := s.ask("admin", "GET", "/v2/syncengine/15", "")
	if was.status != 200 || strings.Contains(was.body, "on_change") {
		t.Fatalf("%d %s", was.status, was.body)
	}
	shown := 0
	for _, say := range []string{"true", "false"} {
		got := s.ask("admin", "PUT", "/v2/syncengine/15", `<entry xmlns:b="urn:bindery:sync:1"><b:on_change>`+say+`</b:on_change></entry>`)
		if got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if strings.Contains(got.body, ">"+say+"</on_change>") {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("shown %d times", shown)
	}
}
