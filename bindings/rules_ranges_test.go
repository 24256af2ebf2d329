package bindings

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// event is an invented event of an hour. The clock of a pair stands at 18 March 2009.
func event(name, start string, lines ...string) dataclass.Body {
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:VEVENT\r\nUID:uid-" + name +
		"\r\nDTSTAMP:20090101T000000Z\r\nSUMMARY:" + name + "\r\nDTSTART:" + start + "T100000Z\r\nDTEND:" + start + "T110000Z\r\n"
	for _, l := range lines {
		body += l + "\r\n"
	}
	return dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(body + "END:VEVENT\r\nEND:VCALENDAR\r\n")}
}

// ranged is a pair whose right side is sent the events of 30 days back and 60 ahead.
type ranged struct{ *pair }

func newRanged(t *testing.T) ranged {
	r := ranged{newPair(t, pairOptions{})}
	r.filter(Filter{Back: 30, Ahead: 60})
	return r
}

func (r ranged) filter(f Filter) {
	r.t.Helper()
	r.ok(r.store.SetFilter(context.Background(), r.owner, r.binding, engine.Target, dataclass.Events, f))
}

func (r ranged) put(side int, b dataclass.Body) sources.ID {
	r.t.Helper()
	id, err := r.sides[side].Put(dataclass.Events, b)
	r.ok(err)
	return id
}

func (r ranged) mode(mode int) LogEntry {
	r.t.Helper()
	e, err := r.syncs.Synchronize(context.Background(), r.owner, r.binding, dataclass.Events, mode)
	r.ok(err)
	return e
}

func (r ranged) sync() LogEntry { r.t.Helper(); return r.mode(engine.TwoWay) }

func (r ranged) id(side int, name string) sources.ID {
	r.t.Helper()
	list, err := r.sides[side].List(dataclass.Events)
	r.ok(err)
	for id, b := range list {
		if strings.Contains(string(b.Data), "SUMMARY:"+name+"\r\n") {
			return id
		}
	}
	r.t.Fatalf("%s has no %s", sideNames[side], name)
	return ""
}

// hold asks what each side holds, by name and day.
func (r ranged) hold(left, right string) {
	r.t.Helper()
	for side, want := range []string{left, right} {
		list, err := r.sides[side].List(dataclass.Events)
		r.ok(err)
		var have []string
		for _, b := range list {
			name, day := "", ""
			for _, l := range strings.Split(string(b.Data), "\r\n") {
				if n, ok := strings.CutPrefix(l, "SUMMARY:"); ok {
					name = n
				}
				if d, ok := strings.CutPrefix(l, "DTSTART:2009"); ok {
					day = d[:4]
				}
			}
			have = append(have, name+day)
		}
		slices.Sort(have)
		if got := strings.Join(have, " "); got != want {
			r.t.Errorf("%s holds %q, wanted %q", sideNames[side], got, want)
		}
	}
}

func TestRule_3_5_ARangeNarrowsWhatIsSent(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Old", "20090101"))
	r.put(0, event("Now", "20090320"))
	r.put(0, event("Far", "20091201"))
	r.put(1, event("Mine", "20090201")) // what the side itself has is known all the same
	r.put(0, event("Series", "20090105", "RRULE:FREQ=WEEKLY"))
	r.put(0, event("Ended", "20090105", "RRULE:FREQ=WEEKLY;COUNT=2"))
	r.sync()
	r.hold("Ended0105 Far1201 Mine0201 Now0320 Old0101 Series0105", "Mine0201 Now0320 Series0105")
	if e := r.sync(); e.Sides != [2]SideCounts{} {
		t.Errorf("a sync of nothing: %+v", e)
	}
	refused, err := r.store.CountRefused(context.Background(), r.owner, r.binding, dataclass.Events)
	if refused != 0 || err != nil {
		t.Errorf("%d refused, %v", refused, err)
	}
}

