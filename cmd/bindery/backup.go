package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// keySuffix is added to a backup's name for the key that comes with it.
const keySuffix = ".key"

// backupCmd is "bindery backup".
type backupCmd struct {
	WithKey bool   `help:"Write secret.key too, as FILE.key. Who has both can read the passwords of phones that log in by MD5."`
	File    string `arg:"" name:"file" help:"The file to make. An older backup of that name is replaced, anything else is not."`
}

type jsonBackup struct {
	File  string `json:"file" says:"the backup"`
	Bytes int64  `json:"bytes" says:"its size"`
	Key   string `json:"key,omitempty" says:"the key beside it"`
	Steps int    `json:"schema_steps" says:"how many steps of its tables it has seen"`
}

// Run copies the database as it is at one moment, also while a server works on it.
func (c *backupCmd) Run(ctx context.Context, term *terminal, p place) error {
	p = p.found()
	if err := p.wantDatabase(); err != nil {
		return err
	}
	leave, err := p.present()
	if err != nil {
		return err
	}
	done, err := c.make(ctx, p)
	if err = errors.Join(err, leave()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if done.Key == "" {
		_, _ = fmt.Fprintf(term.err, "the key is not in it: keep a copy of %s too, apart from it, or phones that log in by MD5 need their passwords set anew\n",
			p.keyName())
	}
	return term.say(done, "%s: %d bytes, checked\n", done.File, done.Bytes)
}

// keyName is where the key of a data directory is, for people.
func (p place) keyName() string {
	if os.Getenv(bindings.SecretKeyEnv) != "" {
		return "$" + bindings.SecretKeyEnv
	}
	return filepath.Join(string(p), bindings.SecretKeyFile)
}

// wantDatabase refuses a directory that has no database.
func (p place) wantDatabase() error {
	if _, err := os.Stat(p.database()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no Bindery database; name the server's directory with --data", string(p))
	}
	return nil
}

func (p place) database() string { return filepath.Join(string(p), databaseFile) }

// make writes the backup beside its place and gives it its name when it was checked.
func (c *backupCmd) make(ctx context.Context, p place) (jsonBackup, error) {
	if err := replaceable(ctx, c.File, p); err != nil {
		return jsonBackup{}, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(c.File), ".bindery-backup-")
	if err != nil {
		return jsonBackup{}, err
	}
	defer func() { _ = os.RemoveAll(temp) }() // what is left there is nobody's
	copied := filepath.Join(temp, "copy")
	if err := sqlstore.Copy(ctx, p.database(), copied); err != nil {
		return jsonBackup{}, err
	}
	steps, err := sound(ctx, copied)
	if err != nil {
		return jsonBackup{}, err
	}
	done := jsonBackup{File: c.File, Steps: len(steps)}
	if c.WithKey {
		if done.Key, err = c.keepKey(p, temp); err != nil {
			return done, err
		}
	}
	if done.Bytes, err = moveInto(copied, c.File); err != nil {
		return done, err
	}
	return done, nil
}

// keepKey writes the key beside the backup.
func (c *backupCmd) keepKey(p place, temp string) (string, error) {
	text := []byte(os.Getenv(bindings.SecretKeyEnv) + "\n")
	if len(text) == 1 {
		var err error
		if text, err = os.ReadFile(filepath.Join(string(p), bindings.SecretKeyFile)); err != nil {
			return "", err
		}
	}
	from := filepath.Join(temp, "key")
	if err := os.WriteFile(from, text, 0o600); err != nil {
		return "", err
	}
	_, err := moveInto(from, c.File+keySuffix)
	return c.File + keySuffix, err
}

// replaceable refuses to overwrite what is no backup, and the database itself.
func replaceable(ctx context.Context, file string, p place) error {
	there, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if own, err := os.Stat(p.database()); err != nil || os.SameFile(there, own) {
		return errors.Join(err, usagef("%s is the database itself", file))
	}
	if _, err := seen(ctx, file); err != nil {
		return usagef("%s is there already, and is no backup: name another file", file)
	}
	return nil
}

// seen gives the steps that a database file has seen.
func seen(ctx context.Context, file string) (steps []string, err error) {
	err = sqlstore.Look(ctx, file, func(ctx context.Context, db *sqlstore.Store) error {
		steps, err = db.Seen(ctx)
		return err
	})
	return steps, err
}

// sound gives the steps of a database file, or says what is wrong with it.
func sound(ctx context.Context, file string) (steps []string, err error) {
	err = sqlstore.Look(ctx, file, func(ctx context.Context, db *sqlstore.Store) error {
		faults, err := db.Faults(ctx)
		if err == nil && len(faults) > 0 {
			err = fmt.Errorf("%s is damaged: %s", file, faults[0])
		}
		if err == nil {
			steps, err = db.Seen(ctx)
		}
		return err
	})
	return steps, err
}

// moveInto gives a file its final name, readable by its owner only, once it is on the disk.
func moveInto(from, to string) (size int64, err error) {
	if err := os.Chmod(from, 0o600); err != nil {
		return 0, err
	}
	f, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(from, to); err != nil {
		return 0, err
	}
	return info.Size(), syncFolder(filepath.Dir(to))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
