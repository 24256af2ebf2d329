package transfer_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// person is a card of the n-th invented person.
func person(n int, more string) string {
	return fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Example%[1]d;Person%[1]d;;;\r\nFN:Person%[1]d Example%[1]d\r\nEMAIL:p%[1]d@example.org\r\n%[2]sEND:VCARD\r\n", n, more)
}

// persons are the cards of the first n.
func persons(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(person(i, ""))
	}
	return b.String()
}

// loadWhile imports a text, and calls meanwhile when everything was compared and nothing is written yet.
func (s *shop) loadWhile(text string, meanwhile func()) transfer.Counts {
	s.t.Helper()
	k := s.all.Kind()
	src, err := k.Open(s.t.Context(), sources.Client{Owner: s.who.ID, ID: s.id, Kind: k.Name, Origin: transfer.Origin})
	s.must(err)
	opened := 0
	file := transfer.File{Name: "file", Open: func() (io.ReadCloser, error) {
		if opened++; opened == 2 {
			meanwhile()
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}}
	rep, err := transfer.Import(s.t.Context(), src, k.Caps, []transfer.File{file}, transfer.Options{
		NewKey: func() sources.Key { s.keys++; return sources.Key(fmt.Sprint("key", s.keys)) }, Together: s.db.Together,
	})
	s.must(err)
	return *rep.Classes[dataclass.Contacts]
}

// TestImportBesideWriters is the fear of whoever sends a file twice because the first answer was late, or while a phone
// is just being synchronised: everything is there twice. What others write after the import has compared, and before it
// writes, is there already all the same.
func TestImportBesideWriters(t *testing.T) {
	const all = 450 // several batches
	tests := []struct {
		name string
		// before is what the store holds before the import, meanwhile what somebody does when it has compared.
		before    int
		meanwhile func(s *shop)
		want      transfer.Counts
		items     int
	}{
		{"nobody", 0, func(*shop) {}, transfer.Counts{Read: all, Added: all}, all},
		{"the same file once more", 0, func(s *shop) { s.loadWhile(persons(all), func() {}) }, transfer.Counts{Read: all, There: all}, all},
		{"the same in single writes", 0, func(s *shop) { s.write(0, 30) }, transfer.Counts{Read: all, Added: all - 30, There: 30}, all},
		{"others", 0, func(s *shop) { s.write(1000, 30) }, transfer.Counts{Read: all, Added: all}, all + 30},
		{"somebody who is known by less", 0, func(s *shop) {
			s.put(dataclass.Contacts, "text/vcard;version=3.0", strings.ReplaceAll(person(7, "TEL;TYPE=CELL:+491510001007\r\n"), "\r\n", "\n"))
		}, transfer.Counts{Read: all, Added: all - 1, Doubtful: 1}, all},
		{"an edit of what is to be merged", 1, func(s *shop) { s.edit(person(0, "NOTE:edited meanwhile\r\n")) },
			transfer.Counts{Read: all, Added: all - 1, There: 1}, all},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := newShop(t)
			s.write(0, tc.before)
			got := s.loadWhile(persons(all), func() { tc.meanwhile(s) })
			if n := s.count(dataclass.Contacts); got != tc.want || n != tc.items {
				t.Errorf("%+v and %d items, want %+v and %d", got, n, tc.want, tc.items)
			}
			if again := s.loadWhile(persons(all), func() {}); again.Added+again.Merged > 0 {
				t.Errorf("once more: %+v", again)
			}
		})
	}
}

// TestImportMergesIntoWhatIsThere: an edit beside an import is neither lost nor a reason to leave the file's item out.
func TestImportMergesIntoWhatIsThere(t *testing.T) {
	s := newShop(t)
	s.write(0, 1)
	got := s.loadWhile(person(0, "TEL;TYPE=CELL:+491510001000\r\n"), func() { s.edit(person(0, "NOTE:edited meanwhile\r\n")) })
	text, _ := s.export(dataclass.VCard30, dataclass.Contacts)
	if got.Merged != 1 || got.Failed > 0 || !strings.Contains(text, "edited meanwhile") || !strings.Contains(text, "+491510001000") {
		t.Errorf("%+v\n%s", got, text)
	}
}

// TestImportAfterDeletion: what is deleted beside an import is merged with nothing; the file's item is there afterwards.
func TestImportAfterDeletion(t *testing.T) {
	s := newShop(t)
	s.write(0, 1)
	got := s.loadWhile(person(0, "TEL;TYPE=CELL:+491510001000\r\n"), func() {
		list, err := s.items().List(t.Context(), dataclass.Contacts, "", 0)
		s.must(err)
		s.must(s.items().Delete(t.Context(), dataclass.Contacts, list[0].ID, ""))
	})
	if got.Added != 1 || s.count(dataclass.Contacts) != 1 {
		t.Errorf("%+v", got)
	}
}

// write enters n persons one by one.
func (s *shop) write(first, n int) {
	s.t.Helper()
	for i := range n {
		s.put(dataclass.Contacts, "text/vcard;version=3.0", strings.ReplaceAll(person(first+i, ""), "\r\n", "\n"))
	}
}

// edit writes over the only item.
func (s *shop) edit(card string) {
	s.t.Helper()
	list, err := s.items().List(s.t.Context(), dataclass.Contacts, "", 0)
	s.must(err)
	_, err = s.items().Put(s.t.Context(), dataclass.Contacts, list[0].ID, "", dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(card)})
	s.must(err)
}
