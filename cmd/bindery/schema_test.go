package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateSchema = flag.Bool("update", false, "rewrite the golden schema")

// TestSchema holds the tables that the migrations make against testdata/schema.sql, so that a change of
// a step that was released is seen.
func TestSchema(t *testing.T) {
	ctx := context.Background()
	p := place(t.TempDir())
	h, err := p.open(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	statements, err := schemaOf(filepath.Join(string(p), databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(statements, ";\n") + ";\n"
	golden := filepath.Join("testdata", "schema.sql")
	if *updateSchema {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema (-golden +migrated):\n%s", diff)
	}
}

// schemaOf reads the statements that made a database's tables and indexes.
func schemaOf(path string) (all []string, err error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(context.Background(), "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