func TestRule_3_5_AnItemThatLeavesTheRangeIsDeletedNowhere(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Now", "20090320"))
	r.sync()
	r.clock = r.clock.AddDate(0, 0, 100)
	r.sync()
	r.hold("Now0320", "Now0320")
	// Its link stays: an edit of it there is one here, and what is edited here is not sent there.
	r.ok(r.sides[1].Edit(dataclass.Events, r.id(1, "Now"), event("Now", "20090321")))
	r.sync()
	r.hold("Now0321", "Now0321")
	r.ok(r.sides[0].Edit(dataclass.Events, r.id(0, "Now"), event("Now", "20090322")))
	r.sync()
	r.hold("Now0322", "Now0321")
	r.ok(r.sides[0].Delete(dataclass.Events, r.id(0, "Now"))) // the user does delete it
	r.sync()
	r.hold("", "")
}

func TestRule_3_5_AnItemThatEntersTheRangeIsSent(t *testing.T) {
	for name, enter := range map[string]func(r ranged){
		"with time":    func(r ranged) { r.clock = r.clock.AddDate(0, 0, 10) },
		"by an edit":   func(r ranged) { r.ok(r.sides[0].Edit(dataclass.Events, r.id(0, "Soon"), event("Soon", "20090320"))) },
		"by the range": func(r ranged) { r.filter(Filter{Back: 30, Ahead: 90}) },
		"without one":  func(r ranged) { r.filter(Filter{}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRanged(t)
			r.put(0, event("Soon", "20090520"))
			r.sync()
			r.hold("Soon0520", "")
			enter(r)
			r.sync()
			if e := r.sync(); e.Sides != [2]SideCounts{} {
				t.Errorf("a sync of nothing: %+v", e)
			}
			left, err := r.sides[0].List(dataclass.Events)
			r.ok(err)
			right, err := r.sides[1].List(dataclass.Events)
			r.ok(err)
			if len(left) != 1 || len(right) != 1 {
				t.Errorf("%d and %d items", len(left), len(right))
			}
		})
	}
}

// An edit that takes an item out of the range is told: the side would show what is over.
func TestRule_3_5_AMoveOutOfTheRangeIsTold(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Trip", "20090320"))
	r.sync()
	r.ok(r.sides[0].Edit(dataclass.Events, r.id(0, "Trip"), event("Trip", "20091201")))
	r.sync()
	r.hold("Trip1201", "Trip1201")
}

func TestRule_3_5_ADeleteOutOfRangeOnlyUnlinks(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Gone", "20090320"))
	r.put(0, event("Near", "20090620"))
	r.sync()
	r.clock = r.clock.AddDate(0, 0, 60)
	r.sync()
	r.hold("Gone0320 Near0620", "Gone0320 Near0620")
	r.ok(r.sides[1].Delete(dataclass.Events, r.id(1, "Gone"))) // the device tidies up
	r.ok(r.sides[1].Delete(dataclass.Events, r.id(1, "Near"))) // its user deletes
	for range 2 {
		r.sync()
		r.hold("Gone0320", "")
	}
	r.ok(r.sides[0].Delete(dataclass.Events, r.id(0, "Gone")))
	r.sync()
	r.hold("", "")
}

// The device tidies an item up, and the other side edits it back into the range.
func TestRule_3_5_AnUnlinkedItemThatComesBackIntoRangeIsSent(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Trip", "20090320"))
	r.sync()
	r.clock = r.clock.AddDate(0, 0, 60)
	r.ok(r.sides[1].Delete(dataclass.Events, r.id(1, "Trip")))
	r.ok(r.sides[0].Edit(dataclass.Events, r.id(0, "Trip"), event("Trip", "20090520")))
	r.sync()
	r.sync()
	r.hold("Trip0520", "Trip0520")
}

func TestRule_3_5_AbsenceOutOfRangeIsNotRestored(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Old", "20090320"))
	r.put(0, event("New", "20090520"))
	r.filter(Filter{Back: 30, Ahead: 90})
	r.sync()
	r.clock = r.clock.AddDate(0, 0, 60)
	r.sync()
	for _, name := range []string{"Old", "New"} {
		r.ok(r.sides[1].Delete(dataclass.Events, r.id(1, name)))
	}
	r.sides[1].Forget() // its listing lacks both, and proves nothing
	e := r.sync()
	r.hold("New0520 Old0320", "New0520")
	if e.Restored != 1 {
		t.Errorf("%d restored, wanted 1", e.Restored)
	}
	r.sync()
	r.hold("New0520 Old0320", "New0520")
}

