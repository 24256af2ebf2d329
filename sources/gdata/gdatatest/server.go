// Package gdatatest is a server of the Google Data protocol in memory, for tests: an honest one, with switches for the
// ways in which servers misbehave. It speaks through an http.RoundTripper, without a network, or as an http.Handler.
package gdatatest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Host is where a server stands.
const Host = "https://gdata.example.org"

// The feeds of a server.
const (
	Contacts = "contacts"
	Groups   = "groups"
	Events   = "events"
)

// ETags says how entity tags are made.
type ETags int

// The ways to make entity tags: honest ones; one for all entries and states; a new one whenever it is looked at; none.
const (
	HonestETags ETags = iota
	ConstantETags
	RestlessETags
	NoETags
)

// A Server is one account. The zero value of each switch is honest. Switches are set between requests.
type Server struct {
	// ETags says how entity tags are made.
	ETags ETags
	// Oldest are the namespaces of version 1 for openSearch.
	Oldest bool
	// NoBatch leaves out the link to batches, NoPhotos those to pictures.
	NoBatch, NoPhotos bool
	// DropsMarks forgets gd:extendedProperty, as servers do that keep items and no entries.
	DropsMarks bool
	// DropsExceptions removes the exceptions of a series whose times change.
	DropsExceptions bool
	// TimesSeries gives a series the time of its newest exception, as servers do that keep both as one item.
	TimesSeries bool
	// ShowsOccurrences gives an entry for each occurrence of a series that is asked for, exception or not.
	ShowsOccurrences bool
	// Zone is that of the calendar.
	Zone string
	// Step is how far the clock goes on with each request.
	Step time.Duration
	// MaxResults bounds a page, whatever it is asked for; 0 means no bound.
	MaxResults int

	mu       sync.Mutex
	now      time.Time
	writes   int
	next     int
	feeds    map[string]map[string]*record
	trouble  []*Trouble
	requests []string
}

// record is one entry, or its tombstone.
type record struct {
	id, feed   string
	el         *xmltree.Element
	etag       int
	updated    time.Time
	dead       bool
	photo      []byte
	photoType  string
	photoWrite int
}

// New makes an empty server whose clock shows some time of 2026.
func New() *Server {
	s := &Server{now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Step: time.Second, Zone: "Europe/Oslo"}
	s.feeds = map[string]map[string]*record{Contacts: {}, Groups: {}, Events: {}}
	return s
}

// Feed gives the address of a feed.
func (s *Server) Feed(name string) string { return Host + "/feeds/" + name }

// SetClock sets the clock.
func (s *Server) SetClock(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = t
}

// Clock tells what the clock shows.
func (s *Server) Clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Requests gives the method and path of each request since the last call.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.requests
	s.requests = nil
	return list
}

// Client gives a client that asks the server, or whatever trouble stands in between.
func (s *Server) Client() *http.Client { return &http.Client{Transport: transport{s}} }

type transport struct{ s *Server }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if tr := t.s.meets(r); tr != nil {
		return tr.Do.Answer(r, t.s.answer)
	}
	return t.s.answer(r)
}

// answer answers honestly.
func (s *Server) answer(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// ServeHTTP answers honestly.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.Step)
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	w.Header().Set("Date", s.now.UTC().Format(http.TimeFormat))
	var body bytes.Buffer
	if r.Body != nil {
		if _, err := body.ReadFrom(r.Body); err != nil {
			http.Error(w, "cannot be read", http.StatusBadRequest)
			return
		}
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) == 2 && parts[0] == "photos":
		s.servePhoto(w, r, s.feeds[Contacts][parts[1]], body.Bytes())
	case len(parts) < 2 || parts[0] != "feeds" || s.feeds[parts[1]] == nil:
		http.NotFound(w, r)
	case len(parts) == 2 && r.Method == http.MethodGet:
		s.serveFeed(w, r, parts[1])
	case len(parts) == 2 && r.Method == http.MethodPost:
		s.servePost(w, parts[1], body.Bytes())
	case len(parts) == 3 && parts[2] == "batch" && r.Method == http.MethodPost && !s.NoBatch:
		s.serveBatch(w, parts[1], body.Bytes())
	case len(parts) == 3:
		s.serveEntry(w, r, parts[1], parts[2], body.Bytes())
	default:
		http.Error(w, "no such method", http.StatusMethodNotAllowed)
	}
}

