package atom

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/remote"
)

// The pages of registered servers, and of the clients on them.
const (
	sourcesPath   = "/v2/syncengine/sources/"
	elsewherePath = "/v2/services/gdata/"
	davPath       = "/v2/services/dav/"
)

// remotePages are the pages of registered servers and of clients on them.
func (a *api) remotePages() map[string]page {
	return map[string]page{
		"/v2/syncengine/sources":                                     {show: a.showSources, forms: map[string]former{"register": a.formRegister}},
		"/v2/syncengine/sources/{server:[0-9A-Fa-f]+-[0-9A-Fa-f-]+}": {show: a.showSource, forms: map[string]former{"attach": a.formAttach, "remove": a.formUnregister}},
		"/v2/services/gdata":                                         {show: a.showElsewhere, forms: map[string]former{"add": a.formAddElsewhere}},
		"/v2/services/gdata/{uuid:[0-9A-Fa-f-]+}":                    {show: a.showRemoteClient(kindGData), forms: a.remoteForms(kindGData)},
		"/v2/services/dav":                                           {show: a.showDAV, forms: map[string]former{"add": a.onceFormer(a.formAddDAV)}, replies: replies{"find": a.replyFound}},
		"/v2/services/dav/{uuid:[0-9A-Fa-f-]+}":                      {show: a.showRemoteClient(kindDAV), forms: a.remoteForms(kindDAV)},
		"/v2/services/dav/{uuid:[0-9A-Fa-f-]+}/collections":          {show: a.showCollections, forms: map[string]former{"move": a.onceFormer(a.formMove)}},
	}
}

// showSources answers GET /v2/syncengine/sources/ for people.
func (a *api) showSources(r *http.Request) (pages.View, error) {
	v := pages.Sources{Admin: callerOf(r).Admin}
	for _, name := range a.Kinds.Names() {
		k, err := a.Kinds.Kind(name)
		if err != nil {
			return nil, err
		}
		v.Kinds = append(v.Kinds, pages.KindRow{Name: name, Path: sourcesPath + name, Text: kindSentence(k), Classes: classWords(kindClasses(k.Caps))})
	}
	list, err := a.Remotes.Servers(r.Context(), callerOf(r).ID)
	for _, s := range list {
		v.Servers = append(v.Servers, pages.ServerRow{Name: s.Name, Path: serverPath(s), Classes: classWords(s.Classes()), Auth: authWords[s.Auth.Way], Shared: s.Shared()})
	}
	return v, err
}

// showSource answers GET of one registered server for people.
func (a *api) showSource(r *http.Request) (pages.View, error) {
	s, err := a.server(r)
	if err != nil {
		return nil, err
	}
	v := pages.Source{Name: s.Name, Path: serverPath(s), SignIn: signInTo(s, ""), Removable: !s.Shared() || callerOf(r).Admin}
	for _, p := range []pages.Property{
		{Name: "offers", Value: classWords(s.Classes())}, {Name: "contacts", Value: s.Contacts}, {Name: "groups", Value: s.Groups}, {Name: "events", Value: s.Events},
		{Name: "clients sign in by", Value: authWords[s.Auth.Way]}, {Name: "tokens", Value: s.Auth.TokenURL}, {Name: "scopes", Value: strings.Join(s.Auth.Scopes, ", ")},
		{Name: "registered", Value: s.Created.UTC().Format("2 Jan 2006, 15:04 UTC")},
	} {
		if p.Value != "" {
			v.About = append(v.About, p)
		}
	}
	v.Stores, err = a.storeChoices(r)
	return v, err
}

// signInTo says what a server wants to be told.
func signInTo(s remote.Server, user string) pages.Login {
	switch s.Auth.Way {
	case remote.AuthBearer:
		return pages.Login{User: user, Field: "bearer", Label: "Token"}
	case remote.AuthOAuth2:
		return pages.Login{User: user, Field: "refresh_token", Label: "Refresh token"}
	}
	return pages.Login{User: user, UserNeeded: true, Field: "password", Label: "Password there"}
}

// formCredentials reads what a form says to sign in with. The field token is the form's own.
func formCredentials(f url.Values) remote.Credentials {
	return remote.Credentials{User: strings.TrimSpace(f.Get("user")), Password: f.Get("password"), Token: strings.TrimSpace(f.Get("bearer")), Refresh: strings.TrimSpace(f.Get("refresh_token"))}
}

// storeChoices are the datastores that an account elsewhere can be bound to, the oldest one first.
func (a *api) storeChoices(r *http.Request) ([]pages.Choice, error) {
	list, err := a.Clients.Clients(r.Context(), callerOf(r).ID, kindDatastore)
	var out []pages.Choice
	for _, c := range list {
		out = append(out, pages.Choice{Value: c.ID, Title: partyOf(c, "").Title})
	}
	return append(out, pages.Choice{Title: "nothing yet"}), err
}

// formRegister registers a server.
func (a *api) formRegister(r *http.Request, f url.Values) (done, error) {
	n := remote.NewServer{
		Name: f.Get("name"), Address: strings.TrimSpace(f.Get("address")), Shared: f.Get("shared") != "",
		Contacts: strings.TrimSpace(f.Get("contacts")), Groups: strings.TrimSpace(f.Get("groups")), Events: strings.TrimSpace(f.Get("events")),
		Auth: remote.Auth{Way: f.Get("auth"), TokenURL: strings.TrimSpace(f.Get("token_url")), ClientID: strings.TrimSpace(f.Get("client_id")),
			Scopes: strings.Fields(f.Get("scope"))},
		ClientSecret: f.Get("client_secret"),
	}
	s, _, err := a.register(r, n, nil, "")
	if err != nil {
		return done{}, err
	}
	return done{serverPath(s), pages.SourceAdded}, nil
}

