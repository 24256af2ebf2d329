package atom

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxCollection is how many entries a page of a collection may have; without limit it has all.
const maxCollection = 1000

// A selection is what a query chooses of a collection.
type selection struct {
	since         time.Time
	class, status string
	// limit is how many entries a page has, 0 for all; after is how many stand before it.
	limit, after int
}

// selectionOf reads the parameters that every collection takes: since, dataclass, status, limit and after. What makes
// no sense is an error, so that nobody takes everything for what he asked for.
func selectionOf(r *http.Request) (s selection, err error) {
	q := r.URL.Query()
	if v := q.Get("since"); v != "" {
		if s.since, err = time.Parse(time.RFC3339, v); err != nil {
			return s, errBadTime
		}
	}
	if s.class = q.Get("dataclass"); s.class != "" && !slices.Contains(logClasses, dataclass.Class(s.class)) {
		return s, errBadClass
	}
	s.status = q.Get("status")
	if s.limit, err = number1(r, "limit", 0, maxCollection); err != nil {
		return s, err
	}
	if v := q.Get("after"); v != "" {
		if s.after, err = strconv.Atoi(v); err != nil || s.after < 0 {
			return s, errBadAfter
		}
	}
	return s, nil
}

// choose gives the entries that are meant: since leaves out what changed before; dataclass and status leave out entries
// that name others, and keep those that name none.
func (s selection) choose(all []dated) []dated {
	return slices.DeleteFunc(slices.Clone(all), func(e dated) bool {
		return e.updated.Before(s.since) || s.class != "" && !saysWord(e.entry, "dataclass", s.class) || s.status != "" && !saysWord(e.entry, "state", s.status)
	})
}

// saysWord reports whether an entry says a word in an element of that name, or in none.
func saysWord(e *xmltree.Element, local, word string) bool {
	list := e.Children(local)
	return len(list) == 0 || slices.ContainsFunc(list, func(c *xmltree.Element) bool { return c.Text() == word })
}

// page cuts a page out of what was chosen and gives the links to the others (RFC 5005 section 3).
func (s selection) page(r *http.Request, address string, all []dated) (list []dated, links []*xmltree.Element) {
	from := min(s.after, len(all))
	if s.limit == 0 {
		return all[from:], nil
	}
	to := min(from+s.limit, len(all))
	at := func(rel string, after int) {
		q := r.URL.Query()
		if q.Del("after"); after > 0 {
			q.Set("after", strconv.Itoa(after))
		}
		links = append(links, link(address+"?"+q.Encode(), rel, ""))
	}
	at("first", 0)
	if from > 0 {
		at("previous", max(from-s.limit, 0))
	}
	if to < len(all) {
		at("next", to)
	}
	return all[from:to], links
}

// selfURL is the address of a feed as it was asked for, so that who follows it gets the same (RFC 4287 section 4.2.7.2).
func selfURL(r *http.Request, address string) string {
	q := r.URL.Query()
	if len(q) == 0 {
		return address
	}
	return address + "?" + q.Encode()
}

// collection sends a feed whose id is its address, with what the query chooses of its entries. Changed are times at which
// something else changed it.
func (a *api) collection(w http.ResponseWriter, r *http.Request, address, title string, entries []dated, changed ...time.Time) error {
	s, err := selectionOf(r)
	if err != nil {
		return err
	}
	entries, links := s.page(r, address, s.choose(entries))
	feed := xmltree.New(nsAtom, "feed").Add(
		person(a.Operator, ""), element("id", address), link(selfURL(r, address), "self", ""), element("title", title))
	return write(w, http.StatusOK, addEntries(r, feed.Add(links...), entries, changed...))
}
