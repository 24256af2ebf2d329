package dataclass

import (
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// Project gives the same item in another dialect, with the same fingerprint as far as that dialect
// can say everything (docs/formats.md); properties that nobody understands go along. In its own
// dialect that is a copy, whose lines are written anew if it is a dialect of phones. A format that
// cannot be written, or that is not for items of this sort, is [ErrUnsupported].
func (it *Item) Project(f Format) (*Item, error) {
	to, ok := f.dialect()
	if ok && !it.d.isCard() {
		return it.projectCalendar(to, lowering{})
	}
	if !ok || !to.isCard() {
		return nil, fmt.Errorf("%w: %s from %s", ErrUnsupported, f, it.d.format())
	}
	if to == it.d {
		return it.reprinted(), nil
	}
	root := projectComponent(it.root, it.d, to)
	return &Item{class: it.class, d: to, root: root}, nil
}

// reprinted gives a copy for another side. A dialect of phones is printed anew, because one phone's
// character sets and line breaks are not every phone's; others keep every line as it was read.
func (it *Item) reprinted() *Item {
	if it.d.versit() {
		return &Item{class: it.class, d: it.d, root: it.root.Canonical()}
	}
	return it.Clone()
}

// projectComponent gives a card in the other dialect.
func projectComponent(c *contentline.Component, from, to dialect) *contentline.Component {
	if strings.EqualFold(c.Name, "VCARD") {
		return projectCard(c, from, to)
	}
	out := &contentline.Component{Name: c.Name, Props: make([]contentline.Property, len(c.Props))}
	for i, p := range c.Props {
		out.Props[i] = projectProperty(p, from, to)
	}
	return out
}

// projectProperty gives a property with the escapes, encodings and parameters of another dialect; in
// its own it is returned as it is.
func projectProperty(p contentline.Property, from, to dialect) contentline.Property {
	if from == to || p.Junk {
		return p
	}
	name := upper(p.Name)
	k := from.trait(name).kind
	if k == kindAgent {
		p = projectAgent(p, from, to)
	} else if p.Comp != nil {
		p.Comp = projectComponent(p.Comp, from, to)
	}
	if !p.Base64 && k != kindAgent && from.lines() != to.lines() {
		how := k
		if isPhonetic(&p) {
			how = kindParts
		}
		p.Value = projectValue(p.Value, how, from, to)
	}
	if to.versit() {
		p.Params = versitParams(&p, name, k)
	} else {
		p.Params = mimeParams(&p, k)
	}
	return p
}

// isPhonetic reports whether a SOUND is no sound, but how the name is spoken.
func isPhonetic(p *contentline.Property) bool { return p.Is("SOUND") && hasType(p.Params, "X-IRMC-N") }

// textSeps are the separators that a text has to escape.
func textSeps(d dialect) string {
	if !d.versit() {
		return ",;"
	}
	return ""
}

// projectValue rewrites the escapes of a value.
func projectValue(v string, k kind, from, to dialect) string {
	switch k {
	case kindUnknown:
		return projectUnknown(v, from, to)
	case kindURI, kindMedia, kindIM, kindGeo:
		return to.escape(from.unescape(v), "")
	case kindRelation:
		text := from.unescape(v)
		if looksURI(text) {
			return to.escape(text, "")
		}
		return to.escape(text, textSeps(to))
	case kindTexts:
		return rejoin(v, ",", ",", ","+strings.TrimSuffix(textSeps(to), ","), from, to)
	case kindParts, kindGender:
		return rejoin(v, ";", ";", ";"+strings.TrimSuffix(textSeps(to), ";"), from, to)
	case kindList:
		return projectList(v, from, to)
	}
	return to.escape(from.unescape(v), textSeps(to))
}

// projectList rewrites a list. A category that only looks as if a phone had put an X- in front of it
// gets one.
func projectList(v string, from, to dialect) string {
	parts := contentline.Split(v, listSeps(from))
	for i, p := range parts {
		p = category(strings.TrimSpace(from.unescape(p)), from)
		if category(p, to) != p {
			p = "X-" + p
		}
		parts[i] = to.escape(p, ",;")
	}
	return strings.Join(parts, ",")
}

// rejoin splits a value at seps and joins the parts with sep, escaping esc inside them.
func rejoin(v, seps, sep, esc string, from, to dialect) string {
	parts := contentline.Split(v, seps)
	for i, p := range parts {
		parts[i] = to.escape(from.unescape(p), esc)
	}
	return strings.Join(parts, sep)
}

// projectUnknown changes nothing but newlines and backslashes that escape nothing.
func projectUnknown(v string, from, to dialect) string {
	v = generic(from, v)
	if !to.versit() || !strings.Contains(v, `\n`) {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] != '\\':
			b.WriteByte(v[i])
			continue
		case v[i+1] == 'n':
			b.WriteByte('\n')
		default:
			b.WriteString(v[i : i+2])
		}
		i++
	}
	return b.String()
}

