package evidencetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/dataclass/recur"
)

// An Appointment is what an event or a task says.
type Appointment struct {
	Title, Place, Text string
	Start              time.Time
	Length             time.Duration
	AllDay             bool
	Weekly             bool
	Due                bool // a task with a due date
	UID                string
}

// A Clock is what a device does to events, tasks and notes.
type Clock struct {
	Name            string
	Shift           time.Duration // all times are that wrong
	Floating        bool          // times of a zone come back as what its clock shows
	UTC             bool
	DayAtMidnight   bool // a whole day becomes midnight to midnight
	DaysOnly        bool // times are cut to days
	Cut, CutText    int
	Upper           bool
	NoPlace, NoText bool
	NoRule          bool
	ASCII           func(string) string
	KeepUID         bool
	NoLengths       bool
}

// TunedClocks are those that the parameters were chosen on.
func TunedClocks() []Clock {
	return []Clock{
		{Name: "tame", KeepUID: true},
		{Name: "floating", Floating: true},
		{Name: "an hour off", Shift: time.Hour},
		{Name: "midnights, cut 30", DayAtMidnight: true, Cut: 30, UTC: true},
		{Name: "upper, no text", Upper: true, NoText: true, NoPlace: true},
		{Name: "cut 80 text", CutText: 80, Cut: 20, UTC: true},
	}
}

var topics = words("Budget Planung Review Zahnarzt Training Standup Konzert Abendessen Workshop Retro Interview Chorprobe Elternabend Inventur Release Yoga Klavier Umzug Steuer Impfung Jour-fixe Kino Arzt Friseur")
var about = words("Alpha Beta Team Kunde Projekt Nord Süd Schule Haus Auto Garten Küche Büro Verein Band Lager Bericht Vertrag Messe Web Archiv Umbau")
var verbs = words("buy call write repair plan order send check read prepare clean sort print pay fetch paint ask book cancel renew")

// sentence makes up n words.
func (p pick) sentence(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = p.of([]string{p.of(topics), p.of(about), p.of(verbs), p.digits(1 + p.IntN(3)), "the", "and", "für", "with", "at", "nächste"})
	}
	return strings.Join(out, " ")
}

// appointments makes up n events or tasks: one in six stands beside others of its sort.
func appointments(p pick, n int, tasks bool) []Appointment {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		zone = time.UTC
	}
	base := time.Date(2024, 1, 1, 0, 0, 0, 0, zone)
	var out []Appointment
	for len(out) < n {
		a := Appointment{Title: p.title(tasks), Length: time.Duration(1+p.IntN(4)) * 30 * time.Minute}
		day := base.AddDate(0, 0, p.IntN(900))
		a.Start = time.Date(day.Year(), day.Month(), day.Day(), 8+p.IntN(12), 15*p.IntN(4), 0, 0, zone)
		a.AllDay = p.chance(0.2)
		if a.AllDay {
			a.Start, a.Length = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone), time.Duration(1+p.IntN(3)/2)*24*time.Hour
		}
		a.Due = p.chance(0.7)
		if p.chance(0.5) {
			a.Place = p.of([]string{"Raum " + p.digits(2), p.of(about) + "-Saal", "Café " + p.of(about), "Online"})
		}
		if p.chance(0.5) {
			a.Text = p.sentence(3 + p.IntN(40))
		}
		a.Weekly = p.chance(0.1)
		out = append(out, a)
		if p.chance(0.04) { // the same every week or so, each an item of its own
			for k := range 2 + p.IntN(6) {
				b := a
				b.Start = a.Start.AddDate(0, 0, 7*(k+1))
				b.Weekly = false
				out = append(out, b)
			}
		}
	}
	out = out[:n]
	for i := range out {
		out[i].UID = fmt.Sprintf("e-%d-%s", i, p.digits(6))
	}
	return out
}

func (p pick) title(task bool) string {
	switch x := p.Float64(); {
	case task:
		return p.of(verbs) + " " + p.of(about) + " " + p.of([]string{p.of(topics), p.digits(2), "", p.of(about)})
	case x < 0.2:
		return p.of(topics)
	case x < 0.7:
		return p.of(topics) + " " + p.of(about)
	}
	return p.of(topics) + " " + p.of(about) + " " + p.sentence(1+p.IntN(3))
}

// edit does what people do to an appointment.
func (a *Appointment) edit(p pick, c Clock) {
	switch x := p.Float64(); {
	case x < 0.25:
		a.Start = a.Start.AddDate(0, 0, 1+p.IntN(10))
	case x < 0.4 && !a.AllDay:
		a.Start = a.Start.Add(time.Duration(1+p.IntN(4)) * 30 * time.Minute)
	case x < 0.6:
		a.Title += " " + p.of(about)
	case x < 0.8 && !c.NoPlace:
		a.Place = "Raum " + p.digits(3)
	case !c.NoText:
		a.Text = strings.TrimSpace(a.Text + " " + p.sentence(4))
	default:
		a.Length += 30 * time.Minute
	}
}

