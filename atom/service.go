package atom

import (
	"net/http"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// nsApp is the namespace of RFC 5023.
const nsApp = "http://www.w3.org/2007/app"

// serviceType is the media type of a service document (RFC 5023 section 8).
const serviceType = "application/atomsvc+xml; charset=utf-8"

// entryType is the media type of what most collections take.
const entryType = "application/atom+xml;type=entry"

// getService answers GET /v2/: where everything is.
func (a *api) getService(w http.ResponseWriter, r *http.Request) error {
	base := a.base(r) + "/v2"
	space := xmltree.New(nsApp, "workspace").Add(element("title", a.Operator))
	add := func(path, title string, accepts ...string) {
		c := xmltree.New(nsApp, "collection").SetAttr("", "href", base+path).Add(element("title", title))
		if len(accepts) == 0 {
			accepts = []string{""}
		}
		for _, media := range accepts {
			c.Add(xmltree.New(nsApp, "accept", xmltree.Text(media)))
		}
		space.Add(c)
	}
	add("/syncengine/", "Sync Engine Bindings", entryType)
	add("/syncengine/phone_datastore_bindings/", "Phone Datastore Bindings", entryType)
	add("/syncengine/sources/", "Sync Sources", entryType)
	add("/syncengine/synchronization/", "SyncEngine Log")
	for _, own := range [][2]string{{"notices", "What needs you"}, {"holds", "Held plans"}, {"reviews", "Doubtful pairs"}, {"quarantine", "Quarantine"}, {"history", "History"}} {
		add("/syncengine/"+own[0]+"/", own[1])
	}
	add("/syncengine/schedules/", "Schedules", entryType)
	add("/syncengine/removed/", "Removed Sync Clients and bindings")
	add("/services/syncml/", "SyncML Clients", entryType)
	add("/services/syncml/sessions/", "SyncML Sessions")
	add("/services/syncml/datastores/", "SyncML Datastores")
	add("/services/datastore/content/", "Items", append([]string{entryType}, itemTypes...)...)
	add("/services/datastore/", "Datastore Clients", entryType)
	add("/services/gdata/", "GData Clients", entryType)
	add("/services/dav/", "DAV Clients", entryType)
	add("/services/google/", "Google Data Clients")
	add("/services/activesync/", "ActiveSync Clients")
	add("/tokens/", "Tokens", entryType)
	if callerOf(r).Admin {
		add("/accounts/", "Accounts", entryType)
	} else {
		add("/accounts/", "Accounts")
	}
	return writeAs(w, http.StatusOK, serviceType, xmltree.New(nsApp, "service").Add(space))
}

// listKinds answers GET /v2/syncengine/sources/: the kinds of Sync Client, with what each can do, and the servers that were
// registered.
func (a *api) listKinds(w http.ResponseWriter, r *http.Request) error {
	url := a.base(r) + "/v2/syncengine/sources/"
	var entries []dated
	for _, name := range a.Kinds.Names() {
		k, err := a.Kinds.Kind(name)
		if err != nil {
			return err
		}
		entries = append(entries, dated{a.kindEntry(r, k), callerOf(r).Created})
	}
	list, err := a.Remotes.Servers(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	for _, s := range list {
		entries = append(entries, dated{a.serverEntry(r, s), s.Created})
	}
	return a.collection(w, r, url, "Sync Sources", entries)
}

// getKind answers GET /v2/syncengine/sources/NAME.
func (a *api) getKind(w http.ResponseWriter, r *http.Request) error {
	k, err := a.Kinds.Kind(pathWord(r, "kind"))
	if err != nil {
		return errUnknownKind
	}
	return write(w, http.StatusOK, a.kindEntry(r, k))
}

func (a *api) kindEntry(r *http.Request, k sources.Kind) *xmltree.Element {
	url := a.base(r) + "/v2/syncengine/sources/" + k.Name
	entry := xmltree.New(nsAtom, "entry").Add(
		person(a.Operator, ""), xmltree.New(nsAtom, "content", xmltree.Text(kindSentence(k))).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), element("title", k.Name), timestamp("updated", callerOf(r).Created),
		syncElement("sync_source", k.Name))
	for _, class := range kindClasses(k.Caps) {
		entry.Add(syncElement("dataclass", string(class)))
	}
	return entry.Add(
		xmltree.New(nsOwn, "server_initiated", xmltree.Text(yesNo(k.Caps.ServerInitiated))),
		xmltree.New(nsOwn, "incremental", xmltree.Text(yesNo(k.Caps.Incremental))))
}

// kindClasses are the dataclasses of a kind, with Calendar where it has events and tasks.
func kindClasses(c sources.Caps) []dataclass.Class {
	out := append([]dataclass.Class(nil), c.Classes...)
	has := func(class dataclass.Class) bool {
		for _, k := range c.Classes {
			if k == class {
				return true
			}
		}
		return false
	}
	if has(dataclass.Events) && has(dataclass.Tasks) && !has(dataclass.Calendar) {
		out = append(out, dataclass.Calendar)
	}
	return out
}

func kindSentence(k sources.Kind) string {
	if k.Caps.ServerInitiated {
		return "Answers at any time: the server can start its syncs."
	}
	return "Starts its syncs itself."
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// none gives an empty feed for a service that is not offered.
func (a *api) none(path, title string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		url := a.base(r) + path
		return a.collection(w, r, url, title, nil)
	}
}

// refuse answers with a problem, whatever is asked.
func refuse(p *problem) handler {
	return func(http.ResponseWriter, *http.Request) error { return p }
}