// A listing tells of the days that the look before covered as well: what lies in the others may never have
// been there.
func TestRule_3_5_ListingsAreComparedInsideTheRangeThatBothShare(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Old", "20090320"))
	r.sync()
	r.clock = r.clock.AddDate(0, 0, 60)
	r.sync()
	r.ok(r.sides[1].Delete(dataclass.Events, r.id(1, "Old")))
	r.sides[1].Forget()
	r.filter(Filter{Back: 90, Ahead: 60}) // holds it again, as the look before did not
	if e := r.sync(); e.Restored != 0 {
		t.Errorf("%d restored", e.Restored)
	}
}

// TestRule_3_5_ARefreshLeavesWhatIsOutOfRange: a device that was never sent an item does not say that it is
// to go.
func TestRule_3_5_ARefreshLeavesWhatIsOutOfRange(t *testing.T) {
	r := newRanged(t)
	r.put(0, event("Old", "20090101"))
	r.put(0, event("Now", "20090320"))
	r.sync()
	r.put(0, event("Older", "20081201"))
	r.put(0, event("Extra", "20090321"))
	r.mode(engine.RefreshFromServer) // the target leads
	r.hold("Now0320 Old0101 Older", "Now0320")
}

// A phone's slow sync: its ids prove nothing, and neither does the absence of what it was not to be sent.
func TestRule_3_5_APhoneMayLackWhatIsOutOfItsRange(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.phone.add(card("Ann", "CATEGORIES:Work"))
	w.phone.add(card("Ben", "CATEGORIES:Work"))
	w.mustSync()
	bound, err := w.store.BindingsOf(ctx, w.owner, w.phone.client)
	if err != nil || len(bound) != 1 {
		t.Fatal(bound, err)
	}
	side := engine.Source
	if bound[0].Target == w.phone.client {
		side = engine.Target
	}
	if err := w.store.SetFilter(ctx, w.owner, bound[0].ID, side, dataclass.Contacts, Filter{Category: "Family"}); err != nil {
		t.Fatal(err)
	}
	mustPut(w, card("Cem", "CATEGORIES:Work"))
	mustPut(w, card("Dan", "CATEGORIES:Family"))
	w.mustSync()
	delete(w.phone.items, w.phone.find("Ann")) // without telling
	if err := w.syncPhone(true); err != nil {
		t.Fatal(err)
	}
	w.mustSync()
	var have []string
	for _, b := range w.phone.items {
		have = append(have, nameOf(b))
	}
	slices.Sort(have)
	if got := strings.Join(have, " "); got != "Ben Dan" || w.peerNames() != "Ann Ben Cem Dan" {
		t.Errorf("the phone holds %q, the peer %q", got, w.peerNames())
	}
}

func TestFilterIsChecked(t *testing.T) {
	r := newRanged(t)
	ctx := context.Background()
	for name, tt := range map[string]struct {
		class dataclass.Class
		f     Filter
	}{
		"negative":         {dataclass.Events, Filter{Back: -1}},
		"too many days":    {dataclass.Events, Filter{Ahead: 1 << 30}},
		"days of contacts": {dataclass.Contacts, Filter{Back: 3}},
		"control":          {dataclass.Contacts, Filter{Category: "a\nb"}},
	} {
		if err := r.store.SetFilter(ctx, r.owner, r.binding, engine.Target, tt.class, tt.f); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.store.SetFilter(ctx, "somebody else", r.binding, engine.Target, dataclass.Events, Filter{Back: 1}); !errors.Is(err, ErrForbidden) {
		t.Errorf("another owner: %v", err)
	}
	got, err := r.store.Filters(ctx, r.owner, r.binding, dataclass.Events)
	if want := [2]Filter{{}, {Back: 30, Ahead: 60}}; got != want || err != nil {
		t.Errorf("filters %+v, %v", got, err)
	}
	now := time.Date(2009, 3, 18, 9, 58, 17, 0, time.UTC)
	w := Filter{Back: 1, Ahead: 1}.window(now)
	if w.From.Day() != 17 || w.To.Day() != 20 {
		t.Errorf("one day back and ahead is %+v", w)
	}
}
