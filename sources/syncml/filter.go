package syncml

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A phone narrows what it is sent by a query behind a database's address (SyncML 1.1) or by a Filter (1.2).
// A range of days of a calendar is honoured. Of the rest, what is understood to be a demand is refused, so
// that nobody takes the items that come, or stay away, for those that were asked for.

// filterOf gives the range that an alerted item asks for, and the status of one that cannot be honoured, 0
// if it can: 406 for what we do not do, 421 for an unknown grammar, 422 for a query that is broken.
func filterOf(class dataclass.Class, code int, item *wire.Item) (dataclass.Range, int) {
	_, query, _ := strings.Cut(item.Target.URI, "?")
	asked, odd := rangeOf(query)
	refresh := code == wire.AlertRefreshFromClient
	switch {
	case odd == badQuery, odd == strangeQuery && refresh:
		return dataclass.Range{}, 422 // what is outside would be taken for deleted
	case odd == strangeQuery:
		asked = dataclass.Range{} // an option of some models, which narrows nothing
	}
	if f := item.Filter; f != nil {
		if !strings.EqualFold(f.Type, "syncml:filtertype-cgi") && f.Type != "" {
			return dataclass.Range{}, 421
		}
		if f.Exclusive || f.Fields != "" {
			return dataclass.Range{}, 406
		}
		if asked, odd = rangeOf(f.Record); odd != goodQuery {
			return dataclass.Range{}, map[oddity]int{badQuery: 422, strangeQuery: 406}[odd]
		}
	}
	if !asked.IsZero() && class != dataclass.Events && class != dataclass.Calendar {
		return dataclass.Range{}, 406
	}
	return asked, 0
}

// An oddity is what is wrong with a query.
type oddity int

const (
	goodQuery    oddity = iota
	strangeQuery        // of words that we do not know
	badQuery            // a bound that is no time
)

// A term is a word, a comparison and a bound. How it compares does not matter: a range that is one moment too
// long harms nobody.
var term = regexp.MustCompile(`(?i)^([a-z]+)(?:&i?(?:eq|ge|gt|le|lt);|=)(.*)$`)

// rangeOf reads a query such as MINDT=20260101T000000Z&MAXDT=20270101T000000Z, or, in the grammar of 1.2,
// SINCE&EQ;20260101&AND;BEFORE&EQ;20270101.
func rangeOf(query string) (r dataclass.Range, odd oddity) {
	if q, err := url.PathUnescape(query); err == nil {
		query = q
	}
	switch strings.ToUpper(query) {
	case "", "TODO", "EVENT": // classOf has taken the latter two
		return r, goodQuery
	}
	for _, part := range terms(query) {
		m := term.FindStringSubmatch(part)
		if m == nil {
			return dataclass.Range{}, strangeQuery
		}
		var bound *time.Time
		switch strings.ToUpper(m[1]) {
		case "MINDT", "SINCE":
			bound = &r.From
		case "MAXDT", "BEFORE":
			bound = &r.To
		default:
			return dataclass.Range{}, strangeQuery
		}
		at, ok := moment(m[2])
		if !ok {
			return dataclass.Range{}, badQuery
		}
		*bound = at
	}
	if !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To) {
		return dataclass.Range{}, badQuery
	}
	return r, goodQuery
}

// terms splits a query where it says "and".
func terms(query string) []string {
	query = strings.NewReplacer("&AND;", "\n", "&and;", "\n").Replace(query)
	var all []string
	for _, line := range strings.Split(query, "\n") {
		if strings.Contains(line, "=") {
			all = append(all, strings.Split(line, "&")...)
		} else {
			all = append(all, line)
		}
	}
	return all
}

// moment reads a time as phones write it.
func moment(s string) (time.Time, bool) {
	for _, layout := range []string{"20060102T150405Z", "20060102T150405", "20060102", time.RFC3339, "2006-01-02"} {
		if at, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
