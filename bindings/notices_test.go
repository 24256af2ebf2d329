package bindings

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// look looks for matters and gives the kinds of those that are open, sorted.
func (p *pair) look() string {
	p.t.Helper()
	_, err := p.store.Notices().Look(p.t.Context())
	p.ok(err)
	var kinds []string
	for _, n := range p.notices() {
		kinds = append(kinds, n.Kind)
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

func (p *pair) notices() []Notice {
	p.t.Helper()
	list, err := p.store.Notices().Open(p.t.Context(), p.owner)
	p.ok(err)
	return list
}

// only gives the one notice that is open.
func (p *pair) only(kind string) Notice {
	p.t.Helper()
	if got := p.look(); got != kind {
		p.t.Fatalf("open notices: %q, want %s", got, kind)
	}
	return p.notices()[0]
}

// Whatever waits for a person in the estate is a notice, in words that say where and how much.
func TestNoticesOfEverything(t *testing.T) {
	p, of := newEstate(t)
	if got := p.look(); got != "hold refused sign-in unreadable" {
		t.Fatalf("open notices: %q", got)
	}
	for _, n := range p.notices() {
		if n.Kind == NoticeSignIn {
			continue // is not about a binding
		}
		want := map[string]string{
			NoticeHold:       "A sync of Contacts between the left client and the right client would delete or change 25 items; it waits for your word.",
			NoticeRefused:    "One item of Contacts could not be brought across between the left client and the right client, and is in quarantine.",
			NoticeUnreadable: "One item of Contacts cannot be read or merged, and stays as it is; it is in quarantine between the left client and the right client.",
		}[n.Kind]
		if n.Sentence != want || n.Owner != p.owner || n.Binding != of.binding || n.Class != "Contacts" || n.ID == "" || n.Arisen != p.clock || !n.Told.IsZero() {
			t.Errorf("%+v\nwant %s", n, want)
		}
		if n.Kind == NoticeHold && n.Subject != of.plan {
			t.Errorf("the hold is of %q, want %q", n.Subject, of.plan)
		}
	}
	if list, err := p.store.Notices().Open(t.Context(), "somebody"); err != nil || len(list) != 0 {
		t.Errorf("somebody else has %+v, %v", list, err)
	}
	p.ok(p.store.RemoveBinding(t.Context(), p.owner, of.binding))
	if got := p.look(); got != "sign-in" {
		t.Errorf("of a binding that was removed: %q", got)
	}
}

// A matter is one notice for as long as it lasts, and another one when it arises anew.
func TestNoticesOncePerMatter(t *testing.T) {
	p := crowd(t, 30, pairOptions{})
	if got := p.look(); got != "" {
		t.Fatalf("without a matter: %q", got)
	}
	p.removeMany(0, 0, 25)
	_, _ = p.sync()
	first := p.only(NoticeHold)
	for range 3 {
		p.clock = p.clock.Add(2 * time.Hour)
		_, _ = p.sync() // is held again
		if n := p.only(NoticeHold); n != first {
			t.Errorf("the same hold: %+v, was %+v", n, first)
		}
	}
	p.ok(p.store.Reject(t.Context(), p.owner, first.Subject, ""))
	if got := p.look(); got != "" {
		t.Errorf("after the decision: %q", got)
	}
	p.mustSync()
	p.removeMany(0, 0, 25)
	_, _ = p.sync()
	if n := p.only(NoticeHold); n.ID == first.ID {
		t.Error("a hold that arose anew has the old notice")
	}
	all, err := p.store.Notices().All(t.Context(), p.owner)
	if err != nil || len(all) != 2 || all[1].Settled.IsZero() {
		t.Errorf("all: %+v, %v", all, err)
	}
	p.clock = p.clock.Add(settledKept + time.Second)
	p.look()
	if all, err = p.store.Notices().All(t.Context(), p.owner); err != nil || len(all) != 1 {
		t.Errorf("a quarter later: %+v, %v", all, err)
	}
}

// What is added to a matter soon is the same notice, what is added later another one.
func TestNoticesThatGrow(t *testing.T) {
	p := newPair(t, pairOptions{})
	bad := func() {
		p.put(0, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("no card at all")})
		p.mustSync()
	}
	bad()
	first := p.only(NoticeUnreadable)
	p.clock = p.clock.Add(time.Minute)
	bad()
	if n := p.only(NoticeUnreadable); n.ID != first.ID || n.Count != 2 || n.Updated != p.clock || !strings.HasPrefix(n.Sentence, "2 items of Contacts") {
		t.Errorf("a minute later: %+v", n)
	}
	p.clock = p.clock.Add(together)
	p.only(NoticeUnreadable)
	bad()
	if n := p.only(NoticeUnreadable); n.ID == first.ID || n.Count != 3 || n.Arisen != p.clock {
		t.Errorf("an hour later: %+v", n)
	}
}

// A doubtful pair is a matter until a person has decided.
func TestNoticesOfDoubts(t *testing.T) {
	p := doubtful(t, pairOptions{})
	if n := p.only(NoticeDoubts); n.Count != 1 || n.Sentence != "One pair of Contacts between the left client and the right client may be the same item or two; say which." {
		t.Errorf("%+v", n)
	}
	p.decide(engine.Two)
	if got := p.look(); got != "" {
		t.Errorf("after the decision: %q", got)
	}
}

// Three syncs of a dataclass that fail one after the other are a matter, two are none, and one that goes well settles it.
func TestNoticesOfFailures(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.replace = func(side int, s sources.Source) sources.Source {
		if side == 1 {
			return refusesClass{s, "Events", sources.ErrUnsupported}
		}
		return s
	}
	b := p.background()
	for i := range FailuresTold {
		if got := p.look(); got != "" {
			t.Fatalf("after %d failures: %q", i, got)
		}
		p.begin(b, "Events", "Contacts")
		b.wg.Wait()
	}
	n := p.only(NoticeFailing)
	if n.Class != "" || n.Sentence != "The last 3 syncs of Events between the left client and the right client failed." {
		t.Errorf("%+v", n)
	}
	p.replace = nil
	p.begin(b, "Events")
	b.wg.Wait()
	if got := p.look(); got != "" {
		t.Errorf("after one that went well: %q", got)
	}
}

// What the server starts by itself may fail before it has a log entry; and a binding that fails in two ways is one matter.
func TestNoticesOfStartsThatFail(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.putStart(startRow{Schedule: 8, Outcome: OutcomeFailed, Failures: FailuresTold - 1, Why: "It is away."})
	if got := p.look(); got != "" {
		t.Fatalf("too early: %q", got)
	}
	p.putStart(startRow{Schedule: 8, Outcome: OutcomeFailed, Failures: FailuresTold, Why: "It is away."})
	p.putStart(startRow{Schedule: 7, Outcome: OutcomeFailed, Failures: 9, Why: "It is away."})
	first := p.only(NoticeFailing)
	if first.Sentence != "The syncs between the left client and the right client keep failing: It is away." {
		t.Errorf("%+v", first)
	}
	p.putStart(startRow{Schedule: 8, Outcome: OutcomeFailed, Failures: 40, Why: "It is away."})
	if n := p.only(NoticeFailing); n != first {
		t.Errorf("once more: %+v", n)
	}
	p.putStart(startRow{Schedule: 8, Outcome: OutcomeDone})
	p.putStart(startRow{Schedule: 7, Outcome: OutcomePaused, Failures: 9})
	if got := p.look(); got != "" {
		t.Errorf("when it goes well: %q", got)
	}
}

// A client that must be authorised anew is a matter until it is.
func TestNoticesOfSignIn(t *testing.T) {
	p := newPair(t, pairOptions{})
	b, err := p.store.Binding(t.Context(), p.owner, p.binding)
	p.ok(err)
	p.ok(p.store.Unauthorised(t.Context(), p.owner, b.Target, "The password is not right"))
	n := p.only(NoticeSignIn)
	if n.Subject != "right/"+b.Target || n.Sentence != "The right client does not let Bindery in any more: The password is not right; its bindings pause until it does." {
		t.Errorf("%+v", n)
	}
	p.ok(p.store.Authorised(t.Context(), p.owner, b.Target))
	if got := p.look(); got != "" {
		t.Errorf("afterwards: %q", got)
	}
}

// To a phone a held sync looks like any other, so that only the notice tells; and a phone that has not come for 14 days
// is a matter until it comes.
func TestNoticesOfPhones(t *testing.T) {
	w := phoneCrowd(t, 40)
	later := time.Duration(0)
	w.store.now = func() time.Time { return time.Now().Add(later) }
	look := func() []Notice {
		t.Helper()
		_, err := w.store.Notices().Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.store.Notices().Open(t.Context(), w.owner)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	later = SilentAfter - time.Hour
	if list := look(); len(list) != 0 {
		t.Errorf("a phone that comes now and then: %+v", list)
	}
	later = SilentAfter + time.Hour
	list := look()
	if len(list) != 1 || list[0].Kind != NoticeSilent || list[0].Subject != "syncml/"+w.phone.client || !strings.HasPrefix(list[0].Sentence, "The phone has not synchronised since ") {
		t.Errorf("a silent phone: %+v", list)
	}
	w.dropFromPhone(0, 30)
	if e := w.mustSyncPhone(false); e.State != engine.StateDone || e.Held != 30 {
		t.Errorf("the phone sees %+v", e)
	}
	if list = look(); len(list) != 1 || list[0].Kind != NoticeHold || list[0].Count != 30 {
		t.Errorf("a held sync: %+v", list)
	}
}

// A notice is told once; a failure is tried again later, ever more slowly, and never given up.
func TestNoticesAreToldOnce(t *testing.T) {
	p := doubtful(t, pairOptions{})
	n, room := p.only(NoticeDoubts), p.store.Notices()
	untold := func() []Notice {
		t.Helper()
		list, err := room.Untold(t.Context(), 10)
		p.ok(err)
		return list
	}
	for i := range 40 {
		list := untold()
		if len(list) != 1 || list[0].ID != n.ID || list[0].Attempts != i {
			t.Fatalf("attempt %d: %+v", i, list)
		}
		p.ok(room.Missed(t.Context(), p.owner, n.ID, i, errors.New("no answer "+strings.Repeat("é", maxWhy))))
		if list := untold(); len(list) != 0 {
			t.Fatalf("at once after attempt %d: %+v", i, list)
		}
		p.clock = p.clock.Add(min(tellAgainMost, tellAgain<<min(i, 20)))
	}
	p.ok(room.Told(t.Context(), p.owner, n.ID))
	p.clock = p.clock.Add(tellAgainMost)
	p.look()
	if list := untold(); len(list) != 0 {
		t.Errorf("after it was told: %+v", list)
	}
}

// The key of a feed counts until another one is made or it is revoked, and says whose the feed is.
func TestNoticeFeedKey(t *testing.T) {
	p := newPair(t, pairOptions{})
	room := p.store.Notices()
	if at, err := room.Feed(t.Context(), p.owner); err != nil || !at.IsZero() {
		t.Errorf("before: %v, %v", at, err)
	}
	first, err := room.RenewFeed(t.Context(), p.owner)
	p.ok(err)
	if owner, err := room.FeedOwner(t.Context(), first); owner != p.owner || err != nil {
		t.Errorf("%q, %v", owner, err)
	}
	second, err := room.RenewFeed(t.Context(), p.owner)
	p.ok(err)
	if _, err := room.FeedOwner(t.Context(), first); !errors.Is(err, sources.ErrAuth) || first == second {
		t.Errorf("the old key: %v", err)
	}
	if at, err := room.Feed(t.Context(), p.owner); err != nil || at != p.clock {
		t.Errorf("made at %v, %v", at, err)
	}
	p.ok(room.RevokeFeed(t.Context(), "somebody"))
	if owner, err := room.FeedOwner(t.Context(), second); owner != p.owner || err != nil {
		t.Errorf("%q, %v", owner, err)
	}
	p.ok(room.RevokeFeed(t.Context(), p.owner))
	for _, key := range []string{second, "", "x"} {
		if _, err := room.FeedOwner(t.Context(), key); !errors.Is(err, sources.ErrAuth) {
			t.Errorf("%q: %v", key, err)
		}
	}
}
