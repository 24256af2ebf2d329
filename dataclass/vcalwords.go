package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// A pairing is a word of vCalendar 1.0 and the one of iCalendar for it. Raising takes the first pairing that has
// the word, lowering as well, so that the order says which of several words is meant.
type pairing struct{ versit, ical string }

// The statuses of events, of tasks and of attendees. An empty word says that there is none. Where
// an event is on its way (SENT, DELEGATED, NEEDS ACTION) iCalendar has nothing to say.
var (
	eventStatuses = []pairing{
		{"CONFIRMED", "CONFIRMED"}, {"TENTATIVE", "TENTATIVE"}, {"DECLINED", "CANCELLED"}, {"ACCEPTED", "CONFIRMED"},
		{"CANCELLED", "CANCELLED"}, {"NEEDS ACTION", ""}, {"NEEDS-ACTION", ""}, {"SENT", ""}, {"DELEGATED", ""},
		{"COMPLETED", ""},
	}
	taskStatuses = []pairing{
		{"NEEDS ACTION", "NEEDS-ACTION"}, {"COMPLETED", "COMPLETED"}, {"ACCEPTED", "IN-PROCESS"}, {"DECLINED", "CANCELLED"},
		{"NEEDS-ACTION", "NEEDS-ACTION"}, {"CONFIRMED", "IN-PROCESS"}, {"TENTATIVE", "NEEDS-ACTION"},
		{"SENT", "NEEDS-ACTION"}, {"DELEGATED", "IN-PROCESS"}, {"CANCELLED", "CANCELLED"},
	}
	attendeeStatuses = []pairing{
		{"NEEDS ACTION", "NEEDS-ACTION"}, {"ACCEPTED", "ACCEPTED"}, {"TENTATIVE", "TENTATIVE"}, {"DECLINED", "DECLINED"},
		{"DELEGATED", "DELEGATED"}, {"COMPLETED", "COMPLETED"}, {"NEEDS-ACTION", "NEEDS-ACTION"},
		{"SENT", "NEEDS-ACTION"}, {"CONFIRMED", "ACCEPTED"}, {"ACCEPTED", "IN-PROCESS"},
	}
	transparencies = []pairing{{"0", "OPAQUE"}, {"1", "TRANSPARENT"}, {"OPAQUE", "OPAQUE"}, {"TRANSPARENT", "TRANSPARENT"}}
)

func statusesOf(task bool) []pairing {
	if task {
		return taskStatuses
	}
	return eventStatuses
}

// raised gives the word of iCalendar; false for a word that nobody knows.
func raised(pairs []pairing, v string) (string, bool) {
	v = upper(strings.TrimSpace(v))
	for _, p := range pairs {
		if p.versit == v {
			return p.ical, true
		}
	}
	return "", false
}

// lowered gives the word of vCalendar.
func lowered(pairs []pairing, v string) (string, bool) {
	v = upper(strings.TrimSpace(v))
	for _, p := range pairs {
		if p.ical == v && v != "" {
			return p.versit, true
		}
	}
	return "", false
}

// raiseWord raises a property that is not about time. It has no name if iCalendar has nothing to
// say; see dropped.
func raiseWord(p *contentline.Property, name string, task bool) []contentline.Property {
	q := projectProperty(*p, cal10, cal20)
	switch name {
	case "STATUS":
		v, known := raised(statusesOf(task), p.Value)
		if known && v == "" || isNumber(p.Value) { // Outlook's synchronisers write its MeetingStatus
			return nil
		}
		q.Value = either(v, q.Value)
	case "TRANSP":
		if n := strings.TrimSpace(p.Value); isNumber(n) && strings.Trim(n, "0") != "" {
			q.Value = "TRANSPARENT"
		} else if v, ok := raised(transparencies, n); ok {
			q.Value = v
		}
	case "CATEGORIES":
		q.Value = raiseList(p.Value, raiseCategory)
	case "RESOURCES":
		q.Value = raiseList(p.Value, nil)
	case "GEO":
		q.Value = raiseGeo(p.Value)
	case "ATTACH":
		q = raiseAttach(q)
	}
	return []contentline.Property{q}
}

func either(v, otherwise string) string {
	if v != "" {
		return v
	}
	return otherwise
}

