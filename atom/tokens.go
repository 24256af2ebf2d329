package atom

import (
	"errors"
	"net/http"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// listTokens answers GET /v2/tokens/.
func (a *api) listTokens(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Tokens.Tokens(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	entries := make([]dated, len(list))
	for i, t := range list {
		entries[i] = dated{a.tokenEntry(r, t), t.Created}
	}
	url := a.base(r) + "/v2/tokens/"
	return a.collection(w, r, url, "Tokens", entries)
}

// getToken answers GET /v2/tokens/UUID.
func (a *api) getToken(w http.ResponseWriter, r *http.Request) error {
	t, err := a.Tokens.Token(r.Context(), callerOf(r).ID, pathWord(r, "uuid"))
	if err != nil {
		return tokenError(err)
	}
	return write(w, http.StatusOK, a.tokenEntry(r, t))
}

// postToken answers POST /v2/tokens/: it makes a token with the entry's title, and what scope and expires say. The
// answer holds it in the element token; it is never shown again. Only who signs in by the password may make one, so
// that a token that was stolen cannot outlive being revoked.
func (a *api) postToken(w http.ResponseWriter, r *http.Request) error {
	if byToken(r) {
		return errNeedsPassword
	}
	entry, err := readEntry(r, errNoTokenEntry)
	if err != nil {
		return err
	}
	n := bindings.NewToken{Label: textOf(entry, "title"), Scope: ownText(entry, "scope")}
	if s := ownText(entry, "expires"); s != "" {
		if n.Expires, err = time.Parse(time.RFC3339, s); err != nil {
			return errBadTime
		}
	}
	t, secret, err := a.Tokens.CreateToken(r.Context(), callerOf(r).ID, n)
	if err != nil {
		return err
	}
	doc := a.tokenEntry(r, t).Add(xmltree.New(nsOwn, "token", xmltree.Text(secret)))
	w.Header().Set("Location", a.tokenURL(r, t))
	w.Header().Set("Cache-Control", "no-store")
	return write(w, http.StatusCreated, doc)
}

// deleteToken answers DELETE /v2/tokens/UUID.
func (a *api) deleteToken(w http.ResponseWriter, r *http.Request) error {
	if err := a.Tokens.RevokeToken(r.Context(), callerOf(r).ID, pathWord(r, "uuid")); err != nil {
		return tokenError(err)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func tokenError(err error) error {
	if errors.Is(err, bindings.ErrNotFound) {
		return errUnknownToken
	}
	return err
}

func (a *api) tokenURL(r *http.Request, t bindings.Token) string {
	return a.base(r) + "/v2/tokens/" + t.ID
}

func (a *api) tokenEntry(r *http.Request, t bindings.Token) *xmltree.Element {
	url := a.tokenURL(r, t)
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text("May "+t.Scope)).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), link(url, "edit", ""),
		timestamp("published", t.Created), element("title", t.Label), timestamp("updated", t.Created),
		xmltree.New(nsOwn, "scope", xmltree.Text(t.Scope)))
	for _, at := range []struct {
		name string
		time time.Time
	}{{"expires", t.Expires}, {"used", t.Used}} {
		if !at.time.IsZero() {
			entry.Add(xmltree.New(nsOwn, at.name, xmltree.Text(at.time.UTC().Format(time.RFC3339))))
		}
	}
	return entry
}
