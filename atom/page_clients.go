package atom

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// clientPages are the pages of Sync Clients.
func (a *api) clientPages() map[string]page {
	return map[string]page{
		"/v2/services":                                   {show: a.showClients},
		"/v2/services/syncml":                            {show: a.showClients},
		"/v2/services/datastore":                         {show: a.showClients, forms: map[string]former{"add": a.onceFormer(a.formAddStore)}},
		"/v2/services/syncml/{uuid:[0-9A-Fa-f-]+}":       {show: a.showPhone, forms: a.clientForms(kindSyncML)},
		"/v2/services/datastore/{uuid:[0-9A-Fa-f-]+}":    {show: a.showDatastore, forms: a.clientForms(kindDatastore)},
		"/v2/syncengine/removed":                         {show: a.showRemoved},
		"/v2/syncengine/removed/{removed:[0-9A-Fa-f-]+}": {show: a.showRemoved, forms: map[string]former{"restore": a.formRestoreRemoved}},
		contentPath: {show: a.showItems},
		contentPath + "/{uuid:[0-9A-Fa-f-]+}/{class:[A-Z][a-z]+}":        {show: a.showItems},
		contentPath + "/{uuid:[0-9A-Fa-f-]+}/{class:[A-Z][a-z]+}/{item}": {show: a.showItem},
	}
}

