package bindings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/engine"
)

// A matterRow is what the queries below give: one matter, with what its sentence needs.
type matterRow struct {
	Owner   string `gorm:"column:owner_id"`
	Binding int64  `gorm:"column:binding_id"`
	Class   string `gorm:"column:class"`
	Subject string `gorm:"column:subject"`
	Count   int    `gorm:"column:count"`
	Newest  int64  `gorm:"column:newest"`
	Why     string `gorm:"column:why"`
	// The clients of the binding: what they are called, and their kinds.
	SourceTitle string `gorm:"column:source_title"`
	SourceKind  string `gorm:"column:source_kind"`
	TargetTitle string `gorm:"column:target_title"`
	TargetKind  string `gorm:"column:target_kind"`
}

// An inquiry finds the matters of one kind, of all owners. Its query gives owner_id, binding_id, class, subject, count and
// newest; the clients of the binding are added, unless it is about a client and gives that as the source.
type inquiry struct {
	kind   string
	client bool
	query  string
	args   func(now time.Time) []any
	say    func(r *matterRow, sides [2]string, now time.Time) string
}

// ofBinding adds the clients of its binding to a query; what belongs to a binding that was removed needs nobody.
const ofBinding = `SELECT x.*, s.title AS source_title, s.kind AS source_kind, t.title AS target_title, t.kind AS target_kind
	FROM (%s) x
	JOIN bindings b ON b.owner_id = x.owner_id AND b.id = x.binding_id AND b.removed_at = 0
	JOIN clients s ON s.owner_id = b.owner_id AND s.id = b.source_id
	JOIN clients t ON t.owner_id = b.owner_id AND t.id = b.target_id
	ORDER BY x.owner_id, x.binding_id, x.class, x.subject`

// inquiries are all of them.
func inquiries() []inquiry {
	return slices.Concat(itemInquiries(), bindingInquiries())
}

// itemInquiries are those about items. The words of the first conditions are those of the indexes.
func itemInquiries() []inquiry {
	return []inquiry{{
		kind: NoticeHold,
		query: fmt.Sprintf(`SELECT p.owner_id, p.binding_id, p.class, p.id AS subject, p.made_at AS newest,
			(SELECT COUNT(*) FROM plan_holds h WHERE h.owner_id = p.owner_id AND h.plan_id = p.id) AS count
			FROM plans p WHERE p.state < 3 AND p.state = %d`, engine.PlanOpen),
		say: sayHold,
	}, {
		kind: NoticeDoubts,
		query: fmt.Sprintf(`SELECT d.owner_id, d.binding_id, d.class, '' AS subject, COUNT(*) AS count, MAX(d.id) AS newest
			FROM doubts d
			JOIN journal_links s ON s.id = d.source_link AND s.owner_id = d.owner_id AND s.target_owed = %[1]d
			JOIN journal_links t ON t.id = d.target_link AND t.owner_id = d.owner_id AND t.source_owed = %[1]d
			WHERE d.verdict = %[2]d GROUP BY d.owner_id, d.binding_id, d.class`, engine.Doubtful, engine.Open),
		say: sayDoubts,
	}, {
		kind: NoticeUnreadable,
		query: `SELECT owner_id, binding_id, class, '' AS subject, COUNT(*) AS count, MAX(id) AS newest
			FROM quarantine GROUP BY owner_id, binding_id, class`,
		say: sayUnreadable,
	}, {
		kind: NoticeRefused,
		query: fmt.Sprintf(`SELECT l.owner_id, l.binding_id, l.class, '' AS subject,
			SUM((l.source_owed = %[2]d) + (l.target_owed = %[2]d) + (%[6]s)) AS count, COALESCE(MAX(f.at), 0) AS newest
			FROM journal_links l LEFT JOIN journal_failures f ON f.owner_id = l.owner_id AND f.binding_id = l.binding_id
				AND f.class = l.class AND f.link_id = l.id
				AND f.side = CASE WHEN l.source_owed IN (%[2]d, %[5]d) THEN %[3]d ELSE %[4]d END
			WHERE %[1]s AND (l.source_owed = %[2]d OR l.target_owed = %[2]d OR %[6]s)
			GROUP BY l.owner_id, l.binding_id, l.class`, isRestless, engine.Aside, engine.Source, engine.Target, engine.Contended,
			fmt.Sprintf("COALESCE(f.failures, 0) >= %d AND %d IN (l.source_owed, l.target_owed)", FailuresTold, engine.Contended)),
		say: sayRefused,
	}}
}

