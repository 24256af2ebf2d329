package filedir

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestPages: a listing is stored and read back whole, whatever is in it.
func TestPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []entry
		l := &listing{dirty: map[int]bool{}, by: map[string]*entry{}}
		for i := range rapid.IntRange(0, 3*pageSlots).Draw(t, "entries") {
			e := entry{
				slot: i, class: code(1 + i%4), name: rapid.StringN(1, 20, -1).Draw(t, "name"), dead: i%3 == 0, bad: i%5 == 0, sure: i%7 == 0,
				stamp: stamp{rapid.Int64().Draw(t, "size"), -int64(i), int64(i) << 40, ^uint64(0) - uint64(i)},
				born:  int64(i), created: int64(i) + 1, changed: int64(i) + 2, died: int64(i / 2), at: 1 << 40,
				hash: hash{byte(i)}, origin: "binding-1",
			}
			if i%2 == 0 {
				e.key, e.first = rapid.StringN(1, 9, -1).Draw(t, "key"), hash{byte(i), 1}
			}
			want = append(want, e)
			l.slots = append(l.slots, &e)
		}
		var pages []pageRow
		for n := range (len(l.slots) + pageSlots - 1) / pageSlots {
			pages = append(pages, pageRow{Page: n, Body: l.page(n)})
		}
		back, err := newListing(folderRow{}, pages, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []entry
		for _, e := range back.slots {
			if back.of(e.class, e.name) == nil {
				t.Fatalf("%q is not found by its name", e.name)
			}
			e.older = nil
			got = append(got, *e)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{}, stamp{})); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// TestNames: entries of one name in several classes are told apart, whatever becomes of the others.
func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := newListing(folderRow{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := map[code]*entry{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			c := code(rapid.IntRange(1, 4).Draw(t, "class"))
			switch old := want[c]; {
			case old == nil:
				want[c] = l.put(c, "a.ics", content{}, "", time.Unix(0, 0))
			case !old.dead:
				l.kill(old, "", time.Unix(0, 0))
			default:
				l.leave(old)
				delete(want, c)
			}
			alive := 0
			for c := code(1); c <= 4; c++ {
				if got := l.of(c, "a.ics"); got != want[c] {
					t.Fatalf("class %d: %+v, want %+v", c, got, want[c])
				}
				if want[c] != nil && !want[c].dead {
					alive++
				}
			}
			if got := l.live("a.ics"); (got != nil) != (alive > 0) || got != nil && got.dead {
				t.Fatalf("%d of that name are not dead, found %+v", alive, got)
			}
			if l.knows("a.ics") != (len(want) > 0) {
				t.Fatalf("known is %v with %d entries", l.knows("a.ics"), len(want))
			}
		}
	})
}

// FuzzPage: a damaged page is an error, or a listing that prints itself.
func FuzzPage(f *testing.F) {
	good := (&entry{class: 1, name: "a.vcf", key: "k", origin: "o"}).append(nil)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(slices.Concat(good, good))
	f.Add([]byte{4, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add(slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xff}, 9), []byte{1}, make([]byte, 60))) // slot -1
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := newListing(folderRow{}, []pageRow{{Body: body}}, nil)
		if err != nil {
			return
		}
		page := l.page(0)
		again, err := newListing(folderRow{}, []pageRow{{Body: page}}, nil)
		if err != nil || !bytes.Equal(again.page(0), page) {
			t.Fatalf("page %x is read as %x, %v", body, page, err)
		}
	})
}

// FuzzFile: whatever a file holds, it has a class and a type, and what a new file is called is one plain
// name that holds an item.
func FuzzFile(f *testing.F) {
	f.Add("a.vcf", []byte("BEGIN:VCARD\r\nVERSION:2.1\r\nUID:1\r\nEND:VCARD\r\n"))
	f.Add("b.ICS", []byte("begin:vcalendar\nVERSION:1.0\nBEGIN:VTODO\nUID;X=Y:../z\n"))
	f.Add("c.txt", []byte("\xff\x00"))
	f.Add("d.ics", []byte("BEGIN:\nUID:\r\n folded"))
	folders := New(nil, Options{})
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if suffixOf(name) == "" {
			return
		}
		if c := classOf(name, data, 0); c == 0 || bodyOf(name, content{data: data}).Type == "" {
			t.Fatalf("class %d", c)
		}
		stem, err := folders.stem(property(data, "UID"), "key")
		file := numbered(stem, 2, suffixOf(name))
		if err != nil || !validName(file) || len(file) > 255 || file[0] == '.' || bytes.ContainsAny([]byte(file), "/\\:\x00") || suffixOf(file) == "" {
			t.Fatalf("file name %q, %v", file, err)
		}
	})
}
