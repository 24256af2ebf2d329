package bindings

import (
	"context"
	"testing"

	"github.com/bindery-sync/bindery/engine"
)

// TestRule_2_3_Knows: what a phone is known to hold, by the inbox, the links and the quarantine.
func TestRule_2_3_Knows(t *testing.T) {
	w := newWorld(t)
	garbage := card("X")
	garbage.Data = []byte("no card")
	s := w.session()
	s.put(true, replace("linked", card("Ann")), replace("deleted", card("Ben")), replace("bad", garbage))
	s.start(engine.Slow)
	s.finish(true)
	s = w.session()
	s.put(false, add("waiting", card("Cid")), remove("deleted"))
	got, err := w.phones.Knows(context.Background(), s.ph, simDB, []string{"linked", "deleted", "bad", "waiting", "never"})
	if err != nil {
		t.Fatal(err)
	}
	for luid, want := range map[string]bool{"linked": true, "deleted": false, "bad": true, "waiting": true, "never": false} {
		if got[luid] != want {
			t.Errorf("known %s: %v, wanted %v", luid, got[luid], want)
		}
	}
}
