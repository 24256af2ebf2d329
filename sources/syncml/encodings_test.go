package syncml_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Each case is a way in which some phone writes one and the same message; the rest of the session is written
// as usual.

// reversed gives a copy of a tree with the children of every element in reverse, but for the order of commands.
func reversed(e *xmltree.Element) *xmltree.Element {
	c := xmltree.New(e.Space, e.Local)
	for _, n := range e.Nodes {
		if n.Elem != nil {
			n.Elem = reversed(n.Elem)
		}
		c.Nodes = append(c.Nodes, n)
	}
	if e.Local != "SyncBody" && e.Local != "SyncML" {
		slices.Reverse(c.Nodes)
	}
	return c
}

func asUTF16(text []byte) []byte {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(strings.Replace(string(text), `encoding="UTF-8"`, `encoding="UTF-16"`, 1))) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// TestEncodingsOfXML: namespaces in any case or none at all, DOCTYPE and namespace of another version than VerDTD,
// elements in any order, character sets (2.1, 2.8).
func TestEncodingsOfXML(t *testing.T) {
	replace := func(pairs ...string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.NewReplacer(pairs...).Replace(string(b))) }
	}
	anySpace := regexp.MustCompile(` xmlns="[^"]*"`)
	tag := regexp.MustCompile(`<(/?)([A-Z])`)
	declared := func(charset string) func([]byte) []byte {
		return replace(`encoding="UTF-8"`, `encoding="`+charset+`"`, "ö", "\xF6")
	}
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
	}{
		{"as the standard has it", func(b []byte) []byte { return b }},
		{"namespaces in lower case", replace("SYNCML:SYNCML1.2", "syncml:syncml1.2")},
		{"namespaces in upper case", replace("syncml:metinf", "SYNCML:METINF", "syncml:devinf", "SYNCML:DEVINF")},
		{"namespace without a version", replace("SYNCML:SYNCML1.2", "syncml:syncml")},
		{"no namespaces", func(b []byte) []byte { return anySpace.ReplaceAll(b, nil) }},
		{"prefixes", func(b []byte) []byte {
			return tag.ReplaceAll(replace(" xmlns=\"SYNCML", " xmlns:S=\"SYNCML")(b), []byte("<${1}S:$2"))
		}},
		{"prefixes that nobody declared", func(b []byte) []byte { return tag.ReplaceAll(b, []byte("<${1}S:$2")) }},
		{"DOCTYPE and namespace of 1.1, VerDTD 1.2", replace("SYNCML:SYNCML1.2", "SYNCML:SYNCML1.1",
			"?><SyncML", `?><!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.1//EN" "http://www.example.org/x.dtd"><SyncML`)},
		{"elements in reverse", func(b []byte) []byte {
			root, err := xmltree.Parse(b, xmltree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			return reversed(root).Append(nil, xmltree.Options{})
		}},
		{"white space between elements", replace("><", ">\r\n\t<")},
		{"no declaration", replace(`<?xml version="1.0" encoding="UTF-8"?>`, "")},
		{"a byte order mark", func(b []byte) []byte { return append([]byte("\uFEFF"), b...) }},
		{"UTF-16", asUTF16},
		{"ISO-8859-1", declared("ISO-8859-1")},
		{"windows-1252", declared("windows-1252")},
		{"CDATA everywhere", func(b []byte) []byte {
			return regexp.MustCompile(`>([^<>?]+)<`).ReplaceAll(b, []byte("><![CDATA[$1]]><"))
		}},
		{"NULs at the end", func(b []byte) []byte { return append(b, 0, 0) }},
		{"comments and instructions", replace("<SyncBody>", "<!-- x --><?x y?><SyncBody>")},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1-ö")
			p.devinf.Mod = "Zwölf"
			p.encoded = func(body []byte) []byte { return c.change(body) }
			p.add(1)
			if mode := p.sync(wire.AlertSlow); mode != wire.AlertSlow {
				t.Errorf("mode %d", mode)
			}
			if d := b.db("dev1-ö"); len(d.Inbox) != 1 || d.Inbox[0].LUID != "p1" || len(d.Ends) != 1 || !d.Ends[0] {
				t.Errorf("%+v", d)
			}
		})
	}
}

// TestEncodingsOfWBXML: public identifiers as numbers, as text and unknown ones, string tables, literals, opaque
// blocks, entities, character sets, versions of WBXML (3.1, 3.2).
func TestEncodingsOfWBXML(t *testing.T) {
	const fpi = "-//SYNCML//DTD SyncML 1.2//EN"
	// rest is what follows the header of our own encoder, which has no string table.
	head := func(h string) func([]byte) []byte {
		return func(b []byte) []byte { return append([]byte(h), b[5:]...) }
	}
	with := func(h string, pairs ...string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b[5:], []byte(pairs[0])) && bytes.Contains(b, []byte("auth-md5")) {
				t.Fatalf("%q is not in the message", pairs[0])
			}
			return []byte(h + strings.NewReplacer(pairs...).Replace(string(b[5:])))
		}
	}
	const plain = "\x02\xA4\x01\x6A\x00"
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
	}{
		{"as our encoder has it", head(plain)},
		{"WBXML 1.1", head("\x01\xA4\x01\x6A\x00")},
		{"WBXML 1.3", head("\x03\xA4\x01\x6A\x00")},
		{"public identifier as text", head("\x02\x00\x00\x6A\x1D" + fpi)},
		{"public identifier as text that ends", head("\x02\x00\x00\x6A\x1E" + fpi + "\x00")},
		{"public identifier as text in lower case", head("\x02\x00\x00\x6A\x1D" + strings.ToLower(fpi))},
		{"public identifier that is not known", head("\x02\x01\x6A\x00")},
		{"public identifier of 1.1, VerDTD 1.2", head("\x02\x9F\x53\x6A\x00")},
		{"character set that is not known", head("\x02\xA4\x01\x00\x00")},
		{"US-ASCII", head("\x02\xA4\x01\x03\x00")},
		{"ISO-8859-1", head("\x02\xA4\x01\x04\x00")},
		{"strings from the table", with("\x02\xA4\x01\x6A\x0Aanna\x00dev1\x00", "\x03anna\x00", "\x83\x00", "\x03dev1\x00", "\x83\x05")},
		{"literals", with("\x02\xA4\x01\x6A\x07VerDTD\x00", "\x71\x031.2\x00", "\x44\x00\x031.2\x00")},
		{"opaque blocks", with(plain, "\x03dev1\x00", "\xC3\x04dev1", "\x03anna\x00", "\xC3\x04anna")},
		{"entities", with(plain, "\x03dev1\x00", "\x02\x64\x03ev\x00\x02\x31")},
		{"a text in two pieces", with(plain, "\x03dev1\x00", "\x03de\x00\x03v1\x00")},
		{"pages that are switched to where we are", with(plain, "\x03dev1\x00", "\x00\x01\x00\x00\x03dev1\x00")},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p := newPhone(b, "dev1")
			p.binary, p.devinf.DevID = true, "elsewhere" // the change shall not reach into a block of a told length
			p.encoded = c.change
			p.add(1)
			if mode := p.sync(wire.AlertSlow); mode != wire.AlertSlow {
				t.Errorf("mode %d", mode)
			}
			if d := b.db("dev1"); len(d.Inbox) != 1 || d.Inbox[0].LUID != "p1" || len(d.Ends) != 1 || !d.Ends[0] {
				t.Errorf("%+v", d)
			}
		})
	}
}
