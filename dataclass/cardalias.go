package dataclass

import (
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An alias is another way to write a property that all dialects know under one name: X-SPOUSE is a
// RELATED of the type spouse.
type alias struct {
	name string // as it is written, in upper case
	key  string // the property it stands for
	typ  string // the type it implies
	sub  string // what it depends on: the label it needs, the entry of an X-ANDROID-CUSTOM, a type
	word string // the scheme of an IMPP
	only bool   // vCard 3.0 writes the key itself
	read bool   // nobody writes it any more
	keep bool   // the label says more than the type
}

// Names of properties whose meaning depends on more than the name.
const (
	abDate    = "X-ABDATE"
	abRelated = "X-ABRELATEDNAMES"
	android   = "X-ANDROID-CUSTOM"
	showAs    = "X-ABSHOWAS"
)

// labelled reports whether the label of the property is part of the alias.
func (a *alias) labelled() bool { return (a.name == abDate || a.name == abRelated) && !a.keep }

// aliasesOf lists what a name may stand for.
var aliasesOf = byName([]alias{
	{name: "X-ANNIVERSARY", key: "ANNIVERSARY"},
	{name: "X-EVOLUTION-ANNIVERSARY", key: "ANNIVERSARY", read: true},
	{name: "X-KADDRESSBOOK-X-ANNIVERSARY", key: "ANNIVERSARY", read: true},
	{name: "X-MS-ANNIVERSARY", key: "ANNIVERSARY", read: true},
	{name: abDate, key: "ANNIVERSARY", sub: "anniversary", read: true},
	{name: "X-SPOUSE", key: "RELATED", typ: "SPOUSE"},
	{name: "X-EVOLUTION-SPOUSE", key: "RELATED", typ: "SPOUSE", read: true},
	{name: "X-KADDRESSBOOK-X-SPOUSESNAME", key: "RELATED", typ: "SPOUSE", read: true},
	{name: "X-KADDRESSBOOK-X-SPOUSENAME", key: "RELATED", typ: "SPOUSE", read: true},
	{name: "X-MS-SPOUSE", key: "RELATED", typ: "SPOUSE", read: true},
	{name: "X-WM-SPOUSE", key: "RELATED", typ: "SPOUSE", read: true},
	{name: "X-LOTUS-SPOUSE", key: "RELATED", typ: "SPOUSE", read: true},
	{name: "X-CHILDREN", key: "RELATED", typ: "CHILD"},
	{name: "X-WM-CHILDREN", key: "RELATED", typ: "CHILD", read: true},
	{name: "X-LOTUS-CHILDREN", key: "RELATED", typ: "CHILD", read: true},
	{name: "X-MS-CHILD", key: "RELATED", typ: "CHILD", read: true},
	{name: "X-MANAGER", key: "RELATED", typ: "MANAGER"},
	{name: "X-EVOLUTION-MANAGER", key: "RELATED", typ: "MANAGER", read: true},
	{name: "X-KADDRESSBOOK-X-MANAGERSNAME", key: "RELATED", typ: "MANAGER", read: true},
	{name: "X-MS-MANAGER", key: "RELATED", typ: "MANAGER", read: true},
	{name: "X-ASSISTANT", key: "RELATED", typ: "ASSISTANT"},
	{name: "X-EVOLUTION-ASSISTANT", key: "RELATED", typ: "ASSISTANT", read: true},
	{name: "X-KADDRESSBOOK-X-ASSISTANTSNAME", key: "RELATED", typ: "ASSISTANT", read: true},
	{name: "X-MS-ASSISTANT", key: "RELATED", typ: "ASSISTANT", read: true},
	{name: "AGENT", key: "RELATED", typ: "AGENT"},
	{name: abRelated, key: "RELATED", typ: "SPOUSE", sub: "spouse", read: true},
	{name: abRelated, key: "RELATED", typ: "MANAGER", sub: "manager", read: true},
	{name: abRelated, key: "RELATED", typ: "ASSISTANT", sub: "assistant", read: true},
	{name: abRelated, key: "RELATED", typ: "CHILD", sub: "child", read: true},
	{name: abRelated, key: "RELATED", typ: "PARENT", sub: "parent", read: true},
	{name: abRelated, key: "RELATED", typ: "FRIEND", sub: "friend", read: true},
	{name: abRelated, key: "RELATED", typ: "SIBLING", sub: "brother", read: true, keep: true},
	{name: abRelated, key: "RELATED", typ: "SIBLING", sub: "sister", read: true, keep: true},
	{name: abRelated, key: "RELATED", typ: "PARENT", sub: "father", read: true, keep: true},
	{name: abRelated, key: "RELATED", typ: "PARENT", sub: "mother", read: true, keep: true},
	{name: abRelated, key: "RELATED", typ: "CHILD", sub: "son", read: true, keep: true},
	{name: abRelated, key: "RELATED", typ: "CHILD", sub: "daughter", read: true, keep: true},
	{name: android, key: "ANNIVERSARY", sub: "contact_event;1", read: true},
	{name: android, key: "NICKNAME", sub: "nickname;1", read: true},
	{name: android, key: "NICKNAME", sub: "nickname;", read: true},
	{name: android, key: "RELATED", typ: "ASSISTANT", sub: "relation;1", read: true},
	{name: android, key: "RELATED", typ: "CHILD", sub: "relation;3", read: true},
	{name: android, key: "RELATED", typ: "FRIEND", sub: "relation;6", read: true},
	{name: android, key: "RELATED", typ: "MANAGER", sub: "relation;7", read: true},
	{name: android, key: "RELATED", typ: "PARENT", sub: "relation;9", read: true},
	{name: android, key: "RELATED", typ: "SPOUSE", sub: "relation;14", read: true},
	{name: "X-AIM", key: "IMPP", word: "aim", only: true},
	{name: "X-ICQ", key: "IMPP", word: "icq", only: true},
	{name: "X-JABBER", key: "IMPP", word: "xmpp", only: true},
	{name: "X-MSN", key: "IMPP", word: "msnim", only: true},
	{name: "X-YAHOO", key: "IMPP", word: "ymsgr", only: true},
	{name: "X-SKYPE", key: "IMPP", word: "skype", only: true},
	{name: "X-SKYPE-USERNAME", key: "IMPP", word: "skype", read: true},
	{name: "X-GOOGLE-TALK", key: "IMPP", word: "gtalk", only: true},
	{name: "X-GTALK", key: "IMPP", word: "gtalk", read: true},
	{name: "X-QQ", key: "IMPP", word: "qq", only: true},
	{name: "X-GADUGADU", key: "IMPP", word: "gg", only: true},
	{name: "X-GROUPWISE", key: "IMPP", word: "groupwise", only: true},
	{name: "X-SIP", key: "IMPP", word: "sip", only: true},
	{name: "X-ADDRESSBOOKSERVER-KIND", key: "KIND"},
	{name: showAs, key: "KIND", sub: "company"},
	{name: "X-ADDRESSBOOKSERVER-MEMBER", key: "MEMBER"},
	{name: "X-GENDER", key: "GENDER"},
	{name: "X-EVOLUTION-GENDER", key: "GENDER", read: true},
	{name: "X-NICKNAME", key: "NICKNAME", read: true, only: true},
	{name: "X-EPOCSECONDNAME", key: "NICKNAME", read: true, only: true},
	{name: "SOUND", key: "X-IRMC-N", sub: "X-IRMC-N"},
})

// aliasesFor lists the aliases of a property that are written.
var aliasesFor = func() map[string][]alias {
	m := make(map[string][]alias)
	for _, list := range aliasesOf {
		for _, a := range list {
			if !a.read {
				m[a.key] = append(m[a.key], a)
			}
		}
	}
	return m
}()

// aliasTrait gives the trait of another name for a property: a text, unless it depends on more than
// the name.
func aliasTrait(name string) trait {
	list := aliasesOf[name]
	if len(list) == 0 || list[0].sub != "" {
		return trait{}
	}
	switch list[0].key {
	case "RELATED", "IMPP":
		return trait{kindText, false}
	case "ANNIVERSARY", "NICKNAME":
		return trait{cardTrait(list[0].key).kind, true}
	}
	return trait{}
}

// hasAliases lists the properties that go by several names.
var hasAliases = func() map[string]bool {
	m := make(map[string]bool)
	for _, list := range aliasesOf {
		for _, a := range list {
			m[a.key] = true
		}
	}
	return m
}()

func byName(all []alias) map[string][]alias {
	m := make(map[string][]alias)
	for _, a := range all {
		m[a.name] = append(m[a.name], a)
	}
	return m
}

// findAlias finds what a property stands for; nil if it is nothing but itself. The label is asked
// for where it counts.
func findAlias(p *contentline.Property, d dialect, label func() string) *alias {
	list := aliasesOf[upper(p.Name)]
	if len(list) == 0 || p.Base64 {
		return nil
	}
	sub := ""
	switch a := list[0]; a.name {
	case "AGENT":
		if card, _ := agentCard(p, d); card != nil {
			return nil
		}
	case "SOUND":
		if hasType(p.Params, a.sub) {
			sub = a.sub
		}
	case abDate, abRelated:
		sub = label()
	case android:
		sub, _ = androidEntry(p, d)
	case showAs:
		sub = strings.ToLower(strings.TrimSpace(d.unescape(p.Value)))
	}
	if p.Comp != nil {
		return nil
	}
	for i := range list {
		if list[i].sub == sub {
			return &list[i]
		}
	}
	return nil
}

// androidEntry reads an X-ANDROID-CUSTOM: the sort of the entry with its code, and the value.
func androidEntry(p *contentline.Property, d dialect) (sub, value string) {
	f := contentline.Split(p.Value, ";")
	sort, ok := strings.CutPrefix(f[0], "vnd.android.cursor.item/")
	if !ok || len(f) < 3 || strings.Trim(strings.Join(f[3:], ""), " ") != "" {
		return "", ""
	}
	return sort + ";" + f[2], d.unescape(f[1])
}

// said gives p under the name and with the type it stands for.
func (a *alias) said(p *contentline.Property, d dialect) *contentline.Property {
	q := *p
	q.Name = a.key
	switch {
	case a.name == android:
		_, v := androidEntry(p, d)
		q.Value = d.escape(v, ",;")
	case a.key == "IMPP":
		text := strings.TrimSpace(d.unescape(p.Value))
		if q.Value = ""; hasScheme(text, a.word) {
			q.Value = d.escape(text, "")
		} else if text != "" {
			q.Value = d.escape(a.word+":"+escapeURI(text), "")
		}
	case a.key == "GENDER":
		if g, ok := genderOf[strings.ToLower(strings.TrimSpace(d.unescape(p.Value)))]; ok {
			q.Value = g
		}
	case a.name == showAs:
		q.Value = "org"
	case a.name == "SOUND":
		q.Params = withoutType(p.Params, a.sub)
	}
	if a.typ != "" {
		q.Params = append(append(make([]contentline.Param, 0, len(p.Params)+1), p.Params...),
			contentline.Param{Name: "TYPE", Value: a.typ})
	}
	return &q
}

var genderOf = map[string]string{"male": "M", "female": "F", "m": "M", "f": "F"}

// withAlias writes a property that all dialects know in the way of vCard 2.1 or 3.0.
func withAlias(p *contentline.Property, key string, d dialect) {
	if d == card40 {
		return
	}
	for i := range aliasesFor[key] {
		a := &aliasesFor[key][i]
		if a.only && d != card21 {
			continue
		}
		if a.accepts(p, d) {
			if p.Name = a.name; a.name == showAs {
				p.Name = "X-ABShowAs"
			}
			return
		}
	}
}

// accepts reports whether p can be written as the alias, and makes its value and types so.
func (a *alias) accepts(p *contentline.Property, d dialect) bool {
	text := d.unescape(p.Value)
	switch {
	case a.name == "SOUND":
		word := contentline.Param{Value: a.sub}
		if !d.versit() {
			word.Name = "TYPE"
		}
		p.Params = append(p.Params[:len(p.Params):len(p.Params)], word)
	case a.word != "":
		scheme, rest, ok := strings.Cut(text, ":")
		name, err := url.PathUnescape(rest)
		if !ok || !strings.EqualFold(scheme, a.word) || err != nil || escapeURI(name) != rest || hasScheme(name, a.word) {
			return false
		}
		p.Value = d.escape(name, textSeps(d))
	case a.key == "GENDER":
		switch strings.Trim(text, " ;") {
		case "M", "m":
			p.Value = "Male"
		case "F", "f":
			p.Value = "Female"
		default:
			return false
		}
	case a.key == "KIND":
		org := strings.EqualFold(strings.TrimSpace(text), "org")
		if org != (a.name == showAs) {
			return false
		}
		if org {
			p.Value = "COMPANY"
		}
	case a.typ != "":
		if !hasType(p.Params, a.typ) || (looksURI(text) && a.typ != "AGENT") {
			return false
		}
		p.Params = withoutType(p.Params, a.typ)
	}
	return true
}

// withoutType gives the parameters without one type.
func withoutType(params []contentline.Param, typ string) []contentline.Param {
	var out []contentline.Param
	for _, q := range params {
		name, _ := named(q, kindText)
		if name != "TYPE" {
			out = append(out, q)
			continue
		}
		for _, v := range typeWords(q) {
			if !strings.EqualFold(v, typ) {
				out = append(out, contentline.Param{Name: "TYPE", Value: quoteParam(v)})
			}
		}
	}
	return out
}

// hasScheme reports whether an address begins with its scheme, as some phones write it where the name
// of the property says it already.
func hasScheme(s, scheme string) bool {
	return len(s) > len(scheme) && s[len(scheme)] == ':' && strings.EqualFold(s[:len(scheme)], scheme)
}

// escapeURI puts percent escapes in place of what cannot stand in a URI.
func escapeURI(s string) string {
	plain := func(c byte) bool {
		return c > ' ' && c < 0x7F && strings.IndexByte("%\"<>\\^`{|}?#,", c) < 0
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if plain(s[i]) {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[s[i]>>4])
		b.WriteByte("0123456789ABCDEF"[s[i]&15])
	}
	return b.String()
}

// looksURI reports whether a text is an address rather than a name.
func looksURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || len(scheme) < 2 || rest == "" || strings.ContainsAny(s, " \t\n") {
		return false
	}
	for i := 0; i < len(scheme); i++ {
		c := scheme[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(scheme[i]))) {
			return false
		}
	}
	return true
}
