// Package dataclass is what Bindery synchronises: the classes of items, one item as a lossless
// property tree, its fingerprint, its typed views, its three-way merge and its projection to the
// dialects that phones and servers speak.
//
// The package is pure: no I/O, no clock, no randomness. Whatever arrives is untrusted; it ends in
// a typed error or in an [Item] that keeps also what it does not understand.
package dataclass

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// A Class names one sort of item. The values are the words of the API.
type Class string

// The dataclasses. Calendar is a grouping of Events and Tasks, used where a client keeps both in
// one database; no item has the class Calendar.
const (
	Contacts Class = "Contacts"
	Events   Class = "Events"
	Tasks    Class = "Tasks"
	Notes    Class = "Notes"
	Calendar Class = "Calendar"
)

// Errors that a caller branches on. They arrive wrapped with context.
var (
	// ErrUnknownClass means that a name is none of the dataclasses.
	ErrUnknownClass = errors.New("unknown dataclass")
	// ErrUnsupported means that the class or the media type cannot be read or written, or do not go together.
	ErrUnsupported = errors.New("unsupported dataclass or media type")
	// ErrMalformed means that bytes could not be interpreted as an item of their class.
	ErrMalformed = errors.New("malformed item")
	// ErrTooBig means that an item breaks a limit of size, depth, length or count.
	ErrTooBig = errors.New("item too big")
)

// ParseClass reads a class name, exactly as the constants spell it. It returns ErrUnknownClass
// for anything else.
func ParseClass(s string) (Class, error) {
	switch c := Class(s); c {
	case Contacts, Events, Tasks, Notes, Calendar:
		return c, nil
	}
	return "", fmt.Errorf("%w: %q", ErrUnknownClass, s)
}

// A Body is one item as bytes, exactly as a side sent it or as it is stored. Two bodies that
// differ may still be the same item: compare fingerprints, never bytes.
type Body struct {
	// Type is the media type, with the version as a parameter where the type has several, such
	// as "text/vcard;version=3.0". See ParseFormat.
	Type string
	// Data is the content. It is not changed after the Body was made.
	Data []byte
}

// IsZero reports whether there is no body at all.
func (b Body) IsZero() bool { return b.Type == "" && len(b.Data) == 0 }

// A Fingerprint tells whether two renditions are the same item: it is equal for bodies that
// differ only in what servers rewrite (PRODID, REV, UID, VERSION, order, folding, encoding,
// character set, dialect) and different for anything that a user would notice.
type Fingerprint [16]byte

// IsZero reports whether f is the zero Fingerprint, which no item has.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

// String gives f in hexadecimal.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// A Winner is the side whose values stand where both sides changed the same property differently.
type Winner int

// The sides of a merge. First is the binding's source, Second its target.
const (
	First Winner = iota
	Second
)

// Keeps says which properties survive a round trip through a side.
type Keeps struct {
	// All promises that the side gives back every property as it was written.
	All bool
	// Names are the properties, in upper case, that it gives back when All is false. A name that
	// is missing here is not known to be dropped: it is unknown.
	Names []string
}
