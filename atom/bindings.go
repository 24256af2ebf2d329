package atom

import (
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// listBindings answers GET /v2/syncengine/.
func (a *api) listBindings(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Bindings.Bindings(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	filters, err := a.Bindings.FilterList(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return err
	}
	entries := make([]dated, 0, len(list))
	for _, b := range list {
		entries = append(entries, dated{a.bindingEntry(r, b, filters[b.ID]), b.Updated})
	}
	url := a.base(r) + "/v2/syncengine/"
	removed, err := a.Clients.LastRemoval(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	return a.collection(w, r, url, "Sync Engine Bindings", entries, removed)
}

// getBinding answers GET /v2/syncengine/N/.
func (a *api) getBinding(w http.ResponseWriter, r *http.Request) error {
	b, err := a.binding(r)
	if err != nil {
		return err
	}
	return a.sendBinding(w, r, http.StatusOK, b)
}

// sendBinding sends a binding with all that is set of it.
func (a *api) sendBinding(w http.ResponseWriter, r *http.Request, status int, b bindings.Binding) error {
	filters, err := a.Bindings.FilterList(r.Context(), b.Owner, b.ID)
	if err != nil {
		return err
	}
	entry := a.bindingEntry(r, b, filters[b.ID])
	if b.Direction != bindings.BothWays {
		if err := a.addWithheld(r, entry, b); err != nil {
			return err
		}
	}
	return write(w, status, entry)
}

// binding finds the binding that the path names.
func (a *api) binding(r *http.Request) (bindings.Binding, error) {
	b, err := a.Bindings.Binding(r.Context(), callerOf(r).ID, number(r, "id"))
	return b, bindingError(err)
}

// bindingError names a missing binding as the API does.
func bindingError(err error) error {
	if errors.Is(err, bindings.ErrNotFound) {
		return errUnknownBinding
	}
	return err
}

// postBinding answers POST /v2/syncengine/: it binds two Sync Clients.
func (a *api) postBinding(w http.ResponseWriter, r *http.Request) error {
	n, err := readBinding(r)
	if err != nil {
		return err
	}
	b, err := a.Bindings.CreateBinding(r.Context(), callerOf(r).ID, n)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.bindingURL(r, b.ID))
	return a.sendBinding(w, r, http.StatusCreated, b)
}

func readBinding(r *http.Request) (bindings.NewBinding, error) {
	entry, err := readEntry(r, errNoEntry)
	if err != nil {
		return bindings.NewBinding{}, err
	}
	source, target := child(entry, "source"), child(entry, "target")
	n := bindings.NewBinding{
		Source: textOf(source, "uuid"), SourceKind: textOf(source, "sync_source"),
		Target: textOf(target, "uuid"), TargetKind: textOf(target, "sync_source"),
	}
	switch {
	case n.Source == "":
		return n, errNoSource
	case n.Target == "":
		return n, errNoTarget
	}
	n.Settings, err = readChange(entry)
	return n, err
}

// putNoBinding answers PUT /v2/syncengine/, which the API has a sentence for.
func (a *api) putNoBinding(http.ResponseWriter, *http.Request) error { return errNoID }

// putBinding answers PUT /v2/syncengine/N/: it changes what the entry says of the binding; what it leaves out stays. The
// entry may be the whole one that GET gave, but may not name other clients.
func (a *api) putBinding(w http.ResponseWriter, r *http.Request) error {
	b, err := a.binding(r)
	if err != nil {
		return err
	}
	entry, err := readEntry(r, errNoUpdate)
	if err != nil {
		return err
	}
	if names(entry, "source", b.Source) || names(entry, "target", b.Target) {
		return errFixedSides
	}
	c, err := readChange(entry)
	if err != nil {
		return err
	}
	if reflect.ValueOf(c).IsZero() {
		return errNoUpdate
	}
	if b, err = a.Bindings.Change(r.Context(), b.Owner, b.ID, c); err != nil {
		return bindingError(err)
	}
	return a.sendBinding(w, r, http.StatusOK, b)
}

// names tells whether an entry names another client for a side than the one that it has.
func names(entry *xmltree.Element, side, uuid string) bool {
	id := textOf(child(entry, side), "uuid")
	return id != "" && !strings.EqualFold(id, uuid)
}

// deleteBinding answers DELETE /v2/syncengine/N/: it unbinds, and deletes no item anywhere.
func (a *api) deleteBinding(w http.ResponseWriter, r *http.Request) error {
	if err := a.Bindings.RemoveBinding(r.Context(), callerOf(r).ID, number(r, "id")); err != nil {
		return bindingError(err)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (a *api) bindingURL(r *http.Request, id int64) string {
	return a.base(r) + "/v2/syncengine/" + number64(id)
}

// bindingEntry shows a binding. Title and links stand where the API has them, between the two sides.
func (a *api) bindingEntry(r *http.Request, b bindings.Binding, filters []bindings.FilterChange) *xmltree.Element {
	url := a.bindingURL(r, b.ID)
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), element("id", url),
		link(url, "self", ""), link(url+"/edit", "edit", ""), link(url, "alternate", "text/html"),
		bindingSide("source", b.Kinds[0], b.Source),
		element("title", number64(b.ID)), timestamp("published", b.Created), timestamp("updated", b.Updated),
		syncElement("conflict_winner", b.Winner),
		bindingSide("target", b.Kinds[1], b.Target),
	)
	return entry.Add(settingElements(b, filters)...)
}

func bindingSide(side, kind, uuid string) *xmltree.Element {
	return xmltree.New(nsSync, side).AddText("sync_source", kind).AddText("uuid", uuid)
}
