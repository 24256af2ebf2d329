package engine

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
)

// built is an invented person with these lines besides.
func built(t *testing.T, lines ...string) *dataclass.Item {
	t.Helper()
	text := append([]string{"BEGIN:VCARD", "VERSION:3.0", "UID:1", "FN:Ann", "N:;Ann;;;"}, lines...)
	it, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(strings.Join(append(text, "END:VCARD", ""), "\r\n"))})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// TestBuiltOn: an edit is taken for one of what an op of unknown outcome wrote if all that the op changed is there, or was
// written over by the user; else for one of what was there before, unless it is nearer to what the op wrote.
func TestBuiltOn(t *testing.T) {
	was, wrote := []string{"NOTE:a", "TITLE:Baker"}, []string{"NOTE:b", "TITLE:Baker"}
	for _, c := range []struct {
		name string
		now  []string
		want bool
	}{
		{"as the op left it", wrote, true},
		{"as it was before", was, false},
		{"another property was edited after the op", []string{"NOTE:b", "TITLE:Cook"}, true},
		{"another property was edited before the op", []string{"NOTE:a", "TITLE:Cook"}, false},
		{"what the op wrote was written over", []string{"NOTE:c", "TITLE:Baker"}, true},
		{"what the op wrote was written over, and more", []string{"NOTE:c", "TITLE:Cook"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := builtOn(built(t, c.now...), built(t, was...), built(t, wrote...)); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
