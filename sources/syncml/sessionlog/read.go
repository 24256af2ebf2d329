package sessionlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"gorm.io/gorm"
)

// ErrNotFound means that the log holds no session of that id.
var ErrNotFound = errors.New("no such session in the log")

// A Session is one session in the log, or one message that was refused before log-in.
type Session struct {
	ID int64
	// Owner and Client are empty for what was refused before log-in; Name is the name that was tried then.
	Owner, Client string
	Device        string
	SessionID     string
	Name          string
	Address       string
	Agent         string
	Version       string
	// Encoding is "XML" or "WBXML".
	Encoding string
	Started  time.Time
	Last     time.Time
	Messages int
	// In and Out are bytes of the messages' bodies, as they travelled.
	In, Out int64
	// Ending is one of the ways in which a session ends; "" if none is known: it goes on, or the server was
	// killed.
	Ending         string
	Why            string
	Modes          string
	Received, Sent int
}

// An Exchange is a message of a phone and the answer to it.
type Exchange struct {
	N       int
	MsgID   string
	At      time.Time
	Took    time.Duration
	In, Out int
	HTTP    int
	// Refused is the status by which the message was refused, 0 if it was not.
	Refused int
	Again   bool
	// Request and Reply are XML; "" if they are not kept.
	Request, Reply string
}

// A Filter chooses sessions. The zero value chooses all.
type Filter struct {
	// Owner chooses those of one account, and with Name what was refused under that name.
	Owner, Name string
	// Client chooses those of one Sync Client.
	Client string
	// Limit is how many at most; 0 means 20.
	Limit int
}

// Sessions lists sessions, the newest first.
func (l *Log) Sessions(ctx context.Context, f Filter) ([]Session, error) {
	var rows []sessionRow
	err := l.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Order("id DESC").Limit(cmp.Or(f.Limit, 20))
		if f.Owner != "" {
			q = q.Where("owner_id = ? OR owner_id = '' AND name = ?", f.Owner, f.Name)
		}
		if f.Client != "" {
			q = q.Where("client_id = ?", f.Client)
		}
		return q.Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list := make([]Session, len(rows))
	for i := range rows {
		list[i] = rows[i].session()
	}
	return list, nil
}

func (r *sessionRow) session() Session {
	return Session{ID: r.ID, Owner: r.Owner, Client: r.Client, Device: r.Device, SessionID: r.SessionID, Name: r.Name,
		Address: r.Address, Agent: r.Agent, Version: r.Version, Encoding: r.Encoding, Started: fromMicros(r.StartedAt),
		Last: fromMicros(r.LastAt), Messages: r.Messages, In: r.In, Out: r.Out, Ending: r.Ending, Why: r.Why,
		Modes: r.Modes, Received: r.Received, Sent: r.Sent}
}

// Session gives one session with its messages in the order in which they came, or ErrNotFound. An empty
// owner means any: it is for the administrator.
func (l *Log) Session(ctx context.Context, owner string, id int64) (Session, []Exchange, error) {
	var rows []sessionRow
	var said []messageRow
	err := l.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Where("id = ?", id)
		if owner != "" {
			q = q.Where("owner_id = ?", owner)
		}
		if err := q.Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		return db.Where("owner_id = ? AND session = ?", rows[0].Owner, id).Order("at, n").Find(&said).Error
	})
	if err != nil {
		return Session{}, nil, fmt.Errorf("read session: %w", err)
	}
	if len(rows) == 0 {
		return Session{}, nil, fmt.Errorf("%w: %d", ErrNotFound, id)
	}
	all := make([]Exchange, len(said))
	for i := range said {
		if all[i], err = said[i].exchange(); err != nil {
			return Session{}, nil, err
		}
	}
	return rows[0].session(), all, nil
}

func (r *messageRow) exchange() (Exchange, error) {
	request, err := grow(r.Request)
	if err != nil {
		return Exchange{}, err
	}
	reply, err := grow(r.Reply)
	return Exchange{N: r.N, MsgID: r.MsgID, At: fromMicros(r.At), Took: time.Duration(r.Took) * time.Microsecond,
		In: r.In, Out: r.Out, HTTP: r.HTTP, Refused: r.Refused, Again: r.Again, Request: request, Reply: reply}, err
}

func whyRefused(m *Message) string {
	if m.Refused != 0 {
		return fmt.Sprintf("status %d", m.Refused)
	}
	return fmt.Sprintf("HTTP %d %s", m.HTTP, http.StatusText(m.HTTP))
}
