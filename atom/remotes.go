package atom

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// kindGData is the kind of clients on servers that somebody registered, kindDAV that of those on DAV servers, each of
// which has its own.
const (
	kindGData = remote.KindGData
	kindDAV   = remote.KindDAV
)

// Remotes keeps the servers that were registered, and the clients on them; a *remote.Remotes is one. Its errors are the
// classes of package remote.
type Remotes interface {
	Servers(ctx context.Context, owner string) ([]remote.Server, error)
	Server(ctx context.Context, owner, id string) (remote.Server, error)
	ServerNamed(ctx context.Context, owner, name string) (remote.Server, error)
	Register(ctx context.Context, owner string, n remote.NewServer, first *remote.Credentials) (remote.Server, error)
	Change(ctx context.Context, owner, id string, n remote.NewServer, shared bool, with *remote.Credentials) (remote.Server, error)
	Unregister(ctx context.Context, owner, id string, shared bool) error
	Attach(ctx context.Context, owner, server string, c remote.Credentials, create func(ctx context.Context) (string, error)) error
	Account(ctx context.Context, owner, client string) (remote.Account, error)
	SetCredentials(ctx context.Context, owner, client string, c remote.Credentials) error
	Forget(ctx context.Context, owner, client string) error
	Find(ctx context.Context, n remote.NewDAV) (remote.Finding, error)
	AttachFound(ctx context.Context, owner string, f remote.Finding, choice map[dataclass.Class]remote.Choice, create func(ctx context.Context) (string, error)) error
	Keep(ctx context.Context, owner string, f remote.Finding) (string, error)
	Kept(ctx context.Context, owner, id string) (remote.Finding, error)
	Unkeep(owner, id string)
	Look(ctx context.Context, owner, client string) (remote.Finding, error)
	SetCollections(ctx context.Context, owner, client string, f remote.Finding, choice map[dataclass.Class]remote.Choice) ([]dataclass.Class, error)
}

// remoteResources are the addresses of registered servers and of the clients on them.
func (a *api) remoteResources() map[string]methods {
	return map[string]methods{
		"/v2/syncengine/sources": {http.MethodGet: a.listKinds, http.MethodPost: a.postServer},
		// With a dash in it, no name of a kind can be one.
		"/v2/syncengine/sources/{server:[0-9A-Fa-f]+-[0-9A-Fa-f-]+}": {http.MethodGet: a.getServer, http.MethodPut: a.putServer, http.MethodDelete: a.deleteServer},
		"/v2/services/gdata":                                {http.MethodGet: a.listRemoteClients(kindGData, "GData Clients"), http.MethodPost: a.postRemoteClient},
		"/v2/services/gdata/{uuid:[0-9A-Fa-f-]+}":           a.remoteClient(kindGData),
		"/v2/services/dav":                                  {http.MethodGet: a.listRemoteClients(kindDAV, "DAV Clients"), http.MethodPost: a.postDAVClient},
		"/v2/services/dav/{uuid:[0-9A-Fa-f-]+}":             a.remoteClient(kindDAV),
		"/v2/services/dav/{uuid:[0-9A-Fa-f-]+}/collections": {http.MethodGet: a.listCollections},
	}
}

// remoteClient is the resource of one client of a kind.
func (a *api) remoteClient(kind string) methods {
	return methods{
		http.MethodGet: func(w http.ResponseWriter, r *http.Request) error {
			return a.getClient(w, r, kind, a.remoteClientEntry)
		},
		http.MethodPut: a.putRemoteClient(kind), http.MethodDelete: a.deleteRemoteClient(kind),
	}
}

// server finds the server that the path names.
func (a *api) server(r *http.Request) (remote.Server, error) {
	s, err := a.Remotes.Server(r.Context(), callerOf(r).ID, pathWord(r, "server"))
	if errors.Is(err, remote.ErrNotFound) {
		return s, errUnknownKind
	}
	return s, err
}

// getServer answers GET of one registered server.
func (a *api) getServer(w http.ResponseWriter, r *http.Request) error {
	s, err := a.server(r)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, a.serverEntry(r, s))
}