// versitParams gives the parameters as vCard 2.1 writes them: types bare and in upper case, the
// type of a picture by name.
func versitParams(p *contentline.Property, name string, k kind) []contentline.Param {
	var out []contentline.Param
	for _, q := range p.Params {
		n, q := named(q, k)
		switch {
		case n == "TYPE":
			for _, v := range typeWords(q) {
				out = append(out, versitType(v, k))
			}
		case n == "VALUE":
			if v := valueWord(q.Value, k, "URL"); v != "" {
				out = append(out, contentline.Param{Name: "VALUE", Value: v})
			}
		default:
			out = append(out, q)
		}
	}
	if name == "EMAIL" {
		return withInternet(out)
	}
	return out
}

// withInternet says what sort of address an EMAIL is, as some phones demand.
func withInternet(params []contentline.Param) []contentline.Param {
	if hasType(params, "INTERNET", "X400", "X.400") {
		return params
	}
	return append(params, contentline.Param{Value: "INTERNET"})
}

func versitType(v string, k kind) contentline.Param {
	switch {
	case k == kindMedia && !strings.EqualFold(v, "X-IRMC-N"):
		return contentline.Param{Name: "TYPE", Value: quoteParam(mediaWord(v))}
	case !plainWord(v):
		return contentline.Param{Name: "TYPE", Value: quoteParam(v)}
	}
	return contentline.Param{Value: upper(v)}
}

// plainWord reports whether v can stand bare without being taken for something else.
func plainWord(v string) bool {
	for i := 0; i < len(v); i++ {
		if c := v[i]; (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	switch upper(v) {
	case "", "QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT":
		return false
	}
	return true
}

// quoteParam puts quotes and carets (RFC 6868) where a value needs them.
func quoteParam(v string) string { return contentline.EncodeParam(v) }

// hasType reports whether one of the words is among the types.
func hasType(params []contentline.Param, words ...string) bool {
	for _, q := range params {
		if q.Name != "" && !strings.EqualFold(q.Name, "TYPE") {
			continue
		}
		for _, t := range typeWords(q) {
			for _, w := range words {
				if strings.EqualFold(t, w) {
					return true
				}
			}
		}
	}
	return false
}

// valueWord gives the VALUE parameter with the dialect's word for an address, or nothing where
// VALUE says what is true anyway.
func valueWord(v string, k kind, uri string) string {
	v = strings.Trim(v, `"`)
	switch w := upper(v); {
	case (w == "URI" || w == "URL") && k == kindURI:
		return ""
	case w == "URI" || w == "URL":
		return uri
	case isContentID(w):
		return v
	case valueParam(w, k) == "":
		return ""
	}
	return v
}

// mimeParams gives the parameters as vCard 3.0 writes them: all types in one TYPE.
func mimeParams(p *contentline.Property, k kind) []contentline.Param {
	var out []contentline.Param
	at := -1
	for _, q := range p.Params {
		n, q := named(q, k)
		switch {
		case n == "TYPE":
			for _, v := range typeWords(q) {
				if k == kindMedia {
					v = mediaWord(v)
				}
				if v = quoteParam(v); at >= 0 {
					out[at].Value += "," + v
					continue
				}
				at = len(out)
				out = append(out, contentline.Param{Name: "TYPE", Value: v})
			}
		case n == "VALUE":
			if v := valueWord(q.Value, k, "uri"); v != "" {
				out = append(out, contentline.Param{Name: "VALUE", Value: v})
			}
		default:
			out = append(out, q)
		}
	}
	return out
}
