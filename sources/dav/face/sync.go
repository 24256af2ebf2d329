package face

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// tokenSpace begins every sync token: a URI, as RFC 6578 section 4 wants it.
const tokenSpace = "urn:bindery:sync:"

// syncToken gives the token that stands for all that is in a collection now.
func (c *call) syncToken(l *collection) (string, error) {
	st, err := c.stands(l)
	return tokenAt(l, st, st.Last), err
}

func tokenAt(l *collection, st datastore.Mark, n int64) string {
	of := strings.ReplaceAll(strings.ToLower(l.classes()), ",", "+") // a comma would part entity tags
	return fmt.Sprintf("%s%s:%s:%s:%d", tokenSpace, l.Client, of, st.Epoch, n)
}

// restoredAt is by how much the numbers of a datastore jump when it is brought back from a backup (see
// datastore.BroughtBack): a token from before may know changes that were undone.
const restoredAt = 32

// position reads a token of this collection; false if it cannot tell what was changed since. The token of a collection
// into which nothing had been written stays good.
func position(l *collection, st datastore.Mark, token string) (int64, bool) {
	i := strings.LastIndexByte(token, ':')
	n, err := strconv.ParseInt(token[i+1:], 10, 64)
	if i < 0 || err != nil || n < 0 {
		return 0, false
	}
	if n == 0 && token == tokenAt(l, datastore.Mark{}, 0) {
		return 0, st.Floor == 0
	}
	if n < st.Floor || n > st.Last || n>>restoredAt != st.Last>>restoredAt {
		return 0, false
	}
	return n, token == tokenAt(l, st, n)
}

// errToken makes the client begin anew (RFC 6578 section 3.2).
var errToken = refuse(http.StatusForbidden, davxml.DAV, "valid-sync-token")

// syncCollection is the report DAV:sync-collection. Its Depth is 0; older clients say something else and mean that.
func (c *call) syncCollection(t *target, root *xmltree.Element) error {
	ask, err := davxml.ParseSyncCollection(root)
	if err != nil {
		return err
	}
	data, err := c.dataFrom(t, root)
	if err != nil {
		return err
	}
	st, err := c.stands(t.coll)
	if err != nil {
		return err
	}
	from := int64(-1)
	if ask.Token != "" {
		n, ok := position(t.coll, st, ask.Token)
		if !ok {
			return errToken
		}
		from = n
	}
	w, end := c.xml(http.StatusMultiStatus)
	p := &printer{call: c, x: davxml.Multistatus(w), want: ask.Props, minimal: c.minimal(), data: data}
	upto, whole := p.changes(t.coll, from, st.Last, ask.Limit)
	if !whole {
		p.x.Status(c.href(t), http.StatusInsufficientStorage, dav("number-of-matches-within-limits").New())
	}
	p.x.Element(dav("sync-token").Text(tokenAt(t.coll, st, upto)))
	return p.finish(end)
}

// changes writes what was changed after from and no later than last, limit resources of it if that is not 0. It gives
// the number up to which that goes, and whether that is all. An item that was changed again meanwhile is told as it is
// now: it shows again next time.
func (p *printer) changes(l *collection, from, last int64, limit int) (upto int64, whole bool) {
	if limit == 0 {
		limit = math.MaxInt
	}
	upto = from
	for told := 0; ; {
		heads, err := p.seats(l, upto, from >= 0, min(limit-told+1, 2000))
		if err != nil {
			p.err = errors.Join(p.err, err)
			return upto, true
		}
		for _, h := range heads {
			if h.Number > last {
				heads = nil
				break
			}
			elsewhere, err := p.movedOn(h)
			if p.err = errors.Join(p.err, err); elsewhere {
				upto = h.Number
				continue
			}
			if told == limit {
				return upto, false
			}
			told++
			upto = h.Number
			p.change(h)
		}
		if len(heads) == 0 || p.err != nil || p.x.Err() != nil {
			return max(upto, last), true
		}
	}
}

// change writes one changed resource: as it is, or that it is not there any more.
func (p *printer) change(h seat) {
	t := h.in.item(h.Head)
	if h.Dead {
		p.x.Status(p.href(t), http.StatusNotFound, nil)
		return
	}
	if p.wantsData() {
		done, err := p.load(t)
		defer done()
		var f *fault
		if errors.As(err, &f) {
			p.x.Status(p.href(t), http.StatusNotFound, nil)
			return
		}
		p.err = errors.Join(p.err, err)
	}
	p.resource(t)
}

// wantsData reports whether the content of items is asked for.
func (p *printer) wantsData() bool {
	for _, n := range p.want.Names {
		if n == card("address-data") || n == cal("calendar-data") || liveProps[n].content {
			return true
		}
	}
	return false
}

// gone reports whether an error says that there is no such item.
func gone(err error) bool { return errors.Is(err, sources.ErrGone) }
