package syncml

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// declaredCaps is what a device declares (CTCap) to hold of a database that it takes items of want in. A device
// that declares nothing for the content type, or nothing that a device can live with, says nothing: what it does
// not list is then held as well as not.
func declaredCaps(dev *wire.DevInf, name string, class dataclass.Class, want wire.ContentType) dataclass.Capabilities {
	if dev == nil || want == plain10 {
		return dataclass.Capabilities{}
	}
	props := propsFor(class, want, dev.CTCaps)
	if s := storeIn(dev, name); s != nil {
		if own := propsFor(class, want, s.CTCaps); own != nil {
			props = own
		}
	}
	if !plausible(class, props) {
		return dataclass.Capabilities{}
	}
	return dataclass.Capabilities{Complete: true, Limits: limitsFor(props)}
}

// propsFor lists the properties that are declared for a content type; if only others of the dataclass are
// described, those of all of them.
func propsFor(class dataclass.Class, want wire.ContentType, caps []wire.CTCap) []wire.PropCap {
	var exact, family []wire.PropCap
	for _, c := range caps {
		o, ok := known(class, c.Type)
		if !ok {
			continue
		}
		family = append(family, c.Props...)
		if o == want {
			exact = append(exact, c.Props...)
		}
	}
	if exact != nil {
		return exact
	}
	return family
}

// essentials are the properties without which a list is no description of what a device holds: of each
// line one has to be there.
var essentials = map[dataclass.Class][][]string{
	dataclass.Contacts: {{"N", "FN"}, {"TEL", "EMAIL"}},
	dataclass.Events:   {{"SUMMARY", "DESCRIPTION"}, {"DTSTART"}},
	dataclass.Tasks:    {{"SUMMARY", "DESCRIPTION"}, {"DUE", "STATUS", "COMPLETED", "PRIORITY"}},
	dataclass.Calendar: {{"SUMMARY", "DESCRIPTION"}, {"DTSTART"}},
	dataclass.Notes:    {{"BODY"}},
}

func plausible(class dataclass.Class, props []wire.PropCap) bool {
	for _, line := range essentials[class] {
		if !slices.ContainsFunc(props, func(p wire.PropCap) bool { return oneOf(p.Name, line) }) {
			return false
		}
	}
	return len(props) > 0
}

func oneOf(name string, list []string) bool {
	return slices.ContainsFunc(list, func(o string) bool { return strings.EqualFold(o, strings.TrimSpace(name)) })
}

// kindred are properties of which a device that declares one is sent all: they are several ways to say one
// thing, or make no sense alone. An event that repeats without its exceptions would be a wrong one.
var kindred = [][]string{
	{"N", "FN"},
	{"DTEND", "DURATION", "DUE"},
	{"AALARM", "DALARM", "VALARM"},
	{"RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "X-EPOCRECURRENCE"},
	{"STATUS", "COMPLETED", "PERCENT-COMPLETE"},
	{"TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"},
}

// limitsFor makes limits of what is declared. Parameters make none: a device passes over types that it does
// not know, and a number is not to lose its type because a list is too short.
func limitsFor(props []wire.PropCap) []dataclass.Limit {
	var out []dataclass.Limit
	at := make(map[string]int)
	for _, p := range props {
		name := strings.ToUpper(strings.TrimSpace(p.Name))
		if i, ok := at[name]; ok {
			out[i] = again(out[i], limitOf(name, p))
			continue
		}
		if len(out) < maxDeclared {
			at[name] = len(out)
			out = append(out, limitOf(name, p))
		}
	}
	for _, group := range kindred {
		if !slices.ContainsFunc(group, func(n string) bool { _, ok := at[n]; return ok }) {
			continue
		}
		for _, name := range group {
			if _, ok := at[name]; !ok {
				out = append(out, dataclass.Limit{Name: name})
			}
		}
	}
	return slices.DeleteFunc(out, func(l dataclass.Limit) bool {
		return dataclass.Capabilities{Limits: []dataclass.Limit{l}}.Validate() != nil
	})
}

// maxDeclared bounds the properties that are believed to be there.
const maxDeclared = 400

// enumerated are the properties of which a device holds only the values that it lists. For others the list is
// not all: some devices list the types of a number there.
var enumerated = []string{"CLASS", "STATUS", "TRANSP", "CATEGORIES"}

// minPicture is the least size that is believed of a picture: there are devices that declare 256 bytes and
// hold any.
const minPicture = 1024

func limitOf(name string, p wire.PropCap) dataclass.Limit {
	l := dataclass.Limit{Name: name, Count: p.MaxOccur, Size: p.Size, Whole: p.NoTruncate}
	if oneOf(name, []string{"PHOTO", "LOGO", "SOUND", "KEY"}) && l.Size < minPicture {
		l.Size = 0
	}
	if oneOf(name, enumerated) {
		for _, v := range p.Values {
			if v = strings.TrimSpace(v); v != "" {
				l.Values = append(l.Values, v)
			}
		}
	}
	return l
}

// again joins what is declared of a property twice, once for each of its types as a rule.
func again(a, b dataclass.Limit) dataclass.Limit {
	out := dataclass.Limit{Name: a.Name, Whole: a.Whole && b.Whole}
	if a.Size > 0 && b.Size > 0 {
		out.Size = max(a.Size, b.Size)
	}
	if a.Count > 0 && b.Count > 0 {
		out.Count = a.Count + b.Count
	}
	if len(a.Values) > 0 && len(b.Values) > 0 {
		out.Values = append(slices.Clone(a.Values), b.Values...)
	}
	return out
}
