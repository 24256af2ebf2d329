package atom

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bindery-sync/bindery/atom/pages"
	apidoc "github.com/bindery-sync/bindery/docs/api"
)

// docPath is where the documentation is.
const docPath = "/v2/doc/"

// getManual answers GET of a page of the documentation: as a page to browsers, as Markdown to everybody else. It is for
// everybody.
func (a *api) getManual(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimSuffix(mux.Vars(r)["page"], ".md") // as the pages name each other where they are files
	if name == "" {
		name = apidoc.Index
	}
	text, ok := apidoc.Page(name)
	if !ok {
		return errNoResource
	}
	if wantsPage(r) {
		return a.draw(w, r, http.StatusOK, pages.NewManual(string(text)))
	}
	h := w.Header()
	h.Set("Content-Type", "text/markdown; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Vary", "Accept")
	_, _ = w.Write(text) // a reader that has gone reads nothing
	return nil
}

// otherSlash sends a reader to the one address of a page of the documentation, whose links are relative to it, from that
// with or without a slash at the end.
func otherSlash(w http.ResponseWriter, r *http.Request) error {
	to := strings.TrimSuffix(r.URL.Path, "/")
	if to+"/" == docPath {
		to = docPath
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusMovedPermanently)
	return nil
}
