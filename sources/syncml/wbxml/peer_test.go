package wbxml

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// convert runs one of the converters of libwbxml on data.
func convert(t *testing.T, data []byte, program string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("BINDERY_REQUIRE_PEERS") == "1" {
			t.Fatalf("%s (Debian: libwbxml2-utils) is missing", program)
		}
		t.Skipf("%s (Debian: libwbxml2-utils) is missing", program)
	}
	in := filepath.Join(t.TempDir(), "in")
	out := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if msg, err := exec.Command(path, append(args, "-o", out, in)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, msg)
	}
	converted, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return converted
}

func TestPeerReadsWhatEncodeWrites(t *testing.T) {
	eachRecorded(t, func(t *testing.T, _, asXML []byte) {
		root := asWBXML(plain(t, parse(t, asXML)))
		for _, version := range []byte{1, 2, 3} {
			data, err := Encode(root, Options{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "peer's reading", root, parse(t, convert(t, data, "wbxml2xml")))
		}
	})
}

func TestDecodeReadsWhatPeerWrites(t *testing.T) {
	variants := [][]string{nil, {"-n"}, {"-v", "1.1"}, {"-a"}, {"-n", "-a"}}
	eachRecorded(t, func(t *testing.T, _, asXML []byte) {
		for _, args := range variants {
			d := decode(t, convert(t, asXML, "xml2wbxml", args...))
			same(t, "peer's writing", parse(t, asXML), d.Root)
		}
	})
}

// since12 lists the tags that came with 1.2. We read their tokens in older documents too; the peer does
// not.
var since12 = strings.Fields("Field Filter Record FilterType TargetParent Move Correlator FieldLevel " +
	"Property PropParam MaxOccur NoTruncate Filter-Rx FilterCap FilterKeyword SupportHierarchicalSync")

// Every tag that has a token, in a document of each version.
func TestPeerKnowsTheSameTokens(t *testing.T) {
	for _, version := range []string{"1.0", "1.1", "1.2"} {
		for _, k := range []kind{kindSyncML, kindDevInf} {
			d, _ := findDTD(k, version)
			t.Run(d.text, func(t *testing.T) {
				root := allTags(d)
				data, err := Encode(root, Options{DTD: version})
				if err != nil {
					t.Fatal(err)
				}
				same(t, "peer's reading", root, parse(t, convert(t, data, "wbxml2xml")))
			})
		}
	}
}

// allTags makes a document with one element for every token of a document type.
func allTags(d dtd) *xmltree.Element {
	_, space := d.pageOf(0)
	root := xmltree.New(space, "SyncML")
	if d.kind == kindDevInf {
		root.Local = "DevInf"
	}
	for number := range byte(2) {
		tags, space := d.pageOf(number)
		for _, name := range tags {
			if name != "" && (d.version == "1.2" || !slices.Contains(since12, name)) {
				root.Add(xmltree.New(space, name, xmltree.Text("x")))
			}
		}
	}
	return root
}
