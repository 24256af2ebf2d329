package atom

import (
	"context"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// parties are an owner's Sync Clients as people call them, by their UUIDs.
type parties map[string]pages.Party

// parties gives the names of all clients of an owner.
func (a *api) parties(ctx context.Context, owner string) (parties, []bindings.Client, error) {
	list, err := a.Clients.Clients(ctx, owner, "")
	if err != nil {
		return nil, nil, err
	}
	told, err := a.Devices(ctx, owner)
	if err != nil {
		return nil, nil, err
	}
	models := make(map[string]string, len(told))
	for i := range told {
		models[told[i].Client] = modelOf(&told[i])
	}
	out := make(parties, len(list))
	for _, c := range list {
		out[c.ID] = partyOf(c, models[c.ID])
	}
	return out, list, nil
}

// modelOf is what a phone says that it is.
func modelOf(d *syncml.DeviceInfo) string {
	return strings.TrimSpace(d.Device.Manufacturer + " " + d.Device.Model)
}

// partyOf names a client: as its user does, else by its model, else by what it calls itself.
func partyOf(c bindings.Client, model string) pages.Party {
	p := pages.Party{Title: firstOf(c.Title, model, c.DeviceID), Kind: c.Kind}
	switch c.Kind {
	case kindSyncML:
		p.Kind, p.Path, p.Title = "phone", clientPath(c), firstOf(p.Title, "Phone that has not logged in yet")
	case kindDatastore:
		p.Path, p.Title = clientPath(c), firstOf(p.Title, "Datastore")
	case kindGData, kindDAV:
		p.Kind, p.Path, p.Title = "account elsewhere", clientPath(c), firstOf(p.Title, "Account elsewhere")
	default:
		p.Kind = firstOf(kindWords[c.Kind], c.Kind)
		p.Title = firstOf(p.Title, p.Kind+" "+c.ID)
	}
	return p
}

// kindWords are what people call kinds of clients that have no addresses.
var kindWords = map[string]string{"filedir": "folder"}

// clientPath is the address of a client, for the kinds that have one.
func clientPath(c bindings.Client) string { return "/v2/services/" + c.Kind + "/" + c.ID }

// sides are the two sides of a binding.
func (p parties) sides(b bindings.Binding) [2]pages.Party {
	return [2]pages.Party{p[b.Source], p[b.Target]}
}

func bindingPath(id int64) string { return "/v2/syncengine/" + number64(id) }

func logEntryPath(id int64) string { return "/v2/syncengine/synclog/" + number64(id) }
