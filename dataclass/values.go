package dataclass

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// appendValue appends the normalised value of p: equal for values that mean the same, in
// whatever dialect, and empty for a value that says nothing.
func appendValue(dst []byte, p *contentline.Property, d dialect, k kind) []byte {
	if p.Junk {
		return appendText(dst, p.Value)
	}
	if p.Base64 {
		return appendBytes(dst, p.Value)
	}
	switch k {
	case kindParts:
		return appendParts(dst, p.Value, d)
	case kindDate:
		return appendDate(dst, p, d)
	case kindTexts:
		return appendTexts(dst, p.Value, d)
	case kindPhone:
		return appendText(dst, phoneText(d.unescape(p.Value)))
	case kindIM:
		return appendAddress(dst, d.unescape(p.Value))
	case kindGeo:
		return appendText(dst, geoText(d.unescape(p.Value)))
	case kindZone:
		return appendText(dst, zoneText(d.unescape(p.Value)))
	case kindBeing:
		return appendBeing(dst, d.unescape(p.Value))
	case kindGender:
		return appendParts(dst, p.Value, d)
	case kindMedia:
		if data, ok := dataURI(p.Value); ok {
			return appendBytes(dst, data)
		}
		if id, ok := contentID(p, d); ok {
			return appendText(append(dst, "cid:"...), id)
		}
		return appendText(dst, d.unescape(p.Value))
	case kindAgent:
		return appendAgent(dst, p, d)
	case kindUnknown:
		return appendText(dst, generic(d, p.Value))
	}
	return appendText(dst, d.unescape(p.Value))
}

// appendText appends s without blanks around it, in Unicode normal form C.
func appendText(dst []byte, s string) []byte {
	if s = strings.TrimSpace(s); norm.NFC.QuickSpanString(s) == len(s) {
		return append(dst, s...)
	}
	return norm.NFC.AppendString(dst, s)
}

// appendParts appends the components of a structured value, without empty ones at the end.
func appendParts(dst []byte, s string, d dialect) []byte {
	start, full := len(dst), len(dst)
	for {
		part, rest, more := cutPart(s)
		before := len(dst)
		if dst = appendText(dst, d.unescape(part)); len(dst) > before {
			full = len(dst)
		}
		if !more {
			break
		}
		dst, s = append(dst, 0x1F), rest
	}
	return dst[:max(start, full)]
}

// cutPart cuts s at the first semicolon that is not escaped.
func cutPart(s string) (part, rest string, more bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ';':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// appendBytes appends a digest of the bytes that the base64 text stands for. Text that is no
// base64 is digested as it is; an empty text gives nothing.
func appendBytes(dst []byte, text string) []byte {
	text = strings.TrimRight(text, "=")
	if text == "" {
		return dst
	}
	h := sha256.New()
	var in, out [1024]byte
	for rest := text; rest != ""; {
		n := copy(in[:], rest)
		rest = rest[n:]
		m, err := base64.RawStdEncoding.Decode(out[:], in[:n])
		if err != nil {
			sum := sha256.Sum256([]byte(text))
			return append(append(dst, "\x00t"...), sum[:16]...)
		}
		h.Write(out[:m])
	}
	var sum [sha256.Size]byte
	return append(append(dst, "\x00b"...), h.Sum(sum[:0])[:16]...)
}

// dataURI gives the base64 text of a data: URI (RFC 2397).
func dataURI(s string) (string, bool) {
	if len(s) < 5 || !strings.EqualFold(s[:5], "data:") {
		return "", false
	}
	head, data, ok := strings.Cut(s, ",")
	if ok {
		head = strings.TrimSuffix(head, `\`)
	}
	data = strings.Trim(data, " \t")
	ok = ok && !strings.ContainsFunc(data, notBase64) // text otherwise, in the escapes of its dialect
	return data, ok && strings.HasSuffix(strings.ToLower(head), ";base64")
}

func notBase64(c rune) bool {
	return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '/' || c > '9') && c != '+' && c != '='
}

// rawCategories gives the texts of a list, in order, without blanks and empty ones.
func rawCategories(p *contentline.Property, d dialect) []string {
	var out []string
	for _, c := range contentline.Split(p.Value, listSeps(d)) {
		if t := category(strings.TrimSpace(d.unescape(c)), d); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// category takes the X- off that phones put in front of a category in vCard 2.1.
func category(s string, d dialect) string {
	if d == card21 && len(s) > 2 && (s[0] == 'X' || s[0] == 'x') && s[1] == '-' {
		return strings.TrimSpace(s[2:])
	}
	return s
}

// listSeps are the separators of a list; vCard 2.1 never settled on one.
func listSeps(d dialect) string {
	if d.versit() {
		return ",;"
	}
	return ","
}

// generic gives a value that nobody understands in the spelling of MIMEDir, so that it can be
// compared: newlines as \n, a backslash that escapes nothing doubled, all else as it is.
func generic(d dialect, s string) string {
	if !strings.ContainsAny(s, "\\\n") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\n':
			b.WriteString(`\n`)
		case s[i] != '\\':
			b.WriteByte(s[i])
		case i+1 < len(s) && strings.IndexByte(`\,;:`, s[i+1]) >= 0:
			b.WriteString(s[i : i+2])
			i++
		case i+1 < len(s) && !d.versit() && (s[i+1] == 'n' || s[i+1] == 'N'):
			b.WriteString(`\n`)
			i++
		default:
			b.WriteString(`\\`)
		}
	}
	return b.String()
}

// base64Text turns a text property that came as base64 into text. What does not decode stays.
func base64Text(p *contentline.Property, d dialect) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(p.Value, "="))
	if err != nil {
		return
	}
	charset, _ := p.Param("CHARSET")
	text := contentline.Text(raw, charset)
	if !d.versit() {
		text = strings.ReplaceAll(text, "\n", `\n`)
	}
	var params []contentline.Param
	for _, q := range p.Params {
		if !strings.EqualFold(q.Name, "CHARSET") {
			params = append(params, q)
		}
	}
	p.Value, p.Base64, p.Params = text, false, params
}
