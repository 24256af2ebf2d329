package wire

import (
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A CTCap is what a device says that it holds of one content type.
type CTCap struct {
	Type  ContentType `json:",omitzero"`
	Props []PropCap   `json:",omitempty"`
}

// A PropCap is what a device holds of one property.
type PropCap struct {
	Name string
	// Values are those that it takes; empty for any.
	Values []string `json:",omitempty"`
	// Size is how long a value may be, 0 if it is not said. Bytes or characters: the standards leave it open.
	Size int `json:",omitempty"`
	// MaxOccur is how many it takes, 0 if it is not said (DevInf 1.2).
	MaxOccur int `json:",omitempty"`
	// NoTruncate says that a longer value is refused, not cut (DevInf 1.2).
	NoTruncate bool       `json:",omitempty"`
	Params     []ParamCap `json:",omitempty"`
}

// A ParamCap is what a device holds of one parameter of a property.
type ParamCap struct {
	Name   string
	Values []string `json:",omitempty"`
}

// maxCaps bounds the properties, parameters and values of one device information: no device names more,
// and each is kept.
const maxCaps = 4000

// ctCaps reads CTCap elements: of DevInf 1.2 with a Property for each property, of 1.0 and 1.1 flat, one
// content type after the other, each with its properties (SyncML Device Information 1.1, 5.3.2). What stands
// where it cannot be is left out.
func ctCaps(e *xmltree.Element) []CTCap {
	r := capReader{left: maxCaps}
	for _, c := range e.Children("CTCap") {
		r.read(c)
	}
	return r.all
}

type capReader struct {
	all  []CTCap
	left int
}

func (r *capReader) read(e *xmltree.Element) {
	for _, n := range e.Nodes {
		c := n.Elem
		if c == nil || r.left <= 0 {
			continue
		}
		r.left--
		switch text := strings.TrimSpace(c.Text()); c.Local {
		case "CTType":
			r.all = append(r.all, CTCap{Type: ContentType{Type: text}})
		case "VerCT":
			if t := r.last(); t != nil {
				t.Type.Version = text
			}
		case "Property":
			r.property(c)
		case "PropName":
			if t := r.last(); t != nil {
				t.Props = append(t.Props, PropCap{Name: text})
			}
		default:
			r.detail(c.Local, text)
		}
	}
}

func (r *capReader) last() *CTCap {
	if len(r.all) == 0 {
		return nil
	}
	return &r.all[len(r.all)-1]
}

func (r *capReader) lastProp() *PropCap {
	t := r.last()
	if t == nil || len(t.Props) == 0 {
		return nil
	}
	return &t.Props[len(t.Props)-1]
}

// detail takes what DevInf 1.0 and 1.1 say of the property, or the parameter, before it.
func (r *capReader) detail(local, text string) {
	p := r.lastProp()
	if p == nil {
		return
	}
	switch local {
	case "ParamName":
		p.Params = append(p.Params, ParamCap{Name: text})
	case "ValEnum":
		if n := len(p.Params); n > 0 {
			p.Params[n-1].Values = append(p.Params[n-1].Values, text)
			return
		}
		p.Values = append(p.Values, text)
	case "Size", "MaxSize":
		p.Size = positive(text)
	}
}

func positive(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// property reads a Property of DevInf 1.2 (OMA DevInf 1.2, 5.3.30).
func (r *capReader) property(e *xmltree.Element) {
	t := r.last()
	if t == nil {
		return
	}
	p := PropCap{Name: str(e, "PropName"), Values: texts(e, "ValEnum"), MaxOccur: num(e, "MaxOccur", 0),
		Size: max(num(e, "MaxSize", 0), num(e, "Size", 0)), NoTruncate: has(e, "NoTruncate")}
	for _, q := range e.Children("PropParam") {
		p.Params = append(p.Params, ParamCap{Name: str(q, "ParamName"), Values: texts(q, "ValEnum")})
		r.left -= 1 + len(p.Params[len(p.Params)-1].Values)
	}
	r.left -= len(p.Values)
	if p.Name != "" && r.left > 0 {
		t.Props = append(t.Props, p)
	}
}
