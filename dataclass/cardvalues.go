package dataclass

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// appendTexts appends the texts of a list that is one value, without empty ones.
func appendTexts(dst []byte, s string, d dialect) []byte {
	start := len(dst)
	for _, part := range contentline.Split(s, ",") {
		before := len(dst)
		if before > start {
			dst = append(dst, 0x1F)
		}
		at := len(dst)
		if dst = appendText(dst, d.unescape(part)); len(dst) == at {
			dst = dst[:before]
		}
	}
	return dst
}

// appendAddress appends an address with its scheme in lower case.
func appendAddress(dst []byte, s string) []byte {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		return appendText(dst, s)
	}
	return appendText(append(append(dst, strings.ToLower(scheme)...), ':'), rest)
}

// appendBeing appends the value of KIND; a person says nothing.
func appendBeing(dst []byte, s string) []byte {
	if s = strings.ToLower(strings.TrimSpace(s)); s == "individual" {
		return dst
	}
	return appendText(dst, s)
}

// phoneText gives the number of a tel: URI (RFC 3966), with its extension as people write it. Any
// other text is given as it is.
func phoneText(s string) string {
	s = strings.TrimSpace(s)
	if len(s) < 4 || !strings.EqualFold(s[:4], "tel:") {
		return s
	}
	number, params, _ := strings.Cut(s[4:], ";")
	if plain, err := url.PathUnescape(number); err == nil && utf8.ValidString(plain) && !strings.ContainsFunc(plain, unicode.IsControl) {
		number = plain
	}
	ext := ""
	var rest []string
	for _, p := range strings.Split(params, ";") {
		if v, ok := strings.CutPrefix(p, "ext="); ok && ext == "" && v != "" {
			ext = " ext. " + v
		} else if p != "" {
			rest = append(rest, p)
		}
	}
	return strings.Join(append([]string{number + ext}, rest...), ";")
}

// plainGeo gives a geo: URI (RFC 5870) without altitude and parameters, for which older dialects have no
// place; what is none stays.
func plainGeo(s string) string {
	s = strings.TrimSpace(s)
	if len(s) < 4 || !strings.EqualFold(s[:4], "geo:") {
		return s
	}
	s, _, _ = strings.Cut(s, ";")
	if list := strings.SplitN(s, ",", 4); len(list) == 3 {
		s = list[0] + "," + list[1]
	}
	return s
}

// position reads a place on the earth in one of the forms of the dialects: geo:lat,lon of vCard
// 4.0, lat;lon of 3.0, which programs write in 2.1 too, and lon,lat, as 2.1 has it. Where numbers
// between a comma can only be the other way round they are taken so.
func position(s string) (lat, lon string, ok bool) {
	s = strings.TrimSpace(s)
	uri := len(s) > 4 && strings.EqualFold(s[:4], "geo:")
	if uri {
		s = s[4:]
	}
	if lat, lon, ok = strings.Cut(s, ";"); !ok || uri {
		if lat, lon, ok = strings.Cut(s, ","); ok && !uri {
			if a := strings.TrimLeft(lat, "+-"); !beyond(lon) || beyond(a) {
				lat, lon = lon, lat
			}
		}
	}
	lat, lon = strings.TrimPrefix(strings.TrimSpace(lat), "+"), strings.TrimPrefix(strings.TrimSpace(lon), "+")
	return lat, lon, ok && decimal(lat) && decimal(lon)
}

// beyond reports whether a number is too large for a latitude.
func beyond(s string) bool {
	whole, _, _ := strings.Cut(strings.TrimLeft(strings.TrimSpace(s), "+-0"), ".")
	return len(whole) > 2 || (len(whole) == 2 && whole > "90")
}

func decimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits, dots := 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			digits++
		case s[i] == '.':
			dots++
		default:
			return false
		}
	}
	return digits > 0 && dots < 2
}

// geoText gives a position as lat;lon; what is none stays, unless nothing stands in it: some programs write GEO:; where they
// know of no position.
func geoText(s string) string {
	if strings.Trim(s, " ;,") == "" {
		return ""
	}
	if lat, lon, ok := position(s); ok {
		return lat + ";" + lon
	}
	return s
}

// zoneText gives an offset from UTC as +HHMM; the name of a zone stays.
func zoneText(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || (s[0] != '+' && s[0] != '-') {
		return s
	}
	h, m, colon := strings.Cut(s[1:], ":")
	if !colon && len(h) > 2 {
		h, m = h[:len(h)-2], h[len(h)-2:]
	}
	if len(h) == 1 {
		h = "0" + h
	}
	if m == "" {
		m = "00"
	}
	if len(h) != 2 || len(m) != 2 || !digits(h+m) {
		return s
	}
	return s[:1] + h + m
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// serviceOf names the service of an instant messaging address in the way of X-SERVICE-TYPE.
func serviceOf(address string) string {
	scheme, _, _ := strings.Cut(address, ":")
	switch s := strings.ToLower(scheme); s {
	case "xmpp":
		return "Jabber"
	case "msnim":
		return "MSN"
	case "ymsgr":
		return "Yahoo"
	case "gtalk":
		return "GoogleTalk"
	case "gg":
		return "GaduGadu"
	default:
		return s
	}
}
