package peertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// notes are notes: texts on the phone, whose first line is the title, journal entries for DAV, and in the folder what they
// were entered as. Users edit the text but for the title, which tells the number. GData has none: the fourth door is a
// second DAV client.
var notes = &book{
	class: "Notes", suffix: ".ics", database: "memo", pair: "entries", collection: "notes", home: "calendars",
	all: []string{"note"}, instead: "note",
	slots: func(int) []string { return []string{"note"} },
	value: func(slot string, _, k int) string { return valueOf(slot, k) },
	text:  noteOf, edited: editedNote, look: lookAtNote,
	phone:   &book{text: plainNote, edited: editedNote, look: lookAtNote},
	foreign: func(int, int) bool { return false },
}

func noteOf(n int, have map[string]string) []byte {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Doors//EN", "BEGIN:VJOURNAL", fmt.Sprintf("UID:note-%d", n),
		"DTSTAMP:20260101T000000Z", "SUMMARY:" + noteTitle(n), eventLine("note", have["note"])}
	return joinCard(append(lines, "END:VJOURNAL", "END:VCALENDAR"))
}

func noteTitle(n int) string { return fmt.Sprintf("person%d@example.org", n) }

// editedNote gives a note with another text, and everything else as it was.
func editedNote(text, slot, value string, n int) []byte {
	lines := splitCard(text)
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "DESCRIPTION") })
	if i < 0 {
		return plainNote(n, map[string]string{slot: value})
	}
	lines[i] = eventLine(slot, value)
	return joinCard(lines)
}

// lookAtNote reads a note. How many newlines it ends with says nothing: SyncEvolution ends each with one.
func lookAtNote(text string) who {
	if !strings.HasPrefix(text, "BEGIN:VCALENDAR") {
		return lookAtPlainNote(text)
	}
	w := who{Slots: map[string]string{}}
	for _, line := range splitCard(text) {
		name, kind, parts := readLine(line)
		switch name {
		case "SUMMARY":
			w.Rest = append(w.Rest, "EMAIL HOME "+parts[0])
		case "DESCRIPTION":
			w.take("NOTE", kind, []string{strings.TrimRight(parts[0], "\n")})
		}
	}
	slices.Sort(w.Rest)
	return w
}

func plainNote(n int, have map[string]string) []byte {
	return []byte(noteTitle(n) + "\n" + have["note"])
}

// lookAtPlainNote reads a note that is a text.
func lookAtPlainNote(text string) who {
	title, note, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	w := who{Slots: map[string]string{}, Rest: []string{"EMAIL HOME " + title}}
	if note = strings.TrimRight(note, "\n"); note != "" {
		w.Slots["note"] = note
	}
	return w
}

// A note says what was entered, and after edits, as a journal entry and as a text.
func TestDoorsNote(t *testing.T) {
	for name, of := range map[string]func(int, map[string]string) []byte{"a journal entry": noteOf, "a text": plainNote} {
		have := map[string]string{"note": valueOf("note", 1)}
		text := string(of(3, have))
		if got := lookAtNote(text); !cmp.Equal(got.Slots, have) || got.numberOf() != 3 {
			t.Errorf("%s: %v", name, got)
		}
		again := editedNote(text, "note", valueOf("note", 4), 3)
		if diff := cmp.Diff(string(of(3, map[string]string{"note": valueOf("note", 4)})), string(again)); diff != "" {
			t.Errorf("%s, edited:\n%s", name, diff)
		}
	}
}

// TestFourDoorsToNotes is TestFourDoors with notes.
func TestFourDoorsToNotes(t *testing.T) { playDoors(t, notes) }