// formUnregister takes a server away.
func (a *api) formUnregister(r *http.Request, f url.Values) (done, error) {
	if f.Get("sure") == "" {
		return done{}, errNotSure
	}
	s, err := a.server(r)
	if err != nil {
		return done{}, err
	}
	err = a.Remotes.Unregister(r.Context(), callerOf(r).ID, s.ID, callerOf(r).Admin)
	return done{sourcesPath, pages.SourceRemoved}, err
}

// formAttach adds an account on a registered server.
func (a *api) formAttach(r *http.Request, f url.Values) (done, error) {
	s, err := a.server(r)
	if err != nil {
		return done{}, err
	}
	c, err := a.attach(r, s.ID, formCredentials(f), firstOf(strings.TrimSpace(f.Get("title")), s.Name))
	if err != nil {
		return done{}, err
	}
	return a.bindTo(r, c.ID, f.Get("store"))
}

// formAddElsewhere registers a server, adds an account on it, and binds that to a datastore.
func (a *api) formAddElsewhere(r *http.Request, f url.Values) (done, error) {
	given := formCredentials(f)
	n := remote.NewServer{Name: f.Get("name"), Address: strings.TrimSpace(f.Get("address"))}
	_, id, err := a.register(r, n, &given, strings.TrimSpace(f.Get("name")))
	if err != nil {
		return done{}, err
	}
	return a.bindTo(r, id, f.Get("store"))
}

// bindTo binds a new client to a datastore, if one was chosen, and says where to go on.
func (a *api) bindTo(r *http.Request, client, store string) (done, error) {
	if store == "" {
		c, err := a.Clients.Client(r.Context(), callerOf(r).ID, client)
		return done{clientPath(c), pages.ClientAdded}, err
	}
	b, err := a.Bindings.CreateBinding(r.Context(), callerOf(r).ID, bindings.NewBinding{Source: client, Target: store})
	if err != nil {
		return done{}, err
	}
	return done{bindingPath(b.ID), pages.BindingMade}, nil
}

// showElsewhere answers GET /v2/services/gdata/ for people.
func (a *api) showElsewhere(r *http.Request) (pages.View, error) {
	var v pages.Elsewhere
	list, err := a.Clients.Clients(r.Context(), callerOf(r).ID, kindGData)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		at, why, err := a.far(r.Context(), c)
		if err != nil {
			return nil, err
		}
		v.Accounts = append(v.Accounts, pages.AccountRow{Party: partyOf(c, ""), Source: at.Server.Name, User: at.User, Why: why})
	}
	servers, err := a.Remotes.Servers(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	for _, s := range servers {
		v.Sources = append(v.Sources, pages.Crumb{Title: s.Name, Path: serverPath(s)})
	}
	v.Stores, err = a.storeChoices(r)
	return v, err
}

// far tells what a client is at its server, and why it cannot be asked; "" for one that can.
func (a *api) far(ctx context.Context, c bindings.Client) (remote.Account, string, error) {
	at, err := a.remoteAccount(ctx, c)
	if err != nil {
		return at, "", err
	}
	why, err := a.remoteState(ctx, c, at)
	return at, why, err
}

// showRemoteClient answers GET of one account elsewhere for people.
func (a *api) showRemoteClient(kind string) func(r *http.Request) (pages.View, error) {
	return func(r *http.Request) (pages.View, error) {
		v, c, err := a.clientView(r, kind)
		if err != nil {
			return nil, err
		}
		return a.remoteClientView(r, v, c)
	}
}

// remoteClientView adds to the page of a client what is elsewhere.
func (a *api) remoteClientView(r *http.Request, v pages.Client, c bindings.Client) (pages.View, error) {
	at, why, err := a.far(r.Context(), c)
	if err != nil {
		return nil, err
	}
	more := []pages.Property{{Name: "holds", Value: firstOf(classWords(at.Server.Classes()), "nothing")}}
	if at.User != "" {
		more = append(more, pages.Property{Name: "user there", Value: at.User})
	}
	source := pages.Crumb{Title: at.Server.Name}
	if at.Server.Protocol() == kindDAV {
		more = append(more, davProperties(at.Server)...)
		v.Collections = clientPath(c) + collectionsPath
	} else {
		source.Path = serverPath(at.Server)
	}
	v.About = slices.Insert(v.About, 1, more...)
	v.Far = &pages.Far{Source: source, Why: why, SignIn: signInTo(at.Server, at.User)}
	return v, nil
}

// remoteForms are what can be done with an account elsewhere.
func (a *api) remoteForms(kind string) map[string]former {
	forms := a.clientForms(kind)
	one := func(do func(r *http.Request, c bindings.Client, f url.Values) (done, error)) former {
		return func(r *http.Request, f url.Values) (done, error) {
			c, err := a.client(r, kind)
			if err != nil {
				return done{}, err
			}
			return do(r, c, f)
		}
	}
	forms["remove"], forms["authorise"] = one(a.formRemoveFar), one(a.formAuthorise)
	return forms
}

// formRemoveFar removes an account elsewhere and its bindings, and forgets its credentials.
func (a *api) formRemoveFar(r *http.Request, c bindings.Client, f url.Values) (done, error) {
	if f.Get("sure") == "" {
		return done{}, errNotSure
	}
	return done{clientsPath, pages.ClientRemoved}, a.removeRemoteClient(r.Context(), c)
}

// formAuthorise replaces the credentials of an account elsewhere.
func (a *api) formAuthorise(r *http.Request, c bindings.Client, f url.Values) (done, error) {
	err := a.Remotes.SetCredentials(r.Context(), c.Owner, c.ID, formCredentials(f))
	return done{clientPath(c), pages.AuthorisedAgain}, err
}
