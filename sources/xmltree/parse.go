package xmltree

import (
	"cmp"
	"errors"
	"fmt"
)

// Errors of Parse, and of the WBXML decoder; an *Error wraps one of them.
var (
	// ErrSyntax means that the bytes are not well-formed, or use what Parse refuses on principle.
	ErrSyntax = errors.New("not well-formed")
	// ErrLimit means that the document is greater than the Limits.
	ErrLimit = errors.New("document is over the limit")
)

// An Error tells what is wrong with a document, and where.
type Error struct {
	// Kind is ErrSyntax or ErrLimit.
	Kind error
	// Offset counts bytes of the document in UTF-8.
	Offset int
	// Msg is a few words without a full stop.
	Msg string
}

// Error gives the sort of error, the place and the reason.
func (e *Error) Error() string {
	return fmt.Sprintf("%v: byte %d: %s", e.Kind, e.Offset, e.Msg)
}

// Unwrap gives Kind.
func (e *Error) Unwrap() error { return e.Kind }

// Limits bound what Parse accepts. A field that is zero has the default named with it.
type Limits struct {
	// Bytes is the greatest length of the input: 8 MiB.
	Bytes int
	// Depth is how deep elements may nest, the root being 1: 64. More than 10000 means 10000, which
	// everything that walks a tree by recursion can bear.
	Depth int
	// Nodes is the greatest number of elements and pieces of text: 500000.
	Nodes int
	// Attrs is the greatest number of attributes of one element, and of namespace declarations in
	// force at one place: 64. The work for an element grows with its square.
	Attrs int
	// Lax takes what careless phones write: text that holds control characters or is not UTF-8 is
	// kept byte for byte, a reference without meaning or a bare & is text, "]]>" may stand in text,
	// an undeclared prefix is taken for a namespace, NULs may follow the document.
	Lax bool
}

// maxDepth bounds recursion over a tree.
const maxDepth = 10000

// WithDefaults gives l with the defaults in place of zeros.
func (l Limits) WithDefaults() Limits {
	l.Bytes = cmp.Or(l.Bytes, 8<<20)
	l.Depth = min(cmp.Or(l.Depth, 64), maxDepth)
	l.Nodes = cmp.Or(l.Nodes, 500_000)
	l.Attrs = cmp.Or(l.Attrs, 64)
	return l
}

// Parse reads one XML document into a tree. It takes UTF-8, UTF-16 with a byte order mark, and every
// encoding that the XML declaration names by a label of the WHATWG Encoding Standard.
//
// A document type declaration is skipped, but one with an internal subset is refused, so that there are
// no entities but the five of XML. Anything but comments, instructions and white space after the root
// element is refused. Line ends become LF as the package comment tells; white space in attribute values
// becomes spaces unless it was written as a reference. White space between elements is text like any.
// A namespace may have 256 bytes.
//
// The strings of the tree share the memory of the whole document: clone what is kept for long.
// Errors are *Error, with ErrSyntax or ErrLimit.
func Parse(data []byte, l Limits) (*Element, error) {
	l = l.WithDefaults()
	if len(data) > l.Bytes {
		return nil, &Error{Kind: ErrLimit, Offset: l.Bytes, Msg: fmt.Sprintf("longer than %d bytes", l.Bytes)}
	}
	s, err := decodeCharset(data)
	if err != nil {
		return nil, &Error{Kind: ErrSyntax, Msg: err.Error()}
	}
	p := &parser{s: s, l: l}
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.root, nil
}
