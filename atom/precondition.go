package atom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// conditions are what a request that changes something says of the resource that it has seen (RFC 9110 sections 13.1.1
// and 13.1.2).
type conditions struct{ match, none []string }

func conditionsOf(r *http.Request) conditions {
	return conditions{r.Header.Values("If-Match"), r.Header.Values("If-None-Match")}
}

func (c conditions) any() bool { return len(c.match)+len(c.none) > 0 }

// answerIf calls a handler if what the request says of the resource is true. For PUT and DELETE both are one transaction:
// of two writers who have seen the same, one is answered 412.
func (a *api) answerIf(w http.ResponseWriter, r *http.Request, m methods, h handler) error {
	c := conditionsOf(r)
	switch {
	case isLook(r.Method), !c.any(), m[http.MethodGet] == nil:
		return h(w, r)
	case r.Method == http.MethodPost, asksOthers(r):
		if err := m.hold(r, c); err != nil {
			return err
		}
		return h(w, r)
	}
	body, err := io.ReadAll(r.Body) // before the transaction: no other writer waits for a slow sender
	if err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	var out *held
	err = a.together(r.Context(), func(ctx context.Context) error {
		one := r.WithContext(ctx)
		one.Body, out = io.NopCloser(bytes.NewReader(body)), newHeld()
		if err := m.hold(one, c); err != nil {
			return err
		}
		return h(out, one)
	})
	if err != nil {
		return err
	}
	out.send(w)
	return nil
}

// asksOthers reports whether the handler of a PUT or DELETE speaks with another server, which no transaction waits for:
// credentials are tried there first.
func asksOthers(r *http.Request) bool {
	return r.Method == http.MethodPut && (strings.HasPrefix(r.URL.Path, elsewherePath) || strings.HasPrefix(r.URL.Path, davPath))
}

// together runs fn in one transaction, where there is a database.
func (a *api) together(ctx context.Context, fn func(ctx context.Context) error) error {
	if a.Together == nil {
		return fn(ctx)
	}
	return a.Together(ctx, fn)
}

// hold returns an error unless the conditions are true of what GET shows now. Of what is not there, If-Match says what
// GET does, and If-None-Match is true.
func (m methods) hold(r *http.Request, c conditions) error {
	look := r.Clone(r.Context())
	look.Method, look.Body = http.MethodGet, http.NoBody
	look.Header.Set("Accept", mediaType)
	h := newHeld()
	if err := m[http.MethodGet](h, look); err != nil {
		if status, _, _ := answer(err); status == http.StatusNotFound && len(c.match) == 0 {
			return nil
		}
		return err
	}
	tag := h.tag()
	switch {
	case len(c.match) > 0 && !named(c.match, tag):
		return errChanged
	case len(c.none) > 0 && named(c.none, tag):
		return errThere
	}
	return nil
}

// refuseChanged answers 412.
func refuseChanged(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(errChanged.status)
	_, _ = io.WriteString(w, errChanged.sentence+"\n") // a caller that has gone reads no answer
}

// send gives what was held to somebody.
func (h *held) send(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	if h.status != 0 {
		w.WriteHeader(h.status)
		_, _ = w.Write(h.body.Bytes()) // a caller that has gone reads no answer
	}
}

// errBodyCut is the answer to a body that ends too early, or whose transfer coding is broken: the client's fault, or the
// network's, never the server's.
var errBodyCut = &problem{http.StatusBadRequest, "The body is cut short, or its coding is broken"}

// received is the body of a request whose errors are the sender's.
type received struct{ io.ReadCloser }

// Read implements io.Reader.
func (b received) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	var tooBig *http.MaxBytesError
	var known *problem
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &tooBig) || errors.As(err, &known) {
		return n, err
	}
	return n, fmt.Errorf("%w: %w", errBodyCut, err)
}
