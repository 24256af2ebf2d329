package pagetest

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
	"testing"
)

// small makes a picture small: of the colours the 64 most used stay, and any other becomes the nearest of them.
func small(t *testing.T, data []byte) []byte {
	t.Helper()
	src, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	area := src.Bounds()
	uses := map[color.Color]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			uses[src.At(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(uses), func(a, b color.Color) int {
		r, g, _, _ := a.RGBA()
		s, h, _, _ := b.RGBA()
		return cmp.Or(uses[b]-uses[a], cmp.Compare(r, s), cmp.Compare(g, h))
	})
	palette := color.Palette(most[:min(len(most), 64)])
	index := make(map[color.Color]uint8, len(uses))
	for c := range uses {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(area, palette)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			out.SetColorIndex(x, y, index[src.At(x, y)])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
