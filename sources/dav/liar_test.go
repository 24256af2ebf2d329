package dav_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/bindery-sync/bindery/dataclass"
)

// A liar is a server in memory: an honest one, with switches for the ways in which servers misbehave. What the user's own
// program does is never lied about.
type liar struct {
	mu    sync.Mutex
	seq   int
	files map[string]*file
	asked []string
	bulks []int // how many changes each bulk request had
	lies
}

// lies are the switches.
type lies struct {
	// noSync and noCTag leave out what a server need not have; single refuses to give several items at once.
	noSync, noCTag, single bool
	// noETag says no entity tags, restless always others, weak only weak ones.
	// literal takes a weak one only as it was said.
	noETag, restless, weak, literal bool
	// rewrites makes something else of what it is sent; moves puts new items somewhere else, and says so if tells is set.
	rewrites     bool
	moves, tells bool
	// renames gives what it moves another UID; drops leaves out what it does not know, and writes numbers in its own way.
	renames, drops bool
	// alias spells the path of an item otherwise than it was written to; it is there at both.
	alias func(path string) string
	// forgets takes an edit and keeps what it has, with the tag that the item would have had if tells is set.
	forgets bool
	// keeps takes a deletion and keeps the item.
	keeps bool
	// forgetsNew takes what is new and does not keep it.
	forgetsNew bool
	// page is how many changes it tells at once.
	page int
	// refusal is its answer to a token, 0 for honest ones.
	refusal int
	// ghosts are listed and not there; empty lists nothing; half gives only every other of several items.
	ghosts []string
	empty  bool
	half   bool
	// blind gives no item, and lists them.
	blind bool
	// remembers refuses the UIDs of what was deleted.
	remembers bool
	// mute does not say which item has a UID; endless gives two tokens in turn for changes that never end.
	mute, endless bool
	// bulk is what it says of the bounds of bulk requests, "" if it takes none; bulkLie may say something else of one than
	// became of it, and nil if it answered by itself.
	bulk    string
	bulkLie func(w http.ResponseWriter, list []string) []string
	// meddle may answer a request instead. Wrote is called after a write was carried out, and may lose the answer.
	meddle func(w http.ResponseWriter, r *http.Request) bool
	wrote  func(r *http.Request) error
}

// A file is what is at a path, or was.
type file struct {
	data    string
	uid     string
	tag     int
	changed int
	dead    bool
}

// unknownToIt is what a liar that drops leaves out.
var unknownToIt = regexp.MustCompile(`(?m)^X-[^\n]*\n`)

// rewritten is what a liar that rewrites adds.
const rewritten = "X-SERVER:was here\r\n"

const liarHost = "https://liar.example.org"

// books are the paths of its collections.
var books = map[dataclass.Class]string{dataclass.Contacts: "/me/book/", dataclass.Events: "/me/cal/", dataclass.Tasks: "/me/cal/", dataclass.Notes: "/me/cal/"}

func newLiar() *liar { return &liar{files: make(map[string]*file)} }

// account is that of its only user.
func (l *liar) account() *account {
	a := &account{http: &http.Client{Transport: handled{l}}, collections: map[dataclass.Class]string{}}
	for class, path := range books {
		a.collections[class] = liarHost + path
	}
	return a
}

// requests gives the methods of the client's requests since the last call.
func (l *liar) requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.asked
	l.asked = nil
	return list
}

// errLost means that the answer to a request was lost.
var errLost = fmt.Errorf("the line was cut: %w", io.ErrUnexpectedEOF)

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	user := r.Header.Get("X-User") != ""
	body, _ := io.ReadAll(r.Body)
	if !user {
		l.asked = append(l.asked, r.Method)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if l.meddle != nil && l.meddle(w, r) {
			return
		}
	}
	path, _ := url.PathUnescape(r.URL.EscapedPath())
	path = l.meant(path)
	switch r.Method {
	case "PROPFIND":
		l.propfind(w, path, r.Header.Get("Depth"), user)
	case "REPORT":
		l.report(w, path, body)
	case "GET":
		f := l.files[path]
		if f == nil || f.dead || l.blind && !user {
			http.Error(w, "no", 404)
			return
		}
		w.Header().Set("ETag", l.etag(f))
		_, _ = io.WriteString(w, f.data)
	case "PUT":
		l.put(w, r, path, string(body), user)
	case "DELETE":
		l.remove(w, r, path, user)
	case "POST":
		l.multiput(w, r, path, body)
	}
}

