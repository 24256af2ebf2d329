package wire

import (
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// An Item is what a command is about.
type Item struct {
	Target Location
	Source Location
	// Filter is that of the Target, or of the Source; nil if there is none.
	Filter *Filter
	Meta   Meta
	Data   Data
	// MoreData marks a piece of a large object that is not the last one.
	MoreData bool
}

// A Data is an item's content: text, or one element.
type Data struct {
	Text string
	Elem *xmltree.Element
	// Opaque has WBXML write the text as a block of bytes.
	Opaque bool
}

func parseItems(e *xmltree.Element) []Item {
	var all []Item
	for _, i := range e.Children("Item") {
		all = append(all, parseItem(i))
	}
	return all
}

func parseItem(e *xmltree.Element) Item {
	filter := parseFilter(e.Child("Target").Child("Filter"))
	if filter == nil {
		filter = parseFilter(e.Child("Source").Child("Filter"))
	}
	return Item{
		Filter: filter, Target: parseLocation(e.Child("Target")), Source: parseLocation(e.Child("Source")),
		Meta: parseMeta(e.Child("Meta")), Data: parseData(e.Child("Data")), MoreData: has(e, "MoreData"),
	}
}

func parseData(e *xmltree.Element) Data {
	d := Data{Text: e.Text()}
	for c := range e.Elements() {
		d.Elem = c
		break
	}
	return d
}

func buildItems(e *xmltree.Element, items []Item) *xmltree.Element {
	for _, i := range items {
		e.Add(i.build(e.Space))
	}
	return e
}

func (i Item) build(space string) *xmltree.Element {
	target := i.Target.build(space, "Target")
	if target != nil {
		target.Add(i.Filter.build(space))
	}
	return xmltree.New(space, "Item").Add(
		target, i.Source.build(space, "Source"), i.Meta.build(space),
		i.Data.build(space), flag(space, "MoreData", i.MoreData))
}

func (d Data) build(space string) *xmltree.Element {
	switch {
	case d.Elem != nil:
		return xmltree.New(space, "Data").Add(d.Elem)
	case d.Text == "":
		return nil
	}
	return xmltree.New(space, "Data", xmltree.Node{Text: d.Text, Opaque: d.Opaque})
}

// Payload is the item's content as bytes, with base64 taken off if the item's or the command's Format
// says so and the content is that.
func (i Item) Payload(command Meta) []byte {
	format := i.Meta.Format
	if format == "" {
		format = command.Format
	}
	if strings.EqualFold(format, "b64") {
		if raw, err := DecodeBase64(i.Data.Text); err == nil {
			return raw
		}
	}
	return []byte(i.Data.Text)
}

// Type is the item's media type, "" if neither the item nor its command names one.
func (i Item) Type(command Meta) string {
	if i.Meta.Type != "" {
		return i.Meta.Type
	}
	return command.Type
}
