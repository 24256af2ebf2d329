package dav_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav"
)

// A keeper is a plain server that makes its entity tags of the content, as some do, and that can be brought back from a
// backup.
type keeper struct {
	files map[string]kept
	now   time.Time
	// fixed gives all its files one time, if set.
	fixed time.Time
}

// kept is one of its files.
type kept struct {
	data     string
	modified time.Time
}

func (k kept) etag() string { return fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(k.data)))[:20] + `"` }

func newKeeper() *keeper {
	return &keeper{files: map[string]kept{}, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
}

func (k *keeper) account() *account {
	return &account{http: &http.Client{Transport: handled{k}}, collections: map[dataclass.Class]string{dataclass.Contacts: "https://keeper.example.org/book/"}}
}

func (k *keeper) backup() map[string]kept { return maps.Clone(k.files) }

func (k *keeper) bringBack(b map[string]kept) { k.files = maps.Clone(b) }

func (k *keeper) when(f kept) string {
	if !k.fixed.IsZero() {
		f.modified = k.fixed
	}
	return f.modified.Format(http.TimeFormat)
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.now = k.now.Add(time.Second)
	f, there := k.files[r.URL.Path]
	body, _ := io.ReadAll(r.Body)
	match := r.Header.Get("If-Match")
	switch {
	case r.Method == "PROPFIND":
		k.list(w, r)
	case r.Method == "REPORT":
		http.Error(w, "no", http.StatusNotImplemented)
	case r.Method == "PUT" && (there && r.Header.Get("If-None-Match") == "*" || match != "" && match != "*" && match != f.etag()):
		http.Error(w, "no", http.StatusPreconditionFailed)
	case r.Method == "PUT":
		k.files[r.URL.Path] = kept{string(body), k.now}
		w.Header().Set("ETag", k.files[r.URL.Path].etag())
		w.WriteHeader(http.StatusCreated)
	case !there:
		http.NotFound(w, r)
	case r.Method == "DELETE":
		delete(k.files, r.URL.Path)
	default:
		w.Header().Set("ETag", f.etag())
		w.Header().Set("Last-Modified", k.when(f))
		_, _ = io.WriteString(w, f.data)
	}
}

func (k *keeper) list(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, `<multistatus xmlns="DAV:"><response><href>/book/</href><propstat><prop><resourcetype><collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>`)
	for _, path := range slices.Sorted(maps.Keys(k.files)) {
		if f := k.files[path]; r.Header.Get("Depth") == "1" {
			fmt.Fprintf(&b, `<response><href>%s</href><propstat><prop><getetag>%s</getetag><getlastmodified>%s</getlastmodified></prop><status>HTTP/1.1 200 OK</status></propstat></response>`,
				path, strings.ReplaceAll(f.etag(), `"`, "&quot;"), k.when(f))
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusMultiStatus)
	_, _ = io.WriteString(w, b.String()+"</multistatus>")
}

// A visit is a client of a keeper and how far the engine has read it.
type visit struct {
	*testing.T
	*client
	*keeper
	since sources.Cursor
	keys  int
}

func newVisit(t *testing.T) *visit {
	k := newKeeper()
	return &visit{T: t, keeper: k, client: newHouse(t, dav.Options{}).client(t, "ann", "", k.account())}
}

func (v *visit) must(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

func person(name string) dataclass.Body {
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Test;" + name + ";;;\r\nFN:" + name + " Test\r\nEND:VCARD\r\n")}
}

// look looks since the last look, or from the beginning if that is lost, and applies ops then.
func (v *visit) look(ops ...sources.Op) map[sources.ID]sources.Change {
	v.Helper()
	s, err := v.Source("engine").Begin(v.Context(), dataclass.Contacts, v.since)
	if errors.Is(err, sources.ErrCursorLost) {
		s, err = v.Source("engine").Begin(v.Context(), dataclass.Contacts, "")
	}
	v.must(err)
	defer func() { v.must(s.Close()) }()
	list := map[sources.ID]sources.Change{}
	for ch, err := range s.Changes(v.Context()) {
		v.must(err)
		list[ch.ID] = ch
	}
	v.since, err = s.Commit(v.Context())
	v.must(err)
	if len(ops) == 0 {
		return list
	}
	results, err := s.Apply(v.Context(), ops)
	v.must(err)
	for _, r := range results {
		if r.State != sources.Done {
			v.Fatal(r.Err)
		}
	}
	return list
}

func (v *visit) replace(id sources.ID, name string) sources.Op {
	v.keys++
	return sources.Op{Key: sources.Key(fmt.Sprint("key-", v.keys)), Verb: sources.Replace, ID: id, Body: person(name)}
}

// told gives what a look said: who went back, who was deleted, who else changed.
func told(list map[sources.ID]sources.Change) string {
	var out []string
	for _, ch := range list {
		switch {
		case ch.Verb == sources.Delete:
			out = append(out, "deleted")
		case ch.Earlier:
			out = append(out, nameIn(ch.Body)+" went back")
		default:
			out = append(out, nameIn(ch.Body))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func nameIn(b dataclass.Body) string {
	_, rest, _ := strings.Cut(string(b.Data), "FN:")
	name, _, _ := strings.Cut(rest, " Test")
	return name
}

// A server that was brought back from a backup: what it shows again is nobody's edit, and what it lacks nobody's
// deletion. What its users do from then on is.
func TestServerBroughtBack(t *testing.T) {
	v := newVisit(t)
	ids := map[string]sources.ID{}
	for _, name := range []string{"Ann", "Ben", "Cid", "Dan"} {
		_, err := v.Put(dataclass.Contacts, person(name))
		v.must(err)
	}
	for id, ch := range v.look() {
		ids[nameIn(ch.Body)] = id
	}
	path := func(name string) sources.ID { return v.pathOf(name) }
	copied := v.backup()
	v.must(v.Edit(dataclass.Contacts, path("Ann"), person("Anna")))
	v.look()
	v.look(v.replace(ids["Ben"], "Benno"))
	_, err := v.Put(dataclass.Contacts, person("Eve"))
	v.must(err)
	if got := told(v.look()); got != "Eve" {
		t.Fatalf("told %q", got)
	}
	v.bringBack(copied)
	v.must(v.Edit(dataclass.Contacts, path("Cid"), person("Cidney")))
	want := "Ann went back, Ben went back, Cidney, Dan"
	if got := told(v.look()); got != want {
		t.Fatalf("told %q, want %q", got, want)
	}
	v.look(v.replace(ids["Ann"], "Anna"), v.replace(ids["Ben"], "Benno"))
	v.must(v.Delete(dataclass.Contacts, path("Dan")))
	if got := told(v.look()); got != "deleted" {
		t.Fatalf("told %q", got)
	}
}

// pathOf gives the name of the file of a person.
func (v *visit) pathOf(name string) sources.ID {
	for path, f := range v.files {
		if strings.Contains(f.data, "FN:"+name+" Test") {
			return sources.ID(strings.TrimPrefix(path, "/book/"))
		}
	}
	v.Fatalf("nobody is called %s", name)
	return ""
}

// A user who makes an item what it was has edited it, whatever the entity tag is made of, and also where the server gives
// every change the same time.
func TestUserSetsBack(t *testing.T) {
	for name, fixed := range map[string]time.Time{"honest times": {}, "one time for all": time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t)
			v.fixed = fixed
			_, err := v.Put(dataclass.Contacts, person("Ann"))
			v.must(err)
			v.look()
			for _, step := range [][2]string{{"Ann", "Anna"}, {"Anna", "Ann"}, {"Ann", "Anna"}, {"Anna", "Ann"}} {
				v.must(v.Edit(dataclass.Contacts, v.pathOf(step[0]), person(step[1])))
				if got := told(v.look()); got != step[1] {
					t.Fatalf("told %q, want %q", got, step[1])
				}
			}
		})
	}
}