// putServer answers PUT of one registered server: the entry says all of it, but the client secret, which may be left out.
// Credentials in it are tried and not kept.
func (a *api) putServer(w http.ResponseWriter, r *http.Request) error {
	was, err := a.server(r)
	if err != nil {
		return err
	}
	entry, err := readEntry(r, errNoServerEntry)
	if err != nil {
		return err
	}
	n, err := readServer(entry)
	if err != nil {
		return err
	}
	with, some := readCredentials(entry)
	if !some {
		with = nil
	}
	s, err := a.Remotes.Change(r.Context(), callerOf(r).ID, was.ID, n, callerOf(r).Admin, with)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, a.serverEntry(r, s))
}

// deleteServer answers DELETE of one registered server.
func (a *api) deleteServer(w http.ResponseWriter, r *http.Request) error {
	s, err := a.server(r)
	if err != nil {
		return err
	}
	if err := a.Remotes.Unregister(r.Context(), callerOf(r).ID, s.ID, callerOf(r).Admin); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// postServer answers POST /v2/syncengine/sources/: it asks the server that the entry tells of, and registers it. With
// credentials it also makes the first client on it, which the answer names.
func (a *api) postServer(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoServerEntry)
	if err != nil {
		return err
	}
	n, err := readServer(entry)
	if err != nil {
		return err
	}
	first, some := readCredentials(entry)
	if !some {
		first = nil
	}
	s, client, err := a.register(r, n, first, n.Name)
	if err != nil {
		return err
	}
	doc := a.serverEntry(r, s)
	if client != "" {
		doc.Add(xmltree.New(nsSync, "client").AddText("uuid", client))
	}
	w.Header().Set("Location", a.base(r)+serverPath(s))
	return write(w, http.StatusCreated, doc)
}

// register registers a server, and with credentials its first client: both or none.
func (a *api) register(r *http.Request, n remote.NewServer, first *remote.Credentials, title string) (remote.Server, string, error) {
	owner := callerOf(r)
	if n.Shared && !owner.Admin {
		return remote.Server{}, "", errAdminOnly
	}
	s, err := a.Remotes.Register(r.Context(), owner.ID, n, first)
	if err != nil || first == nil {
		return s, "", err
	}
	c, err := a.attach(r, s.ID, *first, title)
	if err != nil {
		err = errors.Join(err, a.Remotes.Unregister(r.Context(), owner.ID, s.ID, owner.Admin))
	}
	return s, c.ID, err
}

// attach makes a client on a server.
func (a *api) attach(r *http.Request, server string, c remote.Credentials, title string) (bindings.Client, error) {
	var made bindings.Client
	owner := callerOf(r).ID
	err := a.Remotes.Attach(r.Context(), owner, server, c, func(ctx context.Context) (string, error) {
		var err error
		made, err = a.Clients.CreateClient(ctx, owner, bindings.NewClient{Kind: kindGData, Title: title})
		return made.ID, err
	})
	return made, err
}

// readServer reads what is to be registered.
func readServer(entry *xmltree.Element) (remote.NewServer, error) {
	n := remote.NewServer{
		Name: textOf(entry, "title"), Address: ownText(entry, "address"),
		Contacts: ownText(entry, "contacts"), Groups: ownText(entry, "groups"), Events: ownText(entry, "events"),
		Auth:         remote.Auth{Way: ownText(entry, "auth"), TokenURL: ownText(entry, "token_url"), ClientID: ownText(entry, "client_id")},
		ClientSecret: ownText(entry, "client_secret"),
	}
	for _, e := range ownChildren(entry, "scope") {
		n.Auth.Scopes = append(n.Auth.Scopes, strings.Fields(e.Text())...)
	}
	for _, e := range ownChildren(entry, "dataclass") {
		n.Classes = append(n.Classes, dataclass.Class(strings.TrimSpace(e.Text())))
	}
	var err error
	n.Shared, err = ownFlag(entry, "shared", false)
	return n, err
}

// readCredentials reads what a client signs in with, and whether there is anything of it.
func readCredentials(entry *xmltree.Element) (c *remote.Credentials, some bool) {
	c = &remote.Credentials{
		User: ownText(entry, "user"), Password: ownText(entry, "password"), Token: ownText(entry, "token"), Refresh: ownText(entry, "refresh_token"),
	}
	return c, c.User+c.Password+c.Token+c.Refresh != ""
}

