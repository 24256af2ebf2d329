package dataclass

import (
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An Alarm reminds of an entry (RFC 5545 3.6.6).
type Alarm struct {
	// Action is ACTION in upper case: DISPLAY, AUDIO, EMAIL or another word. Where there is none it is DISPLAY.
	Action string
	// At is when the alarm goes off, if that is a fixed time. Then Offset and FromEnd say nothing. It is
	// written in UTC, as the standard demands.
	At When
	// Offset is how long after the start of the entry it goes off, to the second: below zero for before.
	Offset time.Duration
	// FromEnd says that Offset counts from the end of the entry.
	FromEnd bool
	// Text is DESCRIPTION: what is shown, or the body of a mail.
	Text string
	// Repeat is how often it goes off again, and Every how long after the last time. Both or neither.
	Repeat int
	Every  time.Duration
}

// Alarms gives the alarms, in order. One without a trigger that can be read goes off at the start.
func (e Entry) Alarms() []Alarm {
	c, z := e.look()
	var out []Alarm
	for i := range c.Props {
		if a := alarmIn(&c.Props[i]); a != nil {
			out = append(out, alarmFrom(a, z))
		}
	}
	return out
}

// alarmIn gives the VALARM that p is, or nil.
func alarmIn(p *contentline.Property) *contentline.Component {
	if p.Comp != nil && p.Name == "" && strings.EqualFold(p.Comp.Name, "VALARM") {
		return p.Comp
	}
	return nil
}

func alarmFrom(c *contentline.Component, z *zones) Alarm {
	a := Alarm{Action: upper(strings.TrimSpace(textOf(c, "ACTION", cal20))), Text: textOf(c, "DESCRIPTION", cal20)}
	if strings.ContainsAny(a.Action, "\r\n") {
		a.Action = oneLine(a.Action)
	}
	if a.Action == "" {
		a.Action = "DISPLAY"
	}
	if p := c.Find("TRIGGER"); p != nil {
		if days, d, ok := parseDuration(p.Value); ok {
			a.Offset = time.Duration(days)*24*time.Hour + d
			a.FromEnd = strings.EqualFold(paramOf(p, "RELATED"), "END")
		} else {
			a.At = z.whenOf(c, "TRIGGER")
		}
	}
	a.Repeat, a.Every = repeats(c)
	return a
}

// repeats gives how often an alarm goes off again, and how long after the last time.
func repeats(c *contentline.Component) (times int, every time.Duration) {
	again, after := c.Find("REPEAT"), c.Find("DURATION")
	if again == nil || after == nil {
		return 0, 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(again.Value))
	days, d, _ := parseDuration(after.Value)
	if d += time.Duration(days) * 24 * time.Hour; err != nil || n <= 0 || n >= 1e6 || d <= 0 {
		return 0, 0
	}
	return n, d
}

// tidy gives the alarm as alarmFrom would read it again.
func (a Alarm) tidy() Alarm {
	if a.Action = upper(oneLine(strings.TrimSpace(a.Action))); a.Action == "" {
		a.Action = "DISPLAY"
	}
	a.Text, a.Offset, a.Every = clean(a.Text), a.Offset.Truncate(time.Second), a.Every.Truncate(time.Second)
	if !a.At.IsZero() {
		a.Offset, a.FromEnd = 0, false
	}
	if a.Repeat <= 0 || a.Every <= 0 {
		a.Repeat, a.Every = 0, 0
	}
	return a
}

// key is equal for alarms that do the same; when is equal for those that do it at the same time.
func (a Alarm) key() (all, when string) {
	when = a.Action + a.Offset.String() + strconv.FormatBool(a.FromEnd)
	if !a.At.IsZero() {
		when = a.Action + strconv.FormatInt(a.At.Time.Unix(), 10) + strconv.FormatBool(a.At.Floating)
	}
	return strings.Join([]string{when, a.Text, strconv.Itoa(a.Repeat), a.Every.String()}, "\x00"), when
}

// SetAlarms makes the alarms equal to the list, but for their order. Those that are there already stay as they
// are; others take the place of alarms that go, with what else stands in them.
func (e Entry) SetAlarms(list []Alarm) {
	e.edit(func(root, c *contentline.Component) {
		z := newZones(root)
		want := make([]wanted, len(list))
		for i, a := range list {
			a = a.tidy()
			exact, loose := a.key()
			want[i] = wanted{exact: exact, loose: loose, write: func(p contentline.Property) contentline.Property {
				return a.write(p, z)
			}}
		}
		relist(c, func(p *contentline.Property) (exact, loose string, ok bool) {
			if alarmIn(p) == nil {
				return "", "", false
			}
			exact, loose = alarmFrom(p.Comp, z).key()
			return exact, loose, true
		}, want, true)
	})
}

// write gives p with a VALARM for the alarm; what it says already stays as it is.
func (a Alarm) write(p contentline.Property, z *zones) contentline.Property {
	if p.Comp == nil {
		p.Comp = &contentline.Component{Name: "VALARM"}
	}
	c := p.Comp
	old := alarmFrom(c, z)
	if old.Action != a.Action || c.Find("ACTION") == nil {
		setValue(c, "ACTION", cal20.escape(a.Action, ",;"))
	}
	if _, was := old.key(); c.Find("TRIGGER") == nil || was[len(old.Action):] != a.whenKey() {
		a.setTrigger(c)
	}
	switch {
	case a.Text == "" && a.Action == "DISPLAY" && c.Find("DESCRIPTION") == nil:
		add(c, contentline.Property{Name: "DESCRIPTION"}) // RFC 5545 3.6.6 wants one
	case old.Text != a.Text:
		setValue(c, "DESCRIPTION", cal20.escape(a.Text, ",;"))
	}
	if old.Repeat == a.Repeat && old.Every == a.Every {
		return p
	}
	if a.Repeat == 0 {
		drop(c, "REPEAT")
		drop(c, "DURATION")
		return p
	}
	setValue(c, "REPEAT", strconv.Itoa(a.Repeat))
	setValue(c, "DURATION", formatDuration(a.Every))
	return p
}

func (a Alarm) whenKey() string {
	_, when := a.key()
	return when[len(a.Action):]
}

func (a Alarm) setTrigger(c *contentline.Component) {
	if c.Find("TRIGGER") == nil {
		add(c, contentline.Property{Name: "TRIGGER"})
	}
	p := c.Find("TRIGGER")
	p.Base64 = false
	if !a.At.IsZero() {
		p.Value = moment{utc: true}.with(a.At.Time.UTC()).String()
		p.Params = withParam(withParam(withParam(p.Params, "VALUE", "DATE-TIME"), "RELATED", ""), "TZID", "")
		return
	}
	related := ""
	if a.FromEnd {
		related = "END"
	}
	p.Value = formatDuration(a.Offset)
	p.Params = withParam(withParam(withParam(p.Params, "VALUE", ""), "RELATED", related), "TZID", "")
}
