package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// restoreBackupCmd is "bindery restore-backup".
type restoreBackupCmd struct {
	Key  string `help:"The key that came with the backup (default: FILE.key, if it is there). It replaces secret.key only if that cannot read the backup's passwords." placeholder:"KEYFILE"`
	File string `arg:"" name:"file" help:"The backup."`
	consent
}

type jsonBroughtBack struct {
	Database string   `json:"database" says:"the database that was replaced"`
	Aside    string   `json:"kept_aside,omitempty" says:"what was there before"`
	Steps    []string `json:"migrated" says:"steps that brought its tables up to date"`
	Phones   int      `json:"phones_anew" says:"phones whose next sync is a slow one"`
	Lost     int      `json:"passwords_unreadable" says:"passwords that the key cannot read"`
}

// Run replaces the database by a backup, when nobody has it open. Everything that can fail is done on a copy first.
func (c *restoreBackupCmd) Run(ctx context.Context, term *terminal, p place) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	if err := p.make(); err != nil {
		return err
	}
	unlock, err := p.alone()
	if err != nil {
		return err
	}
	done, err := c.bringBack(ctx, term, p)
	if err = errors.Join(err, unlock()); err != nil {
		return err
	}
	c.warn(term, done)
	text := ""
	if done.Aside != "" {
		text = "; what was there is " + done.Aside
	}
	return term.say(done, "%s is as it was in %s%s\n", done.Database, c.File, text)
}

// check looks at the backup before anything is touched.
func (c *restoreBackupCmd) check(ctx context.Context) error {
	has, err := sound(ctx, c.File)
	if err != nil {
		return fmt.Errorf("restore-backup: %s: %w", c.File, err)
	}
	if _, newer := sqlstore.Pending(has, steps()); len(newer) > 0 {
		return fmt.Errorf("restore-backup: %s was made by a newer bindery (%s); bring it back with that one", c.File, newer[0])
	}
	return nil
}

