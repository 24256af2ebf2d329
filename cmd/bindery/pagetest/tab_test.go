package pagetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// A tab is one tab of the browser. Its steps fail the test.
type tab struct {
	t   *testing.T
	w   *world
	ctx context.Context
}

// slowest is how long one step may take on a machine that does much else.
const slowest = 30 * time.Second

// open opens a tab, which is closed when the test ends.
func (w *world) open(t *testing.T) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(built.chrome)
	t.Cleanup(end)
	b := &tab{t: t, w: w, ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && e.Entry.Level == log.LevelError && !strings.Contains(e.Entry.Text, "status of") {
			t.Errorf("the browser complains: %s %s", e.Entry.Text, e.Entry.URL)
		}
	})
	if err := chromedp.Run(ctx, log.Enable()); err != nil { // the first Run makes the tab, which ends with its context
		t.Fatal(err)
	}
	b.size(360, 740, "light")
	return b
}

// do takes steps.
func (b *tab) do(what string, steps ...chromedp.Action) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, slowest)
	defer end()
	if err := chromedp.Run(ctx, steps...); err != nil {
		var at, text string
		_ = chromedp.Run(b.ctx, chromedp.Location(&at), chromedp.Text("body", &text, chromedp.ByQuery)) // what is known
		b.t.Fatalf("%s: %v; at %s:\n%s", what, err, at, text)
	}
}

// size makes the tab so many pixels wide and high, in the scheme light or dark.
func (b *tab) size(width, height int64, scheme string) {
	b.t.Helper()
	b.do("size", chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// visit loads a page of the server.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do("visit "+path, chromedp.Navigate(b.w.base+path), chromedp.WaitReady("main", chromedp.ByQuery))
}

// js gives the value of an expression.
func (b *tab) js(expression string, to any) {
	b.t.Helper()
	b.do("script", chromedp.Evaluate(expression, to))
}

// click clicks what a selector names, and waits for the page that follows.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.Evaluate(`window.old = true`, nil), chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
	b.until("the page behind "+selector, `!window.old && document.readyState === "complete"`)
}

// until waits for what an expression says. While a page goes and another comes there is nobody to ask.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, slowest)
	defer end()
	for {
		var is bool
		if err := chromedp.Run(ctx, chromedp.Evaluate(expression, &is)); err == nil && is {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("%s does not come: %s", what, b.text("body"))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// text gives what stands in what a selector names.
func (b *tab) text(selector string) string {
	b.t.Helper()
	var out string
	b.do("read "+selector, chromedp.Text(selector, &out, chromedp.ByQuery))
	return out
}

// at gives the path of the page.
func (b *tab) at() string {
	b.t.Helper()
	var out string
	b.js(`location.pathname + location.search`, &out)
	return out
}

// signIn signs in on the page for it.
func (b *tab) signIn() {
	b.t.Helper()
	b.visit("/v2/signin")
	b.do("fill in", chromedp.SendKeys("#name", account, chromedp.ByQuery), chromedp.SendKeys("#password", password, chromedp.ByQuery))
	b.click("form.fields button")
}
