package atom

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

func TestOverviewSaysWhatToDoFirst(t *testing.T) {
	s := newServer(t, nil)
	got := s.signIn("bob").get("/v2/syncengine/")
	s.wantPage("overview", got, 200)
	for _, want := range []string{"There is no binding yet.", "http://api.obexcode.com/syncml", "bob"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is not in %s", want, got.body)
		}
	}
	if strings.Contains(got.body, "Make a binding") {
		t.Error("one client cannot be bound")
	}
}

// What needs a person is said on the overview, for each binding.
func TestOverviewWarns(t *testing.T) {
	s := routeServer(t)
	got := s.signIn("admin").get("/v2/syncengine/").body
	for _, want := range []string{"waits for your word", "may be the same or two", "is set aside", "Example One ↔ admin"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	if strings.Contains(got, "has not synchronized for") {
		t.Error("the phone is said to be silent")
	}
	s.wait(40 * 24 * 3600e9)
	if got := s.signIn("admin").get("/v2/syncengine/").body; !strings.Contains(got, "The phone has not synchronized for 38 days.") {
		t.Errorf("a silent phone is no matter: %s", got)
	}
}

func TestFormsOfBindings(t *testing.T) {
	s := newServer(t, nil)
	phone, store := s.client(s.admin.ID, "syncml", phoneID), s.datastore(s.admin.ID)
	b := s.signIn("admin")
	for name, f := range map[string]url.Values{
		"nothing":         {},
		"itself":          {"source": {store.ID}, "target": {store.ID}},
		"no winner":       {"source": {phone.ID}, "target": {store.ID}, "winner": {"both"}},
		"another's store": {"source": {phone.ID}, "target": {s.datastore(s.bob.ID).ID}},
	} {
		f.Set("do", "bind")
		s.wantPage(name, b.send("/v2/syncengine/", f), 400)
	}
	made := b.send("/v2/syncengine/", url.Values{"do": {"bind"}, "source": {phone.ID}, "target": {store.ID}, "winner": {"target"}})
	if page := b.follow(made).body; !strings.Contains(page, "The binding is made.") || !strings.Contains(page, `value="target" selected`) {
		t.Errorf("%s", page)
	}
	s.wantPage("twice", b.send("/v2/syncengine/", url.Values{"do": {"bind"}, "source": {phone.ID}, "target": {store.ID}}), 409)
	path, _, _ := strings.Cut(made.header.Get("Location"), "?")
	s.wantPage("not sure", b.send(path, url.Values{"do": {"remove"}}), 400)
	bob := s.signIn("bob")
	s.wantPage("bob removes it", bob.send(path, url.Values{"do": {"remove"}, "sure": {"1"}}), 403)
	if page := b.follow(b.send(path, url.Values{"do": {"remove"}, "sure": {"1"}})).body; !strings.Contains(page, "No item was deleted anywhere.") {
		t.Errorf("%s", page)
	}
	s.wantPage("gone", b.get(path), 404)
	s.wantPage("removed twice", b.send(path, url.Values{"do": {"remove"}, "sure": {"1"}}), 404)
}

// TestFormOfSettingsOfBefore: a page was open while somebody else set protections. Saving it, with nothing changed, must
// not take them away.
func TestFormOfSettingsOfBefore(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const path = "/v2/syncengine/15"
	yes, id := true, s.admin.ID
	for name, set := range map[string]bindings.Change{
		"flags":   {AskSlow: &yes, DeleteWins: &yes},
		"classes": {Classes: &[]dataclass.Class{dataclass.Contacts}},
		"filters": {Filters: []bindings.FilterChange{{Side: engine.Source, Class: dataclass.Events, Filter: bindings.Filter{Back: 7}}}},
	} {
		old := url.Values{"do": {"settings"}, "winner": {"source"}, "direction": {"two-way"}, "class": {"Contacts", "Events"}, "seen": {b.drawn(path, "seen")}}
		want, err := s.store.Change(t.Context(), id, 15, set)
		s.must(err)
		b.wantNotice(name, b.send(path, old), path, "It was changed meanwhile, so nothing was saved.")
		delete(old, "seen")
		b.wantNotice(name+", a form that does not say", b.send(path, old), path, "It was changed meanwhile")
		got, err := s.store.Binding(t.Context(), id, 15)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
		}
	}
	filters, err := s.store.FilterList(t.Context(), id, 15)
	if len(filters[15]) != 1 || err != nil {
		t.Errorf("%+v, %v", filters, err)
	}
}

