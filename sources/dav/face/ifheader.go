package face

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// A stateList is one list of an If header (RFC 4918 section 10.4): all of it has to hold of one resource.
type stateList struct {
	// resource is its address; "" for what the request is about.
	resource string
	states   []state
}

// A state is one condition of a list: an entity tag, or a token in angle brackets.
type state struct {
	not        bool
	tag, token string
}

// parseIf reads an If header; false if it is not well-formed.
func parseIf(header string) ([]stateList, bool) {
	var lists []stateList
	resource := ""
	for s := strings.TrimSpace(header); s != ""; s = strings.TrimSpace(s) {
		if s[0] == '<' {
			name, rest, ok := strings.Cut(s[1:], ">")
			if !ok || name == "" {
				return nil, false
			}
			resource, s = name, rest
			continue
		}
		l := stateList{resource: resource}
		var ok bool
		if l.states, s, ok = parseStates(s); !ok {
			return nil, false
		}
		lists = append(lists, l)
	}
	return lists, len(lists) > 0
}

// parseStates reads a list from its opening bracket to the closing one, and gives what is behind it.
func parseStates(s string) (states []state, rest string, ok bool) {
	if s[0] != '(' {
		return nil, "", false
	}
	for s = strings.TrimSpace(s[1:]); s != "" && s[0] != ')'; s = strings.TrimSpace(s) {
		var one state
		if len(s) > 3 && strings.EqualFold(s[:3], "not") {
			one.not, s = true, strings.TrimSpace(s[3:])
		}
		switch {
		case strings.HasPrefix(s, "<"):
			one.token, s, ok = strings.Cut(s[1:], ">")
		case strings.HasPrefix(s, "["):
			one.tag, s, ok = strings.Cut(s[1:], "]")
		default:
			ok = false
		}
		if !ok {
			return nil, "", false
		}
		states = append(states, one)
	}
	if s == "" || len(states) == 0 {
		return nil, "", false
	}
	return states, s[1:], true
}

// ifHolds refuses a request whose If header does not hold. What it was about is remembered, so that a write which
// follows meets just that. The bulk requests have a meaning of their own for it.
func (c *call) ifHolds(t *target) error {
	header := strings.Join(c.r.Header.Values("If"), " ")
	if c.r.Method == http.MethodPost {
		return nil
	}
	if tags := c.r.Header.Get("If-Match"); tags != "" && tags != "*" && t.kind == kindCollection && t.coll != nil {
		if ok, err := c.still(t.coll, strings.Trim(tags, `"`)); !ok || err != nil {
			return cmp.Or(err, error(errCondition))
		}
	}
	if header == "" {
		return nil
	}
	lists, ok := parseIf(header)
	if !ok {
		return errCondition
	}
	if t.kind == kindItem && t.coll != nil {
		if err := c.pin(t); err != nil {
			return err
		}
	}
	for _, l := range lists {
		on := t
		if l.resource != "" {
			on = c.named(l.resource)
		}
		holds, err := c.allHold(on, l.states)
		if holds || err != nil {
			return err
		}
	}
	return errCondition
}

// pin remembers an item as it is now.
func (c *call) pin(t *target) error {
	head, err := c.items(t.coll).Head(c.ctx, t.coll.Class, t.id())
	switch {
	case errors.Is(err, sources.ErrGone):
		c.pinned = &datastore.Condition{Absent: true}
	case err != nil:
		return err
	default:
		c.pinned = &datastore.Condition{Present: true, Revs: []sources.Revision{head.Rev}}
	}
	return nil
}

// named gives the resource of a tagged list; nil if it is none of ours.
func (c *call) named(href string) *target {
	u, err := url.Parse(href)
	if err != nil || u.Host != "" && !strings.EqualFold(u.Host, c.r.Host) {
		return nil
	}
	t, err := c.resolve(u)
	if err != nil || c.settle(t) != nil {
		return nil
	}
	return t
}

func (c *call) allHold(t *target, states []state) (bool, error) {
	for _, s := range states {
		holds, err := c.holds(t, s)
		if err != nil || holds == s.not {
			return false, err
		}
	}
	return true, nil
}

// holds reports whether a resource has an entity tag, or is a collection that is unchanged since a sync token (RFC 6578
// section 5). There are no locks.
func (c *call) holds(t *target, s state) (bool, error) {
	switch {
	case t == nil:
		return false, nil
	case t.kind == kindFile:
		return t.file != nil && !t.file.Folder && s.tag != "" && s.tag == t.file.tag(), nil
	case t.coll == nil:
		return false, nil
	case t.kind == kindCollection && s.tag != "":
		return c.still(t.coll, strings.Trim(s.tag, `"`))
	case t.kind == kindCollection:
		return c.still(t.coll, s.token)
	case s.tag == "":
		return false, nil
	}
	rev, ok, err := c.revOf(t.coll, s.tag)
	if !ok || err != nil {
		return false, err
	}
	head, err := c.items(t.coll).Head(c.ctx, t.coll.Class, t.id())
	if errors.Is(err, sources.ErrGone) {
		return false, nil
	}
	return err == nil && head.Rev == rev, err
}

// still reports whether nothing happened in a collection since a sync token.
func (c *call) still(l *collection, token string) (bool, error) {
	st, err := c.stands(l)
	if err != nil {
		return false, err
	}
	n, ok := position(l, st, token)
	if !ok {
		return false, nil
	}
	since, err := c.seats(l, n, true, 1)
	return err == nil && len(since) == 0, err
}
