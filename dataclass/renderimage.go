package dataclass

import (
	"slices"
	"strings"
	"unicode"
)

// maxImages bounds how many values of one property are compared with each other to find out which
// are images.
const maxImages = 200

// minImage is how many letters a cut value must have left to be recognised by them.
const minImage = 3

// images pairs elements of one property of which one may be what a side made of the other: without
// accents, in upper case, without punctuation, cut. What is equal but for that comes first, then
// what begins alike and has the same types, then what begins alike.
func (m *matcher) images() {
	if !slices.Contains(m.out, -1) || !slices.Contains(m.taken, false) {
		return
	}
	free := make(map[string][]*image)
	for j, e := range m.b {
		if slot := e.slot(); !m.taken[j] && len(free[slot]) < maxImages && hasImage(e) {
			free[slot] = append(free[slot], newImage(e, j))
		}
	}
	tried := make(map[string]int)
	for _, alike := range []func(a, b *image) bool{sameImage, sameTypesImage, beginsAlike} {
		for i, e := range m.a {
			list := free[e.slot()]
			if m.out[i] >= 0 || len(list) == 0 || !hasImage(e) {
				continue
			}
			if tried[e.slot()]++; tried[e.slot()] > 3*maxImages {
				continue
			}
			m.pairImage(newImage(e, i), list, alike)
		}
	}
}

func (m *matcher) pairImage(a *image, list []*image, alike func(a, b *image) bool) {
	for _, b := range list {
		if !m.taken[b.at] && alike(a, b) {
			m.out[a.at], m.taken[b.at] = b.at, true
			return
		}
	}
}

// An image is what is left of a value in the poorest rendition.
type image struct {
	at    int
	e     *element
	parts []string
}

func newImage(e *element, at int) *image {
	parts := strings.Split(e.parts[0].val, "\x1F")
	for i, p := range parts {
		parts[i] = plainImage(p)
	}
	return &image{at: at, e: e, parts: parts}
}

// plainImage gives the letters and digits of s in ASCII and upper case.
func plainImage(s string) string {
	return strings.Map(func(r rune) rune {
		if isWord(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, asciiCharset.fold(s))
}

// hasImage reports whether there are images of such values: dates, rules and data are not cut.
func hasImage(e *element) bool {
	switch e.trait.kind {
	case kindText, kindTexts, kindParts, kindList, kindPhone, kindURI, kindUnknown:
		return e.prop.Comp == nil && !e.prop.Base64 && e.key != junkKey
	}
	return false
}

func sameImage(a, b *image) bool { return slices.Equal(a.parts, b.parts) && beginsAlike(a, b) }

func sameTypesImage(a, b *image) bool { return a.e.bucket == b.e.bucket && beginsAlike(a, b) }

// beginsAlike reports whether each part of one begins with that of the other, or has only one of
// the two. At least one part must be there twice, and more of it than one word could share with
// another by chance.
func beginsAlike(a, b *image) bool {
	common := false
	for i := range min(len(a.parts), len(b.parts)) {
		x, y := a.parts[i], b.parts[i]
		if !strings.HasPrefix(x, y) && !strings.HasPrefix(y, x) {
			return false
		}
		common = common || (x != "" && x == y) || min(len(x), len(y)) >= minImage
	}
	return common
}
