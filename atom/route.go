package atom

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
)

// A handler answers a request, or returns an error that is answered as the table in errors.go says.
type handler func(w http.ResponseWriter, r *http.Request) error

// methods are the handlers of one resource by HTTP method. HEAD is answered as GET; net/http leaves the
// body out.
type methods map[string]handler

// router knows every resource. It is flat, and does not rewrite paths: a redirect would turn a POST
// into a GET.
func (a *api) router() http.Handler {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	table := a.pageTable()
	for path, m := range a.resources() {
		a.mount(r, path, m, table[path])
	}
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, errNoResource)
	})
	return r
}

// resources are all paths, without the slash that may end them.
func (a *api) resources() map[string]methods {
	one := methods{http.MethodGet: a.getBinding, http.MethodPut: a.putBinding, http.MethodDelete: a.deleteBinding}
	logFeed := methods{http.MethodGet: a.getLog}
	bindingLogFeed := methods{http.MethodGet: a.getBindingLog}
	all := map[string]methods{
		"/v2/syncengine": {
			http.MethodGet: a.listBindings, http.MethodPost: a.postBinding, http.MethodPut: a.putNoBinding,
		},
		"/v2":                             {http.MethodGet: a.getService},
		"/v2/tokens":                      {http.MethodGet: a.listTokens, http.MethodPost: a.postToken},
		"/v2/tokens/{uuid:[0-9A-Fa-f-]+}": {http.MethodGet: a.getToken, http.MethodDelete: a.deleteToken},
		"/v2/accounts":                    {http.MethodGet: a.listAccounts, http.MethodPost: a.postAccount},
		"/v2/accounts/{uuid:[0-9A-Fa-f-]+}": {
			http.MethodGet: a.getAccount, http.MethodPut: a.putAccount, http.MethodDelete: a.deleteAccount,
		},
		"/v2/syncengine/sources/{kind:[a-z]+}": {http.MethodGet: a.getKind},
		"/v2/services":                         {http.MethodGet: a.listServices},
		"/v2/services/google": {
			http.MethodGet: a.none("/v2/services/google/", "Google Data Clients"), http.MethodPost: refuse(errNoGoogle),
		},
		"/v2/services/activesync": {
			http.MethodGet: a.none("/v2/services/activesync/", "ActiveSync Clients"), http.MethodPost: refuse(errNoActiveSync),
		},
		"/v2/syncengine/phone_datastore_bindings":                   {http.MethodGet: a.listPhoneStores, http.MethodPost: a.postPhoneStore},
		"/v2/syncengine/phone_datastore_bindings/{id:[0-9]+}":       {http.MethodGet: a.getPhoneStore},
		"/v2/syncengine/phone_datastore_bindings/{id:[0-9]+}/setup": {http.MethodPost: a.postPhoneStoreSetup},
		"/v2/syncengine/holds":                                      {http.MethodGet: a.listHolds},
		"/v2/syncengine/holds/{plan:[A-Za-z0-9-]+}":                 {http.MethodGet: a.getHold, http.MethodPut: a.putHold},
		"/v2/syncengine/reviews":                                    {http.MethodGet: a.listReviews},
		"/v2/syncengine/reviews/{entry:[0-9]+}":                     {http.MethodGet: a.getReview, http.MethodPut: a.putReview},
		"/v2/syncengine/quarantine":                                 {http.MethodGet: a.listQuarantine},
		"/v2/syncengine/quarantine/{aside:[A-Za-z0-9-]+}":           {http.MethodGet: a.getQuarantined, http.MethodPost: a.retryQuarantined},
		"/v2/syncengine/history":                                    {http.MethodGet: a.listHistory},
		"/v2/syncengine/history/{entry:[0-9]+}":                     {http.MethodGet: a.getVersion, http.MethodPost: a.restoreVersion},
		wherePath:                                                   {http.MethodGet: a.getWhere},
		contentPath:                                                 {http.MethodGet: a.listContent, http.MethodPost: a.postContent},
		contentPath + "/{uuid:[0-9A-Fa-f-]+}/{class:[A-Z][a-z]+}/{item}": {
			http.MethodGet: a.getContent, http.MethodPut: a.putContent, http.MethodDelete: a.deleteContent,
		},
		"/v2/services/syncml/sessions":                {http.MethodGet: a.listSessions},
		"/v2/services/syncml/sessions/{entry:[0-9]+}": {http.MethodGet: a.getSession},
		"/v2/services/syncml/datastores":              {http.MethodGet: a.listDatabases},
		"/v2/services/syncml/setup":                   {http.MethodGet: a.getSetup, http.MethodPost: refuse(errNoSetup)},
		davSetupPath:                                  {http.MethodGet: a.getDAVSetup},
		"/v2/syncengine/{id:[0-9]+}":                  one,
		"/v2/syncengine/{id:[0-9]+}/edit":             one,

		"/v2/syncengine/synchronization": {http.MethodGet: a.getLog, http.MethodPost: a.postSync},
		"/v2/syncengine/{id:[0-9]+}/synchronization": {
			http.MethodGet: a.getBindingLog, http.MethodPost: a.postBindingSync,
		},
		// The log feeds' own links name them so.
		"/v2/syncengine/synclog":                             logFeed,
		"/v2/syncengine/synclog/all.xml":                     logFeed,
		"/v2/syncengine/synclog/all.xml/all.xml":             logFeed,
		"/v2/syncengine/{id:[0-9]+}/synclog/all.xml":         bindingLogFeed,
		"/v2/syncengine/{id:[0-9]+}/synclog/all.xml/all.xml": bindingLogFeed,
		"/v2/syncengine/synclog/{entry:[0-9]+}":              {http.MethodGet: a.getLogEntry},
		"/v2/services/syncml":                                {http.MethodGet: a.listPhones, http.MethodPost: a.postPhone},
	}
	maps.Copy(all, a.clientResources())
	maps.Copy(all, a.fileResources())
	maps.Copy(all, a.scheduleResources())
	maps.Copy(all, a.noticeResources())
	maps.Copy(all, a.remoteResources())
	return all
}

