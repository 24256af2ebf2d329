// Package davitem is what an item is to a DAV client: whether it may be stored, and the bytes that the client is sent.
// It is pure.
package davitem

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Why an item may not be stored.
var (
	// ErrType: it is of a media type or version that such a collection does not hold.
	ErrType = errors.New("not a type of item that this collection holds")
	// ErrComponent: it is a calendar item of another sort.
	ErrComponent = errors.New("not a sort of calendar item that this collection holds")
	// ErrData: nobody can read it.
	ErrData = errors.New("not a valid item")
	// ErrObject: it is not one item.
	ErrObject = errors.New("not exactly one item")
)

// MediaType gives the media type of what clients are sent of a class.
func MediaType(class dataclass.Class) string {
	if class == dataclass.Contacts {
		return "text/vcard; charset=utf-8"
	}
	return "text/calendar; charset=utf-8; component=" + strings.ToLower(Component(class))
}

// Component gives the name of the components that items of a class consist of.
func Component(class dataclass.Class) string {
	switch class {
	case dataclass.Events:
		return "VEVENT"
	case dataclass.Tasks:
		return "VTODO"
	case dataclass.Notes:
		return "VJOURNAL"
	}
	return "VCARD"
}

// ClassOf gives the class whose items consist of components of that name.
func ClassOf(component string) (dataclass.Class, bool) {
	for _, c := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes} {
		if strings.EqualFold(Component(c), component) {
			return c, true
		}
	}
	return "", false
}

// Accept checks what a client wants to store, and gives it as it is stored: the same bytes. It returns ErrType,
// ErrComponent, ErrData or ErrObject, or dataclass.ErrTooBig for an item with too much in it.
func Accept(class dataclass.Class, data []byte) (dataclass.Body, error) {
	p := dataclass.Peek(data)
	cards := class == dataclass.Contacts
	switch {
	case p.Root == "":
		return dataclass.Body{}, ErrData
	case cards != (p.Root == "VCARD"), !cards && p.Root != "VCALENDAR":
		return dataclass.Body{}, fmt.Errorf("%w: %.40s", ErrType, p.Root)
	case cards && p.Version != "3.0" && p.Version != "4.0", !cards && p.Version != "2.0":
		return dataclass.Body{}, fmt.Errorf("%w: version %.20q of %s", ErrType, p.Version, p.Root)
	case !cards && p.Inner != Component(class):
		return dataclass.Body{}, fmt.Errorf("%w: %.40q", ErrComponent, p.Inner)
	case !utf8.Valid(data) && !utf8.Valid(joinCharacters(data)):
		return dataclass.Body{}, fmt.Errorf("%w: not UTF-8", ErrData)
	}
	body := dataclass.Body{Type: typeOf(class, p.Version), Data: data}
	short := brief(data)
	_, err := dataclass.DecodeBare(class, dataclass.Body{Type: body.Type, Data: short})
	object := whole(class, short)
	switch {
	case errors.Is(err, dataclass.ErrTooBig):
		return dataclass.Body{}, err
	case errors.Is(object, ErrObject):
		return dataclass.Body{}, object
	case errors.Is(err, dataclass.ErrUnsupported):
		return dataclass.Body{}, fmt.Errorf("%w: %w", ErrType, err)
	case err != nil:
		return dataclass.Body{}, fmt.Errorf("%w: %w", ErrData, err)
	}
	return body, object
}

func typeOf(class dataclass.Class, version string) string {
	if class == dataclass.Contacts {
		return "text/vcard;version=" + version
	}
	return dataclass.ICalendar20.String()
}

// whole returns an ErrObject unless a calendar holds entries of one UID and one sort, and is no message to somebody
// (RFC 4791 section 4.1).
func whole(class dataclass.Class, data []byte) error {
	if class == dataclass.Contacts {
		return nil
	}
	root, err := parse(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrData, err)
	}
	if root.Find("METHOD") != nil {
		return fmt.Errorf("%w: a METHOD", ErrObject)
	}
	uid, first := "", true
	for _, c := range entries(root) {
		if !strings.EqualFold(c.Name, Component(class)) {
			return fmt.Errorf("%w: %.40q beside %s", ErrObject, c.Name, Component(class))
		}
		is := ""
		if p := c.Find("UID"); p != nil {
			is = strings.TrimSpace(p.Value)
		}
		if !first && is != uid {
			return fmt.Errorf("%w: several UIDs", ErrObject)
		}
		uid, first = is, false
	}
	return nil
}

// entries gives the components of a calendar that are no time zones.
func entries(root *contentline.Component) []*contentline.Component {
	var out []*contentline.Component
	for i := range root.Props {
		if c := root.Props[i].Comp; c != nil && !strings.EqualFold(c.Name, "VTIMEZONE") {
			out = append(out, c)
		}
	}
	return out
}

func parse(data []byte) (*contentline.Component, error) {
	all, err := contentline.Parse(data, contentline.MIMEDir, contentline.Limits{})
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%d components: %w", len(all), ErrObject)
	}
	return all[0], nil
}

// A Form is what a client asks for.
type Form struct {
	// Card4 asks for vCard 4.0 instead of 3.0.
	Card4 bool
}

// Sent gives the bytes that a client is sent of an item, and whether they are those that are stored. What is stored without a
// UID is sent with that one, which must be UTF-8 and always the same for the same item. It is sent in UTF-8, however it is
// stored. What nobody can read is sent as it is stored.
func Sent(class dataclass.Class, uid string, body dataclass.Body, f Form) (data []byte, stored bool) {
	want, version, root := dataclass.ICalendar20, "2.0", "VCALENDAR"
	if class == dataclass.Contacts {
		want, version, root = dataclass.VCard30, "3.0", "VCARD"
		if f.Card4 {
			want, version = dataclass.VCard40, "4.0"
		}
	}
	p := dataclass.Peek(body.Data)
	if p.Root == root && p.Version == version && p.UID != "" && p.Plain && isText(body.Data) {
		return body.Data, true
	}
	out := body.Data
	if p.Root != root || p.Version != version {
		it, err := dataclass.Decode(class, body)
		if err != nil {
			return body.Data, true
		}
		projected, err := it.Project(want)
		if err != nil {
			return body.Data, true
		}
		out = projected.Body().Data
	}
	out = inUTF8(out)
	switch {
	case p.UID == "":
		return named(out, uid, true), false
	case !p.Plain || p.Root != root:
		return named(out, p.UID, p.Root != root), false
	}
	return out, false
}

// Named gives an item with that UID in each of its entries. What nobody can read is given as it is.
func Named(data []byte, uid string) []byte { return named(data, uid, true) }

// named puts a UID where there is none or, with all, everywhere.
func named(data []byte, uid string, all bool) []byte {
	root, err := parse(data)
	if err != nil {
		return data
	}
	list := entries(root)
	if strings.EqualFold(root.Name, "VCARD") {
		list = []*contentline.Component{root}
	}
	for _, c := range list {
		p := c.Find("UID")
		if p != nil && !all && strings.TrimSpace(p.Value) != "" {
			continue
		}
		line := contentline.Property{Name: "UID", Value: contentline.Escape(contentline.MIMEDir, uid, "")}
		if p != nil {
			*p = line
			continue
		}
		at := 0
		if len(c.Props) > 0 && c.Props[0].Is("VERSION") {
			at = 1
		}
		c.Props = append(c.Props[:at:at], append([]contentline.Property{line}, c.Props[at:]...)...)
	}
	return contentline.Print(root, contentline.MIMEDir)
}
