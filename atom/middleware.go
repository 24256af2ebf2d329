package atom

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
)

// How many bytes a request may have: a binding has about 500, an item as many as a datastore takes, and some for XML.
const (
	maxBody = 64 << 10
	maxItem = 12 << 20
)

// A middleware is a handler around another one.
type middleware = func(http.Handler) http.Handler

// chain puts the middleware around h, the first outermost.
func chain(h http.Handler, around ...middleware) http.Handler {
	for i := len(around) - 1; i >= 0; i-- {
		h = around[i](h)
	}
	return h
}

// The keys of what middleware leaves in a request's context.
type (
	requestKey struct{}
	callerKey  struct{}
)

// identify gives each request an id, which its answer and its log lines show.
func (a *api) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw [8]byte
		_, _ = io.ReadFull(a.Rand, raw[:]) // an id that is not random does no harm
		id := hex.EncodeToString(raw[:])
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

func requestID(r *http.Request) string {
	id, _ := r.Context().Value(requestKey{}).(string)
	return id
}

// counted remembers what was answered.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int
}

// WriteHeader implements http.ResponseWriter.
func (c *counted) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *counted) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += n
	return n, err
}

// Unwrap gives http.ResponseController what is inside.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// record logs one line for each request: never a body, a query or a header.
func (a *api) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, c := a.Now(), &counted{ResponseWriter: w}
		next.ServeHTTP(c, r)
		a.Log.InfoContext(r.Context(), "request", "request", requestID(r), "method", r.Method,
			"path", r.URL.Path, "status", c.status, "bytes", c.bytes, "took", a.Now().Sub(began))
	})
}

// rescue answers 500 where a handler panics.
func (a *api) rescue(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				a.Log.ErrorContext(r.Context(), "handler panicked", "request", requestID(r), "stack", string(debug.Stack()))
				a.fail(w, r, fmt.Errorf("panic: %v", v))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a page of another site makes a browser send: the browser would add the
// user's credentials to it. Programs other than browsers are not concerned.
func (a *api) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Check(r); err != nil {
			a.fail(w, r, errOrigin)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// A caller is who signed in, and how.
type caller struct {
	account bindings.Account
	// token is the token that a program signed in with, nil for a password.
	token *bindings.Token
	// secret is that of the session that a browser is signed in by, "" for a password and a token.
	secret string
}

// signIn finds out who calls, by name and password (RFC 7617) or by a token (RFC 6750). Nothing behind it, not even a
// 404, is answered to anybody else. A token that may only read is refused whatever changes something.
func (a *api) signIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := a.identity(r)
		if err == nil && c.token != nil && c.token.Scope != bindings.ScopeWrite && !isLook(r.Method) {
			err = errReadOnly
		}
		switch {
		case errors.Is(err, errSignIn) && r.Header.Get("Authorization") == "" && wantsPage(r):
			a.toSignIn(w, r)
			return
		case err != nil:
			a.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// isLook reports whether a method changes nothing (RFC 9110 section 9.2.1).
func isLook(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func (a *api) identity(r *http.Request) (caller, error) {
	if scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		token, err := a.Accounts.Bearer(r.Context(), strings.TrimSpace(secret))
		if err != nil {
			return caller{}, err
		}
		account, err := a.Accounts.Account(r.Context(), token.Owner)
		return caller{account: account, token: &token}, err
	}
	name, password, ok := r.BasicAuth()
	if !ok && r.Header.Get("Authorization") != "" {
		return caller{}, errSignIn
	}
	if !ok {
		return a.bySession(r)
	}
	owner, err := a.byPassword(r, name, password)
	if err != nil {
		return caller{}, err
	}
	account, err := a.Accounts.Account(r.Context(), owner)
	return caller{account: account}, err
}

// callerOf gives the account that signed in.
func callerOf(r *http.Request) bindings.Account {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c.account
}

// byToken reports whether a program signed in by a token.
func byToken(r *http.Request) bool {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c.token != nil
}

// limitBody bounds what can be read of a request, as it is sent and as it is without its content coding.
func (a *api) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(maxBody)
		if strings.HasPrefix(r.URL.Path, contentPath) {
			most = maxItem
		}
		if storeAddress.MatchString(r.URL.Path) {
			most = maxFile
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		if err := decoded(w, r, most); err != nil {
			a.fail(w, r, err)
			return
		}
		r.Body = received{r.Body}
		next.ServeHTTP(w, r)
	})
}
