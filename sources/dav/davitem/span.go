package davitem

import (
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// maxSpan is how many instances are looked at to find the last one.
const maxSpan = 200

// spare is how far a day or a floating time may lie elsewhere than in UTC.
const spare = 26 * time.Hour

// SpanOf gives a range outside of which no part of an item takes place, wherever its floating times are taken to be. What
// nobody can tell may take place at any time.
func SpanOf(class dataclass.Class, data []byte) Range {
	always := Range{firstTime, lastTime}
	it, err := dataclass.DecodeBare(class, dataclass.Body{Type: dataclass.ICalendar20.String(), Data: withCancelled(data)})
	if err != nil {
		return always
	}
	var list []dataclass.Occurrence
	if t, terr := dataclass.AsTask(it); terr == nil && !(t.Start().IsZero() && t.Due().IsZero()) {
		list, err = t.Occurrences(firstTime, lastTime, maxSpan)
	} else if e, eerr := dataclass.AsEvent(it); eerr == nil && !e.Start().IsZero() {
		list, err = e.Occurrences(firstTime, lastTime, maxSpan)
	}
	if len(list) == 0 {
		return always
	}
	r := Range{list[0].Start, list[0].End}
	for _, o := range list {
		if o.Start.Before(r.From) {
			r.From = o.Start
		}
		if o.End.After(r.To) {
			r.To = o.End
		}
	}
	r = Range{r.From.Add(-spare), r.To.Add(spare)}
	if err != nil { // there are more, or some of them nobody can tell
		r.To = lastTime
	}
	return r
}
