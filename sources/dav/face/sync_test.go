package face

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/datastore"
)

// syncBody makes the report sync-collection.
func syncBody(token, rest string, names ...string) string {
	return request("d:sync-collection", "<d:sync-token>"+token+"</d:sync-token><d:sync-level>1</d:sync-level>"+rest, append([]string{"getetag"}, names...)...)
}

// tokenIn gives the token at the end of an answer.
func tokenIn(t testing.TB, body string) string {
	t.Helper()
	list := lines(t, body)
	token, ok := strings.CutPrefix(list[len(list)-1], "sync-token=")
	if !ok {
		t.Fatalf("no token in %s", body)
	}
	return token
}

// hrefsIn gives the last part of each address and, if that is not 200, its status.
func hrefsIn(t *testing.T, body string) []string {
	t.Helper()
	var out []string
	for _, l := range lines(t, body) {
		f := strings.Fields(l)
		if len(f) < 2 {
			continue
		}
		name := f[0][strings.LastIndexByte(f[0], '/')+1:]
		if f[1] != "200" {
			name += " " + f[1]
		}
		out = append(out, name)
	}
	return out
}

func TestSync(t *testing.T) {
	w := newWorld(t)
	sync := func(token, rest string) answer {
		t.Helper()
		return w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody(token, rest))
	}
	none := tokenIn(t, sync("", "").body)
	for _, n := range []string{"a", "b", "c"} {
		w.ask(http.StatusCreated, "PUT", contacts+n, cardOf(n, n))
	}
	w.ask(http.StatusCreated, "PUT", events+"e", eventOf("e", "DTSTART:20260101T100000Z"))
	all := sync("", "")
	if got := hrefsIn(t, all.body); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("all: %v", got)
	}
	if got := hrefsIn(t, sync(none, "").body); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("since there was nothing: %v", got)
	}
	token := tokenIn(t, all.body)
	prop := w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("sync-token", "cs:getctag"), "Depth: 0")
	has(t, prop.body, contacts+" 200 sync-token="+token, contacts+" 200 getctag="+token)
	w.ask(http.StatusNoContent, "PUT", contacts+"b", cardOf("b", "B"))
	w.ask(http.StatusNoContent, "DELETE", contacts+"a", "")
	w.open() // a restart
	some := sync(token, "")
	if got := hrefsIn(t, some.body); !slices.Equal(got, []string{"b", "a 404"}) {
		t.Errorf("since the token: %v", got)
	}
	if got := hrefsIn(t, sync(tokenIn(t, some.body), "").body); len(got) != 0 {
		t.Errorf("nothing changed: %v", got)
	}
}

// A client that asks for a few at a time comes to the end, whatever is changed between its requests.
func TestSyncLimit(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.ask(http.StatusCreated, "PUT", contacts+fmt.Sprint(i), cardOf(fmt.Sprint(i), "x"))
	}
	token, seen, rounds := "", map[string]bool{}, 0
	for more := true; more && rounds < 20; rounds++ {
		a := w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody(token, "<d:limit><d:nresults>2</d:nresults></d:limit>"))
		more = false
		for _, h := range hrefsIn(t, a.body) {
			if h == " 507" {
				more = true
			} else {
				seen[h] = true
			}
		}
		if rounds == 0 {
			has(t, a.body, contacts+" 507 number-of-matches-within-limits")
			w.ask(http.StatusNoContent, "PUT", contacts+"0", cardOf("0", "y"))
			w.ask(http.StatusNoContent, "DELETE", contacts+"4", "")
		}
		token = tokenIn(t, a.body)
	}
	for _, h := range []string{"0", "1", "2", "3"} {
		if !seen[h] {
			t.Errorf("%s was never told: %v", h, seen)
		}
	}
	if seen["4"] || rounds > 4 {
		t.Errorf("%v in %d rounds", seen, rounds)
	}
}

// The user's fear: a token that the server misunderstands hides changes. It then begins anew.
func TestTokensThatMeanNothing(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	w.ask(http.StatusCreated, "PUT", "/dav/calendars/ann/events/e", eventOf("e", "DTSTART:20260101T100000Z"))
	token := tokenIn(t, w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody("", "")).body)
	if a := w.as("bob", "PUT", "/dav/addressbooks/bob/contacts/a", cardOf("a", "a")); a.status != http.StatusCreated {
		t.Fatal(a.status)
	}
	bobs := tokenIn(t, w.as("bob", "REPORT", "/dav/addressbooks/bob/contacts/", syncBody("", "")).body)
	for name, bad := range map[string]string{
		"a macOS UUID": "7B1E7A0E-1111-4222-8333-444455556666", "another account's": bobs, "of events": strings.Replace(token, ":contacts:", ":events:", 1),
		"ahead": token + "0", "a number": "1", "a URL": "http://example.com/ns/sync/1", "negative": token[:strings.LastIndexByte(token, ':')] + ":-1",
		"of another life": strings.Replace(token, token[strings.Index(token, "s:")+2:strings.LastIndexByte(token, ':')], "00", 1),
	} {
		a := w.as("ann", "REPORT", contacts, syncBody(bad, ""))
		if a.status != http.StatusForbidden || !strings.Contains(a.body, "valid-sync-token") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// A server that was brought back from a backup does not know what its clients saw since.
func TestTokenAfterABackup(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	w.ask(http.StatusCreated, "PUT", contacts+"b", cardOf("b", "b"))
	// The backup was made here; what the client saw later is a token beyond it.
	old := tokenIn(t, w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody("", "")).body)
	seen := old[:strings.LastIndexByte(old, ':')] + ":5"
	if err := datastore.BroughtBack(t.Context(), w.db); err != nil {
		t.Fatal(err)
	}
	w.ask(http.StatusForbidden, "REPORT", contacts, syncBody(seen, ""))
	w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody(old, ""))
	w.ask(http.StatusCreated, "PUT", contacts+"c", cardOf("c", "c"))
	w.ask(http.StatusForbidden, "REPORT", contacts, syncBody(seen, ""))
}

// Deletions are remembered for a time only: a token from before makes the client begin anew, and the new one holds.
func TestTokenAfterForgetting(t *testing.T) {
	w := newWorld(t)
	w.ask(http.StatusCreated, "PUT", events+"e", eventOf("e", "DTSTART:20260101T100000Z"))
	w.ask(http.StatusCreated, "PUT", contacts+"a", cardOf("a", "a"))
	old := tokenIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, syncBody("", "")).body)
	w.ask(http.StatusNoContent, "DELETE", contacts+"a", "")
	if err := w.items.Items("id-ann", "client-ann").Forget(t.Context(), farFuture); err != nil {
		t.Fatal(err)
	}
	w.ask(http.StatusForbidden, "REPORT", events, syncBody(old, ""))
	fresh := tokenIn(t, w.ask(http.StatusMultiStatus, "REPORT", events, syncBody("", "")).body)
	w.ask(http.StatusMultiStatus, "REPORT", events, syncBody(fresh, ""))
}
