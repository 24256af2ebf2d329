package dataclass

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// lines gives the body's lines without BEGIN, VERSION and END, unfolded.
func lines(it *Item) []string {
	text := strings.ReplaceAll(string(forgetful(it).Body().Data), "\r\n ", "")
	all := strings.Split(strings.TrimSpace(text), "\r\n")
	return slices.DeleteFunc(all[2:len(all)-1], func(s string) bool { return s == "" })
}

var (
	fullCard = []string{
		"N:Example;Ada", "FN:Ada Example",
		"TEL;TYPE=CELL:+1 555 0001", "TEL;TYPE=WORK:+1 555 0002", "TEL;TYPE=HOME:+1 555 0003", "TEL;TYPE=CELL:+1 555 0004",
		"PHOTO;TYPE=JPEG;ENCODING=b:/9j/4AAQ",
	}
	// phoneCard is what a phone that drops pictures and fourth numbers returns.
	phoneCard = []string{"N:Example;Ada", "FN:Ada Example", "TEL;CELL:+1 555 0001", "TEL;WORK:+1 555 0002", "TEL;HOME:+1 555 0003"}
)

// replaced gives list with one line changed.
func replaced(list []string, old, now string) []string {
	out := slices.Clone(list)
	out[slices.Index(out, old)] = now
	return out
}

func wantLines(t *testing.T, what string, it *Item, want []string) {
	t.Helper()
	got := lines(it)
	slices.Sort(got)
	want = slices.Clone(want)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

// The test of the issue: a phone returns a card that it never sent itself, edited, without the
// picture and the fourth number.
func TestRule_5_3_PhoneThatCannotHoldEverything(t *testing.T) {
	name := replaced(phoneCard, "N:Example;Ada", "N:Sample;Ada")
	number := replaced(phoneCard, "TEL;CELL:+1 555 0001", "TEL;CELL:+1 555 9991")
	added := append(slices.Clone(phoneCard), "TEL;FAX:+1 555 0005")
	for _, tt := range []struct {
		name string
		now  []string
		want []string
	}{
		{"new name", name, replaced(fullCard, "N:Example;Ada", "N:Sample;Ada")},
		{"new number", number, replaced(fullCard, "TEL;TYPE=CELL:+1 555 0001", "TEL;TYPE=CELL:+1 555 9991")},
		{"one more number", added, append(slices.Clone(fullCard), "TEL;TYPE=FAX:+1 555 0005")},
		{"nothing", phoneCard, fullCard},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := card(t, fullCard...)
			sent, err := base.Project(VCard21)
			if err != nil {
				t.Fatal(err)
			}
			phone := Version{Shadow: sent, Now: oldCard(t, tt.now...)}
			m := checkMerge(t, base, phone, Version{Shadow: base}, Second)
			wantLines(t, "item", m.Item, tt.want)
			if m.Shadow[0].Fingerprint() != m.Item.Fingerprint() || m.Shadow[0].Format() != VCard21 {
				t.Errorf("the phone's shadow is %q", lines(m.Shadow[0]))
			}
			if m.Conflict || m.Lossy[0] || m.Shadow[1] != base {
				t.Errorf("conflict %v, lossy %v", m.Conflict, m.Lossy)
			}
		})
	}
}

func TestRule_5_3_AbsenceOfWhatASideSentIsADelete(t *testing.T) {
	base := card(t, fullCard...)
	fourth := oldCard(t, append(slices.Clone(phoneCard), "TEL;CELL:+15550004")...)
	for _, tt := range []struct {
		name string
		side Version
		gone []string
	}{
		{"it sent the number", Version{Sent: Sent(nil).With(fourth)}, []string{"TEL;TYPE=CELL:+1 555 0004"}},
		{"it keeps numbers", Version{Keeps: Keeps{Names: []string{"TEL"}}}, []string{"TEL;TYPE=CELL:+1 555 0004"}},
		{"it keeps pictures", Version{Keeps: Keeps{Names: []string{"PHOTO"}}}, fullCard[6:]},
		{"it keeps all", Version{Keeps: Keeps{All: true}}, fullCard[5:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			side := tt.side
			side.Shadow, side.Now = base, oldCard(t, phoneCard...)
			m := checkMerge(t, base, Version{Shadow: base}, side, First)
			want := slices.DeleteFunc(slices.Clone(fullCard), func(s string) bool { return slices.Contains(tt.gone, s) })
			wantLines(t, "item", m.Item, want)
			if m.Shadow[1].Fingerprint() != m.Item.Fingerprint() || !m.Lossy[0] || m.Lossy[1] {
				t.Errorf("lossy %v, shadow %q", m.Lossy, lines(m.Shadow[1]))
			}
		})
	}
}

