package face

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// tagOfEntry makes the entity tag of an entry as it is written in version 3, and of more.
func tagOfEntry(e *xmltree.Element, more ...[]byte) string {
	return tagOf(append([][]byte{e.Append(make([]byte, 0, 2*usualEntry), xmltree.Options{})}, more...)...)
}

// tagOf makes the entity tag, with its quotes, of what an entry says.
func tagOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return `"` + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12]) + `"`
}

// markOf makes the mark of an entry that is posted, which is the same wherever in a batch the entry stands.
func markOf(e *xmltree.Element) string {
	bare := *e
	bare.Nodes = slices.DeleteFunc(slices.Clone(e.Nodes), func(n xmltree.Node) bool { return n.Elem != nil && n.Elem.Space == entry.Batch })
	return strings.Trim(tagOfEntry(&bare), `"`)
}

// A condition is what a writer says that he has seen.
type condition struct {
	// given says that there is a condition; any that everything is right.
	given, any bool
	tags       []string
}

// conditionOf reads If-Match, or else gd:etag of the entry that is sent.
func conditionOf(header []string, e *xmltree.Element) condition {
	c := condition{given: len(header) > 0}
	for _, line := range header {
		for tag := range strings.SplitSeq(line, ",") {
			c.add(tag)
		}
	}
	if tag := entry.ETag(e); !c.given && tag != "" {
		c.given = true
		c.add(tag)
	}
	return c
}

func (c *condition) add(tag string) {
	tag = bare(tag)
	c.any = c.any || tag == "*"
	c.tags = append(c.tags, tag)
}

// bare gives a tag without what clients lose on the way: its quotes, and the note that it is weak.
func bare(tag string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
}

// check returns an error if the entry is not what the writer has seen.
func (c condition) check(now shown) error {
	switch {
	case !c.given:
		return errNoMatch
	case c.any || contains(c.tags, bare(now.etag)):
		return nil
	}
	f := errStale
	f.current = &now
	return f
}

// fresh reports whether the caller has what the tag names.
func fresh(r *http.Request, etag string) bool {
	c := conditionOf(r.Header.Values("If-None-Match"), nil)
	return c.any || contains(c.tags, bare(etag))
}
