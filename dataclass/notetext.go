package dataclass

import (
	"strings"
	"unicode/utf8"
)

// maxNoteTitle is how many characters the first line of a text may have to be a title.
const maxNoteTitle = 255

// A noteText is a note in its canonical reading. Every note of whatever format is one text, and the
// text says what the title is:
//
//   - The first line that is not blank is the title, and what follows is the body. Blank lines before the
//     title are dropped; they are no content.
//   - But there is no title, and the whole text is the body, if the title would have more than 255
//     characters, or if the next line that is not blank says the same again: otherwise a title and a
//     body that repeats it would be read as one.
//
// The other way round, a title stands before its body in the text, unless the first line of the body that is
// not blank says the same. So text and reading stand for each other without loss.
type noteText struct{ title, body string }

// readNote gives the canonical reading of a text with LF line ends.
func readNote(text string) noteText {
	text = text[len(text)-len(fromFirstLine(text)):]
	title, body, _ := strings.Cut(text, "\n")
	if utf8.RuneCountInString(title) > maxNoteTitle || sameLine(title, firstLine(body)) {
		return noteText{body: text}
	}
	if isBlankText(body) {
		body = ""
	}
	return noteText{title, body}
}

// text joins title and body, canonical or not.
func (n noteText) text() string {
	switch {
	case isBlankText(n.title):
		return n.body
	case isBlankText(n.body):
		return n.title
	case sameLine(n.title, firstLine(n.body)):
		return n.body
	}
	return n.title + "\n" + n.body
}

// canonical gives the canonical reading of any title and body.
func (n noteText) canonical() noteText { return readNote(n.text()) }

// fromFirstLine gives s without the blank lines it begins with.
func fromFirstLine(s string) string {
	for s != "" {
		line, rest, more := strings.Cut(s, "\n")
		if !isBlankText(line) {
			return s
		}
		if !more {
			return ""
		}
		s = rest
	}
	return ""
}

// firstLine gives the first line that is not blank.
func firstLine(s string) string {
	line, _, _ := strings.Cut(fromFirstLine(s), "\n")
	return line
}

// sameLine compares two lines without the blanks around them; blank lines are never the same.
func sameLine(a, b string) bool {
	a = strings.TrimSpace(a)
	return a != "" && a == strings.TrimSpace(b)
}

func isBlankText(s string) bool { return strings.TrimSpace(s) == "" }
