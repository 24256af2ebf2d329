package discover_test

import (
	"errors"
	"net"
	"testing"

	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// cloud is laid out as Nextcloud is.
func cloud() *world {
	const at = "https://cloud.example.org"
	return &world{pages: map[string]page{
		at + "/":                        {html: true},
		at + "/.well-known/carddav":     {to: "/remote.php/dav/"},
		at + "/.well-known/caldav":      {to: "http://cloud.example.org/remote.php/dav/"}, // behind a proxy that ends TLS
		at + "/remote.php/dav/":         {props: collection + principal("/remote.php/dav/principals/users/ada/")},
		at + "/apps/contacts/":          {html: true},
		at + "/remote.php/dav/files/a/": {props: collection + principal("/remote.php/dav/principals/users/ada/")},
		at + "/remote.php/dav/principals/users/ada/": {props: homes("/remote.php/dav/addressbooks/users/ada/", "/remote.php/dav/calendars/ada/") +
			principal("/remote.php/dav/principals/users/ada/")},
		at + "/remote.php/dav/addressbooks/users/ada/":          {props: collection, below: []string{"contacts/", "z-app-generated--recent/"}},
		at + "/remote.php/dav/addressbooks/users/ada/contacts/": {props: book + named("Contacts") + syncs},
		at + "/remote.php/dav/addressbooks/users/ada/z-app-generated--recent/": {
			props: book + named("Recently\ncontacted") + readOnly},
		at + "/remote.php/dav/calendars/ada/":          {props: collection, below: []string{"inbox/", "personal/", "old/", "holidays/"}},
		at + "/remote.php/dav/calendars/ada/inbox/":    {props: `<d:resourcetype><d:collection/><cal:schedule-inbox/></d:resourcetype>`},
		at + "/remote.php/dav/calendars/ada/personal/": {props: calendar + named("Personal") + components("VEVENT", "VTODO") + syncs},
		at + "/remote.php/dav/calendars/ada/old/":      {props: `<d:resourcetype><d:collection/><cal:calendar/><cs:deleted-calendar/></d:resourcetype>`},
		at + "/remote.php/dav/calendars/ada/holidays/": {props: `<d:resourcetype><d:collection/><cal:calendar/><cs:subscribed/></d:resourcetype>` + components("VEVENT")},
	}}
}

const cloudFound = `
https://cloud.example.org/remote.php/dav/addressbooks/users/ada/contacts/ Contacts Contacts sync
https://cloud.example.org/remote.php/dav/addressbooks/users/ada/z-app-generated--recent/ Recently contacted Contacts read-only
https://cloud.example.org/remote.php/dav/calendars/ada/personal/ Personal Events Tasks sync
https://cloud.example.org/remote.php/dav/calendars/ada/holidays/  Events read-only`

// shards is laid out as iCloud is: home sets are on other hosts of the site, with ports.
func shards() *world {
	return &world{pages: map[string]page{
		"https://example.com/":                             {html: true},
		"https://contacts.example.com/.well-known/carddav": {props: principal("/1234/principal/")},
		"https://contacts.example.com/1234/principal/":     {props: homes("https://p42-contacts.example.com:443/1234/carddavhome/", "")},
		"https://p42-contacts.example.com:443/1234/carddavhome/": {
			props: collection, below: []string{"card/"}},
		"https://p42-contacts.example.com:443/1234/carddavhome/card/": {props: book},
		"https://caldav.example.com/.well-known/caldav":               {props: principal("/1234/principal/")},
		"https://caldav.example.com/1234/principal/":                  {props: homes("", "https://p42-caldav.example.com/1234/calendars/")},
		"https://p42-caldav.example.com/1234/calendars/":              {props: collection, below: []string{"home/", "todo/"}},
		"https://p42-caldav.example.com/1234/calendars/home/":         {props: calendar + named("Home") + components("VEVENT")},
		"https://p42-caldav.example.com/1234/calendars/todo/":         {props: calendar + named("Reminders") + components("VTODO")},
	}}
}

// TestLayouts finds everything behind whatever a person knows.
func TestLayouts(t *testing.T) {
	const books = "https://cloud.example.org/remote.php/dav/addressbooks/users/ada/"
	dns := records{
		srv: map[string][]*net.SRV{
			"_carddavs._tcp.example.com": {{Target: "contacts.example.com.", Port: 443}},
			"_caldavs._tcp.example.com":  {{Target: "caldav.example.com.", Port: 443}},
			"_carddavs._tcp.example.org": {{Target: "cloud.example.org.", Port: 443}},
			"_caldavs._tcp.example.org":  {{Target: ".", Port: 443}},
		},
		txt: map[string][]string{"_carddavs._tcp.example.org": {"v=1", "path=/remote.php/dav/"}},
	}
	for _, c := range []struct {
		name, address string
		world         *world
		want          string
	}{
		{"host", "cloud.example.org", cloud(), cloudFound},
		{"host in capitals", " Cloud.Example.ORG ", cloud(), cloudFound},
		{"root", "https://ada@cloud.example.org", cloud(), cloudFound},
		{"a page of the web site", "https://cloud.example.org/apps/contacts/", cloud(), cloudFound},
		{"server", "https://cloud.example.org/remote.php/dav/", cloud(), cloudFound},
		{"files", "https://cloud.example.org/remote.php/dav/files/a/", cloud(), cloudFound},
		{"principal", "cloud.example.org/remote.php/dav/principals/users/ada/", cloud(), cloudFound},
		{"home set", books, cloud(), `
https://cloud.example.org/remote.php/dav/addressbooks/users/ada/contacts/ Contacts Contacts sync
https://cloud.example.org/remote.php/dav/addressbooks/users/ada/z-app-generated--recent/ Recently contacted Contacts read-only`},
		{"collection", books + "contacts/", cloud(), books + "contacts/ Contacts Contacts sync"},
		{"mail address and path in DNS", "ada@example.org", cloud(), cloudFound},
		{"mail address and shards", "ada@example.com", shards(), `
https://p42-contacts.example.com:443/1234/carddavhome/card/  Contacts
https://p42-caldav.example.com/1234/calendars/home/ Home Events
https://p42-caldav.example.com/1234/calendars/todo/ Reminders Tasks`},
		{"calendars only", "caldav.example.com", shards(), `
https://p42-caldav.example.com/1234/calendars/home/ Home Events
https://p42-caldav.example.com/1234/calendars/todo/ Reminders Tasks`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := discover.Find(t.Context(), c.world.client(), discover.Options{Resolver: dns}, c.address)
			if err != nil || len(a.Troubles) > 0 {
				t.Fatal(err, a.Troubles)
			}
			want(t, summary(a), c.want)
		})
	}
}

