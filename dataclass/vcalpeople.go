package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// roleOf gives the ROLE of an attendee in upper case.
func roleOf(p *contentline.Property) string {
	v, _ := p.Param("ROLE")
	return upper(strings.Trim(v, `" `))
}

// expectations pairs the EXPECT of vCalendar 1.0 with the ROLE of iCalendar.
var expectations = []pairing{
	{"REQUIRE", "REQ-PARTICIPANT"}, {"REQUEST", "OPT-PARTICIPANT"}, {"FYI", "NON-PARTICIPANT"},
}

// raiseAttendee raises an ATTENDEE. ROLE=ORGANIZER makes it the ORGANIZER, and ROLE=OWNER where nobody
// else is; an organizer of whom more is said is an attendee as well.
func raiseAttendee(p *contentline.Property, organized bool) []contentline.Property {
	name, address := splitAddress(cal10.unescape(p.Value))
	role := roleOf(p)
	var params, said []contentline.Param
	if name != "" {
		params = append(params, contentline.Param{Name: "CN", Value: quoteParam(name)})
	}
	for _, q := range mimeParams(p, kindURI) {
		q, says := raiseAttendeeParam(q, role, organized)
		if q.Name != "" {
			params = append(params, q)
		}
		if says {
			said = append(said, q)
		}
	}
	attendee := contentline.Property{Name: "ATTENDEE", Params: params, Value: address}
	if role != "ORGANIZER" && (role != "OWNER" || organized) {
		return []contentline.Property{attendee}
	}
	organizer := contentline.Property{Name: "ORGANIZER", Value: address}
	for _, q := range params {
		if ofOrganizer[upper(q.Name)] {
			organizer.Params = append(organizer.Params, q)
		}
	}
	if len(said) == 0 {
		return []contentline.Property{organizer}
	}
	return []contentline.Property{organizer, attendee}
}

// ofOrganizer are the parameters that an ORGANIZER can have too (RFC 5545 3.8.4.3, RFC 7986 6.2): they make
// nobody an attendee.
var ofOrganizer = map[string]bool{"CN": true, "DIR": true, "SENT-BY": true, "LANGUAGE": true, "EMAIL": true, "SCHEDULE-AGENT": true, "SCHEDULE-STATUS": true}

// raiseAttendeeParam raises one parameter; says reports whether only an attendee can have it. It
// has no name if it says nothing.
func raiseAttendeeParam(q contentline.Param, role string, organized bool) (out contentline.Param, says bool) {
	v := upper(strings.Trim(q.Value, `" `))
	switch upper(q.Name) {
	case "STATUS":
		if word, ok := raised(attendeeStatuses, v); ok {
			q.Value = word
		}
		return contentline.Param{Name: "PARTSTAT", Value: q.Value}, true
	case "RSVP":
		if v == "YES" || v == "NO" {
			q.Value = map[bool]string{true: "TRUE", false: "FALSE"}[v == "YES"]
		}
		return q, true
	case "EXPECT":
		if word, ok := raised(expectations, v); ok && role != "OWNER" {
			return contentline.Param{Name: "ROLE", Value: word}, true
		}
		return q, true
	case "ROLE":
		switch {
		case role == "OWNER" && organized:
			return contentline.Param{Name: "ROLE", Value: "CHAIR"}, true
		case role == "ATTENDEE" || role == "ORGANIZER" || role == "OWNER":
			return contentline.Param{}, false
		}
	case "VALUE":
		return contentline.Param{}, false
	}
	return q, !ofOrganizer[upper(q.Name)]
}

// splitAddress cuts "Name <address>". An e-mail address becomes a mailto: URI.
func splitAddress(v string) (name, address string) {
	v = strings.TrimSpace(v)
	at := strings.LastIndexByte(v, '<')
	if at >= 0 && strings.HasSuffix(v, ">") {
		name, v = strings.TrimSpace(v[:at]), strings.TrimSpace(v[at+1:len(v)-1])
		name = strings.TrimSpace(strings.Trim(name, `"`))
	}
	if len(v) > 7 && strings.EqualFold(v[:7], "mailto:") {
		return name, "mailto:" + v[7:]
	}
	if strings.Contains(v, "@") && !strings.ContainsAny(v, ": \n") {
		return name, "mailto:" + v
	}
	return name, cal20.escape(v, "")
}

// lowerAttendee lowers an ATTENDEE or ORGANIZER.
func lowerAttendee(p *contentline.Property, organized bool) contentline.Property {
	q := contentline.Property{Name: "ATTENDEE"}
	name := ""
	organizer := p.Is("ORGANIZER")
	if organizer {
		q.Params = append(q.Params, contentline.Param{Name: "ROLE", Value: "ORGANIZER"})
	}
	for _, param := range p.Params {
		switch upper(param.Name) {
		case "CN":
			name = strings.Join(param.Values(), ", ")
		case "ROLE":
			if !organizer {
				q.Params = append(q.Params, lowerRole(param, organized))
			}
		default:
			q.Params = append(q.Params, lowerAttendeeParam(param))
		}
	}
	q.Value = cal10.escape(joinAddress(name, cal20.unescape(p.Value)), "")
	return q
}

func lowerRole(q contentline.Param, organized bool) contentline.Param {
	v := upper(strings.Trim(q.Value, `" `))
	if word, ok := lowered(expectations, v); ok {
		return contentline.Param{Name: "EXPECT", Value: word}
	}
	if v == "CHAIR" && organized {
		q.Value = "OWNER"
	}
	return q
}

func lowerAttendeeParam(q contentline.Param) contentline.Param {
	v := upper(strings.Trim(q.Value, `" `))
	switch upper(q.Name) {
	case "PARTSTAT":
		if word, ok := lowered(attendeeStatuses, v); ok {
			v = word
		}
		return contentline.Param{Name: "STATUS", Value: v}
	case "RSVP":
		if v == "TRUE" || v == "FALSE" {
			q.Value = map[bool]string{true: "YES", false: "NO"}[v == "TRUE"]
		}
	}
	return q
}

// joinAddress writes "Name <address>" as splitAddress cuts it.
func joinAddress(name, address string) string {
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	}
	name = strings.TrimSpace(strings.NewReplacer("<", "", ">", "", `"`, "").Replace(name))
	if name == "" || name == address {
		return address
	}
	return name + " <" + address + ">"
}
