package main

import (
	"strings"
	"text/tabwriter"
	"time"
)

// A table prints rows in columns.
type table struct{ w *tabwriter.Writer }

func newTable(term *terminal, head ...string) table {
	t := table{tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)}
	t.row(head...)
	return t
}

// row prints one row; an empty cell shows as a dash. Users' texts hold no control characters.
func (t table) row(cells ...string) {
	for i, c := range cells {
		if c == "" {
			cells[i] = "-"
		}
	}
	_, _ = t.w.Write([]byte(strings.Join(cells, "\t") + "\n")) // flush reports what went wrong
}

// flush prints what was collected, unless err says that it is not worth it.
func (t table) flush(err error) error {
	if err != nil {
		return err
	}
	return t.w.Flush()
}

// stamp prints a time in UTC, to the second.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
