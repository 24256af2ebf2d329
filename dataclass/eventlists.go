package dataclass

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Categories gives the categories, in order.
func (e Entry) Categories() []string {
	c, _ := e.look()
	return categoriesIn(c, cal20)
}

// categoriesIn gives the categories of a component.
func categoriesIn(c *contentline.Component, d dialect) []string {
	var out []string
	for i := range c.Props {
		if p := &c.Props[i]; p.Is("CATEGORIES") && !p.Junk {
			out = append(out, rawCategories(p, d)...)
		}
	}
	return out
}

// SetCategories makes the categories equal to the list, but for their order. Properties that lose none stay as
// they are; new ones stand in a property of their own.
func (e Entry) SetCategories(list ...string) {
	e.edit(func(_, c *contentline.Component) { setCategories(c, list, cal20) })
}

func setCategories(c *contentline.Component, list []string, d dialect) {
	missing := make(map[string]bool)
	var fresh []string
	for _, s := range list {
		if s = strings.TrimSpace(clean(s)); s != "" && !missing[s] {
			missing[s] = true
			fresh = append(fresh, s)
		}
	}
	wants := make(map[string]bool, len(missing))
	for s := range missing {
		wants[s] = true
	}
	filterList(c, "CATEGORIES", listSeps(d), func(_ *contentline.Property, raw string) bool {
		s := strings.TrimSpace(d.unescape(raw))
		missing[s] = false
		return s == "" || wants[s]
	})
	fresh = slices.DeleteFunc(fresh, func(s string) bool { return !missing[s] })
	if len(fresh) > 0 {
		add(c, contentline.Property{Name: "CATEGORIES", Value: joinCategories(fresh, d)})
	}
}

// filterList keeps those values of the lists of a name that keep wants. A property that loses none stays as it
// is; one that loses all of them goes.
func filterList(c *contentline.Component, name, seps string, keep func(p *contentline.Property, raw string) bool) {
	out := c.Props[:0:0]
	for _, p := range c.Props {
		if !p.Is(name) || p.Junk || p.Base64 {
			out = append(out, p)
			continue
		}
		var kept []string
		all := contentline.Split(p.Value, seps)
		for _, raw := range all {
			if keep(&p, raw) {
				kept = append(kept, raw)
			}
		}
		if len(kept) == 0 {
			continue
		}
		if len(kept) < len(all) {
			p.Value = strings.Join(kept, ",")
		}
		out = append(out, p)
	}
	c.Props = out
}

// An Attendee is somebody who is asked to an entry, or its organizer (RFC 5545 3.8.4.1, 3.8.4.3). Words are in
// upper case, and empty where nothing is said.
type Attendee struct {
	// Address is the e-mail address, or another URI as it is.
	Address string
	// Name is the name to show: CN.
	Name string
	// Role is ROLE: CHAIR, REQ-PARTICIPANT, OPT-PARTICIPANT, NON-PARTICIPANT or another word.
	Role string
	// Status is PARTSTAT: NEEDS-ACTION, ACCEPTED, DECLINED, TENTATIVE, DELEGATED or another word.
	Status string
	// Type is CUTYPE: INDIVIDUAL, GROUP, RESOURCE, ROOM or another word.
	Type string
	// RSVP says that an answer is asked for.
	RSVP bool
}

func attendeeFrom(p *contentline.Property) Attendee {
	word := func(name string) string { return upper(paramOf(p, name)) }
	return Attendee{
		Address: addressOf(p.Value), Name: paramOf(p, "CN"), Role: word("ROLE"), Status: word("PARTSTAT"),
		Type: word("CUTYPE"), RSVP: word("RSVP") == "TRUE",
	}
}

// addressOf takes mailto: off.
func addressOf(uri string) string {
	uri = strings.TrimSpace(uri)
	if len(uri) >= 7 && strings.EqualFold(uri[:7], "mailto:") {
		return uri[7:]
	}
	return uri
}

// write gives p for the attendee; parameters that an Attendee does not have stay.
func (a Attendee) write(p contentline.Property) contentline.Property {
	if !strings.EqualFold(addressOf(p.Value), a.Address) || p.Value == "" {
		p.Value = oneLine(a.Address)
		if !strings.Contains(p.Value, ":") {
			p.Value = "mailto:" + p.Value
		}
	}
	for _, q := range []struct{ name, value string }{
		{"CN", a.Name}, {"ROLE", upper(a.Role)}, {"PARTSTAT", upper(a.Status)}, {"CUTYPE", upper(a.Type)},
	} {
		if old := paramOf(&p, q.name); q.name == "CN" || upper(old) != q.value {
			p.Params = withParam(p.Params, q.name, clean(q.value))
		}
	}
	if a.RSVP != strings.EqualFold(paramOf(&p, "RSVP"), "TRUE") {
		rsvp := ""
		if a.RSVP {
			rsvp = "TRUE"
		}
		p.Params = withParam(p.Params, "RSVP", rsvp)
	}
	return p
}

// oneLine makes s fit for a value that is not escaped.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(clean(s), func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

