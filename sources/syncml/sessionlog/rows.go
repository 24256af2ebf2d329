package sessionlog

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// A sessionRow is one row of syncml_log.
type sessionRow struct {
	Owner     string `gorm:"column:owner_id"`
	ID        int64  `gorm:"column:id;primaryKey"`
	Client    string `gorm:"column:client_id"`
	Token     string `gorm:"column:token"`
	Device    string `gorm:"column:device_id"`
	SessionID string `gorm:"column:session_id"`
	Name      string `gorm:"column:name"`
	Address   string `gorm:"column:address"`
	Agent     string `gorm:"column:agent"`
	Version   string `gorm:"column:version"`
	Encoding  string `gorm:"column:encoding"`
	StartedAt int64  `gorm:"column:started_at"`
	LastAt    int64  `gorm:"column:last_at"`
	Messages  int    `gorm:"column:messages"`
	In        int64  `gorm:"column:bytes_in"`
	Out       int64  `gorm:"column:bytes_out"`
	Stored    int    `gorm:"column:stored"`
	Ending    string `gorm:"column:ending"`
	Why       string `gorm:"column:why"`
	Modes     string `gorm:"column:modes"`
	Received  int    `gorm:"column:received"`
	Sent      int    `gorm:"column:sent"`
}

func (sessionRow) TableName() string { return "syncml_log" }

// A messageRow is one row of syncml_log_messages.
type messageRow struct {
	Owner   string `gorm:"column:owner_id"`
	Session int64  `gorm:"column:session"`
	N       int    `gorm:"column:n"`
	MsgID   string `gorm:"column:msg_id"`
	At      int64  `gorm:"column:at"`
	Took    int64  `gorm:"column:took"`
	In      int    `gorm:"column:bytes_in"`
	Out     int    `gorm:"column:bytes_out"`
	HTTP    int    `gorm:"column:http"`
	Refused int    `gorm:"column:refused"`
	Again   bool   `gorm:"column:again"`
	Request []byte `gorm:"column:request"`
	Reply   []byte `gorm:"column:reply"`
}

func (messageRow) TableName() string { return "syncml_log_messages" }

const (
	// maxSession is how many bytes of one session's messages are stored, maxMessages how many messages.
	// What comes later is only counted.
	maxSession  = 4 << 20
	maxMessages = 5000
	// maxOwner is how many bytes of one owner are stored, maxSessions how many sessions: the oldest make
	// room. Strangers, all of them together, have a share of their own.
	maxOwner    = 32 << 20
	maxSessions = 5000
	// maxStrangers and maxRefusals are the same for messages that were refused before log-in.
	maxStrangers = 4 << 20
	maxRefusals  = 1000
)

