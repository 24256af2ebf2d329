package ledger

import (
	"bytes"
	"fmt"
	"testing"
)

// What does not fit into memory is read back like what does, and what is put again replaces what was there.
func TestSpool(t *testing.T) {
	s := NewSpool()
	defer func() { _ = s.Close() }()
	item := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 1<<20) }
	for i := range 20 {
		if err := s.Put(fmt.Sprint(i), item(i)); err != nil {
			t.Fatal(err)
		}
	}
	if s.file == nil || len(s.memory) > spoolMemory {
		t.Fatalf("%d octets in memory, a file: %t", len(s.memory), s.file != nil)
	}
	if err := s.Put("3", []byte("again")); err != nil {
		t.Fatal(err)
	}
	s.Forget("4")
	s.Rename("5", "five")
	s.Rename("none", "nothing")
	if got, ok, err := s.Get("five"); err != nil || !ok || !bytes.Equal(got, item(5)) {
		t.Errorf("what has another name has %d octets, %t, %v", len(got), ok, err)
	}
	for i := range 20 {
		want, there := item(i), i != 4 && i != 5
		if i == 3 {
			want = []byte("again")
		}
		got, ok, err := s.Get(fmt.Sprint(i))
		if err != nil || ok != there || there && (!bytes.Equal(got, want) || s.Len(fmt.Sprint(i)) != len(want)) {
			t.Errorf("%d: %d octets, %t, %v", i, len(got), ok, err)
		}
	}
	if s.Len("4") != 0 {
		t.Error("what was forgotten has a length")
	}
}

func TestSpoolClosesTwice(t *testing.T) {
	var none *Spool
	big := NewSpool()
	if err := big.Put("a", make([]byte, spoolMemory+1)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Spool{none, NewSpool(), big} {
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
