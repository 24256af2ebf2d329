package entry

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// FuzzEntry: whatever an entry holds, reading it ends in an item or in a typed error; writing back what was read
// changes no byte; and any item can be written over it, once.
func FuzzEntry(f *testing.F) {
	entries, items := shownItems()
	for i, e := range entries {
		f.Add("<entry"+namespaces+">"+e+"</entry>", items[i%len(items)])
	}
	f.Fuzz(func(t *testing.T, doc, item string) {
		e, err := xmltree.Parse([]byte(doc), xmltree.Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		other := decodes(item)
		fuzzContact(t, e, other)
		fuzzEvent(t, e, other)
		_, _ = ReadPage(e)
		_, _, _ = ReadBatch(e)
		_, _ = ReadGroup(e)
		_ = print(Fresh(e))
	})
}

// A failer is a test of any sort.
type failer interface{ Fatalf(string, ...any) }

func typed(t failer, err error) bool {
	if err != nil && !errors.Is(err, dataclass.ErrMalformed) && !errors.Is(err, dataclass.ErrTooBig) && !errors.Is(err, dataclass.ErrUnsupported) {
		t.Fatalf("untyped error %v", err)
	}
	return err == nil
}

func fuzzContact(t failer, e *xmltree.Element, other *dataclass.Item) {
	it, err := ReadContact(e, context)
	if !typed(t, err) {
		return
	}
	if child(e, Atom, "id") == nil {
		e.Add(xmltree.New(Atom, "id", xmltree.Text("1"))) // else it joins My Contacts
	}
	before := print(e)
	if typed(t, WriteContact(e, it, context)); print(e) != before {
		t.Fatalf("what was read is written:\n%s\n%s\n%s", before, print(e), it.Body().Data)
	}
	if other == nil || other.Class() != dataclass.Contacts {
		return
	}
	if !typed(t, WriteContact(e, other, context)) {
		return
	}
	once := print(e)
	if typed(t, WriteContact(e, other, context)); print(e) != once {
		t.Fatalf("written twice:\n%s\n%s\n%s", once, print(e), other.Body().Data)
	}
}

func fuzzEvent(t failer, e *xmltree.Element, other *dataclass.Item) {
	it, err := ReadEvent(e, nil, oslo)
	if !typed(t, err) {
		return
	}
	before := print(e)
	w, err := WriteEvent(it, e, nil, oslo)
	if typed(t, err) && (w.Master != nil || len(w.Add) > 0 || print(e) != before) {
		t.Fatalf("what was read is written:\n%s\n%s\n%s", before, print(e), it.Body().Data)
	}
	if other == nil || other.Class() != dataclass.Events {
		return
	}
	if w, err = WriteEvent(other, e, nil, oslo); !typed(t, err) {
		return
	}
	if w, err = WriteEvent(other, e, w.Add, oslo); typed(t, err) && len(sent(w)) > 0 {
		t.Fatalf("written twice: %v\n%s\n%s", sent(w), print(e), other.Body().Data)
	}
}
