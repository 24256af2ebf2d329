package bindings

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// A wordColumn is a column that can hold a few words only.
type wordColumn struct {
	table, column string
	// row names a row to a person, in SQL.
	row   string
	words []string
}

// wordColumns are those of this room. A row that says anything else stops a sync, or is not seen by any.
func wordColumns(kinds []string) []wordColumn {
	classes := make([]string, 0, len(single)+1)
	for _, c := range append(slices.Clone(single), dataclass.Calendar) {
		classes = append(classes, string(c))
	}
	sides := []string{WinnerSource, WinnerTarget}
	flag := numbers(1)
	list := []wordColumn{
		{"accounts", "admin", "'account '||name", flag},
		{"bindings", "direction", "'binding '||id", []string{string(BothWays), string(ToTarget), string(ToSource)}},
		{"bindings", "conflict_winner", "'binding '||id", sides},
		{"bindings", "delete_wins", "'binding '||id", flag},
		{"bindings", "remove_twins", "'binding '||id", flag},
		{"bindings", "ask_slow", "'binding '||id", flag},
		{"journal_links", "class", "'link '||id||' of binding '||binding_id", classes},
		{"journal_links", "doomed", "'link '||id||' of binding '||binding_id", flag},
		{"journal_states", "class", "'binding '||binding_id", classes},
		{"plans", "class", "'plan '||id", classes},
		{"plans", "state", "'plan '||id", numbers(int(engine.PlanDone))},
		{"doubts", "class", "'pair '||id", classes},
		{"doubts", "verdict", "'pair '||id", numbers(int(engine.Two))},
	}
	if len(kinds) > 0 {
		list = append(list, wordColumn{"clients", "kind", "'Sync Client '||id", kinds})
	}
	return list
}

