package bindings_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// beyondEntries are items that say what an entry cannot say, or says otherwise.
var beyondEntries = map[string]struct {
	class     dataclass.Class
	body      string
	here, far string // edits
}{
	"a contact": {dataclass.Contacts, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:slow-1\r\nFN:Quentin Zobel\r\nN:Zobel;Quentin;;;\r\n" +
		"EMAIL;PID=1.1:q@example.org\r\nTEL;TYPE=CELL,BBS:+49 151 2345678\r\nX-ANNIVERSARY:2001-02-03T10:00:00Z\r\n" +
		"item1.X-ABRELATEDNAMES:Ada Zobel\r\nitem1.X-ABLabel:_$!<Mother>!$_\r\nX-SPECIAL:kept\r\nEND:VCARD\r\n", "TITLE:Here", "NOTE:Far"},
	"an event with alarms": {dataclass.Events, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:slow-2\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:20270303T100000Z\r\nDTEND:20270303T110000Z\r\nSUMMARY:Tea\r\n" +
		"BEGIN:VALARM\r\nUID:alarm-1\r\nACTION:EMAIL\r\nTRIGGER:-PT15M\r\nSUMMARY:Mail\r\nDESCRIPTION:Come!\r\nATTENDEE:mailto:g@example.org\r\n" +
		"ACKNOWLEDGED:20260101T000000Z\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "DESCRIPTION:Here", "LOCATION:Far"},
	"a series that floats": {dataclass.Events, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:slow-3\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:20270303T100000\r\nDTEND:20270303T110000\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"DESCRIPTION:Here", "LOCATION:Far"},
}

// slow runs a slow sync of a way and gives how many writes it made.
func (w *twoWays) slow(way string, class dataclass.Class) int {
	job := w.jobs[way+string(class)]
	defer func() { w.jobs[way+string(class)] = job }()
	slow := job
	slow.Mode = engine.Slow
	w.jobs[way+string(class)] = slow
	return w.sync(way, class)
}

// only gives the one item there is.
func (w *twoWays) only(items datastore.Items, class dataclass.Class) (sources.ID, string) {
	w.t.Helper()
	list, err := items.List(w.t.Context(), class, "", 0)
	w.ok(err)
	if len(list) != 1 {
		w.t.Fatalf("%d items:\n%s", len(list), w.all(items, class))
	}
	return list[0].ID, string(list[0].Body.Data)
}

// edit adds a line to the one item there is.
func (w *twoWays) edit(items datastore.Items, class dataclass.Class, line string) {
	w.t.Helper()
	id, was := w.only(items, class)
	end := map[dataclass.Class]string{dataclass.Contacts: "END:VCARD", dataclass.Events: "END:VEVENT"}[class]
	_, err := items.Put(w.t.Context(), class, id, "", dataclass.Body{Data: []byte(strings.Replace(was, end, line+"\r\n"+end, 1))})
	w.ok(err)
}

// asSet gives the lines of an item in one order, as often as they are there.
func asSet(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n ", ""), "\r\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// The user's fear: a sync that compares everything writes over the address book what the server was able to say of it.
func TestRule_7_1_ASlowSyncTakesNothingFromWhatItWroteItself(t *testing.T) {
	for name, tt := range beyondEntries {
		for _, way := range []string{"gdata", "dav"} {
			t.Run(name+" by "+way, func(t *testing.T) {
				w := newTwoWays(t)
				_, err := w.here.Put(t.Context(), tt.class, "", "", dataclass.Body{Data: []byte(tt.body)})
				w.ok(err)
				w.sync(way, tt.class)
				_, was := w.only(w.here, tt.class)
				for range 2 {
					if n := w.slow(way, tt.class); n != 0 {
						t.Errorf("%d writes", n)
					}
				}
				if _, got := w.only(w.here, tt.class); got != was {
					t.Errorf("it became\n%s\nof\n%s", got, was)
				}
				w.edit(w.here, tt.class, tt.here)
				_, was = w.only(w.here, tt.class)
				for range 2 {
					w.slow(way, tt.class)
				}
				if _, got := w.only(w.here, tt.class); asSet(got) != asSet(was) {
					t.Errorf("after an edit it became\n%s\nof\n%s", got, was)
				}
				if _, far := w.only(w.there, tt.class); !strings.Contains(far, tt.here) {
					t.Errorf("the edit did not go over:\n%s", far)
				}
				w.have(tt.class, 1)
			})
		}
	}
}

// What a user did is an edit in a slow sync as in any other: there, or on both sides at once.
func TestRule_7_1_ASlowSyncTakesEditsOfWhatItWroteItself(t *testing.T) {
	for name, tt := range beyondEntries {
		for _, way := range []string{"gdata", "dav"} {
			for _, both := range []bool{false, true} {
				t.Run(fmt.Sprint(name, " by ", way, ", on both sides ", both), func(t *testing.T) {
					w := newTwoWays(t)
					_, err := w.here.Put(t.Context(), tt.class, "", "", dataclass.Body{Data: []byte(tt.body)})
					w.ok(err)
					w.sync(way, tt.class)
					w.edit(w.there, tt.class, tt.far)
					if both {
						w.edit(w.here, tt.class, tt.here)
					}
					w.slow(way, tt.class)
					for side, items := range map[string]datastore.Items{"here": w.here, "there": w.there} {
						_, got := w.only(items, tt.class)
						if !strings.Contains(got, tt.far) || both && !strings.Contains(got, tt.here) {
							t.Errorf("an edit is lost %s:\n%s", side, got)
						}
					}
					if n := w.slow(way, tt.class); n != 0 {
						t.Errorf("no rest: %d writes", n)
					}
				})
			}
		}
	}
}

// A listing that nobody asked for, because the server cannot tell any more what changed, is no other.
func TestRule_7_1_ALostPlaceTakesNothingFromWhatWasWritten(t *testing.T) {
	for name, tt := range beyondEntries {
		t.Run(name, func(t *testing.T) {
			w := newTwoWays(t)
			_, err := w.here.Put(t.Context(), tt.class, "", "", dataclass.Body{Data: []byte(tt.body)})
			w.ok(err)
			w.sync("gdata", tt.class)
			_, was := w.only(w.here, tt.class)
			job := w.jobs["gdata"+string(tt.class)]
			for s := range job.Sides {
				job.Sides[s].Source = forgetful{job.Sides[s].Source}
			}
			w.jobs["gdata"+string(tt.class)] = job
			if n := w.sync("gdata", tt.class); n != 0 {
				t.Errorf("%d writes", n)
			}
			if _, got := w.only(w.here, tt.class); got != was {
				t.Errorf("it became\n%s\nof\n%s", got, was)
			}
		})
	}
}

// forgetful is a client that has lost every cursor.
type forgetful struct{ sources.Source }

// Begin implements sources.Source.
func (f forgetful) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	if since != "" {
		return nil, sources.ErrCursorLost
	}
	return f.Source.Begin(ctx, class, since)
}
