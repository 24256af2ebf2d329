package atom

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// WebSessions keeps the browsers that are signed in.
type WebSessions interface {
	// BeginWebSession signs a browser in and gives the secret for its cookie.
	BeginWebSession(ctx context.Context, owner string) (bindings.WebSession, string, error)
	// WebSession tells whose a secret is. It returns sources.ErrAuth for one that does not count.
	WebSession(ctx context.Context, secret string) (bindings.WebSession, error)
	// EndWebSession signs a browser out; a bindings.ErrNotFound if it is.
	EndWebSession(ctx context.Context, owner, id string) error
	// EndWebSessions signs all browsers of an owner out.
	EndWebSessions(ctx context.Context, owner string) error
}

// The names of the cookie. Browsers keep the second one only if it came over TLS from this very host (RFC 6265bis
// section 4.1.3).
const (
	cookieName       = "bindery"
	secureCookieName = "__Host-bindery"
)

// cookieAge is for how many seconds a browser keeps the cookie: as long as a session lasts at most.
const cookieAge = 90 * 24 * 60 * 60

// secure reports whether browsers reach this server over TLS.
func (a *api) secure(r *http.Request) bool { return strings.HasPrefix(a.base(r), "https://") }

// cookie makes the cookie of a session: no script reads it, and no other site's form carries it.
func (a *api) cookie(r *http.Request, secret string) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName, Value: secret, Path: "/v2", MaxAge: cookieAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if a.secure(r) {
		c.Name, c.Path, c.Secure = secureCookieName, "/", true
	}
	return c
}

// sessionSecret gives what a request's cookie holds, "" if it has none.
func (a *api) sessionSecret(r *http.Request) string {
	name := cookieName
	if a.secure(r) {
		name = secureCookieName
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// bySession tells who is signed in by a cookie. It returns errSignIn for nobody.
func (a *api) bySession(r *http.Request) (caller, error) {
	secret := a.sessionSecret(r)
	if secret == "" {
		return caller{}, errSignIn
	}
	s, err := a.WebSessions.WebSession(r.Context(), secret)
	if errors.Is(err, sources.ErrAuth) {
		return caller{}, errSignIn
	}
	if err != nil {
		return caller{}, err
	}
	account, err := a.Accounts.Account(r.Context(), s.Owner)
	return caller{account: account, secret: secret}, err
}

// byPassword verifies a name and a password, within the bounds of guessing.
func (a *api) byPassword(r *http.Request, name, password string) (owner string, err error) {
	try := guesses.Try{Name: name, Address: guesses.Address(r)}
	if !a.Guesses.Allowed(try) {
		return "", errGuesses
	}
	owner, err = a.Accounts.Basic(r.Context(), name, password)
	switch {
	case errors.Is(err, sources.ErrAuth):
		a.Guesses.Failed(try)
	case err == nil:
		a.Guesses.Good(try)
	}
	return owner, err
}

// formToken is what the forms of a session hold: only who has the cookie can make it.
func formToken(secret string) string {
	if secret == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// checkForm returns an error unless a request that changes something is a form of that session: a cookie comes with
// whatever a browser sends, so it is good for nothing else.
func checkForm(r *http.Request, secret string) error {
	if !isForm(r) {
		return errFormOnly
	}
	if err := readForm(r); err != nil {
		return err
	}
	if !hmac.Equal([]byte(r.PostForm.Get("token")), []byte(formToken(secret))) {
		return errOldForm
	}
	return nil
}

// ownForms lets through what somebody who is signed in by a cookie looks at, and the forms of that session.
func (a *api) ownForms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(callerKey{}).(caller)
		if c.secret != "" && !isLook(r.Method) {
			if err := checkForm(r, c.secret); err != nil {
				a.fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