// numbers are those from 0 to most.
func numbers(most int) (out []string) {
	for n := range most + 1 {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

// wordChecks look at what rows say of themselves: words, names and settings that this program does not know, or that
// contradict one another.
func wordChecks(o CheckOptions) []sqlstore.Check {
	return []sqlstore.Check{
		unknownWords(o.KindNames), unknownClasses(),
		sqlstore.Query("binding-of-removed", "A binding has a Sync Client that was removed: it cannot be synchronised.", "Bring the client back with bindery client restore, or remove the binding.",
			`SELECT b.owner_id AS owner, 'binding '||b.id||', Sync Client '||c.id AS what FROM bindings b JOIN clients c ON c.owner_id = b.owner_id AND c.id IN (b.source_id, b.target_id)
			WHERE b.removed_at = 0 AND c.removed_at <> 0`),
		sqlstore.Query("binding-with-itself", "A binding has the same Sync Client on both sides.", "Remove it with bindery binding rm.",
			`SELECT owner_id AS owner, 'binding '||id AS what FROM bindings WHERE removed_at = 0 AND source_id = target_id`),
		sqlstore.Query("doomed-without-reason", "An item is marked to be deleted, and nothing says by whom: the next slow sync would delete it.",
			"bindery doctor --repair takes the mark away; no item is touched.",
			`SELECT owner_id AS owner, 'link '||id||' of binding '||binding_id||', '||class AS what FROM journal_links l WHERE `+doomedStray).
			Mended(`UPDATE journal_links AS l SET doomed = 0 WHERE source_item <> '' AND target_item <> '' AND ` + doomedStray),
		sqlstore.Query("plan-of-nothing", "A plan waits for a decision about nothing.", "Run a sync of the binding: it ends the plan. If it stays, reject it with bindery hold reject.",
			`SELECT p.owner_id AS owner, 'plan '||p.id||' of binding '||p.binding_id AS what FROM plans p JOIN bindings b ON b.owner_id = p.owner_id AND b.id = p.binding_id
			WHERE p.state = 0 AND b.removed_at = 0 AND b.ask_slow = 0 AND NOT EXISTS (SELECT 1 FROM plan_holds h WHERE h.owner_id = p.owner_id AND h.plan_id = p.id)`),
		sqlstore.Query("pair-twice", "Two doubtful pairs have one number: a decision about the one would be about the other.", "Run a slow sync of the binding; if this stays, write a backup and report it.",
			`SELECT owner_id AS owner, 'pair '||id||', '||count(*)||' times' AS what FROM doubts GROUP BY owner_id, id HAVING count(*) > 1`),
		sqlstore.Query("nobody-administers", "None of several accounts administers: nobody can see to accounts on the pages or by the API.", "Make one with bindery account add NAME --admin; it can let others administer.",
			`SELECT '' AS owner, count(*)||' accounts, no administrator' AS what FROM accounts HAVING count(*) > 1 AND max(admin) = 0`),
		sqlstore.Query("no-password", "An account has no password: nobody can sign in with it.", "Set one with bindery account passwd.",
			`SELECT owner_id AS owner, 'account '||name AS what FROM accounts WHERE password_hash = ''`),
		{Name: "account-name", Means: "An account is not found by its name: nobody can sign in with it.", Do: "bindery doctor --repair has it found again.", Find: misnamed, Repair: rename},
	}
}

// doomedStray is a link that is to end although a side has the item and is owed nothing.
const doomedStray = `doomed <> 0 AND (source_item <> '' AND source_owed = 0 OR target_item <> '' AND target_owed = 0)
	AND NOT EXISTS (SELECT 1 FROM journal_intents i WHERE i.link_id = l.id)`

// unknownWords looks for words that this program does not know.
func unknownWords(kinds []string) sqlstore.Check {
	c := sqlstore.Check{Name: "unknown-word", Means: "A row says something that this program does not know: its syncs fail, or pass it over.",
		Do: "Use the newer program if there is one; else set it anew with bindery binding set or account set, or bring back a backup."}
	c.Find = func(ctx context.Context, s *sqlstore.Store) (list []sqlstore.Finding, err error) {
		for _, w := range wordColumns(kinds) {
			found, err := s.Findings(ctx, fmt.Sprintf(`SELECT owner_id AS owner, %s||', %s of %s: '||substr(%s, 1, 40) AS what FROM %s WHERE CAST(%s AS TEXT) NOT IN ?`,
				w.row, w.column, w.table, w.column, w.table, w.column), w.words)
			if err != nil {
				return list, err
			}
			list = append(list, found...)
		}
		return list[:min(len(list), sqlstore.MostFindings)], nil
	}
	return c
}

// unknownClasses looks at the lists of dataclasses that bindings have.
func unknownClasses() sqlstore.Check {
	c := sqlstore.Check{Name: "unknown-classes", Means: "A binding is to synchronise dataclasses that there are not.", Do: "Name them anew with bindery binding set --classes."}
	c.Find = func(ctx context.Context, s *sqlstore.Store) (list []sqlstore.Finding, err error) {
		err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
			var rows []bindingRow
			err := db.Select("owner_id", "id", "classes").Where("classes <> '' AND removed_at = 0").Find(&rows).Error
			for _, r := range rows {
				if again, err := classList(classesOf(r.Classes)); (err != nil || again != r.Classes) && len(list) < sqlstore.MostFindings {
					list = append(list, sqlstore.Finding{Owner: r.Owner, What: fmt.Sprintf("binding %d: %.40q", r.ID, r.Classes)})
				}
			}
			return err
		})
		return list, err
	}
	return c
}

// keyOfName is an account as it is found.
type keyOfName struct {
	Owner string `gorm:"column:owner_id"`
	Name  string `gorm:"column:name"`
	Key   string `gorm:"column:name_key"`
}

func misnamedIn(db *gorm.DB) (out []keyOfName, err error) {
	var rows []keyOfName
	err = db.Table("accounts").Select("owner_id", "name", "name_key").Find(&rows).Error
	for _, r := range rows {
		if r.Key != accountKey(r.Name) {
			out = append(out, r)
		}
	}
	return out, err
}

func misnamed(ctx context.Context, s *sqlstore.Store) (list []sqlstore.Finding, err error) {
	err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		rows, err := misnamedIn(db)
		for _, r := range rows[:min(len(rows), sqlstore.MostFindings)] {
			list = append(list, sqlstore.Finding{Owner: r.Owner, What: "account " + strings.ToValidUTF8(r.Name, "?")})
		}
		return err
	})
	return list, err
}

// rename has accounts found by their names again, but for those whose name another one is found by.
func rename(ctx context.Context, s *sqlstore.Store) error {
	return s.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		rows, err := misnamedIn(tx)
		for _, r := range rows {
			if err != nil {
				break
			}
			err = tx.Exec("UPDATE OR IGNORE accounts SET name_key = ? WHERE owner_id = ?", accountKey(r.Name), r.Owner).Error
		}
		return err
	})
}
