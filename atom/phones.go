package atom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Sessions keeps what phones and the server said to each other; a sessionlog.Log is one.
type Sessions interface {
	Sessions(ctx context.Context, f sessionlog.Filter) ([]sessionlog.Session, error)
	// Session gives a session of an owner, or sessionlog.ErrNotFound.
	Session(ctx context.Context, owner string, id int64) (sessionlog.Session, []sessionlog.Exchange, error)
}

// How many sessions a feed shows.
const (
	defaultSessions = 50
	maxSessions     = 500
)

// listSessions answers GET /v2/services/syncml/sessions/: the caller's, the newest first; client=UUID chooses those of
// one phone.
func (a *api) listSessions(w http.ResponseWriter, r *http.Request) error {
	f := sessionlog.Filter{Owner: callerOf(r).ID, Client: r.URL.Query().Get("client")}
	var err error
	if f.Limit, err = number1(r, "limit", defaultSessions, maxSessions); err != nil {
		return err
	}
	list, err := a.Sessions.Sessions(r.Context(), f)
	if err != nil {
		return err
	}
	entries := make([]dated, len(list))
	for i, s := range list {
		entries[i] = dated{a.sessionEntry(r, s), s.Last}
	}
	url := a.base(r) + "/v2/services/syncml/sessions/"
	return a.collection(w, r, url, "SyncML Sessions", entries)
}

// getSession answers GET /v2/services/syncml/sessions/N: a session with its messages.
func (a *api) getSession(w http.ResponseWriter, r *http.Request) error {
	s, said, err := a.Sessions.Session(r.Context(), callerOf(r).ID, number(r, "entry"))
	if errors.Is(err, sessionlog.ErrNotFound) {
		return errUnknownSession
	}
	if err != nil {
		return err
	}
	entry := a.sessionEntry(r, s)
	for _, e := range said {
		m := xmltree.New(nsOwn, "exchange").SetAttr("", "n", strconv.Itoa(e.N)).SetAttr("", "http", strconv.Itoa(e.HTTP)).
			SetAttr("", "at", e.At.UTC().Format("2006-01-02T15:04:05.000Z"))
		entry.Add(m.Add(ownElement("request", e.Request), ownElement("reply", e.Reply)))
	}
	return write(w, http.StatusOK, entry)
}

func (a *api) sessionEntry(r *http.Request, s sessionlog.Session) *xmltree.Element {
	url := a.base(r) + "/v2/services/syncml/sessions/" + number64(s.ID)
	text := fmt.Sprintf("%d messages in %s, SyncML %s: %s", s.Messages, s.Encoding, s.Version, firstOf(s.Ending, "not over"))
	if s.Why != "" {
		text += " (" + s.Why + ")"
	}
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(clean(text))).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), timestamp("published", s.Started),
		element("title", clean(firstOf(s.Device, s.Name, "unknown")+", session "+s.SessionID)), timestamp("updated", s.Last),
		ownElement("ending", s.Ending))
	if s.Client != "" {
		entry.Add(link(a.base(r)+"/v2/services/syncml/"+s.Client, "related", "application/atom+xml"))
	}
	return entry
}

// listDatabases answers GET /v2/services/syncml/datastores/: the databases that the caller's phones declared.
func (a *api) listDatabases(w http.ResponseWriter, r *http.Request) error {
	owner := callerOf(r).ID
	phones, err := a.Clients.Clients(r.Context(), owner, kindSyncML)
	if err != nil {
		return err
	}
	told, err := a.Devices(r.Context(), owner)
	if err != nil {
		return err
	}
	var entries []dated
	for _, p := range phones {
		for i := range told {
			if told[i].Client != p.ID {
				continue
			}
			for _, db := range told[i].Databases {
				entries = append(entries, dated{a.databaseEntry(r, p, &told[i], db), told[i].Changed})
			}
		}
	}
	url := a.base(r) + "/v2/services/syncml/datastores/"
	return a.collection(w, r, url, "SyncML Datastores", entries)
}

func (a *api) databaseEntry(r *http.Request, p bindings.Client, d *syncml.DeviceInfo, db syncml.DeviceDatabase) *xmltree.Element {
	text := fmt.Sprintf("Database %s of %s %s", db.Name, d.Device.Manufacturer, d.Device.Model)
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(clean(text))).SetAttr("", "type", "text"),
		element("id", "urn:uuid:"+p.ID+"#"+urlWord(db.Name)), link(a.clientURL(r, p), "related", "application/atom+xml"),
		element("title", clean(db.Name)), timestamp("updated", d.Changed))
	for _, t := range db.Takes {
		entry.Add(ownElement("takes", t))
	}
	for _, t := range db.Sends {
		entry.Add(ownElement("sends", t))
	}
	for _, t := range db.SyncTypes {
		entry.Add(ownElement("sync_type", strconv.Itoa(t)))
	}
	return entry
}
