package filedir_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/filedir"
)

// A Begin right after a Survey takes its look, once; what changed in between is in the next look.
func TestSurveyIsTaken(t *testing.T) {
	now := time.Now()
	h := newHouse(t, filedir.Options{Now: func() time.Time { return now }})
	c := h.client(t, "ann", "")
	survey := func() {
		t.Helper()
		if _, err := h.f.Survey(t.Context(), c.owner, c.id); err != nil {
			t.Fatal(err)
		}
	}
	c.write("a.vcf", card("1", "Ada"))
	survey()
	c.write("b.vcf", card("2", "Ben"))
	got, cur := c.look(dataclass.Contacts, "")
	want(t, "taken", got, "add a.vcf")
	got, cur = c.look(dataclass.Contacts, cur)
	want(t, "the next look", got, "add b.vcf")

	survey()
	now = now.Add(3 * time.Second)
	c.write("c.vcf", card("3", "Cleo"))
	got, cur = c.look(dataclass.Contacts, cur)
	want(t, "too old to be taken", got, "add c.vcf")

	survey()
	if err := os.Remove(c.at("c.vcf")); err != nil {
		t.Fatal(err)
	}
	other := filedir.New(h.store, filedir.Options{Unsafe: true}) // as another process
	if _, err := other.Survey(t.Context(), c.owner, c.id); err != nil {
		t.Fatal(err)
	}
	got, _ = c.look(dataclass.Contacts, cur)
	want(t, "stored since by another", got, "delete c.vcf")
}

// TestGlance sees what a Survey would, and leaves nothing that a later look could go by.
func TestGlance(t *testing.T) {
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	c.write("readme.md", "nothing")
	for range 2 {
		sv, err := h.f.Glance(t.Context(), c.at(""))
		if err != nil || len(sv.Items) != 1 || sv.Items[dataclass.Contacts] != 1 || len(sv.Ignored) != 1 {
			t.Errorf("%+v, %v", sv, err)
		}
	}
	got, _ := c.look(dataclass.Contacts, "")
	want(t, "after it", got, "add a.vcf")
	if _, err := h.f.Glance(t.Context(), c.at("nowhere")); !errors.Is(err, filedir.ErrUnavailable) {
		t.Errorf("no such folder: %v", err)
	}
}

// TestEditAfterAGlance: what is changed after a Glance is seen, also where size and time are what they were.
func TestEditAfterAGlance(t *testing.T) {
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	old := time.Now().Add(-time.Hour)
	names := map[string]time.Time{"old.vcf": old, "young.vcf": time.Now()}
	stamp := func(name string) {
		if err := os.Chtimes(c.at(sources.ID(name)), names[name], names[name]); err != nil {
			t.Fatal(err)
		}
	}
	for name := range names {
		c.write(name, card("1", "Ada"))
		stamp(name)
	}
	time.Sleep(20 * time.Millisecond) // the time of change of a file is no finer than that everywhere
	if _, err := h.f.Glance(t.Context(), c.dir); err != nil {
		t.Fatal(err)
	}
	for name := range names {
		c.write(name, card("1", "Eva"))
		stamp(name)
	}
	list, _ := c.changes(dataclass.Contacts, "")
	for _, ch := range list {
		if string(ch.Body.Data) != card("1", "Eva") {
			t.Errorf("%s is shown as %q", ch.ID, ch.Body.Data)
		}
	}
	if len(list) != len(names) {
		t.Errorf("%d files are shown", len(list))
	}
}
