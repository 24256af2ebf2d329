package atom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// untold are properties that say nothing to people.
var untold = []string{"VERSION", "PRODID", "REV", "UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "CALSCALE", "METHOD"}

// propertyWords are what people call the properties of items.
var propertyWords = map[string]string{
	"FN": "Name", "N": "Name in parts", "TEL": "Phone", "EMAIL": "E-mail", "ADR": "Address", "LABEL": "Address label", "ORG": "Organization",
	"TITLE": "Job title", "ROLE": "Role", "NOTE": "Note", "BDAY": "Birthday", "URL": "Web address", "CATEGORIES": "Categories",
	"NICKNAME": "Nickname", "PHOTO": "Picture", "GEO": "Place on the map", "TZ": "Time zone", "SUMMARY": "Title", "DTSTART": "Begins",
	"DTEND": "Ends", "DURATION": "Takes", "DUE": "Due", "LOCATION": "Place", "DESCRIPTION": "Text", "RRULE": "Repeats",
	"EXDATE": "Not on", "RDATE": "Also on", "PRIORITY": "Priority", "STATUS": "State", "CLASS": "Who may see it", "TRANSP": "Busy or free",
	"COMPLETED": "Completed", "PERCENT-COMPLETE": "Done, in percent", "ATTENDEE": "Attendee", "ORGANIZER": "Organizer", "TRIGGER": "Alarm at",
	"ACTION": "Alarm by", "RECURRENCE-ID": "Instead of the one on", "VALARM": "Alarm",
}

// itemFields say what is in an item, in words and in the order of the item, whatever format it came in. What cannot
// be read is shown as it is.
func itemFields(class dataclass.Class, b dataclass.Body) []pages.Property {
	format := dataclass.ICalendar20
	if class == dataclass.Contacts {
		format = dataclass.VCard30
	}
	it, err := dataclass.Decode(class, b)
	if err == nil {
		it, err = it.Project(format)
	}
	var comps []*contentline.Component
	if err == nil {
		comps, err = contentline.Parse(it.Body().Data, contentline.MIMEDir, contentline.Limits{})
	}
	if err != nil {
		return []pages.Property{{Name: "Text", Value: strings.ToValidUTF8(string(b.Data), "�")}}
	}
	var out []pages.Property
	for _, c := range comps {
		out = componentFields(out, c, "")
	}
	return out
}

// componentFields appends the fields of a component and of what is in it; prefix says which of several it is.
func componentFields(out []pages.Property, c *contentline.Component, prefix string) []pages.Property {
	for i := range c.Props {
		p := &c.Props[i]
		name := strings.ToUpper(p.Name)
		switch {
		case p.Comp != nil && strings.EqualFold(p.Comp.Name, "VALARM"):
			out = componentFields(out, p.Comp, "Alarm: ")
		case p.Comp != nil && strings.EqualFold(p.Comp.Name, "VTIMEZONE"):
		case p.Comp != nil:
			out = componentFields(out, p.Comp, prefix)
		case p.Junk || slices.Contains(untold, name) || p.Value == "":
		default:
			out = append(out, pages.Property{Name: prefix + fieldName(p, name), Value: fieldValue(p)})
		}
	}
	return out
}

// fieldName is what people call a property, with what sort of it it is.
func fieldName(p *contentline.Property, name string) string {
	word := firstOf(propertyWords[name], name)
	var types []string
	for _, q := range p.Params {
		if strings.EqualFold(q.Name, "TYPE") {
			for _, v := range q.Values() {
				types = append(types, strings.ToLower(v))
			}
		}
	}
	types = slices.DeleteFunc(types, func(t string) bool { return t == "voice" || t == "internet" || t == "pref" })
	if len(types) > 0 && name != "PHOTO" {
		word += " (" + strings.Join(types, ", ") + ")"
	}
	return word
}

// fieldValue is a value as people read it.
func fieldValue(p *contentline.Property) string {
	if p.Base64 || len(p.Value) > 4000 {
		return fmt.Sprintf("%d kB", max(len(p.Value)*3/4/1024, 1))
	}
	var parts []string
	for _, part := range contentline.Split(p.Value, ";") {
		if part = strings.TrimSpace(contentline.Unescape(contentline.MIMEDir, part)); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// compareFields puts the fields of two items side by side, what differs first.
func compareFields(fields [2][]pages.Property) []pages.Compared {
	var names []string
	byName := [2]map[string][]string{{}, {}}
	for s, list := range fields {
		for _, f := range list {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
			byName[s][f.Name] = append(byName[s][f.Name], f.Value)
		}
	}
	var out, same []pages.Compared
	for _, name := range names {
		row := pages.Compared{Name: name}
		for s := range fields {
			values := byName[s][name]
			slices.Sort(values)
			row.Values[s] = strings.Join(values, "\n")
		}
		if row.Differs = row.Values[0] != row.Values[1]; row.Differs {
			out = append(out, row)
		} else {
			same = append(same, row)
		}
	}
	return append(out, same...)
}