// bindingInquiries are those about bindings and clients.
func bindingInquiries() []inquiry {
	return []inquiry{{
		// A binding may fail in one dataclass only. What is further back than 1000 syncs of the binding is not looked for,
		// and nothing where the index knows of too few failures.
		kind: NoticeFailing,
		query: fmt.Sprintf(`SELECT j.owner_id, j.binding_id, j.class, '' AS subject, %[1]d AS count, 0 AS newest
			FROM journal_states j WHERE %[1]d = (SELECT COUNT(*) FROM (SELECT 1 FROM sync_log f INDEXED BY sync_log_abandoned
				WHERE f.owner_id = j.owner_id AND f.binding_id = j.binding_id AND f.class = j.class AND f.state = '%[3]s' LIMIT %[1]d))
			AND %[1]d = (SELECT COUNT(*) FROM (SELECT state FROM (
				SELECT id, class, state FROM sync_log l INDEXED BY sync_log_by_binding
				WHERE l.owner_id = j.owner_id AND l.binding_id = j.binding_id ORDER BY l.id DESC LIMIT 1000)
				WHERE class = j.class AND state <> '%[2]s' ORDER BY id DESC LIMIT %[1]d) WHERE state = '%[3]s')`, FailuresTold, engine.StateRunning, engine.StateAbandoned),
		say: sayFailing,
	}, {
		// What failed before it had a log entry.
		kind: NoticeFailing,
		query: fmt.Sprintf(`SELECT owner_id, binding_id, '' AS class, '' AS subject, %[1]d AS count, 0 AS newest, why
			FROM starts WHERE failures >= %[1]d AND outcome <> '%[2]s'`, FailuresTold, OutcomePaused),
		say: sayKeepsFailing,
	}, {
		kind: NoticeSignIn, client: true,
		query: `SELECT u.owner_id, 0 AS binding_id, '' AS class, c.kind || '/' || c.id AS subject, 1 AS count, 0 AS newest, u.why,
			c.title AS source_title, c.kind AS source_kind
			FROM unauthorised u JOIN clients c ON c.owner_id = u.owner_id AND c.id = u.client_id AND c.removed_at = 0
			ORDER BY u.owner_id, u.client_id`,
		say: saySignIn,
	}, {
		kind: NoticeSilent,
		query: fmt.Sprintf(`SELECT owner_id, binding_id, '' AS class, subject, 0 AS count, newest FROM (
			SELECT b.owner_id, b.id AS binding_id, c.kind || '/' || c.id AS subject,
				(SELECT started_at FROM sync_log l INDEXED BY sync_log_by_binding
				WHERE l.owner_id = b.owner_id AND l.binding_id = b.id ORDER BY l.id DESC LIMIT 1) AS newest
			FROM bindings b JOIN clients c ON c.owner_id = b.owner_id AND c.id = b.deferred_id
			WHERE b.deferred_id <> '' AND b.removed_at = 0 AND c.kind = '%s') WHERE newest < ?`, kindSyncML),
		args: func(now time.Time) []any { return []any{micros(now.Add(-SilentAfter))} },
		say:  saySilent,
	}}
}

