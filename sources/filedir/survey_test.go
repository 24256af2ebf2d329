package filedir_test

import (
	"os"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
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
