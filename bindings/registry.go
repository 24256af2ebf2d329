package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// The values of Binding.Winner.
const (
	WinnerSource = "source"
	WinnerTarget = "target"
)

// A Binding is a registered connection between two Sync Clients of one owner.
type Binding struct {
	Owner string
	// ID is unique over the installation and never used again.
	ID int64
	// Source and Target are the UUIDs of the clients.
	Source, Target string
	// Kinds are the kinds of Source and Target.
	Kinds [2]string
	// Winner is the side whose value stands where both changed the same: WinnerSource or WinnerTarget.
	Winner string
	// DeleteWins: an item that one side deletes and the other edits is deleted (docs/engine.md 6.3).
	DeleteWins bool
	// RemoveTwins says that a slow sync keeps one of items of a side that say exactly the same, and deletes the others.
	RemoveTwins bool
	// Direction says which clients the syncs write.
	Direction Direction
	// Classes are the dataclasses that are synchronised, nil for all that both clients have; see Synchronizes.
	Classes []dataclass.Class
	// AskSlow says that a slow sync after the first is held until a person approves of it.
	AskSlow bool
	// OnChange says that the binding is synchronised soon after one of its clients changed, as far as that tells. See
	// UsuallyOnChange for what it is at first.
	OnChange         bool
	Created, Updated time.Time
}

// UsuallyOnChange reports what OnChange is unless somebody says otherwise: not every user wants to be asked by his phone,
// nor has a folder that he synchronised once at hand at any time.
func (b Binding) UsuallyOnChange() bool { return usuallyOnChange(b.Kinds) }

func usuallyOnChange(kinds [2]string) bool {
	return !slices.Contains(kinds[:], kindSyncML) && !slices.Contains(kinds[:], kindFolder)
}

// A NewBinding is a binding to be created.
type NewBinding struct {
	// Source and Target are UUIDs of the owner's clients, in any spelling.
	Source, Target string
	// SourceKind and TargetKind, where not empty, must be the kinds of those clients.
	SourceKind, TargetKind string
	// Winner is WinnerSource, WinnerTarget, or "" for the source.
	Winner string
	// DeleteWins is that of the Binding.
	DeleteWins bool
	// Settings, if not zero, is what else the binding does from the first sync on.
	Settings Change
}

// bindingRow is one row of bindings.
type bindingRow struct {
	Owner    string `gorm:"column:owner_id"`
	ID       int64  `gorm:"column:id;primaryKey;autoIncrement"`
	Source   string `gorm:"column:source_id"`
	Target   string `gorm:"column:target_id"`
	Deferred string `gorm:"column:deferred_id"`
	Winner   string `gorm:"column:conflict_winner"`
	Deletes  bool   `gorm:"column:delete_wins"`
	Created  int64  `gorm:"column:created_at"`
	Updated  int64  `gorm:"column:updated_at"`
	Removed  int64  `gorm:"column:removed_at"`
	Twins    bool   `gorm:"column:remove_twins"`
	Classes  string `gorm:"column:classes"`
	// Direction has a default in the database.
	Direction string `gorm:"column:direction"`
	AskSlow   bool   `gorm:"column:ask_slow"`
	// OnChange is onChangeYes or onChangeNo.
	OnChange string `gorm:"column:on_change"`
}

// The values of bindingRow.OnChange.
const (
	onChangeYes = "yes"
	onChangeNo  = "no"
)

// onChange reports whether a binding is synchronised when a client has changed.
func (r *bindingRow) onChange() bool {
	return r.OnChange == onChangeYes
}

// TableName implements gorm's Tabler.
func (bindingRow) TableName() string { return "bindings" }

// bindingView is a row with the kinds of its clients.
type bindingView struct {
	Row        bindingRow `gorm:"embedded"`
	SourceKind string     `gorm:"column:source_kind"`
	TargetKind string     `gorm:"column:target_kind"`
}

func (v bindingView) binding() Binding {
	return Binding{
		Owner: v.Row.Owner, ID: v.Row.ID, Source: v.Row.Source, Target: v.Row.Target,
		Kinds: [2]string{v.SourceKind, v.TargetKind}, Winner: v.Row.Winner, DeleteWins: v.Row.Deletes, RemoveTwins: v.Row.Twins,
		Direction: Direction(v.Row.Direction), Classes: classesOf(v.Row.Classes), AskSlow: v.Row.AskSlow,
		OnChange: v.Row.onChange(),
		Created:  fromMicros(v.Row.Created), Updated: fromMicros(v.Row.Updated),
	}
}

