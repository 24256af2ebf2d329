package bindings

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/memory"
)

// lossyPair is a full left side and a right side that does to each line of a card what its Store says,
// and promises nothing.
func lossyPair(t *testing.T, alter func(line string) string) *pair {
	p := newPair(t, pairOptions{memory: [2]memory.Options{{}, {Store: byLine(alter)}}})
	p.poor[1] = true
	p.boot()
	return p
}

// byLine makes a Store that changes each line of a body; an empty line is left out.
func byLine(alter func(line string) string) func(dataclass.Body) dataclass.Body {
	return func(b dataclass.Body) dataclass.Body {
		var out []string
		for line := range strings.SplitSeq(strings.TrimSuffix(string(b.Data), "\r\n"), "\r\n") {
			if line = alter(line); line != "" {
				out = append(out, line)
			}
		}
		return dataclass.Body{Type: b.Type, Data: []byte(strings.Join(out, "\r\n") + "\r\n")}
	}
}

// cutNote cuts notes after n characters.
func cutNote(n int) func(string) string {
	return func(line string) string {
		if text, ok := strings.CutPrefix(line, "NOTE:"); ok {
			return "NOTE:" + string([]rune(text)[:min(n, len([]rune(text)))])
		}
		return line
	}
}

// line gives the first line of a side's card that begins so; "" if there is none.
func (p *pair) line(side int, name, begin string) string {
	p.t.Helper()
	for l := range strings.SplitSeq(string(p.items(side)[p.id(side, name)].Data), "\r\n") {
		if strings.HasPrefix(l, begin) {
			return l
		}
	}
	return ""
}

// change lets the user of a side change a card: old becomes with.
func (p *pair) change(side int, name, old, with string) {
	p.t.Helper()
	id := p.id(side, name)
	b := p.items(side)[id]
	text := strings.Replace(string(b.Data), old, with, 1)
	if text == string(b.Data) {
		p.t.Fatalf("%q is not in\n%s", old, text)
	}
	p.ok(p.sides[side].Edit(dataclass.Contacts, id, dataclass.Body{Type: b.Type, Data: []byte(text)}))
}

// quiet asks that syncs write nothing any more.
func (p *pair) quiet() {
	p.t.Helper()
	before := p.wrote
	p.mustSync()
	p.mustSync()
	if p.wrote != before {
		p.t.Errorf("writes go on: %+v, then %+v", before, p.wrote)
	}
}

const longNote = "NOTE:She knows everybody in town and calls back in the evening"

// TestRule_5_4_WhatADeviceCutsIsNoEdit: the first fear is the note that is gone because a phone had no
// room for it.
func TestRule_5_4_WhatADeviceCutsIsNoEdit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		alter func(string) string
		full  string
	}{
		{"cut", cutNote(20), longNote},
		{"upper case", strings.ToUpper, "NOTE:Über"},
		{"lower case", lowerValue, "NOTE:Über Uns"},
		{"ASCII", func(l string) string { return strings.NewReplacer("Ü", "U", "é", "e").Replace(l) }, "NOTE:Über é"},
		{"digits only", digitsOnly, "TEL:+1 (555) 00-01"},
		{"number in another form", func(l string) string { return strings.ReplaceAll(l, "TEL:555-0001", "TEL:555.0001") }, "TEL:555-0001"},
		{"one slot of several", firstOf("EMAIL"), "EMAIL:b@example.org"},
		{"first components", func(l string) string { return strings.Replace(l, ";Ursula;Maria", ";Ursula", 1) }, "X-NAME:Ursula;Maria"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := lossyPair(t, tt.alter)
			p.put(0, card("ANN", "EMAIL:a@example.org", tt.full))
			p.mustSync()
			p.mustSync()
			if got := p.line(0, "ANN", tt.full); got != tt.full {
				t.Errorf("the full side holds %q", got)
			}
			p.quiet()
			p.ok(p.sides[1].Edit(dataclass.Contacts, p.id(1, "ANN"), marked(p.items(1)[p.id(1, "ANN")], "X-MARK:1")))
			p.mustSync()
			if got := p.line(0, "ANN", tt.full); got != tt.full || p.line(0, "ANN", "X-MARK:1") == "" {
				t.Errorf("after an edit of something else the full side holds %q:\n%s", got, p.items(0)[p.id(0, "ANN")].Data)
			}
			p.quiet()
		})
	}
}

