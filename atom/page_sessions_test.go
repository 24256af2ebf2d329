package atom

import (
	"slices"
	"strings"
	"testing"
)

func TestPagesOfPhoneSessions(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	s.wantPageGolden(b.get(sessionsPath), "sessions")
	s.wantPageGolden(b.get(sessionsPath+"3"), "session")
	if page := b.get(sessionsPath + "?client=" + phoneID); !strings.Contains(page.body, "Sessions with Example One") || s.talk.asked.Client != phoneID {
		t.Errorf("%s", page.body)
	}
	s.wantPage("no limit", b.get(sessionsPath+"?limit=x"), 400)
	s.wantPage("bob's look", s.signIn("bob").get(sessionsPath+"3"), 404)
	long := b.get(sessionsPath + "3?message=1")
	s.wantPage("one message", long, 200)
	if !strings.Contains(long.body, "The beginning") || !strings.Contains(long.body, "Message 1") {
		t.Errorf("%s", long.body)
	}
	if none := b.get(sessionsPath + "3?from=2"); !strings.Contains(none.body, "No message of it is kept") {
		t.Errorf("%s", none.body)
	}
}

// TestSaid: a message of the protocol in a few lines; whatever cannot be read says nothing.
func TestSaid(t *testing.T) {
	const begin, end = "<SyncML><SyncHdr><Cred><Data>(left out)</Data></Cred></SyncHdr><SyncBody>", "<Final/></SyncBody></SyncML>"
	for _, tc := range []struct {
		name, xml string
		want      []string
	}{
		{"alert", begin + "<Alert><Data>201</Data><Item><Target><LocURI>contacts</LocURI></Target></Item></Alert>" + end,
			[]string{"logs in", "slow sync of contacts", "has said all for now"}},
		{"unknown alert", begin + "<Alert><Data>900</Data></Alert>" + end, []string{"logs in", "alert 900", "has said all for now"}},
		{"changes", begin + "<Sync><Target><LocURI>contacts</LocURI></Target><Add><Item/><Item/></Add><Atomic><Delete><Item/></Delete></Atomic></Sync>" + end,
			[]string{"logs in", "sends changes of contacts: 2 added, 1 deleted", "has said all for now"}},
		{"no changes", begin + "<Sync/>" + end, []string{"logs in", "sends changes of a database: no change", "has said all for now"}},
		{"answers", "<SyncML><SyncHdr><Chal/></SyncHdr><SyncBody><Status><Data>200</Data></Status><Status><Data>200</Data></Status><Status><Data>508</Data></Status><Final/></SyncBody></SyncML>",
			[]string{"asks for a log-in", "answers 2 commands with status 200", "answers 1 command with status 508", "has said all for now"}},
		{"names", begin + "<Map><MapItem/></Map><Get/><Put/>" + end,
			[]string{"logs in", "says what it calls 1 item", "asks what the device can do", "tells what the device can do", "has said all for now"}},
		{"cut", begin + "<Sync>\n(the rest is left out)", nil},
		{"another document", "<html/>", nil},
		{"nothing", "", nil},
	} {
		if got := saidWords(tc.xml); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	many := begin + strings.Repeat("<Get/>", 1000) + end
	if got := saidWords(many); len(got) != maxWords+1 {
		t.Errorf("%d lines of many commands", len(got))
	}
}
