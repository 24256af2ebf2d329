package sqlstore

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// Insert stores new rows of a mapped type, which is a struct or a pointer to one. It is for thousands of them. A row that
// breaks a constraint, as one whose key is there already does, is an error after which the transaction must not go on: the
// rows before it may be in it. The mapper fills in nothing: neither times nor ids.
func Insert[T any](tx *gorm.DB, rows []T) error {
	m, err := mappingOf(tx, rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	return InsertRows(tx, m.table(), m.columns(), len(rows), func(args []any, i int) []any { return m.values(args, rows[i]) })
}

// Save stores rows of a mapped type as Insert does, and writes over what is there under their primary keys. It is a
// statement for each row, prepared once: one for several rows would have SQLite copy each page that it changes to a
// file first, to be able to undo that statement alone.
func Save[T any](tx *gorm.DB, rows []T) error {
	m, err := mappingOf(tx, rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	columns := m.columns()
	text := "INSERT INTO " + m.table() + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(",?", len(columns)-1) + ")" + m.over()
	i := 0
	err = prepared(context.WithoutCancel(tx.Statement.Context), tx.Statement.ConnPool, text, len(rows), func() []any {
		i++
		return m.values(make([]any, 0, len(columns)), rows[i-1])
	})
	if err != nil {
		return fmt.Errorf("write rows of %s: %w", m.table(), err)
	}
	return nil
}

// A mapping is how the rows of a type are stored.
type mapping struct{ *schema.Schema }

func mappingOf[T any](tx *gorm.DB, rows []T) (mapping, error) {
	st := &gorm.Statement{DB: tx}
	if err := st.Parse(rows); err != nil {
		return mapping{}, fmt.Errorf("map rows: %w", err)
	}
	return mapping{st.Schema}, nil
}

// quoted is a name in a statement.
func quoted(name string) string { return `"` + name + `"` }

func (m mapping) table() string { return quoted(m.Table) }

func (m mapping) columns() []string { return allQuoted(m.DBNames) }

func allQuoted(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = quoted(name)
	}
	return out
}

// values adds what is stored of a row to args.
func (m mapping) values(args []any, row any) []any {
	v := reflect.Indirect(reflect.ValueOf(row))
	for _, name := range m.DBNames {
		value, _ := m.FieldsByDBName[name].ValueOf(context.Background(), v)
		args = append(args, value)
	}
	return args
}

// over says what becomes of a row that is there already.
func (m mapping) over() string {
	var set []string
	for _, name := range m.DBNames {
		if !m.FieldsByDBName[name].PrimaryKey {
			set = append(set, quoted(name)+" = excluded."+quoted(name))
		}
	}
	on := " ON CONFLICT (" + strings.Join(allQuoted(m.PrimaryFieldDBNames), ", ") + ") DO "
	if len(set) == 0 {
		return on + "NOTHING"
	}
	return on + "UPDATE SET " + strings.Join(set, ", ")
}
