package bindings

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// CheckOptions say what the checks of this room compare with.
type CheckOptions struct {
	Now time.Time
	// Secrets open the stored passwords.
	Secrets *Secrets
	// HistoryKept is how long old versions are kept.
	HistoryKept time.Duration
	// KindNames are the kinds that there are; none for whoever does not know.
	KindNames []string
	// Kinds know the items of kinds that keep them in the database, by the kind's name.
	Kinds map[string]KeptItems
}

const (
	// lateBy is how much later than its time something may be forgotten before it is odd: the sweep may have rested.
	lateBy = 7 * 24 * time.Hour
	// leftFor is how long a sync that broke off may wait to be taken up.
	leftFor = 7 * 24 * time.Hour
	// clockSlack is how far the clocks of two processes may differ.
	clockSlack = 10 * time.Minute
)

// Checks are those of this room, for all owners (docs/engine.md, docs/doctor.md).
func Checks(o CheckOptions) []sqlstore.Check {
	return slices.Concat(strayChecks(), wordChecks(o), journalChecks(o), timeChecks(o))
}

// strayChecks look for rows that belong to nothing.
func strayChecks() []sqlstore.Check {
	return []sqlstore.Check{
		sqlstore.Strays("account-gone", "There are rows of an account that was removed.", "bindery doctor --repair removes them.",
			"owner_id", "accounts", "owner_id"),
		sqlstore.Strays("client-gone", "There are rows of a Sync Client that is not registered any more.",
			"bindery doctor --repair removes them.", "client_id", "clients", "id", "syncml_log", "datastore_items", "inbox"),
		sqlstore.Query("inbox-of-nobody", "There are changes of a phone that is not registered any more: nobody sees them.",
			"Write a backup and report it; bindery history may name what they are.",
			`SELECT owner_id AS owner, what AS what FROM (SELECT owner_id, count(*)||' changes sent by phone '||client_id AS what FROM inbox i WHERE NOT EXISTS
				(SELECT 1 FROM clients c WHERE c.owner_id = i.owner_id AND c.id = i.client_id) GROUP BY owner_id, client_id)`),
		sqlstore.Strays("binding-gone", "There are rows of a binding that was never made, or whose row is lost.", "bindery doctor --repair removes them.",
			"binding_id", "bindings", "id", "history", "sync_log", "quarantine"),
		sqlstore.Query("schedule-without-run", "A schedule is never run: what says when it is due is lost.", "bindery doctor --repair works that out anew.",
			`SELECT owner_id AS owner, 'schedule '||id||' of binding '||binding_id AS what FROM schedules s WHERE NOT EXISTS
				(SELECT 1 FROM starts t WHERE t.owner_id = s.owner_id AND t.binding_id = s.binding_id AND t.schedule_id = s.id)`).
			Mended(`INSERT INTO starts SELECT owner_id, binding_id, id, -1, '', 0, 0, 0, 0, 0, 0, '', '', 0 FROM schedules s WHERE NOT EXISTS
				(SELECT 1 FROM starts t WHERE t.owner_id = s.owner_id AND t.binding_id = s.binding_id AND t.schedule_id = s.id)`),
		sqlstore.Query("run-without-schedule", "Something is due for a schedule that there is not.", "bindery doctor --repair forgets it.",
			`SELECT owner_id AS owner, 'schedule '||schedule_id||' of binding '||binding_id AS what FROM starts t WHERE `+startStray).
			Mended(`DELETE FROM starts AS t WHERE ` + startStray),
		sqlstore.Query("doubt-without-link", "A doubtful pair is about an item that is not known.", "bindery doctor --repair removes the question; no item is touched.",
			`SELECT d.owner_id AS owner, 'pair '||d.id||' of binding '||d.binding_id AS what FROM doubts d WHERE `+doubtStray).
			Mended(`DELETE FROM doubts AS d WHERE ` + doubtStray),
		sqlstore.Query("hold-without-plan", "Something is held by a plan that there is not, and nobody can decide of it.",
			"bindery doctor --repair forgets the hold: the next sync judges the change anew.",
			`SELECT owner_id AS owner, 'plan '||plan_id||' ('||count(*)||' items)' AS what FROM plan_holds h WHERE `+holdStray+` GROUP BY 1, plan_id`).
			Mended(`DELETE FROM plan_holds AS h WHERE ` + holdStray),
		sqlstore.Query("failure-without-link", "Failed attempts are counted for an item that is not known.", "bindery doctor --repair forgets them.",
			`SELECT owner_id AS owner, 'link '||link_id||' of binding '||binding_id AS what FROM journal_failures f WHERE `+failureStray).
			Mended(`DELETE FROM journal_failures AS f WHERE ` + failureStray),
	}
}

