package pagetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// holds reports in how many files of a folder all the words stand.
func (w *world) holds(folder string, words ...string) int {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.dir, folder, "*.vcf"))
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		all := true
		for _, word := range words {
			all = all && strings.Contains(string(text), word)
		}
		if all {
			n++
		}
	}
	return n
}

// synchronize starts a synchronization on the page of the binding, and waits for its end.
func (b *tab) synchronize() {
	b.t.Helper()
	b.visit("/v2/syncengine/1")
	b.do("choose", chromedp.SetValue("#dataclass", "Contacts", chromedp.ByQuery))
	b.click("form[data-start] button")
	b.until("the end of the synchronization", `document.querySelector("h1").innerText.includes("done") && !document.querySelector("[data-live]")`)
}

// wants asks that the page says something.
func (b *tab) wants(words string) {
	b.t.Helper()
	if text := b.text("main"); !strings.Contains(text, words) {
		b.t.Fatalf("%s does not say %q:\n%s", b.at(), words, text)
	}
}

// TestAPersonDecides: somebody approves a held plan and says that a doubtful pair is one; the next synchronization does
// just that. Then one of the contacts that it deleted is found, restored, and is on both sides again.
func TestAPersonDecides(t *testing.T) {
	w := newWorld(t, false)
	b := w.open(t)
	b.signIn()
	b.visit("/v2/syncengine/holds/")
	b.click(".card h2 a")
	b.wants("13 items would be deleted on b, because a deleted them")
	b.wants("Person Example03")
	b.click("button[value=approve]")
	b.wants("You approved it.")
	b.inspect("hold-approved")

	b.visit("/v2/syncengine/reviews/")
	b.wants("anna@berg.example")
	b.do("mark the pair", chromedp.Click("[name=pair]", chromedp.ByQuery))
	b.click("button[value=same]")
	b.wants("you said: the same")
	b.inspect("reviews-decided")
	if n := w.holds("b", "Example"); n != 14 {
		t.Fatalf("%d contacts are on b before the synchronization", n)
	}
	b.synchronize()
	if n := w.holds("b", "Example"); n != 1 {
		t.Errorf("%d contacts are on b after what was approved", n)
	}
	for _, folder := range []string{"a", "b"} {
		if n := w.holds(folder, "FN:Anna Berg", "TEL", "anna@berg.example"); n != 1 || w.holds(folder, "FN:Anna Berg") != 1 {
			t.Errorf("%s has %d whole Annas and %d at all", folder, n, w.holds(folder, "FN:Anna Berg"))
		}
	}

	b.visit("/v2/syncengine/history/")
	b.do("search", chromedp.SendKeys("#text", "example03", chromedp.ByQuery))
	b.click("form.row button")
	b.click("table a")
	b.wants("Person Example03")
	b.click("button[value=restore]")
	b.wants("added again")
	b.inspect("restored")
	b.synchronize()
	for _, folder := range []string{"a", "b"} {
		if n := w.holds(folder, "Example03"); n != 1 {
			t.Errorf("%s has the restored contact %d times", folder, n)
		}
	}
	b.visit("/v2/syncengine/where/")
	b.do("search", chromedp.SendKeys("#text", "example03", chromedp.ByQuery))
	b.click("form.row button")
	b.inspect("where-found")
	b.click(".entries a")
	b.wants("It has what it is to have.")
	b.wants("It holds the same as a.")
	b.inspect("where-item")

	b.visit("/v2/tokens/")
	b.do("fill in", chromedp.SendKeys("#label", "calendar page", chromedp.ByQuery), chromedp.SendKeys("#mine", password, chromedp.ByQuery))
	b.click("main form button")
	b.wants("This is the only time that it is shown.")
	b.inspect("token-made")
}
