package syncml_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// fakes stand for the floors above. They keep their state in the server's database, as the real ones
// do, so that what joins a transaction is rolled back with it.
type fakes struct {
	store *sqlstore.Store
	// startErrs are what the next calls of Start return, flushErr what every Flush does, putErr every Put, and
	// finishErr every Finish.
	strangers []string
	startErrs []error
	flushErr  error
	// replaced is a device that another one has replaced; zone is what is said of all phones.
	replaced, zone string
	// refuses, if set, says which syncs Admit refuses.
	refuses   func(mode int, slow bool) bool
	putErr    error
	finishErr error
	// seen is what the phone was seen to keep of a database.
	seen func(syncml.Database) *dataclass.Known
	// onStart is called at the beginning of each Start; waits are what the calls allowed.
	onStart func()
	// afterFlush is called when a Flush is done.
	afterFlush func()
	// within is the range of the last Start.
	within dataclass.Range
	busy   bool
	waits  []time.Duration
}

// A fakeDB is the state of one phone database.
type fakeDB struct {
	Unbound  bool
	NeedSlow bool
	Unnamed  bool
	// Inbox is everything that was ever put, Puts how many calls brought it.
	Inbox []fakeRow
	Puts  int
	// Waiting are the ops that the next run sends.
	Waiting []syncml.Outgoing
	Open    []syncml.Outgoing // the run's outbox
	Sent    []int64
	Acked   []int64
	Mapped  map[int64]string
	Refused map[int64]string
	Running bool
	Modes   []int
	Flushes int
	// Ends are the values of complete that Finish was called with during a run.
	Ends []bool
}

type fakeRow struct {
	syncml.Incoming
	Slow bool
}