// matters finds what needs a person now, of all owners.
func matters(db *gorm.DB, now time.Time) ([]noticeRow, error) {
	var out []noticeRow
	seen := make(map[matterKey]bool)
	for _, q := range inquiries() {
		rows, err := q.ask(db, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.kind, err)
		}
		for i := range rows {
			m := q.matter(&rows[i], now)
			if !seen[m.key()] {
				seen[m.key()] = true
				out = append(out, m)
			}
		}
	}
	return out, nil
}

func (q *inquiry) ask(db *gorm.DB, now time.Time) (rows []matterRow, err error) {
	var args []any
	if q.args != nil {
		args = q.args(now)
	}
	query := q.query
	if !q.client {
		query = fmt.Sprintf(ofBinding, query)
	}
	return rows, db.Raw(query, args...).Scan(&rows).Error
}

// matter is what a row is about. A binding that fails is one matter, however many of its dataclasses do.
func (q *inquiry) matter(r *matterRow, now time.Time) noticeRow {
	sides := [2]string{spokenName(r.SourceTitle, r.SourceKind), spokenName(r.TargetTitle, r.TargetKind)}
	m := noticeRow{
		Owner: r.Owner, Kind: q.kind, Binding: r.Binding, Class: r.Class, Subject: r.Subject,
		Count: r.Count, Newest: r.Newest, Sentence: q.say(r, sides, now),
	}
	if q.kind == NoticeFailing {
		m.Class = ""
	}
	return m
}

// spokenName is what a sentence calls a client.
func spokenName(title, kind string) string {
	switch {
	case title != "":
		return title
	case kind == kindSyncML:
		return "the phone"
	case kind == kindDatastore:
		return "the datastore"
	}
	return "the " + kind + " client"
}

func between(sides [2]string) string { return "between " + sides[0] + " and " + sides[1] }

func sayHold(r *matterRow, sides [2]string, _ time.Time) string {
	if r.Count == 0 {
		return fmt.Sprintf("A slow sync of %s %s waits for your word.", r.Class, between(sides))
	}
	return fmt.Sprintf("A sync of %s %s would delete or change %s; it waits for your word.", r.Class, between(sides), number(r.Count, "item"))
}

func sayDoubts(r *matterRow, sides [2]string, _ time.Time) string {
	return fmt.Sprintf("%s of %s %s may be the same item or two; say which.", upper(number(r.Count, "pair")), r.Class, between(sides))
}

func sayUnreadable(r *matterRow, sides [2]string, _ time.Time) string {
	return fmt.Sprintf("%s of %s cannot be read or merged, and stays as it is; it is in quarantine %s.", upper(number(r.Count, "item")), r.Class, between(sides))
}

func sayRefused(r *matterRow, sides [2]string, _ time.Time) string {
	return fmt.Sprintf("%s of %s could not be brought across %s, and is in quarantine.", upper(number(r.Count, "item")), r.Class, between(sides))
}

func sayFailing(r *matterRow, sides [2]string, _ time.Time) string {
	return fmt.Sprintf("The last %d syncs of %s %s failed.", r.Count, r.Class, between(sides))
}

func sayKeepsFailing(r *matterRow, sides [2]string, _ time.Time) string {
	return fmt.Sprintf("The syncs %s keep failing%s.", between(sides), because(r.Why))
}

func saySignIn(r *matterRow, sides [2]string, _ time.Time) string {
	return fmt.Sprintf("%s does not let Bindery in any more%s; its bindings pause until it does.", upper(sides[0]), because(r.Why))
}

// because adds a reason to a sentence.
func because(why string) string {
	if why = strings.TrimRight(why, ". "); why == "" {
		return ""
	}
	return ": " + why
}

func saySilent(r *matterRow, sides [2]string, now time.Time) string {
	phone := sides[0]
	if r.SourceKind != kindSyncML {
		phone = sides[1]
	}
	return fmt.Sprintf("%s has not synchronised since %s.", upper(phone), fromMicros(r.Newest).Format("2 January 2006"))
}

// number says how many there are.
func number(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
