package dataclass

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestRenderer: to render many is to render each, to the byte, whatever the item, the format and the side.
func TestRenderer(t *testing.T) {
	sides := map[string]Capabilities{
		"everything": {}, "small": smallPhone, "Latin 1": latinPhone, "nothing empty": noEmptyPhone, "organizer": organizer,
		"tiny": {MaxSize: 120}, "no such charset": {Charset: "nonsense"},
	}
	for _, pattern := range []string{"testdata/cards/*.vcf", "testdata/corpus/*/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for name, c := range sides {
				t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) { checkRenderer(t, Body{Data: data}, c) })
			}
		}
	}
}

func checkRenderer(t *testing.T, b Body, c Capabilities) {
	t.Helper()
	for _, class := range []Class{Contacts, Events, Tasks, Notes} {
		for _, f := range formats {
			want, wantErr := renderOne(class, b, f, c)
			var got *Item
			r, err := NewRenderer(f, c)
			if err == nil {
				got, err = r.Render(class, b)
			}
			if (err == nil) != (wantErr == nil) || !sameKind(err, wantErr) {
				t.Fatalf("%s to %s: error %v, want %v", class, f, err, wantErr)
			}
			if err == nil && (string(got.Body().Data) != string(want.Body().Data) || got.Format() != want.Format()) {
				t.Fatalf("%s to %s:\n%s\nwant\n%s", class, f, got.Body().Data, want.Body().Data)
			}
		}
	}
}

func renderOne(class Class, b Body, f Format, c Capabilities) (*Item, error) {
	it, err := Decode(class, b)
	if err != nil {
		return nil, err
	}
	return Render(it, f, c)
}

// sameKind reports whether two errors are the same to a caller. Where both the item and the side are wrong either
// may be told.
func sameKind(a, b error) bool {
	for _, kind := range []error{ErrUnsupported, ErrTooBig, ErrMalformed} {
		if errors.Is(a, kind) && !errors.Is(b, kind) {
			return false
		}
	}
	return true
}
