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
			for _, v := range q.Values() {
				if v = strings.TrimSpace(v); v != "" {
					dst = append(dst, v)
				}
			}
		}
	}
	return dst
}

// normalTypes appends the types of a property called name in upper case, sorted, each once and
// without those that say nothing there. The types of media say nothing: the bytes do.
func normalTypes(dst []string, p *contentline.Property, name string, k kind) []string {
	if len(p.Params) == 0 || k == kindMedia {
		return dst
	}
	dst = typesOf(dst, p, k)
	kept := dst[:0]
	for _, t := range dst {
		t = upper(t)
		if (t == "INTERNET" && name == "EMAIL") || (t == "VOICE" && name == "TEL") {
			continue
		}
		kept = append(kept, t)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// otherParams appends the parameters that are neither types nor part of the value as
// "NAME=value", sorted.
func otherParams(dst []string, p *contentline.Property, k kind) []string {
	for _, q := range p.Params {
		name, q := named(q, k)
		if name == "TYPE" || (k == kindMedia && name == "MEDIATYPE") {
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

// valueParam normalises the VALUE parameter; it is empty where it says what is true anyway.
func valueParam(v string, k kind) string {
	switch v = upper(v); v {
	case "INLINE", "TEXT", "BINARY", "DATE", "DATE-TIME":
		return ""
	case "URL":
		v = "URI"
	case "CONTENT-ID":
		v = "CID"
	}
	if v == "URI" && (k == kindMedia || k == kindURI) {
		return ""
	}
	return v
}
