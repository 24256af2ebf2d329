package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

// TestDevicesTellsWhatWasLearned prints a phone that declared nothing and was seen to lose things. What would
// move the cursor of a terminal does not.
func TestDevicesTellsWhatWasLearned(t *testing.T) {
	var out bytes.Buffer
	r := deviceReport{Account: "ada", Client: "c1", DeviceID: "IMEI\x1b[2J", Learned: []deviceLearned{
		{Dataclass: dataclass.Contacts, Kept: []dataclass.Kept{{Name: "NOTE", Places: 1, Longest: 80}, {Name: "TEL", Places: 3, Longest: 12}},
			Losses: []dataclass.Loss{{Name: "N", Length: 14, ASCII: true}, {Name: "NOTE", Length: 20, Octets: true}, {Name: "TEL", Position: 4, Dropped: true},
				{Name: "TEL", Digits: true}, {Name: "TITLE", Upper: true}, {Name: "ROLE", Lower: true}, {Name: "ORG", Title: true}}},
		{Dataclass: dataclass.Notes},
	}}
	r.print(&terminal{out: &out})
	want := `account       ada
client        c1
device id     IMEI?[2J
declared      nothing
seen to keep  Contacts: NOTE ×1 ≤80, TEL ×3 ≤12
seen to lose  Contacts: N behind 14 characters in ASCII, NOTE behind 20 octets, TEL from the 4. on dropped, TEL digits only, TITLE in capitals, ROLE in small letters, ORG with capitals
rules         none

`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
