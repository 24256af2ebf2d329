package atom

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A waiting is what waits for one owner's word, and remembers what was said. It implements Matters, History and
// Restorer.
type waiting struct {
	owner   string
	said    []string
	verdict engine.Verdict
	state   string
	outcome bindings.Outcome
	// mark is that of the plan and of the pair.
	mark string
}

var errNone = &bindings.Error{Class: bindings.ErrNotFound, Sentence: "the store has no such thing"}

func when() time.Time { return time.Date(2009, 3, 19, 9, 52, 28, 0, time.UTC) }

func (w *waiting) Plans(_ context.Context, owner string, _ int64) ([]bindings.Plan, error) {
	if owner != w.owner {
		return nil, nil
	}
	return []bindings.Plan{{
		ID: "k7m2qx", Owner: owner, Binding: 15, Class: dataclass.Contacts, State: w.state, Mark: w.markNow(), Made: when(),
		Held: []bindings.HeldItem{{Side: "source", Item: "7", Title: "Ada <Example>", Verb: "delete", Why: "more than a fifth of what was there"}},
	}}, nil
}

func (w *waiting) Plan(ctx context.Context, owner, id string) (bindings.Plan, error) {
	if owner != w.owner || id != "k7m2qx" {
		return bindings.Plan{}, errNone
	}
	list, err := w.Plans(ctx, owner, 0)
	return list[0], err
}

// markNow is the mark of what waits; as is the first one.
func (w *waiting) markNow() string { return firstOf(w.mark, "as") }

// look returns an error for who saw something else.
func (w *waiting) look(seen string) error {
	if seen != "" && seen != w.markNow() {
		return &bindings.Error{Class: bindings.ErrChanged, Sentence: "it has changed since"}
	}
	return nil
}

func (w *waiting) Approve(_ context.Context, owner, id, seen string) error {
	if err := w.look(seen); err != nil {
		return err
	}
	w.state = "approved"
	w.said = append(w.said, "approve "+id)
	return nil
}

func (w *waiting) Reject(_ context.Context, owner, id, seen string) error {
	if err := w.look(seen); err != nil {
		return err
	}
	if w.state == "done" {
		return &bindings.Error{Class: bindings.ErrInvalid, Sentence: "the plan is done"}
	}
	w.state = "rejected"
	w.said = append(w.said, "reject "+id)
	return nil
}

func (w *waiting) Doubts(_ context.Context, owner string, _ int64) ([]bindings.DoubtfulPair, error) {
	if owner != w.owner {
		return nil, nil
	}
	item := func(id sources.ID, name string) bindings.DoubtfulItem {
		return bindings.DoubtfulItem{Item: id, Title: name, Body: dataclass.Body{Type: cardType, Data: []byte(cardText(name))}}
	}
	return []bindings.DoubtfulPair{{
		ID: 3, Owner: owner, Binding: 15, Class: dataclass.Contacts, Since: when(), Verdict: w.verdict, Mark: w.markNow(),
		Items: [2]bindings.DoubtfulItem{item("a", "Ada"), item("b", "Ada E")},
	}}, nil
}

func (w *waiting) Decide(_ context.Context, owner string, id int64, v engine.Verdict, seen string) error {
	if err := w.look(seen); err != nil {
		return err
	}
	w.verdict = v
	w.said = append(w.said, fmt.Sprint("decide ", id, v))
	return nil
}

func (w *waiting) Quarantine(_ context.Context, owner string, _ int64) ([]bindings.SetAside, error) {
	if owner != w.owner {
		return nil, nil
	}
	return []bindings.SetAside{{ID: "9-target", Owner: owner, Binding: 15, Class: dataclass.Events, Item: "z", Why: "too big", Since: when(),
		Body: dataclass.Body{Type: "text/calendar", Data: []byte("BEGIN:VCALENDAR\r\n<b>&" + strings.Repeat("x\r\n", 1350))}}}, nil
}

func (w *waiting) RetryQuarantined(_ context.Context, owner, id string) error {
	if owner != w.owner || id != "9-target" {
		return errNone
	}
	w.said = append(w.said, "retry "+id)
	return nil
}

