package dataclass

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var noteFormats = []Format{PlainText, VNote11, ICalendar20}

func mustProject(t fataler, it *Item, f Format) *Item {
	t.Helper()
	out, err := it.Project(f)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// The same note has one fingerprint in all formats, and projecting it keeps that.
func TestNoteFingerprint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := noteString().Draw(t, "text")
		it := plainNote(text)
		for _, f := range noteFormats {
			p := mustProject(t, it, f)
			again, err := Decode(Notes, p.Body())
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if again.Format() != f {
				continue // the text is itself a note
			}
			if p.Fingerprint() != it.Fingerprint() || again.Fingerprint() != it.Fingerprint() {
				t.Fatalf("%s of %q is another note:\n%s", f, text, p.Body().Data)
			}
		}
		other := noteString().Draw(t, "other")
		same := strings.TrimSpace(readNote(text).text()) == strings.TrimSpace(readNote(other).text())
		if !same && plainNote(other).Fingerprint() == it.Fingerprint() && !looksAlike(text, other) {
			t.Fatalf("%q and %q are one note", text, other)
		}
	})
}

// looksAlike reports whether two texts differ only in blanks around title and body, which do not count.
func looksAlike(a, b string) bool {
	m, n := readNote(a), readNote(b)
	return strings.TrimSpace(m.title) == strings.TrimSpace(n.title) && strings.TrimSpace(m.body) == strings.TrimSpace(n.body)
}

// keepsText is what every side promises that knows notes at all.
var keepsText = Keeps{Names: []string{"SUMMARY", "DESCRIPTION"}}

// richNote is a note in each format with as much as the format can say.
func richNote(t *rapid.T) *Item {
	text := strings.ReplaceAll(noteString().Draw(t, "text"), "BEGIN:", "begin ")
	n := readNote(text)
	switch rapid.IntRange(0, 3).Draw(t, "sort") {
	case 0:
		return plainNote(text)
	case 1:
		it := mustNote(t, vnote("CATEGORIES:x;y", "CLASS:PRIVATE", "X-A:b"), "")
		Note{it}.SetFull(text)
		return it
	case 2: // title and body apart
		it := mustNote(t, vjournal("UID:1", "CATEGORIES:x,y", "CLASS:PRIVATE", "X-A;B=c:d"), "")
		writeNote(masterIn(it.root), n)
		return it
	}
	it := mustNote(t, vjournal("UID:1", "X-A:b"), "") // everything in the description
	writeNote(masterIn(it.root), noteText{body: text})
	return it
}

// A side that sends back what it was sent changes nothing; one that edits the text changes the text, and what
// its format cannot say stays.
func TestNoteMergeProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := richNote(t)
		f := rapid.SampledFrom(noteFormats).Draw(t, "side")
		shadow := mustProject(t, base, f)
		same, err := Merge3(base, Version{Shadow: shadow, Now: shadow.Clone()}, Version{Shadow: base}, First)
		if err != nil {
			t.Fatal(err)
		}
		if string(same.Item.Body().Data) != string(base.Body().Data) || same.Conflict {
			t.Fatalf("nothing was edited, and the note became\n%s\ninstead of\n%s", same.Item.Body().Data, base.Body().Data)
		}
		now := shadow.Clone()
		text := strings.ReplaceAll(noteString().Draw(t, "edited"), "BEGIN:", "begin ")
		Note{now}.SetFull(text)
		out, err := Merge3(base, Version{Shadow: shadow, Now: now, Keeps: keepsText}, Version{Shadow: base}, First)
		if err != nil {
			t.Fatal(err)
		}
		got := Note{out.Item}
		if !looksAlike(got.Full(), text) {
			t.Fatalf("%q became %q, not %q:\n%s", Note{base}.Full(), got.Full(), text, out.Item.Body().Data)
		}
		if was := (Note{base}); strings.Join(was.Categories(), ",") != strings.Join(got.Categories(), ",") || was.Class() != got.Class() {
			t.Fatalf("lost by an edit in %s:\n%s", f, out.Item.Body().Data)
		}
		if strings.Count(string(base.Body().Data), "X-A") != strings.Count(string(out.Item.Body().Data), "X-A") {
			t.Fatalf("lost by an edit in %s:\n%s", f, out.Item.Body().Data)
		}
	})
}

// Both sides edit: one the title in plain text, the other the categories of the VJOURNAL.
func TestNoteMergeOfBothSides(t *testing.T) {
	base := mustNote(t, vjournal("UID:1", "SUMMARY:list", `DESCRIPTION:milk\neggs`, "CATEGORIES:home"), "")
	shadow := mustProject(t, base, PlainText)
	phone, server := shadow.Clone(), base.Clone()
	Note{phone}.SetTitle("shopping")
	Note{server}.SetCategories("home", "food")
	out, err := Merge3(base, Version{Shadow: shadow, Now: phone}, Version{Shadow: base, Now: server}, Second)
	if err != nil || out.Conflict {
		t.Fatalf("conflict %v, %v", out.Conflict, err)
	}
	n := Note{out.Item}
	if n.Full() != "shopping\nmilk\neggs" || strings.Join(n.Categories(), ",") != "home,food" || n.Item().Format() != ICalendar20 {
		t.Errorf("became\n%s", n.Item().Body().Data)
	}
}
