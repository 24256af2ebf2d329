package atom

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// collectionsPath stands behind the address of a client on a DAV server, for the collections of its account.
const collectionsPath = "/collections"

// listCollections answers GET of the collections of a client's account: its server is asked for them.
func (a *api) listCollections(w http.ResponseWriter, r *http.Request) error {
	c, err := a.client(r, kindDAV)
	if err != nil {
		return err
	}
	f, err := a.Remotes.Look(r.Context(), c.Owner, c.ID)
	if err != nil {
		return err
	}
	at, err := a.Remotes.Account(r.Context(), c.Owner, c.ID)
	if err != nil {
		return err
	}
	entries := make([]dated, len(f.Collections))
	for i, o := range f.Collections {
		entries[i] = dated{a.collectionEntry(r, c, o, at.Server), c.Created}
	}
	return a.collection(w, r, a.clientURL(r, c)+collectionsPath+"/", "Collections", entries)
}

// collectionEntry shows one collection: what it holds, and for which dataclasses the client uses it.
func (a *api) collectionEntry(r *http.Request, c bindings.Client, o discover.Collection, s remote.Server) *xmltree.Element {
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text("Holds "+classWords(o.Classes))).SetAttr("", "type", "text"),
		element("id", clean(o.URL)), element("title", clean(firstOf(o.Name, o.URL))), timestamp("updated", c.Created))
	for _, class := range o.Classes {
		entry.Add(syncElement("dataclass", string(class)))
	}
	for _, class := range s.Classes() {
		if s.Collections[class] == o.URL {
			entry.Add(ownElement("used", string(class)))
		}
	}
	return entry.Add(ownElement("read_only", yesNo(o.ReadOnly)))
}

// A davMove is what is to be changed of a client's collections.
type davMove struct {
	// given are addresses or names by class, wanted are other classes that it is to have, without those that it is not to
	// have any more.
	given   map[dataclass.Class]string
	wanted  []dataclass.Class
	without []dataclass.Class
	// anew says that what is missing is made.
	anew bool
}

// readMove reads which other collections a client is to have; nil for none. What it has already, as GET shows it, changes
// nothing. An element collection without text gives the class up.
func (a *api) readMove(ctx context.Context, c bindings.Client, entry *xmltree.Element) (*davMove, error) {
	given, wanted := readCollections(entry)
	if c.Kind != kindDAV || len(given)+len(wanted) == 0 {
		return nil, nil
	}
	anew, err := ownFlag(entry, "make", false)
	if err != nil {
		return nil, err
	}
	at, err := a.Remotes.Account(ctx, c.Owner, c.ID)
	if err != nil {
		return nil, err
	}
	m := davMove{given: map[dataclass.Class]string{}, anew: anew}
	for class, text := range given {
		switch has := at.Server.Collections[class]; {
		case text == "" && has != "":
			m.without = append(m.without, class)
		case text != has:
			m.given[class] = text
		}
	}
	for _, class := range wanted {
		if _, named := given[class]; !named && at.Server.Collections[class] == "" {
			m.wanted = append(m.wanted, class)
		}
	}
	if len(m.given)+len(m.wanted)+len(m.without) == 0 {
		return nil, nil
	}
	return &m, nil
}

// move gives a client other collections.
func (a *api) move(ctx context.Context, c bindings.Client, m davMove) error {
	f, err := a.Remotes.Look(ctx, c.Owner, c.ID)
	if err != nil {
		return err
	}
	choice := map[dataclass.Class]remote.Choice{}
	if len(m.given)+len(m.wanted) > 0 {
		if choice, err = f.Choose(m.wanted, m.given, m.anew); err != nil {
			return err
		}
	}
	for _, class := range m.without {
		choice[class] = remote.Choice{}
	}
	_, err = a.Remotes.SetCollections(ctx, c.Owner, c.ID, f, choice)
	return err
}

// showCollections answers GET of the collections of a client's account for people, who choose others there.
func (a *api) showCollections(r *http.Request) (pages.View, error) {
	c, err := a.client(r, kindDAV)
	if err != nil {
		return nil, err
	}
	f, err := a.Remotes.Look(r.Context(), c.Owner, c.ID)
	if err != nil {
		return nil, err
	}
	at, err := a.Remotes.Account(r.Context(), c.Owner, c.ID)
	if err != nil {
		return nil, err
	}
	v := pages.DAVMove{Client: partyOf(c, ""), Path: clientPath(c) + collectionsPath, Classes: davChoices(f)}
	for i := range v.Classes {
		has := at.Server.Collections[dataclass.Class(v.Classes[i].Name)]
		propose(&v.Classes[i], has)
	}
	for _, trouble := range f.Troubles {
		v.Troubles = append(v.Troubles, trouble.Error())
	}
	return v, nil
}

// propose marks the collection that a client has of a class. One that was not found is among the choices too.
func propose(c *pages.DAVClass, has string) {
	found := false
	for i := range c.Options {
		o := &c.Options[i]
		o.Proposed = strings.TrimSuffix(o.Value, "/") == strings.TrimSuffix(has, "/") && (has != "" || o.Value == chosenNone)
		found = found || o.Proposed
	}
	if !found {
		c.Options = append([]pages.DAVOption{{Value: has, Title: "As it is", Text: has, Proposed: true}}, c.Options...)
	}
}

// formMove gives a client the collections that were chosen.
func (a *api) formMove(r *http.Request, form url.Values) (done, error) {
	c, err := a.client(r, kindDAV)
	if err != nil {
		return done{}, err
	}
	at, err := a.Remotes.Account(r.Context(), c.Owner, c.ID)
	if err != nil {
		return done{}, err
	}
	choice := map[dataclass.Class]remote.Choice{}
	for _, class := range remote.DAVClasses() {
		has := at.Server.Collections[class]
		values, said := form["collection-"+string(class)]
		if !said || values[0] == has {
			continue
		}
		switch values[0] {
		case chosenNone:
			choice[class] = remote.Choice{}
		case chosenAnew:
			choice[class] = remote.Choice{Make: string(class)}
		default:
			choice[class] = remote.Choice{URL: values[0]}
		}
	}
	here := done{path: clientPath(c), notice: pages.CollectionsChanged}
	if len(choice) == 0 {
		return here, nil
	}
	f, err := a.Remotes.Look(r.Context(), c.Owner, c.ID)
	if err == nil {
		_, err = a.Remotes.SetCollections(r.Context(), c.Owner, c.ID, f, choice)
	}
	return here, err
}
