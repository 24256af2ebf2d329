package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// sessionDays is the option that says how long the sessions log is kept.
type sessionDays struct {
	SessionDays int `help:"Keep the log of phones' sessions for so many days." default:"30" placeholder:"DAYS"`
}

// Validate checks the number. Kong calls it.
func (d sessionDays) Validate() error {
	if d.SessionDays < 1 || d.SessionDays > maxHistoryDays {
		return usagef("--session-days: must be between 1 and %d", maxHistoryDays)
	}
	return nil
}

// sessionsLog opens the sessions log, kept for some days; 0 means the usual time.
func (h *house) sessionsLog(days int) *sessionlog.Log {
	return sessionlog.Open(h.db, sessionlog.Options{
		Log: h.log, Content: h.bindings.LogsContent, Kept: time.Duration(days) * 24 * time.Hour,
	})
}

// sessionsCmd is "bindery sessions".
type sessionsCmd struct {
	Account string `help:"Only sessions of that account, and what was refused under its name." placeholder:"NAME"`
	Client  string `help:"Only sessions of that Sync Client." placeholder:"UUID"`
	Limit   int    `help:"How many at most." default:"20"`
	JSON    bool   `name:"json" help:"The same as --output json." hidden:""`
	ID      int64  `arg:"" optional:"" help:"Show the messages of that session."`
}

// Validate checks the limit. Kong calls it.
func (c *sessionsCmd) Validate() error {
	if c.Limit < 1 {
		return usagef("--limit: must be 1 or more")
	}
	return nil
}

// Run lists sessions, the newest first, or shows one.
func (c *sessionsCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		names, filter, err := c.filter(ctx, h)
		if err != nil {
			return err
		}
		if err := h.knowsClient(ctx, c.Client); err != nil {
			return err
		}
		if c.ID != 0 {
			s, said, err := h.sessions.Session(ctx, filter.Owner, c.ID)
			if err != nil {
				return err
			}
			return c.show(term, s, said, names)
		}
		list, err := h.sessions.Sessions(ctx, filter)
		if err != nil {
			return err
		}
		return c.list(term, list, names)
	})
}

// filter gives the accounts' names by their ids, and what is asked for.
func (c *sessionsCmd) filter(ctx context.Context, h *house) (map[string]string, sessionlog.Filter, error) {
	f := sessionlog.Filter{Client: c.Client, Limit: c.Limit}
	names := map[string]string{}
	err := h.each(ctx, func(a bindings.Account) error { names[a.ID] = a.Name; return nil })
	if err != nil || c.Account == "" {
		return names, f, err
	}
	a, err := h.bindings.AccountByName(ctx, c.Account)
	if err != nil {
		return nil, f, fmt.Errorf("%w: %s", err, c.Account)
	}
	f.Owner, f.Name = a.ID, a.Name
	return names, f, nil
}

