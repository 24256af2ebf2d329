package bindings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// The kinds of notices.
const (
	// NoticeHold: a sync wants to delete or change a lot, and waits for the owner's word.
	NoticeHold = "hold"
	// NoticeDoubts: pairs of items may be one or two.
	NoticeDoubts = "doubts"
	// NoticeUnreadable: items cannot be read or merged, and are set aside.
	NoticeUnreadable = "unreadable"
	// NoticeRefused: items are not taken by the other client, and are set aside.
	NoticeRefused = "refused"
	// NoticeFailing: a binding failed three times in a row.
	NoticeFailing = "failing"
	// NoticeSignIn: a client refuses the credentials that are known of it.
	NoticeSignIn = "sign-in"
	// NoticeSilent: a phone has not come for 14 days.
	NoticeSilent = "silent"
)

// SilentAfter is how long a phone may not come before its owner is told, FailuresTold after how many failures in a row
// the owner is told of a binding.
const (
	SilentAfter  = 14 * 24 * time.Hour
	FailuresTold = 3
)

// settledKept is how long a notice is kept whose matter is settled.
const settledKept = 90 * 24 * time.Hour

// A Notice is one matter that needs, or needed, a person.
type Notice struct {
	Owner string
	// ID is a UUID. A matter that was settled and arises anew has another one.
	ID string
	// Kind is one of those above.
	Kind string
	// Binding and Class say where it is; 0 and "" where that means nothing.
	Binding int64
	Class   dataclass.Class
	// Subject is the plan of a hold, and the client of a silent phone or a refused sign-in as KIND/UUID; else "".
	Subject string
	// Count is how many items, pairs, failures or days it is about.
	Count int
	// Sentence says in plain words what is the matter.
	Sentence string
	// Arisen is when it was first seen, Updated when Count or Sentence last changed, Settled when it was seen that no
	// person is needed any more: zero for an open matter.
	Arisen, Updated, Settled time.Time
	// Told is when whoever is to be told took it, zero before. Attempts counts those that failed, Error says how the
	// last one did.
	Told     time.Time
	Attempts int
	Error    string
}

// Notices keep what needs a person. It is safe for concurrent use.
type Notices struct{ store *Store }

// Notices opens the room of notices.
func (s *Store) Notices() *Notices { return &Notices{s} }

// noticeRow is one row of notices.
type noticeRow struct {
	Owner    string `gorm:"column:owner_id;primaryKey"`
	ID       string `gorm:"column:id;primaryKey"`
	Kind     string `gorm:"column:kind"`
	Binding  int64  `gorm:"column:binding_id"`
	Class    string `gorm:"column:class"`
	Subject  string `gorm:"column:subject"`
	Count    int    `gorm:"column:count"`
	Newest   int64  `gorm:"column:newest"`
	Sentence string `gorm:"column:sentence"`
	Arisen   int64  `gorm:"column:arisen_at"`
	Updated  int64  `gorm:"column:updated_at"`
	Settled  int64  `gorm:"column:settled_at"`
	Told     int64  `gorm:"column:told_at"`
	Attempts int    `gorm:"column:attempts"`
	Next     int64  `gorm:"column:next_at"`
	Error    string `gorm:"column:error"`
}

// TableName implements gorm's Tabler.
func (noticeRow) TableName() string { return "notices" }

func (r *noticeRow) notice() Notice {
	return Notice{
		Owner: r.Owner, ID: r.ID, Kind: r.Kind, Binding: r.Binding, Class: dataclass.Class(r.Class), Subject: r.Subject,
		Count: r.Count, Sentence: r.Sentence, Arisen: fromMicros(r.Arisen), Updated: fromMicros(r.Updated), Settled: fromMicros(r.Settled),
		Told: fromMicros(r.Told), Attempts: r.Attempts, Error: r.Error,
	}
}

func noticesOf(rows []noticeRow) []Notice {
	out := make([]Notice, len(rows))
	for i := range rows {
		out[i] = rows[i].notice()
	}
	return out
}

// Open lists the owner's matters that need a person, the newest first.
func (n *Notices) Open(ctx context.Context, owner string) ([]Notice, error) {
	return n.list(ctx, "owner_id = ? AND settled_at = 0", owner)
}

// All lists the owner's matters, the newest first: also those that were settled within the last 90 days.
func (n *Notices) All(ctx context.Context, owner string) ([]Notice, error) {
	return n.list(ctx, "owner_id = ?", owner)
}

func (n *Notices) list(ctx context.Context, where string, args ...any) ([]Notice, error) {
	var rows []noticeRow
	err := n.store.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where(where, args...).Order("arisen_at DESC, id DESC").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return noticesOf(rows), nil
}
