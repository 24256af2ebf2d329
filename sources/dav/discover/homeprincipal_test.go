package discover_test

import (
	"testing"

	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// TestPrincipalIsHome lists an account that is its own home set, wherever the search begins.
func TestPrincipalIsHome(t *testing.T) {
	const at = "https://pim.example.org"
	w := &world{pages: map[string]page{
		at + "/.well-known/carddav": {to: "/"},
		at + "/":                    {props: collection + principal("/ada/")},
		at + "/ada/":                {props: collection + principal("/ada/") + homes("/ada/", "/ada/"), below: []string{"contacts/"}},
		at + "/ada/contacts/":       {props: book + principal("/ada/")},
	}}
	for _, from := range []string{at, at + "/ada/", at + "/ada/contacts/"} {
		a, err := discover.Find(t.Context(), w.client(), discover.Options{}, from)
		if err != nil {
			t.Errorf("%s: %v", from, err)
		}
		want(t, summary(a), at+"/ada/contacts/  Contacts")
	}
	w.pages[at+"/ada/gone/"] = page{inside: "404 Not Found"}
	for _, nowhere := range []string{"/ada/other/", "/ada/gone/"} {
		a, err := discover.Find(t.Context(), w.client(), discover.Options{}, at+nowhere)
		if err != nil || !a.Beside {
			t.Errorf("%s, where nothing is: %+v, %v", nowhere, a, err)
		}
	}
}