// remove carries out DELETE.
func (l *liar) remove(w http.ResponseWriter, r *http.Request, path string, user bool) {
	f := l.files[path]
	if f == nil || f.dead {
		http.Error(w, "no", 404)
		return
	}
	if m := r.Header.Get("If-Match"); m != "" && m != "*" && m != l.taken(f) {
		http.Error(w, "no", http.StatusPreconditionFailed)
		return
	}
	if l.keeps && !user {
		l.end(w, r, 204, user)
		return
	}
	l.seq++
	f.dead, f.changed = true, l.seq
	l.end(w, r, 204, user)
}

// end answers a write, unless the answer is lost.
func (l *liar) end(w http.ResponseWriter, r *http.Request, status int, user bool) {
	if l.wrote != nil && !user && l.wrote(r) != nil {
		w.Header().Set("X-Lost", "1")
	}
	w.WriteHeader(status)
}

func (l *liar) strong(f *file) string { return `"` + strconv.Itoa(f.tag) + `"` }

// taken is the condition that an item of that tag meets.
func (l *liar) taken(f *file) string {
	if l.literal {
		return "W/" + l.strong(f)
	}
	return l.strong(f)
}

func (l *liar) etag(f *file) string {
	switch {
	case l.noETag:
		return ""
	case l.restless:
		l.seq++
		f.tag = l.seq
	case l.weak:
		return "W/" + l.strong(f)
	}
	return l.strong(f)
}

func (l *liar) put(w http.ResponseWriter, r *http.Request, path, data string, user bool) {
	f := l.files[path]
	there := f != nil && !f.dead
	m := r.Header.Get("If-Match")
	switch {
	case r.Header.Get("If-None-Match") == "*" && there, m != "" && !there, m != "" && m != "*" && m != l.taken(f):
		http.Error(w, "no", http.StatusPreconditionFailed)
		return
	}
	uid, dir := dataclass.Peek([]byte(data)).UID, path[:strings.LastIndexByte(path, '/')+1]
	for at, other := range l.files {
		if at == path && !other.dead || !strings.HasPrefix(at, dir) || other.uid != uid || other.dead && (!l.remembers || user) {
			continue
		}
		w.WriteHeader(409)
		if !other.dead && !l.mute {
			_, _ = io.WriteString(w, `<error xmlns="DAV:"><no-uid-conflict xmlns="urn:ietf:params:xml:ns:carddav"><href xmlns="DAV:">`+at+`</href></no-uid-conflict></error>`)
		}
		return
	}
	if l.moves && !user && !there {
		l.seq++
		path = fmt.Sprintf("%smoved-%d%s", dir, l.seq, path[strings.LastIndexByte(path, '.'):])
		if l.tells {
			w.Header().Set("Location", path)
		}
		if l.renames {
			data = strings.Replace(data, "UID:"+uid, fmt.Sprint("UID:renamed-", l.seq), 1)
		}
	}
	if l.forgets && !user && there {
		if l.tells {
			w.Header().Set("ETag", `"new"`)
		}
		w.WriteHeader(204)
		return
	}
	if l.drops && !user {
		data = unknownToIt.ReplaceAllString(strings.ReplaceAll(data, ":+49", ":+49 "), "")
	}
	if l.rewrites && !user {
		data = strings.Replace(data, "END:V", rewritten+"END:V", 1)
		data = strings.ReplaceAll(data, "\r\n", "\n")
	}
	if l.store(path, data); l.forgetsNew && !user && !there {
		defer delete(l.files, path)
	}
	if !l.noETag && !l.rewrites && !l.renames && !l.drops {
		w.Header().Set("ETag", l.etag(l.files[path]))
	}
	status := 204
	if !there {
		status = 201
	}
	l.end(w, r, status, user)
}

// store puts something at a path.
func (l *liar) store(path, data string) {
	l.seq++
	l.files[path] = &file{data: data, uid: dataclass.Peek([]byte(data)).UID, tag: l.seq, changed: l.seq}
}

// meant gives the path of what is called so.
func (l *liar) meant(path string) string {
	if l.alias != nil {
		for p := range l.files {
			if l.alias(p) == path {
				return p
			}
		}
	}
	return path
}

// called is how it calls a path.
func (l *liar) called(path string) string {
	if l.alias != nil {
		return l.alias(path)
	}
	return path
}

