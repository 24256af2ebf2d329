package pagetest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/bindery-sync/bindery/atom"
)

// contrastJS gives every piece of visible text whose contrast to what is behind it is below 4.5 to 1.
//
//go:embed contrast.js
var contrastJS string

// A look is a size of the window and a scheme that pages are seen in.
type look struct {
	name          string
	width, height int64
	scheme        string
	// picture says that pictures are kept of it.
	picture bool
}

var looks = []look{
	{"360-dark", 360, 740, "dark", false}, {"360", 360, 740, "light", true}, {"1024", 1024, 768, "light", true},
}

// routes are the paths of the API that can be looked at, as expressions.
func routes() map[string]*regexp.Regexp {
	out := map[string]*regexp.Regexp{}
	for _, p := range atom.Paths() {
		var b strings.Builder
		for rest := p; rest != ""; {
			before, after, ok := strings.Cut(rest, "{")
			b.WriteString(regexp.QuoteMeta(before))
			if !ok {
				break
			}
			name, tail, _ := strings.Cut(after, "}")
			_, expr, has := strings.Cut(name, ":")
			if !has {
				expr = "[^/]+"
			}
			b.WriteString("(?:" + expr + ")")
			rest = tail
		}
		out[p] = regexp.MustCompile("^" + b.String() + "/?$")
	}
	return out
}

// routeOf gives the route of an address; the one with the fewest variables if it has several.
func routeOf(all map[string]*regexp.Regexp, address string) string {
	address, _, _ = strings.Cut(address, "?")
	best := ""
	for p, re := range all {
		if re.MatchString(address) && (best == "" || strings.Count(p, "{") < strings.Count(best, "{")) {
			best = p
		}
	}
	return best
}

// TestEveryPage goes through the pages by their links, and through what nothing links to by the routes. In each size
// and scheme no text is hard to read, nothing is wider than the window, and nothing is refused by the policy.
func TestEveryPage(t *testing.T) {
	w := newWorld(t, false)
	b := w.open(t)
	b.look("signin", "/v2/signin")
	b.signIn()
	all, seen := routes(), map[string]string{}
	queue := []string{"/v2/syncengine/", "/v2/"}
	for len(queue) > 0 {
		queue = b.walk(all, seen, queue)
	}
	for p := range all {
		if seen[p] == "" && !strings.Contains(p, "{") {
			seen[p] = p
			b.walk(all, map[string]string{}, []string{p})
		}
	}
	b.look("error", "/v2/nothing")
	b.look("doc", "/v2/doc/")
	for p := range all {
		if seen[p] == "" && !slices.Contains(unlinked, p) {
			t.Errorf("no page leads to %s", p)
		}
	}
}

// unlinked are other addresses of pages that were seen, or of what this world has not.
var unlinked = []string{
	"/v2/syncengine/{id:[0-9]+}/edit", "/v2/syncengine/{id:[0-9]+}/synclog/all.xml",
	"/v2/syncengine/{id:[0-9]+}/synclog/all.xml/all.xml", "/v2/syncengine/phone_datastore_bindings/{id:[0-9]+}",
	"/v2/accounts/{uuid:[0-9A-Fa-f-]+}/export", // is a file
	"/v2/tokens/{uuid:[0-9A-Fa-f-]+}",
}

// walk looks at the first page of a queue, unless one of its route was seen, and appends what it links to.
func (b *tab) walk(all map[string]*regexp.Regexp, seen map[string]string, queue []string) []string {
	b.t.Helper()
	address, queue := queue[0], queue[1:]
	route := routeOf(all, address)
	if route == "" || seen[route] != "" {
		return queue
	}
	if strings.Contains(address, "?file=") {
		return queue // a browser keeps it, and shows nothing
	}
	seen[route] = address
	b.look(pictureName(route), address)
	var links []string
	b.js(`[...document.querySelectorAll("a[href]")].map(a => a.getAttribute("href")).filter(h => h.startsWith("/v2"))`, &links)
	return append(queue, links...)
}

// pictureName is what the pictures of a route are called.
func pictureName(route string) string {
	name := regexp.MustCompile(`\{([a-z]+)[^}]*\}`).ReplaceAllString(strings.TrimPrefix(route, "/v2"), "$1")
	name = strings.Trim(strings.NewReplacer("/", "-", ".", "-", "_", "-").Replace(name), "-")
	if name == "" {
		return "index"
	}
	return name
}

// A fault is a text that is hard to read.
type fault struct {
	Text, Color, Behind string
	Ratio               float64
}

// look loads a page and looks at it in all sizes and schemes.
func (b *tab) look(name, address string) {
	b.t.Helper()
	b.visit(address)
	b.inspect(name)
}

// inspect looks at the page that is there in all sizes and schemes, and leaves the first of them.
func (b *tab) inspect(name string) {
	b.t.Helper()
	address := b.at()
	defer b.size(looks[1].width, looks[1].height, looks[1].scheme)
	for _, l := range looks {
		b.size(l.width, l.height, l.scheme)
		var wide []string
		b.js(`[document.documentElement, ...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".skip, .hidden, svg") && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + " " + e.className + " " + e.textContent.slice(0, 40))`, &wide)
		var scroll bool
		b.js(`document.documentElement.scrollWidth > innerWidth`, &scroll)
		if scroll {
			b.t.Errorf("%s in %s is wider than the window: %q", address, l.name, wide)
		}
		var faults []fault
		b.js(contrastJS, &faults)
		for _, f := range faults {
			b.t.Errorf("%s in %s: contrast %.2f of %q, %s on %s", address, l.name, f.Ratio, f.Text, f.Color, f.Behind)
		}
		if *update && l.picture && !strings.Contains(name, "xml") {
			b.picture(name + "-" + l.name)
		}
	}
}

// tallest is how much of a page a picture shows, in pixels.
const tallest = 1400

// picture writes a picture of the page, down to where it ends or becomes very long.
func (b *tab) picture(name string) {
	b.t.Helper()
	var size []float64
	b.js(`[innerWidth, document.documentElement.scrollHeight]`, &size)
	var png []byte
	b.do("picture", b.capture(&png, size[0], min(size[1], tallest)))
	file := filepath.Join("..", "..", "..", "docs", "pictures", path.Base(name)+".png")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, small(b.t, png), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// capture makes a picture of so much of the page.
func (b *tab) capture(to *[]byte, width, height float64) chromedp.ActionFunc {
	return func(ctx context.Context) (err error) {
		*to, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).WithCaptureBeyondViewport(true).
			WithClip(&page.Viewport{Width: width, Height: height, Scale: 1}).Do(ctx)
		if err != nil {
			return fmt.Errorf("capture: %w", err)
		}
		return nil
	}
}