func TestFormOfSettings(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	const path = "/v2/syncengine/15"
	all := func(more url.Values) url.Values {
		f := url.Values{"do": {"settings"}, "winner": {"target"}, "direction": {"to-source"}, "class": {"Contacts", "Events"},
			"seen": {b.drawn(path, "seen")}, "ask_slow": {"1"}, "Events-source-back": {"30"}, "Events-source-ahead": {" 365 "}, "Contacts-target-category": {"Work"}}
		for name, v := range more {
			f[name] = v
		}
		return f
	}
	for name, f := range map[string]url.Values{
		"no direction": all(url.Values{"direction": {"up"}}),
		"no classes":   all(url.Values{"class": nil}),
		"bad days":     all(url.Values{"Events-source-back": {"many"}}),
		"past days":    all(url.Values{"Events-source-back": {"-1"}}),
		"bad category": all(url.Values{"Contacts-target-category": {"a\x01b"}}),
	} {
		s.wantPage(name, b.send(path, f), 400)
	}
	if got, err := s.store.Binding(t.Context(), s.admin.ID, 15); err != nil || got.Winner != "source" || got.AskSlow {
		t.Fatalf("a form that was refused changed %+v, %v", got, err)
	}
	page := b.follow(b.send(path, all(nil))).body
	got, err := s.store.Binding(t.Context(), s.admin.ID, 15)
	if err != nil || got.Winner != "target" || got.Direction != bindings.ToSource || !got.AskSlow || got.DeleteWins || len(got.Classes) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	filters, err := s.store.FilterList(t.Context(), s.admin.ID, 15)
	want := map[engine.Side]bindings.FilterChange{
		engine.Source: {Side: engine.Source, Class: dataclass.Events, Filter: bindings.Filter{Back: 30, Ahead: 365}},
		engine.Target: {Side: engine.Target, Class: dataclass.Contacts, Filter: bindings.Filter{Category: "Work"}},
	}
	if len(filters[15]) != 2 || err != nil {
		t.Fatalf("filters %+v, %v", filters, err)
	}
	for _, f := range filters[15] {
		if f != want[f.Side] {
			t.Errorf("filter %+v", f)
		}
	}
	for _, want := range []string{"The settings are saved.", `value="Work"`, `value="365"`, `value="to-source" selected`, `value="Tasks">`, `name="ask_slow" value="1" checked`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in %s", want, page)
		}
	}
	b.send(path, all(url.Values{"class": {"Contacts", "Events", "Tasks", "Notes"}}))
	if got, _ := s.store.Binding(t.Context(), s.admin.ID, 15); got.Classes != nil {
		t.Errorf("all that there are: %v", got.Classes)
	}
}

func TestFormsOfSchedules(t *testing.T) {
	s := routeServer(t)
	b, bob := s.signIn("admin"), s.signIn("bob")
	const path = "/v2/syncengine/schedules"
	for name, tc := range map[string]struct {
		f      url.Values
		status int
	}{
		"nothing":      {url.Values{}, 400},
		"no time":      {url.Values{"binding": {"15"}}, 400},
		"bad interval": {url.Values{"binding": {"15"}, "interval": {"often"}}, 400},
		"bad cron":     {url.Values{"binding": {"15"}, "cron": {"at noon"}}, 400},
		"no binding":   {url.Values{"binding": {"99"}, "interval": {"6h"}}, 404},
		"half a night": {url.Values{"binding": {"15"}, "interval": {"6h"}, "quiet_from": {"22:00"}}, 400},
		"no such hour": {url.Values{"binding": {"15"}, "interval": {"6h"}, "quiet_from": {"25:00"}, "quiet_to": {"06:00"}}, 400},
		"bad jitter":   {url.Values{"binding": {"15"}, "interval": {"6h"}, "jitter": {"much"}}, 400},
		"bad class":    {url.Values{"binding": {"15"}, "interval": {"6h"}, "dataclass": {"Stamps"}}, 400},
	} {
		tc.f.Set("do", "add")
		s.wantPage(name, b.send(path, tc.f), tc.status)
	}
	s.wantPage("another's binding", bob.send(path, url.Values{"do": {"add"}, "binding": {"15"}, "interval": {"6h"}}), 403)
	page := b.follow(b.send(path, url.Values{"do": {"add"}, "binding": {"15"}, "interval": {"90m"}})).body
	before, _, found := strings.Cut(page, `">every 1h30m</a>`)
	id := before[strings.LastIndex(before, "/")+1:]
	if !found || !strings.Contains(page, "The schedule is added.") {
		t.Fatalf("%s", page)
	}
	s.wantPage("bob removes it", bob.send(path+"/"+id, url.Values{"do": {"remove"}}), 404)
	page = b.follow(b.send(path+"/"+id, url.Values{"do": {"remove"}})).body
	if strings.Contains(page, "/v2/syncengine/schedules/"+id) || !strings.Contains(page, "The schedule is removed.") {
		t.Errorf("%s", page)
	}
	s.wantPage("removed twice", b.send(path+"/"+id, url.Values{"do": {"remove"}}), 404)
	page = b.follow(b.send(path, url.Values{
		"do": {"add"}, "binding": {"15"}, "interval": {"8h"}, "quiet_from": {" 22:00"}, "quiet_to": {"06:30"}, "jitter": {"5m"}, "dataclass": {"Contacts"},
	})).body
	for _, want := range []string{`">every 8h</a>`, "</a>, Contacts", "Not from 22:00 to 06:30; up to 5m later."} {
		if !strings.Contains(strings.ReplaceAll(page, "every 8h, Contacts", "every 8h</a>, Contacts"), want) {
			t.Errorf("%q is not in %s", want, page)
		}
	}
}
