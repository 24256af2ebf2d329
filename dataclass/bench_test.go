package dataclass

import (
	"os"
	"testing"
)

func benchCard(b *testing.B, name string) Body {
	b.Helper()
	data, err := os.ReadFile("testdata/cards/" + name + ".vcf")
	if err != nil {
		b.Fatal(err)
	}
	return Body{Data: data}
}

func BenchmarkDecodeFingerprint(b *testing.B) {
	for _, name := range []string{"recorded-30-kanji", "recorded-30-folded", "recorded-21-server"} {
		b.Run(name, func(b *testing.B) {
			body := benchCard(b, name)
			b.ReportAllocs()
			for b.Loop() {
				it, err := Decode(Contacts, body)
				if err != nil {
					b.Fatal(err)
				}
				it.Fingerprint()
			}
		})
	}
}

func BenchmarkBody(b *testing.B) {
	it := mustDecode(b, string(benchCard(b, "recorded-30-full").Data))
	b.ReportAllocs()
	for b.Loop() {
		it.Body()
	}
}

func BenchmarkProject(b *testing.B) {
	it := mustDecode(b, string(benchCard(b, "recorded-30-full").Data))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := it.Project(VCard21); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMerge3(b *testing.B) {
	base := mustDecode(b, string(benchCard(b, "recorded-30-full").Data))
	now := base.Clone()
	c, err := AsContact(now)
	if err != nil {
		b.Fatal(err)
	}
	c.SetNote("changed")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Merge3(base, Version{Shadow: base, Now: now}, Version{Shadow: base}, First); err != nil {
			b.Fatal(err)
		}
	}
}
