package datastore_test

import (
	"testing"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

func TestMadeOf(t *testing.T) {
	for uid, want := range map[string]sources.ID{"bindery-00001-ab": "00001-ab", datastore.MadeUID("x y"): "x y", "0190a000": "", "": ""} {
		if got := datastore.MadeOf(uid); got != want {
			t.Errorf("%q: %q, want %q", uid, got, want)
		}
	}
}
