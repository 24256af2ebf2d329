package face

import (
	"errors"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// A caller is who signed in.
type caller struct{ owner, name string }

// signIn finds out who calls, by name and password (RFC 7617) or by a token (RFC 6750). A token that may only read is
// refused whatever changes something.
func (f *face) signIn(r *http.Request, method string) (caller, error) {
	header := r.Header.Get("Authorization")
	if scheme, secret, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") {
		owner, write, err := f.Accounts.Bearer(r.Context(), strings.TrimSpace(secret))
		switch {
		case errors.Is(err, sources.ErrAuth):
			return caller{}, errSignIn
		case err != nil:
			return caller{}, err
		case !write && method != http.MethodGet && method != http.MethodHead:
			return caller{}, errReadOnly
		}
		return f.callerOf(r, owner)
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return caller{}, errSignIn
	}
	try := guesses.Try{Name: name, Address: guesses.Address(r)}
	if !f.Guesses.Allowed(try) {
		return caller{}, errGuesses
	}
	owner, err := f.Accounts.Basic(r.Context(), name, password)
	if errors.Is(err, sources.ErrAuth) {
		f.Guesses.Failed(try)
		return caller{}, errSignIn
	}
	if err != nil {
		return caller{}, err
	}
	f.Guesses.Good(try)
	return f.callerOf(r, owner)
}

func (f *face) callerOf(r *http.Request, owner string) (caller, error) {
	name, err := f.Accounts.Name(r.Context(), owner)
	return caller{owner: owner, name: name}, err
}

// methodOf gives what a request is to do: old proxies let nothing but GET and POST pass.
func methodOf(r *http.Request) (string, error) {
	over := r.Header.Get("X-HTTP-Method-Override")
	if over == "" || r.Method != http.MethodPost {
		return r.Method, nil
	}
	switch over = strings.ToUpper(strings.TrimSpace(over)); over {
	case http.MethodPut, http.MethodDelete, http.MethodPost, http.MethodPatch:
		return over, nil
	}
	return "", badRequest("invalidHeader", "X-HTTP-Method-Override can be PUT or DELETE.")
}