func isNumber(s string) bool {
	s = strings.TrimSpace(s)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// raiseAttach says of an inline attachment what iCalendar demands.
func raiseAttach(q contentline.Property) contentline.Property {
	if _, ok := q.Param("VALUE"); q.Base64 && !ok {
		q.Params = append(q.Params[:len(q.Params):len(q.Params)], contentline.Param{Name: "VALUE", Value: "BINARY"})
	}
	return q
}

// raiseList writes a list with commas.
func raiseList(v string, each func(string) string) string {
	return rewriteList(v, ",;", ",", cal10, cal20, each)
}

// lowerList writes a list with semicolons, as vCalendar 1.0 has them.
func lowerList(v string, each func(string) string) string {
	return rewriteList(v, ",", ";", cal20, cal10, each)
}

func rewriteList(v, seps, sep string, from, to dialect, each func(string) string) string {
	parts := contentline.Split(v, seps)
	for i, part := range parts {
		text := strings.TrimSpace(from.unescape(part))
		if each != nil {
			text = each(text)
		}
		parts[i] = to.escape(text, ",;")
	}
	return strings.Join(parts, sep)
}

// raiseCategory takes the X- away that devices put before categories of their own.
func raiseCategory(c string) string {
	if len(c) > 2 && strings.EqualFold(c[:2], "X-") {
		return c[2:]
	}
	return c
}

// versitCategories are those that vCalendar 1.0 names.
var versitCategories = map[string]bool{
	"APPOINTMENT": true, "BUSINESS": true, "EDUCATION": true, "HOLIDAY": true, "MEETING": true, "MISCELLANEOUS": true,
	"PERSONAL": true, "PHONE CALL": true, "SICK DAY": true, "SPECIAL OCCASION": true, "TRAVEL": true, "VACATION": true,
}

// lowerCategory puts an X- before a category where the device wants it, or where raising would take
// one away that is part of the category.
func (o lowering) lowerCategory(c string) string {
	own := len(c) > 2 && strings.EqualFold(c[:2], "X-")
	if own || o.prefixCategories && c != "" && !versitCategories[upper(c)] {
		return "X-" + c
	}
	return c
}

// lowerWord lowers a property that is not about time.
func (o lowering) lowerWord(p *contentline.Property, name string, task bool) []contentline.Property {
	q := projectProperty(*p, cal20, cal10)
	switch name {
	case "STATUS":
		v, _ := lowered(statusesOf(task), p.Value)
		q.Value = either(v, q.Value)
	case "TRANSP":
		v, _ := lowered(transparencies, p.Value)
		q.Value = either(v, q.Value)
	case "PRIORITY":
		if o.threePriorities {
			q.Value = threePriorities(q.Value)
		}
	case "CATEGORIES":
		q.Value = lowerList(p.Value, o.lowerCategory)
	case "RESOURCES":
		q.Value = lowerList(p.Value, nil)
	case "GEO":
		q.Value = lowerGeo(p.Value)
	case "ATTACH":
		q = lowerAttach(q)
	}
	return []contentline.Property{q}
}

// raiseGeo and lowerGeo rewrite a place: 1.0 has a comma between the two numbers, iCalendar a semicolon.
func raiseGeo(v string) string { return strings.ReplaceAll(strings.ReplaceAll(v, `\,`, ","), ",", ";") }
func lowerGeo(v string) string { return strings.ReplaceAll(strings.ReplaceAll(v, `\;`, ";"), ";", ",") }

// lowerAttach leaves out what says of an inline attachment only that it is one, and says of an address
// that it is one: without a word an attachment of vCalendar 1.0 is the thing itself.
func lowerAttach(q contentline.Property) contentline.Property {
	var kept []contentline.Param
	for _, param := range q.Params {
		if !q.Base64 || !strings.EqualFold(param.Name, "VALUE") {
			kept = append(kept, param)
		}
	}
	if _, ok := q.Param("VALUE"); !ok && !q.Base64 && looksURI(q.Value) && !strings.EqualFold(q.Value[:4], "cid:") {
		kept = append(kept, contentline.Param{Name: "VALUE", Value: "URL"})
	}
	q.Params = kept
	return q
}

// threePriorities gives the priority of Windows Mobile for one of RFC 5545.
func threePriorities(v string) string {
	switch strings.TrimSpace(v) {
	case "1", "2":
		return "1"
	case "3":
		return "2"
	case "4", "5", "6", "7", "8", "9":
		return "3"
	}
	return v
}
