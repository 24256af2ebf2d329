package atom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Replacer puts a phone in the place of another; a *bindings.Phones is one. Its errors are the classes of package
// bindings.
type Replacer interface {
	Replace(ctx context.Context, owner, old, by string) (bindings.Client, error)
}

// clientResources are the addresses by which clients are changed, removed and brought back. They are those of one client
// of each kind, and what only Bindery has.
func (a *api) clientResources() map[string]methods {
	return map[string]methods{
		"/v2/services/syncml/{uuid:[0-9A-Fa-f-]+}": {
			http.MethodGet: a.getPhone, http.MethodPut: a.putClient(kindSyncML, a.phoneEntry), http.MethodDelete: a.deleteClient(kindSyncML),
		},
		"/v2/services/syncml/{uuid:[0-9A-Fa-f-]+}/replacement": {http.MethodPost: a.postReplacement},
		"/v2/services/datastore":                               {http.MethodGet: a.listDatastores, http.MethodPost: a.postDatastore},
		"/v2/services/datastore/{uuid:[0-9A-Fa-f-]+}": {
			http.MethodGet: a.getDatastore, http.MethodPut: a.putClient(kindDatastore, a.datastoreEntry), http.MethodDelete: a.deleteClient(kindDatastore),
		},
		"/v2/syncengine/removed":                         {http.MethodGet: a.listRemoved},
		"/v2/syncengine/removed/{removed:[0-9A-Fa-f-]+}": {http.MethodGet: a.getRemoved, http.MethodPost: a.restoreRemoved},
	}
}

// client finds the client of a kind that the path names.
func (a *api) client(r *http.Request, kind string) (bindings.Client, error) {
	c, err := a.Clients.Client(r.Context(), callerOf(r).ID, mux.Vars(r)["uuid"])
	if errors.Is(err, bindings.ErrNoClient) || errors.Is(err, bindings.ErrInvalid) || err == nil && c.Kind != kind {
		return c, errUnknownClient
	}
	return c, err
}

// putClient answers PUT of a client: a title, and the time zone of a phone that keeps local times. What the entry leaves
// out stays; an empty zone is that of the server. The entry may be the one that GET gave.
func (a *api) putClient(kind string, show entryMaker) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := a.client(r, kind)
		if err != nil {
			return err
		}
		entry, err := readEntry(r, errNoUpdate)
		if err != nil {
			return err
		}
		change := readClientChange(entry, c)
		if change == (bindings.ClientChange{}) {
			return errNoUpdate
		}
		if c, err = a.Clients.ChangeClient(r.Context(), c.Owner, c.ID, change); err != nil {
			return err
		}
		doc, err := show(r, c)
		if err != nil {
			return err
		}
		return write(w, http.StatusOK, doc)
	}
}

// readClientChange reads what an entry says of a client. A title that only stood for a missing one makes none.
func readClientChange(entry *xmltree.Element, c bindings.Client) bindings.ClientChange {
	var change bindings.ClientChange
	if child(entry, "title") != nil {
		title := textOf(entry, "title")
		if c.Title == "" && title == firstOf(c.DeviceID, c.ID) {
			title = ""
		}
		change.Title = &title
	}
	if len(ownChildren(entry, "zone")) > 0 {
		zone := ownText(entry, "zone")
		change.Zone = &zone
	}
	return change
}

// deleteClient answers DELETE of a client: it and its bindings are gone, and can be brought back. No item is deleted.
func (a *api) deleteClient(kind string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := a.client(r, kind)
		if err != nil {
			return err
		}
		if err := a.Clients.RemoveClient(r.Context(), c.Owner, c.ID); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

// postDatastore answers POST /v2/services/datastore/: it makes a datastore with the entry's title.
func (a *api) postDatastore(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoClientEntry)
	if err != nil {
		return err
	}
	c, err := a.Clients.CreateClient(r.Context(), callerOf(r).ID, bindings.NewClient{Kind: kindDatastore, Title: textOf(entry, "title")})
	if err != nil {
		return err
	}
	doc, err := a.datastoreEntry(r, c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.clientURL(r, c))
	return write(w, http.StatusCreated, doc)
}

