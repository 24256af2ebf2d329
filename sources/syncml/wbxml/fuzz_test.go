package wbxml

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// FuzzDecode: no input breaks Decode or takes it beyond its limits, and what it reads is written and read
// again the same.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/recorded/*.wbxml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	limits := xmltree.Limits{Bytes: 1 << 16, Depth: 20, Nodes: 5000}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Decode(data, limits)
		if err != nil {
			return
		}
		if depth, nodes := measure(d.Root); depth > limits.Depth || nodes > limits.Nodes {
			t.Fatalf("depth %d, %d nodes", depth, nodes)
		}
		version := "1.2"
		if known := dtdByText(d.PublicID); known.version != "" {
			version = known.version
		}
		out, err := Encode(d.Root, Options{Version: d.Version, DTD: version})
		if err != nil {
			t.Fatal(err)
		}
		// Literal tags that share a string take more from the table than the document is long.
		again, err := Decode(out, xmltree.Limits{Bytes: max(len(out), limits.Bytes), Depth: limits.Depth, Nodes: limits.Nodes})
		if err != nil {
			t.Fatalf("%v in %x", err, out)
		}
		if d.PublicID == "" {
			return // the version, and so the namespaces, may be another one
		}
		if !reflect.DeepEqual(d.Root, again.Root) {
			t.Fatal(cmp.Diff(d.Root, again.Root))
		}
		twice, err := Encode(again.Root, Options{Version: d.Version, DTD: version})
		if err != nil || !bytes.Equal(out, twice) {
			t.Fatalf("not stable: %v\n%x\n%x", err, out, twice)
		}
	})
}

func measure(e *xmltree.Element) (depth, nodes int) {
	for _, n := range e.Nodes {
		if n.Elem == nil {
			nodes++
			continue
		}
		d, m := measure(n.Elem)
		depth, nodes = max(depth, d), nodes+m
	}
	return depth + 1, nodes + 1
}

// message makes what a phone sends in one message of a first sync: n contacts of half a kilobyte.
func message(n int) *xmltree.Element {
	card := "BEGIN:VCARD\r\nVERSION:2.1\r\n" + string(bytes.Repeat([]byte("NOTE:invented\r\n"), 30)) + "END:VCARD\r\n"
	sync := el("Sync")
	for range n {
		sync.Add(el("Add").AddText("CmdID", "7").Add(
			el("Meta").Add(met("Type", xmltree.Text("text/x-vcard"))),
			el("Item").Add(el("Source").AddText("LocURI", "1234"), el("Data", xmltree.Opaque(card)))))
	}
	return el("SyncML").Add(el("SyncBody").Add(sync))
}

func BenchmarkDecode(b *testing.B) {
	data, err := Encode(message(300), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data, xmltree.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	root := message(300)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(root, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
