package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/stream"
)

// A tally counts what becomes of the items of one run.
type tally struct {
	written, failed int
	less            int            // items that say less in their new format
	lost            map[string]int // properties that are not in it, by name
}

// bookkeeping is what no user misses, or finds again under another name.
var bookkeeping = []string{"DTSTAMP", "CREATED", "DCREATED", "METHOD", "CALSCALE", "ORGANIZER", "DURATION", "AALARM", "DALARM", "MALARM", "PALARM", "TZ", "DAYLIGHT"}

// compare notes what an item loses in a format. The fingerprint tells whether anything is lost; the names
// of properties tell what, as far as it is a whole property.
func (t *tally) compare(it *dataclass.Item, to dataclass.Format) {
	out, err := it.Project(to)
	if err != nil || out.Fingerprint() == it.Fingerprint() {
		return
	}
	t.less++
	if t.lost == nil {
		t.lost = make(map[string]int)
	}
	kept := stream.Names(out.Body().Data)
	names := stream.Names(it.Body().Data)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if !slices.Contains(kept, name) && !slices.Contains(bookkeeping, name) {
			t.lost[name]++
		}
	}
}

// line says it in one line.
func (t *tally) line(to dataclass.Format) string {
	out := fmt.Sprintf("%d items written, %d not", t.written, t.failed)
	if t.less == 0 {
		return out
	}
	out += fmt.Sprintf("; %d say less as %s", t.less, to)
	var names []string
	for name, n := range t.lost {
		names = append(names, fmt.Sprintf("%s %d", name, n))
	}
	if slices.Sort(names); len(names) > 0 {
		out += ", which has no " + strings.Join(names, ", ")
	}
	return out
}
