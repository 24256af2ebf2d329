package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav"
	"github.com/bindery-sync/bindery/sources/filedir"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// doctorCmd is "bindery doctor".
type doctorCmd struct {
	Repair  bool   `help:"Mend what can be mended without a person's decision; write a backup first."`
	TLSCert string `name:"tls-cert" help:"Look at the server's certificate, too." placeholder:"FILE"`
	TLSKey  string `name:"tls-key" help:"The certificate's key." placeholder:"FILE"`
	historyDays
}

type jsonFinding struct {
	Check    string `json:"check" says:"the check's name, which does not change"`
	Account  string `json:"account,omitempty" says:"whose it is"`
	What     string `json:"what" says:"what was found"`
	Means    string `json:"means" says:"what that means"`
	Do       string `json:"do" says:"what to do about it"`
	Repaired bool   `json:"repaired" says:"whether it was mended now"`
}

// errFound ends a doctor that found something. It was said.
var errFound = exitError(exitPartly)

// Run looks at the whole data directory as it is at one moment, also while a server works on it.
func (c *doctorCmd) Run(ctx context.Context, term *terminal, p place) error {
	p = p.found()
	if err := p.wantDatabase(); err != nil {
		return err
	}
	leave, err := p.present()
	if err != nil {
		return err
	}
	d := &doctor{cmd: c, place: p, term: term, now: time.Now(), names: map[string]string{}}
	if err := errors.Join(d.run(ctx), leave()); err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	return d.result()
}

// A doctor is one "bindery doctor" at work.
type doctor struct {
	cmd   *doctorCmd
	place place
	term  *terminal
	now   time.Time
	// names are the accounts' by their ids.
	names map[string]string
	// sick are the checks that found something, with what they found.
	sick   []sickness
	checks int
}

type sickness struct {
	check sqlstore.Check
	found []sqlstore.Finding
	// mended tells that it was.
	mended bool
}

func (d *doctor) run(ctx context.Context) error {
	for _, c := range d.outside() {
		if err := d.look(ctx, nil, c); err != nil {
			return err
		}
	}
	err := sqlstore.Look(ctx, d.place.database(), func(ctx context.Context, db *sqlstore.Store) error { return d.inside(ctx, db) })
	if errors.Is(err, sqlstore.ErrForeign) {
		d.sick = append(d.sick, sickness{check: fileCheck(), found: []sqlstore.Finding{{What: err.Error()}}})
		err = nil
	}
	if err != nil || !d.cmd.Repair {
		return err
	}
	return d.repair(ctx)
}

// cannotCheck is what is said of a check that failed. What the database answered would help nobody.
const cannotCheck = "cannot be checked: something else is wrong with these tables"

// look makes one check. One that fails is a finding too.
func (d *doctor) look(ctx context.Context, db *sqlstore.Store, c sqlstore.Check) error {
	found, err := c.Find(ctx, db)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, sqlstore.ErrForeign):
		return err
	case err != nil: // the other checks still tell what they see
		found, c.Repair = append(found, sqlstore.Finding{What: cannotCheck}), nil
	}
	d.checks++
	if len(found) > 0 {
		d.sick = append(d.sick, sickness{check: c, found: found})
	}
	return nil
}

// inside makes the checks of the database: of the file first, then of its tables, then of what they hold.
func (d *doctor) inside(ctx context.Context, db *sqlstore.Store) error {
	for _, c := range []sqlstore.Check{fileCheck(), schemaCheck()} {
		if err := d.look(ctx, db, c); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(d.sick, func(s sickness) bool { return s.check.Name == "database-file" || s.check.Name == "schema" }) {
		return nil // what is in it cannot be judged
	}
	for _, c := range d.rooms() {
		if err := d.look(ctx, db, c); err != nil {
			return err
		}
	}
	return d.look(ctx, db, d.nameCheck())
}

// rooms are the checks of every room.
func (d *doctor) rooms() []sqlstore.Check {
	secrets, _ := d.place.secrets() // keyCheck tells of it
	return slices.Concat(bindings.Checks(bindings.CheckOptions{
		Now: d.now, Secrets: secrets, HistoryKept: d.cmd.kept(),
		KindNames: []string{datastore.KindName, filedir.KindName, syncml.KindName, gdata.KindName, dav.KindName},
		Kinds:     map[string]bindings.KeptItems{datastore.KindName: datastore.Kept{}},
	}), datastore.Checks(), filedir.Checks(), remote.Checks())
}

// secrets reads the key, and makes none.
func (p place) secrets() (*bindings.Secrets, error) {
	env := os.Getenv(bindings.SecretKeyEnv)
	if env == "" {
		if _, err := os.Stat(p.keyName()); err != nil {
			return nil, err
		}
	}
	return bindings.LoadSecrets(string(p), env, nil)
}

// nameCheck learns what the accounts are called.
func (d *doctor) nameCheck() sqlstore.Check {
	return sqlstore.Check{
		Name: "accounts", Means: "The accounts cannot be listed.", Do: "See to the other findings first; else bring back a backup with bindery restore-backup.",
		Find: func(ctx context.Context, db *sqlstore.Store) ([]sqlstore.Finding, error) {
			all, err := bindings.Open(db, bindings.Options{}).Accounts(ctx)
			for _, a := range all {
				d.names[a.ID] = a.Name
			}
			return nil, err
		},
	}
}

// repair mends what was found and can be mended, each in a transaction of its own.
func (d *doctor) repair(ctx context.Context) error {
	if !slices.ContainsFunc(d.sick, func(s sickness) bool { return s.check.Repair != nil }) {
		return nil
	}
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: d.place.database()})
	if err != nil {
		return err
	}
	for i := range d.sick {
		s := &d.sick[i]
		if s.check.Repair == nil || err != nil {
			continue
		}
		if err = s.check.Repair(ctx, db); err == nil {
			left, failed := s.check.Find(ctx, db)
			s.mended, err = len(left) == 0, failed
		}
	}
	return errors.Join(err, db.Close())
}

// result tells what was found, and gives the exit status.
func (d *doctor) result() error {
	left := 0
	for _, s := range d.sick {
		for _, f := range s.found {
			v := jsonFinding{s.check.Name, d.names[f.Owner], f.What, s.check.Means, s.check.Do, s.mended}
			if d.term.json {
				if err := d.term.line(v); err != nil {
					return err
				}
			}
		}
		if !s.mended {
			left += len(s.found)
		}
		d.explain(s)
	}
	if len(d.sick) == 0 {
		d.term.aside("%d checks, nothing found\n", d.checks)
	}
	if left > 0 {
		return errFound
	}
	return nil
}

// explain tells people of one check's findings.
func (d *doctor) explain(s sickness) {
	mended := ""
	if s.mended {
		mended = " (repaired)"
	}
	d.term.aside("%s%s: %s\n", s.check.Name, mended, s.check.Means)
	for _, f := range s.found {
		whose := ""
		if name := d.names[f.Owner]; name != "" {
			whose = name + ": "
		}
		d.term.aside("  - %s%s\n", visible(whose), visible(f.What))
	}
	if len(s.found) >= sqlstore.MostFindings {
		d.term.aside("  - and perhaps more\n")
	}
	if !s.mended {
		d.term.aside("  %s\n", s.check.Do)
	}
	d.term.aside("\n")
}
