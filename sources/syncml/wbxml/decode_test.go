package wbxml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

const (
	space11 = "SYNCML:SYNCML1.1"
	space12 = "SYNCML:SYNCML1.2"
	header  = "\x02\xA4\x01\x6A\x00" // SyncML 1.2, UTF-8, no string table
	header0 = "\x03\xA4\x01\x6A"     // without the length of the string table
)

func el(local string, nodes ...xmltree.Node) *xmltree.Element {
	return xmltree.New(space12, local, nodes...)
}

func met(local string, nodes ...xmltree.Node) *xmltree.Element {
	return xmltree.New(MetInfSpace, local, nodes...)
}

func TestDecode(t *testing.T) {
	text := xmltree.Text
	tests := []struct {
		name, in string
		want     *xmltree.Element
	}{
		{"empty root", header + "\x2D", el("SyncML")},
		{"content without content", header + "\x6D\x01", el("SyncML")},
		{"inline string", header + "\x6D\x03a\xc3\xa4\x00\x01", el("SyncML", text("aä"))},
		{"empty string", header + "\x6D\x03\x00\x01", el("SyncML", text(""))},
		{"not UTF-8", header + "\x6D\x03\xe4\x00\x01", el("SyncML", text("\xe4"))},
		{"opaque", header + "\x6D\xC3\x03\x00\x01\xff\x01", el("SyncML", xmltree.Opaque("\x00\x01\xff"))},
		{"entity", header + "\x6D\x02\x81\x20\x02\x0D\x01", el("SyncML", text("\u00a0"), text("\r"))},
		{"string table", header0 + "\x06one\x00\xc3\xa4" + "\x6D\x83\x00\x83\x02\x83\x04\x01",
			el("SyncML", text("one"), text("e"), text("ä"))},
		{"literal tags take their parent's namespace",
			header0 + "\x04X-A\x00" + "\x6D\x44\x00\x03y\x00\x01\x00\x01\x45\x04\x00\x01\x04\x00\x01",
			el("SyncML").Add(el("X-A", text("y")), met("Anchor").Add(met("X-A")), el("X-A"))},
		{"a literal root takes the document's namespace", header0 + "\x04X-A\x00" + "\x00\x01\x04\x00", el("X-A")},
		{"page stays after end", header + "\x6D\x5A\x00\x01\x53\x03x\x00\x01\x01\x13\x00\x00\x12\x01",
			el("SyncML").Add(el("Meta").Add(met("Type", text("x"))), met("Type"), el("Final"))},
		{"switch before root", header + "\x00\x00\x2D", el("SyncML")},
		{"switch at the end", header + "\x6D\x00\x01\x01", el("SyncML")},
		{"newer tag in an older version", "\x01\x9F\x53\x6A\x00\x6D\x39\x01",
			xmltree.New(space11, "SyncML").Add(xmltree.New(space11, "SourceParent"))},
		{"latin 1", "\x02\xA4\x01\x04\x02\xe9\x00\x6D\x03\xe4\x00\x83\x00\xC3\x01\xe4\x01",
			el("SyncML", text("ä"), text("é"), xmltree.Opaque("\xe4"))},
		{"ascii", "\x02\xA4\x01\x03\x00\x6D\x03a\x00\x01", el("SyncML", text("a"))},
		{"unknown character set number is UTF-8", "\x02\xA4\x01\x00\x00\x6D\x03\xc3\xa4\x00\x01", el("SyncML", text("ä"))},
		{"koi8-r", "\x02\xA4\x01\x90\x24\x00\x6D\x03\xc1\x00\x01", el("SyncML", text("а"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, decode(t, []byte(tt.in)).Root); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodePublicID(t *testing.T) {
	const fpi = "-//syncml//dtd SYNCML 1.2//en"
	tests := []struct{ name, in, public, space string }{
		{"1.0", "\x02\x9F\x51\x6A\x00\x2D", "-//SYNCML//DTD SyncML 1.0//EN", "SYNCML:SYNCML1.0"},
		{"1.1", "\x02\x9F\x53\x6A\x00\x2D", "-//SYNCML//DTD SyncML 1.1//EN", space11},
		{"1.2", header + "\x2D", "-//SYNCML//DTD SyncML 1.2//EN", space12},
		{"as text", "\x02\x00\x00\x6A\x1D" + fpi + "\x2D", "-//SYNCML//DTD SyncML 1.2//EN", space12},
		{"as text with NUL", "\x02\x00\x01\x6A\x1F\x00" + fpi + "\x00\x2D", "-//SYNCML//DTD SyncML 1.2//EN", space12},
		{"unknown, no VerDTD", "\x02\x01\x6A\x00\x2D", "", space11},
		{"unknown, VerDTD", "\x02\x01\x6A\x00\x6D\x6C\x71\x031.2\x00\x01\x01\x01", "", space12},
		{"unknown, strange VerDTD", "\x02\x01\x6A\x00\x6D\x6C\x71\x037\x00\x01\x01\x01", "", space11},
		{"unknown text", "\x02\x00\x00\x6A\x02x\x00\x2D", "", space11},
		{"device information", "\x02\xA4\x03\x6A\x00\x0A", "-//SYNCML//DTD DevInf 1.2//EN", DevInfSpace},
		{"unknown, device information", "\x02\x01\x6A\x00\x0A", "", DevInfSpace},
		{"MetInf", "\x02\xA4\x02\x6A\x00\x00\x01\x0E", "-//SYNCML//DTD MetInf 1.2//EN", MetInfSpace},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := decode(t, []byte(tt.in))
			if d.PublicID != tt.public || d.Root.Space != tt.space {
				t.Errorf("public identifier %q, namespace %q", d.PublicID, d.Root.Space)
			}
		})
	}
}

func TestDecodeRenamesSizeInDevInf(t *testing.T) {
	tests := []struct{ name, header, version, want string }{
		{"1.1", "\x02\x9F\x54\x6A\x00", "1.1", "Size"},
		{"1.2", "\x02\xA4\x03\x6A\x00", "1.2", "MaxSize"},
		{"unknown 1.1", "\x02\x01\x6A\x00", "1.1", "Size"},
		{"unknown 1.2", "\x02\x01\x6A\x00", "1.2", "MaxSize"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := decode(t, []byte(tt.header+"\x4A\x65\x03"+tt.version+"\x00\x01\x1C\x01")).Root
			if root.Child(tt.want) == nil {
				t.Errorf("no %s in %+v", tt.want, root)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"nothing", ""},
		{"version 1.0", "\x00\xA4\x01\x6A\x00\x2D"},
		{"version 2", "\x10\xA4\x01\x6A\x00\x2D"},
		{"cut in public identifier", "\x02\xA4"},
		{"cut in its index", "\x02\x00\x80"},
		{"cut in character set", "\x02\xA4\x01"},
		{"cut in string table", "\x02\xA4\x01\x6A\x05abc"},
		{"cut after header", header},
		{"number of six bytes", "\x02\x81\x80\x80\x80\x80\x01\x6A\x00\x2D"},
		{"number over 32 bits", "\x02\x9F\xFF\xFF\xFF\x7F\x6A\x00\x2D"},
		{"unknown character set", "\x02\xA4\x01\x67\x00\x2D"},
		{"UTF-16", "\x02\xA4\x01\x87\x77\x00\x2D"},
		{"public identifier outside the table", "\x02\x00\x04\x6A\x03abc\x2D"},
		{"unknown identifier and root", "\x02\x01\x6A\x00\x05"},
		{"unknown tag", header + "\x3F"},
		{"unused tag", header + "\x30"},
		{"unknown page", header + "\x00\x02\x05"},
		{"page cut", header + "\x6D\x00"},
		{"page of device information", "\x02\xA4\x03\x6A\x00\x00\x01\x0A"},
		{"attributes", header + "\xAD\x01"},
		{"extension", header + "\x6D\x40x\x00\x01"},
		{"processing instruction", header + "\x43\x01\x2D"},
		{"literal with attributes", header0 + "\x02X\x00\x84\x00\x01"},
		{"literal outside the table", header + "\x04\x00"},
		{"literal cut", header + "\x04"},
		{"literal without name", header0 + "\x01\x00\x04\x00"},
		{"literal with a space", header0 + "\x04a b\x00\x04\x00"},
		{"not ended", header + "\x6D"},
		{"end alone", header + "\x01"},
		{"text alone", header + "\x03x\x00"},
		{"string not ended", header + "\x6D\x03x\x01"},
		{"string outside the table", header + "\x6D\x83\x00\x01"},
		{"string reference cut", header + "\x6D\x83"},
		{"opaque cut", header + "\x6D\xC3\x05abc"},
		{"opaque of 4 GiB", header + "\x6D\xC3\x8F\xFF\xFF\xFF\x7F\x01"},
		{"opaque length cut", header + "\x6D\xC3\x80"},
		{"entity 0", header + "\x6D\x02\x00\x01"},
		{"entity surrogate", header + "\x6D\x02\x83\xB0\x00\x01"},
		{"entity too great", header + "\x6D\x02\x8F\xFF\xFF\xFF\x7F\x01"},
		{"entity cut", header + "\x6D\x02"},
		{"bytes after the root", header + "\x2D\x00"},
		{"second root", header + "\x2D\x2D"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Decode([]byte(tt.in), xmltree.Limits{})
			if !errors.Is(err, xmltree.ErrSyntax) || d != nil {
				t.Errorf("got %v, %v", d, err)
			}
		})
	}
}

func TestDecodeLimits(t *testing.T) {
	long := header0 + "\x64" + strings.Repeat("x", 100)
	tests := []struct {
		name string
		in   string
		l    xmltree.Limits
		ok   bool
	}{
		{"bytes", header + "\x2D", xmltree.Limits{Bytes: 6}, true},
		{"too many bytes", header + "\x2D", xmltree.Limits{Bytes: 5}, false},
		{"depth", header + "\x6D\x6D\x2D\x01\x01", xmltree.Limits{Depth: 3}, true},
		{"too deep", header + "\x6D\x6D\x2D\x01\x01", xmltree.Limits{Depth: 2}, false},
		{"nodes", header + "\x6D\x03\x00\x2D\x01", xmltree.Limits{Nodes: 3}, true},
		{"too many nodes", header + "\x6D\x03\x00\x2D\x01", xmltree.Limits{Nodes: 2}, false},
		{"references", long + "\x6D" + strings.Repeat("\x83\x00", 3) + "\x01", xmltree.Limits{Bytes: 300}, true},
		{"too much from the table", long + "\x6D" + strings.Repeat("\x83\x00", 4) + "\x01", xmltree.Limits{Bytes: 300}, false},
		{"default depth", header + strings.Repeat("\x6D", 65), xmltree.Limits{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode([]byte(tt.in), tt.l)
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, xmltree.ErrLimit) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestDecodeLaxTakesPadding(t *testing.T) {
	if _, err := Decode([]byte(header+"\x2D\x00\x00"), xmltree.Limits{Lax: true}); err != nil {
		t.Error(err)
	}
	if _, err := Decode([]byte(header+"\x2D\x00\x2D"), xmltree.Limits{Lax: true}); !errors.Is(err, xmltree.ErrSyntax) {
		t.Errorf("error = %v", err)
	}
}
