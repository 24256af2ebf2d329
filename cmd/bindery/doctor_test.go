package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// findings runs the doctor and gives the names of what it found, and whether all was mended.
func (c *caller) findings(want int, args ...string) (names []string) {
	c.t.Helper()
	c.run(want, "", append([]string{"doctor", "--output", "json"}, args...)...)
	for line := range strings.Lines(c.out) {
		var f jsonFinding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Means == "" || f.Do == "" || f.What == "" {
			c.t.Errorf("%s: %v", line, err)
		}
		names = append(names, f.Check)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// busy is a data directory after some life: a phone and a folder on one datastore, edits, deletions, something held.
func busy(t *testing.T) *salvage {
	w := newSalvage(t, phonetest.Plain)
	w.fill()
	w.put("eve", someone("Eve Nobody", "+1 555 0104"))
	w.handset.Edit(w.luid("Ada"), someone("Ada Example", "+1 555 0199"))
	w.handset.Delete(w.luid("Cleo"))
	w.settle(true)
	w.handset.Add(someone("Finn Testperson", "+1 555 0105"))
	w.call()
	return w
}

// A healthy data directory has no findings, also while the server works and somebody holds something.
func TestDoctorFindsNothing(t *testing.T) {
	w := busy(t)
	if got := w.findings(exitDone); len(got) > 0 {
		t.Errorf("%v", w.out)
	}
	names, err := filepath.Glob(filepath.Join(w.folder, "*.vcf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if err := os.Remove(n); err != nil {
			t.Fatal(err)
		}
	}
	w.run(exitHeld, "", "sync", "--class", "Contacts", "client:"+w.store, w.folder)
	w.handset.SuspendAt = 2
	_, _ = w.handset.Sync(201) // it stops in the middle of its package
	if got := w.findings(exitDone); len(got) > 0 {
		t.Errorf("%v", w.out)
	}
	w.run(exitDone, "", "doctor")
	w.wants(w.out, `^\d+ checks, nothing found\n$`)
	w.halt()
}

// broken are the ways to break a database, by the check that is to find just that.
func broken() map[string][]string {
	const one = "(SELECT min(id) FROM journal_links WHERE source_item <> '' AND target_item <> '')"
	columns := "owner_id, binding_id, class, doomed, base_print, base_type, base_body, source_rev, source_print, source_held, source_type, source_body, source_sent, target_rev, target_print, target_held, target_type, target_body, target_sent, swing"
	twice := func(source, sourceOwed, target, targetOwed string) []string {
		return []string{fmt.Sprintf("INSERT INTO journal_links (id, %s, source_item, source_owed, target_item, target_owed) SELECT -7, %s, %s, %s, %s, %s FROM journal_links WHERE id = %s",
			columns, columns, source, sourceOwed, target, targetOwed, one)}
	}
	intent := func(binding, state, run string) []string {
		return []string{fmt.Sprintf(`INSERT INTO journal_intents (id, owner_id, binding_id, class, link_id, run_id, side, state, op_key, verb, item, if_rev, print, of_base, type, body, mapped, made_at)
			SELECT -7, owner_id, id, 'Contacts', -1, %s, 0, %s, 'k', 1, 'x', '', x'', 0, '', NULL, '', 0 FROM bindings WHERE %s LIMIT 1`, run, state, binding)}
	}
	micros := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).UnixMicro()) }
	return map[string][]string{
		"account-gone":          {"INSERT INTO tokens SELECT 'nobody', 'x', 'x', 'read', x'00', 0, 0, 0"},
		"client-gone":           {"INSERT INTO syncml_anchors SELECT owner_id, 'gone', 'd', '', '', '', '', 0, '', '' FROM accounts LIMIT 1"},
		"binding-gone":          {"INSERT INTO journal_states (owner_id, binding_id, class) SELECT owner_id, 777, 'Contacts' FROM accounts LIMIT 1"},
		"schedule-without-run":  {"INSERT INTO schedules SELECT 77, owner_id, id, '', 3600, '', '', '', 0, '', 0, 0 FROM bindings LIMIT 1"},
		"run-without-schedule":  {"INSERT INTO starts SELECT owner_id, id, 77, 1, '', 0, 0, 0, 0, 0, 0, '', '', 0 FROM bindings LIMIT 1"},
		"doubt-without-link":    {"INSERT INTO doubts (owner_id, binding_id, class, source_link, target_link, id, score, since) SELECT owner_id, id, 'Contacts', -1, -2, 0, 1, 0 FROM bindings LIMIT 1"},
		"hold-without-plan":     {"INSERT INTO plan_holds SELECT owner_id, 'gone', 1, 0, 'x', 1, '', x'', 1, 'x' FROM accounts LIMIT 1"},
		"failure-without-link":  {"INSERT INTO journal_failures SELECT owner_id, id, 'Contacts', -1, 0, 1, 'x', 0, 0 FROM bindings LIMIT 1"},
		"source-linked-twice":   twice("source_item", "0", "''", "1"),
		"target-linked-twice":   twice("''", "1", "target_item", "0"),
		"owed-without-reason":   {"UPDATE journal_links SET target_item = '', target_owed = 0 WHERE id = " + one},
		"op-without-sync":       intent("deferred_id <> ''", "4", "999999"),
		"outbox-without-phone":  intent("deferred_id = ''", "1", "(SELECT max(id) FROM sync_log)"),
		"number-behind":         {"UPDATE journal_counters SET next = 1 WHERE name = 'journal_links'"},
		"batch-damaged":         {"INSERT INTO journal_packs (owner_id, binding_id, class, body) SELECT owner_id, id, 'Contacts', x'ff' FROM bindings LIMIT 1"},
		"item-gone":             {"DELETE FROM datastore_items WHERE dead = 0 AND id = (SELECT target_item FROM journal_links WHERE id = " + one + ")"},
		"cursor-ahead":          {"UPDATE journal_states SET target_cursor = '99999999' || substr(target_cursor, instr(target_cursor, '/')) WHERE binding_id = (SELECT id FROM bindings WHERE deferred_id <> '')"},
		"lease-ahead":           {"UPDATE journal_states SET lease_until = " + micros(24*time.Hour)},
		"sync-left":             {"UPDATE sync_log SET state = 'running', finished_at = 0, started_at = " + micros(-30*24*time.Hour) + " WHERE id = 1"},
		"clock":                 {"UPDATE accounts SET created_at = " + micros(24*time.Hour)},
		"history-old":           {"INSERT INTO history (owner_id, binding_id, class, link_id, run_id, side, item, verb, type, body, at) SELECT owner_id, 1, 'Contacts', 1, 1, 0, 'x', 1, '', NULL, " + micros(-100*24*time.Hour) + " FROM accounts LIMIT 1"},
		"password-sealed":       {"UPDATE accounts SET password_secret = x'01' WHERE password_secret IS NOT NULL"},
		"change-unseen":         {"UPDATE datastore_items SET changed = changed + 1000 WHERE id = (SELECT min(id) FROM datastore_items WHERE dead = 0)"},
		"datastore-uncounted":   {"DELETE FROM datastore_clients"},
		"items-of-nobody":       {"INSERT INTO datastore_items (owner_id, client_id, class, id, born, created, changed, died, dead, origin, add_key, changed_at, type, body) SELECT owner_id, 'gone', class, id, born, created, changed, died, 0, origin, '', changed_at, type, body FROM datastore_items WHERE dead = 0 LIMIT 1"},
		"deleted-with-content":  {"UPDATE datastore_items SET body = x'414243' WHERE dead = 1"},
		"inbox-of-nobody":       {"INSERT INTO inbox (owner_id, client_id, class, item, verb, renewed, slow, type, body, at) SELECT owner_id, 'gone', 'Contacts', 'x', 1, 0, 0, '', NULL, 0 FROM accounts LIMIT 1"},
		"folder-damaged":        {"UPDATE filedir_pages SET body = x'ff'"},
		"source-gone":           {"INSERT INTO remote_clients (owner_id, client_id, server_owner, server_id, user, secret, version) SELECT owner_id, id, '', 'gone', '', NULL, 1 FROM clients LIMIT 1"},
		"schema":                {"INSERT INTO migrations (id) VALUES ('bindings-9999')"},
		"database-file":         {"UPDATE clients SET owner_id = 'nobody'"},
		"unknown-word":          {"UPDATE clients SET kind = 'zz' WHERE kind = 'filedir'"},
		"unknown-classes":       {"UPDATE bindings SET classes = 'Contacts,Zz' WHERE id = 1"},
		"binding-of-removed":    {"UPDATE clients SET removed_at = 1 WHERE kind = 'filedir'"},
		"doomed-without-reason": {"UPDATE journal_links SET doomed = 1 WHERE id = " + one},
		"plan-of-nothing":       {"INSERT INTO plans (owner_id, id, seq, binding_id, class, state, made_at, decided_at) SELECT owner_id, 'empty', 99, id, 'Contacts', 0, 0, 0 FROM bindings LIMIT 1"},
		"nobody-administers":    {"UPDATE accounts SET admin = 0"},
		"no-password":           {"UPDATE accounts SET password_hash = '' WHERE owner_id = (SELECT owner_id FROM accounts LIMIT 1)"},
		"account-name":          {"UPDATE accounts SET name_key = 'zz' WHERE owner_id = (SELECT owner_id FROM accounts LIMIT 1)"},
		"item-unreadable":       {"UPDATE datastore_items SET body = x'7a7a' WHERE id = (SELECT min(id) FROM datastore_items WHERE dead = 0)"},
	}
}

