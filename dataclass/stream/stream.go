// Package stream reads files that hold many items, and writes them: address books of many cards,
// calendars of many events and tasks, note pads.
//
// [Reader] cuts a file into items without holding it in memory, and goes on behind an item that it
// cannot read. [Writer] puts items together again. Both know where items begin and end; what an item
// says is for package dataclass. They do no I/O but through the io.Reader and io.Writer they are given.
package stream

import (
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Options say how a file is read. The zero value is good for most files.
type Options struct {
	// Type is the media type of the file where it is known; empty means that the content tells. It
	// decides what the content leaves open, such as the version of a card that names none. With
	// text/plain the whole file is one note, whatever it says.
	Type string
	// Plain lets a file that does not begin with a BEGIN line be one note of plain text. Otherwise
	// such text is an ItemError.
	Plain bool
	// MaxItem is how many bytes one item may have: 16 MiB if it is 0. What dataclass.Decode accepts may
	// be less.
	MaxItem int
	// MaxHeld is how many bytes a Reader may hold back, see Reader: 64 MiB if it is 0.
	MaxHeld int
}

const (
	defaultItem = 16 << 20
	defaultHeld = 64 << 20
	// maxShared is how many bytes the properties of a VCALENDAR may have together, and each VTIMEZONE:
	// every item repeats them, so they must be small for the time to stay linear.
	maxShared = 64 << 10
	// overhead is what is counted for a component that is held back, besides its bytes.
	overhead = 512
)

func (o Options) withDefaults() Options {
	if o.MaxItem <= 0 {
		o.MaxItem = defaultItem
	}
	if o.MaxHeld <= 0 {
		o.MaxHeld = defaultHeld
	}
	return o
}

// An Item is one item of a file, with its place.
type Item struct {
	*dataclass.Item
	// N is its number in the file, from 1. What is unreadable counts too. A VTIMEZONE does not, nor
	// does a component that belongs to an item that has a number.
	N int
	// Line is the physical line on which it begins, from 1. An item of several components begins with
	// the first of them.
	Line int
}

// Errors that an [ItemError] may wrap, besides those of dataclass.Decode.
var (
	// ErrNotAnItem means text outside of any item.
	ErrNotAnItem = errors.New("text outside of any item")
	// ErrUnfinished means an item or a VCALENDAR whose END is missing.
	ErrUnfinished = errors.New("END is missing")
	// ErrHeld means that too much would have to be held back until the VCALENDAR ends.
	ErrHeld = errors.New("too many bytes of recurring items or time zones in one VCALENDAR")
	// ErrOne means that the format holds one item in a file and there is one already.
	ErrOne = errors.New("text/plain holds one note in a file")
)

// An ItemError says what could not be read. The Reader that returned it goes on with the next item.
type ItemError struct {
	N    int    // the number of the item, see Item
	Line int    // the physical line that is to blame, else the one on which the item begins
	What string // the name of its component in upper case, such as VCARD; empty for text that is none
	Err  error  // why
}

// Error gives number, component and reason.
func (e *ItemError) Error() string {
	if e.What == "" {
		return fmt.Sprintf("item %d: %v", e.N, e.Err)
	}
	return fmt.Sprintf("item %d: %s: %v", e.N, e.What, e.Err)
}

// Unwrap gives the reason.
func (e *ItemError) Unwrap() error { return e.Err }

// A part is one component as it stood in the file.
type part struct {
	raw  []byte // physical lines, each ended by CRLF
	line int    // of the first
}

// decodeError makes the error for an item made of parts. The line that the decoder blames is one of
// the text put together for it; people want the one of the file.
func decodeError(n int, what string, parts []part, err error) *ItemError {
	e := &ItemError{N: n, Line: parts[0].line, What: what, Err: err}
	var at *contentline.Error
	if !errors.As(err, &at) {
		return e
	}
	rest := at.Line
	for _, p := range parts {
		size := countLines(p.raw)
		if rest >= 1 && rest <= size && p.line > 0 {
			e.Line = p.line + rest - 1
		}
		rest -= size
	}
	kind := dataclass.ErrMalformed
	if errors.Is(err, dataclass.ErrTooBig) {
		kind = dataclass.ErrTooBig
	}
	e.Err = fmt.Errorf("%w: %s", kind, at.Msg)
	return e
}
