package atom

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

const settingsEntry = `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:b="urn:bindery:sync:1">
	<b:direction>to-target</b:direction><b:dataclass>Notes</b:dataclass><b:dataclass>Contacts</b:dataclass>
	<b:delete_wins>true</b:delete_wins><b:ask_slow>1</b:ask_slow>
	<b:filter side="target" dataclass="Events" days_back="30" days_ahead="60"/>
	<b:filter side="source" dataclass="Contacts" category="Work &amp; play"/></entry>`

// A PUT of settings changes what it names; what GET shows can be sent back, and says the same then.
func TestBindingSettings(t *testing.T) {
	s := routeServer(t)
	set := s.ask("admin", "PUT", "/v2/syncengine/15", settingsEntry)
	s.wantGolden(set, "binding-settings")
	if got := s.ask("admin", "GET", "/v2/syncengine/15", ""); got.body != set.body {
		t.Errorf("GET gives\n%s\nPUT gave\n%s", got.body, set.body)
	}
	if list := s.ask("admin", "GET", "/v2/syncengine/", ""); !strings.Contains(list.body, `category="Work &amp; play"`) || !strings.Contains(list.body, ">to-target<") {
		t.Errorf("the list says %s", list.body)
	}
	if back := s.ask("admin", "PUT", "/v2/syncengine/15", set.body); back.status != 200 || withoutTimes(back.body) != withoutTimes(set.body) {
		t.Errorf("sent back: %d %s", back.status, back.body)
	}
	only := s.ask("admin", "PUT", "/v2/syncengine/15", entryOf("", "", "target"))
	if !strings.Contains(only.body, ">to-target<") || !strings.Contains(only.body, `days_back="30"`) || !strings.Contains(only.body, ">target</") {
		t.Errorf("after a PUT of the conflict winner: %s", only.body)
	}
	b, err := s.store.Binding(t.Context(), s.admin.ID, 15)
	if err != nil || !b.DeleteWins || !b.AskSlow || b.Direction != bindings.ToTarget || !slices.Equal(b.Classes, []dataclass.Class{"Contacts", "Notes"}) {
		t.Errorf("%+v, %v", b, err)
	}
	reset := s.ask("admin", "PUT", "/v2/syncengine/15", `<entry><direction>two-way</direction><dataclass>all</dataclass><delete_wins>false</delete_wins>
		<ask_slow>0</ask_slow><filter side="target" dataclass="Events"/><filter side="source" dataclass="Contacts"/></entry>`)
	if reset.status != 200 || strings.Contains(reset.body, nsOwn) {
		t.Errorf("taken back: %d %s", reset.status, reset.body)
	}
}

func withoutTimes(body string) string {
	before, rest, _ := strings.Cut(body, "<updated>")
	_, after, _ := strings.Cut(rest, "</updated>")
	return before + after
}

func TestBindingSettingsRefuses(t *testing.T) {
	s := routeServer(t)
	was := s.ask("admin", "GET", "/v2/syncengine/15", "").body
	for body, sentence := range map[string]string{
		`<direction>up</direction>`:                                  "a direction is two-way, to-target or to-source",
		`<dataclass>Recipes</dataclass>`:                             `not "Recipes"`,
		`<delete_wins>maybe</delete_wins>`:                           "delete_wins is true or false",
		`<filter dataclass="Events"/>`:                               "A filter has the attributes",
		`<filter side="source"/>`:                                    "A filter has the attributes",
		`<filter side="source" dataclass="Contacts" days_back="3"/>`: "only Events have a range of days",
		`<filter side="source" dataclass="Events" days_back="x"/>`:   "A filter has the attributes",
		`<filter side="source" dataclass="Events" days_back="-1"/>`:  "between 0 and",
		`<ask_slow>true</ask_slow><filter side="source" dataclass="Events" days_ahead="99999999999999999999999999"/>`: "A filter has the attributes",
		`<ask_slow>true</ask_slow><direction>up</direction>`:                                                          "a direction is",
		``: "No Entry provided",
	} {
		s.wantSentence(body, s.ask("admin", "PUT", "/v2/syncengine/15", "<entry>"+body+"</entry>"), 400, sentence)
	}
	if now := s.ask("admin", "GET", "/v2/syncengine/15", "").body; now != was {
		t.Errorf("half of a change was made: %s", now)
	}
	s.wantSentence("stale", s.ask("admin", "PUT", "/v2/syncengine/15", settingsEntry, "If-Match", `"x"`), 412, "It has changed since")
	s.wantSentence("bob", s.ask("bob", "PUT", "/v2/syncengine/15", settingsEntry), 403, "Forbidden")
}

// A binding may be made with its settings.
func TestPostBindingWithSettings(t *testing.T) {
	s := newServer(t, nil)
	s.client(s.admin.ID, "syncml", phoneID)
	store := s.datastore(s.admin.ID).ID
	entry := strings.Replace(entryOf(phoneID, store, ""), "</entry>", `<direction>to-source</direction><dataclass>Events</dataclass></entry>`, 1)
	got := s.ask("admin", "POST", "/v2/syncengine/", entry)
	if got.status != 201 || !strings.Contains(got.body, ">to-source<") || !strings.Contains(got.body, ">Events<") {
		t.Errorf("%d %s", got.status, got.body)
	}
	bad := strings.Replace(entry, "to-source", "nowhere", 1)
	s.wantSentence("bad", s.ask("admin", "POST", "/v2/syncengine/", bad), 400, "a direction is")
}

// What a binding of one direction keeps back is shown.
func TestBindingWithheld(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Bindings = keepsBack{boundStore{o.Bindings.(*bindings.Store)}} })
	s.bind(15, s.client(s.admin.ID, "syncml", phoneID), s.datastore(s.admin.ID))
	got := s.ask("admin", "PUT", "/v2/syncengine/15", `<entry><direction>to-source</direction></entry>`)
	if !strings.Contains(got.body, `dataclass="Events">3</`) {
		t.Errorf("%s", got.body)
	}
}

// A plan of a slow sync says what it is, and is decided like any other.
func TestSlowPlan(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Matters = slowMatters{o.Matters} })
	got := s.ask("admin", "GET", "/v2/syncengine/holds/k7m2qx", "")
	if !strings.Contains(got.body, "a slow sync") || !strings.Contains(got.body, "compared anew") {
		t.Errorf("%s", got.body)
	}
	s.wantStatus("approve", s.ask("admin", "PUT", "/v2/syncengine/holds/k7m2qx", "<entry><state>approved</state></entry>"), 200)
}

// slowMatters has a plan of a slow sync.
type slowMatters struct{ Matters }

func (m slowMatters) Plan(ctx context.Context, owner, id string) (bindings.Plan, error) {
	p, err := m.Matters.Plan(ctx, owner, id)
	p.Held, p.Slow = nil, true
	return p, err
}

// keepsBack has things withheld.
type keepsBack struct{ boundStore }

// boundStore is the store under another name than its method Bindings.
type boundStore struct{ *bindings.Store }

func (keepsBack) Withheld(context.Context, string, int64) (map[dataclass.Class]int, error) {
	return map[dataclass.Class]int{dataclass.Events: 3}, nil
}
