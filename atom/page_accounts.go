package atom

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
)

const accountsPath = "/v2/accounts/"

// accountPages are the pages of accounts.
func (a *api) accountPages() map[string]page {
	return map[string]page{
		"/v2/accounts": {show: a.showAccounts, forms: map[string]former{"make": a.formAccount}},
		"/v2/accounts/{uuid:[0-9A-Fa-f-]+}": {show: a.showAccount, forms: map[string]former{
			"password": a.formPassword, "content": a.formContent, "zone": a.formZone, "admin": a.formAdmin, "delete": a.formDelete,
		}},
	}
}

// showAccounts answers GET /v2/accounts/ for people.
func (a *api) showAccounts(r *http.Request) (pages.View, error) {
	v := pages.Accounts{Admin: callerOf(r).Admin}
	list := []bindings.Account{callerOf(r)}
	if v.Admin {
		var err error
		if list, err = a.Accounts.Accounts(r.Context()); err != nil {
			return nil, err
		}
	}
	for _, c := range list {
		v.List = append(v.List, accountView(r, c))
	}
	return v, nil
}

// showAccount answers GET /v2/accounts/UUID for people.
func (a *api) showAccount(r *http.Request) (pages.View, error) {
	c, err := a.account(r)
	if err != nil {
		return nil, err
	}
	return accountView(r, c), nil
}

func accountView(r *http.Request, c bindings.Account) pages.Account {
	who, _ := r.Context().Value(callerKey{}).(caller)
	return pages.Account{
		Path: accountsPath + c.ID, Name: c.Name, Created: c.Created, Admin: c.Admin, MD5: c.MD5, Content: c.LogContent, Zone: c.Zone,
		Mine: c.ID == who.account.ID, ByAdmin: who.account.Admin, Cookie: who.secret != "",
	}
}

// formAccount makes an account.
func (a *api) formAccount(r *http.Request, f url.Values) (done, error) {
	if !callerOf(r).Admin {
		return done{}, errAdminOnly
	}
	if f.Get("password") != f.Get("again") {
		return done{}, errUnlike
	}
	c, err := a.Accounts.CreateAccount(r.Context(), bindings.NewAccount{
		Name: f.Get("name"), Password: f.Get("password"), Admin: f.Get("admin") != "", NoMD5: f.Get("md5") == "",
	})
	return done{path: accountsPath + c.ID, notice: pages.AccountMade}, err
}

// formPassword changes a password. Every browser of the account is signed out by that.
func (a *api) formPassword(r *http.Request, f url.Values) (done, error) {
	c, err := a.account(r)
	if err == nil {
		err = a.checkMine(r, f)
	}
	switch {
	case err != nil:
		return done{}, err
	case f.Get("password") != f.Get("again"):
		return done{}, errUnlike
	}
	if err := a.Accounts.SetPassword(r.Context(), c.ID, f.Get("password")); err != nil {
		return done{}, err
	}
	to := done{path: accountsPath + c.ID, notice: pages.PasswordChanged}
	if c.ID == callerOf(r).ID {
		to.path = signInPath
	}
	return to, nil
}

// formContent says whether the log of the caller's sessions keeps what items hold.
func (a *api) formContent(r *http.Request, f url.Values) (done, error) {
	c, err := a.account(r)
	switch {
	case err != nil:
		return done{}, err
	case c.ID != callerOf(r).ID: // it would show an administrator what is not his
		return done{}, errUnknownAccount
	}
	err = a.Accounts.SetLogContent(r.Context(), c.ID, f.Get("content") != "")
	return done{path: accountsPath + c.ID, notice: pages.AccountSaved}, err
}

// formZone says in which time zone the schedules of the caller are.
func (a *api) formZone(r *http.Request, f url.Values) (done, error) {
	c, err := a.account(r)
	if err != nil {
		return done{}, err
	}
	if err := a.Accounts.SetZone(r.Context(), c.ID, strings.TrimSpace(f.Get("zone"))); err != nil {
		return done{}, bindingError(err)
	}
	return done{path: accountsPath + c.ID, notice: pages.AccountSaved}, nil
}

// formAdmin says whether an account may administer others.
func (a *api) formAdmin(r *http.Request, f url.Values) (done, error) {
	c, err := a.account(r)
	switch {
	case err != nil:
		return done{}, err
	case !callerOf(r).Admin:
		return done{}, errAdminOnly
	}
	_, err = a.Accounts.SetAdmin(r.Context(), c.ID, f.Get("admin") != "")
	return done{path: accountsPath + c.ID, notice: pages.AccountSaved}, err
}

// formDelete deletes an account with everything that it owns.
func (a *api) formDelete(r *http.Request, f url.Values) (done, error) {
	c, err := a.account(r)
	if err != nil {
		return done{}, err
	}
	if f.Get("name") != c.Name {
		return done{}, errOtherName
	}
	if err := a.checkMine(r, f); err != nil {
		return done{}, err
	}
	if err := a.Accounts.RemoveAccount(r.Context(), c.ID); err != nil {
		return done{}, err
	}
	to := done{path: accountsPath, notice: pages.AccountDeleted}
	if c.ID == callerOf(r).ID {
		to.path = signInPath
	}
	return to, nil
}
