package bindings

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// ownerless are the methods of a Store that take no owner, with the reason.
var ownerless = map[string]string{
	"CreateAccount": "makes an owner",
	"Accounts":      "is the administrator's",
	"AccountByName": "is the administrator's",
	"Basic":         "signs an owner in",
	"Digest":        "signs an owner in",
	"Bearer":        "signs an owner in",
	"WebSession":    "signs an owner in",
	"PurgeHistory":  "is the server's own",
	"Journal":       "opens a room; its methods take the owner",
	"Mailbox":       "opens a room; its methods take the owner",
	"Phones":        "opens a room; its methods take the owner",
	"Syncs":         "opens a room; its methods take the owner",
	"Notices":       "opens a room; its methods take the owner",
	"EraseLeft":     "is the server's own: it looks at who is gone",
	"Runner":        "is the server's own: it does what is due of each owner",
}

// trespass calls a method of the Store as a foreign owner with everything of the first owner's that it may
// name. It gives what came back: nothing is a failure or an empty result.
type trespass func(ctx context.Context, s *Store, foreign string, of estate) (any, error)

// estate are the ids of what the first owner has.
type estate struct {
	client, target string
	binding, log   int64
	link           int64
	version, doubt int64
	aside, plan    string
	token, web     string
	// gone is a client, unbound a binding that was removed.
	gone    string
	unbound int64

	schedule int64
}

// none makes a method without a result one that gives nothing.
func none(err error) (any, error) { return nil, err }

