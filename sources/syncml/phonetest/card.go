package phonetest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errCard means that a card cannot be read as strictly as a phone reads it.
var errCard = errors.New("bad card")

// A prop is one line of a card.
type prop struct {
	name   string
	params []string // as "TYPE=HOME" or "HOME", in capitals
	value  string   // decoded from its transfer encoding, not unescaped
	raw    string   // the line as it was, unfolded
}

// ParseCard reads a vCard 2.1 or 3.0. Lines must end in CR LF: many phones refuse others.
func ParseCard(data string) (Contact, error) {
	lines, err := unfold(data)
	if err != nil {
		return Contact{}, err
	}
	if len(lines) < 3 || !strings.EqualFold(lines[0].raw, "BEGIN:VCARD") || !strings.EqualFold(lines[len(lines)-1].raw, "END:VCARD") {
		return Contact{}, fmt.Errorf("%w: no BEGIN or no END in %q", errCard, data)
	}
	var c Contact
	old := slices.ContainsFunc(lines, func(p prop) bool { return p.raw == "VERSION:2.1" })
	for _, p := range lines[1 : len(lines)-1] {
		c.take(p, old)
	}
	return c, nil
}

// unfold splits a card into its logical lines.
func unfold(data string) ([]prop, error) {
	if strings.Contains(strings.ReplaceAll(data, "\r\n", ""), "\n") || !strings.HasSuffix(data, "\r\n") {
		return nil, fmt.Errorf("%w: lines do not end in CR LF: %q", errCard, data)
	}
	var all []string
	var soft, block bool
	for _, l := range strings.Split(strings.TrimSuffix(data, "\r\n"), "\r\n") {
		last := len(all) - 1
		switch {
		case soft:
			all[last] = strings.TrimSuffix(all[last], "=") + l
		case l == "":
			block = false
			continue
		case last >= 0 && (l[0] == ' ' || l[0] == '\t'):
			if all[last] += l[1:]; !block && strings.Contains(strings.ToUpper(data[:40]), "VERSION:2.1") {
				all[last] = all[last][:len(all[last])-len(l)+1] + l // 2.1 keeps the space
			}
		default:
			all = append(all, l)
			block = isBlock(l)
		}
		head, _, _ := strings.Cut(all[len(all)-1], ":")
		soft = strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE") && strings.HasSuffix(all[len(all)-1], "=")
	}
	var out []prop
	for _, l := range all {
		p, err := split(l)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func isBlock(line string) bool {
	head, _, _ := strings.Cut(strings.ToUpper(line), ":")
	return strings.Contains(head, "ENCODING=BASE64") || strings.Contains(head, "ENCODING=B")
}

// split reads one logical line.
func split(line string) (prop, error) {
	head, value, ok := strings.Cut(line, ":")
	if !ok {
		return prop{}, fmt.Errorf("%w: no property: %q", errCard, line)
	}
	parts := strings.Split(strings.ToUpper(head), ";")
	p := prop{name: parts[0], params: parts[1:], value: value, raw: line}
	if i := strings.LastIndexByte(p.name, '.'); i >= 0 {
		p.name = p.name[i+1:]
	}
	if p.has("QUOTED-PRINTABLE") {
		p.value = unquote(value)
	}
	if p.has("ISO-8859-1") {
		p.value = fromLatin1(p.value)
	}
	if !utf8.ValidString(p.value) {
		return prop{}, fmt.Errorf("%w: not in the charset it says: %q", errCard, line)
	}
	return p, nil
}

// has finds a parameter by one of its values.
func (p prop) has(value string) bool {
	for _, param := range p.params {
		_, v, ok := strings.Cut(param, "=")
		if !ok {
			v = param
		}
		if slices.Contains(strings.Split(v, ","), value) {
			return true
		}
	}
	return false
}

func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func fromLatin1(s string) string {
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, rune(s[i]))
	}
	return string(out)
}

// take puts a line where it belongs.
func (c *Contact) take(p prop, old bool) {
	text := unescape(p.value, old)
	switch p.name {
	case "VERSION", "FN", "REV":
	case "N":
		parts := structured(p.value, old)
		c.Family = parts[0]
		if len(parts) > 1 {
			c.Given = parts[1]
		}
	case Tel:
		c.Values = append(c.Values, Value{Tel, p.place(), text})
	case Email, Note, Title, Org:
		c.Values = append(c.Values, Value{p.name, "", text})
	case Photo:
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(p.value, " ", ""))
		if err == nil {
			text = string(raw)
		}
		c.Values = append(c.Values, Value{Photo, "", text})
	default:
		c.Rest = append(c.Rest, p.raw)
	}
}

