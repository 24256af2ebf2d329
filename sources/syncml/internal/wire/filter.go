package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A Filter narrows which items of a database are synchronised (Representation Protocol 1.2, 5.4).
type Filter struct {
	// Type is the grammar of the query.
	Type string
	// Record is the query that items must meet, Fields that tells which properties are wanted.
	Record string
	Fields string
	// Exclusive asks for the deletion of what does not meet the query.
	Exclusive bool
}

// parseFilter gives nil where there is none.
func parseFilter(e *xmltree.Element) *Filter {
	if e == nil {
		return nil
	}
	f := &Filter{Type: parseMeta(e.Child("Meta")).Type, Exclusive: str(e, "FilterType") == "EXCLUSIVE"}
	if r := e.Child("Record").Child("Item"); r != nil {
		f.Record = str(r, "Data")
		if t := parseMeta(r.Child("Meta")).Type; t != "" {
			f.Type = t
		}
	}
	if r := e.Child("Field").Child("Item"); r != nil {
		if f.Fields = str(r, "Data"); f.Fields == "" {
			f.Fields = "*"
		}
	}
	return f
}

func (f *Filter) build(space string) *xmltree.Element {
	if f == nil {
		return nil
	}
	query := func(name, text string) *xmltree.Element {
		if text == "" {
			return nil
		}
		return xmltree.New(space, name).Add(xmltree.New(space, "Item").Add(
			Meta{Type: f.Type}.build(space), leaf(space, "Data", text)))
	}
	kind := "INCLUSIVE"
	if f.Exclusive {
		kind = "EXCLUSIVE"
	}
	return xmltree.New(space, "Filter").Add(Meta{Type: f.Type}.build(space), query("Field", f.Fields),
		query("Record", f.Record), leaf(space, "FilterType", kind))
}
