package wire_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMD5(t *testing.T) {
	for _, c := range []struct{ name, password, nonce, want string }{
		{"Bruce2", "OhBehave", "Tm9uY2U=", "Zz6EivR3yeaaENcRN6lpAQ=="},
		{"alice", "wonder", "LjdMOz0iISE=", "ve5E6kY+D/TUIDryyFYlbg=="}, // as recorded
	} {
		nonce, err := wire.DecodeBase64(c.nonce)
		if err != nil {
			t.Fatal(err)
		}
		cred := wire.MD5(c.name, c.password, nonce)
		if cred.Data != c.want || !cred.VerifyMD5(c.name, c.password, nonce) {
			t.Errorf("%s: digest %s", c.name, cred.Data)
		}
		raw, err := wire.DecodeBase64(cred.Data)
		if err != nil {
			t.Fatal(err)
		}
		if bare := (&wire.Cred{Type: wire.AuthMD5, Data: string(raw)}); !bare.VerifyMD5(c.name, c.password, nonce) {
			t.Errorf("%s: digest as bytes refused", c.name)
		}
		for _, bad := range []*wire.Cred{wire.MD5(c.name, c.password+"x", nonce), wire.MD5(c.name, c.password, nil), {}, {Data: "!"}} {
			if bad.VerifyMD5(c.name, c.password, nonce) {
				t.Errorf("%s: %+v accepted", c.name, bad)
			}
		}
	}
}

