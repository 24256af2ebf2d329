package dataclass

import (
	"io"
	"mime/quotedprintable"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// customParam is what stands in front of the equals sign of the type that some phones make of a label
// that somebody gave a number: X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,...).
const customParam = "X-CUSTOM(CHARSET"

// customLabel gives that label. One with marks that would need escapes in some dialect is none.
func customLabel(p *contentline.Property) (string, bool) {
	if len(p.Params) == 0 || p.Junk || !(p.Is("TEL") || p.Is("EMAIL")) {
		return "", false
	}
	v, ok := p.Param(customParam)
	if !ok {
		return "", false
	}
	f := strings.SplitN(strings.TrimSuffix(v, ")"), ",", 3)
	if len(f) < 3 || !strings.HasSuffix(v, ")") || !strings.EqualFold(f[0], "UTF-8") || !strings.EqualFold(f[1], "ENCODING=QUOTED-PRINTABLE") {
		return "", false
	}
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(f[2])))
	text := strings.TrimSpace(string(raw))
	special := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`\,;:"`, r) }
	if err != nil || text == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, special) {
		return "", false
	}
	return text, true
}

// labelProperty gives such a label as the property that other dialects have for it, or nil.
func labelProperty(p *contentline.Property) *contentline.Property {
	if text, ok := customLabel(p); ok {
		return &contentline.Property{Name: "X-ABLabel", Value: text}
	}
	return nil
}

// splitLabel makes the property of the label of the last one.
func (r *reading) splitLabel(dst []contentline.Property, to dialect) []contentline.Property {
	last := &dst[len(dst)-1]
	label := labelProperty(last)
	if label == nil || to == card21 || last.Group != "" {
		return dst
	}
	last.Params = withoutParam(last.Params, customParam)
	last.Group = r.freshGroup()
	label.Group = last.Group
	return append(dst, *label)
}

// freshGroup gives the name of a group that is not in use.
func (r *reading) freshGroup() string {
	if r.used == nil {
		r.used = make(map[string]bool)
		for i := range r.root.Props {
			r.used[upper(r.root.Props[i].Group)] = true
		}
	}
	for n := len(r.used); ; n++ {
		if g := "item" + strconv.Itoa(n); !r.used[upper(g)] {
			r.used[upper(g)] = true
			return g
		}
	}
}
