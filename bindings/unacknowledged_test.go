package bindings

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// TestRule_5_1_AReplaceWhoseAnswerWasLost: a phone carried out a Replace, and its answer was lost; then the
// item changed again on the other side. What the phone shows next is our own older value: no edit.
func TestRule_5_1_AReplaceWhoseAnswerWasLost(t *testing.T) {
	tests := []struct {
		name string
		slow bool
		edit func(b dataclass.Body) dataclass.Body
		want []string
	}{
		{"slow sync", true, nil, []string{"NOTE:two"}},
		{"two-way sync", false, nil, []string{"NOTE:two"}},
		{"slow sync with an edit on top", true, func(b dataclass.Body) dataclass.Body { return marked(b, "TITLE:mine") },
			[]string{"NOTE:two", "TITLE:mine"}},
		{"two-way sync with an edit on top", false, func(b dataclass.Body) dataclass.Body { return marked(b, "TITLE:mine") },
			[]string{"NOTE:two", "TITLE:mine"}},
	}
	for _, tt := range tests {
		for _, again := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				w := newWorld(t)
				w.phone.add(card("Ann", "NOTE:zero", "TEL;TYPE=CELL:+15550001"))
				w.mustSync()
				edit := func(note string) {
					t.Helper()
					b := card("Ann", note, "TEL;TYPE=CELL:+15550001")
					if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), b); err != nil {
						t.Fatal(err)
					}
				}
				edit("NOTE:one")
				w.loseAnswer(t, true)
				edit("NOTE:two")
				if again { // another Replace leaves, and never arrives
					w.loseAnswer(t, false)
				}
				if tt.edit != nil {
					w.phone.edit("1", tt.edit(w.phone.items["1"]))
				}
				if err := w.syncPhone(tt.slow); err != nil {
					t.Fatal(err)
				}
				w.mustSync()
				w.mustAgree(1)
				for _, line := range tt.want {
					if got := string(w.phone.items["1"].Data); !strings.Contains(got, line) {
						t.Errorf("%s is lost:\n%s", line, got)
					}
				}
				if got := w.lastLog(); got.Conflicts != 0 {
					t.Errorf("%d conflicts", got.Conflicts)
				}
			})
		}
	}
}

// loseAnswer plays a session that ends after a Replace left, arrived says whether the phone carried it out.
func (w *world) loseAnswer(t *testing.T, arrived bool) {
	t.Helper()
	s := w.session()
	s.start(engine.TwoWay)
	out := s.outbox()
	if len(out) != 1 || out[0].Verb != sources.Replace {
		t.Fatalf("outbox %+v", out)
	}
	s.settle(syncml.Answer{Op: out[0].Op, Kind: syncml.Sent})
	if arrived {
		w.phone.carryOut(out)
	}
	s.finish(false)
}
