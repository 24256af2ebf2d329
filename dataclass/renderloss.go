package dataclass

import (
	"strings"
	"unicode"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

var asciiCharset = &charset{below: 0x80}

// lose does to a component what the side was learned to do.
func (l *limiter) lose(c *contentline.Component) {
	losses := make(map[string][]*Loss)
	for i := range l.c.Losses {
		name := upper(l.c.Losses[i].Name)
		losses[name] = append(losses[name], &l.c.Losses[i])
	}
	place := make(map[string]int)
	var gone []int
	for i := range c.Props {
		p := &c.Props[i]
		name := l.name(p)
		list := losses[name]
		if len(list) == 0 || saysNothing(p) {
			continue
		}
		place[name]++
		for _, loss := range list {
			if loss.Dropped && loss.Component == 0 && place[name] >= loss.Position && !l.mandatory(name) {
				gone = append(gone, i)
				break
			}
			if loss.Position == 0 || loss.Position == place[name] {
				l.altered(p, loss)
			}
		}
	}
	l.leaveOut(c, gone)
}

// altered does to one value what comes back of it. Only texts and what looks like text is
// altered; a value of which nothing would be left stays.
func (l *limiter) altered(p *contentline.Property, loss *Loss) {
	name := upper(p.Name)
	k := textKind(p, l.d)
	switch k {
	case kindText, kindTexts, kindParts, kindList, kindPhone, kindUnknown, kindURI:
	default:
		return
	}
	if p.Junk || p.Base64 || p.Comp != nil {
		return
	}
	parts, sep := partsOf(p, l.d)
	for i, part := range parts {
		if loss.Component > 0 {
			if k == kindParts && loss.Dropped && i+1 == loss.Component {
				parts[i] = ""
			}
			continue
		}
		text := readPart(part, k, l.d)
		if out := loss.apply(text, name); out != text {
			parts[i] = writePart(out, k, l.d)
		}
	}
	q := *p
	if q.Value = strings.Join(parts, sep); q.Value != p.Value && !saysNothing(&q) {
		*p, l.changed = q, true
	}
}

func (loss *Loss) apply(s, name string) string {
	if loss.ASCII {
		s = asciiCharset.fold(s)
	}
	if loss.Upper {
		s = strings.Map(unicode.ToUpper, s)
	}
	if loss.Lower {
		s = strings.Map(unicode.ToLower, s)
	}
	if loss.Title {
		s = titled(s)
	}
	if loss.Digits && name == "TEL" {
		s = strings.Map(dialKey, s)
	}
	if loss.Length > 0 {
		m := measure{limit: loss.Length}
		if loss.Octets {
			m.octets = utf8Charset
		}
		s = m.cut(s)
	}
	return s
}

// dialKey keeps what a phone dials: digits, the plus, star, hash, and pauses.
func dialKey(r rune) rune {
	if (r >= '0' && r <= '9') || strings.ContainsRune("+*#pPwW", r) {
		return r
	}
	return -1
}
