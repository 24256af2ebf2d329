package wbxml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

func TestEncode(t *testing.T) {
	text := xmltree.Text
	syncML := func(space string) *xmltree.Element { return xmltree.New(space, "SyncML") }
	tests := []struct {
		name string
		root *xmltree.Element
		o    Options
		want string
	}{
		{"version from namespace", syncML(space12), Options{}, header + "\x2D"},
		{"namespace without case", syncML("syncml:SyncML1.1"), Options{}, "\x02\x9F\x53\x6A\x00\x2D"},
		{"version from options", syncML(space12), Options{DTD: "1.0", Version: 1}, "\x01\x9F\x51\x6A\x00\x2D"},
		{"no namespace", syncML(""), Options{DTD: "1.2"}, header + "\x2D"},
		{"text", el("SyncML", text("aä")), Options{}, header + "\x6D\x03a\xc3\xa4\x00\x01"},
		{"text with NUL", el("SyncML", text("a\x00")), Options{}, header + "\x6D\xC3\x02a\x00\x01"},
		{"opaque", el("SyncML", xmltree.Opaque("ab")), Options{}, header + "\x6D\xC3\x02ab\x01"},
		{"long opaque", el("SyncML", xmltree.Opaque(strings.Repeat("a", 300))), Options{},
			header + "\x6D\xC3\x82\x2C" + strings.Repeat("a", 300) + "\x01"},
		{"pages", el("SyncML").Add(el("Meta").Add(met("Type", text("x"))), met("Size"), el("Final")), Options{},
			header + "\x6D\x5A\x00\x01\x53\x03x\x00\x01\x01\x12\x00\x00\x12\x01"},
		{"literals share a string", el("SyncML").Add(el("X-A"), el("X-B", text("x")), el("X-A")), Options{},
			"\x02\xA4\x01\x6A\x08X-A\x00X-B\x00\x6D\x04\x00\x44\x04\x03x\x00\x01\x04\x00\x01"},
		{"other namespace", el("SyncML").Add(xmltree.New("urn:x", "Add")), Options{}, "\x02\xA4\x01\x6A\x04Add\x00\x6D\x04\x00\x01"},
		{"device information", xmltree.New(DevInfSpace, "DevInf").AddText("VerDTD", "1.1"), Options{},
			"\x02\x9F\x54\x6A\x00\x4A\x65\x031.1\x00\x01\x01"},
		{"part of device information", xmltree.New(DevInfSpace, "ParamName"), Options{DTD: "1.2"}, "\x02\xA4\x03\x6A\x00\x17"},
		{"nested device information", el("Data").Add(xmltree.New(DevInfSpace, "DevInf")), Options{Version: 3},
			"\x03\xA4\x01\x6A\x00\x4F\xC3\x06\x03\xA4\x03\x6A\x00\x0A\x01"},
		{"nested device information of another version",
			el("Data").Add(xmltree.New(DevInfSpace, "DevInf").AddText("VerDTD", "1.0")), Options{},
			header + "\x4F\xC3\x0E\x02\x9F\x52\x6A\x00\x4A\x65\x031.0\x00\x01\x01\x01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Encode(tt.root, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		name string
		root *xmltree.Element
		o    Options
	}{
		{"no version", xmltree.New("", "SyncML"), Options{}},
		{"unknown version", xmltree.New(SyncMLSpace("2.0"), "SyncML"), Options{}},
		{"device information without version", xmltree.New(DevInfSpace, "DevInf"), Options{}},
		{"unknown version in options", el("SyncML"), Options{DTD: "1.3"}},
		{"version byte", el("SyncML"), Options{Version: 4}},
		{"attribute", el("SyncML").Add(el("Data").SetAttr("", "a", "b")), Options{}},
		{"bad name", el("SyncML").Add(el("a\x00b")), Options{}},
		{"no name", el("SyncML").Add(el("")), Options{}},
		{"bad name in device information", el("Data").Add(xmltree.New(DevInfSpace, "DevInf").AddText("a b", "")), Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if out, err := Encode(tt.root, tt.o); !errors.Is(err, ErrUnencodable) || out != nil {
				t.Errorf("got %x, %v", out, err)
			}
		})
	}
}

func TestDevInf(t *testing.T) {
	inf := xmltree.New(DevInfSpace, "DevInf").AddText("VerDTD", "1.2").AddText("DevID", "invented")
	packed, err := Encode(inf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data *xmltree.Element
	}{
		{"elements", el("Data", xmltree.Text("\r\n")).Add(inf)},
		{"opaque", el("Data", xmltree.Opaque(string(packed)))},
		{"XML as text", el("Data", xmltree.Text("\r\n"+string(inf.Append(nil, xmltree.Options{Declaration: true}))))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DevInf(tt.data, xmltree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(inf, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, bad := range []*xmltree.Element{nil, el("Data"), el("Data", xmltree.Text("hello")), el("Data", xmltree.Text("<a"))} {
		if _, err := DevInf(bad, xmltree.Limits{}); !errors.Is(err, xmltree.ErrSyntax) {
			t.Errorf("error = %v", err)
		}
	}
}

// Whatever tree of tags and text is written is read again.
func TestEncodeDecodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyElement(t, space12, 4)
		data, err := Encode(want, Options{DTD: "1.2"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data, xmltree.Limits{})
		if err != nil {
			t.Fatalf("%v in %x", err, data)
		}
		if diff := cmp.Diff(want, got.Root); diff != "" {
			t.Fatal(diff)
		}
	})
}

// anyElement draws an element of SyncML or MetInf, now and then with a name that has no token.
func anyElement(t *rapid.T, space string, depth int) *xmltree.Element {
	names := []string(metInfPage)
	if space == space12 {
		names = syncMLPage
	}
	e := xmltree.New(space, rapid.SampledFrom(names).Draw(t, "name"))
	if e.Local == "" || rapid.IntRange(0, 9).Draw(t, "literal") == 0 {
		e.Local = rapid.StringMatching(`[A-Z][a-z.-]{0,5}`).Draw(t, "name")
	}
	for range rapid.IntRange(0, depth).Draw(t, "nodes") {
		e.Nodes = append(e.Nodes, anyNode(t, space, depth-1))
	}
	return e
}

func anyNode(t *rapid.T, space string, depth int) xmltree.Node {
	switch rapid.IntRange(0, 3).Draw(t, "node") {
	case 0:
		return xmltree.Text(rapid.StringMatching(`[a-zA-Z äß<&\r\n😀]*`).Draw(t, "text"))
	case 1:
		return xmltree.Opaque(string(rapid.SliceOf(rapid.Byte()).Draw(t, "opaque")))
	case 2:
		space = MetInfSpace
	}
	child := anyElement(t, space, depth)
	if space == MetInfSpace && metInfPage.token(child.Local) == 0 {
		child.Local = "Meta"
		child.Space = space12
	}
	return xmltree.Node{Elem: child}
}