// theirs are the methods of a Store that take an owner.
var theirs = map[string]trespass{
	"SetPassword": nil, "SetMD5": nil, "SetLogContent": nil, "SetZone": nil, "LogsContent": nil, "Account": nil, "CreateClient": nil,
	"CreatePhoneStore": nil, "CreateToken": nil, "Tokens": nil, "SetAdmin": nil, "RemoveAccount": nil,
	"BeginWebSession": nil, "EndWebSessions": nil,
	// name nothing but the owner himself
	"Client": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Client(ctx, f, of.client)
	},
	"Registered": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Registered(ctx, f, of.client))
	},
	"ClientByDevice": func(ctx context.Context, s *Store, f string, _ estate) (any, error) {
		return s.ClientByDevice(ctx, f, "left", "device")
	},
	"Clients": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.Clients(ctx, f, "left") },
	"CreateBinding": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.CreateBinding(ctx, f, NewBinding{Source: of.client, Target: of.target})
	},
	"PhoneStores": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.PhoneStores(ctx, f) },
	"PhoneStore": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.PhoneStore(ctx, f, of.binding)
	},
	"Token": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Token(ctx, f, of.token)
	},
	"RevokeToken": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.RevokeToken(ctx, f, of.token))
	},
	"Linked": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Linked(ctx, f, of.link)
	},
	"Whereabouts": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		var at []Sighting
		err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
			var row journalLinkRow
			if err := db.Where("owner_id <> ? AND source_item <> ''", f).Take(&row).Error; err != nil {
				return err
			}
			var err error
			at, err = s.Whereabouts(ctx, f, Spot{of.client, classOf(row.Ref.Class), sources.ID(row.Source.Item)})
			return err
		})
		return at, err
	},
	"FindItems": func(ctx context.Context, s *Store, f string, _ estate) (any, error) {
		return s.FindItems(ctx, f, "a", 10)
	},
	"EndWebSession": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.EndWebSession(ctx, f, of.web))
	},
	"Binding": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Binding(ctx, f, of.binding)
	},
	"Bindings": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.Bindings(ctx, f) },
	"BindingsOf": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.BindingsOf(ctx, f, of.client)
	},
	"SetWinner": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.SetWinner(ctx, f, of.binding, WinnerTarget)
	},
	"SetDeleteWins": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.SetDeleteWins(ctx, f, of.binding, true)
	},
	"SetRemoveTwins": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.SetRemoveTwins(ctx, f, of.binding, true)
	},
	"Change": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Change(ctx, f, of.binding, Change{DeleteWins: new(true), Filters: []FilterChange{{engine.Target, dataclass.Contacts, Filter{Category: "x"}}}})
	},
	"Withheld": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Withheld(ctx, f, of.binding)
	},
	"ChangeClient": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.ChangeClient(ctx, f, of.client, ClientChange{Title: new("theirs")})
	},
	"RemoveClient": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.RemoveClient(ctx, f, of.client))
	},
	"RemovedClients": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.RemovedClients(ctx, f) },
	"RestoreClient": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.RestoreClient(ctx, f, of.gone)
	},
	"LastRemoval":     func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.LastRemoval(ctx, f) },
	"RemovedBindings": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.RemovedBindings(ctx, f) },
	"RestoreBinding": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.RestoreBinding(ctx, f, of.unbound)
	},
	"CreateSchedule": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.CreateSchedule(ctx, f, Timing{Binding: of.binding, Every: time.Hour})
	},
	"Schedules": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.Schedules(ctx, f) },
	"Schedule": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Schedule(ctx, f, of.schedule)
	},
	"ChangeSchedule": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.ChangeSchedule(ctx, f, of.schedule, Timing{Binding: of.binding, Every: 2 * time.Hour})
	},
	"RemoveSchedule": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.RemoveSchedule(ctx, f, of.schedule))
	},
	"StartStates": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.StartStates(ctx, f, of.binding)
	},
	"RunSchedule": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.RunSchedule(ctx, f, of.schedule))
	},
	"Failures": func(ctx context.Context, s *Store, f string, _ estate) (any, error) { return s.Failures(ctx, f) },
	"Unauthorisations": func(ctx context.Context, s *Store, f string, _ estate) (any, error) {
		return s.Unauthorisations(ctx, f)
	},
	"Unauthorised": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Unauthorised(ctx, f, of.client, "theirs"))
	},
	"Authorised": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Authorised(ctx, f, of.client))
	},
	"FilterList": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.FilterList(ctx, f, of.binding)
	},
	"SetFilter": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.SetFilter(ctx, f, of.binding, engine.Target, dataclass.Contacts, Filter{Category: "x"}))
	},
	"Filters": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Filters(ctx, f, of.binding, dataclass.Contacts)
	},
	"RemoveBinding": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.RemoveBinding(ctx, f, of.binding))
	},
	"Log": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Log(ctx, f, of.binding, 0)
	},
	"LogPage": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.LogPage(ctx, f, LogFilter{Binding: of.binding})
	},
	"LogEntry": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.LogEntry(ctx, f, of.log)
	},
	"Synchronized": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Synchronized(ctx, f, of.binding)
	},
	"CountRefused": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.CountRefused(ctx, f, of.binding, dataclass.Contacts)
	},
	"Quarantine": func(ctx context.Context, s *Store, f string, of estate) (any, error) { return s.Quarantine(ctx, f, 0) },
	"Resettle": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Resettle(ctx, f, of.client, []dataclass.Class{dataclass.Contacts}))
	},
	"RetryQuarantined": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.RetryQuarantined(ctx, f, of.aside))
	},
	"History": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.History(ctx, f, HistoryFilter{})
	},
	"HistoryEntry": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.HistoryEntry(ctx, f, of.version)
	},
	"Learned": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return s.Learned(ctx, f, of.client)
	},
	"Doubts": func(ctx context.Context, s *Store, f string, of estate) (any, error) { return s.Doubts(ctx, f, 0) },
	"Decide": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Decide(ctx, f, of.doubt, engine.Verdict(1), ""))
	},
	"Plans": func(ctx context.Context, s *Store, f string, of estate) (any, error) { return s.Plans(ctx, f, 0) },
	"Plan":  func(ctx context.Context, s *Store, f string, of estate) (any, error) { return s.Plan(ctx, f, of.plan) },
	"Approve": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Approve(ctx, f, of.plan, ""))
	},
	"Reject": func(ctx context.Context, s *Store, f string, of estate) (any, error) {
		return none(s.Reject(ctx, f, of.plan, ""))
	},
}

