package syncml

import (
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestFilterOf: S60 sends ranges of days as MINDT and MAXDT, SyncML 1.2 as SINCE and BEFORE (2.9); what
// cannot be honoured is refused by 406, 421 or 422.
func TestFilterOf(t *testing.T) {
	day := func(m, d int) time.Time { return time.Date(2026, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	both := dataclass.Range{From: day(1, 2), To: day(3, 4)}
	const cgi = "syncml:filtertype-cgi"
	for _, c := range []struct {
		name   string
		class  dataclass.Class
		code   int
		uri    string
		filter *wire.Filter
		want   dataclass.Range
		status int
	}{
		{"nothing", dataclass.Contacts, 200, "contacts", nil, dataclass.Range{}, 0},
		{"days in the address", dataclass.Events, 200, "calendar?MINDT=20260102&MAXDT=20260304T000000Z", nil, both, 0},
		{"escaped", dataclass.Calendar, 200, "calendar?mindt%3d20260102T000000", nil, dataclass.Range{From: day(1, 2)}, 0},
		{"operators", dataclass.Events, 201, "./cal?SINCE&EQ;20260102&AND;BEFORE&LT;2026-03-04", nil, both, 0},
		{"a filter", dataclass.Events, 200, "calendar", &wire.Filter{Type: cgi, Record: "MINDT&GE;20260102&AND;MAXDT&iLE;20260304"}, both, 0},
		{"a choice of a database of both", dataclass.Tasks, 203, "calendar?TODO", nil, dataclass.Range{}, 0},
		{"an option of a model", dataclass.Events, 200, "calendar?/o(Z)", nil, dataclass.Range{}, 0},
		{"an option before everything is replaced", dataclass.Events, 203, "calendar?/dr(1)", nil, dataclass.Range{}, 422},
		{"days of what has none", dataclass.Contacts, 200, "contacts?MINDT=20260102", nil, dataclass.Range{}, 406},
		{"a broken bound", dataclass.Events, 200, "calendar?MINDT=yesterday", nil, dataclass.Range{}, 422},
		{"the end before the beginning", dataclass.Events, 200, "calendar?MINDT=20260304&MAXDT=20260102", nil, dataclass.Range{}, 422},
		{"another grammar", dataclass.Events, 200, "calendar", &wire.Filter{Type: "text/sql", Record: "x"}, dataclass.Range{}, 421},
		{"an unknown word", dataclass.Contacts, 200, "contacts", &wire.Filter{Type: cgi, Record: "N&iCON;Ann"}, dataclass.Range{}, 406},
		{"a broken filter", dataclass.Events, 200, "calendar", &wire.Filter{Type: cgi, Record: "SINCE&EQ;soon"}, dataclass.Range{}, 422},
		{"some fields only", dataclass.Contacts, 200, "contacts", &wire.Filter{Type: cgi, Fields: "N"}, dataclass.Range{}, 406},
		{"the rest is to be deleted", dataclass.Events, 200, "calendar", &wire.Filter{Type: cgi, Record: "SINCE&EQ;20260102", Exclusive: true}, dataclass.Range{}, 406},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, status := filterOf(c.class, c.code, &wire.Item{Target: wire.Location{URI: c.uri}, Filter: c.filter})
			if got != c.want || status != c.status {
				t.Errorf("range %v, status %d", got, status)
			}
		})
	}
}