const (
	doubtStray = `EXISTS (SELECT 1 FROM bindings b WHERE b.owner_id = d.owner_id AND b.id = d.binding_id) AND
		(NOT EXISTS (SELECT 1 FROM journal_links l WHERE l.id = d.source_link AND l.owner_id = d.owner_id) OR
		NOT EXISTS (SELECT 1 FROM journal_links l WHERE l.id = d.target_link AND l.owner_id = d.owner_id))`
	holdStray    = `NOT EXISTS (SELECT 1 FROM plans p WHERE p.owner_id = h.owner_id AND p.id = h.plan_id)`
	startStray   = `t.schedule_id <> 0 AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.owner_id = t.owner_id AND s.binding_id = t.binding_id AND s.id = t.schedule_id)`
	failureStray = `NOT EXISTS (SELECT 1 FROM journal_links l WHERE l.id = f.link_id AND l.owner_id = f.owner_id)`
)

// journalChecks look at what the engine remembers.
func journalChecks(o CheckOptions) []sqlstore.Check {
	list := make([]sqlstore.Check, 0, 12)
	for _, side := range []string{"source", "target"} {
		list = append(list, sqlstore.Query(side+"-linked-twice", "One item of a "+side+" is believed to be two items of the other side (docs/engine.md 7.5).",
			"Run bindery sync --mode slow on the binding, or a slow sync on the phone, and look at bindery review.",
			`SELECT owner_id AS owner, 'item '||quote(`+side+`_item)||' of binding '||binding_id||', '||class||', '||count(*)||' times' AS what
			FROM journal_links WHERE `+side+`_item <> '' AND doomed = 0 GROUP BY owner_id, binding_id, class, `+side+`_item HAVING count(*) > 1`))
	}
	return append(list,
		sqlstore.Query("owed-without-reason", "An item is on one side only, and nothing says why the other lacks it: no sync would bring it there (docs/engine.md 4).",
			"Run bindery sync --mode slow on the binding, or a slow sync on the phone.",
			`SELECT owner_id AS owner, 'link '||id||' of binding '||binding_id||', '||class AS what FROM journal_links l
			WHERE doomed = 0 AND (source_item = '' AND source_owed = 0 OR target_item = '' AND target_owed = 0)
			AND NOT EXISTS (SELECT 1 FROM journal_intents i WHERE i.link_id = l.id)`),
		sqlstore.Query("op-without-sync", "A write is on its way that no sync in the log began.",
			"Run a sync of the binding; if this stays, write a backup and report it.",
			`SELECT i.owner_id AS owner, 'op '||i.id||' of binding '||i.binding_id||', '||i.class AS what FROM journal_intents i
			WHERE NOT EXISTS (SELECT 1 FROM sync_log r WHERE r.owner_id = i.owner_id AND r.id = i.run_id)`),
		sqlstore.Query("outbox-without-phone", "A write waits for a phone on a side that is none.",
			"Run a sync of the binding; if this stays, write a backup and report it.",
			`SELECT i.owner_id AS owner, 'op '||i.id||' of binding '||i.binding_id||', '||i.class AS what FROM journal_intents i
			JOIN bindings b ON b.owner_id = i.owner_id AND b.id = i.binding_id
			WHERE i.state IN (?, ?, ?) AND b.deferred_id = ''`, int(engine.Queued), int(engine.Sent), int(engine.Acknowledged)),
		sqlstore.Query("number-behind", "A number would be given out that is taken: syncs would fail.", "bindery doctor --repair goes on behind the greatest.",
			`SELECT '' AS owner, name||' goes on with '||next AS what FROM journal_counters c WHERE next <= `+greatest).
			Mended(`UPDATE journal_counters AS c SET next = 1 + `+greatest+` WHERE next <= `+greatest),
		packCheck("batch-damaged", "A batch of new items that a sync was writing cannot be read: the next sync of the binding would fail.",
			"Write a backup and report it, with the binding's number.", o, damagedPack),
		packCheck("batch-twice", "A batch of new items that a sync was writing names an item that is linked already.",
			"Run a sync of the binding and look again; if this stays, write a backup and report it.", o, twicePack),
		linkCheck(o), cursorCheck(o))
}