func serverPath(s remote.Server) string { return "/v2/syncengine/sources/" + s.ID }

// serverEntry shows a registered server. What it is asked with is not shown.
func (a *api) serverEntry(r *http.Request, s remote.Server) *xmltree.Element {
	url := a.base(r) + serverPath(s)
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text("Offers "+classWords(s.Classes())+"; clients sign in by "+authWords[s.Auth.Way])).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), timestamp("published", s.Created), element("title", clean(s.Name)), timestamp("updated", s.Created),
		syncElement("sync_source", kindGData))
	for _, class := range s.Classes() {
		entry.Add(syncElement("dataclass", string(class)))
	}
	for _, e := range []struct{ name, text string }{
		{"contacts", s.Contacts}, {"groups", s.Groups}, {"events", s.Events}, {"auth", s.Auth.Way}, {"token_url", s.Auth.TokenURL}, {"client_id", s.Auth.ClientID},
	} {
		if e.text != "" {
			entry.Add(ownElement(e.name, e.text))
		}
	}
	for _, scope := range s.Auth.Scopes {
		entry.Add(ownElement("scope", scope))
	}
	return entry.Add(ownElement("shared", yesNo(s.Shared())))
}

// authWords say how clients sign in.
var authWords = map[string]string{remote.AuthBasic: "name and password", remote.AuthBearer: "a token", remote.AuthOAuth2: "OAuth 2.0"}

func classWords(list []dataclass.Class) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	return strings.Join(names, " and ")
}

// listRemoteClients answers GET of all clients of a kind.
func (a *api) listRemoteClients(kind, title string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return a.listClients(w, r, kind, title, a.remoteClientEntry)
	}
}

// postRemoteClient answers POST /v2/services/gdata/: a client on the server that the element server names, with
// credentials that are tried first.
func (a *api) postRemoteClient(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoClientEntry)
	if err != nil {
		return err
	}
	name := ownText(entry, "server")
	if name == "" {
		return errNoServer
	}
	s, err := a.Remotes.ServerNamed(r.Context(), callerOf(r).ID, name)
	if err != nil {
		return err
	}
	given, _ := readCredentials(entry)
	c, err := a.attach(r, s.ID, *given, textOf(entry, "title"))
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

// putRemoteClient answers PUT of a client: another title, other credentials, other collections, or some of them. Credentials
// are tried first.
func (a *api) putRemoteClient(kind string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := a.client(r, kind)
		if err != nil {
			return err
		}
		return a.changeRemoteClient(w, r, c)
	}
}

// changeRemoteClient does what a PUT of a client says.
func (a *api) changeRemoteClient(w http.ResponseWriter, r *http.Request, c bindings.Client) error {
	entry, err := readEntry(r, errNoUpdate)
	if err != nil {
		return err
	}
	change := bindings.ClientChange{Title: readClientChange(entry, c).Title}
	given, some := readCredentials(entry)
	// The name of the user alone is what GET shows: it changes nothing.
	some = some && given.Password+given.Token+given.Refresh != ""
	other, err := a.readMove(r.Context(), c, entry)
	if err != nil {
		return err
	}
	if !some && other == nil && change == (bindings.ClientChange{}) {
		return errNoUpdate
	}
	if some {
		if err := a.Remotes.SetCredentials(r.Context(), c.Owner, c.ID, *given); err != nil {
			return err
		}
	}
	if other != nil {
		if err := a.move(r.Context(), c, *other); err != nil {
			return err
		}
	}
	if c, err = a.Clients.ChangeClient(r.Context(), c.Owner, c.ID, change); err != nil {
		return err
	}
	doc, err := a.remoteClientEntry(r, c)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, doc)
}

// deleteRemoteClient answers DELETE of a client: it is removed as any other, and its credentials are forgotten.
func (a *api) deleteRemoteClient(kind string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := a.client(r, kind)
		if err != nil {
			return err
		}
		if err := a.removeRemoteClient(r.Context(), c); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

func (a *api) removeRemoteClient(ctx context.Context, c bindings.Client) error {
	if err := a.Clients.RemoveClient(ctx, c.Owner, c.ID); err != nil {
		return err
	}
	return a.Remotes.Forget(ctx, c.Owner, c.ID)
}