// CreateBinding binds two clients. It returns
//   - ErrInvalid if a UUID or the winner is none, if both clients are the same or both answer later, or
//     if their kinds are not offered or have no dataclass in common;
//   - ErrNoClient if a client is not the owner's;
//   - ErrInUse if the two are bound to each other already, or a client that answers later (a phone) is
//     bound to any other.
//
// Given the context of an Update it joins that transaction.
func (s *Store) CreateBinding(ctx context.Context, owner string, n NewBinding) (Binding, error) {
	row, err := s.newBindingRow(owner, n)
	if err != nil {
		return Binding{}, err
	}
	var made Binding
	err = s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		try := row
		if err := s.fitClients(ctx, &try, n); err != nil {
			return err
		}
		if err := bindingTaken(tx, try); err != nil {
			return err
		}
		if err := tx.Create(&try).Error; err != nil {
			return err
		}
		made, err = s.Change(ctx, owner, try.ID, n.Settings)
		return err
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		err = fault(ErrInUse, "one of the Sync Clients is bound already")
	}
	if err != nil {
		return Binding{}, fmt.Errorf("create binding: %w", err)
	}
	return made, nil
}

// newBindingRow checks what can be checked without the database.
func (s *Store) newBindingRow(owner string, n NewBinding) (bindingRow, error) {
	source, err := parseID(n.Source)
	if err != nil {
		return bindingRow{}, err
	}
	target, err := parseID(n.Target)
	if err != nil {
		return bindingRow{}, err
	}
	if source == target {
		return bindingRow{}, fault(ErrInvalid, "a Sync Client cannot be bound to itself")
	}
	if _, err := n.Settings.columns(); err != nil {
		return bindingRow{}, err
	}
	if n.Winner == "" {
		n.Winner = WinnerSource
	}
	now := micros(s.now())
	return bindingRow{
		Owner: owner, Source: source, Target: target, Winner: n.Winner, Deletes: n.DeleteWins, Direction: string(BothWays), Created: now, Updated: now,
	}, checkWinner(n.Winner)
}

func checkWinner(winner string) error {
	if winner == WinnerSource || winner == WinnerTarget {
		return nil
	}
	return fault(ErrInvalid, "conflict_winner must be source or target, not %.64q", winner)
}

// fitClients finds both clients, checks that a binding between them can work, and notes which of them
// answers later.
func (s *Store) fitClients(ctx context.Context, row *bindingRow, n NewBinding) error {
	var caps [2]sources.Caps
	ids, kinds := [2]string{row.Source, row.Target}, [2]string{n.SourceKind, n.TargetKind}
	for i, id := range ids {
		c, err := s.Client(ctx, row.Owner, id)
		if errors.Is(err, ErrNoClient) {
			return fault(ErrNoClient, "there is no Sync Client %s", id)
		}
		if err != nil {
			return err
		}
		if kinds[i] != "" && kinds[i] != c.Kind {
			return fault(ErrInvalid, "Sync Client %s is of kind %s, not %.64q", id, c.Kind, kinds[i])
		}
		kinds[i] = c.Kind
		if caps[i], err = s.clientCaps(ctx, c); err != nil {
			return err
		}
		if caps[i].Deferred {
			row.Deferred = id
		}
	}
	if caps[0].Deferred && caps[1].Deferred {
		return fault(ErrInvalid, "two phones cannot be bound to each other: bind each to the datastore")
	}
	row.OnChange = onChangeNo
	if usuallyOnChange(kinds) {
		row.OnChange = onChangeYes
	}
	return s.shareClass(caps)
}

// clientCaps gives the promises that a client's kind makes for it.
func (s *Store) clientCaps(ctx context.Context, c Client) (sources.Caps, error) {
	if s.kinds == nil {
		return sources.Caps{Deferred: c.Kind == kindSyncML}, nil
	}
	k, err := s.kinds.Kind(c.Kind)
	if err != nil {
		return sources.Caps{}, fault(ErrInvalid, "Sync Client %s is of kind %s, which this server does not offer", c.ID, c.Kind)
	}
	return k.CapsOf(ctx, sources.Client{Owner: c.Owner, ID: c.ID, Kind: c.Kind})
}

func (s *Store) shareClass(caps [2]sources.Caps) error {
	if s.kinds == nil {
		return nil
	}
	for _, class := range caps[0].Classes {
		if slices.Contains(caps[1].Classes, class) {
			return nil
		}
	}
	return fault(ErrInvalid, "the two Sync Clients have no dataclass in common")
}

