package atom

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

// TestWhereOfWhatWaits: somebody asks where his item is just because it is missing somewhere. The page must not say that
// all is well where it was deleted, nor that nothing synchronizes what only waits.
func TestWhereOfWhatWaits(t *testing.T) {
	at := []bindings.Sighting{
		{Spot: bindings.Spot{Client: "b", Class: "Contacts", Item: "7"}, Binding: 15, Link: 1, Side: engine.Target},
		{Spot: bindings.Spot{Client: "a", Class: "Contacts", Item: "8"}, Binding: 15, Link: 1, Side: engine.Source},
	}
	known := parties{"a": {Title: "Anna", Kind: kindDatastore}, "b": {Title: "Second", Kind: kindDatastore}}
	waits := spotsWaiting{map[heldSpot]bool{{15, "target", "7"}: true}, map[string]bool{"a": true}}
	got := placesOf(at, known, sideNames{}, waits)
	if s := got[0].States[0]; !s.Waits || !strings.Contains(s.Text, "The deletion is held") || got[0].ItemPath != "" || got[0].SameAs != "" {
		t.Errorf("%+v", got[0])
	}
	if s := got[1].States[0]; s.Waits || got[1].ItemPath == "" {
		t.Errorf("%+v", got[1])
	}
	alone := []bindings.Sighting{{Spot: bindings.Spot{Client: "a", Class: "Contacts", Item: "9"}}}
	if s := placesOf(alone, known, sideNames{}, waits)[0].States[0]; !s.Waits || !strings.Contains(s.Text, "waits for the next one") {
		t.Errorf("%+v", s)
	}
	if s := placesOf(alone, known, sideNames{}, spotsWaiting{})[0].States[0]; s.Waits || s.Text != "No binding synchronizes it." {
		t.Errorf("%+v", s)
	}
}
