package engine

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// What a client says of an item that is none is told to the user; where it says nothing, what reading it said.
func TestRule_4_AsideSaysWhy(t *testing.T) {
	body := dataclass.Body{Type: "application/atom+xml", Data: []byte("<entry/>")}
	for why, want := range map[string]string{"the picture is too big": "the picture is too big", "": dataclass.ErrUnsupported.Error()} {
		var b loom
		th := thread{class: dataclass.Contacts}
		th.d.Put[Target] = &Digest{ID: "x", Bad: true}
		th.now[Target] = sources.Change{ID: "x", Body: body, Why: why}
		b.setAside(th, Memory{}, nil)
		if len(b.Quarantine) != 1 || !strings.Contains(b.Quarantine[0].Why, want) {
			t.Errorf("%q: %+v", why, b.Quarantine)
		}
	}
}
