package atom

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
)

// clientsPath is the page of all clients.
const clientsPath = "/v2/services/"

// clientForms are what can be done with a client of a kind.
func (a *api) clientForms(kind string) map[string]former {
	one := func(do func(r *http.Request, c bindings.Client, f url.Values) (done, error)) former {
		return func(r *http.Request, f url.Values) (done, error) {
			c, err := a.client(r, kind)
			if err != nil {
				return done{}, err
			}
			return do(r, c, f)
		}
	}
	forms := map[string]former{"change": one(a.formChangeClient), "remove": one(a.formRemoveClient)}
	if kind == kindSyncML {
		forms["replace"] = one(a.formReplacePhone)
	}
	return forms
}

// formAddStore makes a datastore.
func (a *api) formAddStore(r *http.Request, f url.Values) (done, error) {
	c, err := a.Clients.CreateClient(r.Context(), callerOf(r).ID, bindings.NewClient{Kind: kindDatastore, Title: strings.TrimSpace(f.Get("title"))})
	if err != nil {
		return done{}, err
	}
	return done{clientPath(c), pages.ClientAdded}, nil
}

// formChangeClient changes what a client is called, and the time zone of a phone: nothing where somebody changed them
// since the form was drawn.
func (a *api) formChangeClient(r *http.Request, c bindings.Client, f url.Values) (done, error) {
	title := strings.TrimSpace(f.Get("title"))
	change := bindings.ClientChange{Title: &title}
	if c.Kind == kindSyncML {
		zone := strings.TrimSpace(f.Get("zone"))
		change.Zone = &zone
	}
	here := done{clientPath(c), pages.SettingsMeanwhile}
	if !f.Has("was-title") {
		return here, nil
	}
	change.Seen = &bindings.Client{Title: f.Get("was-title"), Zone: f.Get("was-zone")}
	_, err := a.Clients.ChangeClient(r.Context(), c.Owner, c.ID, change)
	switch {
	case errors.Is(err, bindings.ErrChanged):
		return here, nil
	case err != nil:
		return done{}, err
	}
	here.notice = pages.ClientChanged
	return here, nil
}

// formRemoveClient removes a client and its bindings.
func (a *api) formRemoveClient(r *http.Request, c bindings.Client, f url.Values) (done, error) {
	if f.Get("sure") == "" {
		return done{}, errNotSure
	}
	if err := a.Clients.RemoveClient(r.Context(), c.Owner, c.ID); err != nil {
		return done{}, err
	}
	return done{clientsPath, pages.ClientRemoved}, nil
}

// formReplacePhone lets another phone take the place of one.
func (a *api) formReplacePhone(r *http.Request, c bindings.Client, f url.Values) (done, error) {
	by := firstOf(strings.TrimSpace(f.Get("device")), f.Get("by"))
	switch {
	case f.Get("sure") == "":
		return done{}, errNotSure
	case by == "":
		return done{}, errNoReplacement
	}
	now, err := a.Replacer.Replace(r.Context(), c.Owner, c.ID, by)
	if err != nil {
		return done{}, err
	}
	return done{clientPath(now), pages.ClientReplaced}, nil
}

// showRemoved answers GET of what was removed, or of one removed thing, for people.
func (a *api) showRemoved(r *http.Request) (pages.View, error) {
	owner, name := callerOf(r).ID, pathWord(r, "removed")
	clients, err := a.Clients.RemovedClients(r.Context(), owner)
	if err != nil {
		return nil, err
	}
	bound, err := a.Clients.RemovedBindings(r.Context(), owner)
	if err != nil {
		return nil, err
	}
	var v pages.Removed
	add := func(id string, row pages.RemovedRow) {
		if name == "" || name == id {
			row.Path = "/v2/syncengine/removed/" + id
			v.Rows = append(v.Rows, row)
		}
	}
	for _, c := range clients {
		row := pages.RemovedRow{Title: partyOf(c.Client, "").Title, When: c.At}
		if c.ReplacedBy != "" {
			row.Text = "Another phone has taken its place."
		}
		add(c.ID, row)
	}
	for _, b := range bound {
		add(number64(b.ID), pages.RemovedRow{Title: fmt.Sprintf("Binding %d of %s and %s", b.ID, b.Kinds[0], b.Kinds[1]), When: b.At})
	}
	if name != "" && len(v.Rows) == 0 {
		return nil, errUnknownRemoved
	}
	return v, nil
}

// formRestoreRemoved brings a client or a binding back.
func (a *api) formRestoreRemoved(r *http.Request, _ url.Values) (done, error) {
	owner, name := callerOf(r).ID, pathWord(r, "removed")
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		b, err := a.Clients.RestoreBinding(r.Context(), owner, id)
		if err != nil {
			return done{}, unknown(err, errUnknownRemoved)
		}
		return done{bindingPath(b.ID), pages.BroughtBack}, nil
	}
	c, err := a.Clients.RestoreClient(r.Context(), owner, name)
	if errors.Is(err, bindings.ErrNoClient) || errors.Is(err, bindings.ErrInvalid) {
		err = errUnknownRemoved
	}
	if err != nil {
		return done{}, err
	}
	return done{clientPath(c), pages.BroughtBack}, nil
}
