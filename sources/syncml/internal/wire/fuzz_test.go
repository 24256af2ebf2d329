package wire

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// recorded adds recorded messages to a fuzz target, as documents in XML or WBXML.
func recorded(f *testing.F) {
	files, err := filepath.Glob("testdata/recorded/*.*ml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recorded messages: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 20_000 {
			f.Add(data)
		}
	}
}

// document reads what a phone may send, in either encoding; nil if it is none.
func document(data []byte) *xmltree.Element {
	limits := xmltree.Limits{Bytes: 1 << 16, Depth: 20, Nodes: 5000, Lax: true}
	if len(data) > 0 && data[0] <= 3 {
		d, err := wbxml.Decode(data, limits)
		if err != nil {
			return nil
		}
		return d.Root
	}
	root, err := xmltree.Parse(data, limits)
	if err != nil {
		return nil
	}
	return root
}

// FuzzParse: a message that can be read is built into one that says the same.
func FuzzParse(f *testing.F) {
	recorded(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		root := document(data)
		if root == nil {
			return
		}
		m, err := Parse(root)
		if err != nil {
			return
		}
		once, err := Parse(m.Build())
		if err != nil {
			return // an id of white space, say, which is trimmed
		}
		twice, err := Parse(once.Build())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(once, twice); d != "" {
			t.Fatalf("not stable: %s", d)
		}
		if len(once.Commands) != len(m.Commands) {
			t.Fatalf("%d commands became %d", len(m.Commands), len(once.Commands))
		}
	})
}

// FuzzDevInf: device information in whatever wrapping is read within bounds, can be stored, and comes out of
// storage as it went in there.
func FuzzDevInf(f *testing.F) {
	recorded(f)
	f.Add([]byte(`<DevInf><CTCap><CTType>text/x-vcard</CTType><PropName>TEL</PropName><Size>40</Size><ParamName>TYPE</ParamName><ValEnum>CELL</ValEnum></CTCap></DevInf>`))
	f.Add([]byte(`<DevInf><DataStore><SourceRef>./c</SourceRef><CTCap><CTType>a</CTType><Property><PropName>N</PropName><MaxSize>9</MaxSize></Property></CTCap></DataStore></DevInf>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		wrapped := &xmltree.Element{Local: "Data", Nodes: []xmltree.Node{{Text: string(data), Opaque: true}}}
		if root := document(data); root != nil {
			wrapped = firstData(root)
		}
		inf, err := wbxml.DevInf(wrapped, xmltree.Limits{Bytes: 1 << 16, Depth: 20, Nodes: 5000, Lax: true})
		if err != nil || inf == nil {
			return
		}
		d := ParseDevInf(inf)
		n := len(d.CTCaps)
		for _, s := range d.Stores {
			n += len(s.CTCaps)
		}
		if n > 5000 {
			t.Fatalf("%d content types are kept", n)
		}
		stored, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back DevInf
		if err := json.Unmarshal(stored, &back); err != nil {
			t.Fatal(err)
		}
		// What is no UTF-8 is replaced when it is stored first, and stays then.
		again, err := json.Marshal(back)
		if err != nil {
			t.Fatal(err)
		}
		var twice DevInf
		if err := json.Unmarshal(again, &twice); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(back, twice); d != "" {
			t.Fatalf("not stable: %s", d)
		}
	})
}

// firstData finds the first Data of a Put or a Results; the document itself if there is none.
func firstData(e *xmltree.Element) *xmltree.Element {
	if c := e.Child("Put"); c != nil {
		return c.Child("Item").Child("Data")
	}
	if c := e.Child("Results"); c != nil {
		return c.Child("Item").Child("Data")
	}
	if c := e.Child("SyncBody"); c != nil {
		return firstData(c)
	}
	return xmltree.New("", "Data").Add(e)
}
