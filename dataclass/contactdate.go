package dataclass

import (
	"encoding/base64"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Birthday gives BDAY with hyphens, such as 1950-01-01, --02-03 for a day of no year, 1985-04 or 1985;
// with a time such as 1950-01-01T10:20:30Z; and any other text as it is. A date at midnight is a date.
func (c Contact) Birthday() string { return c.date("BDAY") }

// SetBirthday replaces BDAY with a date in any form that Birthday gives, or without hyphens; an empty one
// is removed.
func (c Contact) SetBirthday(s string) { c.setDate("BDAY", s) }

// Anniversary gives the date of the wedding in the form of Birthday.
func (c Contact) Anniversary() string { return c.date("ANNIVERSARY") }

// SetAnniversary replaces the anniversary; see SetBirthday.
func (c Contact) SetAnniversary(s string) { c.setDate("ANNIVERSARY", s) }

func (c Contact) date(name string) string {
	p := c.find(name)
	if p == nil {
		return ""
	}
	return dateOf(p, c.it.d)
}

// dateOf gives the date of a property as people read it.
func dateOf(p *contentline.Property, d dialect) string {
	text := strings.TrimSpace(d.unescape(p.Value))
	if p.Is(android) {
		_, text = androidEntry(p, d)
	}
	if t, ok := parseDate(text, omitted(p)); ok {
		return t.readable()
	}
	return text
}

// readable writes a date with hyphens, whatever is known of it.
func (c cardDate) readable() string {
	if c.year == "" && c.month != "" && c.day != "" {
		out := "--" + c.month + "-" + c.day
		if c.time != "" {
			out += "T" + c.time
		}
		return out
	}
	return c.extended()
}

func (c Contact) setDate(name, s string) {
	at := c.at(name)
	switch {
	case s == "" && at < 0:
		return
	case s == "":
		c.remove(at)
		c.setDate(name, s)
		return
	case at < 0:
		c.add(c.newDate(contentline.Property{Name: name}, s))
		return
	}
	if p := &c.it.root.Props[at]; dateOf(p, c.it.d) != strings.TrimSpace(s) {
		if p.Is(android) {
			p.Name = name
		}
		p.Params = withoutParam(withoutParam(p.Params, "X-APPLE-OMIT-YEAR"), "VALUE")
		*p = c.newDate(*p, s)
	}
}

// newDate puts a date into p, in the form of the dialect.
func (c Contact) newDate(p contentline.Property, s string) contentline.Property {
	d := c.it.d
	p.Value, p.Base64 = d.escape(clean(strings.TrimSpace(s)), textSeps(d)), false
	if d == card40 {
		writeDate(&p, d, d)
		return p
	}
	if t, ok := parseDate(d.unescape(p.Value), ""); ok && t.year == "" {
		writeDate(&p, card40, d)
	} else {
		writeDate(&p, card30, d)
	}
	if p.Is("ANNIVERSARY") {
		p.Name = "X-ANNIVERSARY"
	}
	return p
}

// Photo gives the bytes of the picture and its type in upper case, such as JPEG. It gives nil
// if there is none or if it is only an address.
func (c Contact) Photo() (data []byte, mediaType string) {
	p := c.it.root.Find("PHOTO")
	if p == nil {
		return nil, ""
	}
	text, inline := p.Value, p.Base64
	if !inline {
		text, inline = dataURI(p.Value)
	}
	if !inline {
		return nil, ""
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, ""
	}
	return data, pictureType(p)
}

// pictureType gives the word for the type of a picture.
func pictureType(p *contentline.Property) string {
	if !p.Base64 && len(p.Value) > 5 {
		if word := dataType(p.Value); word != "" {
			return mediaWord(word)
		}
		data, _ := dataURI(p.Value)
		return mediaWord(sniffed(data))
	}
	for _, t := range typesOf(nil, p, kindMedia) {
		if typeWord(upper(t), "", kindMedia) == "" {
			return mediaWord(t)
		}
	}
	return mediaWord(sniffed(p.Value))
}

// PhotoURL gives the address of the picture; empty if there is none or if the card holds the bytes.
func (c Contact) PhotoURL() string {
	p := c.it.root.Find("PHOTO")
	if p == nil || p.Base64 {
		return ""
	}
	if _, inline := dataURI(p.Value); inline {
		return ""
	}
	return strings.TrimSpace(c.it.d.unescape(p.Value))
}

// SetPhoto replaces the picture; without bytes it is removed. The type is a media type or its last
// part, such as JPEG.
func (c Contact) SetPhoto(data []byte, mediaType string) {
	if len(data) == 0 {
		c.Remove("PHOTO")
		return
	}
	p := c.it.root.Find("PHOTO")
	if p == nil {
		c.add(contentline.Property{Name: "PHOTO"})
		p = &c.it.root.Props[len(c.it.root.Props)-1]
	}
	q := *p
	q.Value, q.Base64, q.Params = base64.StdEncoding.EncodeToString(data), true, mediaParams(p, mediaType)
	if c.it.d == card40 {
		writeMedia(&q, "PHOTO", card30, card40)
		q.Params = params40(q.Params, "PHOTO", kindMedia)
	}
	*p = q
}
