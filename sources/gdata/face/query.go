package face

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How many entries a page has.
const (
	defaultPage = 25
	maxPage     = 100_000
	maxQuery    = 8 << 10 // bytes of a query
)

// A query is what a request asks of a feed.
type query struct {
	// max is how many entries a page has, start the number of the first one, from 1.
	max, start int
	page       *page
	// min and before bound when an entry changed: from min on, and before before. Zero is no bound.
	min, before            time.Time
	showDeleted, allDelete bool
	// orderBy is lastmodified, starttime or empty; newest says that the greatest comes first.
	orderBy string
	newest  bool
	words   []string
	group   string
	// from and to bound when an event takes place.
	from, to       time.Time
	future, single bool
	version        string
	strict         bool
}

// A parameter reads one value into a query.
type parameter struct {
	// of is the feed that has it, 0 for all.
	of   feedKind
	read func(q *query, v string) bool
}

// parameters are all that are understood. What is accepted and says nothing here reads as it is.
var parameters = map[string]parameter{
	"alt":               {0, func(_ *query, v string) bool { return v == "atom" }},
	"v":                 {0, func(q *query, v string) bool { q.version = v; return true }},
	"strict":            {0, func(q *query, v string) bool { return flag(&q.strict, v) }},
	"prettyprint":       {0, func(_ *query, v string) bool { return flag(new(bool), v) }},
	"max-results":       {0, func(q *query, v string) bool { return count(&q.max, v, 0) }},
	"start-index":       {0, func(q *query, v string) bool { return count(&q.start, v, 1) }},
	"page":              {0, func(q *query, v string) bool { q.page = readPage(v); return q.page != nil }},
	"updated-min":       {0, func(q *query, v string) bool { return instant(&q.min, v) }},
	"updated-max":       {0, func(q *query, v string) bool { return instant(&q.before, v) }},
	"showdeleted":       {0, func(q *query, v string) bool { return flag(&q.showDeleted, v) }},
	"requirealldeleted": {0, func(q *query, v string) bool { return flag(&q.allDelete, v) }},
	"orderby":           {0, func(q *query, v string) bool { return word(&q.orderBy, v, "lastmodified", "starttime") }},
	"sortorder":         {0, func(*query, string) bool { return true }}, // read with orderby
	"q":                 {0, func(q *query, v string) bool { q.words = searched(v); return len(v) <= 1000 }},
	"group":             {contactFeed, func(q *query, v string) bool { q.group = v; return v != "" }},
	"start-min":         {eventFeed, func(q *query, v string) bool { return instant(&q.from, v) }},
	"start-max":         {eventFeed, func(q *query, v string) bool { return instant(&q.to, v) }},
	"futureevents":      {eventFeed, func(q *query, v string) bool { return flag(&q.future, v) }},
	"singleevents":      {eventFeed, func(q *query, v string) bool { return flag(&q.single, v) }},
	"showhidden":        {0, func(_ *query, v string) bool { return flag(new(bool), v) }},
	"ctz":               {eventFeed, func(*query, string) bool { return true }},
	"max-attendees":     {eventFeed, func(_ *query, v string) bool { return count(new(int), v, 0) }},
	"requirestotal":     {0, func(*query, string) bool { return true }},

	"recurrence-expansion-start": {eventFeed, func(_ *query, v string) bool { return instant(new(time.Time), v) }},
	"recurrence-expansion-end":   {eventFeed, func(_ *query, v string) bool { return instant(new(time.Time), v) }},
}

// parseQuery reads the query of a request. What nobody knows is passed over, but with strict=true.
func parseQuery(raw string, kind feedKind) (query, error) {
	q := query{max: defaultPage, start: 1}
	if len(raw) > maxQuery {
		return q, badRequest("invalidParameter", "The query is too long.")
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, badRequest("invalidParameter", "The query is not encoded as a query is.")
	}
	var unknown string
	for _, name := range slices.Sorted(keysOf(values)) {
		p, ok := parameters[name]
		if !ok || p.of != 0 && p.of != kind {
			unknown = name
			continue
		}
		if !p.read(&q, values.Get(name)) {
			return q, badRequest("invalidParameter", "The value of "+name+" is none that this parameter takes.")
		}
	}
	if q.strict && unknown != "" {
		return q, badRequest("unsupportedParameter", "The feed has no parameter "+strconv.Quote(cut(unknown, 40))+".")
	}
	return q, q.order(values.Get("sortorder"), kind)
}

// order settles what depends on several parameters.
func (q *query) order(sortOrder string, kind feedKind) error {
	if q.orderBy == "starttime" && kind != eventFeed {
		return badRequest("invalidParameter", "Only events are ordered by starttime.")
	}
	switch strings.ToLower(sortOrder) {
	case "", "d", "descending":
		q.newest = q.orderBy != ""
	case "a", "ascend", "ascending":
	default:
		return badRequest("invalidParameter", "The value of sortorder is none that this parameter takes.")
	}
	if q.allDelete && (q.min.IsZero() || !q.showDeleted) {
		return badRequest("invalidParameter", "requirealldeleted goes with showdeleted and updated-min.")
	}
	return nil
}

func keysOf(m url.Values) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func flag(to *bool, v string) bool {
	*to = v == "true" || v == "1"
	return *to || v == "false" || v == "0" || v == ""
}

// count reads a number from least on. More than there can be is as many as there can be.
func count(to *int, v string, least int) bool {
	n, err := strconv.Atoi(v)
	*to = min(n, maxPage)
	if least == 1 {
		*to = min(n, 1<<40) // a place, not a number of entries
	}
	return err == nil && n >= least
}

func word(to *string, v string, words ...string) bool {
	*to = v
	return slices.Contains(words, v)
}

// instants are the forms of a time. One without an offset is in UTC.
var instants = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"}

func instant(to *time.Time, v string) bool {
	v = strings.Replace(v, " ", "+", 1) // a plus sign that was not encoded
	for _, layout := range instants {
		if t, err := time.Parse(layout, v); err == nil && t.Year() > 0 && t.Year() < 10_000 {
			*to = t.UTC()
			return true
		}
	}
	return false
}

// searched gives the words that an entry has to hold: in lower case, a phrase in quotes is one, and one that begins
// with a hyphen must not be there.
func searched(v string) []string {
	var out []string
	for i, part := range strings.Split(strings.ToLower(v), `"`) {
		if i%2 == 0 {
			out = append(out, strings.Fields(part)...)
		} else if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// versionOf gives the version that a request speaks. Who says nothing, or 1, gets the version that is nearest: entity
// tags are needed to write.
func versionOf(r *http.Request, q query, kind feedKind) (int, error) {
	v := r.Header.Get("GData-Version")
	if v == "" {
		v = q.version
	}
	major, _, _ := strings.Cut(strings.TrimSpace(v), ".")
	switch {
	case major == "" && (kind == eventFeed || kind == calendarFeed), major == "1", major == "2":
		return 2, nil
	case major == "", major == "3":
		return 3, nil
	}
	return 0, badRequest("invalidVersion", "GData-Version can be 2 or 3.")
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}
