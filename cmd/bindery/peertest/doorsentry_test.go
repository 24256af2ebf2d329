package peertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// gdataTypes are what the rels of an entry are in a card.
var gdataTypes = map[string]string{"mobile": "CELL", "home": "HOME", "work": "WORK", "other": "", "main": "MAIN"}

func relOf(e *xmltree.Element) string {
	_, rel, _ := strings.Cut(e.Attr("", "rel"), "#")
	if t, ok := gdataTypes[rel]; ok {
		return t
	}
	return "rel=" + rel + " label=" + e.Attr("", "label")
}

// entrySays reads an entry as lookAt reads a card.
func entrySays(e *xmltree.Element) who {
	w := who{Slots: map[string]string{}}
	put := func(name, kind string, parts ...string) { w.take(name, kind, parts) }
	name := e.Child("name")
	text := func(e *xmltree.Element, of string) string { return e.Child(of).Text() }
	put("N", "", text(name, "familyName"), text(name, "givenName"), text(name, "additionalName"), text(name, "namePrefix"), text(name, "nameSuffix"))
	for _, p := range e.Children("phoneNumber") {
		put("TEL", relOf(p), p.Text())
	}
	for _, p := range e.Children("email") {
		put("EMAIL", relOf(p), p.Attr("", "address"))
	}
	for _, a := range e.Children("structuredPostalAddress") {
		put("ADR", relOf(a), text(a, "pobox"), text(a, "neighborhood"), text(a, "street"), text(a, "city"), text(a, "region"), text(a, "postcode"), text(a, "country"))
	}
	for _, o := range e.Children("organization") {
		put("ORG", "", text(o, "orgName"), text(o, "orgDepartment"))
		put("TITLE", "", text(o, "orgTitle"))
	}
	put("NOTE", "", text(e, "content"))
	put("NICKNAME", "", text(e, "nickname"))
	put("BDAY", "", strings.ReplaceAll(e.Child("birthday").Attr("", "when"), "-", ""))
	return w.named(text(name, "fullName"))
}

// entryOf is what the person with the number n is without a value in any slot.
func entryOf(n int) *xmltree.Element {
	e := xmltree.New(nsAtom, "entry").Add(
		xmltree.New(nsGD, "name").AddText("familyName", surname(n)),
		xmltree.New(nsGD, "email").SetAttr("", "rel", nsGD+"#home").SetAttr("", "address", fmt.Sprintf("person%d@example.org", n)))
	for _, line := range fixed(n, false) {
		_, number, _ := strings.Cut(line, ":")
		e.Add(xmltree.New(nsGD, "phoneNumber", xmltree.Text(number)).SetAttr("", "rel", nsGD+"#work"))
	}
	return e
}

// gdataSlots say where the value of a slot stands in an entry: the element with its rel, and the child or attribute of it.
var gdataSlots = map[string]struct{ space, local, rel, child, attr string }{
	"cell": {nsGD, "phoneNumber", "mobile", "", ""}, "home": {nsGD, "phoneNumber", "home", "", ""},
	"mail": {nsGD, "email", "work", "", "address"}, "note": {nsAtom, "content", "", "", ""},
	"street": {nsGD, "structuredPostalAddress", "home", "street", ""}, "org": {nsGD, "organization", "work", "orgName", ""},
	"title": {nsGD, "organization", "work", "orgTitle", ""}, "bday": {nsContact, "birthday", "", "", "when"},
	"nick": {nsContact, "nickname", "", "", ""}, "given": {nsGD, "name", "", "givenName", ""},
}

// setEntry gives an entry another value in a slot.
func setEntry(e *xmltree.Element, slot, value string, n int) {
	at, ok := gdataSlots[slot]
	if !ok {
		return // it has no such property
	}
	if slot == "bday" && value != "" {
		value = value[:4] + "-" + value[4:6] + "-" + value[6:]
	}
	is := func(node xmltree.Node) bool {
		c := node.Elem
		return c != nil && c.Local == at.local && (at.rel == "" || at.local == "organization" || c.Attr("", "rel") == nsGD+"#"+at.rel)
	}
	i := slices.IndexFunc(e.Nodes, is)
	switch {
	case value == "":
		e.Nodes = slices.DeleteFunc(e.Nodes, is)
		return
	case i < 0:
		e.Add(newSlot(slot, n))
		i = len(e.Nodes) - 1
	default:
		e.Nodes = append(e.Nodes[:i+1], slices.DeleteFunc(e.Nodes[i+1:], is)...)
	}
	c := e.Nodes[i].Elem
	switch {
	case at.attr != "":
		c.SetAttr("", at.attr, value)
	case at.child != "":
		setChild(c, at.child, value)
		if slot == "given" {
			setChild(c, "fullName", fullName(n, value))
		}
		c.Nodes = slices.DeleteFunc(c.Nodes, func(node xmltree.Node) bool { return node.Elem != nil && node.Elem.Local == "formattedAddress" })
	default:
		c.Nodes = []xmltree.Node{xmltree.Text(value)}
	}
}

// newSlot is the element of a slot in an entry that has none yet.
func newSlot(slot string, n int) *xmltree.Element {
	at := gdataSlots[slot]
	c := xmltree.New(at.space, at.local)
	if at.rel != "" {
		c.SetAttr("", "rel", nsGD+"#"+at.rel)
	}
	switch at.local {
	case "structuredPostalAddress":
		c.AddText("city", "Exampleton").AddText("postcode", fmt.Sprintf("%05d", n)).AddText("country", "Nowhere")
	case "organization":
		c.AddText("orgDepartment", "Testing")
	}
	return c
}

func setChild(e *xmltree.Element, local, text string) {
	if c := e.Child(local); c != nil {
		c.Nodes = []xmltree.Node{xmltree.Text(text)}
		return
	}
	e.AddText(local, text)
}

// A person that is entered in a GData client says the same as one that is entered as a card.
func TestDoorsEntry(t *testing.T) {
	have := map[string]string{}
	for i, s := range slots {
		have[s] = valueOf(s, 100+i)
	}
	e := entryOf(10)
	for _, s := range slots {
		setEntry(e, s, have[s], 10)
	}
	want := lookAt(string(cardOf(10, have))).within("X-", "PHOTO")
	if diff := cmp.Diff(want, entrySays(e)); diff != "" {
		t.Error(diff)
	}
	for _, s := range mayBeEmpty {
		setEntry(e, s, "", 10)
		delete(want.Slots, s)
		if diff := cmp.Diff(want.Slots, entrySays(e).Slots); diff != "" {
			t.Errorf("without %s: %s", s, diff)
		}
	}
}
