package remote

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources"
)

// A ring holds the keys of one client.
type ring interface {
	// keys reads them as they are now. It returns a sources.ErrAuth if there are none.
	keys(ctx context.Context) (keys, error)
	// save stores keys that were renewed, unless others were stored since those were read.
	save(ctx context.Context, k keys) error
	// turn waits until nobody else renews them.
	turn(ctx context.Context) (func(), error)
}

// memoryRing holds keys that are stored nowhere yet.
type memoryRing struct {
	k    keys
	user string
}

func (r *memoryRing) keys(context.Context) (keys, error)   { return r.k, nil }
func (r *memoryRing) save(_ context.Context, k keys) error { r.k = k; return nil }
func (r *memoryRing) turn(context.Context) (func(), error) { return func() {}, nil }

// storedRing reads and writes the keys of a client in the database.
type storedRing struct {
	m *Remotes
	k clientKey
}

func (r *storedRing) turn(ctx context.Context) (func(), error) { return r.m.turn(ctx, r.k) }

// keys implements ring. Keys that were renewed and could not be stored are better than those that are stored: a server
// that renews takes the old ones for stolen.
func (r *storedRing) keys(ctx context.Context) (keys, error) {
	row, err := r.m.row(ctx, r.k.owner, r.k.id)
	if err != nil {
		return keys{}, err
	}
	if len(row.Secret) == 0 {
		return keys{}, fmt.Errorf("client %s has no credentials: %w", r.k.id, sources.ErrAuth)
	}
	r.m.mu.Lock()
	late, ok := r.m.unsaved[r.k]
	r.m.mu.Unlock()
	if ok && late.version == row.Version {
		err := r.save(ctx, late)
		late.version++
		return late, err
	}
	plain, err := r.m.o.Secrets.Open(r.k.owner, row.Secret)
	if err != nil {
		return keys{}, fmt.Errorf("credentials of client %s cannot be read: %w", r.k.id, sources.ErrAuth)
	}
	var k keys
	if json.Unmarshal(plain, &k) != nil {
		return keys{}, fmt.Errorf("credentials of client %s cannot be read: %w", r.k.id, sources.ErrAuth)
	}
	k.version = row.Version
	return k, nil
}

// save implements ring. It does not stop when ctx ends, for what was renewed cannot be had again; what cannot be stored
// is kept in memory, to be stored later.
func (r *storedRing) save(ctx context.Context, k keys) error {
	sealed, err := r.m.seal(r.k.owner, k)
	if err != nil {
		return err
	}
	err = r.m.db.Update(context.WithoutCancel(ctx), func(_ context.Context, tx *gorm.DB) error {
		return tx.Model(&clientRow{}).Where("owner_id = ? AND client_id = ? AND version = ?", r.k.owner, r.k.id, k.version).
			Updates(map[string]any{"secret": sealed, "version": k.version + 1}).Error
	})
	if err != nil {
		r.m.mu.Lock()
		r.m.unsaved[r.k] = k
		r.m.mu.Unlock()
		return fmt.Errorf("store renewed credentials: %w", err)
	}
	r.m.forgetUnsaved(r.k)
	return nil
}

func (m *Remotes) forgetUnsaved(k clientKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.unsaved, k)
}
