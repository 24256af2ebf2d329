package atom

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
)

// A page is what people see of a resource in a browser, and what they may do there. A resource without one is shown
// as page_general.go makes it of the resource's document.
type page struct {
	// show says what the page says. Its errors are answered as those of a handler are.
	show func(r *http.Request) (pages.View, error)
	// forms are what its forms do, by the value of their field "do".
	forms map[string]former
	// replies are those forms whose answer is a page itself, by the same field: what is said once only, or has more to
	// say than a notice.
	replies replies
	// sendsFiles says that the resource sends a file, to browsers too, where the query names one.
	sendsFiles bool
}

// takesForms reports whether there is a form on the page.
func (p *page) takesForms() bool { return len(p.forms) > 0 || len(p.replies) > 0 }

// replies are forms whose answer is a page.
type replies map[string]func(r *http.Request, f url.Values) (pages.View, error)

// A former does what a form asks for, and says where the browser goes then.
type former func(r *http.Request, f url.Values) (done, error)

// done is where a browser goes after a form, and what is said there.
type done struct {
	// path is an address of this server.
	path   string
	notice pages.Notice
}

// pageTable are the pages by the paths of resources().
func (a *api) pageTable() map[string]page {
	all := map[string]page{}
	for _, some := range []map[string]page{
		a.bindingPages(), a.logPages(), a.clientPages(), a.schedulePages(),
		a.holdPages(), a.reviewPages(), a.quarantinePages(), a.historyPages(), a.tokenPages(), a.accountPages(), a.wherePages(), a.setupPages(), a.sessionPages(), a.remotePages(), a.noticePages(),
	} {
		maps.Copy(all, some)
	}
	return all
}

// wantsPage reports whether whoever asks wants HTML rather than Atom (RFC 9110 section 12.5.1). Who names neither, as
// programs that say */* do, gets Atom.
func wantsPage(r *http.Request) bool {
	list := r.Header.Values("Accept")
	html := preference(list, []string{"text/html"})
	return html.weight > 0 && preference(list, spokenTypes).less(html)
}

// isForm reports whether the body of a request is what a form on a page sends.
func isForm(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return r.Method == http.MethodPost && strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}

// forPeople reports whether a request asks for a page or comes from one. What a browser sends that is signed in by a
// cookie never reaches the handlers for programs, unless it only looks.
func forPeople(r *http.Request) bool {
	c, _ := r.Context().Value(callerKey{}).(caller)
	if isForm(r) {
		return c.secret != "" || wantsPage(r)
	}
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && wantsPage(r) && !wantsFile(r)
}

// answerPage answers a request for a page, or from a form.
func (a *api) answerPage(w http.ResponseWriter, r *http.Request, p page, get handler) error {
	switch {
	case isForm(r):
		return a.answerForm(w, r, p)
	case p.sendsFiles && r.URL.Query().Has("file"):
		return get(w, r)
	case p.show == nil:
		return a.answerGeneral(w, r, get)
	}
	view, err := p.show(r)
	if err != nil {
		return err
	}
	return a.draw(w, r, http.StatusOK, view)
}

// answerForm does what a form says and sends the browser on (RFC 9110 section 15.4.4), so that loading again does not
// do it twice.
func (a *api) answerForm(w http.ResponseWriter, r *http.Request, p page) error {
	if err := readForm(r); err != nil {
		return err
	}
	if answer := p.replies[r.PostForm.Get("do")]; answer != nil {
		view, err := answer(r, r.PostForm)
		if err != nil {
			return err
		}
		return a.draw(w, r, http.StatusOK, view)
	}
	do := p.forms[r.PostForm.Get("do")]
	if do == nil {
		return errNoForm
	}
	to, err := do(r, r.PostForm)
	if err != nil {
		return err
	}
	target := to.path
	if to.notice != "" {
		target += "?" + url.Values{"notice": {string(to.notice)}}.Encode()
	}
	return seeOther(w, target)
}

// seeOther sends a browser to another address of this server.
func seeOther(w http.ResponseWriter, target string) error {
	h := w.Header()
	pageHeaders(h)
	h.Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// readForm reads the fields of a form into r.PostForm. What is no form gives an error of the caller's.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return err
	case err != nil:
		return errBadForm
	}
	return nil
}

// policy is what a page may load and do: nothing but what this server sends.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// pageHeaders are on every page.
func pageHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Accept-Encoding, Authorization, Cookie")
}

// draw sends a page.
func (a *api) draw(w http.ResponseWriter, r *http.Request, status int, view pages.View) error {
	c, _ := r.Context().Value(callerKey{}).(caller)
	f := pages.Frame{
		View: view, Account: c.account.Name, Admin: c.account.Admin, Cookie: c.secret != "", Token: formToken(c.secret), Once: strconv.FormatInt(a.Now().UnixNano(), 36),
		Path: r.URL.EscapedPath(),
	}
	if status == http.StatusOK {
		f.Notice = pages.Notice(r.URL.Query().Get("notice"))
	}
	body, err := pages.Draw(f)
	if err != nil {
		return err
	}
	pageHeaders(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a browser that has gone reads no page
	return nil
}

// failPage answers an error with a page. It reports whether it could.
func (a *api) failPage(w http.ResponseWriter, r *http.Request, status int, sentence string) bool {
	p := pages.Problem{Status: status, Sentence: sentence}
	if !isLook(r.Method) {
		p.Back = localPath(r.URL.EscapedPath())
	}
	return a.draw(w, r, status, p) == nil
}

// localPath gives an address below /v2 of this server, or the overview's for anything else: a link that somebody made
// cannot send people elsewhere.
func localPath(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", u.User != nil, u.Opaque != "", strings.Contains(s, `\`),
		!strings.HasPrefix(path.Clean(u.Path)+"/", "/v2/"), strings.Contains(u.Path, "//"), strings.HasPrefix(u.Path, signInPath), strings.HasPrefix(u.Path, signOutPath):
		return overviewPath
	}
	return u.RequestURI()
}
