package dav

import (
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
)

// answers are what a server says about the jobs of one request: about new items by their UIDs, about others by their paths.
type answers struct {
	jobs   []*job
	byUID  map[string]*job
	byHref map[string]*job
	// said are the jobs that it spoke of; twice those of which it said two things.
	said, twice map[*job]bool
	in          string
}

func newAnswers(w *writer, jobs []*job) *answers {
	a := &answers{jobs: jobs, byUID: make(map[string]*job), byHref: make(map[string]*job), in: pathOf(w.wire.base)}
	a.said, a.twice = make(map[*job]bool), make(map[*job]bool)
	for _, j := range jobs {
		if j.op.Verb == sources.Add {
			a.byUID[j.uid] = j
		} else {
			a.byHref[j.href] = j
		}
	}
	return a
}

// take takes what is said about one resource. What was not asked for is passed over.
func (a *answers) take(from *url.URL, r response) {
	href, ok := hrefIn(from, r.href)
	j := a.byHref[href]
	if j == nil || !ok || r.href == "" {
		uid := r.find(davxml.CS, "uid").Text()
		if uid == "" {
			uid = r.failed.Child("uid").Text()
		}
		j = a.byUID[strings.TrimSpace(uid)]
	}
	if j == nil {
		return
	}
	if a.said[j] {
		a.twice[j] = true
		return
	}
	if err := r.outcome(); err != nil {
		a.said[j], j.last = true, err
		return
	}
	if st := r.status; st == 0 && len(r.prop) == 0 {
		return // it says nothing
	}
	if j.op.Verb == sources.Add {
		if name, within := strings.CutPrefix(href, a.in); !ok || r.href == "" || !within || name == "" || strings.HasSuffix(name, "/") {
			return
		}
		j.href, j.placed = href, true
	}
	a.said[j], j.last, j.made = true, nil, ""
	if tag := r.etag(); !strings.HasPrefix(tag, "W/") && j.op.Verb != sources.Delete {
		j.made, j.modified = tag, r.modified()
	}
}

// outcome gives the refusal of a resource, nil if it is none.
func (r response) outcome() error {
	st := r.status
	if st == 0 && len(r.prop) == 0 {
		st = r.refused
	}
	if st < 300 {
		return nil
	}
	e := &statusError{status: st}
	for c := range r.failed.Elements() {
		if c.Local == "uid" && c.Space == davxml.CS {
			continue
		}
		e.condition = strings.Clone(c.Local)
		if e.href = strings.Clone(strings.TrimSpace(c.Child("href").Text())); e.href == "" && c.Local == "no-uid-conflict" {
			e.href = strings.Clone(strings.TrimSpace(c.Text())) // as the extension spells it
		}
		break
	}
	return e
}

// end gives those of which nothing is known an error, and returns it unless all are known.
func (a *answers) end(err error) error {
	all := true
	for _, j := range a.jobs {
		if !a.said[j] || a.twice[j] {
			j.last, j.placed, all = err, false, false
		}
	}
	if all {
		return nil
	}
	return err
}

// all gives every job an error.
func (a *answers) all(err error) error {
	for _, j := range a.jobs {
		j.last = err
	}
	return err
}
