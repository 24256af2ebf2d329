package zone

import (
	"strconv"
	"strings"
	"sync"
)

const (
	// maxName bounds what is looked at as a name; the longest display name of Windows has 60 bytes.
	maxName = 200
	// maxKey bounds the names in the index.
	maxKey = 64
)

// An entry is an IANA zone and the Windows zone that covers it, "" if none does.
type entry struct {
	name, windows string
	zone          func() *Zone
}

// index holds every fixed name, as fold writes it. It is made once, when first needed, and never changes.
var index = sync.OnceValue(func() map[string]*entry {
	m := make(map[string]*entry, 1024)
	add := func(name, windows string) *entry {
		key := fold(name)
		if m[key] == nil {
			m[key] = &entry{name: name, windows: windows, zone: load(name)}
		}
		return m[key]
	}
	for _, r := range windowsZones {
		add(r.iana, r.name)
		for _, name := range strings.Fields(r.also) {
			add(name, r.name)
		}
	}
	for _, name := range strings.Fields(rest) {
		add(name, "")
	}
	for _, r := range links {
		e := add(r.iana, "")
		for _, name := range strings.Fields(r.links) {
			m[fold(name)] = e
		}
	}
	for _, r := range windowsZones {
		m[fold(r.name)] = m[fold(r.iana)]
	}
	for _, r := range others {
		m[fold(r.name)] = m[fold(r.iana)]
	}
	return m
})

// others are names that stand in no standard: zones that Windows once had, and names without a place.
var others = []struct{ name, iana string }{
	{"Armenian Standard Time", "Asia/Yerevan"},
	{"Kamchatka Standard Time", "Asia/Kamchatka"},
	{"Mexico Standard Time", "America/Mexico_City"},
	{"Mexico Standard Time 2", "America/Chihuahua"},
	{"Mid-Atlantic Standard Time", "Atlantic/South_Georgia"},
	{"Mitteleuropäische Zeit", "Europe/Berlin"},
	{"GFT Standard Time", "Europe/Athens"},
	{"Coordinated Universal Time", "UTC"},
	{"tzone://Microsoft/Utc", "UTC"},
	{"Z", "UTC"},
	{"CEST", "Europe/Brussels"},
	{"MEZ", "Europe/Berlin"},
	{"MESZ", "Europe/Berlin"},
	{"EEST", "Europe/Athens"},
	{"WEST", "Europe/Lisbon"},
}

// fold writes a name so that spellings of it are equal: small letters, and underscores for spaces.
func fold(name string) string {
	var buf [maxKey]byte
	return string(appendFolded(buf[:0], name))
}

