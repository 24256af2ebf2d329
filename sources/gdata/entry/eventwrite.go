package entry

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Writes are what has to be sent so that a server says what an item says: first Master, then the others in any
// order.
type Writes struct {
	// Master is the entry of the event, to be put, or to be posted if it is new; nil if it said all of it.
	Master *xmltree.Element
	// Put are the entries of exceptions that say something else now, also those that are cancelled now.
	Put []*xmltree.Element
	// Add are new exceptions. Where Master is new, Attach names it once it has its ID.
	Add []*xmltree.Element
	// Delete are exceptions of times that the series has no more.
	Delete []*xmltree.Element
	// Moved says that the times of the series changed. A server may remove all its exceptions then, so Put holds
	// all that are to be there: one that the server has no more is to be posted again, see Fresh.
	Moved bool
}

// WriteEvent edits an entry and the entries of its exceptions in place so that together they say what the item says,
// and tells which of them have to be sent. What they say already is not touched; what is no field stays. A second call
// has nothing to write. For a new event master is New(EventKind) and there are no exceptions.
//
// Times that float are written in x.Zone. An occurrence that an existing series loses becomes a cancelled exception.
// Errors wrap dataclass.ErrMalformed, dataclass.ErrTooBig, and dataclass.ErrUnsupported for what cannot be said:
// exceptions without their series, and one that changes all later occurrences. The entries are of no use then.
func WriteEvent(it *dataclass.Item, master *xmltree.Element, exceptions []*xmltree.Element, x Context) (Writes, error) {
	w, err := x.newWriting(it, master, exceptions)
	if err != nil {
		return Writes{}, fmt.Errorf("event: %w", err)
	}
	before := master.Append(nil, xmltree.Options{})
	if err := w.writeMaster(); err != nil {
		return Writes{}, fmt.Errorf("event: %w", err)
	}
	if w.fresh || string(before) != string(master.Append(nil, xmltree.Options{})) {
		asSync(master, w.ev)
		w.out.Master = master
	}
	if err := w.writeInstances(); err != nil {
		return Writes{}, fmt.Errorf("event: %w", err)
	}
	return w.out, nil
}

// A writing is the work of WriteEvent.
type writing struct {
	x      Context
	ev     dataclass.Event // a copy of the item, in iCalendar 2.0
	series dataclass.Event // the same without exceptions
	recurs bool
	want   map[string]exception
	except []dataclass.When // what of the series does not take place

	master *xmltree.Element
	have   dataclass.Event // what the master says
	fresh  bool
	listed map[string]bool // what the master says not to take place
	all    []instance
	out    Writes
}

// An exception is what an item wants of one occurrence.
type exception struct {
	at        dataclass.When
	ev        dataclass.Event
	cancelled bool
}

func (x Context) newWriting(it *dataclass.Item, master *xmltree.Element, exceptions []*xmltree.Element) (*writing, error) {
	if err := checkLiving(master, EventKind); err != nil {
		return nil, err
	}
	ev, err := asEvent(it)
	if err != nil {
		return nil, err
	}
	w := &writing{x: x, ev: ev, recurs: recurs(ev), master: master, fresh: isFresh(master)}
	if err := w.wants(); err != nil {
		return nil, err
	}
	if w.series, err = alone(ev); err != nil {
		return nil, err
	}
	w.have, err = x.readMaster(master)
	if w.fresh {
		w.have, err = dataclass.NewEvent(dataclass.ICalendar20)
	}
	if err != nil {
		return nil, err
	}
	w.listed = x.keys(allLike(w.have.ExceptionDates(), w.have.Start()))
	start := w.have.Start()
	if start.IsZero() {
		start = ev.Start()
	}
	w.all, err = x.instances(exceptions, start)
	return w, err
}

// isFresh reports whether an entry says nothing of its times yet.
func isFresh(master *xmltree.Element) bool {
	return child(master, GD, "when") == nil && child(master, GD, "recurrence") == nil
}

func (x Context) keys(list []dataclass.When) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, at := range list {
		out[x.moment(at)] = true
	}
	return out
}

