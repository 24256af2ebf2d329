package atom

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

const (
	sessionsPath = "/v2/services/syncml/sessions/"
	// pageExchanges is how many messages a page shows, and rawMessage how many bytes of each.
	pageExchanges = 30
	rawMessage    = 8000
)

// sessionPages are the pages of what phones and the server said.
func (a *api) sessionPages() map[string]page {
	return map[string]page{
		"/v2/services/syncml/sessions":                {show: a.showSessions},
		"/v2/services/syncml/sessions/{entry:[0-9]+}": {show: a.showSession},
	}
}

// showSessions answers GET /v2/services/syncml/sessions/ for people.
func (a *api) showSessions(r *http.Request) (pages.View, error) {
	f := sessionlog.Filter{Owner: callerOf(r).ID, Client: r.URL.Query().Get("client")}
	limit, err := number1(r, "limit", defaultSessions, maxSessions)
	if err != nil {
		return nil, err
	}
	f.Limit = limit + 1
	list, err := a.Sessions.Sessions(r.Context(), f)
	if err != nil {
		return nil, err
	}
	known, _, err := a.parties(r.Context(), f.Owner)
	if err != nil {
		return nil, err
	}
	v := pages.Sessions{Of: known[f.Client].Title, Path: known[f.Client].Path}
	if len(list) > limit {
		list = list[:limit]
		if limit < maxSessions {
			v.MorePath = sessionsPath + "?" + url.Values{"client": {f.Client}, "limit": {strconv.Itoa(min(10*limit, maxSessions))}}.Encode()
		}
	}
	for _, s := range list {
		v.Rows = append(v.Rows, a.sessionRow(s, known))
	}
	return v, nil
}

// silentSession is how long after its last message a session that has no ending may still go on.
const silentSession = 15 * time.Minute

func (a *api) sessionRow(s sessionlog.Session, known parties) pages.SessionRow {
	row := pages.SessionRow{
		Path: sessionsPath + number64(s.ID), Device: firstOf(known[s.Client].Title, s.Device, s.Name, "an unknown phone"),
		Started: s.Started, Messages: s.Messages, Ending: s.Ending,
		Bad: s.Ending != sessionlog.Completed && s.Ending != sessionlog.Suspended,
	}
	switch {
	case s.Ending == "" && a.Now().Sub(s.Last) < silentSession:
		row.Ending, row.Bad = "goes on", false
	case s.Ending == "":
		row.Ending = "cut"
	case s.Why != "":
		row.Ending += ": " + s.Why
	}
	return row
}

// showSession answers GET /v2/services/syncml/sessions/N for people: from a message on, or one message as a whole.
func (a *api) showSession(r *http.Request) (pages.View, error) {
	s, said, err := a.Sessions.Session(r.Context(), callerOf(r).ID, number(r, "entry"))
	if errors.Is(err, sessionlog.ErrNotFound) {
		return nil, errUnknownSession
	}
	if err != nil {
		return nil, err
	}
	known, _, err := a.parties(r.Context(), s.Owner)
	if err != nil {
		return nil, err
	}
	v := pages.Session{ID: s.ID, Row: a.sessionRow(s, known), About: sessionAbout(s, known)}
	from, _ := strconv.Atoi(r.URL.Query().Get("from")) // what is no number shows the beginning
	whole, _ := strconv.Atoi(r.URL.Query().Get("message"))
	if from > 0 || whole > 0 {
		v.First = v.Row.Path
	}
	for i := range said {
		e := &said[i]
		switch {
		case whole > 0 && e.N == whole:
			v.Exchanges = append(v.Exchanges, exchange(e, v.Row.Path, rawMost))
		case whole > 0 || e.N < from:
		case len(v.Exchanges) < pageExchanges:
			v.Exchanges = append(v.Exchanges, exchange(e, v.Row.Path, rawMessage))
		case v.Next == "":
			v.Next = v.Row.Path + "?from=" + strconv.Itoa(e.N)
		}
	}
	return v, nil
}

// sessionAbout are the facts of a session.
func sessionAbout(s sessionlog.Session, known parties) []pages.Property {
	out := []pages.Property{
		{Name: "Phone", Value: firstOf(known[s.Client].Title, s.Device), Path: known[s.Client].Path},
		{Name: "What it calls itself", Value: s.Device}, {Name: "Program", Value: s.Agent}, {Name: "Address", Value: s.Address},
		{Name: "Protocol", Value: strings.TrimSpace("SyncML " + s.Version + " in " + s.Encoding)},
		{Name: "Took", Value: s.Last.Sub(s.Started).Round(time.Millisecond).String()},
		{Name: "Bytes", Value: fmt.Sprintf("%d received, %d sent", s.In, s.Out)},
		{Name: "Changes", Value: fmt.Sprintf("%d received, %d sent", s.Received, s.Sent)},
	}
	kept := out[:0]
	for _, p := range out {
		if p.Value != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// exchange shows a message and its answer, each with at most so many bytes as they are.
func exchange(e *sessionlog.Exchange, path string, most int) pages.Exchange {
	one := func(who, xml string, bytes int) pages.Saying {
		shown := strings.ToValidUTF8(xml[:min(len(xml), most)], "�")
		return pages.Saying{Who: who, Bytes: bytes, Words: saidWords(xml), Raw: shown, Left: max(len(xml)-most, 0)}
	}
	return pages.Exchange{
		N: e.N, At: e.At, Took: e.Took.Round(time.Millisecond).String(), HTTP: e.HTTP, Again: e.Again,
		Said:      [2]pages.Saying{one("The phone", e.Request, e.In), one("The server", e.Reply, e.Out)},
		WholePath: path + "?message=" + strconv.Itoa(e.N),
	}
}