func write(w http.ResponseWriter, status int, e *xmltree.Element) {
	w.Header().Set("Content-Type", "application/atom+xml; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(entry.Append(nil, e))
}

func parse(body []byte) *xmltree.Element {
	e, err := xmltree.Parse(body, xmltree.Limits{})
	if err != nil {
		return nil
	}
	return e
}

// serveFeed lists a feed.
func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request, feed string) {
	q := r.URL.Query()
	list, status := s.chosen(feed, q.Get("updated-min"), q.Get("showdeleted") == "true")
	if status != 0 {
		http.Error(w, "no", status)
		return
	}
	if q.Get("sortorder") == "descending" {
		slices.Reverse(list)
	}
	start, size := number(q.Get("start-index"), 1), number(q.Get("max-results"), 25)
	if s.MaxResults > 0 {
		size = min(size, s.MaxResults)
	}
	page := xmltree.New(entry.Atom, "feed")
	page.Add(xmltree.New(entry.Atom, "id", xmltree.Text(s.Feed(feed))))
	page.Add(xmltree.New(entry.Atom, "updated", xmltree.Text(stamp(s.now))))
	link(page, entry.RelPost, s.Feed(feed))
	if !s.NoBatch {
		link(page, entry.RelBatch, s.Feed(feed)+"/batch")
	}
	if feed == Events {
		page.Add(xmltree.New(entry.GCal, "timezone").SetAttr("", "value", s.Zone))
	}
	space := entry.OpenSearch
	if s.Oldest {
		space = entry.OpenSearchRSS
	}
	for name, n := range map[string]int{"totalResults": len(list), "startIndex": start, "itemsPerPage": size} {
		page.Add(xmltree.New(space, name, xmltree.Text(strconv.Itoa(n))))
	}
	if start-1+size < len(list) {
		q.Set("start-index", strconv.Itoa(start+size))
		link(page, entry.RelNext, s.Feed(feed)+"?"+q.Encode())
	}
	for _, rec := range list[min(start-1, len(list)):min(start-1+size, len(list))] {
		page.Add(s.shown(rec))
	}
	write(w, http.StatusOK, page)
}

// tombstones is how long a server tells of what was deleted.
const tombstones = 30 * 24 * time.Hour

// chosen gives what a query asks for, the oldest first.
func (s *Server) chosen(feed, since string, deleted bool) ([]*record, int) {
	var from time.Time
	if since != "" {
		var err error
		if from, err = time.Parse(time.RFC3339, since); err != nil {
			return nil, http.StatusBadRequest
		}
		if s.now.Sub(from) > tombstones {
			return nil, http.StatusGone
		}
	}
	var list []*record
	for _, rec := range s.feeds[feed] {
		if !rec.updated.Before(from) && (deleted || !rec.dead) {
			list = append(list, rec)
		}
	}
	slices.SortFunc(list, func(a, b *record) int { return a.etag - b.etag })
	return list, 0
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func link(e *xmltree.Element, rel, href string) *xmltree.Element {
	l := xmltree.New(entry.Atom, "link").SetAttr("", "rel", rel).SetAttr("", "href", href)
	e.Add(l)
	return l
}

// shown gives an entry as it is sent.
func (s *Server) shown(rec *record) *xmltree.Element {
	e := xmltree.New(entry.Atom, "entry")
	if tag := s.tag(rec.etag); tag != "" {
		e.SetAttr(entry.GD, "etag", tag)
	}
	e.Add(xmltree.New(entry.Atom, "id", xmltree.Text(Host+"/feeds/"+rec.feed+"/base/"+rec.id)))
	e.Add(xmltree.New(entry.Atom, "updated", xmltree.Text(stamp(rec.updated))))
	if rec.dead && rec.feed != Events {
		return e.Add(xmltree.New(entry.GD, "deleted"))
	}
	if rec.el != nil {
		e.Nodes = append(e.Nodes, rec.el.Nodes...)
	}
	at := s.Feed(rec.feed) + "/" + rec.id
	link(e, entry.RelSelf, at)
	link(e, entry.RelEdit, at)
	if rec.feed == Contacts && !s.NoPhotos {
		l := link(e, entry.RelPhoto, Host+"/photos/"+rec.id)
		if rec.photo != nil {
			l.SetAttr(entry.GD, "etag", s.tag(rec.photoWrite))
		}
	}
	return e
}

func (s *Server) tag(n int) string {
	switch s.ETags {
	case ConstantETags:
		return `"always"`
	case RestlessETags:
		s.next++
		return fmt.Sprintf(`"r%d"`, s.next)
	case NoETags:
		return ""
	}
	return fmt.Sprintf(`"e%d"`, n)
}

// Groups of the system.
const myContacts = "6"

// AddSystemGroup gives the account the group without which no contact is shown.
func (s *Server) AddSystemGroup() {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := entry.NewGroup("System Group: My Contacts")
	e.Add(xmltree.New(entry.GContact, "systemGroup").SetAttr("", "id", "Contacts"))
	s.store(&record{id: myContacts, feed: Groups}, e)
}