func (c *restoreBackupCmd) bringBack(ctx context.Context, term *terminal, p place) (jsonBroughtBack, error) {
	done := jsonBroughtBack{Database: p.database(), Steps: []string{}}
	_, err := os.Stat(p.database())
	there := err == nil
	if there {
		if err := c.confirm(term, "%s is replaced by %s: what was synchronised or changed since then is known no more, passwords and tokens are those of then", p.database(), c.File); err != nil {
			return done, err
		}
	}
	temp, err := os.MkdirTemp(string(p), ".bindery-restore-")
	if err != nil {
		return done, fmt.Errorf("restore-backup: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // what is left there is nobody's
	if err := c.prepare(ctx, p, place(temp), &done); err != nil {
		return done, fmt.Errorf("restore-backup: %w", err)
	}
	if there {
		if done.Aside, err = p.keepDatabase(ctx, time.Now()); err != nil {
			return done, fmt.Errorf("restore-backup: %w", err)
		}
	}
	_, err = moveInto(place(temp).database(), p.database())
	return done, err
}

// prepare makes in temp the database that is to be: up to date, and told where it comes from.
func (c *restoreBackupCmd) prepare(ctx context.Context, p, temp place, done *jsonBroughtBack) (err error) {
	if err := sqlstore.Copy(ctx, c.File, temp.database()); err != nil {
		return err
	}
	has, err := seen(ctx, temp.database())
	if err != nil {
		return err
	}
	if todo, _ := sqlstore.Pending(has, steps()); len(todo) > 0 {
		done.Steps = todo
	}
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: temp.database()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx, steps()); err != nil {
		return err
	}
	unheard := p.unheard(ctx)
	all, err := syncml.LastContacts(ctx, db)
	if err != nil {
		return err
	}
	done.Phones = len(all) - common(all, unheard)
	for _, tell := range []func() error{
		func() error { return bindings.BroughtBack(ctx, db) },
		func() error { return datastore.BroughtBack(ctx, db) },
		func() error { return syncml.BroughtBack(ctx, db, unheard) },
		func() error { return db.SkipNumbers(ctx) },
	} {
		if err := tell(); err != nil {
			return err
		}
	}
	done.Lost, err = c.chooseKey(ctx, db, p)
	return err
}

// unheard tells how phones parted as the database knows it that is to be replaced. If that cannot be read, nothing is
// known of any phone.
func (p place) unheard(ctx context.Context) (list []syncml.Contact) {
	err := sqlstore.Look(ctx, p.database(), func(ctx context.Context, db *sqlstore.Store) (err error) {
		list, err = syncml.LastContacts(ctx, db)
		return err
	})
	if err != nil {
		return nil
	}
	return list
}

func common(a, b []syncml.Contact) int {
	has := make(map[syncml.Contact]bool, len(b))
	for _, c := range b {
		has[c] = true
	}
	n := 0
	for _, c := range a {
		if has[c] {
			n++
		}
	}
	return n
}

// chooseKey takes the key that came with the backup if ours reads less of it, and says how many passwords stay
// unreadable.
func (c *restoreBackupCmd) chooseKey(ctx context.Context, db *sqlstore.Store, p place) (lost int, err error) {
	if ours, err := bindings.LoadSecrets(string(p), os.Getenv(bindings.SecretKeyEnv), nil); err != nil {
		return 0, err
	} else if _, lost, err = bindings.SealedUnder(ctx, db, ours); err != nil || lost == 0 {
		return lost, err
	}
	name := c.Key
	if name == "" {
		name = c.File + keySuffix
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && c.Key == "" || os.Getenv(bindings.SecretKeyEnv) != "" {
		return lost, nil
	}
	if err != nil {
		return lost, err
	}
	theirs, err := bindings.LoadSecrets("", strings.TrimSpace(string(text)), nil)
	if err != nil {
		return lost, fmt.Errorf("%s holds no key", name)
	}
	_, left, err := bindings.SealedUnder(ctx, db, theirs)
	if err != nil || left >= lost {
		return lost, err
	}
	if _, err := p.setAside(bindings.SecretKeyFile, time.Now()); err != nil {
		return lost, err
	}
	temp := filepath.Join(string(p), bindings.SecretKeyFile+".new")
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return lost, err
	}
	_, err = moveInto(temp, filepath.Join(string(p), bindings.SecretKeyFile))
	return left, err
}

// keepDatabase gives the database a second name, so that there is one under its own name at every moment. One that
// cannot be opened, with a log beside it that is not in it yet, is moved instead: the log must not meet another database.
func (p place) keepDatabase(ctx context.Context, now time.Time) (string, error) {
	if db, err := sqlstore.Open(ctx, sqlstore.Options{Path: p.database()}); err == nil {
		_ = db.Close() // this writes what is in the log into the database
	}
	if _, err := os.Stat(p.database() + "-wal"); err == nil {
		return p.setAside(databaseFile, now)
	}
	aside := p.asideName(databaseFile, now)
	if os.Link(p.database(), aside) == nil {
		return aside, nil
	}
	return p.setAside(databaseFile, now)
}

// asideName is a free name for what is replaced now.
func (p place) asideName(name string, now time.Time) string {
	base := filepath.Join(string(p), name) + ".before-" + now.UTC().Format("20060102T150405Z")
	for n, aside := 2, base; ; n++ {
		if _, err := os.Stat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside
		}
		aside = fmt.Sprintf("%s-%d", base, n)
	}
}

// setAside gives a file of the data directory, and what SQLite keeps beside it, a name that says when it was replaced.
func (p place) setAside(name string, now time.Time) (string, error) {
	base, aside := filepath.Join(string(p), name), p.asideName(name, now)
	for _, part := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(base+part, aside+part); err != nil && !(part != "" && errors.Is(err, fs.ErrNotExist)) {
			return "", err
		}
	}
	return aside, nil
}

// warn says what a person has to see to.
func (c *restoreBackupCmd) warn(term *terminal, done jsonBroughtBack) {
	if done.Phones > 0 {
		_, _ = fmt.Fprintf(term.err, "the next sync of %d phones is a slow one: they are asked for all their items\n", done.Phones)
	}
	if done.Lost > 0 {
		_, _ = fmt.Fprintf(term.err, "%d stored passwords cannot be read with this key: set them anew with bindery account passwd, or bring the key back with --key\n", done.Lost)
	}
}