var fakeMigrations = sqlstore.Migration{ID: "fake-0001", SQLite: []string{
	`CREATE TABLE fakes (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
}}

func (f *fakes) get(ctx context.Context, name string, into any) error {
	return f.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var s []string
		if err := db.Table("fakes").Where("name = ?", name).Pluck("value", &s).Error; err != nil || len(s) == 0 {
			return err
		}
		return json.Unmarshal([]byte(s[0]), into)
	})
}

func (f *fakes) set(ctx context.Context, name string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return f.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("INSERT INTO fakes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			name, string(b)).Error
	})
}

func dbName(p syncml.Phone, db syncml.Database) string {
	return p.Owner + "|" + p.Client + "|" + db.Name
}

// change reads, changes and stores one phone database, if the phone may still act.
func (f *fakes) change(ctx context.Context, p syncml.Phone, db syncml.Database, fn func(*fakeDB) error) error {
	return f.store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		var fence int64
		if err := f.get(ctx, "fence|"+p.Owner+"|"+p.Client, &fence); err != nil {
			return err
		}
		if fence != p.Fence {
			return fmt.Errorf("fence %d: %w", p.Fence, syncml.ErrTakenOver)
		}
		s := fakeDB{Mapped: map[int64]string{}, Refused: map[int64]string{}}
		if err := f.get(ctx, dbName(p, db), &s); err != nil {
			return err
		}
		if err := fn(&s); err != nil {
			return err
		}
		return f.set(ctx, dbName(p, db), s)
	})
}

// users are the accounts. Carl's is one that MD5 is off for.
var users = map[string]string{"anna": "secret", "bert": "other", "carl": "third"}

func (f *fakes) Basic(_ context.Context, name, password string) (string, error) {
	if want, ok := users[name]; ok && want == password {
		return "owner-" + name, nil
	}
	return "", fmt.Errorf("%q: %w", name, sources.ErrAuth)
}

func (f *fakes) Digest(_ context.Context, name string, verify func(string) bool) (string, error) {
	password, ok := users[name]
	if name == "carl" {
		password, ok = "stand-in", false
	}
	if verified := verify(password); ok && verified {
		return "owner-" + name, nil
	}
	return "", fmt.Errorf("%q: %w", name, sources.ErrAuth)
}

func (f *fakes) Register(_ context.Context, _, deviceID string) (string, error) {
	if deviceID == f.replaced {
		return "", fmt.Errorf("%s: %w", deviceID, syncml.ErrReplaced)
	}
	return "client-" + deviceID, nil
}

func (f *fakes) Busy(string) bool { return f.busy }

func (f *fakes) TakeOver(ctx context.Context, owner, client string) (syncml.Phone, error) {
	p := syncml.Phone{Owner: owner, Client: client, Zone: f.zone}
	err := f.store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		name := "fence|" + owner + "|" + client
		if err := f.get(ctx, name, &p.Fence); err != nil {
			return err
		}
		p.Fence++
		if err := f.set(ctx, name, p.Fence); err != nil {
			return err
		}
		return f.abandonAll(ctx, owner+"|"+client+"|")
	})
	return p, err
}

// abandonAll ends the runs that an older session left open.
func (f *fakes) abandonAll(ctx context.Context, prefix string) error {
	return f.store.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var names []string
		if err := tx.Table("fakes").Where("name LIKE ?", prefix+"%").Pluck("name", &names).Error; err != nil {
			return err
		}
		for _, name := range names {
			var d fakeDB
			if err := f.get(ctx, name, &d); err != nil {
				return err
			}
			if !d.Running {
				continue
			}
			d.Running, d.Ends = false, append(d.Ends, false)
			if err := f.set(ctx, name, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fakes) Standing(ctx context.Context, p syncml.Phone, db syncml.Database) (s syncml.Standing, err error) {
	err = f.change(ctx, p, db, func(d *fakeDB) error {
		if d.Unbound {
			return fmt.Errorf("%s: %w", db.Name, syncml.ErrNotBound)
		}
		s = syncml.Standing{NeedSlow: d.NeedSlow, Unnamed: d.Unnamed, Waiting: len(d.Waiting)}
		return nil
	})
	return s, err
}

// Admit refuses what a test wants refused.
func (f *fakes) Admit(_ context.Context, _ syncml.Phone, db syncml.Database, mode int, slow bool) error {
	if f.refuses != nil && f.refuses(mode, slow) {
		return fmt.Errorf("%s: %w", db.Name, syncml.ErrRefused)
	}
	return nil
}

func (f *fakes) Flush(ctx context.Context, p syncml.Phone, db syncml.Database) error {
	if f.flushErr != nil {
		return f.flushErr
	}
	if f.afterFlush != nil {
		defer f.afterFlush()
	}
	return f.change(ctx, p, db, func(d *fakeDB) error { d.Flushes++; return nil })
}

func (f *fakes) Knows(ctx context.Context, p syncml.Phone, db syncml.Database, luids []string) (map[string]bool, error) {
	known := map[string]bool{}
	err := f.change(ctx, p, db, func(d *fakeDB) error {
		for _, l := range luids {
			known[l] = !slices.Contains(f.strangers, l)
		}
		return nil
	})
	return known, err
}

func (f *fakes) Put(ctx context.Context, p syncml.Phone, db syncml.Database, slow bool, rows []syncml.Incoming) error {
	if f.putErr != nil {
		return f.putErr
	}
	return f.change(ctx, p, db, func(d *fakeDB) error {
		d.Puts++
		for _, r := range rows {
			d.Inbox = append(d.Inbox, fakeRow{r, slow})
		}
		return nil
	})
}

func (f *fakes) Start(ctx context.Context, p syncml.Phone, db syncml.Database, mode int, wait time.Duration) error {
	f.waits = append(f.waits, wait)
	f.within = db.Within
	if f.onStart != nil {
		f.onStart()
	}
	if len(f.startErrs) > 0 {
		err := f.startErrs[0]
		f.startErrs = f.startErrs[1:]
		if err != nil {
			return err
		}
	}
	return f.change(ctx, p, db, func(d *fakeDB) error {
		if d.Running {
			return nil
		}
		d.Running, d.Modes, d.Open, d.Waiting, d.Sent = true, append(d.Modes, mode), d.Waiting, nil, nil
		return nil
	})
}

func (f *fakes) Outbox(ctx context.Context, p syncml.Phone, db syncml.Database, after int64, limit int) (ops []syncml.Outgoing, err error) {
	err = f.change(ctx, p, db, func(d *fakeDB) error {
		for _, op := range d.Open {
			if op.Op > after && !slices.Contains(d.Sent, op.Op) && len(ops) < limit {
				ops = append(ops, op)
			}
		}
		return nil
	})
	return ops, err
}

func (f *fakes) Count(ctx context.Context, p syncml.Phone, db syncml.Database, after int64) (int, error) {
	ops, err := f.Outbox(ctx, p, db, after, 1<<30)
	return len(ops), err
}

func (f *fakes) Settle(ctx context.Context, p syncml.Phone, db syncml.Database, answers []syncml.Answer) error {
	return f.change(ctx, p, db, func(d *fakeDB) error {
		for _, a := range answers {
			switch a.Kind {
			case syncml.Sent:
				if slices.Contains(d.Sent, a.Op) {
					return fmt.Errorf("op %d sent twice", a.Op)
				}
				d.Sent = append(d.Sent, a.Op)
			case syncml.Acknowledged:
				d.Acked = append(d.Acked, a.Op)
			case syncml.Mapped:
				d.Mapped[a.Op] = a.LUID
			case syncml.Refused:
				d.Refused[a.Op] = a.Err.Error()
			}
		}
		return nil
	})
}

func (f *fakes) Learned(_ context.Context, _ syncml.Phone, db syncml.Database) (*dataclass.Known, error) {
	if f.seen != nil {
		return f.seen(db), nil
	}
	return &dataclass.Known{}, nil
}

func (f *fakes) Finish(ctx context.Context, p syncml.Phone, db syncml.Database, complete bool) error {
	if f.finishErr != nil {
		return f.finishErr
	}
	return f.change(ctx, p, db, func(d *fakeDB) error {
		if d.Running {
			d.Running, d.Ends = false, append(d.Ends, complete)
		}
		return nil
	})
}

// A bench is a server with its fakes, and the clock.
type bench struct {
	t      testing.TB
	store  *sqlstore.Store
	fakes  *fakes
	opts   syncml.Options
	server *syncml.Server
	clock  time.Time
	// faultAt counts down the transactions to the one that dies at faultPoint; 0 is none.
	faultAt    int
	faultPoint sqlstore.Point
	dead       bool
}

// fault kills a transaction, as a crash would, and all that follow until the next start.
func (b *bench) fault(p sqlstore.Point) error {
	if b.dead {
		return errCrash
	}
	if b.faultAt == 0 || p != b.faultPoint {
		return nil
	}
	if b.faultAt--; b.faultAt > 0 {
		return nil
	}
	b.dead = true
	return errCrash
}

var errCrash = errors.New("crash")

// counting is a source of bytes that never repeats.
type counting struct{ n uint64 }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		c.n = c.n*6364136223846793005 + 1442695040888963407
		b[i] = byte(c.n >> 56)
	}
	return len(b), nil
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, clock: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	store, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "test.db"),
		Unsafe: true, Readers: 2, Fault: b.fault})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(t.Context(), append(syncml.Migrations(), fakeMigrations)); err != nil {
		t.Fatal(err)
	}
	b.store, b.fakes = store, &fakes{store: store}
	b.opts = syncml.Options{Accounts: b.fakes, Phones: b.fakes, Syncs: b.fakes, Store: store,
		Now: func() time.Time { return b.clock }, Rand: &counting{n: 1}}
	b.restart()
	return b
}

// restart puts a new server on the same database, as after a crash between two messages.
func (b *bench) restart() { b.dead, b.server = false, syncml.NewServer(b.opts) }

// db gives the state of the address book of a device.
func (b *bench) db(device string) fakeDB {
	b.t.Helper()
	var d fakeDB
	if err := b.fakes.get(b.t.Context(), "owner-anna|client-"+device+"|./addressbook", &d); err != nil {
		b.t.Fatal(err)
	}
	return d
}

// setDB changes it between two sessions.
func (b *bench) setDB(device string, fn func(*fakeDB)) {
	b.t.Helper()
	d := b.db(device)
	if d.Mapped == nil {
		d.Mapped, d.Refused = map[int64]string{}, map[int64]string{}
	}
	fn(&d)
	if err := b.fakes.set(b.t.Context(), "owner-anna|client-"+device+"|./addressbook", d); err != nil {
		b.t.Fatal(err)
	}
}

// card is an invented vCard.
func card(n, size int) dataclass.Body {
	note := ""
	for len(note) < size {
		note += "Words of a note. "
	}
	text := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Sample%05d;Given;;;\r\nFN:Given Sample%05d\r\nNOTE:%s\r\nEND:VCARD\r\n", n, n, note)
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(text)}
}

func addOp(op int64, size int) syncml.Outgoing {
	return syncml.Outgoing{Op: op, GUID: strconv.FormatInt(op, 36), Verb: sources.Add, Body: card(int(op), size)}
}

// count gives the number of rows of a table.
func (b *bench) count(table string) int {
	b.t.Helper()
	var n int64
	err := b.store.View(b.t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Table(table).Count(&n).Error
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return int(n)
}
