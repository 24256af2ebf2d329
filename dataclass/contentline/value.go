package contentline

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// property reads one logical line.
func (p *parser) property(prop *Property) error {
	line := p.next()
	if line != "" && isBlank(line[0]) {
		line, p.loose = strings.TrimLeft(line, " \t"), true
	}
	h, err := p.cut(line)
	if err != nil {
		return err
	}
	if h.colon < 0 {
		p.loose = true
		prop.Value, prop.Junk = toUTF8(strings.TrimRight(h.line, " \t"), ""), true
		return p.checkLen(h.line)
	}
	enc, charset, err := p.head(h, prop)
	if err != nil {
		return err
	}
	return p.value(prop, h.line[h.colon+1:], enc, charset)
}

func (p *parser) checkLen(s string) error {
	if len(s) > p.lim.Line {
		return p.fail(ErrLimit, "line too long")
	}
	return nil
}

// join appends the next physical line to a logical line.
func (p *parser) join(b []byte) ([]byte, error) {
	next := p.next()
	split := splitsRune(b, next[1:])
	if p.dialect == MIMEDir || split {
		next = next[1:]
	}
	p.loose = p.loose || split // printed again, the line would not be UTF-8
	if b = append(b, next...); len(b) > p.lim.Line {
		return b, p.fail(ErrLimit, "line too long")
	}
	return b, nil
}

// unfold joins line with the indented lines that follow.
func (p *parser) unfold(line string) (string, error) {
	if !p.indented() {
		return line, p.checkLen(line)
	}
	b := append(make([]byte, 0, 2*len(line)+80), line...)
	for p.indented() {
		var err error
		if b, err = p.join(b); err != nil {
			return "", err
		}
	}
	return string(b), nil
}

// splitsRune reports whether a fold fell between the octets of one character.
func splitsRune(before []byte, after string) bool {
	return len(before) > 0 && len(after) > 0 && before[len(before)-1] >= 0x80 && after[0]&0xC0 == 0x80
}

// value reads the value that begins with first, in the way its encoding demands.
func (p *parser) value(prop *Property, first, enc, charset string) error {
	var err error
	p.quoted = enc == encQP
	switch enc {
	case encBase64:
		prop.Base64 = true
		if charset != "" {
			prop.Params = append(prop.Params[:len(prop.Params):len(prop.Params)], Param{"CHARSET", charset})
		}
		prop.Value, err = p.base64(first)
		return err
	case encQP:
		if first, err = p.quotedPrintable(first); err != nil {
			return err
		}
		p.checkRaw(first, charset)
		prop.Value = p.inDialect(toUTF8(unquotedPrintable(first), unquote(charset)))
		return nil
	}
	if first, err = p.unfold(first); err != nil {
		return err
	}
	if p.valid && charset == "" {
		prop.Value = first
		return nil
	}
	p.checkRaw(first, charset)
	prop.Value = p.inDialect(toUTF8(first, rawCharset(first, unquote(charset))))
	return nil
}

// inDialect gives the newlines that encodings and character sets hide the form they have in a tree.
func (p *parser) inDialect(v string) string {
	v = normalNewlines(v)
	if p.dialect == MIMEDir && strings.IndexByte(v, '\n') >= 0 {
		v = strings.ReplaceAll(v, "\n", `\n`)
	}
	return v
}

// checkRaw finds out whether the octets of a value, as unfolded, may be printed again: they must
// be UTF-8 and declared as such, or plain ASCII.
func (p *parser) checkRaw(s, charset string) {
	switch {
	case isASCII(s):
	case charset != "" && !strings.EqualFold(unquote(charset), "UTF-8"), !p.valid && !utf8.ValidString(s):
		p.loose = true
	}
}

// quotedPrintable joins soft line breaks. A soft break before an END line is a phone's mistake.
func (p *parser) quotedPrintable(first string) (string, error) {
	b := []byte(first)
	end := textEnd(b, 0)
	for p.more() {
		switch soft := end > 0 && b[end-1] == '='; {
		case soft && isEnd(p.peek()):
			p.loose = true
			return string(b[:end-1]), nil
		case soft:
			next := p.next()
			if splitsEncoded(b[:end-1], next) {
				next, p.loose = next[1:], true
			}
			b = append(b[:end-1], next...)
			end = textEnd(b, end-1)
		case p.indented():
			was := len(b)
			var err error
			if b, err = p.join(b); err != nil {
				return "", err
			}
			end = textEnd(b, was)
		default:
			return string(b), p.checkLen(first)
		}
		if len(b) > p.lim.Line {
			return "", p.fail(ErrLimit, "line too long")
		}
	}
	return string(b), p.checkLen(first)
}

// textEnd gives the end of b without the blanks behind it, looking no further back than from; it
// is 0 if there are only blanks. To look further back would take time for every line of blanks.
func textEnd(b []byte, from int) int {
	for i := len(b); i > from; i-- {
		if !isBlank(b[i-1]) {
			return i
		}
	}
	return 0
}

func isEnd(line string) bool {
	return len(line) >= 4 && strings.EqualFold(line[:4], "END:")
}

// base64 joins the indented lines and the unindented ones that can only be base64, up to a blank
// line. White space goes.
func (p *parser) base64(first string) (string, error) {
	v := strings.Trim(first, " \t")
	if err := p.checkLen(v); err != nil {
		return "", err
	}
	var b []byte
	for p.more() {
		if !p.indented() {
			padded := (b == nil && strings.HasSuffix(v, "=")) || bytes.HasSuffix(b, []byte("="))
			if padded || !p.moreBase64() {
				break
			}
			p.loose = p.loose || p.dialect == MIMEDir
		}
		if b == nil {
			b = append(make([]byte, 0, min(16*len(v), len(v)+4096)), v...)
		}
		if b = append(b, strings.Trim(p.next(), " \t")...); len(b) > p.lim.Line {
			return "", p.fail(ErrLimit, "line too long")
		}
	}
	if b != nil {
		v = string(b)
	}
	return p.dropSpace(v), nil
}

// moreBase64 reports whether the next line, which is not indented, can only be base64. It must
// not be folded: then it is the beginning of a name.
func (p *parser) moreBase64() bool {
	ahead := p.lines
	line := ahead.next()
	return pureBase64(line) && !ahead.indented()
}

func pureBase64(s string) bool {
	s = strings.TrimRight(s, " \t")
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '/' || c > '9') && c != '+' && c != '=' {
			return false
		}
	}
	return s != ""
}

// dropSpace removes blanks and makes the rest valid UTF-8.
func (p *parser) dropSpace(s string) string {
	if strings.ContainsAny(s, " \t") {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if !isBlank(s[i]) {
				b = append(b, s[i])
			}
		}
		s = string(b)
	}
	if p.valid {
		return s
	}
	out := toUTF8(s, "")
	p.loose = p.loose || out != s
	return out
}