// store writes a batch in one transaction.
func (l *Log) store(ctx context.Context, batch []entry) error {
	return l.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		for i := range batch {
			e := &batch[i]
			var err error
			if e.message != nil {
				err = storeMessage(tx, e)
			} else {
				err = storeEnding(tx, e.owner, e.token, e.ending)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func storeEnding(tx *gorm.DB, owner, token string, e *Ending) error {
	err := tx.Model(&sessionRow{}).Where("owner_id = ? AND token = ? AND token <> ''", owner, token).
		Updates(map[string]any{"ending": e.How, "why": short(e.Why), "modes": short(e.Modes), "received": e.Received, "sent": e.Sent}).Error
	if err != nil {
		return fmt.Errorf("store ending: %w", err)
	}
	return nil
}

func storeMessage(tx *gorm.DB, e *entry) error {
	m := e.message
	s, err := sessionOf(tx, m)
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	row := messageRow{Owner: m.Owner, Session: s.ID, N: s.Messages + 1, MsgID: short(m.MsgID), At: m.At.UnixMicro(),
		Took: m.Took.Microseconds(), In: m.In, Out: m.Out, HTTP: m.HTTP, Refused: m.Refused, Again: m.Again}
	if s.Stored+len(e.request)+len(e.reply) <= maxSession {
		row.Request, row.Reply = e.request, e.reply
	}
	err = tx.Model(&sessionRow{}).Where("owner_id = ? AND id = ?", m.Owner, s.ID).Updates(map[string]any{
		"last_at": max(s.LastAt, row.At), "messages": row.N, "bytes_in": s.In + int64(m.In), "bytes_out": s.Out + int64(m.Out),
		"stored": s.Stored + len(row.Request) + len(row.Reply)}).Error
	if err == nil && row.N <= maxMessages {
		err = tx.Create(&row).Error
	}
	if err != nil {
		return fmt.Errorf("store message: %w", err)
	}
	if m.Ending != nil {
		return storeEnding(tx, m.Owner, m.Token, m.Ending)
	}
	return nil
}

// sessionOf finds the row that a message belongs to, or makes it.
func sessionOf(tx *gorm.DB, m *Message) (sessionRow, error) {
	var rows []sessionRow
	if m.Token != "" {
		err := tx.Where("owner_id = ? AND token = ?", m.Owner, m.Token).Limit(1).Find(&rows).Error
		if err != nil || len(rows) > 0 {
			return first(rows), err
		}
	}
	if err := makeRoom(tx, m.Owner); err != nil {
		return sessionRow{}, err
	}
	row := sessionRow{Owner: m.Owner, Client: m.Client, Token: m.Token, Device: short(m.Device), SessionID: short(m.SessionID),
		Name: short(m.Name), Address: m.Address, Agent: short(m.Agent), Version: short(m.Version), Encoding: "XML",
		StartedAt: m.At.UnixMicro(), LastAt: m.At.UnixMicro()}
	if m.Binary {
		row.Encoding = "WBXML"
	}
	if m.Token == "" {
		row.Ending, row.Why = Refused, whyRefused(m)
	}
	err := tx.Create(&row).Error
	return row, err
}

func first(rows []sessionRow) sessionRow {
	if len(rows) == 0 {
		return sessionRow{}
	}
	return rows[0]
}

// makeRoom removes an owner's oldest sessions until one more may be kept.
func makeRoom(tx *gorm.DB, owner string) error {
	sessions, bytes := maxSessions, maxOwner
	if owner == "" {
		sessions, bytes = maxRefusals, maxStrangers
	}
	var has struct{ Sessions, Bytes int }
	err := tx.Model(&sessionRow{}).Where("owner_id = ?", owner).
		Select("count(*) AS sessions, coalesce(sum(stored), 0) AS bytes").Scan(&has).Error
	if err != nil || has.Sessions < sessions && has.Bytes < bytes {
		return err
	}
	var oldest []sessionRow
	// A tenth at a time, so that the sum is not made for nothing each time.
	err = tx.Where("owner_id = ?", owner).Order("id").Limit(has.Sessions/10 + 1).Find(&oldest).Error
	if err != nil {
		return err
	}
	for _, s := range oldest {
		if err := remove(tx, owner, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func remove(tx *gorm.DB, owner string, id int64) error {
	if err := tx.Where("owner_id = ? AND session = ?", owner, id).Delete(&messageRow{}).Error; err != nil {
		return err
	}
	return tx.Where("owner_id = ? AND id = ?", owner, id).Delete(&sessionRow{}).Error
}

// purgePage is how many sessions are removed in one transaction.
const purgePage = 200

// Purge removes the sessions whose last message is older than Options.Kept.
func (l *Log) Purge(ctx context.Context) error {
	before := l.o.Now().Add(-l.o.Kept).UnixMicro()
	for {
		n := 0
		err := l.db.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
			var old []sessionRow
			// It goes through all owners; the ids grow with time.
			err := tx.Where("last_at < ?", before).Order("id").Limit(purgePage).Find(&old).Error
			for i := 0; err == nil && i < len(old); i++ {
				err = remove(tx, old[i].Owner, old[i].ID)
			}
			n = len(old)
			return err
		})
		if err != nil {
			return fmt.Errorf("purge sessions log: %w", err)
		}
		if n < purgePage {
			return nil
		}
	}
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us) }