// wants lists what the item says of single occurrences.
func (w *writing) wants() error {
	if at, _ := w.ev.RecurrenceID(); !at.IsZero() {
		return fmt.Errorf("%w: exceptions without their series", dataclass.ErrUnsupported)
	}
	if w.ev.Start().IsZero() {
		return fmt.Errorf("%w: an event without a start", dataclass.ErrMalformed)
	}
	w.want = make(map[string]exception)
	w.except = allLike(w.ev.ExceptionDates(), w.ev.Start())
	for _, at := range w.except {
		w.want[w.x.moment(at)] = exception{at: at, cancelled: true}
	}
	sections := w.ev.Exceptions()
	if len(sections) > maxExceptions {
		return fmt.Errorf("%w: more than %d exceptions", dataclass.ErrTooBig, maxExceptions)
	}
	for _, ex := range sections {
		at, future := ex.RecurrenceID()
		at = like(at, w.ev.Start())
		if future || at.IsZero() {
			return fmt.Errorf("%w: an exception for more than one occurrence, or for none", dataclass.ErrUnsupported)
		}
		w.want[w.x.moment(at)] = exception{at: at, ev: ex, cancelled: ex.Status() == "CANCELLED"}
	}
	for _, k := range sortedKeys(w.want) {
		if w.want[k].cancelled {
			w.except = append(w.except, w.want[k].at)
		}
	}
	return nil
}

// writeMaster makes the entry of the event say what the item says.
func (w *writing) writeMaster() error {
	x, series := w.x, child(w.master, GD, "recurrence") != nil
	switch {
	case w.recurs:
		if err := w.writeSeries(); err != nil {
			return err
		}
	case series && !recurs(w.have) && x.sameSpan(w.have, w.ev): // a recurrence without a rule says it as well
	default:
		unfold(w.master)
		x.writeTimes(w.master, w.have, w.ev, "")
	}
	x.writeFields(w.master, w.have, w.ev)
	if series != (child(w.master, GD, "recurrence") != nil) { // reminders that stood in the wrong place may stand in the right one now
		reminderField.write(w.master, w.ev, x)
	}
	return nil
}

// unfold makes the entry of a series one of a single event. Reminders move to gd:when.
func unfold(e *xmltree.Element) {
	if rec := children(e, GD, "recurrence"); len(rec) > 0 {
		remove(e, rec...)
		remove(e, children(e, GD, "when")...)
		when := xmltree.New(GD, "when")
		insert(e, when.Add(children(e, GD, "reminder")...))
		remove(e, children(e, GD, "reminder")...)
	}
}

// writeSeries writes gd:recurrence where it says something else.
func (w *writing) writeSeries() error {
	wanted, err := w.x.recurrence(w.series.Item(), nil)
	if err != nil {
		return err
	}
	key, err := keyOf(wanted)
	if err != nil {
		return err
	}
	if !w.fresh && child(w.master, GD, "recurrence") != nil {
		have, err := w.x.recurrence(w.have.Item(), nil)
		if err != nil {
			return err
		}
		was, err := keyOf(have)
		if err != nil {
			return err
		}
		if was == key && !w.back() {
			return nil
		}
	}
	w.out.Moved = !w.fresh
	if wanted, err = w.x.recurrence(w.series.Item(), w.except); err != nil {
		return err
	}
	when := child(w.master, GD, "when")
	if child(w.master, GD, "recurrence") == nil && when != nil {
		w.master.Add(children(when, GD, "reminder")...)
	}
	remove(w.master, children(w.master, GD, "when")...)
	remove(w.master, children(w.master, GD, "recurrence")...)
	insert(w.master, xmltree.New(GD, "recurrence", xmltree.Text(wanted)))
	w.listed = w.x.keys(w.except)
	return nil
}

// back reports whether something that the entry says not to take place takes place again.
func (w *writing) back() bool {
	except := w.x.keys(w.except)
	for k := range w.listed {
		if !except[k] {
			return true
		}
	}
	return false
}