func TestMerge3(t *testing.T) {
	all, none := Keeps{All: true}, Keeps{}
	for _, tt := range []struct {
		name                string
		base, first, second []string
		keeps               Keeps
		want                []string
		conflict            bool
	}{
		{"different properties", []string{"FN:a", "NOTE:n"}, []string{"FN:b", "NOTE:n"}, []string{"FN:a", "NOTE:m"}, all,
			[]string{"FN:b", "NOTE:m"}, false},
		{"same property, first wins", []string{"FN:a"}, []string{"FN:b"}, []string{"FN:c"}, all, []string{"FN:b"}, true},
		{"same change", []string{"FN:a"}, []string{"FN:b"}, []string{"FN:b "}, all, []string{"FN:b"}, false},
		{"both add numbers", nil, []string{"TEL:1"}, []string{"TEL:2"}, all, []string{"TEL:1", "TEL:2"}, false},
		{"both add the same number", nil, []string{"TEL:1 2"}, []string{"TEL:12"}, all, []string{"TEL:1 2"}, false},
		{"both add a note", nil, []string{"NOTE:1"}, []string{"NOTE:2"}, all, []string{"NOTE:1"}, true},
		{"delete against edit", []string{"FN:a", "TEL;TYPE=HOME:1"}, []string{"FN:a"}, []string{"FN:a", "TEL;TYPE=HOME:2"}, all,
			[]string{"FN:a", "TEL;TYPE=HOME:2"}, true},
		{"both delete", []string{"FN:a", "TEL:1"}, []string{"FN:a"}, []string{"FN:a"}, all, []string{"FN:a"}, false},
		{"number and its type", []string{"TEL;TYPE=HOME:1"}, []string{"TEL;TYPE=HOME:2"}, []string{"TEL;TYPE=WORK:1"}, all,
			[]string{"TEL;TYPE=WORK:2"}, false},
		{"new number against new spelling", []string{"TEL:12"}, []string{"TEL:1 2"}, []string{"TEL:34"}, all, []string{"TEL:34"}, false},
		{"types lost by a side that keeps nothing", []string{"TEL;TYPE=HOME,PREF:1"}, []string{"TEL:2"}, nil, none,
			[]string{"TEL;TYPE=HOME,PREF:2"}, false},
		{"PREF lost", []string{"TEL;TYPE=HOME,PREF:1"}, []string{"TEL;TYPE=WORK:1"}, nil, none, []string{"TEL;TYPE=WORK,PREF:1"}, false},
		{"empty is absent", []string{"FN:a", "NOTE:n"}, []string{"FN:a", "NOTE:"}, nil, none, []string{"FN:a", "NOTE:n"}, false},
		{"emptied by a side that keeps", []string{"FN:a", "NOTE:n"}, []string{"FN:a", "NOTE:"}, nil, all, []string{"FN:a"}, false},
		{"categories", []string{"CATEGORIES:a,b"}, []string{"CATEGORIES:a,b,c"}, []string{"CATEGORIES:d,b,a"}, all,
			[]string{"CATEGORIES:a,b,c,d"}, false},
		{"category changed", []string{"CATEGORIES:a,b"}, []string{"CATEGORIES:a,x\\,y"}, nil, none, []string{"CATEGORIES:a,x\\,y"}, false},
		{"category removed", []string{"FN:a", "CATEGORIES:a"}, []string{"FN:a"}, nil, all, []string{"FN:a"}, false},
		{"label added", []string{"TEL:1"}, []string{"g.TEL:1", "g.X-ABLabel:l"}, nil, all, []string{"item1.TEL:1", "item1.X-ABLabel:l"}, false},
		{"label changed", []string{"g.TEL:1", "g.X-ABLabel:l"}, []string{"q.TEL:1", "q.X-ABLabel:m"}, []string{"g.TEL:2", "g.X-ABLabel:l"},
			all, []string{"g.TEL:2", "g.X-ABLabel:m"}, false},
		{"label lost", []string{"g.TEL:1", "g.X-ABLabel:l"}, []string{"TEL:2"}, nil, none, []string{"g.TEL:2", "g.X-ABLabel:l"}, false},
		{"labelled numbers keep apart", []string{"g.TEL:1", "g.X-ABLabel:l"}, []string{"g.TEL:1", "g.X-ABLabel:l", "h.TEL:2", "h.X-ABLabel:m"},
			[]string{"g.TEL:1", "g.X-ABLabel:l", "h.TEL:3", "h.X-ABLabel:n"}, all,
			[]string{"g.TEL:1", "g.X-ABLabel:l", "h.TEL:2", "h.X-ABLabel:m", "item1.TEL:3", "item1.X-ABLabel:n"}, false},
		{"unknown property changed", []string{"X-A;B=c:1"}, []string{"X-A;B=c:2"}, nil, none, []string{"X-A;B=c:2"}, false},
		{"unknown property added", []string{"X-A:1"}, []string{"X-A:1", "X-A:2"}, []string{"X-A:1", "X-A:3"}, all,
			[]string{"X-A:1", "X-A:2", "X-A:3"}, false},
		{"unknown property absent", []string{"FN:a", "X-A:1"}, []string{"FN:b"}, nil, none, []string{"FN:b", "X-A:1"}, false},
		{"bookkeeping stays", []string{"REV:1", "UID:1", "FN:a"}, []string{"REV:2", "UID:2", "FN:b"}, []string{"REV:3", "UID:3", "FN:a"}, all,
			[]string{"REV:1", "UID:1", "FN:b"}, false},
		{"picture replaced", []string{"PHOTO;ENCODING=b:AAAA"}, []string{"PHOTO;ENCODING=b;TYPE=PNG:BBBB"}, nil, none,
			[]string{"PHOTO;TYPE=PNG;ENCODING=b:BBBB"}, false},
		{"twins go together", []string{"FN:a", "TEL:1", "TEL:1"}, []string{"FN:a"}, nil, all, []string{"FN:a"}, false},
		{"a line without a colon", []string{"FN:a", "junk"}, []string{"FN:b"}, nil, none, []string{"FN:b", "junk"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := card(t, tt.base...)
			first := Version{Shadow: base, Now: card(t, tt.first...), Keeps: tt.keeps}
			second := Version{Shadow: base, Keeps: tt.keeps}
			if tt.second != nil {
				second.Now = card(t, tt.second...)
			}
			m := checkMerge(t, base, first, second, First)
			wantLines(t, "item", m.Item, tt.want)
			if m.Conflict != tt.conflict {
				t.Errorf("conflict is %v", m.Conflict)
			}
		})
	}
}

