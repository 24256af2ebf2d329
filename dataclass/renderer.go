package dataclass

import "github.com/bindery-sync/bindery/dataclass/contentline"

// A Renderer renders many items for one side: what [Render] finds out about the side for each of them, it finds out
// once. It is safe for concurrent use.
type Renderer struct {
	format Format
	style  CalendarStyle
	limits limits
}

// NewRenderer makes a Renderer of what [Render] is told. Errors are those of [Capabilities.Validate].
func NewRenderer(f Format, c Capabilities) (*Renderer, error) {
	l, err := limitsOf(c.Declared())
	if err != nil {
		return nil, err
	}
	return &Renderer{format: f, style: c.Calendar, limits: l}, nil
}

// Render gives what [Render] gives of the item that [Decode] reads from b. Errors are those of both.
func (r *Renderer) Render(class Class, b Body) (*Item, error) {
	it, err := decodeBy(r.parser(), class, b)
	if err != nil {
		return nil, err
	}
	if d, ok := r.format.dialect(); !ok || d != it.d || !d.isCard() {
		if it, err = it.projectStyled(r.format, r.style); err != nil {
			return nil, err
		}
	}
	return r.limits.applied(it)
}

// parser is how an item is read that is only to be rendered. A vCard 2.1 is printed anew, so that its lines
// need not be remembered.
func (r *Renderer) parser() parser {
	if d, ok := r.format.dialect(); ok && d == card21 {
		return contentline.ParseBare
	}
	return contentline.Parse
}
