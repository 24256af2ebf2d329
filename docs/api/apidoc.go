// Package apidoc holds the documentation of the Atom API: a Markdown page for each group of resources, each resource with
// a request and its answer. The server shows them below /v2/doc/; a test of package atom sends every request and compares
// the answers.
package apidoc

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.md
var files embed.FS

// Index is the name of the page that the others are listed on.
const Index = "index"

// Names lists the pages, without ".md", the index first.
func Names() []string {
	entries, _ := files.ReadDir(".") // it is in the program
	names := []string{Index}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".md"); name != Index {
			names = append(names, name)
		}
	}
	return names
}

// Page gives the Markdown of a page; false if there is none of that name.
func Page(name string) ([]byte, bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	text, err := files.ReadFile(name + ".md")
	return text, err == nil
}
