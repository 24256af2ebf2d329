package syncml

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// ruledTurn is a turn with a phone that has told what it is, under one rule of these options.
func ruledTurn(t *testing.T, options string) *turn {
	t.Helper()
	rules, err := devicerule.Parse("test.toml", []byte("[[rule]]\nname = \"test\"\nmatch.model = [\"One\"]\n"+options))
	if err != nil {
		t.Fatal(err)
	}
	device := &wire.DevInf{Mod: "One", LargeObjs: true, Stores: []wire.DataStore{{SourceRef: "./Calendar",
		RxPref: ical20, TxPref: ical20}}}
	return &turn{Server: NewServer(Options{Rules: rules, Zone: "Europe/Oslo"}), in: &request{codec: codec{}}, device: device,
		rules: rules.Match(describe(device)), state: &state{Version: "1.2", Sent: map[string]sent{}, Databases: []*database{
			{Name: "./Calendar", Theirs: "./Calendar", Ours: "./calendar?/dr(-30,90)", Class: dataclass.Events, Mode: 200}}},
		answers: map[int][]Answer{}}
}

// ours is the device information that the phone is given.
func (t *turn) ours() wire.DevInf {
	return wire.ParseDevInf(t.ownDevInf(&getRef{}).Items[0].Data.Elem)
}

// TestRulesTailorOurDevInf: each option that is about our device information changes it in one place (2.8, 2.17).
func TestRulesTailorOurDevInf(t *testing.T) {
	plain := ruledTurn(t, "").ours()
	for _, tt := range []struct {
		options string
		change  func(d *wire.DevInf)
	}{
		{"announce_utc = false", func(d *wire.DevInf) { d.UTC = false }},
		{"number_of_changes = false", func(d *wire.DevInf) { d.NumberOfChanges = false }},
		{"large_objects = false", func(d *wire.DevInf) { d.LargeObjs = false }},
		{"max_guid_size = 32", func(d *wire.DevInf) { d.Stores[0].MaxGUIDSize = 32 }},
		{"sync_types = [1, 2, 7]", func(d *wire.DevInf) { d.Stores[0].SyncCap = []int{1, 2, 7} }},
		{`database_names = "without-query"`, func(d *wire.DevInf) { d.Stores[0].SourceRef = "./calendar" }},
		{`database_names = "as-used"`, func(*wire.DevInf) {}},
		{`calendar_format = "1.0"`, func(d *wire.DevInf) {
			s := &d.Stores[0]
			s.RxPref, s.TxPref, s.Rx, s.Tx = vcal10, vcal10, []wire.ContentType{ical20}, []wire.ContentType{ical20}
		}},
	} {
		t.Run(tt.options, func(t *testing.T) {
			want := ruledTurn(t, "").ours()
			tt.change(&want)
			if diff := cmp.Diff(want, ruledTurn(t, tt.options).ours()); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(tt.options, "as-used") == (cmp.Diff(plain, want) != "") {
				t.Error("the case changes nothing")
			}
		})
	}
}

// TestRulesOfFormats: a rule decides on the format whatever the phone declares.
func TestRulesOfFormats(t *testing.T) {
	for _, tt := range []struct {
		options string
		class   dataclass.Class
		want    wire.ContentType
	}{
		{"", dataclass.Events, ical20},
		{`calendar_format = "1.0"`, dataclass.Events, vcal10},
		{`calendar_format = "2.0"`, dataclass.Tasks, ical20},
		{`contacts_format = "3.0"`, dataclass.Contacts, vcard30},
		{`contacts_format = "2.1"`, dataclass.Contacts, vcard21},
		{`notes_format = "text/x-vnote"`, dataclass.Notes, vnote11},
		{`notes_format = "text/plain"`, dataclass.Notes, plain10},
	} {
		turn := ruledTurn(t, tt.options)
		if got := turn.takes(&database{Name: "./Calendar", Class: tt.class}); got != tt.want {
			t.Errorf("%q: %s in %v, want %v", tt.options, tt.class, got, tt.want)
		}
	}
}

// TestRulesOfCalendars: a rule decides whether tasks lie in the calendar (2.17b, P800 family).
func TestRulesOfCalendars(t *testing.T) {
	for options, want := range map[string]dataclass.Class{"": dataclass.Events, "tasks_in_calendar = true": dataclass.Calendar,
		"tasks_in_calendar = false": dataclass.Events} {
		turn := ruledTurn(t, options)
		if options == "tasks_in_calendar = false" {
			turn.device.Man = "NOKIA"
		}
		item := &wire.Item{Target: wire.Location{URI: "calendar"}, Source: wire.Location{URI: "./Calendar"}}
		if got := turn.alerted(item).Class; got != want {
			t.Errorf("%q: %s, want %s", options, got, want)
		}
	}
}