func (a Attendee) key() string {
	rsvp := ""
	if a.RSVP {
		rsvp = "TRUE"
	}
	return strings.Join([]string{strings.ToLower(a.Address), a.Name, upper(a.Role), upper(a.Status), upper(a.Type), rsvp}, "\x00")
}

// Attendees gives those who are asked, in order.
func (e Entry) Attendees() []Attendee {
	c, _ := e.look()
	var out []Attendee
	for i := range c.Props {
		if p := &c.Props[i]; p.Is("ATTENDEE") && !p.Junk {
			out = append(out, attendeeFrom(p))
		}
	}
	return out
}

// SetAttendees makes the attendees equal to the list, but for their order. Somebody whose address is there
// already keeps what else is said of him.
func (e Entry) SetAttendees(list []Attendee) {
	e.edit(func(_, c *contentline.Component) {
		want := make([]wanted, len(list))
		for i, a := range list {
			want[i] = wanted{exact: a.key(), loose: strings.ToLower(a.Address), write: func(p contentline.Property) contentline.Property {
				p.Name = nameOr(p.Name, "ATTENDEE")
				return a.write(p)
			}}
		}
		relist(c, func(p *contentline.Property) (string, string, bool) {
			a := attendeeFrom(p)
			return a.key(), strings.ToLower(a.Address), p.Is("ATTENDEE") && !p.Junk
		}, want, false)
	})
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}

// Organizer gives who called the meeting; zero if nobody is named.
func (e Entry) Organizer() Attendee {
	c, _ := e.look()
	if p := c.Find("ORGANIZER"); p != nil {
		return attendeeFrom(p)
	}
	return Attendee{}
}

// SetOrganizer replaces the organizer; without an address ORGANIZER is removed.
func (e Entry) SetOrganizer(a Attendee) {
	if a.key() == e.Organizer().key() {
		return
	}
	e.edit(func(_, c *contentline.Component) {
		if a.Address == "" {
			drop(c, "ORGANIZER")
			return
		}
		p := c.Find("ORGANIZER")
		if p == nil {
			add(c, contentline.Property{Name: "ORGANIZER"})
			p = c.Find("ORGANIZER")
		}
		*p = a.write(*p)
	})
}

// An Attachment is a document that belongs to an entry (RFC 5545 3.8.1.1): its bytes, or where it is.
type Attachment struct {
	// URI says where it is, if Data is empty.
	URI string
	// Data are the bytes that the entry carries.
	Data []byte
	// MediaType is FMTTYPE, such as image/png; empty if nothing is said.
	MediaType string
	// Name is the name of the file; empty if nothing is said.
	Name string
}

func attachmentFrom(p *contentline.Property) Attachment {
	a := Attachment{MediaType: paramOf(p, "FMTTYPE"), Name: paramOf(p, "FILENAME")}
	if a.Name == "" {
		a.Name = paramOf(p, "X-FILENAME")
	}
	text, inline := p.Value, p.Base64
	if !inline {
		text, inline = dataURI(p.Value)
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if !inline || err != nil || len(data) == 0 {
		a.URI = p.Value
		return a
	}
	a.Data = data
	return a
}

func (a Attachment) key() (exact, loose string) {
	loose = "u" + a.URI
	if len(a.Data) > 0 {
		loose = "d" + string(a.Data)
	}
	return strings.Join([]string{loose, a.MediaType, a.Name}, "\x00"), loose
}

func (a Attachment) write(p contentline.Property) contentline.Property {
	p.Name = nameOr(p.Name, "ATTACH")
	_, loose := a.key()
	if _, have := attachmentFrom(&p).key(); have != loose || p.Value == "" {
		p.Value, p.Base64 = oneLine(a.URI), false
		value := ""
		if len(a.Data) > 0 {
			p.Value, p.Base64, value = base64.StdEncoding.EncodeToString(a.Data), true, "BINARY"
		}
		p.Params = withParam(p.Params, "VALUE", value)
	}
	p.Params = withParam(p.Params, "FMTTYPE", oneLine(a.MediaType))
	name := "X-FILENAME"
	if paramOf(&p, "FILENAME") != "" {
		name = "FILENAME"
	}
	p.Params = withParam(p.Params, name, oneLine(a.Name))
	return p
}

// Attachments gives the documents, in order.
func (e Entry) Attachments() []Attachment {
	c, _ := e.look()
	var out []Attachment
	for i := range c.Props {
		if p := &c.Props[i]; p.Is("ATTACH") && !p.Junk {
			out = append(out, attachmentFrom(p))
		}
	}
	return out
}

// SetAttachments makes the documents equal to the list, but for their order. One that is there already keeps what
// else is said of it.
func (e Entry) SetAttachments(list []Attachment) {
	e.edit(func(_, c *contentline.Component) {
		want := make([]wanted, len(list))
		for i, a := range list {
			exact, loose := a.key()
			want[i] = wanted{exact: exact, loose: loose, write: a.write}
		}
		relist(c, func(p *contentline.Property) (exact, loose string, ok bool) {
			if !p.Is("ATTACH") || p.Junk {
				return "", "", false
			}
			exact, loose = attachmentFrom(p).key()
			return exact, loose, true
		}, want, false)
	})
}
