package atom

import (
	"strings"
	"testing"
)

const scheduleBody = `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:b="urn:bindery:sync:1"><b:binding>15</b:binding>` +
	`<b:cron>30 7 * * mon-fri</b:cron><b:zone>Europe/Oslo</b:zone><b:quiet_from>22:00</b:quiet_from><b:quiet_to>06:30</b:quiet_to>` +
	`<b:jitter>5m</b:jitter><dataclass xmlns="http://schemas.obexcode.com/syncserver/2009">Contacts</dataclass></entry>`

// A schedule is made, shown, sent back, changed and removed, and says where it stands.
func TestScheduleEntries(t *testing.T) {
	s := routeServer(t)
	made := s.ask("admin", "POST", "/v2/syncengine/schedules/", scheduleBody)
	if made.status != 201 {
		t.Fatalf("%d %s", made.status, made.body)
	}
	s.wantGolden(made, "schedule")
	path := strings.TrimPrefix(made.header.Get("Location"), "http://api.obexcode.com")
	if got := s.ask("admin", "GET", path, ""); got.body != made.body {
		t.Errorf("GET gives %s", got.body)
	}
	if got := s.ask("admin", "PUT", path, made.body); got.status != 200 || got.body != made.body {
		t.Errorf("sent back: %d %s", got.status, got.body)
	}
	tag := s.ask("admin", "GET", path, "").header.Get("ETag")
	changed := s.ask("admin", "PUT", path, "<entry><interval>6h</interval></entry>", "If-Match", tag)
	if changed.status != 200 || !strings.Contains(changed.body, ">6h<") || strings.Contains(changed.body, "mon-fri") || !strings.Contains(changed.body, ">waiting<") {
		t.Errorf("%d %s", changed.status, changed.body)
	}
	s.wantSentence("stale", s.ask("admin", "DELETE", path, "", "If-Match", tag), 412, "It has changed since")
	for query, n := range map[string]int{"": 4, "?binding=15": 4, "?binding=16": 0} {
		if got := s.ask("admin", "GET", "/v2/syncengine/schedules/"+query, ""); strings.Count(got.body, "<entry>") != n {
			t.Errorf("%s: %s", query, got.body)
		}
	}
	s.wantSentence("bob", s.ask("bob", "DELETE", path, ""), 404, "Unknown schedule")
	s.wantStatus("remove", s.ask("admin", "DELETE", path, ""), 200)
	s.wantSentence("again", s.ask("admin", "DELETE", path, ""), 404, "Unknown schedule")
}

func TestScheduleEntriesRefused(t *testing.T) {
	s := routeServer(t)
	for body, want := range map[string]struct {
		status   int
		sentence string
	}{
		"":         {400, "Schedule entry not provided"},
		"<entry/>": {400, "The element binding holds"},
		"<entry><binding>x</binding><interval>6h</interval></entry>":                                {400, "The element binding holds"},
		"<entry><binding>15</binding></entry>":                                                      {400, "either an interval or a cron expression"},
		"<entry><binding>15</binding><interval>soon</interval></entry>":                             {400, "interval and jitter are written"},
		"<entry><binding>15</binding><interval>1s</interval></entry>":                               {400, "the interval must be"},
		"<entry><binding>15</binding><interval>6h</interval><jitter>-1m</jitter></entry>":           {400, "the jitter must be"},
		"<entry><binding>15</binding><cron>0 0 31 2 *</cron></entry>":                               {400, "no day is ever"},
		"<entry><binding>15</binding><cron>every day</cron></entry>":                                {400, "five fields"},
		"<entry><binding>15</binding><interval>6h</interval><zone>Mars</zone></entry>":              {400, "is no time zone"},
		"<entry><binding>15</binding><interval>6h</interval><quiet_from>22</quiet_from></entry>":    {400, "quiet hours are written"},
		"<entry><binding>15</binding><interval>6h</interval><dataclass>Recipes</dataclass></entry>": {400, "there is no dataclass"},
		"<entry><binding>99</binding><interval>6h</interval></entry>":                               {404, "Unknown Sync Binding"},
	} {
		s.wantSentence(body, s.ask("admin", "POST", "/v2/syncengine/schedules/", body), want.status, want.sentence)
	}
	s.wantSentence("bob", s.ask("bob", "POST", "/v2/syncengine/schedules/", scheduleBody), 403, "Forbidden")
}
