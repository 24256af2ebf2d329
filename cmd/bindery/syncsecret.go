package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"golang.org/x/term"

	"github.com/bindery-sync/bindery/cmd/bindery/netrc"
	"github.com/bindery-sync/bindery/sources/dav/named"
)

// passwordEnv is the environment variable that has the password for the address of a sync.
const passwordEnv = "BINDERY_PASSWORD"

// addressSecrets are the options by which a sync signs in at an address.
type addressSecrets struct {
	PasswordFile   string `help:"Read the password for the address from the first line of a file." placeholder:"FILE"`
	PasswordStdin  bool   `help:"Read it from the first line of the standard input."`
	TokenFile      string `help:"Sign in by a token (Bearer), the first line of a file." placeholder:"FILE"`
	AllowPlainHTTP bool   `name:"allow-plain-http" help:"Send the password also by plain HTTP to another machine, where everybody on the way can read it."`

	// line is what was read from the standard input, for the second address.
	line *string
}

// check refuses options that contradict each other.
func (a *addressSecrets) check(ends [2]end) error {
	n := 0
	for _, given := range []bool{a.PasswordFile != "", a.PasswordStdin, a.TokenFile != ""} {
		if given {
			n++
		}
	}
	if n > 1 {
		return usagef("sync: --password-file, --password-stdin and --token-file exclude each other")
	}
	one, two := ends[0].dav, ends[1].dav
	switch {
	case one == nil && two == nil && (n > 0 || a.AllowPlainHTTP):
		return usagef("sync: passwords and tokens are for addresses of servers; neither %s nor %s is one", ends[0], ends[1])
	case one != nil && two != nil && n > 0 && (one.place.Host() != two.place.Host() || one.place.User != two.place.User):
		return usagef("sync: one password cannot be for %s and %s; let each have its own in %s", ends[0], ends[1], netrc.Path())
	}
	return nil
}

// sign finds out who one is at an address, and by what one signs in there. Known are the clients that stand for the
// address already.
func (a *addressSecrets) sign(t *terminal, d *davEnd, known []named.Client) (signature, error) {
	s, err := a.find(t, d, known)
	if err != nil {
		return s, err
	}
	if s.secret != "" && !d.place.Secure() && !a.AllowPlainHTTP {
		return s, usagef("sync: %s is plain HTTP, by which everybody on the way can read the password; use https, or --allow-plain-http if you know that way", d.place)
	}
	return s, nil
}

func (a *addressSecrets) find(t *terminal, d *davEnd, known []named.Client) (signature, error) {
	s := signature{user: userAt(d.place, known)}
	secret, given, err := a.given(t, d)
	switch {
	case err != nil:
		return s, err
	case given && secret == "":
		return s, usagef("sync: the password or token for %s is empty", d.place)
	case given && a.TokenFile != "":
		s.secret, s.bearer = secret, true
		return s, nil
	case given && s.user == "":
		return s, usagef("sync: there is a password for %s, but nobody whose it is; say who you are: %s", d.place, withUser(d.place))
	case given:
		s.secret = secret
		return s, nil
	}
	e, ok, err := netrc.Find(netrc.Path(), d.place.Host(), s.user)
	if err != nil {
		return s, fmt.Errorf("look for a password: %w", err)
	}
	if ok && e.Login != "" {
		return signature{user: e.Login, secret: e.Password}, nil
	}
	if s.user == "" {
		return s, nil // perhaps the server wants to know nobody
	}
	s.secret, err = askFor(t, s.user, d.place)
	return s, err
}

// given gives the password or token that the command line or the environment names.
func (a *addressSecrets) given(t *terminal, d *davEnd) (secret string, ok bool, err error) {
	switch {
	case a.PasswordFile != "":
		secret, err = firstLineOf(a.PasswordFile)
	case a.TokenFile != "":
		secret, err = firstLineOf(a.TokenFile)
	case a.PasswordStdin && a.line == nil:
		if secret, err = readLine(t.in); err == nil {
			a.line = &secret
		}
	case a.PasswordStdin:
		secret = *a.line
	case d.said:
		_, _ = fmt.Fprintf(t.err, "bindery: a password in an address can be read by other users of this machine while the command runs; %s, --password-file or $%s keep it from them\n", netrc.Path(), passwordEnv)
		return d.password, true, nil
	case os.Getenv(passwordEnv) != "":
		secret = os.Getenv(passwordEnv)
	default:
		return "", false, nil
	}
	return secret, true, err
}

// userAt gives who one is: whom the address names, or else the only one who was there before.
func userAt(p named.Place, known []named.Client) string {
	if p.User == "" && len(known) == 1 {
		return known[0].User
	}
	return p.User
}

func askFor(t *terminal, user string, p named.Place) (string, error) {
	fd := int(t.in.Fd())
	if !term.IsTerminal(fd) {
		return "", usagef("sync: no terminal to ask for the password of %s; put it in %s, in $%s, or name a --password-file", p, netrc.Path(), passwordEnv)
	}
	secret, err := prompt(t, fd, fmt.Sprintf("Password of %s at %s: ", visible(user), p.Host()))
	if err == nil && secret == "" {
		err = usagef("sync: nothing was entered")
	}
	return secret, err
}

// withUser is an address as it would be with a user.
func withUser(p named.Place) string {
	scheme, rest, _ := strings.Cut(p.Address, "://")
	return scheme + "://USER@" + rest
}

// signedAddress are addresses with a user and a password in a text.
var signedAddress = regexp.MustCompile(`://[^\s"]*@`)

// withoutPasswords gives a text, such as a command line, without the users and passwords of the addresses in it.
func withoutPasswords(text string) string { return signedAddress.ReplaceAllString(text, "://") }