// place is which number a number is.
func (p prop) place() string {
	for _, place := range []string{"CELL", "HOME", "WORK"} {
		if p.has(place) {
			return place
		}
	}
	return ""
}

// unescape takes the backslashes off; vCard 2.1 has one before a semicolon only.
func unescape(s string, old bool) string {
	if old {
		return strings.ReplaceAll(strings.ReplaceAll(s, `\;`, ";"), "\r\n", "\n")
	}
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n").Replace(s)
}

// structured splits a value at its semicolons.
func structured(s string, old bool) []string {
	var all []string
	part := ""
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			part += s[i : i+2]
			i++
		case s[i] == ';':
			all, part = append(all, unescape(part, old)), ""
		default:
			part += s[i : i+1]
		}
	}
	return append(all, unescape(part, old))
}

// Print writes the contact as the model does.
func (m *Model) Print(c Contact) string {
	if m.VCard30 {
		return c.Card30()
	}
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:2.1\r\n")
	m.line(&b, "N", escape21(c.Family)+";"+escape21(c.Given)+";;;")
	for _, v := range c.Values {
		switch {
		case v.Kind == Photo:
			b.WriteString("PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n" + block(v.Text) + "\r\n")
		case v.Type != "":
			m.line(&b, v.Kind+";"+v.Type, escape21(v.Text))
		case v.Kind == Email:
			m.line(&b, "EMAIL;INTERNET", v.Text)
		default:
			m.line(&b, v.Kind, escape21(v.Text))
		}
	}
	b.WriteString("END:VCARD\r\n")
	return b.String()
}

// line writes a line of vCard 2.1, quoted if it must be.
func (m *Model) line(b *strings.Builder, head, value string) {
	if ascii(value) == value && !strings.ContainsAny(value, "\n=") {
		b.WriteString(head + ":" + value + "\r\n")
		return
	}
	charset := "UTF-8"
	if m.Latin1 {
		charset, value = "ISO-8859-1", toLatin1(value)
	}
	b.WriteString(head + ";CHARSET=" + charset + ";ENCODING=QUOTED-PRINTABLE:" + quote(value) + "\r\n")
}

func toLatin1(s string) string {
	var out []byte
	for _, r := range s {
		if r > 255 {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return string(out)
}

// quote writes quoted-printable with soft breaks.
func quote(s string) string {
	var b strings.Builder
	for i, col := 0, 0; i < len(s); i++ {
		piece := s[i : i+1]
		switch {
		case s[i] == '\n':
			piece = "=0D=0A"
		case s[i] < 32 || s[i] > 126 || s[i] == '=':
			piece = fmt.Sprintf("=%02X", s[i])
		}
		if col += len(piece); col > 60 {
			b.WriteString("=\r\n")
			col = len(piece)
		}
		b.WriteString(piece)
	}
	return b.String()
}

func escape21(s string) string { return strings.ReplaceAll(s, ";", `\;`) }

// block writes bytes in base64, folded, with the empty line after it that vCard 2.1 wants.
func block(raw string) string {
	var b strings.Builder
	for s := base64.StdEncoding.EncodeToString([]byte(raw)); s != ""; {
		n := min(len(s), 72)
		b.WriteString(" " + s[:n] + "\r\n")
		s = s[n:]
	}
	return b.String()
}

var escape30 = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// Card30 writes the contact in vCard 3.0, with the lines that its user does not see.
func (c Contact) Card30() string {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:3.0\r\nN:" + escape30.Replace(c.Family) + ";" + escape30.Replace(c.Given) + ";;;\r\n")
	b.WriteString("FN:" + escape30.Replace(strings.TrimSpace(c.Given+" "+c.Family)) + "\r\n")
	for _, v := range c.Values {
		head, text := v.Kind, escape30.Replace(v.Text)
		switch {
		case v.Kind == Photo:
			head, text = "PHOTO;ENCODING=b;TYPE=JPEG", base64.StdEncoding.EncodeToString([]byte(v.Text))
		case v.Kind == Email:
			head, text = "EMAIL;TYPE=INTERNET", v.Text
		case v.Kind == Org:
			text = strings.ReplaceAll(text, `\;`, ";")
		case v.Type != "":
			head += ";TYPE=" + v.Type
		}
		b.WriteString(head + ":" + text + "\r\n")
	}
	for _, l := range c.Rest {
		b.WriteString(l + "\r\n")
	}
	b.WriteString("END:VCARD\r\n")
	return b.String()
}
