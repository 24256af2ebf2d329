package face

import (
	"errors"
	"net/http"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// tokenPrefix is how the house's tokens begin: as a password they are an app password.
const tokenPrefix = "bindery_"

// signIn finds out who calls: by name and password (RFC 7617), by a token in place of the password, which can be made
// and revoked for each device, or by a token alone (RFC 6750).
func (s *server) signIn(r *http.Request) (User, error) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return s.o.Accounts.Token(r.Context(), strings.TrimSpace(secret))
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return User{}, errSignIn
	}
	try := guesses.Try{Name: name, Address: guesses.Address(r)}
	if !s.o.Guesses.Allowed(try) {
		return User{}, errGuesses
	}
	user, err := s.byPassword(r, name, password)
	switch {
	case errors.Is(err, sources.ErrAuth):
		s.o.Guesses.Failed(try)
		return User{}, errSignIn
	case err != nil:
		return User{}, err
	}
	s.o.Guesses.Good(try)
	return user, nil
}

func (s *server) byPassword(r *http.Request, name, password string) (User, error) {
	if !strings.HasPrefix(password, tokenPrefix) {
		return s.o.Accounts.Password(r.Context(), name, password)
	}
	user, err := s.o.Accounts.Token(r.Context(), password)
	if errors.Is(err, sources.ErrAuth) { // somebody's password may begin like that
		return s.o.Accounts.Password(r.Context(), name, password)
	}
	if err == nil && !sameName(user.Name, name) {
		return User{}, sources.ErrAuth
	}
	return user, err
}

// sameName compares names of accounts as far as a path or a form may spell them differently.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }
