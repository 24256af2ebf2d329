package sqlstore

import "strings"

// Wanted begins a query about values, at least one, which are its first arguments: they are rows of a table wanted with
// the column value. Joined with another table (CROSS JOIN), each of them is looked up in that one's index. With IN, SQLite may
// go through the index from one value to the next instead, and so through all of it where they are far apart.
func Wanted(values []string) (with string, args []any) {
	args = make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return "WITH wanted (value) AS (VALUES " + strings.TrimSuffix(strings.Repeat("(?),", len(values)), ",") + ") ", args
}
