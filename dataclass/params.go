package dataclass

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// named gives the name of a parameter in upper case, also of one without: the bare words of vCard 2.1 are types,
// or say where the value of a media property is.
func named(q contentline.Param, k kind) (name string, q2 contentline.Param) {
	if q.Name != "" {
		return upper(q.Name), q
	}
	if k == kindMedia {
		switch upper(q.Value) {
		case "INLINE", "URL", "URI", "CID", "CONTENT-ID":
			return "VALUE", q
		}
	}
	return "TYPE", q
}

// typesOf appends the types of p as written, without quotes.
func typesOf(dst []string, p *contentline.Property, k kind) []string {
	for _, q := range p.Params {
		if name, q := named(q, k); name == "TYPE" {
			dst = append(dst, typeWords(q)...)
		}
	}
	return dst
}

// typeWords gives the words of a TYPE parameter; also those that stand in one pair of quotes, as
// RFC 6350 writes them.
func typeWords(q contentline.Param) []string {
	var out []string
	eachTypeWord(q, func(w string) { out = append(out, w) })
	return out
}

// eachTypeWord does something with each of them.
func eachTypeWord(q contentline.Param, do func(w string)) {
	if !strings.ContainsAny(q.Value, `"^`) {
		eachWord(q.Value, do)
		return
	}
	for _, v := range q.Values() {
		eachWord(v, do)
	}
}

// eachWord does something with each word between commas.
func eachWord(s string, do func(w string)) {
	for more := true; more; {
		var w string
		if w, s, more = strings.Cut(s, ","); strings.TrimSpace(w) != "" {
			do(strings.TrimSpace(w))
		}
	}
}

// normalTypes appends the types of a property called name in upper case, sorted, each once and
// without those that say nothing there. PREF=1 is the type PREF. Of the types of media only the
// place counts: the bytes say the rest.
func normalTypes(dst []string, p *contentline.Property, name string, k kind) []string {
	if len(p.Params) == 0 {
		return dst
	}
	dst = typesOf(dst, p, k)
	kept := dst[:0]
	for _, t := range dst {
		if t = typeWord(upper(t), name, k); t != "" {
			kept = append(kept, t)
		}
	}
	if v, ok := p.Param("PREF"); ok && preferred(v) {
		kept = append(kept, partPref)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// typeWord gives the word that all dialects share for a type in upper case, or nothing if it says
// nothing there.
func typeWord(t, name string, k kind) string {
	switch {
	case k == kindMedia:
		if t != "HOME" && t != "WORK" && t != partPref {
			return ""
		}
	case name == "EMAIL" && t == "INTERNET":
		return ""
	case name == "TEL":
		switch t {
		case "VOICE":
			return ""
		case "MOBILE":
			return "CELL"
		case "MAIN-NUMBER":
			return "MAIN"
		}
	case name == "RELATED" && (t == "X-MANAGER" || t == "X-ASSISTANT"):
		return t[2:]
	}
	return t
}

// preferred reports whether a PREF parameter (RFC 6350 5.3) says the same as the type.
func preferred(v string) bool { return strings.Trim(v, `" `) == "1" }

// otherParams appends the parameters that are neither types nor part of the value as
// "NAME=value", sorted.
func otherParams(dst []string, p *contentline.Property, k kind) []string {
	for _, q := range p.Params {
		name, q := named(q, k)
		if name == "TYPE" || isImplied(p, name, q.Value, k) {
			continue
		}
		v := strings.Join(q.Values(), ",")
		if name == "VALUE" {
			if v = valueParam(v, k); v == "" {
				continue
			}
		} else if name == "LANGUAGE" {
			v = upper(v)
		}
		dst = append(dst, name+"="+v)
	}
	slices.Sort(dst)
	return slices.Compact(dst)
}

// isImplied reports whether a parameter only says what the value says already, or what is
// compared as a type or as a property of its own.
func isImplied(p *contentline.Property, name, v string, k kind) bool {
	switch name {
	case "PREF":
		return preferred(v)
	case "MEDIATYPE":
		return k == kindMedia
	case "CALSCALE":
		return k == kindDate && strings.EqualFold(strings.Trim(v, `"`), "gregorian")
	case "X-APPLE-OMIT-YEAR":
		return k == kindDate && strings.HasPrefix(p.Value, strings.Trim(v, `"`))
	case "X-SERVICE-TYPE":
		return k == kindIM && strings.EqualFold(serviceOf(p.Value), strings.Trim(v, `"`))
	case customParam:
		_, ok := customLabel(p)
		return ok
	case "LABEL", "SORT-AS":
		_, _, ok := describedBy(p)
		return ok && strings.EqualFold(name, descriptions[upper(p.Name)].param)
	}
	return false
}

// valueParam normalises the VALUE parameter; it is empty where it says what is true anyway.
func valueParam(v string, k kind) string {
	switch v = upper(v); v {
	case "INLINE", "TEXT", "BINARY", "DATE", "DATE-TIME", "DATE-AND-OR-TIME", "UTC-OFFSET":
		return ""
	case "URL":
		v = "URI"
	case "CONTENT-ID", "CID":
		if v = "CID"; k == kindMedia {
			return "" // part of the value
		}
	}
	if v == "URI" {
		switch k {
		case kindMedia, kindURI, kindPhone, kindIM, kindGeo, kindZone, kindRelation, kindAgent:
			return ""
		}
	}
	return v
}
