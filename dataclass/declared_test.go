package dataclass

import (
	"encoding/json"
	"strings"
	"testing"
)

// declares is a device of cards that lists so many limits and holds nothing else.
func declares(limits ...Limit) Declaration {
	return Declaration{Takes: VCard21, Holds: Capabilities{Complete: true, Limits: append(limits, Limit{Name: "N"}, Limit{Name: "FN"})}}
}

// returned merges what a device sends back, which held was and once sent all of it if said, and gives the item and
// what the device is believed to hold.
func returned(t *testing.T, was, now *Item, d Declaration, k *Known, said bool) (item, shadow string) {
	t.Helper()
	v := Version{Shadow: was, Now: now, Known: k, Declares: d}
	if said {
		v.Sent = v.Sent.With(was)
	}
	m, err := Merge3(was, Version{Shadow: was}, v, Second)
	if err != nil {
		t.Fatal(err)
	}
	return string(m.Item.Body().Data), string(m.Shadow[1].Body().Data)
}

// TestRule_5_2_WhatIsNotDeclaredIsNotDeleted: the fear is the picture, and the fourth number, that are gone because a
// phone sent the contact back. It may even have sent them once, before its firmware changed.
func TestRule_5_2_WhatIsNotDeclaredIsNotDeleted(t *testing.T) {
	was := card(t, "N:Sample;Ann", "TEL:+15550001", "TEL:+15550002", "TEL:+15550003", "NOTE:She knows everybody", "PHOTO;ENCODING=b:AAECAw==")
	now := card(t, "N:Sample;Ann", "TEL:+15550001", "TEL:+15550009", "NOTE:She knows")
	d := declares(Limit{Name: "TEL", Count: 2}, Limit{Name: "NOTE", Size: 10})
	for _, said := range []bool{false, true} {
		item, shadow := returned(t, was, now, d, &Known{}, said)
		for _, w := range []string{"+15550001", "+15550009", "+15550003", "everybody", "PHOTO"} {
			if !strings.Contains(item, w) {
				t.Errorf("sent once %v: %s is lost:\n%s", said, w, item)
			}
		}
		if strings.Contains(item, "+15550002") {
			t.Errorf("an edit is lost:\n%s", item)
		}
		if strings.Contains(shadow, "PHOTO") {
			t.Errorf("the phone is believed to hold what it declares not to:\n%s", shadow)
		}
	}
}

// TestRule_5_2_WhatIsDeclaredIsDeletedAsEver: a list protects nothing that it names, nor what the device was seen
// to hold without naming it.
func TestRule_5_2_WhatIsDeclaredIsDeletedAsEver(t *testing.T) {
	was := card(t, "N:Sample;Ann", "TEL:+15550001", "TEL:+15550002", "NOTE:She knows", "EMAIL:ann@example.org")
	now := card(t, "N:Sample;Ann", "TEL:+15550001")
	d, k := declares(Limit{Name: "TEL", Count: 1}, Limit{Name: "NOTE"}), &Known{}
	k.Declares(d.Holds)
	k.Observe(was)
	item, _ := returned(t, was, now, d, k, true)
	for _, w := range []string{"+15550002", "NOTE", "EMAIL"} {
		if strings.Contains(item, w) {
			t.Errorf("%s is there still:\n%s", w, item)
		}
	}
}

// TestRule_5_2_AnEditOfWhatIsNotDeclaredIsTaken: lists are short, and what comes back is what the user wrote.
func TestRule_5_2_AnEditOfWhatIsNotDeclaredIsTaken(t *testing.T) {
	was := card(t, "N:Sample;Ann", "NOTE:She knows everybody", "EMAIL:ann@example.org")
	now := card(t, "N:Sample;Ann", "NOTE:She knows nobody and is glad of it", "EMAIL:ann@example.com", "TITLE:Dr")
	item, _ := returned(t, was, now, declares(Limit{Name: "NOTE", Size: 10}), &Known{}, false)
	for _, w := range []string{"nobody and is glad", "ann@example.com", "TITLE:Dr"} {
		if !strings.Contains(item, w) {
			t.Errorf("%s is lost:\n%s", w, item)
		}
	}
}

// TestRule_5_2_AnotherDeclarationIsAnotherDevice: what was learned of it is learned anew, and nothing is by one
// that says nothing.
func TestRule_5_2_AnotherDeclarationIsAnotherDevice(t *testing.T) {
	rich, poor := declares(Limit{Name: "PHOTO"}).Holds, declares(Limit{Name: "TEL"}).Holds
	k := &Known{}
	k.Declares(rich)
	k.Observe(card(t, "N:a", "PHOTO;ENCODING=b:AAECAw==", "TITLE:x"))
	stored, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if k, err = ParseKnown(stored); err != nil {
		t.Fatal(err)
	}
	if k.Declares(rich); k.Changed() || !k.holds("PHOTO") || len(rich.Corrected(k).Limits) != len(rich.Limits)+1 {
		t.Errorf("the same declaration: %s, %+v", stored, rich.Corrected(k))
	}
	if got := poor.Corrected(k); len(got.Limits) != len(poor.Limits) {
		t.Errorf("what was seen under another declaration counts: %+v", got)
	}
	if k.Declares(poor); k.holds("PHOTO") || !k.Changed() {
		t.Error("what was seen under another declaration is believed")
	}
}

func TestCorrected(t *testing.T) {
	c := Capabilities{Complete: true, Limits: []Limit{{Name: "TEL", Count: 1, Size: 30}, {Name: "NOTE", Size: 5}, {Name: "ADR", Size: 10},
		{Name: "TITLE", Never: true}, {Name: "PHOTO", Size: 2}, {Name: "ROLE", Size: 4, Octets: true}}}
	k := &Known{}
	k.Declares(c)
	k.Observe(card(t, "N:a", "TEL:1", "TEL:2", "NOTE:more than", "ADR:;;one;two;three;four;five", "TITLE:x", "PHOTO;ENCODING=b:AAECAw==", "ROLE:Öö", "URL:u"))
	got := map[string]Limit{}
	for _, l := range c.Corrected(k).Limits {
		got[l.Name] = l
	}
	for name, want := range map[string]Limit{
		"TEL": {Name: "TEL", Size: 30}, "NOTE": {Name: "NOTE"}, "ADR": {Name: "ADR", Size: 10}, "TITLE": {Name: "TITLE", Never: true},
		"PHOTO": {Name: "PHOTO"}, "ROLE": {Name: "ROLE", Size: 4, Octets: true}, "URL": {Name: "URL"},
	} {
		l, ok := got[name]
		if !ok || l.Count != want.Count || l.Size != want.Size || l.Never != want.Never {
			t.Errorf("%s is %+v, wanted %+v", name, l, want)
		}
	}
	if c.Limits[0].Count != 1 {
		t.Error("the declaration itself was changed")
	}
}
