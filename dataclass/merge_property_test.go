package dataclass

import (
	"testing"

	"pgregory.net/rapid"
)

// drawEdit changes a card a little: values, types, properties gone, added or doubled.
func drawEdit(t *rapid.T, c modelCard) modelCard {
	out := append(modelCard(nil), c...)
	for range rapid.IntRange(0, 3).Draw(t, "edits") {
		i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
		p := out[i]
		switch rapid.IntRange(0, 4).Draw(t, "how") {
		case 0:
			if len(out) > 1 {
				out = append(append(modelCard(nil), out[:i]...), out[i+1:]...)
			}
		case 1:
			out = append(out, modelProp{name: "TEL", types: drawTypes(t), fields: []string{drawDigits(t)}})
		case 2:
			p.types = drawTypes(t)
			if p.media == nil && p.unknown == "" && p.sep != "," {
				out[i] = p
			}
		case 3:
			out[i] = drawValue(t, p)
		case 4:
			out = append(out, modelProp{name: "X-NEW", unknown: "a" + rapid.StringMatching("[a-c]").Draw(t, "new")})
		}
	}
	return out
}

func drawValue(t *rapid.T, p modelProp) modelProp {
	switch {
	case p.media != nil:
		p.media = rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "media")
	case p.unknown != "":
		p.unknown = rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "unknown")
	case p.name == "TEL":
		p.fields = []string{drawDigits(t)}
	case p.name == "EMAIL":
		p.fields = []string{rapid.StringMatching(`[a-z]{1,6}@example\.com`).Draw(t, "mail")}
	default:
		p.fields = append([]string(nil), p.fields...)
		p.fields[len(p.fields)-1] = drawText(t, "value")
	}
	return p
}

func draw(t *rapid.T, c modelCard) *Item { return mustDecode(t, string(c.render(drawStyle(t)))) }

func mustMerge(t interface {
	Helper()
	Fatalf(string, ...any)
}, base *Item, a, b Version, w Winner) Merged {
	t.Helper()
	m, err := Merge3(base, a, b, w)
	if err != nil {
		t.Fatalf("merge: %v", err)
	}
	return m
}

// checkMerge holds what is true of every merge.
func checkMerge(t interface {
	Helper()
	Fatalf(string, ...any)
}, base *Item, a, b Version, w Winner) Merged {
	t.Helper()
	m := mustMerge(t, base, a, b, w)
	mirror := mustMerge(t, base, b, a, 1-w)
	switch {
	case m.Item.Fingerprint() != mirror.Item.Fingerprint():
		t.Fatalf("not symmetric:\n%s\n%s", m.Item.Body().Data, mirror.Item.Body().Data)
	case m.Conflict != mirror.Conflict:
		t.Fatalf("conflict %v, mirrored %v", m.Conflict, mirror.Conflict)
	case m.Lossy != [2]bool{mirror.Lossy[1], mirror.Lossy[0]}:
		t.Fatalf("lossy %v, mirrored %v", m.Lossy, mirror.Lossy)
	}
	for i := range m.Shadow {
		s, o := m.Shadow[i], mirror.Shadow[1-i]
		if (s == nil) != (o == nil) || (s != nil && s.Fingerprint() != o.Fingerprint()) {
			t.Fatalf("shadow %d is not symmetric", i)
		}
		if want := s == nil || s.Fingerprint() != m.Item.Fingerprint(); m.Lossy[i] != want {
			t.Fatalf("lossy %d is %v", i, m.Lossy[i])
		}
	}
	checkItem(t, m.Item)
	again := mustMerge(t, m.Item, Version{Shadow: m.Shadow[0]}, Version{Shadow: m.Shadow[1]}, w)
	if again.Item != m.Item || again.Conflict {
		t.Fatalf("merging once more changes something")
	}
	return m
}

func TestMergeKeepsALoneEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		base, now := draw(t, c), draw(t, drawEdit(t, c))
		w := Winner(rapid.IntRange(0, 1).Draw(t, "winner"))
		side := Version{Shadow: draw(t, c), Now: now, Keeps: Keeps{All: true}}
		m := checkMerge(t, base, side, Version{Shadow: draw(t, c)}, w)
		if m.Item.Fingerprint() != now.Fingerprint() {
			t.Fatalf("want\n%s\ngot\n%s", now.Body().Data, m.Item.Body().Data)
		}
		if m.Conflict || m.Lossy[0] || m.Lossy[1] != (now.Fingerprint() != base.Fingerprint()) {
			t.Fatalf("conflict %v, lossy %v", m.Conflict, m.Lossy)
		}
	})
}

func TestMergeKnowsWhatASideHasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		base, now := draw(t, c), draw(t, drawEdit(t, c))
		side := Version{Shadow: draw(t, c), Now: now, Sent: Sent(nil).With(draw(t, c))}
		m := checkMerge(t, base, side, Version{Shadow: base}, First)
		if m.Item.Fingerprint() != now.Fingerprint() || m.Shadow[0] != now {
			t.Fatalf("want\n%s\ngot\n%s", now.Body().Data, m.Item.Body().Data)
		}
	})
}

func TestMergeOfNothingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		base := draw(t, c)
		m := checkMerge(t, base, Version{Shadow: draw(t, c), Now: draw(t, c)}, Version{Shadow: base, Now: draw(t, c)}, Second)
		if m.Item != base || m.Conflict || m.Lossy != [2]bool{} {
			t.Fatalf("got\n%s", m.Item.Body().Data)
		}
	})
}

func TestMergeOfTheSameEditIsNoConflict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		e := drawEdit(t, c)
		all := Keeps{All: true}
		m := checkMerge(t, draw(t, c), Version{Shadow: draw(t, c), Now: draw(t, e), Keeps: all},
			Version{Shadow: draw(t, c), Now: draw(t, e), Keeps: all}, First)
		if m.Conflict || m.Lossy != [2]bool{} || m.Item.Fingerprint() != draw(t, e).Fingerprint() {
			t.Fatalf("conflict %v, got\n%s", m.Conflict, m.Item.Body().Data)
		}
	})
}

func TestMergeOfTwoEditsIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		base := draw(t, c)
		if rapid.Bool().Draw(t, "no base") {
			base = nil
		}
		sides := [2]Version{}
		for i := range sides {
			sides[i] = Version{Shadow: draw(t, drawEdit(t, c)), Keeps: Keeps{All: rapid.Bool().Draw(t, "keeps")}}
			if rapid.Bool().Draw(t, "changed") {
				sides[i].Now = draw(t, drawEdit(t, c))
			}
			if rapid.Bool().Draw(t, "sent") {
				sides[i].Sent = Sent(nil).With(sides[i].Shadow)
			}
		}
		checkMerge(t, base, sides[0], sides[1], Winner(rapid.IntRange(0, 1).Draw(t, "winner")))
	})
}

func TestMergeWithoutKnowledgeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		base := draw(t, c)
		gone := append(modelCard(nil), c[rapid.IntRange(0, len(c)-1).Draw(t, "from"):]...)
		if gone[0].name == "X-ABLabel" { // without what it describes it would say something new
			gone = gone[1:]
		}
		m := checkMerge(t, base, Version{Shadow: draw(t, c), Now: draw(t, gone)}, Version{Shadow: base}, First)
		if m.Item.Fingerprint() != base.Fingerprint() || m.Lossy != [2]bool{} {
			t.Fatalf("want\n%s\ngot\n%s", base.Body().Data, m.Item.Body().Data)
		}
	})
}
