package engine

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// told gives what answers to the ops of one link mean: its Add, which went out under 1, and a Replace under 2.
func told(base dataclass.Fingerprint, answers ...Answer) Settlement {
	added := dataclass.Fingerprint{1}
	link := LinkWrite{Link: Link{ID: 7, Base: base, Item: [2]sources.ID{"there", ""}, Owed: [2]Reason{None, Unmapped}}}
	return heard([]Intent{
		{ID: 1, Link: 7, Side: Target, State: Sent, Print: added, Op: sources.Op{Verb: sources.Add}},
		{ID: 2, Link: 7, Side: Target, State: Sent, Print: added, Op: sources.Op{Verb: sources.Replace, ID: "here"}},
	}, []LinkWrite{link}, answers)
}

// TestRule_2_4_AMapOfWhatIsStillTheBaseNeedsNoBody: the link is not written whole, so its bodies are not read.
func TestRule_2_4_AMapOfWhatIsStillTheBaseNeedsNoBody(t *testing.T) {
	st := told(dataclass.Fingerprint{1}, Answer{Intent: 1, State: Mapped, Item: "here"})
	if len(st.Links) != 0 || len(st.Held) != 1 || st.Held[0] != (Holding{7, Target, "here", ""}) {
		t.Errorf("links %+v, held %+v", st.Links, st.Held)
	}
	st = told(dataclass.Fingerprint{2}, Answer{Intent: 1, State: Mapped, Item: "here"})
	if len(st.Held) != 0 || len(st.Links) != 1 || st.Links[0].Owed[Target] != Waiting ||
		st.Links[0].Link.Shadow != [2]dataclass.Fingerprint{Target: {1}} {
		t.Errorf("links %+v, held %+v", st.Links, st.Held)
	}
}

// TestRule_2_4_WhatIsGoneAfterItsMapIsOwedAgain: of two answers in one message the later one stands, however each of
// them is stored.
func TestRule_2_4_WhatIsGoneAfterItsMapIsOwedAgain(t *testing.T) {
	st := told(dataclass.Fingerprint{1}, Answer{Intent: 1, State: Mapped, Item: "here"},
		Answer{Intent: 2, Err: errors.Join(errors.New("404"), sources.ErrGone)})
	if len(st.Held) != 0 || len(st.Links) != 1 || st.Links[0].Item[Target] != "" || st.Links[0].Owed[Target] != Refused {
		t.Errorf("links %+v, held %+v", st.Links, st.Held)
	}
}
