package dav

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// maxListing and maxBodies are how many bytes are read of an answer that lists items, and of one that has them.
	maxListing = 256 << 20
	maxBodies  = 48 << 20
	// maxDepth is how deep an answer may nest.
	maxDepth = 40
	// maxResponses is how many resources an answer may have.
	maxResponses = 1_000_000
)

// An answerError says of an answer that cannot be used why. Its class, dataclass.ErrMalformed or ErrTooBig, is not said:
// it is no item that is meant.
type answerError struct {
	text  string
	class error
}

// Error implements error.
func (e *answerError) Error() string { return e.text }

// Unwrap gives the class.
func (e *answerError) Unwrap() error { return e.class }

// badAnswer says why an answer cannot be used.
func badAnswer(format string, args ...any) error {
	return &answerError{fmt.Sprintf(format, args...), dataclass.ErrMalformed}
}

// errBigAnswer means that an answer has no end, or one that is too far away.
var errBigAnswer error = &answerError{"the answer of the server is too big", dataclass.ErrTooBig}

// A response is what a multistatus says about one resource.
type response struct {
	href string
	// status is that of the resource as a whole, 0 if only its properties have one.
	status int
	// prop are the properties that it has.
	prop []*xmltree.Element
	// refused is the status of properties that were refused, 0 if none was; failed is DAV:error, or nil.
	refused int
	failed  *xmltree.Element
}

// find gives a property, nil if the resource does not have it.
func (r response) find(space, local string) *xmltree.Element {
	for _, p := range r.prop {
		if p.Local == local && p.Space == space {
			return p
		}
	}
	return nil
}

// etag gives the entity tag of the resource.
func (r response) etag() string { return strings.TrimSpace(r.find(davxml.DAV, "getetag").Text()) }

// collection reports whether the resource is a collection.
func (r response) collection() bool {
	return strings.HasSuffix(r.href, "/") || r.find(davxml.DAV, "resourcetype").Child("collection") != nil
}

// multistatus reads an answer of 207 piece by piece. Each gets every response; what stands beside them is given. An
// answer of another status or kind, or one that was cut off, is an error.
func multistatus(resp *http.Response, most bound, each func(response) error) (rest []*xmltree.Element, err error) {
	if resp.StatusCode != http.StatusMultiStatus {
		return nil, badAnswer("the server answered %d and not 207", resp.StatusCode)
	}
	from := &bounded{r: resp.Body, left: most.all, one: most.one}
	d := &reader{x: xml.NewDecoder(from)}
	root, err := d.root()
	if err != nil {
		return nil, unreadable(err)
	}
	if root.Name.Space != davxml.DAV || root.Name.Local != "multistatus" {
		return nil, badAnswer("the answer of the server is no multistatus")
	}
	for n := 0; ; {
		from.one = most.one
		e, err := d.child()
		if err != nil {
			return nil, unreadable(err)
		}
		switch {
		case e == nil:
			return rest, unreadable(d.end())
		case davxml.Of(e) == davxml.Name{Space: davxml.DAV, Local: "response"}:
			if n++; n > maxResponses {
				return nil, errBigAnswer
			}
			if err := each(responseOf(e)); err != nil {
				return nil, err
			}
		case len(rest) < 20:
			rest = append(rest, e)
		}
	}
}

// unreadable gives the class of an error that the reading of an answer met.
func unreadable(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax) || errors.Is(err, errNested):
		return badAnswer("the answer of the server: %v", err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the answer of the server: %w", io.ErrUnexpectedEOF)
	case err != nil:
		return fmt.Errorf("read the answer of the server: %w", err)
	}
	return nil
}

func responseOf(e *xmltree.Element) response {
	r := response{href: strings.TrimSpace(e.Child("href").Text()), status: statusIn(e), failed: e.Child("error")}
	for _, st := range e.Children("propstat") {
		s := statusIn(st)
		if s >= 200 && s < 300 {
			for p := range st.Child("prop").Elements() {
				r.prop = append(r.prop, p)
			}
		} else if r.refused == 0 || r.refused == http.StatusFailedDependency {
			if r.refused = s; r.failed == nil {
				r.failed = st.Child("error")
			}
		}
	}
	return r
}

// statusIn reads DAV:status, 0 if there is none.
func statusIn(e *xmltree.Element) int {
	parts := strings.Fields(e.Child("status").Text())
	if len(parts) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(parts[1])
	return n
}

var errNested = errors.New("nested too deeply")

// A reader reads a document one child of its root at a time.
type reader struct{ x *xml.Decoder }

func (d *reader) root() (xml.StartElement, error) {
	for {
		t, err := d.x.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t, nil
		case xml.Directive:
			if strings.Contains(string(t), "[") {
				return xml.StartElement{}, errNested
			}
		}
	}
}

// child reads the next child of the root; nil if there is none any more.
func (d *reader) child() (*xmltree.Element, error) {
	for {
		t, err := d.x.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return d.tree(t)
		case xml.EndElement:
			return nil, nil
		}
	}
}

// end sees to it that nothing but blanks follows the root.
func (d *reader) end() error {
	for {
		t, err := d.x.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, more := t.(xml.StartElement); more {
			return &xml.SyntaxError{Msg: "more than one root"}
		}
	}
}

// tree reads the rest of an element.
func (d *reader) tree(start xml.StartElement) (*xmltree.Element, error) {
	top := xmltree.New(start.Name.Space, start.Name.Local)
	open, n := []*xmltree.Element{top}, 0
	for len(open) > 0 {
		t, err := d.x.Token()
		if err != nil {
			return nil, err
		}
		in := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if len(open) >= maxDepth {
				return nil, errNested
			}
			if n++; n > maxElements {
				return nil, errBigAnswer
			}
			e := xmltree.New(t.Name.Space, t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					e.SetAttr(a.Name.Space, a.Name.Local, a.Value)
				}
			}
			in.Add(e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			in.Nodes = append(in.Nodes, xmltree.Text(string(t)))
		}
	}
	return top, nil
}
