package datastore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
)

// A Touched is a client whose items were written since that was last taken note of.
type Touched struct {
	Owner, Client string
	// Writes are who wrote items of which dataclasses; of an item only the last one who did.
	Writes []Write
	// upTo is the number of the last change.
	upTo int64
}

// A Write says that items of a class were written. Origin is that of the sources.Client, "" for a user.
type Write struct {
	Class  dataclass.Class
	Origin string
}

// Touched lists clients, of all owners, that changed and of which that was not Noted yet, at most limit. It costs next to
// nothing if there is none. Whatever process wrote them, none is missed.
func (d *Datastore) Touched(ctx context.Context, limit int) ([]Touched, error) {
	var out []Touched
	err := d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var rows []struct {
			Owner, Client     string
			Counter, Observed int64
		}
		err := db.Raw(`SELECT owner_id AS owner, client_id AS client, counter, observed FROM datastore_clients INDEXED BY datastore_clients_touched
			WHERE counter <> observed ORDER BY owner_id, client_id LIMIT ?`, limit).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			t := Touched{Owner: r.Owner, Client: r.Client, upTo: r.Counter}
			for _, class := range d.Caps().Classes {
				var origins []string
				err := inClass(db, clientKey{r.Owner, r.Client}, class).Where("changed > ?", r.Observed).
					Distinct("origin").Order("origin").Pluck("origin", &origins).Error
				if err != nil {
					return err
				}
				for _, o := range origins {
					t.Writes = append(t.Writes, Write{class, o})
				}
			}
			out = append(out, t)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list changed datastores: %w", err)
	}
	return out, nil
}

// Noted takes note that what a Touched says is known. What was written since is not: the client is Touched again. Given
// the context of an Update it joins that transaction.
func (d *Datastore) Noted(ctx context.Context, t Touched) error {
	err := d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE datastore_clients SET observed = ? WHERE owner_id = ? AND client_id = ?", t.upTo, t.Owner, t.Client).Error
	})
	if err != nil {
		return fmt.Errorf("take note of a changed datastore: %w", err)
	}
	return nil
}

// OnWrite has fn called after each write of this Datastore, for whoever does not want to wait until he looks again. There
// is one such function; it must return at once. Where a write joined a transaction, that may not be committed yet.
func (d *Datastore) OnWrite(fn func()) { d.onWrite.Store(&fn) }

// wrote calls the function of OnWrite.
func (d *Datastore) wrote() {
	if fn := d.onWrite.Load(); fn != nil {
		(*fn)()
	}
}