func lowerValue(l string) string {
	if name, val, ok := strings.Cut(l, ":"); ok && name == "NOTE" {
		return name + ":" + strings.ToLower(val)
	}
	return l
}

func digitsOnly(l string) string {
	val, ok := strings.CutPrefix(l, "TEL:")
	if !ok {
		return l
	}
	return "TEL:" + strings.Map(func(r rune) rune {
		if strings.ContainsRune("+0123456789", r) {
			return r
		}
		return -1
	}, val)
}

// firstOf leaves out all lines of a property but the first.
func firstOf(name string) func(string) string {
	seen := false
	return func(l string) string {
		if strings.HasPrefix(l, "BEGIN:") {
			seen = false
		}
		if !strings.HasPrefix(l, name+":") {
			return l
		}
		if seen {
			return ""
		}
		seen = true
		return l
	}
}

// TestRule_5_4_WhatTheDeviceWouldNotHaveCutIsAnEdit: the second fear is the edit that is taken for an echo.
func TestRule_5_4_WhatTheDeviceWouldNotHaveCutIsAnEdit(t *testing.T) {
	p := lossyPair(t, cutNote(30))
	p.put(0, card("Ann", longNote))
	p.put(0, card("Bob", "NOTE:Calls back"))
	p.put(0, card("Eve", "NOTE:Meet at Noon"))
	p.mustSync()
	p.mustSync() // Ann's note came back with 30 characters
	p.change(1, "Bob", "NOTE:Calls back", "NOTE:Calls")
	p.change(1, "Eve", "NOTE:Meet at Noon", "NOTE:MEET AT NOON")
	p.mustSync()
	if got := p.line(0, "Bob", "NOTE"); got != "NOTE:Calls" {
		t.Errorf("a note that the user made shorter is %q", got)
	}
	if got := p.line(0, "Eve", "NOTE"); got != "NOTE:MEET AT NOON" {
		t.Errorf("a note that the user wrote in capitals is %q", got)
	}
	p.change(1, "Ann", "everybody in town an", "nobody")
	p.mustSync()
	if got := p.line(0, "Ann", "NOTE"); got != "NOTE:She knows nobody" {
		t.Errorf("a note that the user rewrote is %q", got)
	}
	if !p.inHistory("in the evening") {
		t.Error("the longer note is not in the history")
	}
	p.quiet()
}

// inHistory reports whether an old version with that text is kept.
func (p *pair) inHistory(text string) bool {
	p.t.Helper()
	var rows []historyRow
	p.ok(p.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", p.owner).Find(&rows).Error
	}))
	return slices.ContainsFunc(rows, func(r historyRow) bool { return strings.Contains(string(r.Body), text) })
}

// TestRule_5_4_ALimitIsLearnedAfterThreeItems: from then on what is shorter than the limit is an edit, also
// at once after a write, and what would be cut away is not sent.
func TestRule_5_4_ALimitIsLearnedAfterThreeItems(t *testing.T) {
	p := lossyPair(t, cutNote(20))
	for i := range 3 {
		p.put(0, card(fmt.Sprint("P", i), longNote+fmt.Sprint(i)))
	}
	p.mustSync()
	p.mustSync()
	before := p.wrote[1]
	p.change(0, "P1", "in the evening1", "tomorrow")
	p.mustSync()
	if p.wrote[1] != before {
		t.Errorf("rule 5.5: the device was sent what it does not keep: %+v", p.wrote[1])
	}
	p.change(0, "P1", "She knows", "Who knows")
	p.mustSync()
	if got := p.line(1, "P1", "NOTE"); got != "NOTE:Who knows everybody " {
		t.Errorf("the device holds %q", got)
	}
	p.change(1, "P1", "NOTE:Who knows everybody ", "NOTE:Who knows")
	p.mustSync()
	if got := p.line(0, "P1", "NOTE"); got != "NOTE:Who knows" {
		t.Errorf("a shortening beyond the limit is %q", got)
	}
	if got := p.line(0, "P2", "NOTE"); got != longNote+"2" {
		t.Errorf("another note is %q", got)
	}
	p.quiet()
}