// postReplacement answers POST …/replacement: the phone that the entry's client element names, by uuid or device_id,
// takes the place of the one of the path.
func (a *api) postReplacement(w http.ResponseWriter, r *http.Request) error {
	old, err := a.client(r, kindSyncML)
	if err != nil {
		return err
	}
	entry, err := readEntry(r, errNoClientEntry)
	if err != nil {
		return err
	}
	by := child(entry, "client")
	name := firstOf(textOf(by, "uuid"), textOf(by, "device_id"))
	if name == "" {
		return errNoReplacement
	}
	c, err := a.Replacer.Replace(r.Context(), old.Owner, old.ID, name)
	if err != nil {
		return err
	}
	doc, err := a.phoneEntry(r, c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.clientURL(r, c))
	return write(w, http.StatusCreated, doc)
}

// listRemoved answers GET /v2/syncengine/removed/: clients and bindings that can be brought back.
func (a *api) listRemoved(w http.ResponseWriter, r *http.Request) error {
	owner := callerOf(r).ID
	clients, err := a.Clients.RemovedClients(r.Context(), owner)
	if err != nil {
		return err
	}
	bound, err := a.Clients.RemovedBindings(r.Context(), owner)
	if err != nil {
		return err
	}
	entries := make([]dated, 0, len(clients)+len(bound))
	for _, c := range clients {
		entries = append(entries, dated{a.removedClientEntry(r, c), c.At})
	}
	for _, b := range bound {
		entries = append(entries, dated{a.removedBindingEntry(r, b), b.At})
	}
	return a.ownFeed(w, r, "removed", "Removed Sync Clients and bindings", entries)
}

// getRemoved answers GET of one removed client, by its UUID, or binding, by its number.
func (a *api) getRemoved(w http.ResponseWriter, r *http.Request) error {
	owner, name := callerOf(r).ID, pathWord(r, "removed")
	clients, err := a.Clients.RemovedClients(r.Context(), owner)
	if err != nil {
		return err
	}
	for _, c := range clients {
		if c.ID == name {
			return write(w, http.StatusOK, a.removedClientEntry(r, c))
		}
	}
	bound, err := a.Clients.RemovedBindings(r.Context(), owner)
	if err != nil {
		return err
	}
	for _, b := range bound {
		if number64(b.ID) == name {
			return write(w, http.StatusOK, a.removedBindingEntry(r, b))
		}
	}
	return errUnknownRemoved
}

// restoreRemoved answers POST of a removed client or binding: it is brought back, and its Location is where it is then.
func (a *api) restoreRemoved(w http.ResponseWriter, r *http.Request) error {
	owner, name := callerOf(r).ID, pathWord(r, "removed")
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		b, err := a.Clients.RestoreBinding(r.Context(), owner, id)
		if err != nil {
			return unknown(err, errUnknownRemoved)
		}
		w.Header().Set("Location", a.bindingURL(r, b.ID))
		return a.sendBinding(w, r, http.StatusOK, b)
	}
	c, err := a.Clients.RestoreClient(r.Context(), owner, name)
	if errors.Is(err, bindings.ErrNoClient) || errors.Is(err, bindings.ErrInvalid) {
		return errUnknownRemoved
	}
	if err != nil {
		return err
	}
	doc, err := a.entryFor(c)(r, c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.clientURL(r, c))
	return write(w, http.StatusOK, doc)
}

func (a *api) removedClientEntry(r *http.Request, c bindings.RemovedClient) *xmltree.Element {
	text := "Removed; its items are where they were. POST brings it back, with its bindings"
	if c.ReplacedBy != "" {
		text = "Replaced by " + c.ReplacedBy
	}
	entry := a.ownEntry(r, "removed", c.ID, firstOf(c.Title, c.DeviceID, c.ID)+" ("+c.Kind+")", text)
	return entry.Add(timestamp("published", c.Created), timestamp("updated", c.At))
}

func (a *api) removedBindingEntry(r *http.Request, b bindings.RemovedBinding) *xmltree.Element {
	title := fmt.Sprintf("Binding %d of %s and %s", b.ID, b.Kinds[0], b.Kinds[1])
	entry := a.ownEntry(r, "removed", number64(b.ID), title, "Removed; the items of both are where they were. POST brings it back")
	return entry.Add(timestamp("published", b.Created), timestamp("updated", b.At))
}
