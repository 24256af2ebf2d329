package gdatatest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// store writes an entry under a new number.
func (s *Server) store(rec *record, e *xmltree.Element) *record {
	s.writes++
	fresh := entry.Fresh(e)
	if s.DropsMarks {
		fresh.Nodes = slices.DeleteFunc(fresh.Nodes, func(n xmltree.Node) bool { return n.Elem != nil && n.Elem.Local == "extendedProperty" })
	}
	if s.DropsExceptions && rec.el != nil && rec.el.Child("recurrence").Text() != fresh.Child("recurrence").Text() {
		s.dropExceptions(rec.id)
	}
	rec.el, rec.etag, rec.updated = fresh, s.writes, s.now
	rec.dead = rec.feed == Events && entry.Deleted(fresh)
	s.feeds[rec.feed][rec.id] = rec
	if of, part := entry.Original(fresh); part && s.TimesSeries {
		if series := s.feeds[Events][of]; series != nil {
			series.etag, series.updated = s.writes, s.now
		}
	}
	return rec
}

func (s *Server) dropExceptions(series string) {
	for id, rec := range s.feeds[Events] {
		if of, part := entry.Original(rec.el); part && of == series {
			delete(s.feeds[Events], id)
		}
	}
}

// insert makes an entry.
func (s *Server) insert(feed string, e *xmltree.Element) *record {
	s.next++
	id := fmt.Sprintf("%x", 1000+s.next)
	if of, part := entry.Original(e); part {
		id = of + "_" + strings.NewReplacer("-", "", ":", "").Replace(e.Child("originalEvent").Child("when").Attr("", "startTime"))
	}
	return s.store(&record{id: id, feed: feed}, e)
}

// remove deletes an entry. An exception that is deleted is one that does not take place.
func (s *Server) remove(rec *record) {
	s.writes++
	rec.etag, rec.updated, rec.dead = s.writes, s.now, true
	rec.photo = nil
	if rec.feed != Events {
		return
	}
	status := rec.el.Child("eventStatus")
	if status == nil {
		status = xmltree.New(entry.GD, "eventStatus")
		rec.el.Add(status)
	}
	status.SetAttr("", "value", entry.GD+"#event.canceled")
	if _, part := entry.Original(rec.el); !part {
		s.dropExceptions(rec.id)
	}
}

// gone reports whether there is no entry to be written.
func gone(rec *record) bool {
	if rec == nil {
		return true
	}
	_, part := entry.Original(rec.el)
	return rec.dead && !part
}

// change carries out one write. If is the condition: a tag, "*" for none, "" if it was not given.
func (s *Server) change(op entry.Operation, feed string, rec *record, e *xmltree.Element, condition string) (*record, int) {
	if op == entry.Insert {
		if e == nil || entry.KindOf(e) == "" {
			return nil, http.StatusBadRequest
		}
		return s.insert(feed, e), http.StatusCreated
	}
	switch {
	case gone(rec):
		return nil, http.StatusNotFound
	case op == entry.Query:
		return rec, http.StatusOK
	case condition == "" && s.ETags == HonestETags:
		return nil, http.StatusForbidden
	case condition != "*" && condition != "" && condition != s.tag(rec.etag):
		return nil, http.StatusPreconditionFailed
	case op == entry.Delete:
		s.remove(rec)
		return nil, http.StatusOK
	case e == nil:
		return nil, http.StatusBadRequest
	}
	return s.store(rec, e), http.StatusOK
}

func (s *Server) servePost(w http.ResponseWriter, feed string, body []byte) {
	rec, status := s.change(entry.Insert, feed, nil, parse(body), "")
	if rec == nil {
		http.Error(w, "no", status)
		return
	}
	w.Header().Set("Location", s.Feed(feed)+"/"+rec.id)
	write(w, status, s.shown(rec))
}

func (s *Server) serveEntry(w http.ResponseWriter, r *http.Request, feed, id string, body []byte) {
	op, ok := map[string]entry.Operation{http.MethodGet: entry.Query, http.MethodPut: entry.Update, http.MethodDelete: entry.Delete}[r.Method]
	if !ok {
		http.Error(w, "no such method", http.StatusMethodNotAllowed)
		return
	}
	var e *xmltree.Element
	condition := r.Header.Get("If-Match")
	if op == entry.Update {
		if e = parse(body); condition == "" && e != nil {
			condition = entry.ETag(e)
		}
	}
	rec, status := s.change(op, feed, s.find(op, feed, id), e, condition)
	if status >= 300 {
		http.Error(w, "no", status)
		return
	}
	if rec == nil {
		w.WriteHeader(status)
		return
	}
	write(w, status, s.shown(rec))
}

// serveBatch carries out a batch, and replies in another order than that of the request.
func (s *Server) serveBatch(w http.ResponseWriter, feed string, body []byte) {
	list, _, err := entry.ReadBatch(parse(body))
	if err != nil {
		http.Error(w, "no batch", http.StatusBadRequest)
		return
	}
	var out []entry.BatchEntry
	for _, b := range list {
		condition := entry.ETag(b.Entry)
		if condition == "" {
			condition = "*"
		}
		rec, status := s.change(b.Op, feed, s.find(b.Op, feed, entry.ID(b.Entry)), b.Entry, condition)
		reply := entry.BatchEntry{ID: b.ID, Op: b.Op, Status: status, Reason: http.StatusText(status)}
		if rec != nil {
			reply.Entry = s.shown(rec)
		}
		out = append([]entry.BatchEntry{reply}, out...)
	}
	kind := entry.ContactKind
	if feed == Events {
		kind = entry.EventKind
	}
	write(w, http.StatusOK, entry.NewBatch(kind, out))
}

func (s *Server) servePhoto(w http.ResponseWriter, r *http.Request, rec *record, body []byte) {
	condition := r.Header.Get("If-Match")
	switch {
	case gone(rec), r.Method == http.MethodGet && rec.photo == nil:
		http.NotFound(w, r)
	case r.Method == http.MethodGet:
		w.Header().Set("Content-Type", rec.photoType)
		_, _ = w.Write(rec.photo)
	case condition == "":
		http.Error(w, "no condition", http.StatusForbidden)
	case condition != "*" && condition != s.tag(rec.photoWrite):
		http.Error(w, "changed", http.StatusPreconditionFailed)
	default:
		s.store(rec, rec.el)
		rec.photoWrite = s.writes
		if rec.photo, rec.photoType = body, r.Header.Get("Content-Type"); r.Method == http.MethodDelete {
			rec.photo = nil
		}
		w.WriteHeader(http.StatusOK)
	}
}

// find gives the record of an entry that is asked for or to be written; nil if there is none.
func (s *Server) find(op entry.Operation, feed, id string) *record {
	rec := s.feeds[feed][id]
	series, key, part := strings.Cut(id, "_")
	of := s.feeds[feed][series]
	if rec != nil || op != entry.Query || !s.ShowsOccurrences || !part || gone(of) {
		return rec
	}
	if at, err := time.Parse("20060102T150405.000-0700", key); err == nil {
		key = at.UTC().Format("20060102T150405Z")
	}
	it, err := entry.ReadEvent(s.shown(of), nil, s.context())
	if err != nil {
		return nil
	}
	e, there, err := entry.Instance(it, key, s.context())
	if err != nil || !there {
		return nil
	}
	entry.Attach(e, s.shown(of))
	return &record{id: id, feed: feed, el: e, etag: of.etag, updated: of.updated}
}