// store gives what the device makes of an appointment.
func (c Clock) store(a Appointment) Appointment {
	d := Device{Cut: c.Cut, Upper: c.Upper, ASCII: c.ASCII}
	a.Title, a.Place = d.text(a.Title), d.text(a.Place)
	d.Cut = c.CutText
	a.Text = d.text(a.Text)
	if c.NoPlace {
		a.Place = ""
	}
	if c.NoText {
		a.Text = ""
	}
	if c.NoRule {
		a.Weekly = false
	}
	if !c.KeepUID {
		a.UID = ""
	}
	return a
}

// when writes a time as the device would.
func (c Clock) when(t time.Time, day bool) dataclass.When {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	switch {
	case c.DaysOnly, day && !c.DayAtMidnight:
		return dataclass.When{Time: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), Date: true}
	case c.Floating, day:
		return dataclass.When{Time: wall.Add(c.Shift), Floating: true}
	case c.UTC:
		return dataclass.When{Time: t.UTC().Add(c.Shift)}
	}
	return dataclass.When{Time: t.Add(c.Shift), Zone: "Europe/Berlin"}
}

// Appointments makes up two sides with about n events or tasks each; see Contacts.
func Appointments(class dataclass.Class, seed uint64, n int, c Clock) Case {
	p := newPick(seed, c.Name+string(class))
	all := appointments(p, n, class == dataclass.Tasks)
	a, b, partner := sides(p, all, func(x Appointment) Appointment {
		x = c.store(x)
		if p.chance(0.1) {
			x.edit(p, c)
		}
		return x
	})
	out := Case{Partner: partner}
	for i, x := range a {
		out.Items[0] = append(out.Items[0], x.item(class, Clock{}, dataclass.ICalendar20))
		out.A = append(out.A, evidence.Entry{ID: fmt.Sprint("a", i), Digest: evidence.Of(out.Items[0][i])})
	}
	for i, x := range b {
		out.Items[1] = append(out.Items[1], x.item(class, c, dataclass.ICalendar20))
		out.B = append(out.B, evidence.Entry{ID: fmt.Sprint("b", i), Digest: evidence.Of(out.Items[1][i])})
	}
	return out
}

func (a Appointment) item(class dataclass.Class, c Clock, f dataclass.Format) *dataclass.Item {
	if class == dataclass.Tasks {
		t, err := dataclass.NewTask(f)
		if err != nil {
			panic(err) // f is a format that exists
		}
		if a.Due {
			t.SetDue(c.when(a.Start, true))
		}
		a.describe(t.Entry)
		return t.Item()
	}
	e, err := dataclass.NewEvent(f)
	if err != nil {
		panic(err) // f is a format that exists
	}
	e.SetStart(c.when(a.Start, a.AllDay))
	if !c.NoLengths {
		e.SetEnd(c.when(a.Start.Add(a.Length), a.AllDay))
	}
	if a.Weekly {
		e.SetRules(recur.Rule{Freq: recur.Weekly})
	}
	a.describe(e.Entry)
	return e.Item()
}

func (a Appointment) describe(e dataclass.Entry) {
	e.SetSummary(a.Title)
	e.SetLocation(a.Place)
	e.SetBody(a.Text)
	e.SetUID(a.UID)
}

// Notes makes up two sides with about n notes each; see Contacts.
func Notes(seed uint64, n int, c Clock) Case {
	p := newPick(seed, c.Name+"notes")
	var all []string
	for range n {
		title := p.of(about) + " " + p.of(verbs)
		if p.chance(0.15) {
			title = p.of([]string{"Todo", "Einkaufen", "Ideas", "Notiz"})
		}
		text := title + "\n" + p.sentence(1+p.IntN(60))
		if p.chance(0.1) {
			text = title + " " + p.digits(4)
		}
		all = append(all, text)
	}
	d := Device{Cut: c.CutText, Upper: c.Upper, ASCII: c.ASCII}
	a, b, partner := sides(p, all, func(s string) string {
		if p.chance(0.1) {
			s = editText(p, s)
		}
		return d.text(s)
	})
	out := Case{Partner: partner}
	for i, s := range a {
		out.Items[0] = append(out.Items[0], noteItem(s))
		out.A = append(out.A, evidence.Entry{ID: fmt.Sprint("a", i), Digest: evidence.Of(out.Items[0][i])})
	}
	for i, s := range b {
		out.Items[1] = append(out.Items[1], noteItem(s))
		out.B = append(out.B, evidence.Entry{ID: fmt.Sprint("b", i), Digest: evidence.Of(out.Items[1][i])})
	}
	return out
}

// editText does what people do to a note.
func editText(p pick, s string) string {
	list := strings.Fields(s)
	switch at := 2 + p.IntN(max(1, len(list)-2)); {
	case p.chance(0.4):
		return s + "\n" + p.sentence(3)
	case at < len(list) && p.chance(0.5):
		return strings.Join(slices.Delete(list, at, at+1), " ")
	default:
		return strings.Join(slices.Insert(list, min(at, len(list)), p.sentence(2)), " ")
	}
}

func noteItem(s string) *dataclass.Item {
	n, err := dataclass.NewNote(dataclass.PlainText)
	if err != nil {
		panic(err) // the format exists
	}
	n.SetFull(s)
	return n.Item()
}
