package davxml

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// ErrBody means that the body of a request is well-formed XML and says nothing that makes sense for its method.
var ErrBody = errors.New("unexpected request body")

// Bounds of what a request may ask for.
const (
	maxProps = 500
	maxDepth = 40
)

// Parse reads the body of a request, of at most size bytes; nil if it is empty. Errors are those of xmltree.
func Parse(data []byte, size int) (*xmltree.Element, error) {
	if len(strings.TrimSpace(string(data[:min(len(data), 1024)]))) == 0 && len(data) <= 1024 {
		return nil, nil
	}
	return xmltree.Parse(data, xmltree.Limits{Bytes: size, Depth: maxDepth})
}

// A Propfind says which properties are asked for.
type Propfind struct {
	// Names are the properties that are asked for by name, or, with All, besides all.
	Names []Name
	// All asks for all that are worth it, NamesOnly for the names of those that there are.
	All, NamesOnly bool
}

// ParsePropfind reads a request of PROPFIND; nil asks for everything.
func ParsePropfind(root *xmltree.Element) (Propfind, error) {
	if root == nil {
		return Propfind{All: true}, nil
	}
	if Of(root) != (Name{DAV, "propfind"}) {
		return Propfind{}, fmt.Errorf("%w: %.40q instead of propfind", ErrBody, root.Local)
	}
	return PropsOf(root)
}

// PropsOf reads DAV:prop, DAV:allprop or DAV:propname among the children of an element; none of them asks for nothing.
func PropsOf(root *xmltree.Element) (Propfind, error) {
	var p Propfind
	kinds := 0
	for c := range root.Elements() {
		switch Of(c) {
		case Name{DAV, "allprop"}:
			p.All = true
			kinds++
		case Name{DAV, "propname"}:
			p.NamesOnly = true
			kinds++
		case Name{DAV, "prop"}:
			kinds++
			p.Names = append(p.Names, namesIn(c)...)
		case Name{DAV, "include"}:
			p.Names = append(p.Names, namesIn(c)...)
		}
	}
	switch {
	case kinds > 1:
		return p, fmt.Errorf("%w: more than one of prop, allprop and propname", ErrBody)
	case kinds == 0 && root.Local == "propfind":
		return p, fmt.Errorf("%w: propfind asks for nothing", ErrBody)
	case len(p.Names) > maxProps:
		return p, fmt.Errorf("%w: more than %d properties", ErrBody, maxProps)
	}
	return p, nil
}

func namesIn(e *xmltree.Element) []Name {
	var out []Name
	seen := make(map[Name]bool)
	for c := range e.Elements() {
		if n := Of(c); !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// A Patch is one step of PROPPATCH: set a property, or, if Value is nil, remove it.
type Patch struct {
	Name  Name
	Value *xmltree.Element
}

// ParsePropPatch reads the steps of PROPPATCH, or of the body of MKCOL (RFC 5689) and MKCALENDAR, in order.
func ParsePropPatch(root *xmltree.Element, method string) ([]Patch, error) {
	if root == nil {
		return nil, fmt.Errorf("%w: there is none", ErrBody)
	}
	if root.Local != method {
		return nil, fmt.Errorf("%w: %.40q instead of %s", ErrBody, root.Local, method)
	}
	var out []Patch
	for step := range root.Elements() {
		remove := Of(step) == Name{DAV, "remove"}
		if !remove && Of(step) != (Name{DAV, "set"}) {
			continue
		}
		for prop := range step.Elements() {
			if Of(prop) != (Name{DAV, "prop"}) {
				continue
			}
			for e := range prop.Elements() {
				p := Patch{Name: Of(e), Value: e}
				if remove {
					p.Value = nil
				}
				out = append(out, p)
			}
		}
	}
	if len(out) > maxProps {
		return nil, fmt.Errorf("%w: more than %d properties", ErrBody, maxProps)
	}
	return out, nil
}

// A SyncCollection is a report of RFC 6578.
type SyncCollection struct {
	// Token is "" for the first time.
	Token string
	// Limit is how many resources may be answered; 0 for any number.
	Limit int
	Props Propfind
}

// ParseSyncCollection reads the report.
func ParseSyncCollection(root *xmltree.Element) (SyncCollection, error) {
	s := SyncCollection{Token: strings.TrimSpace(root.Child("sync-token").Text())}
	if level := strings.TrimSpace(root.Child("sync-level").Text()); level != "" && level != "1" && level != "infinite" {
		return s, fmt.Errorf("%w: sync-level %.20q", ErrBody, level)
	}
	var err error
	if s.Limit, err = LimitOf(root); err != nil {
		return s, err
	}
	s.Props, err = PropsOf(root)
	return s, err
}

// LimitOf reads how many results a report may have (RFC 5323 section 5.17); 0 for any number.
func LimitOf(root *xmltree.Element) (int, error) {
	limit := root.Child("limit").Child("nresults")
	if limit == nil {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(limit.Text()))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: nresults %.20q", ErrBody, limit.Text())
	}
	return n, nil
}

// Hrefs gives the DAV:href children of a report, each once, in order.
func Hrefs(root *xmltree.Element) []string {
	var out []string
	seen := make(map[string]bool)
	for c := range root.Elements() {
		if Of(c) == (Name{DAV, "href"}) {
			if h := strings.TrimSpace(c.Text()); !seen[h] {
				seen[h] = true
				out = append(out, h)
			}
		}
	}
	return out
}
