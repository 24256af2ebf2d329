package datastore

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

func TestCursor(t *testing.T) {
	row := clientRow{Owner: "ann", Client: "c/1", Epoch: "e", Counter: 7, Floor: 2}
	if n, err := row.position(dataclass.Notes, ""); n != everything || err != nil {
		t.Errorf("no cursor: %d, %v", n, err)
	}
	cases := map[sources.Cursor]int64{
		"7/e/Notes/c/1":    7,
		"2/e/Notes/c/1":    2,
		"1/e/Notes/c/1":    -1, // below the floor
		"0//Notes/c/1":     -1,
		"8/e/Notes/c/1":    -1, // from a future that a restored copy does not know
		"7/f/Notes/c/1":    -1,
		"7/e/Tasks/c/1":    -1,
		"7/e/Notes/c/2":    -1,
		"07/e/Notes/c/1":   -1,
		"+7/e/Notes/c/1":   -1,
		"-1/e/Notes/c/1":   -1,
		"7":                -1,
		"/e/Notes/c/1":     -1,
		"7/e/Notes/c/1/c1": -1,
	}
	for cur, want := range cases {
		n, err := row.position(dataclass.Notes, cur)
		if lost := errors.Is(err, sources.ErrCursorLost); lost != (want < 0) || !lost && (n != want || err != nil) {
			t.Errorf("cursor %q: %d, %v; want %d", cur, n, err, want)
		}
	}
	row.Floor = 0
	if n, err := row.position(dataclass.Notes, "0//Notes/c/1"); n != 0 || err != nil {
		t.Errorf("cursor of the empty client: %d, %v", n, err)
	}
}

// FuzzCursor: whatever is given for a cursor is lost, or one that this client has made.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "7/e/Notes/c", "7/e/Notes/c/1", "0//Notes/c", "99999999999999999999/e", "\xff/\x00"} {
		f.Add(seed)
	}
	row := clientRow{Owner: "ann", Client: "c", Epoch: "e", Counter: 7}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := row.position(dataclass.Notes, sources.Cursor(s))
		if err != nil {
			if !errors.Is(err, sources.ErrCursorLost) {
				t.Fatal(err)
			}
			return
		}
		if s == "" {
			if n != everything {
				t.Fatalf("no cursor is taken as %d", n)
			}
			return
		}
		made := row
		if made.Counter = n; n == 0 {
			made.Epoch = ""
		}
		if n < 0 || n > row.Counter || made.cursor(dataclass.Notes) != sources.Cursor(s) {
			t.Fatalf("cursor %q is taken as %d", s, n)
		}
	})
}
