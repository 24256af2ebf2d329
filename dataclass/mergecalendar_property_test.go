package dataclass

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawnEvent(t *rapid.T, m modelEvent) *Item {
	it, err := Decode(Events, Body{Type: "text/calendar", Data: []byte(m.text())})
	if err != nil {
		t.Fatalf("decode %q: %v", m.text(), err)
	}
	return it
}

// TestMergeEventsProperties holds what is true of every merge of events that lossless sides made.
func TestMergeEventsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawEvent(t)
		base := drawnEvent(t, m)
		if b := base.Body(); string(b.Data) != m.text() {
			t.Fatalf("the body is not what was read:\n%s\n%s", b.Data, m.text())
		}
		v := func(now *Item) Version { return Version{Shadow: base, Now: now, Keeps: Keeps{All: true}} }

		if got := checkMerge(t, base, v(drawnEvent(t, m)), v(nil), First); got.Item != base || got.Lossy[1] {
			t.Fatalf("no edit changes something:\n%s", got.Item.Body().Data)
		}
		m1, what1 := drawEventEdit(t, m, "first")
		one := drawnEvent(t, m1)
		got := checkMerge(t, base, v(one), v(nil), Second)
		if got.Item.Fingerprint() != one.Fingerprint() || got.Conflict {
			t.Fatalf("one edit of %s is not kept:\n%q\n%q", what1, wholes(got.Item), wholes(one))
		}
		for _, l := range bytes.SplitAfter(got.Item.Body().Data, []byte("\r\n")) {
			if !bytes.Contains([]byte(m.text()+m1.text()), l) {
				t.Fatalf("an edit of %s made the line %q of\n%s", what1, l, m.text())
			}
		}
		m2, what2 := drawEventEdit(t, m, "second")
		if what1 == what2 && what1 != "ATTENDEE" && what1 != "EXDATE" {
			return
		}
		two := drawnEvent(t, m2)
		both := checkMerge(t, base, v(one), v(two), First)
		if both.Conflict {
			t.Fatalf("edits of %s and %s conflict", what1, what2)
		}
		if from, _ := seriesStart(base); from.utc && (what1 == "DTSTART" && namesTimes(what2) && seriesMove(base, one) != 0 ||
			what2 == "DTSTART" && namesTimes(what1) && seriesMove(base, two) != 0) {
			return // the exceptions follow the series: TestMergeEvents
		}
		again := checkMerge(t, one, Version{Shadow: one}, Version{Shadow: base, Now: two, Keeps: Keeps{All: true}}, First)
		if both.Item.Fingerprint() != again.Item.Fingerprint() {
			t.Fatalf("edits of %s and %s do not commute:\n%q\n%q", what1, what2, wholes(both.Item), wholes(again.Item))
		}
	})
}

// namesTimes reports whether an edit is of something that names a time of its series.
func namesTimes(what string) bool {
	return what == "EXDATE" || strings.HasPrefix(what, "RECURRENCE-ID")
}