// TestP14_EveryMethodOfAStoreKeepsOwnersApart goes through the method set, so that a new method is noticed.
func TestP14_EveryMethodOfAStoreKeepsOwnersApart(t *testing.T) {
	p, of := newEstate(t)
	ctx := context.Background()
	other, err := p.store.CreateAccount(ctx, NewAccount{Name: "olaf", Password: "battery staple"})
	p.ok(err)
	was := dump(t, p.db)
	typ := reflect.TypeOf(p.store)
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		call, listed := theirs[name]
		if _, free := ownerless[name]; listed == free {
			t.Errorf("Store.%s: say in this test what it does for a foreign owner", name)
			continue
		}
		if call == nil {
			continue
		}
		got, err := call(ctx, p.store, other.ID, of)
		if v := reflect.ValueOf(got); err == nil && v.IsValid() && !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
			t.Errorf("Store.%s gives a foreign owner %+v", name, got)
		}
		if err == nil && got == nil {
			t.Errorf("Store.%s goes through for a foreign owner", name)
		}
		if diff := cmp.Diff(was, dump(t, p.db)); diff != "" {
			t.Fatalf("Store.%s, called by a foreign owner, changed (-before +after):\n%s", name, diff)
		}
	}
}

// newEstate is an owner with something of everything: a log, a history, items that are set aside, twice.
func newEstate(t *testing.T) (*pair, estate) {
	t.Helper()
	y := &picky{}
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, y.options()}})
	p.put(0, card("Ann"))
	p.mustSync()
	p.edit(0, "Ann", "NOTE:new")
	p.put(0, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("no card at all")})
	p.mustSync()
	y.bad = refuses("Bad", sources.ErrTooBig)
	p.put(0, card("Bad"))
	for range 3 {
		p.mustSync()
	}
	for i := range 30 {
		p.put(0, card(fmt.Sprint("N", i)))
	}
	p.mustSync()
	for i := range 25 {
		p.remove(0, fmt.Sprint("N", i))
	}
	_, _ = p.sync() // is held
	plans, err := p.store.Plans(context.Background(), p.owner, 0)
	if err != nil || len(plans) != 1 {
		t.Fatalf("plans %+v, %v", plans, err)
	}
	b, err := p.store.Binding(context.Background(), p.owner, p.binding)
	p.ok(err)
	of := estate{client: b.Source, target: b.Target, binding: b.ID, doubt: 1, plan: plans[0].ID}
	token, _, err := p.store.CreateToken(context.Background(), p.owner, NewToken{Label: "calendar page"})
	p.ok(err)
	of.token = token.ID
	gone := p.another()
	unbound, err := p.store.CreateBinding(context.Background(), p.owner, NewBinding{Source: p.another(), Target: gone})
	p.ok(err)
	of.gone, of.unbound = gone, unbound.ID
	due, err := p.store.CreateSchedule(context.Background(), p.owner, Timing{Binding: b.ID, Every: time.Hour})
	p.ok(err)
	of.schedule = due.ID
	p.putStart(startRow{Schedule: due.ID, Due: 1, Outcome: OutcomeFailed, Failures: 1})
	p.ok(p.store.Unauthorised(context.Background(), p.owner, b.Target, "The password is not right"))
	p.ok(p.store.RemoveBinding(context.Background(), p.owner, unbound.ID))
	p.ok(p.store.RemoveClient(context.Background(), p.owner, gone))
	web, _, err := p.store.BeginWebSession(context.Background(), p.owner)
	p.ok(err)
	of.web = web.ID
	_, err = p.store.Notices().Look(context.Background())
	p.ok(err)
	_, err = p.store.Notices().RenewFeed(context.Background(), p.owner)
	p.ok(err)
	aside := p.quarantine()
	i := slices.IndexFunc(aside, func(e SetAside) bool { return e.Title == "Bad" })
	if i < 0 || len(aside) != 2 {
		t.Fatalf("in quarantine: %+v", aside)
	}
	of.aside = aside[i].ID
	log, err := p.store.Log(context.Background(), p.owner, 0, 1)
	p.ok(err)
	of.log = log[0].ID
	p.ok(p.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
		return db.Model(&historyRow{}).Where("owner_id = ?", p.owner).Select("MAX(id)").Scan(&of.version).Error
	}))
	p.ok(p.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
		return db.Model(&journalLinkRow{}).Where("owner_id = ?", p.owner).Select("MAX(id)").Scan(&of.link).Error
	}))
	if of.link == 0 {
		t.Fatal("there is no link")
	}
	if of.version == 0 {
		t.Fatal("there is no history")
	}
	return p, of
}
