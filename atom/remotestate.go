package atom

import (
	"context"
	"errors"
	"net/http"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// remoteState says whether a client can be asked: why is empty for one that can.
func (a *api) remoteState(ctx context.Context, c bindings.Client, at remote.Account) (why string, err error) {
	if !at.Keyed {
		return "It has no credentials", nil
	}
	if a.Unauthorised == nil {
		return "", nil
	}
	list, err := a.Unauthorised(ctx, c.Owner)
	for _, u := range list {
		if u.Client == c.ID {
			return firstOf(u.Why, "The source refused its credentials"), err
		}
	}
	return "", err
}

// The states of a client on a server.
const (
	stateAuthorised   = "authorised"
	stateUnauthorised = "must be authorised again"
)

// remoteAccount gives what a client is at its server; nothing of one that was registered in another way.
func (a *api) remoteAccount(ctx context.Context, c bindings.Client) (remote.Account, error) {
	at, err := a.Remotes.Account(ctx, c.Owner, c.ID)
	if errors.Is(err, remote.ErrNotFound) {
		return remote.Account{}, nil
	}
	return at, err
}

// remoteClientEntry shows a client on a server. Its credentials are not shown.
func (a *api) remoteClientEntry(r *http.Request, c bindings.Client) (*xmltree.Element, error) {
	at, err := a.remoteAccount(r.Context(), c)
	if err != nil {
		return nil, err
	}
	why, err := a.remoteState(r.Context(), c, at)
	if err != nil {
		return nil, err
	}
	url, state := a.clientURL(r, c), stateAuthorised
	if why != "" {
		state = stateUnauthorised
	}
	text := firstOf(at.User, "A client") + " at " + firstOf(at.Server.Name, "no source")
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(clean(text))).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), link(url, "edit", ""),
		timestamp("published", c.Created), element("title", firstOf(c.Title, c.ID)), timestamp("updated", c.Created),
		xmltree.New(nsSync, "client").AddText("uuid", c.ID))
	for _, class := range at.Server.Classes() {
		entry.Add(syncElement("dataclass", string(class)))
	}
	server := at.Server.ID
	if at.Server.Protocol() == kindDAV {
		server = ""
		entry.Add(davElements(at.Server)...)
	}
	for _, e := range []struct{ name, text string }{{"server", server}, {"user", at.User}, {"state", state}, {"why", why}} {
		if e.text != "" {
			entry.Add(ownElement(e.name, e.text))
		}
	}
	return entry, nil
}
