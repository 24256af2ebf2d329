package dataclass

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An Item is one item as a property tree that keeps what nobody understood. Callers treat it as
// immutable, except through a typed view such as [Contact], which edits it in place. An Item may
// be read by several goroutines at once as long as none edits it.
type Item struct {
	class  Class
	format Format
	root   *contentline.Component
}

// Decode reads one item of the class.
//
// The content decides the dialect within the family that b.Type names: a card of version 3.0
// under text/x-vcard is taken as 3.0. b.Type may be empty. A card without VERSION gets the one
// that its type suggests.
//
// Errors: [ErrUnsupported] for a class, media type or version that cannot be read yet,
// [ErrTooBig] beyond the default limits of [contentline.Limits] or 5,000 categories, [ErrMalformed] for anything
// that is not exactly one component of the class: no BEGIN or END, another component, or more
// than blanks around it. A line without a colon is no error; it is kept as it is.
func Decode(class Class, b Body) (*Item, error) {
	f := ParseFormat(b.Type)
	if class != Contacts || (f.Type != "" && !f.isCard()) {
		return nil, fmt.Errorf("%w: %s as %q", ErrUnsupported, class, b.Type)
	}
	guess := VCard30
	if bytes.Contains(b.Data, []byte("VERSION:2.1")) {
		guess = VCard21
	}
	root, err := parseCard(b.Data, guess)
	if err != nil {
		return nil, err
	}
	actual, err := versionOf(root, f)
	if err != nil {
		return nil, err
	}
	if actual != guess {
		if root, err = parseCard(b.Data, actual); err != nil {
			return nil, err
		}
		if again, err := versionOf(root, f); err != nil || again != actual {
			return nil, fmt.Errorf("%w: VERSION depends on how lines are joined", ErrMalformed)
		}
	}
	if err := settle(root, actual); err != nil {
		return nil, err
	}
	return &Item{class: class, format: actual, root: root}, nil
}

func parseCard(data []byte, f Format) (*contentline.Component, error) {
	all, err := contentline.Parse(data, f.dialect(), contentline.Limits{})
	switch {
	case errors.Is(err, contentline.ErrLimit):
		return nil, fmt.Errorf("%w: %w", ErrTooBig, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case len(all) != 1:
		return nil, fmt.Errorf("%w: %d components instead of one", ErrMalformed, len(all))
	case !strings.EqualFold(all[0].Name, "VCARD"):
		return nil, fmt.Errorf("%w: BEGIN:%.20q is no vCard", ErrMalformed, all[0].Name)
	}
	return all[0], nil
}

// versionOf finds the format of a card: by its VERSION, without one by its media type.
func versionOf(root *contentline.Component, f Format) (Format, error) {
	if p := root.Find("VERSION"); p != nil {
		f = Format{Type: "text/vcard", Version: strings.TrimSpace(p.Value)}
		if f.Version == "" {
			return f, fmt.Errorf("%w: empty VERSION", ErrMalformed)
		}
	} else if f.Type == "" {
		f.Type = "text/x-vcard"
	}
	known, ok := f.canonical()
	if !ok {
		return f, fmt.Errorf("%w: vCard version %.20q", ErrUnsupported, f.Version)
	}
	return known, nil
}

// maxList is how many categories a card may have.
const maxList = 5000

// settle gives the tree the one form that later code relies on: it has a VERSION, and text that
// came as base64 is text. A list that is too long is an error.
func settle(root *contentline.Component, f Format) error {
	if root.Find("VERSION") == nil {
		v := contentline.Property{Name: "VERSION", Value: f.Version}
		root.Props = append([]contentline.Property{v}, root.Props...)
	}
	list := 0
	for i := range root.Props {
		p := &root.Props[i]
		if p.Base64 && traitOf(upper(p.Name)).isText() {
			base64Text(p, f.dialect())
		}
		if p.Is("CATEGORIES") {
			list += 1 + strings.Count(p.Value, ",") + strings.Count(p.Value, ";")
		}
	}
	if list > maxList {
		return fmt.Errorf("%w: %d categories", ErrTooBig, list)
	}
	return nil
}

// Class gives the class of the item.
func (it *Item) Class() Class { return it.class }

// Format gives the dialect of the item.
func (it *Item) Format() Format { return it.format }

// Body prints the item in its own dialect, with CRLF line ends. Decoding the body gives an equal
// tree, and the body of that is the same bytes again.
func (it *Item) Body() Body {
	return Body{Type: it.format.String(), Data: contentline.Print(it.root, it.format.dialect())}
}

// Clone gives an independent copy: editing one does not change the other.
func (it *Item) Clone() *Item {
	return &Item{class: it.class, format: it.format, root: it.root.Clone()}
}