// greatest is the greatest number that was given out of a counter c.
const greatest = `CASE c.name WHEN 'journal_links' THEN (SELECT coalesce(max(id), 0) FROM journal_links)
	WHEN 'journal_intents' THEN (SELECT coalesce(max(id), 0) FROM journal_intents)
	WHEN 'doubts' THEN (SELECT coalesce(max(id), 0) FROM doubts) ELSE 0 END`

// timeChecks look at what is too old, too new, or cannot be opened.
func timeChecks(o CheckOptions) []sqlstore.Check {
	now := micros(o.Now)
	late := micros(o.Now.Add(clockSlack))
	return []sqlstore.Check{
		sqlstore.Query("lease-ahead", "Somebody holds a binding until a time that is far ahead: the clock was wrong, and no sync can run until then.",
			"Set the clock right; stop the server and run bindery doctor --repair.",
			`SELECT owner_id AS owner, 'binding '||binding_id||', '||class||', for '||((lease_until - ?) / 60000000)||' minutes' AS what
			FROM journal_states WHERE lease_until > ?`, now, late).Mended(`UPDATE journal_states SET lease_until = 0`),
		sqlstore.Query("sync-left", "A sync broke off days ago, and nobody has taken it up.", "Run a sync of the binding, or remove the binding.",
			`SELECT r.owner_id AS owner, 'sync '||r.id||' of binding '||r.binding_id||', '||r.class||', since '||strftime('%Y-%m-%dT%H:%M:%SZ', r.started_at / 1000000, 'unixepoch') AS what
			FROM sync_log r JOIN bindings b ON b.owner_id = r.owner_id AND b.id = r.binding_id AND b.removed_at = 0
			LEFT JOIN journal_states s ON s.owner_id = r.owner_id AND s.binding_id = r.binding_id AND s.class = r.class
			WHERE r.state = 'running' AND r.started_at < ? AND coalesce(s.lease_until, 0) < ?`, micros(o.Now.Add(-leftFor)), now),
		sqlstore.Query("clock", "Something happened in the future: the clock was wrong then, or it is now.",
			"Set the clock right, on this machine and on whatever ran the server before.",
			`SELECT owner AS owner, what AS what FROM (
			SELECT owner_id AS owner, 'sync '||max(id)||' in the log' AS what FROM sync_log WHERE max(started_at, finished_at) > ? GROUP BY owner_id
			UNION ALL SELECT owner_id, 'history entry '||max(id) FROM history WHERE at > ? GROUP BY owner_id
			UNION ALL SELECT owner_id, 'account '||name FROM accounts WHERE created_at > ?)`, late, late, late),
		sqlstore.Query("history-old", "Old versions of items are kept longer than they should be.",
			"They go when the server sweeps, each hour, or with the next bindery sync; name the days that are meant with --history-days.",
			`SELECT owner_id AS owner, count(*)||' entries' AS what FROM history WHERE at < ? GROUP BY owner_id`, micros(o.Now.Add(-o.HistoryKept-lateBy))),
		{Name: "password-sealed", Means: "A stored password cannot be read with this key: phones of the account cannot log in by MD5.",
			Do: "Bring the right secret.key back, or set the password anew with bindery account passwd.",
			Find: func(ctx context.Context, s *sqlstore.Store) ([]sqlstore.Finding, error) {
				return sealed(ctx, s, o.Secrets)
			}},
	}
}

// sealed lists the accounts whose password the key does not open.
func sealed(ctx context.Context, s *sqlstore.Store, secrets *Secrets) (list []sqlstore.Finding, err error) {
	err = s.View(ctx, func(_ context.Context, db *gorm.DB) error {
		var rows []accountRow
		err := db.Where("password_secret IS NOT NULL").Find(&rows).Error
		for _, r := range rows {
			if secrets == nil {
				break
			}
			if _, err := secrets.Open(r.Owner, r.Secret); err != nil && len(list) < sqlstore.MostFindings {
				list = append(list, sqlstore.Finding{Owner: r.Owner, What: fmt.Sprintf("account %s", r.Name)})
			}
		}
		return err
	})
	return list, err
}