// bindingTaken returns an ErrInUse if a live binding stands in the way of row. The unique indexes say
// the same; this says it in a sentence.
func bindingTaken(tx *gorm.DB, row bindingRow) error {
	var other bindingRow
	err := tx.Where("owner_id = ? AND removed_at = 0", row.Owner).
		Where(tx.Where("deferred_id <> '' AND deferred_id = ?", row.Deferred).
			Or("source_id = ? AND target_id = ?", row.Source, row.Target).
			Or("source_id = ? AND target_id = ?", row.Target, row.Source)).
		Order("id").Take(&other).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil
	case err != nil:
		return err
	case row.Deferred != "" && other.Deferred == row.Deferred:
		return fault(ErrInUse, "Sync Client %s is bound already, by binding %d", row.Deferred, other.ID)
	}
	return fault(ErrInUse, "the two Sync Clients are bound to each other already, by binding %d", other.ID)
}

// Binding gives a binding by its id. It returns an ErrNotFound if there is none, or none any more, and
// an ErrForbidden if it is another owner's.
func (s *Store) Binding(ctx context.Context, owner string, id int64) (Binding, error) {
	list, err := s.liveBindings(ctx, owner, id)
	if err != nil {
		return Binding{}, err
	}
	if len(list) != 1 || list[0].ID != id {
		return Binding{}, s.whyNoBinding(ctx, owner, id)
	}
	return list[0], nil
}

// whyNoBinding tells a foreign binding from one that does not exist.
func (s *Store) whyNoBinding(ctx context.Context, owner string, id int64) error {
	var foreign int64
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Model(&bindingRow{}).
			Where("owner_id <> ? AND id = ? AND removed_at = 0", owner, id).Count(&foreign).Error
	})
	switch {
	case err != nil:
		return fmt.Errorf("read binding: %w", err)
	case foreign > 0:
		return fault(ErrForbidden, "binding %d belongs to another account", id)
	}
	return fault(ErrNotFound, "there is no binding %d", id)
}

// Bindings lists the owner's bindings in the order of their ids.
func (s *Store) Bindings(ctx context.Context, owner string) ([]Binding, error) {
	return s.liveBindings(ctx, owner, 0)
}

// BindingsOf lists the bindings that one of the owner's clients is in.
func (s *Store) BindingsOf(ctx context.Context, owner, client string) ([]Binding, error) {
	all, err := s.Bindings(ctx, owner)
	return slices.DeleteFunc(all, func(b Binding) bool { return b.Source != client && b.Target != client }), err
}

// liveBindings reads the owner's bindings that were not removed: the one with that id, or all for 0.
func (s *Store) liveBindings(ctx context.Context, owner string, id int64) ([]Binding, error) {
	var rows []bindingView
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		q := db.Table("bindings AS b").
			Select("b.*, cs.kind AS source_kind, ct.kind AS target_kind").
			Joins("JOIN clients AS cs ON cs.owner_id = b.owner_id AND cs.id = b.source_id").
			Joins("JOIN clients AS ct ON ct.owner_id = b.owner_id AND ct.id = b.target_id").
			Where("b.owner_id = ? AND b.removed_at = 0", owner)
		if id != 0 {
			q = q.Where("b.id = ?", id)
		}
		return q.Order("b.id").Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read bindings: %w", err)
	}
	list := make([]Binding, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.binding())
	}
	return list, nil
}

// SetWinner changes the conflict winner. It returns an
// ErrInvalid for a word that is no winner, and what Binding returns.
func (s *Store) SetWinner(ctx context.Context, owner string, id int64, winner string) (Binding, error) {
	if err := checkWinner(winner); err != nil {
		return Binding{}, err
	}
	set := map[string]any{"conflict_winner": winner, "updated_at": s.updatedNow()}
	if err := s.updateBinding(ctx, owner, id, set); err != nil {
		return Binding{}, err
	}
	return s.Binding(ctx, owner, id)
}

// SetDeleteWins says whether a delete beats an edit. It returns what Binding returns.
func (s *Store) SetDeleteWins(ctx context.Context, owner string, id int64, wins bool) (Binding, error) {
	set := map[string]any{"delete_wins": wins, "updated_at": s.updatedNow()}
	if err := s.updateBinding(ctx, owner, id, set); err != nil {
		return Binding{}, err
	}
	return s.Binding(ctx, owner, id)
}

// RemoveBinding unbinds: the binding is gone for everybody, no item is deleted anywhere, and its links
// stay as candidates for the day the two clients are bound again. It returns what Binding returns.
func (s *Store) RemoveBinding(ctx context.Context, owner string, id int64) error {
	return s.updateBinding(ctx, owner, id, map[string]any{"removed_at": micros(s.now())})
}

func (s *Store) updateBinding(ctx context.Context, owner string, id int64, set map[string]any) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		res := tx.Model(&bindingRow{}).Where("owner_id = ? AND id = ? AND removed_at = 0", owner, id).Updates(set)
		if res.Error != nil {
			return fmt.Errorf("update binding %d: %w", id, res.Error)
		}
		if res.RowsAffected == 0 {
			return s.whyNoBinding(ctx, owner, id)
		}
		return nil
	})
}
