package discover_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// says answers every PROPFIND by 207 and a body, and everything else by a status.
type says struct {
	body   string
	status int
}

// RoundTrip implements http.RoundTripper.
func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if r.Method != "PROPFIND" {
		rec.WriteHeader(s.status)
	} else {
		rec.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(rec, s.body)
	}
	res := rec.Result()
	res.Request = r
	return res, nil
}

// TestBadAnswers: whatever a server answers ends in an error with a sentence, and nothing is found in it.
func TestBadAnswers(t *testing.T) {
	const open = `<d:multistatus xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav">`
	response := func(href, status, props string) string {
		return open + `<d:response><d:href>` + href + `</d:href><d:propstat><d:prop>` + props + `</d:prop><d:status>` + status + `</d:status></d:propstat></d:response></d:multistatus>`
	}
	for name, body := range map[string]string{
		"nothing":             "",
		"cut":                 open + `<d:response><d:href>/d/`,
		"no response":         open + `</d:multistatus>`,
		"HTML":                `<!DOCTYPE html><html><body>Sign in</body></html>`,
		"another document":    `<d:prop xmlns:d="DAV:"/>`,
		"no namespace":        strings.NewReplacer("d:", "", "xmlns:d", "x").Replace(response("/d/", "HTTP/1.1 200 OK", book)),
		"deep":                open + strings.Repeat("<d:a>", 5000) + strings.Repeat("</d:a>", 5000) + `</d:multistatus>`,
		"bomb":                `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>` + response("/d/", "HTTP/1.1 200 OK", book+named("&c;")),
		"huge":                response("/d/", "HTTP/1.1 200 OK", book+named(strings.Repeat("x", 5<<20))),
		"no address":          response("http://[::1", "HTTP/1.1 200 OK", book),
		"another scheme":      response("javascript:alert(1)", "HTTP/1.1 200 OK", book),
		"another server":      response("https://thief.example/d/", "HTTP/1.1 200 OK", book),
		"no status":           response("/d/", "", book),
		"not found":           response("/d/", "HTTP/1.1 404 Not Found", book),
		"invalid UTF-8":       response("/d/", "HTTP/1.1 200 OK", book+named("\xff\xfe")),
		"principal of itself": response("/d/", "HTTP/1.1 200 OK", principal("/d/")),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := discover.Find(t.Context(), &http.Client{Transport: says{body: body}}, discover.Options{}, "https://dav.example.org/d/")
			var e *discover.Error
			if !errors.As(err, &e) || len(a.Collections) > 0 || strings.Contains(err.Error(), "%!") || strings.Contains(err.Error(), "thief") {
				t.Errorf("%v %+v", err, a)
			}
		})
	}
}

// TestMakeRefused: what was not made is not taken for made.
func TestMakeRefused(t *testing.T) {
	a := discover.Account{AddressBooks: []string{"https://dav.example.org/b/"}, Calendars: []string{"https://dav.example.org/c/"}}
	for _, c := range []struct {
		name  string
		says  says
		class dataclass.Class
		want  error
	}{
		{"made, and not there", says{"", http.StatusCreated}, dataclass.Contacts, discover.ErrMake},
		{"not allowed", says{"", http.StatusForbidden}, dataclass.Contacts, discover.ErrMake},
		{"no such method", says{"", http.StatusNotImplemented}, dataclass.Tasks, discover.ErrMake},
		{"no room", says{"", http.StatusInsufficientStorage}, dataclass.Tasks, discover.ErrMake},
		{"half", says{"", http.StatusMultiStatus}, dataclass.Tasks, discover.ErrMake},
		{"another password", says{"", http.StatusUnauthorized}, dataclass.Notes, discover.ErrCredentials},
		{"busy", says{"", http.StatusServiceUnavailable}, dataclass.Events, discover.ErrBusy},
		{"everything is taken", says{`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/c/x/</d:href></d:response></d:multistatus>`, http.StatusMethodNotAllowed}, dataclass.Events, discover.ErrMake},
		{"no class", says{"", http.StatusCreated}, "Photos", discover.ErrMake},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := discover.Make(t.Context(), &http.Client{Transport: c.says}, a, c.class, "x")
			if !errors.Is(err, c.want) || got.URL != "" {
				t.Errorf("%v %+v instead of %v", err, got, c.want)
			}
		})
	}
	if _, err := discover.Make(t.Context(), &http.Client{Transport: says{}}, discover.Account{}, dataclass.Contacts, "x"); !errors.Is(err, discover.ErrMake) {
		t.Errorf("without a home set: %v", err)
	}
}
