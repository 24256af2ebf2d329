package face

import (
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
)

// A feedKind is what a feed is about.
type feedKind int

// The feeds.
const (
	contactFeed feedKind = iota + 1
	groupFeed
	photoFeed
	calendarFeed
	eventFeed
)

// A target is what an address names.
type target struct {
	kind feedKind
	// user is who the address says that it belongs to.
	user string
	// projection is how much of each entry is wanted: full, or a word that means less or as much.
	projection string
	// id is that of an entry, empty for the whole feed.
	id string
	// batch says that many entries are to be written at once.
	batch bool
}

// The projections that there are; see target.shows.
var (
	contactProjections  = []string{"full", "thin", "base"}
	eventProjections    = []string{"full", "composite", "basic", "full-noattendees"}
	calendarProjections = []string{"allcalendars", "owncalendars"}
)

// parsePath takes an address apart; false for one that there is not.
func parsePath(path string) (target, bool) {
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, p := range parts {
		word, err := url.PathUnescape(p)
		if err != nil || i > 0 && word == "" {
			return target{}, false
		}
		parts[i] = word
	}
	if len(parts) < 4 || len(parts) > 9 || parts[2] != "feeds" {
		return target{}, false
	}
	switch rest := parts[3:]; parts[1] {
	case "m8":
		return contactPath(rest)
	case "calendar":
		return calendarPath(rest)
	}
	return target{}, false
}

// contactPath reads contacts/USER/full/ID, groups/USER/full/ID and photos/media/USER/ID.
func contactPath(p []string) (target, bool) {
	if len(p) == 4 && p[0] == "photos" && p[1] == "media" {
		return target{kind: photoFeed, user: p[2], id: p[3]}, true
	}
	kind := map[string]feedKind{"contacts": contactFeed, "groups": groupFeed}[p[0]]
	if kind == 0 || len(p) < 3 {
		return target{}, false
	}
	return entryPath(target{kind: kind, user: p[1], projection: p[2]}, p[3:], contactProjections)
}

// calendarPath reads default/allcalendars/full and USER/private/full/ID.
func calendarPath(p []string) (target, bool) {
	if len(p) >= 3 && contains(calendarProjections, p[1]) && p[2] == "full" {
		at := target{kind: calendarFeed, user: p[0], projection: p[1]}
		if len(p) == 4 {
			at.id = p[3]
		}
		return at, len(p) <= 4
	}
	if len(p) < 3 || p[1] != "private" {
		return target{}, false
	}
	return entryPath(target{kind: eventFeed, user: p[0], projection: p[2]}, p[3:], eventProjections)
}

// entryPath reads what follows a projection: nothing, batch, an id, or an id and the version of it that version 1 had.
func entryPath(at target, rest []string, projections []string) (target, bool) {
	if !contains(projections, at.projection) && !strings.HasPrefix(at.projection, "property-") {
		return target{}, false
	}
	switch len(rest) {
	case 0:
	case 1, 2:
		at.id = rest[0]
		at.batch = at.id == "batch" && len(rest) == 1
	default:
		return target{}, false
	}
	if at.batch {
		at.id = ""
	}
	return at, true
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// segment writes a word as a part of an address. The protocol has @ escaped.
func segment(s string) string { return strings.ReplaceAll(url.PathEscape(s), "@", "%40") }

// feedPath gives the address of a feed without scheme and host.
func (k feedKind) feedPath(user, projection string) string {
	user = segment(user)
	switch k {
	case contactFeed:
		return "/m8/feeds/contacts/" + user + "/" + projection
	case groupFeed:
		return "/m8/feeds/groups/" + user + "/" + projection
	case photoFeed:
		return "/m8/feeds/photos/media/" + user
	case calendarFeed:
		return "/calendar/feeds/default/" + projection + "/full"
	}
	return "/calendar/feeds/" + user + "/private/" + projection
}

// term gives the kind of the entries of a feed.
func (k feedKind) term() entry.Kind {
	switch k {
	case contactFeed, photoFeed:
		return entry.ContactKind
	case groupFeed:
		return entry.GroupKind
	case calendarFeed:
		return calendarKind
	}
	return entry.EventKind
}

// calendarKind is the kind of the entries of a list of calendars.
const calendarKind entry.Kind = entry.GCal + "#calendarmeta"
