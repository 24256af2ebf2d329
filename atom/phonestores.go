package atom

import (
	"context"
	"net/http"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// PhoneStores keeps bindings of phones with datastores that are made in one go. Its errors are the classes of package
// bindings.
type PhoneStores interface {
	PhoneStores(ctx context.Context, owner string) ([]bindings.PhoneStore, error)
	PhoneStore(ctx context.Context, owner string, binding int64) (bindings.PhoneStore, error)
	CreatePhoneStore(ctx context.Context, owner string, n bindings.NewPhoneStore) (bindings.PhoneStore, error)
}

// listPhoneStores answers GET /v2/syncengine/phone_datastore_bindings/.
func (a *api) listPhoneStores(w http.ResponseWriter, r *http.Request) error {
	list, err := a.PhoneStores.PhoneStores(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	entries := make([]dated, len(list))
	for i, p := range list {
		entries[i] = dated{a.phoneStoreEntry(r, p), p.Created}
	}
	return a.ownFeed(w, r, "phone_datastore_bindings", "Phone Datastore Bindings", entries)
}

// getPhoneStore answers GET /v2/syncengine/phone_datastore_bindings/N.
func (a *api) getPhoneStore(w http.ResponseWriter, r *http.Request) error {
	p, err := a.PhoneStores.PhoneStore(r.Context(), callerOf(r).ID, number(r, "id"))
	if err != nil {
		return bindingError(err)
	}
	return write(w, http.StatusOK, a.phoneStoreEntry(r, p))
}

// postPhoneStore answers POST /v2/syncengine/phone_datastore_bindings/: it registers a phone and binds it to the
// datastore of the user that foreign_user_id names, which it makes if there is none.
func (a *api) postPhoneStore(w http.ResponseWriter, r *http.Request) error {
	entry, err := readEntry(r, errNoEntry)
	if err != nil {
		return err
	}
	p, err := a.PhoneStores.CreatePhoneStore(r.Context(), callerOf(r).ID, bindings.NewPhoneStore{
		Model: textOf(entry, "model_uuid"), Number: textOf(entry, "phone_number"),
		User: textOf(entry, "foreign_user_id"), Zone: textOf(entry, "timezone"),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.phoneStoreURL(r, p))
	return write(w, http.StatusCreated, a.phoneStoreEntry(r, p))
}

// postPhoneStoreSetup answers POST /v2/syncengine/phone_datastore_bindings/N/setup/.
func (a *api) postPhoneStoreSetup(_ http.ResponseWriter, r *http.Request) error {
	if _, err := a.PhoneStores.PhoneStore(r.Context(), callerOf(r).ID, number(r, "id")); err != nil {
		return bindingError(err)
	}
	return errNoSetup
}

func (a *api) phoneStoreURL(r *http.Request, p bindings.PhoneStore) string {
	return a.base(r) + "/v2/syncengine/phone_datastore_bindings/" + number64(p.Binding.ID)
}

func (a *api) phoneStoreEntry(r *http.Request, p bindings.PhoneStore) *xmltree.Element {
	url := a.phoneStoreURL(r, p)
	media := "application/atom+xml"
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), element("id", url), link(url, "self", ""), link(url, "alternate", ""),
		link(a.base(r)+"/v2/services/syncml/"+p.Binding.Source, "syncml_client", media),
		link(a.base(r)+"/v2/services/datastore/"+p.Binding.Target, "datastore_client", media),
		element("title", number64(p.Binding.ID)), timestamp("published", p.Created), timestamp("updated", p.Created))
	for _, e := range [][2]string{{"model_uuid", p.Model}, {"phone_number", p.Number}, {"foreign_user_id", p.User}, {"timezone", p.Zone}} {
		if e[1] != "" {
			entry.Add(syncElement(e[0], e[1]))
		}
	}
	return entry
}
