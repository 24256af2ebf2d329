package atom

import (
	"errors"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// listAccounts answers GET /v2/accounts/: all of them to an administrator, to others their own.
func (a *api) listAccounts(w http.ResponseWriter, r *http.Request) error {
	list := []bindings.Account{callerOf(r)}
	if callerOf(r).Admin {
		var err error
		if list, err = a.Accounts.Accounts(r.Context()); err != nil {
			return err
		}
	}
	entries := make([]dated, len(list))
	for i, c := range list {
		entries[i] = dated{a.accountEntry(r, c), c.Created}
	}
	url := a.base(r) + "/v2/accounts/"
	return a.collection(w, r, url, "Accounts", entries)
}

// account finds the account that the path names: any for an administrator, for others their own. What others may not
// see does not exist for them.
func (a *api) account(r *http.Request) (bindings.Account, error) {
	id := pathWord(r, "uuid")
	if !callerOf(r).Admin && id != callerOf(r).ID {
		return bindings.Account{}, errUnknownAccount
	}
	c, err := a.Accounts.Account(r.Context(), id)
	if errors.Is(err, bindings.ErrNotFound) {
		return c, errUnknownAccount
	}
	return c, err
}

// getAccount answers GET /v2/accounts/UUID.
func (a *api) getAccount(w http.ResponseWriter, r *http.Request) error {
	c, err := a.account(r)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, a.accountEntry(r, c))
}

// postAccount answers POST /v2/accounts/: an administrator makes an account with the entry's title as its name, and
// the elements password, admin (true or false) and md5 (false keeps the password as a hash only). To make an
// administrator takes a password, not a token.
func (a *api) postAccount(w http.ResponseWriter, r *http.Request) error {
	if !callerOf(r).Admin {
		return errAdminOnly
	}
	entry, err := readEntry(r, errNoAccountEntry)
	if err != nil {
		return err
	}
	n := bindings.NewAccount{Name: textOf(entry, "title"), Password: ownText(entry, "password")}
	if n.Admin, err = ownFlag(entry, "admin", false); err != nil {
		return err
	}
	if n.Admin && byToken(r) {
		return errNeedsPassword
	}
	md5, err := ownFlag(entry, "md5", true)
	if err != nil {
		return err
	}
	n.NoMD5 = !md5
	c, err := a.Accounts.CreateAccount(r.Context(), n)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.accountURL(r, c))
	return write(w, http.StatusCreated, a.accountEntry(r, c))
}

// putAccount answers PUT /v2/accounts/UUID: a new password, for which one's own is needed, the time zone of schedules, and
// for administrators whether the account is one.
func (a *api) putAccount(w http.ResponseWriter, r *http.Request) error {
	c, err := a.account(r)
	if err != nil {
		return err
	}
	entry, err := readEntry(r, errNoUpdate)
	if err != nil {
		return err
	}
	admin, err := ownFlag(entry, "admin", c.Admin)
	if err != nil {
		return err
	}
	password := ownText(entry, "password")
	zone, zoned := ownWord(entry, "zone")
	switch {
	case admin != c.Admin && !callerOf(r).Admin:
		return errAdminOnly
	case (password != "" || admin != c.Admin) && byToken(r):
		return errNeedsPassword
	case password == "" && admin == c.Admin && !zoned:
		return errNoUpdate
	}
	if admin != c.Admin {
		if c, err = a.Accounts.SetAdmin(r.Context(), c.ID, admin); err != nil {
			return err
		}
	}
	if password != "" {
		if err := a.Accounts.SetPassword(r.Context(), c.ID, password); err != nil {
			return err
		}
	}
	if zoned {
		if err := a.Accounts.SetZone(r.Context(), c.ID, zone); err != nil {
			return bindingError(err)
		}
		c.Zone = zone
	}
	return write(w, http.StatusOK, a.accountEntry(r, c))
}

// ownWord gives the text of an element that only Bindery knows, which may be empty, and false if there is none.
func ownWord(entry *xmltree.Element, name string) (string, bool) {
	for _, e := range ownChildren(entry, name) {
		return strings.TrimSpace(e.Text()), true
	}
	return "", false
}

// deleteAccount answers DELETE /v2/accounts/UUID: everything that the account owns is gone for good. Only a password
// is good enough for that.
func (a *api) deleteAccount(w http.ResponseWriter, r *http.Request) error {
	c, err := a.account(r)
	if err != nil {
		return err
	}
	if byToken(r) {
		return errNeedsPassword
	}
	if err := a.Accounts.RemoveAccount(r.Context(), c.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (a *api) accountURL(r *http.Request, c bindings.Account) string {
	return a.base(r) + "/v2/accounts/" + c.ID
}

func (a *api) accountEntry(r *http.Request, c bindings.Account) *xmltree.Element {
	url := a.accountURL(r, c)
	what := "User"
	if c.Admin {
		what = "Administrator"
	}
	entry := xmltree.New(nsAtom, "entry").Add(
		person(c.Name, a.Contact), xmltree.New(nsAtom, "content", xmltree.Text(what)).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), link(url, "edit", ""),
		timestamp("published", c.Created), element("title", c.Name), timestamp("updated", c.Created),
		xmltree.New(nsOwn, "admin", xmltree.Text(yesNo(c.Admin))), xmltree.New(nsOwn, "md5", xmltree.Text(yesNo(c.MD5))))
	if c.Zone != "" {
		entry.Add(ownElement("zone", c.Zone))
	}
	return entry
}
