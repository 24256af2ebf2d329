package atom

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
)

// davProperties say which collections a client has.
func davProperties(s remote.Server) []pages.Property {
	var out []pages.Property
	for _, class := range s.Classes() {
		out = append(out, pages.Property{Name: string(class), Value: s.Collections[class]})
	}
	return append(out, pages.Property{Name: "found by", Value: s.Address}, pages.Property{Name: "signs in by", Value: authWords[s.Auth.Way]})
}

// showDAV answers GET /v2/services/dav/ for people: the accounts on DAV servers, and the first step to another one.
func (a *api) showDAV(r *http.Request) (pages.View, error) {
	var v pages.DAV
	list, err := a.Clients.Clients(r.Context(), callerOf(r).ID, kindDAV)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		at, why, err := a.far(r.Context(), c)
		if err != nil {
			return nil, err
		}
		v.Accounts = append(v.Accounts, pages.AccountRow{Party: partyOf(c, ""), Source: at.Server.Name, User: at.User, Why: why})
	}
	return v, nil
}

// replyFound looks for an account, and shows what is there. The credentials stay here until its user has chosen.
func (a *api) replyFound(r *http.Request, f url.Values) (pages.View, error) {
	n := remote.NewDAV{
		Address: strings.TrimSpace(f.Get("address")), Credentials: formCredentials(f), ClientSecret: f.Get("client_secret"),
		Auth: remote.Auth{Way: f.Get("auth"), TokenURL: strings.TrimSpace(f.Get("token_url")), ClientID: strings.TrimSpace(f.Get("client_id")),
			Scopes: strings.Fields(f.Get("scope"))},
		Trust: strings.Fields(f.Get("trust")),
	}
	found, err := a.Remotes.Find(r.Context(), n)
	if err != nil {
		return nil, err
	}
	kept, err := a.Remotes.Keep(r.Context(), callerOf(r).ID, found)
	if err != nil {
		return nil, err
	}
	v := pages.DAVFound{Address: found.Address, User: found.User, Kept: kept, Classes: davChoices(found)}
	for _, trouble := range found.Troubles {
		v.Troubles = append(v.Troubles, trouble.Error())
	}
	v.Stores, err = a.storeChoices(r)
	return v, err
}

// chosenAnew and chosenNone stand in a form for a new collection, and for none.
const (
	chosenAnew = "new"
	chosenNone = ""
)

// davChoices are the collections that fit each dataclass. The first one that can be written is proposed.
func davChoices(f remote.Finding) []pages.DAVClass {
	var out []pages.DAVClass
	for _, class := range remote.DAVClasses() {
		c := pages.DAVClass{Name: string(class), Field: "collection-" + string(class)}
		proposed := false
		for _, o := range f.Fitting(class) {
			pick := !proposed && !o.ReadOnly
			proposed = proposed || pick
			c.Options = append(c.Options, pages.DAVOption{Value: o.URL, Title: firstOf(o.Name, o.URL), Text: o.URL, ReadOnly: o.ReadOnly, Keeps: !o.ReadOnly && !o.CanDelete, Proposed: pick})
		}
		homes := f.Calendars
		if class == dataclass.Contacts {
			homes = f.AddressBooks
		}
		if len(homes) > 0 {
			c.Options = append(c.Options, pages.DAVOption{Value: chosenAnew, Title: "Make a new one"})
		}
		c.Options = append(c.Options, pages.DAVOption{Value: chosenNone, Title: "Leave " + string(class) + " out", Proposed: !proposed})
		out = append(out, c)
	}
	return out
}

// formAddDAV makes a client of the account that was found, with the collections that were chosen, and binds it.
func (a *api) formAddDAV(r *http.Request, f url.Values) (done, error) {
	owner := callerOf(r).ID
	found, err := a.Remotes.Kept(r.Context(), owner, f.Get("kept"))
	if err != nil {
		return done{}, err
	}
	title := strings.TrimSpace(f.Get("title"))
	choice := map[dataclass.Class]remote.Choice{}
	for _, class := range remote.DAVClasses() {
		switch at := f.Get("collection-" + string(class)); at {
		case chosenNone:
		case chosenAnew:
			choice[class] = remote.Choice{Make: string(class)}
		default:
			choice[class] = remote.Choice{URL: at}
		}
	}
	c, err := a.attachFound(r, found, choice, firstOf(title, davTitle(found)))
	if err != nil {
		return done{}, err
	}
	a.Remotes.Unkeep(owner, f.Get("kept"))
	return a.bindTo(r, c.ID, f.Get("store"))
}

// davTitle is what an account is called that nobody named.
func davTitle(f remote.Finding) string {
	if u, err := url.Parse(f.Principal); err == nil && u.Host != "" {
		return u.Host
	}
	return clean(f.Address)
}
