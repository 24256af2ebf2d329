package phonetest

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

const devinfSpace = "syncml:devinf"

// devinfPath is what the phone calls device information in its version: "./devinf11".
func (m *Model) devinfPath() string { return "./devinf" + m.version()[:1] + m.version()[2:] }

func tag(local string, children ...*xmltree.Element) *xmltree.Element {
	return xmltree.New(devinfSpace, local).Add(children...)
}

func text(local, value string) *xmltree.Element {
	if value == "" {
		return nil
	}
	return xmltree.New(devinfSpace, local, xmltree.Text(value))
}

// devinf is what the phone declares of itself.
func (p *Phone) devinf() *xmltree.Element {
	e := tag("DevInf", text("VerDTD", p.version()), text("Man", p.Man), text("Mod", p.Mod), text("FwV", p.FwV),
		text("DevID", p.Device), text("DevTyp", "phone"))
	if p.version() != "1.0" {
		if p.UTC {
			e.Add(tag("UTC"))
		}
		e.Add(tag("SupportNumberOfChanges"))
		if p.Large {
			e.Add(tag("SupportLargeObjs"))
		}
	}
	typ, ver := "text/x-vcard", "2.1"
	if p.VCard30 {
		typ, ver = "text/vcard", "3.0"
	}
	store := tag("DataStore", text("SourceRef", "./Contacts"), text("DisplayName", "Contacts"))
	if p.MaxGUID > 0 {
		store.Add(text("MaxGUIDSize", strconv.Itoa(p.MaxGUID)))
	}
	store.Add(tag("Rx-Pref", text("CTType", typ), text("VerCT", ver)), tag("Tx-Pref", text("CTType", typ), text("VerCT", ver)))
	syncCap := tag("SyncCap", text("SyncType", "1"), text("SyncType", "2"))
	if p.version() == "1.2" {
		return e.Add(store.Add(p.ctcap12(typ, ver), syncCap))
	}
	return e.Add(store.Add(syncCap), p.ctcap11(typ))
}

// A declared is a property that a phone declares.
type declared struct {
	name   string
	size   int
	occur  int
	params []string
}

// declares are the properties that the phone says it keeps.
func (m *Model) declares() []declared {
	all := []declared{{name: "BEGIN"}, {name: "END"}, {name: "VERSION"}, {name: "N", size: 2 * m.NameLen},
		{name: "TEL", occur: m.MaxTels, params: []string{"CELL", "HOME", "WORK"}}, {name: "EMAIL"}, {name: "NOTE"}, {name: "TITLE"}, {name: "ORG"}}
	if !m.NoPhoto {
		all = append(all, declared{name: "PHOTO"})
	}
	return all
}

// ctcap11 is flat, as DevInf 1.0 and 1.1 have it.
func (p *Phone) ctcap11(typ string) *xmltree.Element {
	e := tag("CTCap", text("CTType", typ))
	for _, d := range p.declares() {
		e.Add(text("PropName", d.name))
		if d.size > 0 && p.version() != "1.0" {
			e.Add(text("DataType", "chr"), text("Size", strconv.Itoa(d.size)))
		}
		for _, param := range d.params {
			e.Add(text("ParamName", param))
		}
	}
	return e
}

func (p *Phone) ctcap12(typ, ver string) *xmltree.Element {
	e := tag("CTCap", text("CTType", typ), text("VerCT", ver))
	for _, d := range p.declares() {
		prop := tag("Property", text("PropName", d.name))
		if d.occur > 0 {
			prop.Add(text("MaxOccur", strconv.Itoa(d.occur)))
		}
		if d.size > 0 {
			prop.Add(text("MaxSize", strconv.Itoa(d.size)))
		}
		if len(d.params) > 0 {
			param := tag("PropParam", text("ParamName", "TYPE"))
			for _, v := range d.params {
				param.Add(text("ValEnum", v))
			}
			prop.Add(param)
		}
		e.Add(prop)
	}
	return e
}
