package face

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"
)

// A plan is how the database carries out one statement.
type plan struct{ statement, detail string }

// A watch notes every statement that the database of a world carries out.
type watch struct {
	w     *world
	mu    sync.Mutex
	seen  []statement
	quiet bool
}

type statement struct {
	text string
	vars []any
}

func watchStatements(w *world) *watch {
	w.t.Helper()
	k := &watch{w: w}
	note := func(db *gorm.DB) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if text := db.Statement.SQL.String(); !k.quiet && text != "" {
			k.seen = append(k.seen, statement{text, append([]any(nil), db.Statement.Vars...)})
		}
	}
	hook := func(_ context.Context, db *gorm.DB) error {
		c := db.Callback()
		for _, err := range []error{
			c.Query().After("gorm:query").Register("watch", note), c.Row().After("gorm:row").Register("watch", note),
			c.Raw().After("gorm:raw").Register("watch", note), c.Create().After("gorm:create").Register("watch", note),
			c.Update().After("gorm:update").Register("watch", note), c.Delete().After("gorm:delete").Register("watch", note),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, way := range []func(context.Context, func(context.Context, *gorm.DB) error) error{w.db.View, w.db.Update} {
		if err := way(w.t.Context(), hook); err != nil {
			w.t.Fatal(err)
		}
	}
	return k
}

// during gives how the statements that fn makes are carried out.
func (k *watch) during(fn func()) (plans []plan, statements int) {
	k.w.t.Helper()
	k.mu.Lock()
	k.seen = nil
	k.mu.Unlock()
	fn()
	k.mu.Lock()
	list := k.seen
	k.quiet = true
	k.mu.Unlock()
	for _, s := range list {
		if strings.HasPrefix(s.text, "SAVEPOINT") || strings.HasPrefix(s.text, "RELEASE") || strings.HasPrefix(s.text, "ROLLBACK") {
			continue
		}
		var rows []struct{ Detail string }
		err := k.w.db.View(k.w.t.Context(), func(_ context.Context, db *gorm.DB) error {
			return db.Raw("EXPLAIN QUERY PLAN "+s.text, s.vars...).Scan(&rows).Error
		})
		if err != nil {
			k.w.t.Fatalf("%s: %v", s.text, err)
		}
		for _, r := range rows {
			plans = append(plans, plan{s.text, r.Detail})
		}
	}
	k.mu.Lock()
	k.quiet = false
	k.mu.Unlock()
	return plans, len(list)
}

// wide says why a step may look at rows that the answer does not have; "" if it does not. All items of a class
// are found by three columns, and a step that knows no more of one looks through them.
func wide(p plan) string {
	detail := p.detail
	switch {
	case strings.HasPrefix(p.statement, "SELECT COALESCE(MAX(changed), 0) FROM `datastore_items`"):
		return "" // the last entry of the index
	case strings.Contains(detail, "datastore_items_unread"), strings.Contains(detail, "datastore_items_dead"):
		return "" // these indexes hold nothing but what is looked for
	case strings.HasPrefix(detail, "SCAN") && detail != "SCAN CONSTANT ROW" && detail != "SCAN wanted": // what the request names
		return "scans"
	case strings.Contains(detail, "USE TEMP B-TREE"):
		return "sorts"
	case strings.HasPrefix(detail, "SEARCH datastore_items ") && strings.Count(detail, "?") < 4,
		strings.HasPrefix(detail, "SEARCH dav_index ") && strings.Count(detail, "?") < 4:
		return "looks through a class"
	}
	return ""
}

// No request looks at more than it tells about. Queries may look at one small row of the index for each item.
func TestRequestsCostWhatTheyReturn(t *testing.T) {
	w := newWorld(t)
	var hrefs strings.Builder
	for i := range 30 {
		w.ask(http.StatusCreated, "PUT", fmt.Sprintf("%s%d", contacts, i), cardOf(fmt.Sprint("uid", i), fmt.Sprint("Person ", i)))
		w.ask(http.StatusCreated, "PUT", fmt.Sprintf("%s%d", events, i), eventOf(fmt.Sprint("uid", i), fmt.Sprintf("DTSTART:202605%02dT100000Z", i%28+1)))
		fmt.Fprintf(&hrefs, "<d:href>%s%d</d:href>", contacts, i)
	}
	w.ask(http.StatusCreated, "PUT", events+"always", eventOf("always", "DTSTART:20260101T100000Z", "RRULE:FREQ=YEARLY"))
	token := tokenIn(t, w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody("", "")).body)
	find := func(prop, text string) func() {
		body := cardQuery("anyof", fmt.Sprintf(`<card:prop-filter name=%q><card:text-match>%s</card:text-match></card:prop-filter>`, prop, text), "")
		return func() { w.ask(http.StatusMultiStatus, "REPORT", contacts, body) }
	}
	find("FN", "x")() // the index is made
	day := calQuery("VEVENT", `<cal:time-range start="20260504T000000Z" end="20260505T000000Z"/>`)
	w.ask(http.StatusMultiStatus, "REPORT", events, day)
	k := watchStatements(w)
	for _, c := range []struct {
		name string
		most int // statements
		do   func()
	}{
		{"ctag", 8, func() {
			w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("cs:getctag", "sync-token"), "Depth: 0")
		}},
		{"etag", 8, func() { w.ask(http.StatusMultiStatus, "PROPFIND", contacts+"7", prop("getetag"), "Depth: 0") }},
		{"listing", 8, func() { w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("getetag"), "Depth: 1") }},
		{"multiget", 8, func() {
			w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", hrefs.String(), "getetag", "card:address-data"))
		}},
		{"nothing changed", 8, func() { w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody(token, "")) }},
		{"get", 8, func() { w.ask(http.StatusOK, "GET", contacts+"7", "") }},
		{"put", 20, func() { w.ask(http.StatusCreated, "PUT", contacts+"new", cardOf("new", "New")) }},
		{"put again", 20, func() { w.ask(http.StatusNoContent, "PUT", contacts+"new", cardOf("new", "Newer"), "If-Match: *") }},
		{"put of a UID that is taken", 20, func() { w.ask(http.StatusConflict, "PUT", contacts+"newer", cardOf("new", "New")) }},
		{"one changed", 10, func() { w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody(token, "")) }},
		{"delete", 14, func() { w.ask(http.StatusNoContent, "DELETE", contacts+"new", "") }},
		{"a name", 16, find("FN", "person 7")},
		{"an address", 12, find("EMAIL", "nobody@example.org")},
		{"a number", 12, find("TEL", "4711")},
		{"a UID", 12, find("UID", "uid7")},
		{"a day", 14, func() { w.ask(http.StatusMultiStatus, "REPORT", events, day) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			plans, n := k.during(c.do)
			if len(plans) == 0 || n > c.most {
				t.Errorf("%d statements", n)
			}
			if c.name == "a day" && !slices.ContainsFunc(plans, func(p plan) bool { return strings.Contains(p.detail, "dav_index_time") }) {
				t.Error("what is long over is looked at")
			}
			for _, p := range plans {
				if why := wide(p); why != "" {
					t.Errorf("%s: %s\n%s", why, p.detail, p.statement)
				}
			}
		})
	}
}