func (c *sessionsCmd) list(term *terminal, list []sessionlog.Session, names map[string]string) error {
	if term.json {
		for i := range list {
			if err := term.line(sessionJSON(&list[i], names)); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(term, "ID", "STARTED", "ACCOUNT", "DEVICE", "ADDRESS", "TOOK", "MESSAGES", "BYTES IN", "OUT", "MODES", "CHANGES IN", "OUT", "ENDED")
	for i := range list {
		s := &list[i]
		t.row(strconv.FormatInt(s.ID, 10), s.Started.Local().Format("2006-01-02 15:04:05"), visible(whose(s, names)), visible(s.Device),
			s.Address, s.Last.Sub(s.Started).Round(time.Millisecond).String(), strconv.Itoa(s.Messages),
			strconv.FormatInt(s.In, 10), strconv.FormatInt(s.Out, 10), s.Modes, strconv.Itoa(s.Received), strconv.Itoa(s.Sent), endingOf(s))
	}
	return t.flush(nil)
}

// whose names the account of a session, or in brackets the name that was tried.
func whose(s *sessionlog.Session, names map[string]string) string {
	switch {
	case s.Owner != "":
		return names[s.Owner]
	case s.Name != "":
		return "(" + s.Name + ")"
	}
	return ""
}

// goesOn is how long after its last message a session without an ending may still go on.
const goesOn = 15 * time.Minute

// endingOf says how a session ended.
func endingOf(s *sessionlog.Session) string {
	switch s.Ending {
	case sessionlog.Completed, sessionlog.Suspended:
		return s.Ending
	case sessionlog.Refused:
		return "refused, " + s.Why
	case "":
		if time.Since(s.Last) < goesOn {
			return "goes on"
		}
		return fmt.Sprintf("cut after message %d", s.Messages)
	case sessionlog.Failed:
		return fmt.Sprintf("failed after message %d: %s", s.Messages, s.Why)
	}
	return fmt.Sprintf("%s after message %d", s.Ending, s.Messages)
}

func (c *sessionsCmd) show(term *terminal, s sessionlog.Session, said []sessionlog.Exchange, names map[string]string) error {
	if term.json {
		for i := range said {
			if err := term.line(messageJSON(&said[i])); err != nil {
				return err
			}
		}
		return nil
	}
	term.printf("session %d of %s\ndevice %s at %s, %s, SyncML %s in %s\nbegan %s, took %s: %s\n", s.ID, visible(whose(&s, names)),
		visible(s.Device), s.Address, visible(s.Agent), visible(s.Version), s.Encoding, stamp(s.Started), s.Last.Sub(s.Started), endingOf(&s))
	for i := range said {
		e := &said[i]
		again := ""
		if e.Again {
			again = ", sent again"
		}
		term.printf("\n--> message %s, %s, %d bytes%s\n%s", visible(e.MsgID), stamp(e.At), e.In, again, lines(e.Request))
		term.printf("\n<-- HTTP %d, %d bytes, after %s\n%s", e.HTTP, e.Out, e.Took.Round(time.Millisecond), lines(e.Reply))
	}
	return nil
}

// lines is a text that moves no cursor but to the next line.
func lines(text string) string {
	all := strings.Split(text, "\n")
	for i, l := range all {
		all[i] = visible(l)
	}
	return strings.Join(all, "\n")
}

// jsonSession is a session as a line of JSON. Its form does not change.
type jsonSession struct {
	ID       int64     `json:"id" says:"the session's number"`
	Started  time.Time `json:"started" says:"its first message"`
	Last     time.Time `json:"last" says:"its last message"`
	Account  string    `json:"account" says:"who logged in"`
	Tried    string    `json:"tried,omitempty" says:"the name that was tried, if nobody logged in"`
	Client   string    `json:"client" says:"UUID of the phone"`
	Device   string    `json:"device" says:"what it calls itself"`
	Session  string    `json:"session" says:"the phone's session id"`
	Address  string    `json:"address" says:"where it came from"`
	Agent    string    `json:"agent" says:"its User-Agent"`
	Version  string    `json:"version" says:"SyncML version"`
	Encoding string    `json:"encoding" says:"XML or WBXML"`
	Messages int       `json:"messages" says:"how many messages it sent"`
	In       int64     `json:"bytes_in" says:"received"`
	Out      int64     `json:"bytes_out" says:"sent"`
	Modes    string    `json:"modes" says:"modes of its syncs"`
	Received int       `json:"received" says:"changes received"`
	Sent     int       `json:"sent" says:"changes sent"`
	Ended    string    `json:"ended" says:"how it ended"`
}

func sessionJSON(s *sessionlog.Session, names map[string]string) jsonSession {
	tried := ""
	if s.Owner == "" {
		tried = s.Name
	}
	return jsonSession{s.ID, s.Started.UTC(), s.Last.UTC(), names[s.Owner], tried, s.Client, s.Device, s.SessionID, s.Address, s.Agent,
		s.Version, s.Encoding, s.Messages, s.In, s.Out, s.Modes, s.Received, s.Sent, endingOf(s)}
}

// jsonMessage is a message with its answer as a line of JSON. Its form does not change.
type jsonMessage struct {
	N       int       `json:"n" says:"number within the session"`
	MsgID   string    `json:"msg_id" says:"the phone's number of it"`
	At      time.Time `json:"at" says:"when it came"`
	Millis  float64   `json:"millis" says:"how long the answer took"`
	In      int       `json:"bytes_in" says:"received"`
	Out     int       `json:"bytes_out" says:"sent"`
	HTTP    int       `json:"http" says:"HTTP status"`
	Refused int       `json:"refused,omitempty" says:"SyncML status, if it was refused"`
	Again   bool      `json:"again,omitempty" says:"it was sent again"`
	Request string    `json:"request" says:"what the phone said"`
	Reply   string    `json:"reply" says:"what the server said"`
}

func messageJSON(e *sessionlog.Exchange) jsonMessage {
	return jsonMessage{e.N, e.MsgID, e.At.UTC(), float64(e.Took.Microseconds()) / 1000, e.In, e.Out, e.HTTP, e.Refused, e.Again,
		e.Request, e.Reply}
}
