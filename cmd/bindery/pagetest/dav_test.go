package pagetest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAPersonAddsADAVAccount: somebody says what he knows of an account, sees what is there, chooses, and has it bound. The
// server is this one itself, which is a CardDAV and CalDAV server too.
func TestAPersonAddsADAVAccount(t *testing.T) {
	w := newWorld(t, true)
	b := w.open(t)
	b.signIn()
	b.visit("/v2/services/")
	b.click(`a[href="/v2/services/dav/"]`)
	fill := func(secret string) {
		b.do("fill in", chromedp.SetValue("#address", w.base, chromedp.ByQuery), chromedp.SetValue("#user", account, chromedp.ByQuery),
			chromedp.SetValue("#password", secret, chromedp.ByQuery))
		b.click("form.fields button")
	}
	fill("a guess")
	if text := b.text("main"); !strings.Contains(text, "refuses this user and password") {
		t.Errorf("by a wrong password: %s", text)
	}
	b.visit("/v2/services/dav/")
	fill(password)
	for _, want := range []string{"Contacts", "Make a new one", "Leave Notes out", "/dav/calendars/"} {
		if text := b.text("main"); !strings.Contains(text, want) {
			t.Errorf("no %q on the page of what was found: %s", want, text)
		}
	}
	b.inspect("services-dav-found")
	b.do("leave out", chromedp.Click(`input[name="collection-Notes"][value=""]`, chromedp.ByQuery))
	b.click("form.fields button")
	if text := b.text("main"); !strings.Contains(text, "The binding is made.") {
		t.Errorf("after the account was added: %s", text)
	}
}
