package dav_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
)

// A ticketer is a keeper that gives tokens, and no times. Its tokens are how many changes there were; a copy of it has them
// as they were then.
type ticketer struct {
	*keeper
	changes []string
	// forgets makes it know no token; status is what it says then.
	forgets bool
	status  int
}

func (k *ticketer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == "REPORT" || r.Method == "PROPFIND" {
		k.report(w, r)
		return
	}
	rec := httptest.NewRecorder()
	k.keeper.ServeHTTP(rec, r)
	rec.Header().Del("Last-Modified")
	if (r.Method == "PUT" || r.Method == "DELETE") && rec.Code < 300 {
		k.changes = append(k.changes, r.URL.Path)
	}
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

func (k *ticketer) report(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, rest, ok := strings.Cut(string(body), "sync-token>")
	ticket, _, _ := strings.Cut(rest, "<")
	since, _ := strconv.Atoi(strings.TrimPrefix(ticket, "t"))
	if ok && ticket != "" && (since > len(k.changes) || k.forgets) {
		http.Error(w, "unknown", k.status)
		return
	}
	if strings.Contains(string(body), "multiget") {
		http.Error(w, "no", http.StatusNotImplemented)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusMultiStatus)
	if r.Method == "PROPFIND" && r.Header.Get("Depth") == "0" {
		_, _ = fmt.Fprintf(w, `<multistatus xmlns="DAV:"><response><href>/book/</href><propstat><prop><sync-token>t%d</sync-token></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>`, len(k.changes))
		return
	}
	paths := slices.Sorted(maps.Keys(k.files))
	if ticket != "" && ok {
		paths = k.changes[since:]
	}
	_, _ = fmt.Fprint(w, `<multistatus xmlns="DAV:">`)
	for _, path := range paths {
		if f, there := k.files[path]; there {
			_, _ = fmt.Fprintf(w, `<response><href>%s</href><propstat><prop><getetag>%s</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>`, path, strings.ReplaceAll(f.etag(), `"`, "&quot;"))
		} else {
			_, _ = fmt.Fprintf(w, `<response><href>%s</href><status>HTTP/1.1 404 Not Found</status></response>`, path)
		}
	}
	_, _ = fmt.Fprintf(w, `<sync-token>t%d</sync-token></multistatus>`, len(k.changes))
}

// A server without times that is put back to an older copy does not know its tokens: what it shows again is nobody's edit, and
// what came last and is missing nobody's deletion.
func TestServerPutBack(t *testing.T) {
	for name, tt := range map[string]struct {
		edit, add bool
		// fails: the server answers 500 to a token that it does not know.
		fails bool
		// forgets: nothing was put back, the server only forgot the token; the user did something by himself then.
		forgets bool
		user    func(v *visit)
		told    string
		lost    bool
	}{
		"edits and additions":         {edit: true, add: true, told: "Ann went back, Ben went back, Cid, Dan", lost: true},
		"additions only":              {add: true, told: "Ann, Ben, Cid, Dan", lost: true},
		"an edit after it":            {edit: true, add: true, user: func(v *visit) { v.must(v.Edit(dataclass.Contacts, v.pathOf("Cid"), person("Cidney"))) }, told: "Ann went back, Ben went back, Cidney, Dan", lost: true},
		"a server that fails":         {edit: true, add: true, fails: true, told: "Ann went back, Ben went back, Cid, Dan", lost: true},
		"one that fails, additions":   {add: true, fails: true, told: "deleted"},
		"only the token is forgotten": {edit: true, add: true, forgets: true, told: ""},
		"and the user deletes":        {edit: true, add: true, forgets: true, user: func(v *visit) { v.must(v.Delete(dataclass.Contacts, v.pathOf("Dan"))) }, told: "deleted"},
		"and the user sets back":      {edit: true, add: true, forgets: true, user: func(v *visit) { v.must(v.Edit(dataclass.Contacts, v.pathOf("Anna"), person("Ann"))) }, told: "Ann"},
		"and the user empties it": {forgets: true, user: func(v *visit) {
			for _, n := range []string{"Ann", "Ben", "Cid", "Dan"} {
				v.must(v.Delete(dataclass.Contacts, v.pathOf(n)))
			}
		}, told: "deleted, deleted, deleted, deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			k := &ticketer{keeper: newKeeper(), status: http.StatusForbidden}
			if tt.fails {
				k.status = http.StatusInternalServerError
			}
			a := &account{http: &http.Client{Transport: handled{k}}, collections: map[dataclass.Class]string{dataclass.Contacts: "https://keeper.example.org/book/"}}
			now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
			clock := func() time.Time { now = now.Add(time.Second); return now }
			v := &visit{T: t, keeper: k.keeper, client: newHouse(t, dav.Options{Now: clock}).client(t, "ann", "", a)}
			ids := map[string]sources.ID{}
			for _, n := range []string{"Ann", "Ben", "Cid", "Dan"} {
				_, err := v.Put(dataclass.Contacts, person(n))
				v.must(err)
			}
			for id, ch := range v.look() {
				ids[nameIn(ch.Body)] = id
			}
			v.look()
			files, changes := v.backup(), len(k.changes)
			if tt.edit {
				v.must(v.Edit(dataclass.Contacts, v.pathOf("Ann"), person("Anna")))
				v.look(v.replace(ids["Ben"], "Benno"))
			}
			v.look()
			if tt.add {
				_, err := v.Put(dataclass.Contacts, person("Eve"))
				v.must(err)
				v.look()
			}
			was := v.since
			if k.forgets = tt.forgets; !tt.forgets {
				v.bringBack(files)
				k.changes = k.changes[:changes]
			}
			if tt.user != nil {
				tt.user(v)
			}
			if got := told(v.look()); got != tt.told {
				t.Errorf("told %q, want %q", got, tt.told)
			}
			if _, err := v.Source("engine").Begin(t.Context(), dataclass.Contacts, was); tt.lost != isErr(err, sources.ErrCursorLost) {
				t.Errorf("the cursor of before: %v", err)
			}
		})
	}
}