func (w *waiting) History(_ context.Context, owner string, f bindings.HistoryFilter) ([]bindings.HistoryEntry, error) {
	if owner != w.owner {
		return nil, nil
	}
	w.said = append(w.said, fmt.Sprint("history ", f))
	return []bindings.HistoryEntry{{
		ID: 3, Owner: owner, Binding: 15, Class: dataclass.Contacts, Sync: 3, When: when(), Item: "7", Verb: sources.Delete, Title: "Ada",
		Body: dataclass.Body{Type: cardType, Data: []byte(cardText("Ada"))},
	}}, nil
}

func (w *waiting) HistoryEntry(ctx context.Context, owner string, id int64) (bindings.HistoryEntry, error) {
	list, err := w.History(ctx, owner, bindings.HistoryFilter{})
	if len(list) == 0 || id != 3 {
		return bindings.HistoryEntry{}, errNone
	}
	return list[0], err
}

func (w *waiting) Restore(_ context.Context, owner string, entries ...int64) ([]bindings.Restored, error) {
	if owner != w.owner || entries[0] != 3 {
		return nil, errNone
	}
	w.said = append(w.said, fmt.Sprint("restore ", entries))
	return []bindings.Restored{{Entry: bindings.HistoryEntry{ID: 3, Binding: 15}, Outcome: w.outcome, Err: errors.New("hidden reason")}}, nil
}

func (w *waiting) RestoreSync(ctx context.Context, owner string, sync int64) ([]bindings.Restored, int, error) {
	if owner != w.owner || sync != 3 {
		return nil, 0, errNone
	}
	w.said = append(w.said, fmt.Sprint("restore sync ", sync))
	return []bindings.Restored{{Entry: bindings.HistoryEntry{ID: 3, Binding: 15}, Outcome: w.outcome, Err: errors.New("hidden reason")}}, 1, nil
}

func TestHolds(t *testing.T) {
	s := routeServer(t)
	const path = "/v2/syncengine/holds/k7m2qx"
	s.wantGolden(s.ask("admin", "GET", path, ""), "hold")
	if got := s.ask("admin", "GET", "/v2/syncengine/holds/", ""); len(parse(t, got.body).Children("entry")) != 1 {
		t.Errorf("list %s", got.body)
	}
	for _, state := range []string{"approved", "rejected"} {
		got := s.ask("admin", "PUT", path, "<entry><state>"+state+"</state></entry>")
		if got.status != 200 || !strings.Contains(got.body, ">"+state+"</state>") {
			t.Errorf("%s: %d %s", state, got.status, got.body)
		}
	}
	if want := []string{"approve k7m2qx", "reject k7m2qx"}; fmt.Sprint(s.waiting.said) != fmt.Sprint(want) {
		t.Errorf("said %q, want %q", s.waiting.said, want)
	}
	s.waiting.said, s.waiting.state = nil, "done"
	s.wantSentence("done", s.ask("admin", "PUT", path, "<entry><state>rejected</state></entry>"), 400, "the plan is done")
	for body, sentence := range map[string]string{"": "No Entry provided", "<entry/>": "state must be", "<entry><state>open</state></entry>": "state must be"} {
		s.wantSentence(body, s.ask("admin", "PUT", path, body), 400, sentence)
	}
	s.wantSentence("unknown", s.ask("admin", "PUT", path+"x", "<entry><state>approved</state></entry>"), 404, "Unknown held plan")
	s.wantSentence("bob", s.ask("bob", "PUT", path, "<entry><state>approved</state></entry>"), 404, "Unknown held plan")
	if len(s.waiting.said) != 0 {
		t.Errorf("said %q", s.waiting.said)
	}
}

