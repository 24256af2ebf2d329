package syncml

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// A greeting is how one alerted database stands.
type greeting struct {
	class dataclass.Class
	// within is what the phone wants of the database.
	within dataclass.Range
	// code is the status: 200, 508, or a refusal.
	code int
	mode int
	// asked is the mode that the phone asked for, where it goes one way only.
	asked int
	// ours is the anchor of ours that the phone should remember from the last session.
	ours string
	// promote is true if the session before ended well without our knowing.
	promote bool
	next    string
	// left is what an earlier session left that the phone resumes, nil if it resumes none.
	left *remnant
}

// prepareAlert finds out how every alerted database stands.
func (t *turn) prepareAlert(ctx context.Context, a *wire.Alert) error {
	if !startsSync(a.Code) {
		return nil
	}
	for i := range a.Items {
		g, err := t.greet(ctx, askedBy(a.Code), &a.Items[i])
		if err != nil {
			return err
		}
		t.greetings[&a.Items[i]] = g
	}
	return nil
}

// maxDatabases bounds what one message can make us look up.
const maxDatabases = 32

// startsSync reports whether an Alert asks for a sync of its databases. Some phones that were called repeat
// the server's own code, 206 to 210, in their session.
func startsSync(code int) bool {
	code = askedBy(code)
	return code >= wire.AlertTwoWay && code <= wire.AlertRefreshFromServer || code == wire.AlertResume
}

// askedBy is the mode of an Alert: that of the phone's own codes for one that repeats the server's.
func askedBy(code int) int {
	if mode, ok := san.Asked(code); ok {
		return mode
	}
	return code
}

// greet decides on one alerted database (docs/engine.md 2.4, 2.5).
func (t *turn) greet(ctx context.Context, code int, item *wire.Item) (greeting, error) {
	if t.rules.Reject != nil {
		return greeting{code: *t.rules.Reject}, nil
	}
	db := t.alerted(item)
	if db.Class == "" || !plain(db.Name) || len(t.greetings) >= maxDatabases {
		return greeting{code: 404}, nil
	}
	within, bad := filterOf(db.Class, code, item)
	if bad != 0 {
		return greeting{code: bad}, nil
	}
	standing, err := t.o.Syncs.Standing(ctx, t.phone, db)
	if errors.Is(err, ErrNotBound) {
		return greeting{code: 403}, nil
	}
	if err != nil {
		return greeting{}, fmt.Errorf("database %s: %w", db.Name, err)
	}
	row, err := t.store.anchors(ctx, t.phone, db.Name)
	if err != nil {
		return greeting{}, err
	}
	g, resumed := greeting{}, false
	if code == wire.AlertResume {
		if g, resumed, err = t.resume(ctx, db, anchorOf(item), standing); err != nil {
			return greeting{}, err
		}
	}
	if !resumed {
		g = decide(code, anchorOf(item), row, standing.NeedSlow)
	}
	g.class, g.within, g.next = db.Class, within, t.nextAnchor(row)
	if resumed {
		return g, nil
	}
	if err := t.admit(ctx, db, g); errors.Is(err, ErrRefused) {
		return greeting{code: 403}, nil
	} else if err != nil {
		return greeting{}, err
	}
	if !complete(g.mode) {
		return g, nil
	}
	return g, t.flush(ctx, db, &g)
}

// admit asks whether the binding allows such a sync. The phone is told before it has sent, or wiped, anything.
func (t *turn) admit(ctx context.Context, db Database, g greeting) error {
	err := t.o.Syncs.Admit(ctx, t.phone, db, cmp.Or(g.asked, g.mode), g.mode == wire.AlertSlow)
	if errors.Is(err, ErrRefused) {
		t.o.Log.InfoContext(ctx, "sync refused", "client", t.phone.Client, "database", db.Name, "error", err)
	}
	return err
}

// flush has planned what lies in the inbox, before the first row of a slow package comes to it. If that
// cannot be done now, the phone is asked to come again.
func (t *turn) flush(ctx context.Context, db Database, g *greeting) error {
	if err := t.store.spoil(ctx, t.phone, ""); err != nil {
		return err
	}
	err := t.o.Syncs.Flush(ctx, t.phone, t.declaredBy(t.phone, t.device, &t.rules, db))
	if err == nil || errors.Is(err, ErrTakenOver) || ctx.Err() != nil {
		return err
	}
	t.o.Log.WarnContext(ctx, "inbox not planned, phone asked to come again", "client", t.phone.Client,
		"database", db.Name, "error", err)
	g.code = 417
	return nil
}

// alerted is the database that an item of an Alert means.
func (t *turn) alerted(item *wire.Item) Database {
	db := Database{Name: phoneName(item.Source.URI), Class: classOf(item.Target.URI)}
	if item.Target.URI == "" || item.Target.URI == "/" {
		db.Class = classOf(item.Source.URI)
	}
	if db.Class == dataclass.Events {
		db.Class = t.calendarClass(item.Source.URI)
	}
	return db
}

func anchorOf(item *wire.Item) wire.Anchor {
	if item.Meta.Anchor == nil {
		return wire.Anchor{}
	}
	return *item.Meta.Anchor
}

// complete reports whether a package in that mode is all that the phone's database holds. In a refresh from
// the server it is empty, as the database is.
func complete(mode int) bool {
	return mode == wire.AlertSlow || mode == wire.AlertRefreshFromClient || mode == wire.AlertRefreshFromServer
}

// fromClient and fromServer report whether a mode goes one way only.
func fromClient(mode int) bool {
	return mode == wire.AlertOneWayFromClient || mode == wire.AlertRefreshFromClient
}

func fromServer(mode int) bool {
	return mode == wire.AlertOneWayFromServer || mode == wire.AlertRefreshFromServer
}