// TestRule_5_3_AbsenceIsADeletionWhereTheDeviceKeeps: the user of a device deletes what was written to it.
func TestRule_5_3_AbsenceIsADeletionWhereTheDeviceKeeps(t *testing.T) {
	full := []string{"TEL:1", "TEL:2", "TEL:3", "NOTE:short", "TITLE:x"}
	p := lossyPair(t, func(l string) string {
		if strings.HasPrefix(l, "TITLE") || l == "TEL:3" || l == "TEL:6" {
			return ""
		}
		return l
	})
	p.put(0, card("Ann", full...))
	p.mustSync()
	p.change(1, "Ann", "TEL:2\r\n", "")
	p.mustSync()
	for _, l := range full {
		if got := p.line(0, "Ann", l); got != l {
			t.Errorf("nothing is known of the device, and %s is %q", l, got)
		}
	}
	p.put(0, card("Eve", "TEL:7", "TEL:8", "NOTE:words"))
	p.mustSync()
	p.mustSync() // the device shows that it keeps two numbers and a note of five characters
	p.put(0, card("Bob", "TEL:4", "TEL:5", "TEL:6", "NOTE:what", "TITLE:y"))
	p.mustSync()
	p.change(1, "Bob", "TEL:5\r\n", "")
	p.change(1, "Bob", "NOTE:what\r\n", "")
	p.mustSync()
	if got := p.line(0, "Bob", "TEL:5") + p.line(0, "Bob", "NOTE"); got != "" {
		t.Errorf("what the user of the device deleted is there: %s", got)
	}
	if got := p.line(0, "Bob", "TEL:6") + p.line(0, "Bob", "TITLE"); got != "TEL:6TITLE:y" {
		t.Errorf("of what the device never had there is %q", got)
	}
	p.quiet()
}

// TestRule_5_3_WhatMovesUpIsNotDeleted: a phone with one slot for numbers is sent two. Its user deletes the one that he
// sees; the fear is the other one, which now stands where the phone keeps numbers.
func TestRule_5_3_WhatMovesUpIsNotDeleted(t *testing.T) {
	p := lossyPair(t, firstOf("TEL"))
	p.put(0, card("Ann", "TEL:5550001", "TEL:5550002", "NOTE:a"))
	p.mustSync()
	p.change(1, "Ann", "TEL:5550001", "TEL:5550003")
	p.mustSync()
	p.change(1, "Ann", "TEL:5550003\r\n", "")
	p.mustSync()
	for _, note := range []string{"b", "c"} {
		p.change(1, "Ann", "NOTE:", "NOTE:"+note)
		p.mustSync()
		if got := p.line(0, "Ann", "TEL"); got != "TEL:5550002" {
			t.Errorf("the other number is %q", got)
		}
	}
	p.quiet()
	p.change(0, "Ann", "TEL:5550002", "TEL:5550004")
	p.mustSync()
	p.change(1, "Ann", "TEL:5550004", "TEL:5550005")
	p.mustSync()
	p.change(1, "Ann", "TEL:5550005\r\n", "")
	p.mustSync()
	if got := p.line(0, "Ann", "TEL"); got != "" {
		t.Errorf("a number that the user deleted is %q", got)
	}
	p.quiet()
}
