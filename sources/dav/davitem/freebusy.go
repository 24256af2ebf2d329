package davitem

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// A Busy is one time that somebody has no time.
type Busy struct {
	From, To  time.Time
	Tentative bool
}

// BusyIn gives when an event takes the user's time within a range: not where it is transparent or cancelled. Of one that
// recurs by a rule that nobody can read, the first time counts. It returns ErrInstances for what takes place too often.
func BusyIn(data []byte, r Range) ([]Busy, error) {
	it, err := dataclass.DecodeBare(dataclass.Events, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: data})
	if err != nil {
		return nil, nil
	}
	e, err := dataclass.AsEvent(it)
	if err != nil || e.Start().IsZero() {
		return nil, nil
	}
	list, err := e.Occurrences(r.From, r.To, maxInstances)
	switch {
	case errors.Is(err, recur.ErrLimit):
		return nil, ErrInstances
	case err != nil:
		list = onceIn(e, r)
	}
	var out []Busy
	for _, o := range list {
		status := o.Entry.Status()
		if status == "CANCELLED" || strings.EqualFold(strings.TrimSpace(o.Entry.Text("TRANSP")), "TRANSPARENT") || !o.Start.Before(o.End) {
			continue
		}
		b := Busy{o.Start, o.End, status == "TENTATIVE"}
		if b.From.Before(r.From) {
			b.From = r.From
		}
		if b.To.After(r.To) {
			b.To = r.To
		}
		out = append(out, b)
	}
	return out, nil
}

// onceIn gives the first time of an event if it lies in a range.
func onceIn(e dataclass.Event, r Range) []dataclass.Occurrence {
	start := e.Start().Time
	if end := start.Add(e.Duration()); start.Before(r.To) && end.After(r.From) {
		return []dataclass.Occurrence{{Start: start, End: end, Entry: e.Entry}}
	}
	return nil
}

// FreeBusy prints a VFREEBUSY (RFC 4791 section 7.10). Times that touch or overlap are told as one.
func FreeBusy(r Range, stamp time.Time, list []Busy) []byte {
	slices.SortFunc(list, func(a, b Busy) int { return a.From.Compare(b.From) })
	var out strings.Builder
	fmt.Fprintf(&out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bindery//EN\r\nBEGIN:VFREEBUSY\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\n",
		stamp.UTC().Format(utcLayout), r.From.UTC().Format(utcLayout), r.To.UTC().Format(utcLayout))
	for _, tentative := range []bool{false, true} {
		kind := "FREEBUSY"
		if tentative {
			kind = "FREEBUSY;FBTYPE=BUSY-TENTATIVE"
		}
		var open *Busy
		flush := func() {
			if open != nil {
				fmt.Fprintf(&out, "%s:%s/%s\r\n", kind, open.From.UTC().Format(utcLayout), open.To.UTC().Format(utcLayout))
			}
		}
		for _, b := range list {
			if b.Tentative != tentative {
				continue
			}
			if open != nil && !b.From.After(open.To) {
				if b.To.After(open.To) {
					open.To = b.To
				}
				continue
			}
			flush()
			open = &b
		}
		flush()
	}
	out.WriteString("END:VFREEBUSY\r\nEND:VCALENDAR\r\n")
	return []byte(out.String())
}
