package syncml_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/push"
	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// backwards stands for encryption: it turns a secret round, so that one that is stored as it is shows.
type backwards struct{ err error }

func (w backwards) Seal(owner string, plain []byte) ([]byte, error) {
	return turned(append([]byte(owner+"|"), plain...)), w.err
}

func (w backwards) Open(owner string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(turned(sealed), []byte(owner+"|"))
	if !ok || w.err != nil {
		return nil, errors.New("secret cannot be decrypted")
	}
	return plain, nil
}

func turned(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := len(b) - 1; i >= 0; i-- {
		out = append(out, b[i])
	}
	return out
}

// postbox stands for the gateway: it keeps what it takes.
type postbox struct {
	got []push.Push
	err error
	// before is called before a push is answered, as a phone may come then already.
	before func()
}

func (p *postbox) Push(_ context.Context, got push.Push) error {
	p.got = append(p.got, got)
	if p.before != nil {
		p.before()
	}
	return p.err
}

// last decodes the newest notification, as a phone does.
func (p *postbox) last(t *testing.T) san.Notification {
	t.Helper()
	got := p.got[len(p.got)-1]
	n, err := san.Decode(got.ContentType, got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// An alerting is a bench whose server calls phones.
type alerting struct {
	*bench
	post    *postbox
	alerter *syncml.Alerter
	log     bytes.Buffer
}

func newAlerting(t *testing.T) *alerting {
	a := &alerting{bench: newBench(t), post: &postbox{}}
	a.alerter = syncml.NewAlerter(syncml.AlerterOptions{Store: a.store, Secrets: backwards{}, Gateway: a.post,
		Now: func() time.Time { return a.clock }, Log: slog.New(slog.NewTextHandler(&a.log, nil))})
	return a
}

func (a *alerting) reach(change syncml.ReachChange) {
	a.t.Helper()
	if err := a.alerter.SetReach(a.t.Context(), "owner-anna", "client-dev1", change); err != nil {
		a.t.Fatal(err)
	}
}

func (a *alerting) alert(r syncml.AlertRequest) (syncml.AlertRecord, error) {
	return a.alerter.Alert(a.t.Context(), "owner-anna", "client-dev1", r)
}

func (a *alerting) record() syncml.AlertRecord {
	a.t.Helper()
	all, err := a.alerter.Records(a.t.Context(), "owner-anna")
	if err != nil {
		a.t.Fatal(err)
	}
	return all["client-dev1"]
}

var twoWay = syncml.AlertRequest{Mode: wire.AlertTwoWay}

// The whole way: a phone that synchronised before is called, comes under the session id that it was given and
// in the mode that it was asked for, and the server knows that it came.
func TestAlertIsAnswered(t *testing.T) {
	a := newAlerting(t)
	p := newPhone(a.bench, "dev1")
	p.sync(wire.AlertSlow)
	a.reach(syncml.ReachChange{Address: new("+3585550100"), ServerID: new("home"), Password: new("known to both")})
	rec, err := a.alert(twoWay)
	if err != nil || rec.Session != 1 || !rec.Sent.Equal(a.clock) || !rec.Answered.IsZero() || !rec.Keyed {
		t.Fatalf("%+v, %v", rec, err)
	}
	want := san.Notification{Version: "1.2", UI: san.UIBackground, SessionID: 1, Server: "home",
		Syncs: []san.Sync{{Mode: san.TwoWay, Type: "text/x-vcard", URI: "addressbook"}}}
	if diff := cmp.Diff(want, a.post.last(t)); diff != "" || a.post.got[0].Address != "+3585550100" {
		t.Errorf("%v %s", a.post.got, diff)
	}
	if !san.Verify(a.post.got[0].Body, san.Key{Password: "known to both"}) {
		t.Error("the phone would not know who calls")
	}
	a.clock = a.clock.Add(time.Minute)
	p.session = int(a.post.last(t).SessionID) - 1
	mode, _ := san.Asked(a.post.last(t).Syncs[0].Mode)
	if got := p.sync(mode); got != wire.AlertTwoWay {
		t.Errorf("the session is in mode %d", got)
	}
	rec = a.record()
	if !rec.Answered.Equal(a.clock) || !rec.ByID || rec.Error != "" || rec.Mode != 200 {
		t.Errorf("%+v", rec)
	}
	a.clock = a.clock.Add(time.Hour)
	p.sync(wire.AlertTwoWay)
	if again := a.record(); !again.Answered.Equal(rec.Answered) {
		t.Errorf("a later session counts: %+v", again)
	}
}

// A phone that comes with a session id of its own has come all the same; another phone has not; and who does
// not log in has not either.
func TestAlertAnsweredOtherwise(t *testing.T) {
	a := newAlerting(t)
	p, other := newPhone(a.bench, "dev1"), newPhone(a.bench, "dev2")
	a.reach(syncml.ReachChange{Address: new("1")})
	if _, err := a.alert(twoWay); err != nil {
		t.Fatal(err)
	}
	other.sync(wire.AlertSlow)
	p.begin()
	p.noCred = true
	p.send(p.opening(wire.AlertSlow))
	if rec := a.record(); !rec.Answered.IsZero() {
		t.Errorf("%+v", rec)
	}
	p.noCred, p.session = false, 76
	p.sync(wire.AlertSlow)
	if rec := a.record(); !rec.Answered.Equal(a.clock) || rec.ByID {
		t.Errorf("%+v", rec)
	}
	// Sixteen bits may be written in hexadecimal: 0x1f is 31.
	for range 30 {
		if _, err := a.alert(twoWay); err != nil {
			t.Fatal(err)
		}
	}
	p.begin()
	m := p.opening(wire.AlertTwoWay)
	m.Header.SessionID = "1F"
	p.send(m)
	if rec := a.record(); rec.Session != 31 || !rec.ByID {
		t.Errorf("%+v", rec)
	}
}

// A phone may come before the gateway has said that it took the call.
func TestAlertAnsweredAtOnce(t *testing.T) {
	a := newAlerting(t)
	p := newPhone(a.bench, "dev1")
	a.reach(syncml.ReachChange{Address: new("1")})
	a.post.before = func() { p.sync(wire.AlertSlow) }
	if _, err := a.alert(twoWay); err != nil {
		t.Fatal(err)
	}
	if rec := a.record(); rec.Answered.IsZero() || !rec.ByID {
		t.Errorf("%+v", rec)
	}
}

// A call for a slow sync has the next session be slow, although it can only ask for a two-way one.
func TestAlertSlow(t *testing.T) {
	a := newAlerting(t)
	p := newPhone(a.bench, "dev1")
	p.sync(wire.AlertSlow)
	a.reach(syncml.ReachChange{Address: new("1")})
	if _, err := a.alert(syncml.AlertRequest{Mode: wire.AlertSlow}); err != nil {
		t.Fatal(err)
	}
	if n := a.post.last(t); n.Syncs[0].Mode != san.TwoWay {
		t.Errorf("%+v", n)
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertSlow {
		t.Errorf("the session is in mode %d", mode)
	}
	if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Errorf("and the one after it in mode %d", mode)
	}
}

// What a call cannot be sent for is said, before anything is changed or sent.
func TestAlertUnreachable(t *testing.T) {
	a := newAlerting(t)
	p := newPhone(a.bench, "dev1")
	if _, err := a.alert(twoWay); !errors.Is(err, syncml.ErrNoAddress) || !errors.Is(err, syncml.ErrUnreachable) {
		t.Errorf("no address: %v", err)
	}
	a.reach(syncml.ReachChange{Address: new("1")})
	for _, r := range []syncml.AlertRequest{{Mode: 205}, {Mode: 200, Classes: []dataclass.Class{dataclass.Contacts}}} {
		if _, err := a.alert(r); !errors.Is(err, syncml.ErrNoDatabase) || !errors.Is(err, syncml.ErrUnreachable) {
			t.Errorf("never synchronised, %+v: %v", r, err)
		}
	}
	p.sync(wire.AlertSlow)
	for _, mode := range []int{0, 199, 206, 225} {
		if _, err := a.alert(syncml.AlertRequest{Mode: mode}); !errors.Is(err, san.ErrRange) {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
	if _, err := a.alert(syncml.AlertRequest{Mode: 200, Classes: []dataclass.Class{dataclass.Notes}}); !errors.Is(err, syncml.ErrNoDatabase) {
		t.Errorf("no notes: %v", err)
	}
	if rec := a.record(); len(a.post.got) > 0 || !rec.Sent.IsZero() {
		t.Errorf("%v, %+v", a.post.got, rec)
	}
	mute := syncml.NewAlerter(syncml.AlerterOptions{Store: a.store, Secrets: backwards{}})
	if _, err := mute.Alert(t.Context(), "owner-anna", "client-dev1", twoWay); !errors.Is(err, syncml.ErrNoGateway) || !errors.Is(err, syncml.ErrUnreachable) {
		t.Errorf("no gateway: %v", err)
	}
	if _, err := a.alerter.Alert(t.Context(), "owner-bert", "client-dev1", twoWay); !errors.Is(err, syncml.ErrNoAddress) {
		t.Errorf("another owner: %v", err)
	}
}

// Why a call did not leave is kept until the next one, and nobody's coming is taken for an answer to it.
func TestAlertFails(t *testing.T) {
	a := newAlerting(t)
	a.reach(syncml.ReachChange{Address: new("1")})
	a.post.err = push.ErrRefused
	if _, err := a.alert(twoWay); !errors.Is(err, push.ErrRefused) {
		t.Error(err)
	}
	newPhone(a.bench, "dev1").sync(wire.AlertSlow)
	if rec := a.record(); !strings.Contains(rec.Error, "refused") || rec.Sent.IsZero() || !rec.Answered.IsZero() {
		t.Errorf("%+v", rec)
	}
	a.post.err = nil
	if rec, err := a.alert(twoWay); err != nil || rec.Error != "" || rec.Session != 2 || a.record().Error != "" {
		t.Errorf("%+v, %v", rec, err)
	}
}

// Which databases are called for, by what the phone's sessions told of their names.
func TestAlertDatabases(t *testing.T) {
	a := newAlerting(t)
	p := newPhone(a.bench, "dev1")
	p.devinf.Stores = append(p.devinf.Stores, wire.DataStore{SourceRef: "./cal"})
	p.begin()
	m := p.opening(wire.AlertSlow)
	m.Commands[len(m.Commands)-1].(*wire.Alert).Items = append(m.Commands[len(m.Commands)-1].(*wire.Alert).Items,
		wire.Item{Target: wire.Location{URI: "./Eventtask"}, Source: wire.Location{URI: "./cal"}})
	if p.send(m) == nil {
		t.Fatalf("HTTP %d", p.code)
	}
	a.reach(syncml.ReachChange{Address: new("1")})
	contacts := san.Sync{Mode: 206, Type: "text/x-vcard", URI: "addressbook"}
	calendar := san.Sync{Mode: 206, Type: "text/x-vcalendar", URI: "./Eventtask"}
	for _, tt := range []struct {
		name string
		r    syncml.AlertRequest
		want []san.Sync
	}{
		{"all", twoWay, []san.Sync{contacts, calendar}},
		{"contacts", syncml.AlertRequest{Mode: 200, Classes: []dataclass.Class{dataclass.Contacts}}, []san.Sync{contacts}},
		{"tasks are in the calendar", syncml.AlertRequest{Mode: 200, Classes: []dataclass.Class{dataclass.Tasks, dataclass.Events, dataclass.Calendar}}, []san.Sync{calendar}},
		{"our name", syncml.AlertRequest{Mode: 200, Databases: []string{"ADDRESSBOOK"}}, []san.Sync{contacts}},
		{"its name", syncml.AlertRequest{Mode: 200, Databases: []string{"./cal"}}, []san.Sync{calendar}},
		{"another of ours", syncml.AlertRequest{Mode: 200, Databases: []string{"note"}}, []san.Sync{{Mode: 206, Type: "text/plain", URI: "note"}}},
		{"of no known kind", syncml.AlertRequest{Mode: 204, Databases: []string{"wardrobe"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := a.alert(tt.r); tt.want == nil && errors.Is(err, syncml.ErrOtherDatabase) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, a.post.last(t).Syncs); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A phone is called in the version that it speaks, unless somebody knows better.
func TestAlertVersion(t *testing.T) {
	for _, tt := range []struct{ name, spoken, set, want string }{
		{"never seen", "", "", "1.2"},
		{"as it speaks", "1.1", "", "1.1"},
		{"an old one", "1.0", "", "1.0"},
		{"as was set", "1.1", "1.2", "1.2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAlerting(t)
			if tt.spoken != "" {
				p := newPhone(a.bench, "dev1")
				p.version, p.devinf.VerDTD = tt.spoken, tt.spoken
				p.sync(wire.AlertSlow)
			}
			a.reach(syncml.ReachChange{Address: new("1"), Version: &tt.set})
			if _, err := a.alert(twoWay); err != nil {
				t.Fatal(err)
			}
			if n := a.post.last(t); n.Version != tt.want || n.Server != syncml.DefaultServerID {
				t.Errorf("%+v", n)
			}
		})
	}
}

// The password that a phone knows the server by is neither stored nor logged as it is; each setting changes
// alone, and what cannot be used changes nothing.
func TestReach(t *testing.T) {
	a := newAlerting(t)
	a.reach(syncml.ReachChange{Address: new("1"), ServerID: new("home"), Version: new("1.1"), Password: new("open sesame")})
	a.reach(syncml.ReachChange{Address: new("+2")})
	want := syncml.Reach{Address: "+2", ServerID: "home", Version: "1.1", Keyed: true}
	if diff := cmp.Diff(want, a.record().Reach); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]syncml.ReachChange{
		"option as address": {Address: new("--help"), ServerID: new("lost")}, "server id": {ServerID: new("a\nb")},
		"long server id": {ServerID: new(strings.Repeat("x", 256))}, "version": {Version: new("1.3")},
		"long password": {Password: new(strings.Repeat("x", 256))},
	} {
		if err := a.alerter.SetReach(t.Context(), "owner-anna", "client-dev1", bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if diff := cmp.Diff(want, a.record().Reach); diff != "" {
		t.Error(diff)
	}
	var rows []map[string]any
	err := a.store.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Table("syncml_alerts").Find(&rows).Error
	})
	if text := slog.AnyValue(rows).String(); err != nil || len(rows) != 1 || strings.Contains(text, "sesame") {
		t.Errorf("%v: %v", err, rows)
	}
	newPhone(a.bench, "dev1").sync(wire.AlertSlow)
	if _, err := a.alert(twoWay); err != nil || strings.Contains(a.log.String(), "sesame") || strings.Contains(a.log.String(), "+2") {
		t.Errorf("%v: %s", err, a.log.String())
	}
	a.reach(syncml.ReachChange{Address: new(""), ServerID: new(""), Version: new(""), Password: new("")})
	if diff := cmp.Diff(syncml.Reach{}, a.record().Reach); diff != "" {
		t.Error(diff)
	}
	others, err := a.alerter.Records(t.Context(), "owner-bert")
	if err != nil || len(others) != 0 {
		t.Errorf("another owner sees %v, %v", others, err)
	}
}

// A password that was sealed under a key that is gone is said to be, and nothing is sent without it.
func TestReachLostKey(t *testing.T) {
	a := newAlerting(t)
	newPhone(a.bench, "dev1").sync(wire.AlertSlow)
	a.reach(syncml.ReachChange{Address: new("1"), Password: new("open sesame")})
	lost := syncml.NewAlerter(syncml.AlerterOptions{Store: a.store, Secrets: backwards{err: errors.New("no key")}, Gateway: a.post})
	if _, err := lost.Alert(t.Context(), "owner-anna", "client-dev1", twoWay); err == nil || len(a.post.got) > 0 {
		t.Errorf("%v, %v", err, a.post.got)
	}
	if err := lost.SetReach(t.Context(), "owner-anna", "client-dev1", syncml.ReachChange{Password: new("x")}); err == nil {
		t.Error("a password was stored that cannot be sealed")
	}
}