// in gives the paths of the living things in a collection.
func (l *liar) in(dir string) []string {
	var out []string
	for path, f := range l.files {
		if strings.HasPrefix(path, dir) && !f.dead {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// last is the number of the last change in a collection.
func (l *liar) last(dir string) int {
	n := 0
	for path, f := range l.files {
		if strings.HasPrefix(path, dir) {
			n = max(n, f.changed)
		}
	}
	return n
}

// An answer is a multistatus that is being written.
type answer struct{ strings.Builder }

func newAnswer() *answer {
	a := &answer{}
	a.WriteString(`<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/">`)
	return a
}

func (a *answer) props(href, props string) {
	u := url.URL{Path: href}
	a.WriteString("<D:response><D:href>" + u.EscapedPath() + "</D:href><D:propstat><D:prop>" + props + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>")
}

func (a *answer) status(href string, n int) {
	_, _ = fmt.Fprintf(a, "<D:response><D:href>%s</D:href><D:status>HTTP/1.1 %d Nothing</D:status></D:response>", href, n)
}

func (a *answer) send(w http.ResponseWriter, rest string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(207)
	_, _ = io.WriteString(w, a.String()+rest+"</D:multistatus>")
}

func tagged(etag string) string {
	if etag == "" {
		return ""
	}
	return "<D:getetag>" + strings.ReplaceAll(etag, `"`, "&quot;") + "</D:getetag>"
}

func (l *liar) propfind(w http.ResponseWriter, path, depth string, user bool) {
	a := newAnswer()
	own := "<D:resourcetype><D:collection/></D:resourcetype>"
	if !l.noSync {
		own += fmt.Sprintf("<D:sync-token>%d</D:sync-token>", l.last(path))
	}
	if !l.noCTag {
		own += fmt.Sprintf("<S:getctag>%d</S:getctag>", l.last(path))
	}
	a.props(path, own+l.bulkProp())
	if depth == "1" {
		for _, p := range l.in(path) {
			if !l.empty || user {
				a.props(l.called(p), tagged(l.etag(l.files[p]))+"<D:resourcetype/>")
			}
		}
		for _, g := range l.ghosts {
			if !user {
				a.props(path+g, tagged(`"ghost"`))
			}
		}
	}
	a.send(w, "")
}

// A query is what a report asks for.
type query struct {
	XMLName xml.Name
	Token   string   `xml:"DAV: sync-token"`
	Hrefs   []string `xml:"DAV: href"`
}

func (l *liar) report(w http.ResponseWriter, path string, body []byte) {
	var q query
	if err := xml.Unmarshal(body, &q); err != nil {
		http.Error(w, "no", 400)
		return
	}
	if q.XMLName.Local == "sync-collection" {
		l.sync(w, path, q.Token)
		return
	}
	if l.single {
		http.Error(w, "no", http.StatusNotImplemented)
		return
	}
	a := newAnswer()
	for i, h := range q.Hrefs {
		p, _ := url.PathUnescape(h)
		p = l.meant(p)
		f := l.files[p]
		switch {
		case l.half && i%2 == 1:
		case f == nil || f.dead || l.blind:
			a.status(h, 404)
		default:
			name := "C:calendar-data"
			if strings.HasPrefix(p, books[dataclass.Contacts]) {
				name = "A:address-data"
			}
			var text strings.Builder
			_ = xml.EscapeText(&text, []byte(f.data)) // a builder takes everything
			a.props(l.called(p), tagged(l.etag(f))+"<"+name+">"+text.String()+"</"+name+">")
		}
	}
	a.send(w, "")
}

func (l *liar) sync(w http.ResponseWriter, path, token string) {
	switch {
	case l.noSync:
		http.Error(w, "no", http.StatusNotImplemented)
		return
	case l.refusal != 0 && token != "":
		http.Error(w, "no", l.refusal)
		return
	}
	from, _ := strconv.Atoi(token)
	var list []string
	for p, f := range l.files {
		if strings.HasPrefix(p, path) && f.changed > from && !l.empty && (token != "" || !f.dead) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return l.files[a].changed - l.files[b].changed })
	a, upto := newAnswer(), l.last(path)
	if l.endless && token != "" {
		a.status(path, 507)
		upto = 100_000 + from%2 + 1
	}
	for i, p := range list {
		if l.page > 0 && i == l.page {
			upto = l.files[list[i-1]].changed
			a.status(path, 507)
			break
		}
		if f := l.files[p]; f.dead {
			a.status(l.called(p), 404)
		} else {
			a.props(l.called(p), tagged(l.etag(f)))
		}
	}
	for _, g := range l.ghosts {
		if token == "" {
			a.props(path+g, tagged(`"ghost"`))
		}
	}
	a.send(w, fmt.Sprintf("<D:sync-token>%d</D:sync-token>", upto))
}
