package face

import (
	"net/http"
	"net/url"

	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxExpand is how deep a property of a property of a property is looked at.
const maxExpand = 4

// expandProperty is the report DAV:expand-property (RFC 3253 section 3.8): where a property is an address, the properties
// of what is there.
func (c *call) expandProperty(t *target, root *xmltree.Element) error {
	w, end := c.xml(http.StatusMultiStatus)
	p := &printer{call: c, x: davxml.Multistatus(w), minimal: c.minimal()}
	e, err := p.expand(t, root, 0)
	if err != nil {
		p.err = err
	} else {
		p.x.Element(e)
	}
	return p.finish(end)
}

// expand makes the DAV:response of a resource.
func (p *printer) expand(t *target, ask *xmltree.Element, depth int) (*xmltree.Element, error) {
	have, miss := dav("prop").New(), dav("prop").New()
	kept, err := p.kept(t)
	if err != nil {
		return nil, err
	}
	for q := range ask.Elements() {
		if q.Local != "property" || !xmltree.IsName(q.Attr("", "name")) {
			continue
		}
		n := davxml.Name{Space: q.Attr("", "namespace"), Local: q.Attr("", "name")}
		if n.Space == "" {
			n.Space = davxml.DAV
		}
		e, err := p.prop(t, n, kept)
		if err != nil {
			return nil, err
		}
		if e == nil {
			miss.Add(n.New())
			continue
		}
		if e, err = p.follow(e, q, depth); err != nil {
			return nil, err
		}
		have.Add(e)
	}
	out := dav("response").New(davxml.Href(p.href(t)),
		dav("propstat").New(have, dav("status").Text(davxml.StatusLine(http.StatusOK))))
	if len(miss.Nodes) > 0 && !p.minimal {
		out.Add(dav("propstat").New(miss, dav("status").Text(davxml.StatusLine(http.StatusNotFound))))
	}
	return out, nil
}

// follow puts what is there in the place of addresses in a property. Addresses of others stay.
func (p *printer) follow(e, ask *xmltree.Element, depth int) (*xmltree.Element, error) {
	if ask.Child("property") == nil || depth >= maxExpand {
		return e, nil
	}
	out := davxml.Of(e).New()
	for k := range e.Elements() {
		if k.Local == "href" {
			if t := p.ours(k.Text()); t != nil {
				var err error
				if k, err = p.expand(t, ask, depth+1); err != nil {
					return nil, err
				}
			}
		}
		out.Add(k)
	}
	return out, nil
}

// ours gives what is at an address; nil for nothing, and for an item.
func (p *printer) ours(href string) *target {
	u, err := url.Parse(href)
	if err != nil {
		return nil
	}
	t, err := p.resolve(u)
	if err != nil || t.kind == kindItem || t.kind == kindCollection && t.coll == nil {
		return nil
	}
	return t
}
