package dataclass

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares what becomes of whole cards: title, fingerprint, own body and projections.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/cards/*.vcf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cards: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			it := mustDecode(t, string(data))
			checkItem(t, it)
			compare(t, strings.TrimSuffix(file, ".vcf")+".golden", describe(t, it))
		})
	}
}

func describe(t *testing.T, it *Item) string {
	var b strings.Builder
	fmt.Fprintf(&b, "title %s\nfingerprint %s\nformat %s\n", it.Title(), it.Fingerprint(), it.Format())
	for _, f := range []Format{VCard21, VCard30, VCard40} {
		p, err := it.Project(f)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "---\n%s", strings.ReplaceAll(string(forgetful(p).Body().Data), "\r\n", "\n"))
	}
	return b.String()
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s:\ngot\n%s\nwant\n%s", golden, got, want)
	}
}

// TestRecordedPairs wants one contact, recorded in several dialects and foldings, to be one item.
func TestRecordedPairs(t *testing.T) {
	for _, pair := range [][2]string{{"recorded-30-full", "recorded-30-folded"}, {"recorded-30-full", "recorded-21-server"}} {
		var items [2]*Item
		for i, name := range pair {
			data, err := os.ReadFile(filepath.Join("testdata", "cards", name+".vcf"))
			if err != nil {
				t.Fatal(err)
			}
			items[i] = mustDecode(t, string(data))
		}
		if items[0].Fingerprint() != items[1].Fingerprint() {
			t.Errorf("%v are not the same item", pair)
		}
	}
}
