package pagetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// many is how many contacts are new: enough for a synchronization that somebody can watch.
const many = 3000

// TestAPersonsWay: somebody signs in, looks at a binding, starts a synchronization, watches it and sees what it did.
func TestAPersonsWay(t *testing.T) {
	w := newWorld(t, true)
	b := w.open(t)
	b.visit("/v2/syncengine/1")
	if at := b.at(); at != "/v2/signin?next=%2Fv2%2Fsyncengine%2F1" {
		t.Fatalf("a stranger gets to %s", at)
	}
	b.do("fill in", chromedp.SendKeys("#name", account, chromedp.ByQuery), chromedp.SendKeys("#password", password+"\r", chromedp.ByQuery))
	b.until("the binding", `location.pathname === "/v2/syncengine/1"`)

	b.look("conflict", "/v2/syncengine/synclog/2")
	if text := b.text("main"); !strings.Contains(text, "a won where both had changed the same property") || !strings.Contains(text, "+431555222") {
		t.Errorf("the page of the conflict says\n%s", text)
	}
	b.visit("/v2/syncengine/1")

	for i := range many {
		w.write("a", fmt.Sprintf("new%d.vcf", i), card(fmt.Sprintf("new%d", i), fmt.Sprintf("Example%d;Newton", i), fmt.Sprintf("TEL:+43156%05d", i)))
	}
	b.do("choose", chromedp.SetValue("#dataclass", "Contacts", chromedp.ByQuery))
	b.click("form[data-start] button")
	b.until("live progress", `document.querySelector("[data-live-text]").innerText.includes("read from the source")`)
	b.until("the end of the synchronization", `document.querySelector("h1").innerText.includes("done") && !document.querySelector("[data-live]")`)
	if text := b.text("main"); !strings.Contains(text, fmt.Sprintf("b told nothing and was sent %d added", many)) {
		t.Errorf("the page of the synchronization says\n%s", text)
	}

	b.visit("/v2/syncengine/1")
	b.do("choose", chromedp.SetValue("form:has([value=settings]) select", "target", chromedp.ByQuery))
	b.click("form:has([value=settings]) button")
	if text := b.text("main"); !strings.Contains(text, "The settings are saved.") {
		t.Errorf("after the settings: %s", text)
	}
	b.do("fold out", chromedp.Click("details:has([name=sure]) summary", chromedp.ByQuery), chromedp.Click("[name=sure]", chromedp.ByQuery))
	b.click("button.danger")
	if at, text := b.at(), b.text("main"); !strings.HasPrefix(at, "/v2/syncengine/?notice=") || !strings.Contains(text, "No item was deleted") {
		t.Errorf("after the binding was removed: %s\n%s", at, text)
	}

	b.do("choose two sides", chromedp.Evaluate(`for (const id of ["source", "target"])
		for (const o of document.getElementById(id).options) if (o.text === (id === "source" ? "a" : "b") + " (folder)") document.getElementById(id).value = o.value`, nil))
	b.click("form.fields button")
	if text := b.text("main"); !strings.Contains(text, "The binding is made.") {
		t.Errorf("after the binding was made: %s", text)
	}
	b.click(".who button")
	if text := b.text("main"); !strings.Contains(text, "You are signed out.") {
		t.Errorf("after signing out: %s", text)
	}
	b.visit("/v2/syncengine/")
	if at := b.at(); !strings.HasPrefix(at, "/v2/signin") {
		t.Errorf("who signed out gets to %s", at)
	}
}

// TestTheKeyboardShowsWhereItIs: whatever the tab key leads to is marked.
func TestTheKeyboardShowsWhereItIs(t *testing.T) {
	w := newWorld(t, true)
	b := w.open(t)
	b.signIn()
	b.visit("/v2/syncengine/1")
	seen := map[string]bool{}
	for range 40 {
		b.do("tab key", chromedp.KeyEvent("\t"))
		var at struct {
			Name, Outline string
			Width         float64
		}
		b.js(`(() => { const e = document.activeElement, s = getComputedStyle(e);
			return { Name: e.tagName + " " + (e.name || e.innerText || "").slice(0, 30), Outline: s.outlineStyle, Width: parseFloat(s.outlineWidth) } })()`, &at)
		if strings.HasPrefix(at.Name, "BODY") {
			break
		}
		if seen[at.Name] = true; at.Outline == "none" || at.Width < 2 {
			t.Errorf("%s is not marked: %+v", at.Name, at)
		}
	}
	for _, want := range []string{"A Skip to the content", "SELECT mode", "BUTTON Start", "SUMMARY Remove this binding"} {
		if !seen[want] {
			t.Errorf("the tab key does not lead to %s, only to %v", want, seen)
		}
	}
}

// TestWithoutScript: who forbids scripts signs in, starts a synchronization and sees its end all the same.
func TestWithoutScript(t *testing.T) {
	const few = 300
	w := newWorld(t, true)
	b := w.open(t)
	b.do("forbid scripts", emulation.SetScriptExecutionDisabled(true))
	b.visit("/v2/signin?next=/v2/syncengine/1")
	b.do("fill in", chromedp.SendKeys("#name", account, chromedp.ByQuery), chromedp.SendKeys("#password", password+"\r", chromedp.ByQuery),
		chromedp.WaitVisible("form[data-start]", chromedp.ByQuery))
	for i := range few {
		w.write("a", fmt.Sprintf("new%d.vcf", i), card(fmt.Sprintf("new%d", i), fmt.Sprintf("Example%d;Newton", i), fmt.Sprintf("TEL:+43156%05d", i)))
	}
	b.do("start", chromedp.SetValue("#dataclass", "Contacts", chromedp.ByQuery), chromedp.Click("form[data-start] button", chromedp.ByQuery),
		chromedp.WaitReady("svg[aria-labelledby=flow-title]", chromedp.ByQuery))
	b.do("the end", chromedp.WaitNotPresent("[data-live]", chromedp.ByQuery), chromedp.WaitReady("svg[aria-labelledby=flow-title]", chromedp.ByQuery))
	if text := b.text("main"); !strings.Contains(text, fmt.Sprintf("was sent %d added", few)) {
		t.Errorf("the page of the synchronization says\n%s", text)
	}
}