func TestBasic(t *testing.T) {
	for _, c := range []struct{ data, name, password string }{
		{"QnJ1Y2UyOk9oQmVoYXZl", "Bruce2", "OhBehave"},
		{" QnJ1Y2Uy\r\nOk9oQmVoYXZl ", "Bruce2", "OhBehave"},
		{"YTpiOmM=", "a", "b:c"},
		{"YTo", "a", ""},
	} {
		name, password, err := (&wire.Cred{Data: c.data}).Basic()
		if err != nil || name != c.name || password != c.password {
			t.Errorf("%q: %q %q %v", c.data, name, password, err)
		}
	}
	for _, bad := range []string{"", "!", "YQ=="} {
		if _, _, err := (&wire.Cred{Data: bad}).Basic(); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func decode(t *testing.T, path string) *xmltree.Element {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(path) == ".wbxml" {
		doc, err := wbxml.Decode(data, xmltree.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return doc.Root
	}
	root, err := xmltree.Parse(data, xmltree.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return root
}

// TestRecorded reads messages of a real client and of its server.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/recorded/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded messages: %v", err)
	}
	var all strings.Builder
	for _, path := range files {
		m, err := wire.Parse(decode(t, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		fmt.Fprintf(&all, "%s\n", filepath.Base(path))
		summarise(&all, m)
		again, err := wire.Parse(m.Build())
		if err != nil {
			t.Errorf("%s: built again: %v", path, err)
		} else if diff := cmp.Diff(m, again, sameData); diff != "" {
			t.Errorf("%s: built again differs:\n%s", path, diff)
		}
	}
	golden(t, "testdata/recorded.golden", all.String())
}

// sameData compares the trees inside items by their print: WBXML marks text that XML does not.
var sameData = cmp.Transformer("print", func(e *xmltree.Element) string {
	if e == nil {
		return ""
	}
	return string(e.Append(nil, xmltree.Options{}))
})

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("differs from %s:\n%s", path, diff)
	}
}

func summarise(w *strings.Builder, m *wire.Message) {
	h := m.Header
	cred := ""
	if h.Cred != nil {
		cred = " " + h.Cred.Type
	}
	fmt.Fprintf(w, "  %s session %s message %s from %q of %q, max %d/%d%s final=%v\n", h.VerDTD, h.SessionID, h.MsgID,
		h.Source.URI, h.Source.Name, h.Meta.MaxMsgSize, h.Meta.MaxObjSize, cred, m.Final)
	for _, c := range m.Commands {
		command(w, "  ", c)
	}
}

func command(w *strings.Builder, indent string, c wire.Command) {
	fmt.Fprintf(w, "%s  %s %s", indent, c.ID(), c.Name())
	switch c := c.(type) {
	case *wire.Status:
		fmt.Fprintf(w, " of %s/%s %s: %d %v %v\n", c.MsgRef, c.CmdRef, c.Cmd, c.Code, c.TargetRefs, c.SourceRefs)
	case *wire.Alert:
		fmt.Fprintf(w, " %d %s -> %s %+v\n", c.Code, c.Items[0].Source.URI, c.Items[0].Target.URI, *c.Items[0].Meta.Anchor)
	case *wire.Put:
		fmt.Fprintf(w, " %s\n", device(c.Items[0]))
	case *wire.Results:
		fmt.Fprintf(w, " of %s/%s %s\n", c.MsgRef, c.CmdRef, device(c.Items[0]))
	case *wire.Change:
		i := c.Items[0]
		fmt.Fprintf(w, " %s%s %s %d bytes, size %d, more %v\n", i.Source.URI, i.Target.URI, i.Type(c.Meta), len(i.Payload(c.Meta)),
			i.Meta.Size+c.Meta.Size, i.MoreData)
	case *wire.Map:
		fmt.Fprintf(w, " %v\n", c.Items)
	case *wire.Sync:
		fmt.Fprintf(w, " %s -> %s\n", c.Source.URI, c.Target.URI)
		for _, inner := range c.Commands {
			command(w, indent+"  ", inner)
		}
	default:
		fmt.Fprintln(w)
	}
}

func device(i wire.Item) string {
	data := xmltree.New("", "Data", xmltree.Text(i.Data.Text))
	if i.Data.Elem != nil {
		data = xmltree.New("", "Data").Add(i.Data.Elem)
	}
	e, err := wbxml.DevInf(data, xmltree.Limits{})
	if err != nil {
		return err.Error()
	}
	d := wire.ParseDevInf(e)
	return fmt.Sprintf("%s %s %s %s/%s %+v", i.Source.URI, d.VerDTD, d.DevTyp, d.Man, d.Mod, d.Stores)
}

func TestParseRefuses(t *testing.T) {
	for _, doc := range []string{"<a/>", "<SyncML/>", "<SyncML><SyncHdr/></SyncML>", "<SyncML><SyncHdr/><SyncBody/></SyncML>",
		"<SyncML><SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID></SyncHdr><SyncBody/></SyncML>"} {
		root, err := xmltree.Parse([]byte(doc), xmltree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wire.Parse(root); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if _, err := wire.Parse(nil); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("nothing: %v", err)
	}
}

// TestLax: order and namespaces do not matter, and meta information may be wrapped.
func TestLax(t *testing.T) {
	doc := `<x:SyncML xmlns:x="whatever"><x:SyncBody><x:Final/><x:Alert><x:Item><x:Meta><MetInf><Anchor><Next>2</Next><Last>1</Last></Anchor></MetInf></x:Meta>
		<x:Source><x:LocName>n</x:LocName><x:LocURI> ./a </x:LocURI></x:Source></x:Item><x:Data> 201 </x:Data><x:CmdID>7</x:CmdID></x:Alert><Unknown/></x:SyncBody>
		<x:SyncHdr><x:Source><x:LocURI>dev</x:LocURI></x:Source><x:MsgID>3</x:MsgID><x:SessionID>2</x:SessionID><x:VerDTD>1.1</x:VerDTD></x:SyncHdr></x:SyncML>`
	root, err := xmltree.Parse([]byte(doc), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	want := &wire.Message{Final: true, Header: wire.Header{VerDTD: "1.1", SessionID: "2", MsgID: "3", Source: wire.Location{URI: "dev"}},
		Commands: []wire.Command{&wire.Alert{CmdID: "7", Code: 201, Items: []wire.Item{{Source: wire.Location{URI: "./a", Name: "n"},
			Meta: wire.Meta{Anchor: &wire.Anchor{Last: "1", Next: "2"}}}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBuildAndParse: what is built is read back, in both encodings.
func TestBuildAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &wire.Message{Final: rapid.Bool().Draw(t, "final"), Header: wire.Header{VerDTD: rapid.SampledFrom([]string{"1.1", "1.2"}).Draw(t, "version"),
			SessionID: word(t), MsgID: word(t), Target: wire.Location{URI: word(t)}, Source: wire.Location{URI: word(t), Name: word(t)},
			Meta: wire.Meta{MaxMsgSize: rapid.IntRange(0, 1<<20).Draw(t, "max")}}}
		for range rapid.IntRange(0, 6).Draw(t, "commands") {
			m.Commands = append(m.Commands, anyCommand(t, 2))
		}
		data := m.Build().Append(nil, xmltree.Options{})
		root, err := xmltree.Parse(data, xmltree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, m, root)
		binary, err := wbxml.Encode(m.Build(), wbxml.Options{DTD: m.Header.VerDTD})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := wbxml.Decode(binary, xmltree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, m, doc.Root)
	})
}

func same(t *rapid.T, want *wire.Message, root *xmltree.Element) {
	got, err := wire.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Opaque" }, cmp.Ignore())); diff != "" {
		t.Fatal(diff)
	}
}

func word(t *rapid.T) string {
	return rapid.StringMatching(`[a-zA-Z0-9./:äß&<"]{1,12}`).Draw(t, "word")
}

func anyItem(t *rapid.T) wire.Item {
	i := wire.Item{Source: wire.Location{URI: word(t)}, MoreData: rapid.Bool().Draw(t, "more")}
	i.Data.Text = rapid.StringMatching(`([a-z<&;]|\r\n| |é){0,40}`).Draw(t, "data")
	i.Data.Opaque = rapid.Bool().Draw(t, "opaque")
	i.Meta.Size = rapid.IntRange(0, 9).Draw(t, "size")
	return i
}

func anyCommand(t *rapid.T, depth int) wire.Command {
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0:
		return &wire.Alert{CmdID: word(t), Code: rapid.IntRange(100, 225).Draw(t, "code"), Items: []wire.Item{anyItem(t)}}
	case 1:
		return &wire.Status{CmdID: word(t), MsgRef: word(t), CmdRef: word(t), Cmd: "Add", SourceRefs: []string{word(t)}, Code: 200,
			Chal: &wire.Chal{Type: wire.AuthMD5, NextNonce: []byte(word(t))}}
	case 2:
		return &wire.Map{CmdID: word(t), Source: wire.Location{URI: word(t)}, Items: []wire.MapItem{{GUID: word(t), LUID: word(t)}}}
	case 3:
		return &wire.Get{CmdID: word(t), Items: []wire.Item{anyItem(t)}}
	case 4:
		return &wire.Put{CmdID: word(t), Meta: wire.Meta{Type: word(t)}, Items: []wire.Item{anyItem(t)}}
	case 5:
		return &wire.Results{CmdID: word(t), MsgRef: word(t), CmdRef: word(t), Items: []wire.Item{anyItem(t)}}
	case 6:
		if depth > 0 {
			n := rapid.IntRange(0, 99).Draw(t, "n")
			return &wire.Sync{CmdID: word(t), NumberOfChanges: &n, Commands: []wire.Command{anyCommand(t, depth-1)}}
		}
	case 7:
		if depth > 0 {
			return &wire.Group{Verb: "Atomic", CmdID: word(t), Commands: []wire.Command{anyCommand(t, depth-1)}}
		}
	}
	verb := rapid.SampledFrom([]string{wire.Add, wire.Replace, wire.Delete}).Draw(t, "verb")
	return &wire.Change{Verb: verb, CmdID: word(t), Meta: wire.Meta{Type: word(t)}, Items: []wire.Item{anyItem(t)}}
}
