package atom

import (
	"context"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// davElements say where a client on a DAV server is.
func davElements(s remote.Server) []*xmltree.Element {
	out := []*xmltree.Element{ownElement("address", clean(s.Address)), ownElement("auth", s.Auth.Way)}
	for _, class := range s.Classes() {
		out = append(out, ownElement("collection", s.Collections[class]).SetAttr("", "dataclass", string(class)))
	}
	return out
}

// postDAVClient answers POST /v2/services/dav/: it looks for the account that the entry tells of, and makes a client of
// it. An element collection, with the dataclass as an attribute, says which one is meant for that; without any, and
// without an element dataclass, all that there is one collection for are taken. With make, what is missing is made.
func (a *api) postDAVClient(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoClientEntry)
	if err != nil {
		return err
	}
	n, err := readDAV(entry)
	if err != nil {
		return err
	}
	given, wanted := readCollections(entry)
	anew, err := ownFlag(entry, "make", false)
	if err != nil {
		return err
	}
	f, err := a.Remotes.Find(r.Context(), n)
	if err != nil {
		return err
	}
	if anew && len(given)+len(wanted) == 0 {
		wanted = remote.DAVClasses()
	}
	choice, err := f.Choose(wanted, given, anew)
	if err != nil {
		return err
	}
	c, err := a.attachFound(r, f, choice, textOf(entry, "title"))
	if err != nil {
		return err
	}
	doc, err := a.remoteClientEntry(r, c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.clientURL(r, c))
	return write(w, http.StatusCreated, doc)
}

// readDAV reads where an account is, and how to sign in to it.
func readDAV(entry *xmltree.Element) (remote.NewDAV, error) {
	server, err := readServer(entry)
	if err != nil {
		return remote.NewDAV{}, err
	}
	given, _ := readCredentials(entry)
	n := remote.NewDAV{Address: server.Address, Auth: server.Auth, ClientSecret: server.ClientSecret, Credentials: *given}
	for _, e := range ownChildren(entry, "trust") {
		n.Trust = append(n.Trust, strings.TrimSpace(e.Text()))
	}
	return n, nil
}

// readCollections reads which collections are meant, and which dataclasses are wanted besides.
func readCollections(entry *xmltree.Element) (given map[dataclass.Class]string, wanted []dataclass.Class) {
	given = map[dataclass.Class]string{}
	for _, e := range ownChildren(entry, "collection") {
		given[dataclass.Class(e.Attr("", "dataclass"))] = strings.TrimSpace(e.Text())
	}
	for _, e := range ownChildren(entry, "dataclass") {
		wanted = append(wanted, dataclass.Class(strings.TrimSpace(e.Text())))
	}
	return given, wanted
}

// attachFound makes a client of an account that was found.
func (a *api) attachFound(r *http.Request, f remote.Finding, choice map[dataclass.Class]remote.Choice, title string) (bindings.Client, error) {
	var made bindings.Client
	owner := callerOf(r).ID
	err := a.Remotes.AttachFound(r.Context(), owner, f, choice, func(ctx context.Context) (string, error) {
		var err error
		made, err = a.Clients.CreateClient(ctx, owner, bindings.NewClient{Kind: kindDAV, Title: title})
		return made.ID, err
	})
	return made, err
}
