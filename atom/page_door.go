package atom

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
)

// Where the door is, and what is behind it.
const (
	signInPath   = "/v2/signin"
	signOutPath  = "/v2/signout"
	overviewPath = "/v2/syncengine/"
)

// doors are the resources that nobody needs to be signed in for.
func (a *api) doors() map[string]methods {
	return map[string]methods{
		signInPath:                       {http.MethodGet: a.getSignIn, http.MethodPost: a.postSignIn},
		signOutPath:                      {http.MethodPost: a.postSignOut},
		pages.AssetsPath + "{file:.+}":   {http.MethodGet: a.getAsset},
		noticeFeedPath:                   {http.MethodGet: a.getNoticeFeed},
		docPath:                          {http.MethodGet: a.getManual},
		docPath + "{page:[a-z.]+}":       {http.MethodGet: a.getManual},
		strings.TrimSuffix(docPath, "/"): {http.MethodGet: otherSlash},
		docPath + "{page:[a-z.]+}/":      {http.MethodGet: otherSlash},
	}
}

// outside answers what is for everybody, and leaves the rest to next.
func (a *api) outside(next http.Handler) http.Handler {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	for path, m := range a.doors() {
		r.Handle(path, a.limitBody(a.dispatch(m, nil)))
	}
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && wantsPage(r) && isLook(r.Method) {
			_ = seeOther(w, overviewPath) // never fails
			return
		}
		next.ServeHTTP(w, r)
	})
	return r
}

// getAsset answers GET of a file that pages refer to. What is at its address never changes.
func (a *api) getAsset(w http.ResponseWriter, r *http.Request) error {
	f, ok := pages.FindAsset(mux.Vars(r)["file"])
	if !ok {
		return errNoResource
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(f.Data) // a browser that has gone reads no asset
	return nil
}

// getSignIn answers GET /v2/signin.
func (a *api) getSignIn(w http.ResponseWriter, r *http.Request) error {
	return a.draw(w, r, http.StatusOK, pages.SignIn{Next: localPath(r.URL.Query().Get("next"))})
}

// postSignIn answers POST /v2/signin: name and password begin a session. Guesses are bounded as those of other log-ins
// are.
func (a *api) postSignIn(w http.ResponseWriter, r *http.Request) error {
	if !isForm(r) {
		return errFormOnly
	}
	if err := readForm(r); err != nil {
		return err
	}
	name, next := r.PostForm.Get("name"), localPath(r.PostForm.Get("next"))
	owner, err := a.byPassword(r, name, r.PostForm.Get("password"))
	if errors.Is(err, sources.ErrAuth) {
		return a.draw(w, r, http.StatusUnauthorized, pages.SignIn{Next: next, Name: name, Error: errWrongPassword.sentence})
	}
	if err != nil {
		return err
	}
	if err := a.endSession(r); err != nil { // of whoever was signed in with this browser before
		return err
	}
	_, secret, err := a.WebSessions.BeginWebSession(r.Context(), owner)
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(r, secret))
	return seeOther(w, next)
}

// endSession ends the session of a request's cookie, if it has one.
func (a *api) endSession(r *http.Request) error {
	secret := a.sessionSecret(r)
	if secret == "" {
		return nil
	}
	session, err := a.WebSessions.WebSession(r.Context(), secret)
	if err == nil {
		err = a.WebSessions.EndWebSession(r.Context(), session.Owner, session.ID)
	}
	if errors.Is(err, sources.ErrAuth) || errors.Is(err, bindings.ErrNotFound) {
		return nil
	}
	return err
}

// postSignOut answers POST /v2/signout: this browser, or with all=1 every one of the owner's, is signed out.
func (a *api) postSignOut(w http.ResponseWriter, r *http.Request) error {
	secret := a.sessionSecret(r)
	session, err := a.WebSessions.WebSession(r.Context(), secret)
	if errors.Is(err, sources.ErrAuth) {
		return seeOther(w, signInPath)
	}
	if err == nil {
		err = checkForm(r, secret)
	}
	if err != nil {
		return err
	}
	notice := pages.SignedOut
	if r.PostForm.Get("all") != "" {
		notice, err = pages.SignedOutEverywhere, a.WebSessions.EndWebSessions(r.Context(), session.Owner)
	} else {
		err = a.WebSessions.EndWebSession(r.Context(), session.Owner, session.ID)
	}
	if err != nil && !errors.Is(err, bindings.ErrNotFound) {
		return err
	}
	gone := a.cookie(r, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	return seeOther(w, signInPath+"?notice="+string(notice))
}

// toSignIn sends a browser that nobody is signed in with to the page for that, and from there back.
func (a *api) toSignIn(w http.ResponseWriter, r *http.Request) {
	next := overviewPath
	if isLook(r.Method) {
		next = localPath(r.URL.RequestURI())
	}
	_ = seeOther(w, signInPath+"?"+url.Values{"next": {next}}.Encode()) // never fails
}