// listServices answers GET /v2/services/: the Sync Clients of all kinds.
func (a *api) listServices(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Clients.Clients(r.Context(), callerOf(r).ID, "")
	if err != nil {
		return err
	}
	entries := make([]dated, 0, len(list))
	for _, c := range list {
		entry, err := a.entryFor(c)(r, c)
		if err != nil {
			return err
		}
		entries = append(entries, dated{entry, c.Created})
	}
	removed, err := a.Clients.LastRemoval(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	return a.collection(w, r, a.base(r)+"/v2/services/", "Sync Clients", entries, removed)
}

// bound are the bindings of an owner by client, each named by the other side, and when they were last synchronized.
type bound struct {
	bindings map[string][]pages.Crumb
	seen     map[string]time.Time
}

// boundClients finds out what is bound to what. Of a great many bindings it does not look when each was used last.
func (a *api) boundClients(r *http.Request, known parties) (bound, error) {
	out := bound{map[string][]pages.Crumb{}, map[string]time.Time{}}
	list, err := a.Bindings.Bindings(r.Context(), callerOf(r).ID)
	if err != nil {
		return out, err
	}
	for i, b := range list {
		sides := known.sides(b)
		out.bindings[b.Source] = append(out.bindings[b.Source], pages.Crumb{Title: "with " + sides[1].Title, Path: bindingPath(b.ID)})
		out.bindings[b.Target] = append(out.bindings[b.Target], pages.Crumb{Title: "with " + sides[0].Title, Path: bindingPath(b.ID)})
		if i >= overviewBindings {
			continue
		}
		last, err := a.SyncLog.LogPage(r.Context(), b.Owner, bindings.LogFilter{Binding: b.ID, Limit: 1})
		if err != nil {
			return out, err
		}
		for _, e := range last {
			for _, id := range []string{b.Source, b.Target} {
				if at := logTime(e); at.After(out.seen[id]) {
					out.seen[id] = at
				}
			}
		}
	}
	return out, nil
}

// showClients answers GET /v2/services/ for people.
func (a *api) showClients(r *http.Request) (pages.View, error) {
	known, list, err := a.parties(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	in, err := a.boundClients(r, known)
	if err != nil {
		return nil, err
	}
	v := pages.Clients{PhoneURL: a.base(r) + "/syncml"}
	phones := pages.ClientGroup{
		Name: "Phones", Hint: "A phone is registered when it logs in for the first time, at the address " + v.PhoneURL + ".",
		Links: []pages.Crumb{{Title: "Set up a phone that speaks SyncML", Path: setupPath + "/"}, {Title: "Sessions with phones", Path: "/v2/services/syncml/sessions/"}},
	}
	stores := pages.ClientGroup{
		Name: "Datastores", Hint: "A datastore is kept here. iPhones, Android devices and computers reach it by CardDAV and CalDAV.",
		Links: []pages.Crumb{{Title: "Set up an iPhone, Android or computer", Path: davSetupPath + "/"}},
	}
	others := pages.ClientGroup{Name: "Others"}
	far := pages.ClientGroup{Name: "Accounts on other servers", Links: []pages.Crumb{{Title: "Add a CardDAV or CalDAV account", Path: davPath}, {Title: "Add an account on another server", Path: elsewherePath}, {Title: "Sources", Path: sourcesPath}}}
	for _, c := range list {
		card := pages.ClientCard{Party: known[c.ID], Seen: in.seen[c.ID], Bindings: in.bindings[c.ID], Text: clientText(c)}
		switch c.Kind {
		case kindSyncML:
			phones.Clients = append(phones.Clients, card)
		case kindDatastore:
			stores.Clients = append(stores.Clients, card)
		case kindGData, kindDAV:
			far.Clients = append(far.Clients, card)
		default:
			others.Clients = append(others.Clients, card)
		}
	}
	v.Groups = []pages.ClientGroup{phones, stores, far}
	if len(others.Clients) > 0 {
		v.Groups = append(v.Groups, others)
	}
	return v, nil
}

// clientText says a little about a client.
func clientText(c bindings.Client) string {
	switch c.Kind {
	case kindSyncML:
		return phoneContent(c)
	case kindDatastore:
		return "Items that are kept on this server."
	case kindGData, kindDAV:
		return "Items that are kept on another server, which is asked for them."
	}
	return "Registered by the command line, as a " + firstOf(kindWords[c.Kind], c.Kind) + "."
}

// clientView begins the page of a client of that kind.
func (a *api) clientView(r *http.Request, kind string) (pages.Client, bindings.Client, error) {
	c, err := a.client(r, kind)
	if err != nil {
		return pages.Client{}, c, err
	}
	known, all, err := a.parties(r.Context(), c.Owner)
	if err != nil {
		return pages.Client{}, c, err
	}
	list, err := a.Bindings.Bindings(r.Context(), c.Owner)
	if err != nil {
		return pages.Client{}, c, err
	}
	v := pages.Client{Party: known[c.ID], Path: clientPath(c), Name: c.Title, Zone: c.Zone, About: []pages.Property{{Name: "kind", Value: known[c.ID].Kind}, {Name: "registered", Value: c.Created.UTC().Format("2 Jan 2006, 15:04 UTC")}, {Name: "id", Value: c.ID}}}
	for _, o := range all {
		if o.Kind == kindSyncML && o.ID != c.ID {
			v.Others = append(v.Others, pages.Choice{Value: o.ID, Title: known[o.ID].Title})
		}
	}
	for _, b := range list {
		if b.Source == c.ID || b.Target == c.ID {
			sides := known.sides(b)
			v.Bindings = append(v.Bindings, pages.Crumb{Title: sides[0].Title + " ↔ " + sides[1].Title, Path: bindingPath(b.ID)})
		}
	}
	return v, c, nil
}

// showDatastore answers GET /v2/services/datastore/UUID for people.
func (a *api) showDatastore(r *http.Request) (pages.View, error) {
	v, c, err := a.clientView(r, kindDatastore)
	if err != nil {
		return nil, err
	}
	if a.CountItems != nil {
		n, err := a.CountItems(r.Context(), c.Owner, c.ID)
		if err != nil {
			return nil, err
		}
		v.About = append(v.About, pages.Property{Name: "items", Value: strconv.Itoa(n)})
	}
	all := contentPath + "/" + c.ID
	v.Shelves = append(shelves(c.ID, ""), pages.Crumb{Title: "Everything", Path: all})
	v.Files = []pages.Crumb{{Title: "contacts (vCard)", Path: all + "?file=vcf"}, {Title: "events, tasks and notes (iCalendar)", Path: all + "?file=ics"}}
	return v, nil
}

// shelves are the dataclasses of a datastore, but for one.
func shelves(client, but string) []pages.Crumb {
	var out []pages.Crumb
	for _, class := range stored {
		if string(class) != but {
			out = append(out, pages.Crumb{Title: string(class), Path: contentPath + "/" + client + "/" + string(class)})
		}
	}
	return out
}

// showPhone answers GET /v2/services/syncml/UUID for people.
func (a *api) showPhone(r *http.Request) (pages.View, error) {
	v, c, err := a.clientView(r, kindSyncML)
	if err != nil {
		return nil, err
	}
	v.Phone, v.SessionsPath = true, "/v2/services/syncml/sessions/?client="+c.ID
	v.About = append(v.About, pages.Property{Name: "calls itself", Value: firstOf(c.DeviceID, "nothing yet: it has not logged in")})
	told, err := a.Devices(r.Context(), c.Owner)
	if err != nil {
		return nil, err
	}
	for i := range told {
		if told[i].Client == c.ID {
			a.declared(&v, &told[i])
		}
	}
	if a.Learned == nil {
		return v, nil
	}
	learned, err := a.Learned(r.Context(), c.Owner, c.ID)
	for _, l := range learned {
		v.Learned = append(v.Learned, lessonOf(l))
	}
	return v, err
}

// declared tells what a phone declared, and which rules apply to its model.
func (a *api) declared(v *pages.Client, d *syncml.DeviceInfo) {
	v.Declared = true
	var can []string
	for _, c := range []struct {
		has  bool
		what string
	}{{d.UTC, "UTC"}, {d.NumberOfChanges, "number of changes"}, {d.LargeObjects, "large objects"}} {
		if c.has {
			can = append(can, c.what)
		}
	}
	for _, p := range []pages.Property{
		{Name: "manufacturer", Value: d.Device.Manufacturer}, {Name: "model", Value: d.Device.Model}, {Name: "firmware", Value: d.Device.Firmware},
		{Name: "software", Value: d.Device.Software}, {Name: "hardware", Value: d.Device.Hardware},
		{Name: "understands", Value: strings.Join(can, ", ")}, {Name: "declared", Value: d.Changed.UTC().Format("2 Jan 2006, 15:04 UTC")},
	} {
		if p.Value != "" {
			v.About = append(v.About, p)
		}
	}
	for _, db := range d.Databases {
		v.Databases = append(v.Databases, databaseOf(db, d.Formats))
	}
	if a.Rules != nil {
		apply := a.Rules(d.Device)
		v.Rules, v.RuleLines = apply.Names, apply.Lines()
	}
}

// databaseOf tells what a phone declared of one database. Formats are those that it describes for all of them.
func databaseOf(db syncml.DeviceDatabase, formats []syncml.DeviceFormat) pages.Database {
	out := pages.Database{Name: db.Name, About: []pages.Property{
		{Name: "takes", Value: strings.Join(db.Takes, ", ")}, {Name: "sends", Value: strings.Join(db.Sends, ", ")},
	}}
	for _, f := range slices.Concat(db.Formats, formats) {
		names := make([]string, len(f.Properties))
		for i, p := range f.Properties {
			names[i] = p.Name
		}
		if len(names) > 0 && (len(db.Formats) > 0 || slices.ContainsFunc(db.Takes, func(t string) bool { return strings.HasPrefix(t, f.Type) })) {
			out.About = append(out.About, pages.Property{Name: "holds of " + f.Type, Value: strings.Join(names, ", ")})
		}
	}
	return out
}
