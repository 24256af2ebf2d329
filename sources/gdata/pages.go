package gdata

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// maxPages and maxEntries bound one listing.
	maxPages   = 20_000
	maxEntries = 300_000
	// listTries is how often a listing is begun that changed under the reader's hands.
	listTries = 3
)

// errShifted means that a listing has fewer entries than it says: it was changed while it was read, or is wrong.
var errShifted = fmt.Errorf("%w: the feed has fewer entries than it says", dataclass.ErrMalformed)

// A head is what the first page of a listing says, and the server with it.
type head struct {
	page entry.Page
	// date is when the server sent it, by its own clock; zero if it did not say.
	date time.Time
}

// listing gives the address of a listing: of everything, or of what changed since a time of the server. The newest come
// first, so that what changes while it is read moves to where it was read already, and nothing is passed over.
func listing(feed, since string, size int) (string, error) {
	u, err := url.Parse(feed)
	if err != nil {
		return "", fmt.Errorf("%w: the address of the feed is none", dataclass.ErrMalformed)
	}
	q := u.Query()
	q.Set("max-results", strconv.Itoa(size))
	q.Set("showdeleted", "true")
	q.Set("orderby", "lastmodified")
	q.Set("sortorder", "descending")
	if since != "" {
		q.Set("updated-min", since)
		q.Set("requirealldeleted", "true")
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// pages reads a listing to its end, page by page. Visit is called with each entry; it reports whether that is a new
// one. Any error leaves the listing without meaning.
func (w *wire) pages(ctx context.Context, address string, visit func(e *xmltree.Element, page int) (bool, error)) (head, error) {
	var first head
	seen := make(map[string]bool)
	count, total := 0, 0
	for n := 0; ; n++ {
		if n == maxPages || seen[address] {
			return first, fmt.Errorf("%w: the pages of the feed have no end", dataclass.ErrMalformed)
		}
		seen[address] = true
		page, date, err := w.page(ctx, address)
		if err != nil {
			return first, err
		}
		if n == 0 {
			first = head{page, date}
			if page.Start > 1 {
				return first, errShifted
			}
		}
		fresh := 0
		for _, e := range page.Entries {
			isNew, err := visit(e, n)
			if err != nil {
				return first, err
			}
			if isNew {
				fresh++
			}
		}
		count += fresh
		if total = max(total, page.Total); count > maxEntries {
			return first, fmt.Errorf("%w: a feed of more than %d entries", dataclass.ErrTooBig, maxEntries)
		}
		first.page.Entries = nil
		switch {
		case page.Next == "" && count < total:
			return first, errShifted
		case page.Next == "":
			return first, nil
		case fresh == 0:
			return first, fmt.Errorf("%w: a page of the feed tells nothing new", dataclass.ErrMalformed)
		}
		address = page.Next
	}
}

func (w *wire) page(ctx context.Context, address string) (entry.Page, time.Time, error) {
	doc, header, err := w.get(ctx, address)
	if err != nil {
		return entry.Page{}, time.Time{}, err
	}
	page, err := entry.ReadPage(doc)
	if err != nil {
		return page, time.Time{}, err
	}
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	if post := entry.Link(doc, entry.RelPost); post != "" && w.post == w.feed() {
		w.post = post
	}
	if batch := entry.Link(doc, entry.RelBatch); batch != "" && w.batch == "" {
		w.batch = batch
	}
	return page, date, nil
}

// lost reports whether an answer to a question for changes says that the server cannot tell them any more.
func lost(err error) bool {
	var s *statusError
	return errors.As(err, &s) && s.status == http.StatusGone
}

// clock gives the time of the server at a listing; zero if it has none. Of two clocks the slower one counts: asking too
// much is only slow.
func (h head) clock() time.Time {
	u := h.page.Updated
	if u.IsZero() || !h.date.IsZero() && h.date.Before(u) {
		return h.date
	}
	return u
}

// wentBack reports whether the clock of the server shows less than at an earlier time. What the feed says of itself may
// be when it changed last, and counts only where the server says no time.
func (h head) wentBack(before time.Time) bool {
	if h.date.IsZero() {
		return h.page.Updated.Before(before)
	}
	return h.date.Before(before)
}

// next gives what the server is asked since the next time; empty if it has no clock. It returns sources.ErrCursorLost if
// its clock has gone back behind what it was asked since: it may have written changes that it will never show.
func (h head) next(was string, overlap time.Duration) (string, error) {
	now := h.clock()
	if now.IsZero() {
		return "", nil
	}
	to := now.Add(-overlap)
	if was == "" {
		return stamp(to), nil
	}
	before, err := time.Parse(time.RFC3339, was)
	if err != nil || h.wentBack(before) {
		return "", fmt.Errorf("the clock of the server went back: %w", sources.ErrCursorLost)
	}
	if to.Before(before) {
		return was, nil
	}
	return stamp(to), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