// decide compares a phone's anchor with ours. It gives 200 with the mode asked for, or 508 with a slow
// sync; a phone that resumes what nothing is left of gets that too. A refresh needs no memory. A slow sync in the place of one that goes one way does so too.
func decide(code int, phone wire.Anchor, row anchorRow, needSlow bool) greeting {
	pending := phone.Last != "" && phone.Last == row.PhonePending && phone.Last != row.PhoneCommitted
	committed := phone.Last != "" && phone.Last == row.PhoneCommitted
	g := greeting{code: 508, mode: wire.AlertSlow, promote: pending && row.Arrived}
	switch {
	case pending:
		g.ours = row.OurPending
	case phone.Last != "":
		g.ours = row.OurCommitted
	}
	if code == wire.AlertSlow {
		g.code = 200
	}
	if fromClient(code) || fromServer(code) {
		g.asked = code
	}
	safe := (committed || g.promote) && !needSlow
	switch {
	case code == wire.AlertRefreshFromClient, code == wire.AlertRefreshFromServer:
		g.code, g.mode = 200, code
	case safe && g.asked != 0:
		g.code, g.mode = 200, code
	case safe && code == wire.AlertTwoWay:
		g.code, g.mode = 200, wire.AlertTwoWay
	}
	return g
}

// commit makes the pending session the one that ended well.
func (a *anchorRow) commit() {
	a.PhoneCommitted, a.OurCommitted = a.PhonePending, a.OurPending
	a.PhonePending, a.OurPending, a.Arrived = "", "", false
}

// forgetPhone has the next session be slow.
func (a *anchorRow) forgetPhone() { a.PhoneCommitted, a.PhonePending, a.Arrived = "", "", false }

// greetedWith notes the anchors of a session that begins.
func (a *anchorRow) greetedWith(g greeting, phoneNext string) {
	if g.promote {
		a.commit()
	}
	a.PhonePending, a.OurPending, a.Arrived = phoneNext, g.next, false
}

// anchorTime is how our anchors are written: a time, for people who read a phone's log.
const anchorTime = "20060102T150405Z"

// nextAnchor is later than all anchors that the phone may remember.
func (t *turn) nextAnchor(row anchorRow) string {
	next := t.o.Now().UTC().Truncate(time.Second)
	for _, old := range []string{row.OurCommitted, row.OurPending} {
		if at, err := time.Parse(anchorTime, old); err == nil && !next.After(at) {
			next = at.Add(time.Second)
		}
	}
	return next.Format(anchorTime)
}

// alert answers an Alert.
func (t *turn) alert(a *wire.Alert) {
	switch {
	case startsSync(a.Code) && len(a.Items) == 0:
		t.answerAll(a, a.NoResp, 412)
	case startsSync(a.Code):
		for i := range a.Items {
			t.alertItem(a, &a.Items[i])
		}
	case a.Code == wire.AlertSuspend:
		t.suspend = true
		t.answerAll(a, a.NoResp, 200)
	case a.Code == wire.AlertNoEnd:
		t.noEnd()
		t.answerAll(a, a.NoResp, 200)
	case a.Code == 100, a.Code == 221, a.Code == wire.AlertNextMessage:
		t.answerAll(a, a.NoResp, 200)
	default:
		t.answerAll(a, a.NoResp, 406)
	}
}

func (t *turn) alertItem(a *wire.Alert, item *wire.Item) {
	g, known := t.greetings[item]
	if !known { // an Alert where none belongs, inside a Sync
		g.code = 406
	}
	good := g.code == 200 || g.code == 508 || g.code == 509
	if good && t.state.Phase != inOpening {
		good, g.code = false, 406
	}
	anchor := anchorOf(item)
	if good {
		t.addDatabase(item, g, anchor)
	}
	var echo []wire.Item
	if anchor.Next != "" {
		echo = []wire.Item{wire.AnchorItem(anchor.Next)}
	}
	t.answerItem(a, a.NoResp, g.code, item.Target.URI, item.Source.URI, echo...)
}

// addDatabase takes an alerted database into the session.
func (t *turn) addDatabase(item *wire.Item, g greeting, anchor wire.Anchor) {
	d := &database{Name: phoneName(item.Source.URI), Theirs: item.Source.URI, Ours: item.Target.URI,
		Class: g.class, Within: g.within, Mode: g.mode, Asked: g.asked, Last: anchor.Last, OurLast: g.ours, OurNext: g.next, Alert: true, Early: g.code == 508}
	i := len(t.state.Databases)
	for j, old := range t.state.Databases {
		if old.Name == d.Name {
			i = j
		}
	}
	if i == len(t.state.Databases) {
		t.state.Databases = append(t.state.Databases, d)
	} else {
		t.state.Databases[i] = d
	}
	t.changeAnchors(i, func(row *anchorRow) {
		row.greetedWith(g, anchor.Next)
		row.Ours, row.Class = d.Ours, string(d.Class)
	})
	if g.left != nil {
		t.takeUp(i, g.left)
	}
	d.hears(item.Meta.Mem)
	if item.Meta.MaxObjSize > 0 {
		t.state.MaxObj = item.Meta.MaxObjSize
	}
}

// ownAlert is our Alert for a database.
func (t *turn) ownAlert(d *database) *wire.Alert {
	return &wire.Alert{Code: d.Mode, Items: []wire.Item{{
		Target: wire.Location{URI: d.Theirs}, Source: wire.Location{URI: d.Ours},
		Meta: wire.Meta{Anchor: &wire.Anchor{Last: d.OurLast, Next: d.OurNext}, MaxObjSize: t.limitsTold().MaxObjSize},
	}}}
}