// keyOf gives a form of gd:recurrence that is equal for those that mean the same.
func keyOf(text string) (dataclass.Fingerprint, error) {
	lines, err := unmangled(text)
	if err != nil {
		return dataclass.Fingerprint{}, err
	}
	it, err := itemOf(lines)
	if err != nil {
		return dataclass.Fingerprint{}, err
	}
	return it.Fingerprint(), nil
}

// writeInstances makes the entries of the exceptions say what the item says of each, and makes those that are missing.
func (w *writing) writeInstances() error {
	seen := make(map[string]bool)
	known, complete := w.known()
	for _, in := range w.all {
		seen[in.key] = true
		want, wanted := w.want[in.key]
		switch {
		case w.recurs && in.cancelled && !wanted && complete && !known[in.key]: // it says nothing, and is read as nothing
		case !w.recurs, !wanted && complete && !known[in.key]:
			w.out.Delete = append(w.out.Delete, in.el)
		case wanted && want.cancelled:
			if !in.cancelled {
				setValue(in.el, "eventStatus", cancelled)
				asSync(in.el, w.series)
				w.out.Put = append(w.out.Put, in.el)
			}
		default:
			if err := w.writeInstance(in, want); err != nil {
				return err
			}
		}
	}
	for _, k := range sortedKeys(w.want) {
		if seen[k] || w.listed[k] && w.want[k].cancelled {
			continue
		}
		if err := w.addInstance(w.want[k], known[k]); err != nil {
			return err
		}
	}
	return nil
}

// known tells which of the times in question the series has.
func (w *writing) known() (known map[string]bool, complete bool) {
	var times []dataclass.When
	for _, in := range w.all {
		times = append(times, in.at)
	}
	for _, want := range w.want {
		times = append(times, want.at)
	}
	return w.x.inSeries(w.series, times)
}

// writeInstance makes the entry of an exception say what is wanted, or what the series says if nothing is.
func (w *writing) writeInstance(in instance, want exception) error {
	ex, err := want.ev, error(nil)
	if want.at.IsZero() {
		if ex, err = occurrenceOf(w.series, in.at); err != nil {
			return err
		}
	}
	before := in.el.Append(nil, xmltree.Options{})
	if err := w.x.writeInstance(in.el, ex, in.cancelled, w.ev.Start().Zone); err != nil {
		return err
	}
	if w.out.Moved || string(before) != string(in.el.Append(nil, xmltree.Options{})) {
		asSync(in.el, ex)
		w.out.Put = append(w.out.Put, in.el)
	}
	return nil
}

func (x Context) writeInstance(e *xmltree.Element, ex dataclass.Event, revive bool, zone string) error {
	have, err := dataclass.NewEvent(dataclass.ICalendar20)
	if err != nil {
		return err
	}
	if child(e, GD, "when") != nil {
		if err := x.readTimes(e, have, zone); err != nil && !revive {
			return err
		}
		for i := range eventFields {
			eventFields[i].read(e, have, x)
		}
	}
	x.writeTimes(e, have, ex, zone)
	x.writeFields(e, have, ex)
	if revive {
		setValue(e, "eventStatus", value(statuses, ex.Status()))
	}
	return nil
}

// addInstance makes the entry of a new exception, if it says something else than the series.
func (w *writing) addInstance(want exception, known bool) error {
	of, err := occurrenceOf(w.series, want.at)
	if err != nil {
		return err
	}
	ex := want.ev
	switch {
	case want.cancelled:
		ex = of
	case known && slices.Equal(w.x.saysAll(of), w.x.saysAll(ex)):
		return nil
	}
	e := New(EventKind)
	original := xmltree.New(GD, "originalEvent")
	e.Add(original.Add(xmltree.New(GD, "when").SetAttr("", "startTime", w.x.stamp(want.at, w.ev.Start().Zone))))
	if err := w.x.writeInstance(e, ex, false, w.ev.Start().Zone); err != nil {
		return err
	}
	if want.cancelled {
		setValue(e, "eventStatus", cancelled)
	}
	asSync(e, ex)
	Attach(e, w.master)
	w.out.Add = append(w.out.Add, e)
	return nil
}

func sortedKeys(m map[string]exception) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
