package dataclass

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// versitEvent parses a vCalendar 1.0 with one event of these lines. Lines before "--" belong to the calendar.
func versitEvent(t rapid.TB, lines string) *contentline.Component {
	t.Helper()
	return calendarTree(t, "1.0", "VEVENT", lines)
}

func calendarTree(t rapid.TB, version, name, lines string) *contentline.Component {
	t.Helper()
	head, body, ok := strings.Cut(lines, "--\n")
	if !ok {
		head, body = "", lines
	}
	text := "BEGIN:VCALENDAR\nVERSION:" + version + "\n" + head + "BEGIN:" + name + "\n" + strings.TrimSuffix(body, "\n") +
		"\nEND:" + name + "\nEND:VCALENDAR\n"
	d := contentline.Versit
	if version == "2.0" {
		d = contentline.MIMEDir
	}
	all, err := contentline.Parse([]byte(text), d, contentline.Limits{})
	if err != nil || len(all) != 1 {
		t.Fatalf("parse: %v\n%s", err, text)
	}
	return all[0]
}

// itemLines prints the lines of the first event or task, without those that every tree has.
func itemLines(root *contentline.Component, d contentline.Dialect) string {
	for i := range root.Props {
		c := root.Props[i].Comp
		if c == nil || !isTimed(c) {
			continue
		}
		text := strings.ReplaceAll(string(contentline.Print(c, d)), "\r\n", "\n")
		var out []string
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			if !strings.HasPrefix(line, "DTSTAMP") {
				out = append(out, line)
			}
		}
		return strings.Join(out[1:len(out)-1], "\n")
	}
	return ""
}

// lineCase is a conversion of the lines of one event or task.
type lineCase struct{ name, in, want string }

// checkRaised raises each case, and checks that lowering and raising it again changes nothing.
func checkRaised(t *testing.T, component string, cases []lineCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := calendarTree(t, "1.0", component, c.in)
			before := string(contentline.Print(root, contentline.Versit))
			up := raiseCalendar(root)
			got := itemLines(up, contentline.MIMEDir)
			if got != strings.TrimSpace(c.want) {
				t.Errorf("raised:\n%s\nwant:\n%s", got, c.want)
			}
			if string(contentline.Print(root, contentline.Versit)) != before {
				t.Error("the input was changed")
			}
			down := lowerCalendar(up, lowering{})
			if again := raiseCalendar(down); neutralSum(again) != neutralSum(up) {
				t.Errorf("raised again:\n%s\nlowered:\n%s\nwant:\n%s", itemLines(again, contentline.MIMEDir),
					contentline.Print(down, contentline.Versit), got)
			}
		})
	}
}

const berlin = "TZ:+01\nDAYLIGHT:TRUE;+02;20240331T020000;20241027T030000;CET;CEST\n--\n"

func TestRaiseEvent(t *testing.T) {
	checkRaised(t, "VEVENT", []lineCase{
		{
			"weekly after midnight follows local days",
			berlin + "DTSTART:20240303T233000Z\nDTEND:20240304T003000Z\nRRULE:W1 SU #0\nEXDATE:20240310T233000Z",
			"DTSTART;TZID=Europe/Berlin:20240304T003000\nDTEND;TZID=Europe/Berlin:20240304T013000\n" +
				"RRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE;TZID=Europe/Berlin:20240311T003000",
		},
		{
			"weekly after midnight, without a day",
			berlin + "DTSTART:20240303T233000Z\nDTEND:20240304T003000Z\nRRULE:W1 #0",
			"DTSTART;TZID=Europe/Berlin:20240304T003000\nDTEND;TZID=Europe/Berlin:20240304T013000\nRRULE:FREQ=WEEKLY;BYDAY=MO",
		},
		{
			"monthly after midnight on the first, without a day",
			berlin + "DTSTART:20240131T233000Z\nDTEND:20240201T003000Z\nRRULE:MD1 #0",
			"DTSTART;TZID=Europe/Berlin:20240201T003000\nDTEND;TZID=Europe/Berlin:20240201T013000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1",
		},
		{
			"a birthday after February in a leap year",
			"DTSTART:20240303T000000\nDTEND:20240304T000000\nRRULE:YD1 #0",
			"DTSTART;VALUE=DATE:20240303\nDTEND;VALUE=DATE:20240304\nRRULE:FREQ=YEARLY",
		},
		{
			"until the last minute",
			"DTSTART:20240303T000000\nDTEND:20240303T235900\nRRULE:D1 #4\nEXDATE:20240304T000000",
			"DTSTART;VALUE=DATE:20240303\nDTEND;VALUE=DATE:20240304\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20240304",
		},
	})
}
