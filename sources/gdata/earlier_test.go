package gdata_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// everything looks at all items from the beginning, and gives those that are told to have gone back.
func (w *world) everything() map[sources.ID]bool {
	w.Helper()
	w.since = ""
	return earlier(w.look())
}

func earlier(list map[sources.ID]sources.Change) map[sources.ID]bool {
	out := make(map[sources.ID]bool)
	for id, ch := range list {
		if ch.Earlier {
			out[id] = true
		}
	}
	return out
}

func (w *world) wentBack(got map[sources.ID]bool, ids ...sources.ID) {
	w.Helper()
	want := make(map[sources.ID]bool)
	for _, id := range ids {
		want[id] = true
	}
	if !maps.Equal(got, want) {
		w.Fatalf("went back: %v, want %v", got, want)
	}
}

// A server that was brought back from a backup shows old states with their old times: they are nobody's edit. What a
// user entered after that is.
func TestServerBroughtBack(t *testing.T) {
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events} {
		t.Run(string(class), func(t *testing.T) {
			w := newWorld(t, class)
			ids := w.user("byuser", "byus", "after", "still", "unseen")
			w.look()
			copied := w.Backup()
			w.must(w.Edit(class, ids[0], w.sample("edited")))
			w.look()
			w.done(w.apply(w.op(sources.Replace, ids[1], w.sample("written"))))
			w.must(w.Edit(class, ids[2], w.sample("twice")))
			w.look()
			w.BringBack(copied)
			w.must(w.Edit(class, ids[2], w.sample("anew")))
			got := w.everything()
			w.wentBack(got, ids[0], ids[1])
			w.wentBack(w.everything(), ids[0], ids[1]) // for every reader
			s, err := w.Source("other").Begin(t.Context(), class, w.since)
			w.must(err)
			defer func() { _ = s.Close() }()
			for ch, err := range s.Read(t.Context(), ids) {
				w.must(err)
				if ch.Earlier != got[ch.ID] {
					t.Errorf("read: %s went back: %t", ch.ID, ch.Earlier)
				}
			}
			w.done(w.apply(w.op(sources.Replace, ids[0], w.sample("edited"))))
			w.wentBack(w.everything(), ids[1])
		})
	}
}

// A series whose time is that of its newest exception goes back as one, also where our own write made the exceptions.
func TestSeriesBroughtBack(t *testing.T) {
	series := func(summary, moved string) dataclass.Body {
		zone := "Europe/Oslo:2026"
		b := event("series-1", "DTSTART;TZID="+zone+"1201T090000", "DTEND;TZID="+zone+"1201T100000", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:"+summary)
		if moved != "" {
			part := "BEGIN:VEVENT\r\nUID:series-1\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=" + zone + "1203T090000\r\nDTSTART;TZID=" + zone + moved +
				"\r\nDTEND;TZID=" + zone + "1203T190000\r\nSUMMARY:" + summary + "\r\nEND:VEVENT\r\nEND:VCALENDAR"
			b.Data = []byte(strings.Replace(string(b.Data), "END:VCALENDAR", part, 1))
		}
		return b
	}
	for name, first := range map[string]string{"without exceptions before": "", "with one before": "1203T110000"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Events)
			w.TimesSeries, w.ShowsOccurrences = true, true
			w.look()
			id := w.done(w.apply(w.op(sources.Add, "", series("Lunch", first))))[0].ID
			w.look()
			w.since = ""
			w.look()
			copied := w.Backup()
			w.done(w.apply(w.op(sources.Replace, id, series("Dinner", "1203T180000"))))
			w.look()
			w.BringBack(copied)
			w.wentBack(w.everything(), id)
		})
	}
}

// What was read anew after a refused write, before any look, is known to have gone back as well.
func TestServerBroughtBackSinceTheLook(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one", "two")
	w.look()
	copied := w.Backup()
	w.must(w.Edit(w.class, ids[0], w.sample("uno")))
	w.look()
	s, err := w.Source("engine").Begin(t.Context(), w.class, w.since)
	w.must(err)
	defer func() { _ = s.Close() }()
	w.BringBack(copied)
	got := make(map[sources.ID]sources.Change)
	for ch, err := range s.Read(t.Context(), ids) {
		w.must(err)
		got[ch.ID] = ch
	}
	w.wentBack(earlier(got), ids[0])
}

// A user who makes an item what it was once has edited it.
func TestUserSetsBack(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	ids := w.user("one")
	w.look()
	for range 3 {
		for _, name := range []string{"two", "one"} {
			w.must(w.Edit(w.class, ids[0], w.sample(name)))
			list := w.look()
			w.shows(list, ids...)
			w.wentBack(earlier(list))
		}
	}
}

// entryUpdated finds the time of each entry.
var entryUpdated = regexp.MustCompile(`(<entry(?s:.*?)<updated>)[^<]*(</updated>)`)

// A server whose times say nothing is not believed to have gone back.
func TestTimesThatSayNothing(t *testing.T) {
	for name, stamp := range map[string]string{"always the same": "2026-11-20T09:00:00.000Z", "none": "soon"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dataclass.Contacts)
			w.Trouble(&gdatatest.Trouble{Do: gdatatest.Rewrite(func(b []byte) []byte {
				return entryUpdated.ReplaceAll(b, []byte("${1}"+stamp+"${2}"))
			})})
			ids := w.user("one", "two")
			w.everything()
			w.must(w.Edit(w.class, ids[0], w.sample("uno")))
			w.everything()
			w.must(w.Edit(w.class, ids[0], w.sample("one")))
			w.wentBack(w.everything())
		})
	}
}