func TestMergeAgainstEachSidesOwnShadow(t *testing.T) {
	base := card(t, "FN:new", "TEL:1")
	m := checkMerge(t, base, Version{Shadow: card(t, "FN:old", "TEL:1"), Now: card(t, "FN:old", "TEL:2")}, Version{Shadow: base}, First)
	wantLines(t, "a value the side was never told does not come back", m.Item, []string{"FN:new", "TEL:2"})
	if !m.Lossy[0] || !m.Lossy[1] {
		t.Errorf("lossy %v", m.Lossy)
	}
}

func TestMergeWithoutBase(t *testing.T) {
	a := card(t, "FN:a", "NOTE:n", "TEL;TYPE=HOME:1", "CATEGORIES:x")
	b := oldCard(t, "FN:b", "TEL;HOME:1", "TEL:2", "CATEGORIES:y")
	t.Run("union", func(t *testing.T) {
		m := checkMerge(t, nil, Version{Now: a}, Version{Now: b}, Second)
		wantLines(t, "item", m.Item, []string{"FN:b", "NOTE:n", "TEL;TYPE=HOME:1", "TEL:2", "CATEGORIES:x,y"})
		if !m.Conflict || m.Lossy != [2]bool{true, true} || m.Item.Format() != VCard30 || m.Shadow != [2]*Item{a, b} {
			t.Errorf("conflict %v, lossy %v, format %v", m.Conflict, m.Lossy, m.Item.Format())
		}
	})
	t.Run("one side", func(t *testing.T) {
		m := checkMerge(t, nil, Version{}, Version{Now: b}, First)
		if m.Item != b || m.Lossy != [2]bool{true, false} || m.Conflict {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("unchanged side", func(t *testing.T) {
		m := checkMerge(t, nil, Version{Shadow: a}, Version{Now: b}, First)
		wantLines(t, "item", m.Item, []string{"FN:a", "NOTE:n", "TEL;TYPE=HOME:1", "TEL:2", "CATEGORIES:x,y"})
	})
	t.Run("equal", func(t *testing.T) {
		m := checkMerge(t, nil, Version{Now: card(t, "TEL:1", "FN:a")}, Version{Now: oldCard(t, "FN:a", "TEL:1")}, First)
		if m.Conflict || m.Lossy != [2]bool{} {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		if _, err := Merge3(nil, Version{}, Version{}, First); err == nil {
			t.Error("no error")
		}
	})
	t.Run("classes differ", func(t *testing.T) {
		other := a.Clone()
		other.class = Notes
		if _, err := Merge3(a, Version{Now: other}, Version{}, First); !errors.Is(err, ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMergeUnchangedGivesBase(t *testing.T) {
	base := card(t, fullCard...)
	m := checkMerge(t, base, Version{Shadow: base}, Version{}, First)
	if m.Item != base || m.Lossy != [2]bool{false, true} || m.Shadow[1] != nil {
		t.Errorf("got %+v", m)
	}
}

func TestSent(t *testing.T) {
	var s Sent
	a, b := card(t, "FN:a", "TEL;TYPE=HOME:+1 555"), oldCard(t, "TEL;HOME:+1555", "FN:b")
	sa := s.With(a)
	if s != nil || len(sa) != 3*8 {
		t.Fatalf("%d bytes", len(sa))
	}
	before := slices.Clone(sa)
	sab := sa.With(b)
	if len(sab) != len(sa)+8 || !slices.Equal(sa, before) {
		t.Errorf("only FN:b is new: %d, then %d bytes", len(sa), len(sab))
	}
	if !slices.Equal(sab, Sent(nil).With(b).With(a)) {
		t.Error("the order of sending matters")
	}
	if again := sab.With(a); &again[0] != &sab[0] {
		t.Error("nothing new made a new set")
	}
}