// mount registers a resource under its path with and without a slash at the end.
func (a *api) mount(r *mux.Router, path string, m methods, p page) {
	h := a.dispatch(m, &p)
	r.Handle(path, h)
	r.Handle(path+"/", h)
}

// dispatch chooses the handler of the method, or answers 405 with the methods that there are. Where p is not nil, it
// answers browsers with a page.
func (a *api) dispatch(m methods, p *page) http.Handler {
	allow := m.allow()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		h, ok := m[method]
		people := p != nil && forPeople(r)
		ok = ok || people && p.takesForms() && isForm(r)
		switch {
		case method == http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
			return
		case !ok:
			w.Header().Set("Allow", allow)
			a.fail(w, r, errNoMethod)
			return
		}
		var err error
		if people {
			err = a.answerPage(w, r, *p, h)
		} else {
			err = a.answerIf(w, r, m, h)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	})
}

// allow is the value of the header Allow.
func (m methods) allow() string {
	names := []string{http.MethodOptions}
	for name := range m {
		names = append(names, name)
		if name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// number reads a number of the path; one that is too great for any row gives 0, which no row has.
func number(r *http.Request, name string) int64 {
	word := mux.Vars(r)[name]
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || number64(n) != word { // one resource has one number
		return 0
	}
	return n
}

// pathWord reads a word of the path, "" for one that is not escaped as it should be.
func pathWord(r *http.Request, name string) string {
	word, err := url.PathUnescape(mux.Vars(r)[name])
	if err != nil {
		return ""
	}
	return word
}

// urlWord writes a word so that it can stand in an address.
func urlWord(s string) string { return url.PathEscape(s) }

// Paths are the paths that can be looked at, as gorilla/mux writes them, sorted: for tests that go through all of them.
func Paths() []string {
	var out []string
	for path, m := range (&api{}).resources() {
		if m[http.MethodGet] != nil {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}