// beside are findings that come with another: what breaks the one breaks them too.
var beside = map[string][]string{"items-of-nobody": {"datastore-uncounted"}}

// stay are the findings that only a person can see to.
var stay = []string{"source-linked-twice", "target-linked-twice", "owed-without-reason", "op-without-sync", "outbox-without-phone", "batch-damaged",
	"item-gone", "cursor-ahead", "sync-left", "clock", "history-old", "password-sealed", "datastore-uncounted", "items-of-nobody", "inbox-of-nobody", "folder-damaged", "source-gone", "schema", "nobody-administers", "item-unreadable", "unknown-word",
	"binding-of-removed", "plan-of-nothing", "no-password", "unknown-classes", "database-file"}

// Whatever is broken is found, as just that, and what can be repaired is gone afterwards.
func TestDoctorFinds(t *testing.T) {
	w := busy(t)
	w.halt()
	sound, err := os.ReadFile(filepath.Join(w.data, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, statements := range broken() {
		t.Run(name, func(t *testing.T) {
			c := &caller{t: t, data: t.TempDir()}
			if err := os.Chmod(c.data, 0o700); err != nil {
				t.Fatal(err)
			}
			key, err := os.ReadFile(filepath.Join(w.data, "secret.key"))
			if err != nil {
				t.Fatal(err)
			}
			for file, data := range map[string][]byte{databaseFile: sound, "secret.key": key} {
				if err := os.WriteFile(filepath.Join(c.data, file), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			alter(t, filepath.Join(c.data, databaseFile), statements...)
			want := append([]string{name}, beside[name]...)
			slices.Sort(want)
			if diff := cmp.Diff(want, c.findings(exitPartly)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%s", diff, c.out)
			}
			if slices.Contains(stay, name) {
				if diff := cmp.Diff(want, c.findings(exitPartly, "--repair")); diff != "" {
					t.Error(diff)
				}
				return
			}
			c.findings(exitDone, "--repair")
			c.wants(c.out, `"repaired":true`)
			if got := c.findings(exitDone); len(got) > 0 {
				t.Errorf("after the repair: %s", c.out)
			}
		})
	}
}

// What is around the database is looked at too.
func TestDoctorLooksAround(t *testing.T) {
	c := newCaller(t)
	if got := c.findings(exitDone); len(got) > 0 {
		t.Fatal(c.out)
	}
	for _, name := range []string{databaseFile, "secret.key", ""} {
		path := filepath.Join(c.data, name)
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := c.findings(exitPartly); !slices.Equal(got, []string{"others-may-read"}) {
			t.Errorf("%s: %v", name, got)
		}
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(c.data, "secret.key")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if got := c.findings(exitPartly); !slices.Equal(got, []string{"key"}) {
		t.Errorf("%v", got)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("looking made a key")
	}
	if err := os.WriteFile(filepath.Join(c.data, databaseFile), []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := c.findings(exitPartly); !slices.Contains(got, "database-file") {
		t.Errorf("%v", got)
	}
	if got := tooLittle(leastFree, 1); len(got) != 1 {
		t.Errorf("a full disk: %v", got)
	}
	if got := tooLittle(leastFree+1, 1); len(got) != 0 {
		t.Errorf("a disk with room: %v", got)
	}
}

// A certificate is told of before phones refuse it. Its own time is up to the year 2100.
func TestDoctorCertificate(t *testing.T) {
	cert, key, _ := certificate(t)
	_, other, _ := certificate(t)
	for name, c := range map[string]struct {
		cert, key, now, want string
	}{
		"good":          {cert, key, "2099-11-01", ""},
		"without a key": {cert, "", "2099-11-01", ""},
		"none asked":    {"", "", "2200-01-01", ""},
		"soon over":     {cert, key, "2099-12-15", "expires at 2100-01-01T00:00:00Z"},
		"over":          {cert, key, "2100-01-02", "has expired at 2100-01-01T00:00:00Z"},
		"not yet":       {cert, key, "1969-12-01", "is not good before 1970-01-01T00:00:00Z"},
		"another key":   {cert, other, "2099-11-01", "private key does not match"},
		"no file":       {cert + "x", "", "2099-11-01", "no such file"},
		"a key":         {key, "", "2099-11-01", "x509: malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.DateOnly, c.now)
			if err != nil {
				t.Fatal(err)
			}
			d := &doctor{cmd: &doctorCmd{TLSCert: c.cert, TLSKey: c.key}, now: now}
			list, err := d.certificate()
			if got := strings.Join(list, " "); err != nil || c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
