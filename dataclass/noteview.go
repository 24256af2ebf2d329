package dataclass

import (
	"fmt"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A Note is the typed view of an item of Notes, in whatever format. It reads from the item's tree and edits it in
// place; what an edit does not name stays. Text/plain has nothing but its text: the other setters do nothing
// there.
//
// Title and body are those of the canonical reading, in which every note is one text and the first line of it is
// the title; there is none if that line has more than 255 characters or if the next line repeats it.
type Note struct{ it *Item }

// AsNote gives the view of it. An item of another class is [ErrUnsupported].
func AsNote(it *Item) (Note, error) {
	if it == nil || it.class != Notes {
		return Note{}, fmt.Errorf("%w: not a note", ErrUnsupported)
	}
	return Note{it}, nil
}

// NewNote gives the view of a new, empty note in the format, or [ErrUnsupported]: text/plain, text/x-vnote or
// text/calendar.
func NewNote(f Format) (Note, error) {
	d, ok := f.dialect()
	switch {
	case ok && d == plain:
		return Note{plainNote("")}, nil
	case ok && (d == note11 || d == cal20):
		return Note{&Item{class: Notes, d: d, root: lowerNote(newCalendar("VJOURNAL"), d)}}, nil
	}
	return Note{}, fmt.Errorf("%w: %s as %s", ErrUnsupported, Notes, f)
}

// Item gives the item behind the view.
func (n Note) Item() *Item { return n.it }

// Full gives all of the text, the title first.
func (n Note) Full() string { return n.read().text() }

// Title gives the title; empty if there is none.
func (n Note) Title() string { return n.read().title }

// Body gives the text below the title.
func (n Note) Body() string { return n.read().body }

// SetTitle replaces the title and leaves the rest of the text as it is.
func (n Note) SetTitle(s string) {
	s = strings.Join(strings.FieldsFunc(clean(s), func(r rune) bool { return r == '\n' }), " ")
	n.write(noteText{s, n.Body()})
}

// SetBody replaces the text below the title.
func (n Note) SetBody(s string) { n.write(noteText{n.Title(), clean(s)}) }

// SetFull replaces all of the text.
func (n Note) SetFull(s string) { n.write(noteText{body: clean(s)}) }

func (n Note) read() noteText {
	switch n.it.d {
	case plain:
		return readNote(contentline.Text([]byte(plainText(n.it.root)), ""))
	case note11:
		return rawNote(journalOf(raiseVNote(n.it.root)))
	}
	return joinNote(n.tree())
}

// write makes the note say the text, if it does not say it already.
func (n Note) write(t noteText) {
	t = t.joined()
	if t == n.read() {
		return
	}
	switch n.it.d {
	case plain:
		n.writePlain(t.text())
	case note11:
		n.writeVNote(t)
	default:
		writeNote(n.tree(), t)
	}
}

// joined gives the canonical reading in which a body that begins with the title once more keeps that line.
func (n noteText) joined() noteText {
	if isBlankText(n.title) || isBlankText(n.body) {
		return n.canonical()
	}
	return readNote(n.title + "\n" + n.body)
}

// writePlain replaces the text; its line ends are those of the text before, CRLF if there are none.
func (n Note) writePlain(text string) {
	old := plainText(n.it.root)
	if strings.Contains(old, "\r\n") || !strings.ContainsAny(old, "\r\n") {
		text = crlf(text)
	}
	setOne(n.it.root, "BODY", text)
}

// writeVNote replaces the body, which holds all of the text, and the title where there is one.
func (n Note) writeVNote(t noteText) {
	root := n.it.root
	for _, name := range []string{"SUMMARY", "SUBJECT"} {
		if root.Find(name) != nil {
			setOne(root, name, literal(t.title))
		}
	}
	setOne(root, "BODY", literal(t.text()))
}

// tree gives the component that the properties stand in.
func (n Note) tree() *contentline.Component {
	if n.it.d == note11 || n.it.d == plain {
		return n.it.root
	}
	if c := masterIn(n.it.root); c != nil {
		return c
	}
	return &contentline.Component{}
}

// Categories gives the categories, in order.
func (n Note) Categories() []string { return categoriesIn(n.tree(), n.it.d) }

// SetCategories makes the categories equal to the list; see Entry.SetCategories.
func (n Note) SetCategories(list ...string) {
	if n.it.d != plain {
		setCategories(n.tree(), list, n.it.d)
	}
}

// Class gives CLASS in upper case; empty means PUBLIC.
func (n Note) Class() string { return upper(strings.TrimSpace(textOf(n.tree(), "CLASS", n.it.d))) }

// SetClass replaces CLASS; an empty one is removed.
func (n Note) SetClass(s string) {
	if s = upper(oneLine(strings.TrimSpace(s))); n.it.d != plain && s != n.Class() {
		setValue(n.tree(), "CLASS", n.it.d.escape(s, textSeps(n.it.d)))
	}
}

// Created gives when the note was made, as the program that did it says; zero if it does not.
func (n Note) Created() time.Time {
	if n.it.d == note11 {
		return n.time("DCREATED")
	}
	return n.time("CREATED")
}

// Modified gives when the note was last changed, as the program that did it says; zero if it does not.
func (n Note) Modified() time.Time { return n.time("LAST-MODIFIED") }

func (n Note) time(name string) time.Time {
	return newZones(n.it.root).whenOf(n.tree(), name).Time
}