func TestReviews(t *testing.T) {
	s := routeServer(t)
	const path = "/v2/syncengine/reviews/3"
	s.wantGolden(s.ask("admin", "GET", path, ""), "review")
	for word, v := range verdicts {
		got := s.ask("admin", "PUT", path, "<entry><verdict>"+word+"</verdict></entry>")
		if got.status != 200 || !strings.Contains(got.body, ">"+word+"</verdict>") || s.waiting.verdict != v {
			t.Errorf("%s: %d %s, %v", word, got.status, got.body, s.waiting.verdict)
		}
	}
	s.waiting.said = nil
	for body, sentence := range map[string]string{"": "No Entry provided", "<entry/>": "verdict must be", "<entry><verdict>1</verdict></entry>": "verdict must be"} {
		s.wantSentence(body, s.ask("admin", "PUT", path, body), 400, sentence)
	}
	for _, user := range []string{"admin", "bob"} {
		n := map[string]string{"admin": "4", "bob": "3"}[user]
		for _, method := range []string{"GET", "PUT"} {
			got := s.ask(user, method, "/v2/syncengine/reviews/"+n, "<entry><verdict>same</verdict></entry>")
			s.wantSentence(user+" "+method, got, 404, "Unknown doubtful pair")
		}
	}
	if len(s.waiting.said) != 0 {
		t.Errorf("said %q", s.waiting.said)
	}
}

func TestQuarantine(t *testing.T) {
	s := routeServer(t)
	const path = "/v2/syncengine/quarantine/9-target"
	s.wantGolden(s.ask("admin", "GET", path, ""), "quarantined")
	s.wantSentence("retry", s.ask("admin", "POST", path, ""), 202, "The next sync tries it again")
	if fmt.Sprint(s.waiting.said) != "[retry 9-target]" {
		t.Errorf("said %q", s.waiting.said)
	}
	for _, method := range []string{"GET", "POST"} {
		s.wantSentence("unknown", s.ask("admin", method, path+"1", ""), 404, "Unknown item in quarantine")
		s.wantSentence("bob", s.ask("bob", method, path, ""), 404, "Unknown item in quarantine")
	}
}

func TestHistory(t *testing.T) {
	s := routeServer(t)
	const path = "/v2/syncengine/history/3"
	s.wantGolden(s.ask("admin", "GET", path, ""), "version")
	s.waiting.said = nil
	s.wantStatus("list", s.ask("admin", "GET", "/v2/syncengine/history/?binding=15&dataclass=Contacts&sync=3&item=7&text=ada&limit=5", ""), 200)
	if want := fmt.Sprint("[history ", bindings.HistoryFilter{Binding: 15, Class: "Contacts", Sync: 3, Item: "7", Text: "ada", Limit: 5}, "]"); fmt.Sprint(s.waiting.said) != want {
		t.Errorf("said %q, want %q", s.waiting.said, want)
	}
	s.waiting.said = nil
	page := s.ask("admin", "GET", "/v2/syncengine/history/?since=2009-03-01T00:00:00Z&until=2009-04-01T02:00:00%2B02:00&before=9&link=4&limit=1", "")
	march := bindings.HistoryFilter{Since: time.Date(2009, 3, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2009, 4, 1, 0, 0, 0, 0, time.UTC), Before: 9, Link: 4, Limit: 1}
	if want := fmt.Sprint("[history ", march, "]"); strings.ReplaceAll(fmt.Sprint(s.waiting.said), "02:00:00 +0200 +0200", "00:00:00 +0000 UTC") != want {
		t.Errorf("said %q, want %q", s.waiting.said, want)
	}
	if next := linkOf(parse(t, page.body), "next"); !strings.Contains(next, "before=3") || !strings.Contains(next, "link=4") {
		t.Errorf("next page %q", next)
	}
	for query, sentence := range map[string]string{"since=x": "A time is written", "before=x": "before is a number", "binding=x": "binding is a number", "sync=0": "sync is a number", "limit=0": "The limit must be"} {
		s.wantSentence(query, s.ask("admin", "GET", "/v2/syncengine/history?"+query, ""), 400, sentence)
	}
	s.waiting.outcome = bindings.RestoredReplaced
	s.wantSentence("restore", s.ask("admin", "POST", path, ""), 200, "The item is replaced")
	s.waiting.outcome = bindings.RestoreFailed
	failed := s.ask("admin", "POST", path, "")
	s.wantSentence("restore what cannot be", failed, 409, "cannot be restored now")
	if strings.Contains(failed.body, "hidden") || !strings.Contains(s.log.String(), "hidden reason") {
		t.Errorf("%q, log %s", failed.body, s.log)
	}
	for _, method := range []string{"GET", "POST"} {
		s.wantSentence("unknown", s.ask("admin", method, path+"1", ""), 404, "Unknown version")
		s.wantSentence("bob", s.ask("bob", method, path, ""), 404, "Unknown version")
	}
}