// TestLocalTimes: who is sent local times: whom a rule names, and with LocalTimes all phones from 1.1 on that do
// not declare UTC (2.17a, what holds without a rule).
func TestLocalTimes(t *testing.T) {
	for _, tt := range []struct {
		name, options, version string
		sure, utc              bool
		want, said             string
	}{
		{name: "the user says so", version: "1.1", said: "America/Lima", want: "America/Lima"},
		{name: "the user says so, of a phone with a rule", options: "outgoing_times = \"local\"\nzone = \"Asia/Tokyo\"", version: "1.1", said: "America/Lima", want: "America/Lima"},
		{name: "the user says so, of a phone that declares UTC", version: "1.2", said: "America/Lima", sure: true, utc: true},
		{name: "the user says so, of a phone ruled to know UTC", options: `outgoing_times = "utc"`, version: "1.1", said: "America/Lima"},
		{name: "nothing is known", version: "1.1"},
		{name: "a rule", options: `outgoing_times = "local"`, version: "1.0", want: "Europe/Oslo"},
		{name: "a rule with a zone", options: "outgoing_times = \"local\"\nzone = \"Asia/Tokyo\"", version: "1.1", want: "Asia/Tokyo"},
		{name: "the zone is sure", version: "1.1", sure: true, want: "Europe/Oslo"},
		{name: "the phone declares UTC", version: "1.2", sure: true, utc: true},
		{name: "version 1.0", version: "1.0", sure: true},
		{name: "a rule of UTC", options: `outgoing_times = "utc"`, version: "1.1", sure: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			turn := ruledTurn(t, tt.options)
			turn.o.LocalTimes, turn.device.VerDTD, turn.device.UTC = tt.sure, tt.version, tt.utc
			turn.phone.Zone = tt.said
			if got := turn.holds(turn.state.Databases[0]).Calendar.Local; got != tt.want {
				t.Errorf("local times of %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRulesOfSizes: the smaller of what the phone takes and what a rule says.
func TestRulesOfSizes(t *testing.T) {
	for _, tt := range []struct {
		options    string
		told, want int
	}{{"", 0, 0}, {"", 500, 500}, {"max_object = 300", 0, 300}, {"max_object = 300", 500, 300}, {"max_object = 700", 500, 500}} {
		turn := ruledTurn(t, tt.options)
		turn.state.MaxObj = tt.told
		if got := turn.maxObj(); got != tt.want {
			t.Errorf("%q and %d: %d, want %d", tt.options, tt.told, got, tt.want)
		}
	}
}

// TestRulesOfTheSession looks at the small decisions of a session.
func TestRulesOfTheSession(t *testing.T) {
	if ruledTurn(t, "").patience(20*time.Second) != 20*time.Second || ruledTurn(t, "wait_seconds = 5").patience(20*time.Second) != 5*time.Second ||
		ruledTurn(t, "wait_seconds = 5").patience(2*time.Second) != 2*time.Second {
		t.Error("how long a phone waits")
	}
	slow, quick := &database{Mode: wire.AlertSlow}, &database{Mode: wire.AlertTwoWay}
	eager, calm := ruledTurn(t, ""), ruledTurn(t, "no_replace_in_slow = true")
	if !calm.putsOff(slow, sources.Replace) || calm.putsOff(slow, sources.Add) || calm.putsOff(quick, sources.Replace) || eager.putsOff(slow, sources.Replace) {
		t.Error("edits in a slow sync")
	}
	if !eager.splits() || ruledTurn(t, "large_objects = false").splits() {
		t.Error("large objects")
	}
}

// TestRulesOfMissingStatuses: what a phone did not answer in a session that ended well was done, but for Adds,
// whose Map tells, and for pieces (2.17a, Funambol for Outlook).
func TestRulesOfMissingStatuses(t *testing.T) {
	for options, want := range map[string][]int64{"": nil, `missing_statuses = "done"`: {2, 3}} {
		turn := ruledTurn(t, options)
		turn.state.Sent = map[string]sent{"1/1": {Kind: wire.Add, Op: 1}, "1/2": {Kind: wire.Replace, Op: 2}, "1/3": {Kind: wire.Delete, Op: 3},
			"1/4": {Kind: wire.Replace, Op: 4, Piece: true}, "1/5": {Kind: "Alert"}}
		turn.endedWell()
		done := map[int64]AnswerKind{}
		for _, a := range turn.answers[0] {
			done[a.Op] = a.Kind
		}
		wanted := map[int64]AnswerKind{}
		for _, op := range want {
			wanted[op] = Acknowledged
		}
		if diff := cmp.Diff(wanted, done); diff != "" {
			t.Errorf("%q: %s", options, diff)
		}
	}
}
