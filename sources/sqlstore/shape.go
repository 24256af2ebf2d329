package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// Differences lists how the tables, columns, indexes, triggers and views of a database differ from those that steps make
// in an empty one, at most MostFindings of it. The order of columns is no difference: it depends on the order in which a
// database saw the steps.
func (s *Store) Differences(ctx context.Context, steps []Migration) (list []string, err error) {
	blank, err := open(":memory:", slog.New(slog.DiscardHandler), 1)
	if err != nil {
		return nil, err
	}
	model := &Store{writer: blank, reader: blank}
	defer func() { err = errors.Join(err, closeDB(blank)) }()
	if err := model.Migrate(ctx, steps); err != nil {
		return nil, err
	}
	want, err := model.shape(context.Background()) // not within the transaction of ctx, which is another database's
	if err != nil {
		return nil, err
	}
	got, err := s.shape(ctx)
	for name, how := range want {
		if is, there := got[name]; !there {
			list = append(list, name+" is missing")
		} else if is != how {
			list = append(list, name+" is another one")
		}
	}
	for name := range got {
		if _, known := want[name]; !known {
			list = append(list, name+" is not of this program")
		}
	}
	slices.Sort(list)
	return list[:min(len(list), MostFindings)], err
}

// shape says what there is in a database, and how it is made.
func (s *Store) shape(ctx context.Context) (map[string]string, error) {
	out := make(map[string]string)
	err := s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var things []struct {
			Type string `gorm:"column:type"`
			Name string `gorm:"column:name"`
			SQL  string `gorm:"column:sql"`
		}
		err := db.Raw("SELECT type, name, coalesce(sql, '') AS sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").Scan(&things).Error
		if err != nil {
			return err
		}
		for _, t := range things {
			out[t.Type+" "+t.Name] = strings.Join(strings.Fields(t.SQL), " ")
			if t.Type == "table" {
				out[t.Type+" "+t.Name] = "" // its columns tell
			}
		}
		var columns []struct {
			Table string `gorm:"column:tab"`
			Name  string `gorm:"column:name"`
			How   string `gorm:"column:how"`
		}
		err = db.Raw(`SELECT m.name AS tab, c.name AS name, upper(c.type)||' '||c."notnull"||' '||coalesce(c.dflt_value, 'none')||' '||c.pk AS how
			FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`).Scan(&columns).Error
		for _, c := range columns {
			out["column "+c.Table+"."+c.Name] = c.How
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the shape of a database: %w", err)
	}
	return out, nil
}
