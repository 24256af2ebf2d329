package zone

import (
	"strings"
	"sync"
	"time"
)

// regions are the parts of the names that Windows shows which are no cities.
var regions = []struct{ shown, windows string }{
	{"Eastern Time (US & Canada)", "Eastern Standard Time"},
	{"Central Time (US & Canada)", "Central Standard Time"},
	{"Mountain Time (US & Canada)", "Mountain Standard Time"},
	{"Pacific Time (US & Canada)", "Pacific Standard Time"},
	{"Pacific Time (US & Canada); Tijuana", "Pacific Standard Time"},
	{"Atlantic Time (Canada)", "Atlantic Standard Time"},
	{"Indiana (East)", "US Eastern Standard Time"},
	{"Arizona", "US Mountain Standard Time"},
	{"Alaska", "Alaskan Standard Time"},
	{"Hawaii", "Hawaiian Standard Time"},
	{"Aleutian Islands", "Aleutian Standard Time"},
	{"Newfoundland", "Newfoundland Standard Time"},
	{"Saskatchewan", "Canada Central Standard Time"},
	{"Central America", "Central America Standard Time"},
	{"Greenland", "Greenland Standard Time"},
	{"Azores", "Azores Standard Time"},
	{"Cape Verde Is.", "Cape Verde Standard Time"},
	{"Mid-Atlantic", "UTC-02"},
	{"Midway Island", "Samoa Standard Time"},
	{"International Date Line West", "Dateline Standard Time"},
	{"Greenwich Mean Time", "GMT Standard Time"},
	{"Greenwich Mean Time : Dublin", "GMT Standard Time"},
	{"West Central Africa", "W. Central Africa Standard Time"},
	{"Brasilia", "E. South America Standard Time"},
	{"Ekaterinburg", "Ekaterinburg Standard Time"},
	{"Pretoria", "South Africa Standard Time"},
	{"New Delhi", "India Standard Time"},
	{"Mumbai", "India Standard Time"},
	{"Chennai", "India Standard Time"},
	{"Sri Jayawardenepura", "Sri Lanka Standard Time"},
	{"Islamabad", "Pakistan Standard Time"},
	{"Bern", "W. Europe Standard Time"},
	{"Abu Dhabi", "Arabian Standard Time"},
	{"Beijing", "China Standard Time"},
	{"Hanoi", "SE Asia Standard Time"},
	{"Osaka", "Tokyo Standard Time"},
	{"Canberra", "AUS Eastern Standard Time"},
	{"Wellington", "New Zealand Standard Time"},
	{"Marshall Is.", "UTC+12"},
	{"Solomon Is.", "Central Pacific Standard Time"},
	{"Nuku'alofa", "Tonga Standard Time"},
	{"St. Petersburg", "Russian Standard Time"},
	{"Edinburgh", "GMT Standard Time"},
	{"Harare", "South Africa Standard Time"},
	{"Guadalajara", "Central Standard Time (Mexico)"},
	{"Quito", "SA Pacific Standard Time"},
	{"Georgetown", "SA Western Standard Time"},
}

// places holds cities and regions by their folded names. It is made once, when first needed, and never changes.
var places = sync.OnceValue(func() map[string]*entry {
	m := make(map[string]*entry, 512)
	add := func(name string, e *entry) {
		if area, _, found := strings.Cut(name, "/"); !found || !hasCities(area) {
			return
		}
		if city := fold(name[strings.LastIndexByte(name, '/')+1:]); m[city] == nil {
			m[city] = e
		}
	}
	for _, r := range windowsZones {
		e := find(r.iana)
		add(r.iana, e)
		for _, name := range strings.Fields(r.also) {
			add(name, find(name))
		}
	}
	for _, r := range links {
		for _, name := range strings.Fields(r.links) {
			if !strings.HasPrefix(name, "Australia/") { // North and South
				add(name, find(name))
			}
		}
	}
	for _, r := range regions {
		m[fold(r.shown)] = find(r.windows)
	}
	return m
})

// hasCities reports whether the ids of an area name cities.
func hasCities(area string) bool {
	switch area {
	case "Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific":
		return true
	}
	return false
}

// display reads a name that is made to be shown: an offset in parentheses, which may be missing, and cities or a
// region. The first place that kept this offset decides; if there are more of them, the zone is the one that
// stands for the whole Windows zone, because no one of them is meant.
func display(name string) *Zone {
	off, hasOff, list, ok := splitDisplay(name)
	if !ok {
		return nil
	}
	shown := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' || r == '/' })
	if e := places()[fold(list)]; e != nil {
		shown = []string{list}
	}
	for _, place := range shown {
		e := places()[fold(strings.TrimSpace(place))]
		if e == nil {
			continue
		}
		if len(shown) > 1 && e.windows != "" {
			e = find(e.windows)
		}
		if z := e.zone(); z != nil && (!hasOff || kept(z, off)) {
			return z
		}
	}
	return nil
}

// splitDisplay cuts "(UTC+01:00) Berlin" in two.
func splitDisplay(name string) (off int, hasOff bool, list string, ok bool) {
	if !strings.HasPrefix(name, "(") {
		return 0, false, name, len(name) <= maxName
	}
	inner, list, found := strings.Cut(name[1:], ")")
	if !found || len(inner) < 3 || !strings.EqualFold(inner[:3], "UTC") && !strings.EqualFold(inner[:3], "GMT") {
		return 0, false, "", false
	}
	list = strings.TrimSpace(list)
	if inner = strings.TrimSpace(inner[3:]); inner == "" {
		return 0, true, list, true
	}
	off, ok = readOffset(inner)
	return off, true, list, ok
}

// kept reports whether a zone had an offset in the years in which Windows has shown such names.
func kept(z *Zone, off int) bool {
	for y := 1995; y < 2038; y++ {
		for _, m := range [...]time.Month{time.January, time.July} {
			if _, o := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).In(z.Location()).Zone(); o == off {
				return true
			}
		}
	}
	return false
}
