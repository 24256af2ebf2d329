package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

// A View is what one page says.
type View interface {
	// Template names the file in templates/ that draws it, without ".html".
	Template() string
	// Title is what the page is called, in the tab of the browser and as its heading.
	Title() string
}

// A Frame is what is around a View, the same on all pages.
type Frame struct {
	View View
	// Account is the name of who is signed in; empty for nobody.
	Account string
	// Admin says that the account may administer others.
	Admin bool
	// Cookie says that a browser is signed in by a cookie, so that it can sign out.
	Cookie bool
	// Token goes into every form, by {{template "token" $}}.
	Token string
	// Once goes into forms that make something, by {{template "once" $}}: each page has another one, and a form with it
	// is done once.
	Once string
	// Path is the page's own address, without host.
	Path string
	// Notice says what was just done; the zero value says nothing.
	Notice Notice
}

// A Crumb is one step on the way from the overview to a page.
type Crumb struct{ Title, Path string }

// A Refresher is a View that changes by itself.
type Refresher interface {
	// Refresh is after how many seconds a browser without script loads it again; 0 for never.
	Refresh() int
}

// A Trail is a View that stands below others.
type Trail interface {
	// Crumbs are what it stands below, without the overview.
	Crumbs() []Crumb
}

//go:embed templates
var templates embed.FS

// drawn are the templates by name, each with the frame around it.
var drawn = parse(templates)

// parse reads all templates. They are part of the program: one that cannot be read is found by any test.
func parse(files fs.FS) map[string]*template.Template {
	shared := template.Must(template.New("frame").Funcs(functions).ParseFS(files, "templates/frame/*.html"))
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		panic(err)
	}
	all := make(map[string]*template.Template, len(names))
	for _, name := range names {
		page := template.Must(shared.Clone())
		template.Must(page.ParseFS(files, name))
		all[strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = page
	}
	return all
}

// Draw gives a page as HTML. It fails only for a View whose template is missing or does not fit it.
func Draw(f Frame) ([]byte, error) {
	page := drawn[f.View.Template()]
	if page == nil {
		return nil, fmt.Errorf("draw page: there is no template %q", f.View.Template())
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "page", f); err != nil {
		return nil, fmt.Errorf("draw page: %w", err)
	}
	return b.Bytes(), nil
}

// Title is what the page is called.
func (f Frame) Title() string { return f.View.Title() }

// Refresh is after how many seconds the page is loaded again; 0 for never.
func (f Frame) Refresh() int {
	if v, ok := f.View.(Refresher); ok {
		return v.Refresh()
	}
	return 0
}

// Crumbs are what the page stands below.
func (f Frame) Crumbs() []Crumb {
	if v, ok := f.View.(Trail); ok {
		return v.Crumbs()
	}
	return nil
}

// A NavItem is one of the links that all pages have.
type NavItem struct {
	Title, Path string
	// Here says that it leads to the page itself, or to what the page stands below.
	Here bool
}

// navigation is what all pages link to.
var navigation = []NavItem{
	{Title: "Overview", Path: "/v2/syncengine/"},
	{Title: "Notices", Path: "/v2/syncengine/notices/"},
	{Title: "Sync log", Path: "/v2/syncengine/synchronization/"},
	{Title: "Clients", Path: "/v2/services/"},
	{Title: "Held", Path: "/v2/syncengine/holds/"},
	{Title: "Doubtful", Path: "/v2/syncengine/reviews/"},
	{Title: "Quarantine", Path: "/v2/syncengine/quarantine/"},
	{Title: "History", Path: "/v2/syncengine/history/"},
	{Title: "Find an item", Path: "/v2/syncengine/where/"},
	{Title: "Tokens", Path: "/v2/tokens/"},
	{Title: "Accounts", Path: "/v2/accounts/"},
}

// Nav is the navigation, with the place that the page is at.
func (f Frame) Nav() []NavItem {
	out := append([]NavItem(nil), navigation...)
	best := -1
	if strings.HasPrefix(f.Path, "/v2/syncengine/synclog") {
		f.Path = "/v2/syncengine/synchronization/" // the log has two addresses
	}
	for i, n := range out {
		if strings.HasPrefix(strings.TrimRight(f.Path, "/")+"/", n.Path) && (best < 0 || len(n.Path) > len(out[best].Path)) {
			best = i
		}
	}
	if best >= 0 {
		out[best].Here = true
	}
	return out
}
