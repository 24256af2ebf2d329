package atom

import (
	"fmt"
	"net/http"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The kinds of Sync Client that have addresses here.
const (
	kindSyncML    = "syncml"
	kindDatastore = "datastore"
)

// entryMaker shows one client.
type entryMaker func(r *http.Request, c bindings.Client) (*xmltree.Element, error)

// listPhones answers GET /v2/services/syncml/.
func (a *api) listPhones(w http.ResponseWriter, r *http.Request) error {
	return a.listClients(w, r, kindSyncML, "SyncML Clients", a.phoneEntry)
}

// getPhone answers GET /v2/services/syncml/UUID.
func (a *api) getPhone(w http.ResponseWriter, r *http.Request) error {
	return a.getClient(w, r, kindSyncML, a.phoneEntry)
}

// listDatastores answers GET /v2/services/datastore/.
func (a *api) listDatastores(w http.ResponseWriter, r *http.Request) error {
	return a.listClients(w, r, kindDatastore, "Datastore Clients", a.datastoreEntry)
}

// getDatastore answers GET /v2/services/datastore/UUID.
func (a *api) getDatastore(w http.ResponseWriter, r *http.Request) error {
	return a.getClient(w, r, kindDatastore, a.datastoreEntry)
}

// entryFor is what shows clients of a client's kind.
func (a *api) entryFor(c bindings.Client) entryMaker {
	switch c.Kind {
	case kindSyncML:
		return a.phoneEntry
	case kindGData, kindDAV:
		return a.remoteClientEntry
	}
	return a.datastoreEntry
}

func (a *api) listClients(w http.ResponseWriter, r *http.Request, kind, title string, show entryMaker) error {
	list, err := a.Clients.Clients(r.Context(), callerOf(r).ID, kind)
	if err != nil {
		return err
	}
	entries := make([]dated, 0, len(list))
	for _, c := range list {
		entry, err := show(r, c)
		if err != nil {
			return err
		}
		entries = append(entries, dated{entry, c.Created})
	}
	url := a.base(r) + "/v2/services/" + kind + "/"
	removed, err := a.Clients.LastRemoval(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	return a.collection(w, r, url, title, entries, removed)
}

func (a *api) getClient(w http.ResponseWriter, r *http.Request, kind string, show entryMaker) error {
	c, err := a.client(r, kind)
	if err != nil {
		return err
	}
	entry, err := show(r, c)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, entry)
}

// postPhone answers POST /v2/services/syncml/: it registers a phone before its first log-in. The entry
// may hold a title, and in a client element a device_id: what the phone calls itself. Without one the
// first unknown phone that logs in becomes this client.
func (a *api) postPhone(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoClientEntry)
	if err != nil {
		return err
	}
	n := bindings.NewClient{
		Kind: kindSyncML, Title: textOf(entry, "title"), DeviceID: textOf(child(entry, "client"), "device_id"),
	}
	c, err := a.Clients.CreateClient(r.Context(), callerOf(r).ID, n)
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

func (a *api) clientURL(r *http.Request, c bindings.Client) string {
	return a.base(r) + "/v2/services/" + c.Kind + "/" + c.ID
}

// phoneEntry shows a phone. Its title is what its user calls it, else its device id, else its UUID.
func (a *api) phoneEntry(r *http.Request, c bindings.Client) (*xmltree.Element, error) {
	url := a.clientURL(r, c)
	client := xmltree.New(nsSync, "client").AddText("uuid", c.ID)
	if c.DeviceID != "" {
		client.AddText("device_id", c.DeviceID)
	}
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(phoneContent(c))).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""),
		timestamp("published", c.Created), element("title", firstOf(c.Title, c.DeviceID, c.ID)),
		timestamp("updated", c.Created), client,
	)
	if c.Zone != "" {
		entry.Add(ownElement("zone", c.Zone))
	}
	return entry, nil
}

func phoneContent(c bindings.Client) string {
	if c.DeviceID == "" {
		return "Has not logged in yet"
	}
	return "Device id: " + c.DeviceID
}

// datastoreEntry shows a datastore client. Its id is the UUID, not an address.
func (a *api) datastoreEntry(r *http.Request, c bindings.Client) (*xmltree.Element, error) {
	url := a.clientURL(r, c)
	entry := xmltree.New(nsAtom, "entry").Add(a.author(r))
	if a.CountItems != nil {
		n, err := a.CountItems(r.Context(), c.Owner, c.ID)
		if err != nil {
			return nil, fmt.Errorf("count items of client %s: %w", c.ID, err)
		}
		lines := fmt.Sprintf("Content lines: %d", n)
		entry.Add(xmltree.New(nsAtom, "content", xmltree.Text(lines)).SetAttr("", "type", "text"))
	} else {
		entry.Add(link(url, "alternate", "text/html")) // RFC 4287 section 4.1.2 demands one of the two
	}
	return entry.Add(
		element("id", "urn:uuid:"+c.ID), link(url, "self", ""),
		timestamp("published", c.Created), element("title", firstOf(c.Title, c.ID)), timestamp("updated", c.Created),
		xmltree.New(nsSync, "client").AddText("uuid", c.ID),
	), nil
}

// firstOf gives the first string that is not empty.
func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
