package atom

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
)

const tokensPath = "/v2/tokens/"

// tokenPages are the pages of tokens.
func (a *api) tokenPages() map[string]page {
	return map[string]page{
		"/v2/tokens":                      {show: a.showTokens, replies: replies{"make": a.formMakeToken}},
		"/v2/tokens/{uuid:[0-9A-Fa-f-]+}": {show: a.showToken, forms: map[string]former{"revoke": a.formRevoke}},
	}
}

// scopeWords say what a token may.
var scopeWords = map[string]string{
	bindings.ScopeRead: "look at everything that is yours", bindings.ScopeWrite: "look and change",
}

// showTokens answers GET /v2/tokens/ for people.
func (a *api) showTokens(r *http.Request) (pages.View, error) {
	list, err := a.Tokens.Tokens(r.Context(), callerOf(r).ID)
	if err != nil {
		return nil, err
	}
	v := pages.Tokens{
		Scopes: []pages.Choice{{Value: bindings.ScopeRead, Title: scopeWords[bindings.ScopeRead]}, {Value: bindings.ScopeWrite, Title: scopeWords[bindings.ScopeWrite]}},
		Ends:   []pages.Choice{{Value: "30", Title: "in 30 days"}, {Value: "365", Title: "in a year", Chosen: true}, {Title: "never"}},
	}
	for _, t := range list {
		v.List = append(v.List, a.tokenView(t))
	}
	return v, nil
}

// showToken answers GET /v2/tokens/UUID for people.
func (a *api) showToken(r *http.Request) (pages.View, error) {
	t, err := a.Tokens.Token(r.Context(), callerOf(r).ID, pathWord(r, "uuid"))
	if err != nil {
		return nil, tokenError(err)
	}
	return a.tokenView(t), nil
}

func (a *api) tokenView(t bindings.Token) pages.Token {
	return pages.Token{
		Path: tokensPath + t.ID, Label: firstOf(t.Label, "without a name"), May: scopeWords[t.Scope], Created: t.Created, Expires: t.Expires, Used: t.Used,
		Over: !t.Expires.IsZero() && !a.Now().Before(t.Expires),
	}
}

// formMakeToken makes a token, and shows it this once: who sends the form again, as by loading the answer again, sees
// which token it made.
func (a *api) formMakeToken(r *http.Request, f url.Values) (pages.View, error) {
	if err := a.checkMine(r, f); err != nil {
		return nil, err
	}
	n := bindings.NewToken{Label: f.Get("label"), Scope: f.Get("scope")}
	if f.Get("ends") != "" {
		days, err := strconv.Atoi(f.Get("ends"))
		if err != nil || days < 1 || days > 36500 {
			return nil, errBadForm
		}
		n.Expires = a.Now().AddDate(0, 0, days)
	}
	var v pages.Token
	to, again, err := a.once(r, f, func() (done, error) {
		t, secret, err := a.Tokens.CreateToken(r.Context(), callerOf(r).ID, n)
		v = a.tokenView(t)
		v.Secret = secret
		return done{path: t.ID}, err
	})
	if err != nil || !again {
		return v, err
	}
	t, err := a.Tokens.Token(r.Context(), callerOf(r).ID, to.path)
	if err != nil {
		return nil, tokenError(err)
	}
	v = a.tokenView(t)
	v.Again = true
	return v, nil
}

// formRevoke ends a token. One that is gone already is as it was wanted.
func (a *api) formRevoke(r *http.Request, _ url.Values) (done, error) {
	err := a.Tokens.RevokeToken(r.Context(), callerOf(r).ID, pathWord(r, "uuid"))
	return done{path: tokensPath, notice: pages.TokenRevoked}, goneIsFine(err)
}

// checkMine returns an error unless a form holds, as "mine", the password of who sends it: what it asks for outlives
// being signed out, so a browser that somebody left open, or a token, is not enough.
func (a *api) checkMine(r *http.Request, f url.Values) error {
	if byToken(r) {
		return errNeedsPassword
	}
	_, err := a.byPassword(r, callerOf(r).Name, f.Get("mine"))
	if errors.Is(err, sources.ErrAuth) {
		return errNotMine
	}
	return err
}
