package atom

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// answerGeneral sends a page made of the document that a resource gives to programs. What is no such document, a file
// to be stored, is sent as it is.
func (a *api) answerGeneral(w http.ResponseWriter, r *http.Request, get handler) error {
	h := newHeld()
	if err := get(h, r); err != nil {
		return err
	}
	if !strings.HasPrefix(h.header.Get("Content-Type"), "application/atom") {
		for name, values := range h.header {
			w.Header()[name] = values
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", policy)
		w.WriteHeader(max(h.status, http.StatusOK))
		_, _ = w.Write(h.body.Bytes()) // a browser that has gone reads nothing
		return nil
	}
	doc, err := xmltree.Parse(h.body.Bytes(), xmltree.Limits{Bytes: 64 << 20, Depth: 32, Nodes: 1 << 20, Attrs: 64})
	if err != nil {
		return fmt.Errorf("read our own document: %w", err)
	}
	return a.draw(w, r, http.StatusOK, general(doc, a.base(r)))
}

// general says what a document says.
func general(doc *xmltree.Element, base string) pages.General {
	switch doc.Local {
	case "service":
		return generalService(doc, base)
	case "feed":
		return generalFeed(doc, base)
	}
	return pages.General{
		Name: entryTitle(doc), Updated: readTime(doc, "updated"), Text: entryText(doc), Properties: generalProperties(doc, base),
	}
}

// generalService lists what a service document names.
func generalService(doc *xmltree.Element, base string) pages.General {
	g := pages.General{Name: "All addresses", List: true}
	for _, space := range doc.Children("workspace") {
		for _, c := range space.Children("collection") {
			g.Entries = append(g.Entries, pages.Entry{Title: textOf(c, "title"), Path: localHref(c.Attr("", "href"), base)})
		}
	}
	return g
}

// generalFeed lists the entries of a feed.
func generalFeed(doc *xmltree.Element, base string) pages.General {
	g := pages.General{Name: textOf(doc, "title"), List: true}
	for _, e := range doc.Children("entry") {
		g.Entries = append(g.Entries, pages.Entry{
			Title: entryTitle(e), Path: localHref(linkOf(e, "self"), base), Updated: readTime(e, "updated"), Text: entryText(e),
		})
	}
	for _, l := range []struct{ rel, title string }{{"first", "First page"}, {"next", "Next page"}} {
		if path := localHref(linkOf(doc, l.rel), base); path != "" {
			g.Links = append(g.Links, pages.Crumb{Title: l.title, Path: path})
		}
	}
	return g
}

func entryTitle(e *xmltree.Element) string {
	return firstOf(textOf(e, "title"), textOf(e, "id"), "Entry")
}

// entryText is what an entry says in words.
func entryText(e *xmltree.Element) string { return firstOf(textOf(e, "content"), textOf(e, "summary")) }

func readTime(e *xmltree.Element, local string) time.Time {
	t, _ := time.Parse(time.RFC3339, textOf(e, local)) // our own documents hold times; any other is shown as "never"
	return t
}

// linkOf gives where the first link of that relation leads.
func linkOf(e *xmltree.Element, rel string) string {
	for _, l := range e.Children("link") {
		if l.Attr("", "rel") == rel {
			return l.Attr("", "href")
		}
	}
	return ""
}

// localHref gives the part of an address behind this server's own; "" for any other address.
func localHref(href, base string) string {
	path, ok := strings.CutPrefix(href, base)
	if !ok || !strings.HasPrefix(path, "/v2") {
		return ""
	}
	return path
}

// generalProperties are all that an entry says, but for what stands elsewhere on the page.
func generalProperties(e *xmltree.Element, base string) []pages.Property {
	var out []pages.Property
	for c := range e.Elements() {
		p := pages.Property{Name: strings.ReplaceAll(c.Local, "_", " "), Value: strings.TrimSpace(c.Text())}
		switch {
		case c.Space == nsAtom && (c.Local == "title" || c.Local == "content" || c.Local == "summary" || c.Local == "id"):
			continue
		case c.Space == nsAtom && c.Local == "link":
			p.Name, p.Value = c.Attr("", "rel"), c.Attr("", "href")
			p.Path = localHref(p.Value, base)
		default:
			p.Parts = generalParts(c, base)
		}
		out = append(out, p)
	}
	return out
}

// generalParts are the attributes of an element and what is in it.
func generalParts(e *xmltree.Element, base string) []pages.Property {
	var out []pages.Property
	for _, attr := range e.Attrs {
		out = append(out, pages.Property{Name: attr.Local, Value: attr.Value})
	}
	inner := generalProperties(e, base)
	if text := strings.TrimSpace(e.Text()); text != "" && len(out)+len(inner) > 0 {
		out = append(out, pages.Property{Name: "text", Value: text})
	}
	return append(out, inner...)
}
