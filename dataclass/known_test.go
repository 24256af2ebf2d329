package dataclass

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// learned shows a device items and what it made of them.
func learned(t *testing.T, device func(*Item) *Item, items ...*Item) *Known {
	t.Helper()
	k := &Known{}
	for i, it := range items {
		now := device(it)
		k.Observe(now)
		k.Learn(fmt.Sprint(i), Version{Shadow: it, Now: now})
	}
	return k
}

// held is a device that does what the losses say.
func held(t *testing.T, losses ...Loss) func(*Item) *Item {
	return func(it *Item) *Item {
		out, err := it.neutral().ProjectFor(it.neutral().Format(), Capabilities{Losses: losses})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func TestRule_5_3_WhatThreeItemsLostIsLearned(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   Loss
		want []Loss
	}{
		{"length", Loss{Name: "NOTE", Length: 9}, []Loss{{Name: "NOTE", Length: 9}}},
		{"octets", Loss{Name: "NOTE", Length: 9, Octets: true}, []Loss{{Name: "NOTE", Length: 9, Octets: true}}},
		{"upper case", Loss{Name: "NOTE", Upper: true}, []Loss{{Name: "NOTE", Upper: true}}},
		{"ASCII and length", Loss{Name: "NOTE", ASCII: true, Length: 12}, []Loss{{Name: "NOTE", ASCII: true, Length: 12}}},
		{"lower case", Loss{Name: "NOTE", Lower: true}, []Loss{{Name: "NOTE", Lower: true}}},
		{"capitals", Loss{Name: "NOTE", Title: true}, []Loss{{Name: "NOTE", Title: true}}},
		{"digits", Loss{Name: "TEL", Digits: true}, []Loss{{Name: "TEL", Digits: true}}},
		{"dropped", Loss{Name: "NOTE", Dropped: true, Position: 1}, []Loss{{Name: "NOTE", Position: 1, Dropped: true}}},
		{"second dropped", Loss{Name: "TEL", Dropped: true, Position: 2}, []Loss{{Name: "TEL", Position: 2, Dropped: true}}},
		{"component", Loss{Name: "ADR", Component: 2, Dropped: true}, []Loss{{Name: "ADR", Component: 2, Dropped: true}}},
		{"nothing", Loss{Name: "X-OTHER", Upper: true}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			items := []*Item{
				card(t, "N:a", "NOTE:Çüöne aNd more öf it", "TEL:+1 (23) 4", "TEL:+2 5", "ADR:;flat 5;Road 5;Town;;;"),
				card(t, "N:b", "NOTE:aÖtwo aNd more of iT", "TEL:+1 (24) 44", "TEL:+2 6", "ADR:;flat 6;Road 6;Town;;;"),
				card(t, "N:c", "NOTE:aBÄree aNd moré öf it", "TEL:+1 (25) 444", "TEL:+2 77", "ADR:;flat 7;Road 7;Town;;;"),
			}
			k := learned(t, held(t, tt.do), items[:2]...)
			if got := k.Losses(); len(got) > 0 {
				t.Errorf("after two items: %+v", got)
			}
			k = learned(t, held(t, tt.do), items[0], items[0], items[0], items[0])
			if got := k.Losses(); len(got) > 1 {
				t.Errorf("of one item: %+v", got)
			}
			k = learned(t, held(t, tt.do), items...)
			if diff := cmp.Diff(tt.want, k.Losses()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRule_5_3_OneItemProvesNothing: the same item that comes back again and again is one item.
func TestRule_5_3_OneItemProvesNothing(t *testing.T) {
	k := &Known{}
	it := card(t, "N:a", "NOTE:abcdef")
	for range 5 {
		k.Learn("a", Version{Shadow: it, Now: held(t, Loss{Name: "NOTE", Length: 2})(it)})
	}
	if got := k.Losses(); got != nil {
		t.Errorf("got %+v", got)
	}
}

// TestRule_5_4_WhatComesBackRefutes forgets what a value shows to be wrong.
func TestRule_5_4_WhatComesBackRefutes(t *testing.T) {
	items := []*Item{
		card(t, "N:a", "NOTE:Aé one more", "TEL:1-1", "TEL:2"), card(t, "N:b", "NOTE:Bé two more", "TEL:1-2", "TEL:2"),
		card(t, "N:c", "NOTE:Cé two more", "TEL:1-3", "TEL:2"),
	}
	for _, tt := range []struct {
		do   Loss
		back string
	}{
		{Loss{Name: "NOTE", Length: 6}, "NOTE:nine99999"}, {Loss{Name: "NOTE", Upper: true}, "NOTE:a"}, {Loss{Name: "NOTE", ASCII: true}, "NOTE:é"},
		{Loss{Name: "NOTE", Lower: true}, "NOTE:A"}, {Loss{Name: "NOTE", Title: true}, "NOTE:a"}, {Loss{Name: "TEL", Digits: true}, "TEL:1-1"},
		{Loss{Name: "NOTE", Dropped: true}, "NOTE:a"},
	} {
		k := learned(t, held(t, tt.do), items...)
		if len(k.Losses()) != 1 {
			t.Errorf("%+v: not learned: %+v", tt.do, k.Losses())
		}
		k.Observe(card(t, "N:x", tt.back))
		if got := k.Losses(); len(got) > 0 {
			t.Errorf("%+v: after %s came back: %+v", tt.do, tt.back, got)
		}
	}
}

func TestKnownIsStored(t *testing.T) {
	k := learned(t, held(t, Loss{Name: "NOTE", Length: 4, Upper: true}, Loss{Name: "TEL", Position: 2, Dropped: true}),
		card(t, "N:a", "NOTE:abcdefg", "TEL:1-1", "TEL:2"), card(t, "N:b", "NOTE:ghijkl", "TEL:1-2", "TEL:3"), card(t, "N:c", "NOTE:xyzuvw", "TEL:1-3", "TEL:4"))
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKnown(text)
	if err != nil || again.Changed() || !k.Changed() {
		t.Fatalf("%v, changed %v, before %v", err, again.Changed(), k.Changed())
	}
	if diff := cmp.Diff(k.Losses(), again.Losses()); diff != "" {
		t.Error(diff)
	}
	if text2, err := json.Marshal(again); err != nil || string(text2) != string(text) {
		t.Errorf("%v:\n%s\n%s", err, text, text2)
	}
	again.Observe(card(t, "N:a", "NOTE:A"))
	if again.Changed() {
		t.Error("what was known is learned again")
	}
	for _, bad := range []string{"[", `{"A":null}`, "{" + strings.TrimSuffix(strings.Repeat(`"A":{},`, 3), ",") + "!"} {
		if _, err := ParseKnown([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// TestKnownIsBounded lets a device invent properties, types and forms without end.
func TestKnownIsBounded(t *testing.T) {
	k := &Known{}
	for i := range 300 {
		lines := []string{"N:a", fmt.Sprintf("X-P%d:%s", i, strings.Repeat("x", i))}
		for j := range 40 {
			lines = append(lines, fmt.Sprintf("TEL;TYPE=X%d,%s:%s-%d", i, strings.Repeat("y", i), strings.Repeat("1", j+1), j))
		}
		it := card(t, lines...)
		k.Observe(it)
		k.Learn(fmt.Sprint(i), Version{Shadow: it, Now: card(t, "N:a", "TEL:1")})
	}
	text, err := json.Marshal(k)
	if err != nil || len(text) > 64<<10 {
		t.Errorf("%v: %d bytes", err, len(text))
	}
	if _, err := ParseKnown(text); err != nil {
		t.Error(err)
	}
}

// TestRule_5_4_EchoesInAMerge merges what a device made of an item with nothing else: nothing happens.
func TestRule_5_4_EchoesInAMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[A-Za-zäé ]{3,30}[a-zA-Z]")
		it := rapidCard(t, "N:"+text.Draw(t, "name"), "NOTE:"+text.Draw(t, "note"), "TEL:"+rapid.StringMatching(`\+[0-9]{2}[ -][0-9]{4,8}`).Draw(t, "tel"))
		l := Loss{Upper: rapid.Bool().Draw(t, "upper"), ASCII: rapid.Bool().Draw(t, "ascii"), Length: rapid.SampledFrom([]int{0, 3, 8}).Draw(t, "length")}
		losses := []Loss{{Name: "TEL", Digits: rapid.Bool().Draw(t, "digits")}}
		for _, name := range []string{"N", "NOTE"} {
			l.Name = name
			losses = append(losses, l)
		}
		now, err := it.ProjectFor(VCard30, Capabilities{Losses: losses})
		if err != nil {
			t.Fatal(err)
		}
		m, err := Merge3(it, Version{Shadow: it, Now: now, Known: &Known{}}, Version{Shadow: it}, Second)
		if err != nil {
			t.Fatal(err)
		}
		if m.Item.Fingerprint() != it.Fingerprint() || m.Lossy != [2]bool{} || m.Conflict {
			t.Errorf("%q became %q by the echo %q; lossy %v", it.Body().Data, m.Item.Body().Data, now.Body().Data, m.Lossy)
		}
		sent := Sent(nil).With(now).Union(m.Echoed[0])
		if again, err := Merge3(it, Version{Shadow: m.Shadow[0], Now: now, Sent: sent, Known: &Known{}}, Version{Shadow: it}, Second); err != nil || again.Item.Fingerprint() != it.Fingerprint() {
			t.Errorf("once more: %v, %q", err, again.Item.Body().Data)
		}
	})
}

func rapidCard(t *rapid.T, lines ...string) *Item {
	it, err := Decode(Contacts, Body{Type: VCard30.String(), Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// TestRule_5_5_SameHeld asks what a side would hold of two items.
func TestRule_5_5_SameHeld(t *testing.T) {
	a, b := card(t, "N:a", "NOTE:abcdef", "X-A:1"), card(t, "N:a", "NOTE:abcdxx", "X-A:2")
	cut := Capabilities{Limits: []Limit{{Name: "NOTE", Size: 4}, {Name: "X-A", Never: true}}}
	k := learned(t, held(t, Loss{Name: "NOTE", Length: 4}, Loss{Name: "X-A", Dropped: true}), a, b, card(t, "N:c", "NOTE:cdefgh", "X-A:1"))
	for _, tt := range []struct {
		name string
		f    Format
		c    Capabilities
		k    *Known
		want bool
	}{
		{"nothing known", Format{}, Capabilities{}, nil, false}, {"dialect", VCard21, Capabilities{}, &Known{}, false},
		{"declared", VCard21, cut, nil, true}, {"learned", Format{}, Capabilities{}, k, true}, {"both", VCard21, cut, k, true},
		{"no such format", Format{Type: "text/x"}, cut, nil, false},
	} {
		if got := SameHeld(a, b, tt.f, tt.c, tt.k); got != tt.want {
			t.Errorf("%s: %v; learned %+v", tt.name, got, tt.k.Losses())
		}
	}
	if !slices.Contains(k.Losses(), Loss{Name: "NOTE", Length: 4}) {
		t.Errorf("learned %+v", k.Losses())
	}
}

// TestRule_5_3_ADroppedComponentIsLearned: what a device has no field for, such as the middle name. What differs only
// there is not sent to it, until it shows such a field.
func TestRule_5_3_ADroppedComponentIsLearned(t *testing.T) {
	for _, tt := range []struct {
		values [4]string
		loss   Loss
	}{
		{[4]string{"N:Sample;Ann;Maria;Dr", "N:Other;Eve;Clara;Dr", "N:Third;Ida;Rosa;Dr", "N:Sample;Ann;Clara;Dr"}, Loss{Name: "N", Component: 3, Dropped: true}},
		{[4]string{"ORG:Firm;Sales", "ORG:Shop;Till", "ORG:Mill;Yard", "ORG:Firm;Till"}, Loss{Name: "ORG", Component: 2, Dropped: true}},
	} {
		var items []*Item
		for _, v := range tt.values {
			items = append(items, card(t, v, "NOTE:x"))
		}
		k := learned(t, held(t, tt.loss), items[:3]...)
		if diff := cmp.Diff([]Loss{tt.loss}, k.Losses()); diff != "" {
			t.Error(diff)
		}
		if !SameHeld(items[0], items[3], Format{}, Capabilities{}, k) || SameHeld(items[0], items[1], Format{}, Capabilities{}, k) {
			t.Errorf("%s: what differs there only is sent, or what differs elsewhere is not", tt.loss.Name)
		}
		k.Observe(items[1])
		if len(k.Losses()) > 0 || SameHeld(items[0], items[3], Format{}, Capabilities{}, k) {
			t.Errorf("the device showed one, and %+v", k.Losses())
		}
	}
}
