package gdata

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	// maxPages and maxEntries bound one listing.
	maxPages   = 20_000
	maxEntries = 150_000
	// listTries is how often a listing is begun that changed under the reader's hands.
	listTries = 3
)

// errManyEntries means that a listing has more entries than anybody needs.
var errManyEntries = fmt.Errorf("%w: a feed of more than %d entries", dataclass.ErrTooBig, maxEntries)

// errBigFeed means that the entries of a listing have more bytes than anybody needs.
var errBigFeed = fmt.Errorf("%w: the entries of the feed have too many bytes together", dataclass.ErrTooBig)

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
	next := &ahead{w: w}
	defer next.drop()
	seen := make(map[string]bool) // by hash: an address may be long, and a part of the page that it came with
	count, total := 0, 0
	for n := 0; ; n++ {
		at := shortHash([]byte(address))
		if n == maxPages || seen[at] {
			return first, fmt.Errorf("%w: the pages of the feed have no end", dataclass.ErrMalformed)
		}
		seen[at] = true
		page, date, err := next.page(ctx, address)
		if err != nil {
			return first, err
		}
		if page.Next != "" && !seen[shortHash([]byte(page.Next))] && max(count+len(page.Entries), total, page.Total) <= maxEntries {
			next.ask(ctx, page.Next)
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
		if page.Total >= 0 {
			total = page.Total // what an earlier page says may be a guess
		}
		if max(count, total) > maxEntries {
			return first, errManyEntries
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

// An ahead asks for the next page of a listing while the one before is looked at.
type ahead struct {
	w       *wire
	address string
	answer  chan *answer
	err     error
	cancel  context.CancelFunc
}

// ask asks for a page; nobody waits for it.
func (a *ahead) ask(ctx context.Context, address string) {
	ctx, a.cancel = context.WithCancel(ctx)
	a.address, a.answer = address, make(chan *answer, 1)
	go func() {
		got, err := a.w.do(ctx, request{method: http.MethodGet, address: address})
		a.err = err
		a.answer <- got
	}()
}

// page gives a page, which may have been asked for already.
func (a *ahead) page(ctx context.Context, address string) (entry.Page, time.Time, error) {
	if a.answer == nil || a.address != address {
		a.drop()
		a.ask(ctx, address)
	}
	got := <-a.answer
	a.answer = nil
	a.cancel()
	if a.err != nil {
		return entry.Page{}, time.Time{}, a.err
	}
	return a.w.page(got)
}

// drop ends what was asked for and is not wanted any more.
func (a *ahead) drop() {
	if a.answer != nil {
		a.cancel()
		<-a.answer
		a.answer = nil
	}
}

// page reads a page of a listing.
func (w *wire) page(got *answer) (entry.Page, time.Time, error) {
	doc, err := tree(got.body)
	if err != nil {
		return entry.Page{}, time.Time{}, err
	}
	page, err := entry.ReadPage(doc)
	if err != nil {
		return page, time.Time{}, err
	}
	date, err := http.ParseTime(got.header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	if len(page.Entries) >= manyEntries {
		w.g.o.Bulk()
	}
	// What stays is copied: texts are parts of the whole page, which they would keep.
	page.Next, page.ETag, page.Zone = strings.Clone(page.Next), strings.Clone(page.ETag), strings.Clone(page.Zone)
	if post := entry.Link(doc, entry.RelPost); post != "" && w.post == w.feed() {
		w.post = strings.Clone(post)
	}
	if batch := entry.Link(doc, entry.RelBatch); batch != "" && w.batch == "" {
		w.batch = strings.Clone(batch)
	}
	page.Kind = entry.Kind(strings.Clone(string(page.Kind)))
	return page, date, nil
}

// lost reports whether an answer to a question for changes says that the server cannot tell them any more.
func lost(err error) bool {
	var s *statusError
	return errors.As(err, &s) && s.status == http.StatusGone
}

// clock gives the time of the server at a listing; zero if it has none.
func (h head) clock() time.Time {
	if h.date.IsZero() {
		return h.page.Updated
	}
	return h.date
}

// reach gives how far back the next look has to reach: to the time of the feed, and behind everything that the server
// may have been writing while it answered. The time of a feed may be that of its last change, or the present; of two clocks
// the slower one counts, for asking too much is only slow.
func (h head) reach(overlap time.Duration) time.Time {
	to := h.clock().Add(-overlap)
	if u := h.page.Updated; !u.IsZero() && u.Before(to) {
		return u
	}
	return to
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
	if h.clock().IsZero() {
		return "", nil
	}
	to := h.reach(overlap)
	if was == "" {
		return h.anchor(to), nil
	}
	first, _ := moments(was)
	before, err := time.Parse(time.RFC3339, first)
	if err != nil || h.wentBack(before) {
		return "", fmt.Errorf("the clock of the server went back: %w", sources.ErrCursorLost)
	}
	if to.Before(before) {
		return was, nil
	}
	return h.anchor(to), nil
}

// anchor notes a time to ask since and, behind it, the time of the feed, which is asked for where the server says that
// it does not know as far back as that.
func (h head) anchor(to time.Time) string {
	if u := h.page.Updated; u.After(to) {
		return stamp(to) + " " + stamp(u)
	}
	return stamp(to)
}

// moments gives the two times of an anchor; the second one is empty if there is none.
func moments(anchor string) (since, exact string) {
	since, exact, _ = strings.Cut(anchor, " ")
	return since, exact
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