// TestGoogleLayout: the address book and the calendars are different sites, each of which is found by its own address.
func TestGoogleLayout(t *testing.T) {
	w := &world{pages: map[string]page{
		"https://www.example.com/.well-known/carddav":                          {to: "/carddav/v1/principals/ada@example.net/lists/default/"},
		"https://www.example.com/.well-known/caldav":                           {to: "https://calendar.example.net/caldav/v2/ada@example.net/user"},
		"https://www.example.com/carddav/v1/principals/ada@example.net/":       {props: homes("/carddav/v1/principals/ada@example.net/lists/", "")},
		"https://www.example.com/carddav/v1/principals/ada@example.net/lists/": {props: collection, below: []string{"default/"}},
		"https://calendar.example.net/caldav/v2/ada@example.net/user":          {props: homes("", "/caldav/v2/ada@example.net/") + principal("/caldav/v2/ada@example.net/user")},
		"https://calendar.example.net/caldav/v2/ada@example.net/":              {props: collection, below: []string{"events/"}},
		"https://calendar.example.net/caldav/v2/ada@example.net/events/":       {props: calendar + named("ada@example.net") + components("VEVENT")},
		"https://www.example.com/carddav/v1/principals/ada@example.net/lists/default/": {props: book + named("Address Book") +
			principal("/carddav/v1/principals/ada@example.net/")},
	}}
	a, err := discover.Find(t.Context(), w.client(), discover.Options{}, "www.example.com")
	if err != nil {
		t.Fatal(err)
	}
	want(t, summary(a), `https://www.example.com/carddav/v1/principals/ada@example.net/lists/default/ Address Book Contacts`)
	if len(a.Troubles) != 1 || !errors.Is(a.Troubles[0], discover.ErrElsewhere) {
		t.Errorf("where the calendars are is not said: %v", a.Troubles)
	}
	a, err = discover.Find(t.Context(), w.client(), discover.Options{}, "https://calendar.example.net/caldav/v2/ada@example.net/user")
	if err != nil {
		t.Fatal(err)
	}
	want(t, summary(a), `https://calendar.example.net/caldav/v2/ada@example.net/events/ ada@example.net Events`)
}
