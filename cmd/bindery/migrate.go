package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// migrateCmd is "bindery migrate".
type migrateCmd struct {
	DryRun bool `help:"Say which steps there are to do, and do none."`
}

type jsonStep struct {
	Step string `json:"step" says:"the step's name"`
	Done bool   `json:"done" says:"whether it was done now"`
}

// Run brings the tables up to date, as every command that opens the database does.
func (c *migrateCmd) Run(ctx context.Context, term *terminal, p place) error {
	p = p.found()
	if err := p.wantDatabase(); err != nil {
		return err
	}
	has, err := seen(ctx, p.database())
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	todo, newer := sqlstore.Pending(has, steps())
	if len(newer) > 0 {
		return fmt.Errorf("migrate: %w", sqlstore.NewerError{Steps: newer})
	}
	if len(todo) == 0 {
		term.aside("the tables are up to date: %d steps\n", len(has))
		return nil
	}
	if !c.DryRun {
		h, err := p.open(ctx, slog.New(slog.DiscardHandler))
		if err == nil {
			err = h.close()
		}
		if err != nil {
			return err
		}
	}
	what := map[bool]string{true: "to be done", false: "done"}[c.DryRun]
	var failed error
	for _, id := range todo {
		failed = errors.Join(failed, term.say(jsonStep{id, !c.DryRun}, "%s: %s\n", id, what))
	}
	return failed
}