func appendFolded(dst []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == ' ':
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// find looks a fixed name up.
func find(name string) *entry {
	if len(name) > maxKey {
		return nil
	}
	var buf [maxKey]byte
	return index()[string(appendFolded(buf[:0], name))]
}

// byName gives the zone of a fixed name, or nil.
func byName(name string) *Zone {
	if e := find(name); e != nil {
		return e.zone()
	}
	return nil
}

// Named gives the zone that a name means. It knows, in any case and with or without quotes:
//
//   - IANA ids and their older spellings, also with a hyphen for the slash (US-Eastern) or behind a prefix that makes them globally unique (RFC 5545
//     3.8.3.1), such as /example.org/20240101_1/Europe/Oslo;
//   - the names of Windows, also without "Standard Time" as Lotus Notes has them, with "Daylight", and with a
//     number behind them;
//   - what Windows shows instead of the name, such as "(UTC+01:00) Amsterdam, Berlin, Bern", as far as it
//     names a city or a region whose offset that is;
//   - fixed offsets: UTC, GMT, Z, Etc/GMT-3, and GMT+0200 or UTC+2, whose sign is that of ISO 8601.
//
// A name that it does not know is no zone: it never guesses from an offset which place is meant.
func Named(tzid string) (*Zone, bool) {
	name := trim(tzid)
	if name == "" || len(name) > maxName {
		return nil, false
	}
	z := byName(name)
	for _, read := range [...]func(string) *Zone{prefixed, offset, variant, hyphened, display} {
		if z != nil {
			break
		}
		z = read(name)
	}
	return z, z != nil
}

// hyphened reads an id whose area ends with a hyphen instead of a slash.
func hyphened(name string) *Zone {
	area, place, ok := strings.Cut(name, "-")
	if !ok || strings.Contains(name, "/") {
		return nil
	}
	return byName(area + "/" + place)
}

// trim takes space, quotes and the escapes of commas and semicolons off.
func trim(s string) string {
	if len(s) > 2*maxName {
		return ""
	}
	s = strings.Trim(s, " \t\r\n\"'")
	if strings.IndexByte(s, '\\') >= 0 {
		s = strings.NewReplacer(`\,`, ",", `\;`, ";").Replace(s)
	}
	return s
}

// prefixed reads a globally unique name.
func prefixed(name string) *Zone {
	for strings.HasPrefix(name, "/") {
		_, rest, found := strings.Cut(name[1:], "/")
		if !found {
			return nil
		}
		if z := byName(rest); z != nil {
			return z
		}
		name = "/" + rest
	}
	return nil
}

// offset reads a fixed offset.
func offset(name string) *Zone {
	s := strings.TrimSpace(cutUTC(name))
	if s == "" || s[0] != '+' && s[0] != '-' {
		return nil
	}
	off, ok := readOffset(s)
	if !ok {
		return nil
	}
	return fixed(off)
}

// cutUTC takes the GMT or UTC before an offset off.
func cutUTC(s string) string {
	if len(s) > 3 && (strings.EqualFold(s[:3], "GMT") || strings.EqualFold(s[:3], "UTC")) {
		return s[3:]
	}
	return s
}

// variant reads the name of a Windows zone that is not quite as it should be.
func variant(name string) *Zone {
	if at := strings.Index(name, "$ZN="); at >= 0 { // the long form of Lotus Notes
		name, _, _ = strings.Cut(name[at+4:], "$")
	}
	if at := strings.LastIndexByte(name, ' '); at > 0 {
		if _, err := strconv.Atoi(name[at+1:]); err == nil {
			name = name[:at]
		}
	}
	if stem, ok := cutSuffixFold(name, " Daylight Time"); ok {
		name = stem
	}
	if z := byName(name); z != nil {
		return z
	}
	return byName(name + " Standard Time")
}

func cutSuffixFold(s, suffix string) (string, bool) {
	at := len(s) - len(suffix)
	if at < 0 || !strings.EqualFold(s[at:], suffix) {
		return s, false
	}
	return s[:at], true
}

// readOffset reads an offset in seconds: a sign, which may be missing for one ahead, and h, hh, hmm, hhmm or
// hhmmss, or h:mm, hh:mm or hh:mm:ss with colons or points. It is less than a day.
func readOffset(s string) (int, bool) {
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if at := strings.IndexAny(s, ":."); at == 1 || at < 0 && len(s)%2 == 1 {
		s = "0" + s
	}
	var parts [3]int
	for i := range parts {
		if s == "" {
			return sign * (parts[0]*3600 + parts[1]*60 + parts[2]), i > 0
		}
		if i > 0 && (s[0] == ':' || s[0] == '.') {
			s = s[1:]
		}
		n, ok := number(s, 2)
		if !ok || n >= [...]int{24, 60, 60}[i] {
			return 0, false
		}
		parts[i], s = n, s[2:]
	}
	return sign * (parts[0]*3600 + parts[1]*60 + parts[2]), s == ""
}

// number reads the first n digits of s.
func number(s string, n int) (int, bool) {
	if len(s) < n {
		return 0, false
	}
	v := 0
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}

// WindowsName gives the name that Windows has for an IANA zone, in any of its spellings: "W. Europe Standard
// Time" for Europe/Berlin and also for Europe/Oslo. The answer is false for what is no IANA name, and for
// the few zones that Windows does not cover.
func WindowsName(iana string) (string, bool) {
	e := find(iana)
	if e == nil || e.windows == "" {
		return "", false
	}
	return e.windows, true
}
