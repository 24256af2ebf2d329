package filedir_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/filedir"
)

func card(uid, name string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nN:" + name + ";;;;\r\nFN:" + name + "\r\nEND:VCARD\r\n"
}

func calendar(component, uid string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Test//EN\r\nBEGIN:" + component + "\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:Invented\r\nEND:" + component + "\r\nEND:VCALENDAR\r\n"
}

func (c *client) write(name, data string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(data), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) begin(class dataclass.Class, since sources.Cursor) sources.Session {
	c.t.Helper()
	s, err := c.Source("engine").Begin(c.t.Context(), class, since)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// look gives what changed since, as "verb id" lines.
func (c *client) look(class dataclass.Class, since sources.Cursor) (lines []string, cur sources.Cursor) {
	c.t.Helper()
	list, cur := c.changes(class, since)
	for _, ch := range list {
		lines = append(lines, fmt.Sprint(ch.Verb, " ", ch.ID))
	}
	return lines, cur
}

func (c *client) changes(class dataclass.Class, since sources.Cursor) (list []sources.Change, cur sources.Cursor) {
	c.t.Helper()
	s := c.begin(class, since)
	for ch, err := range s.Changes(c.t.Context()) {
		if err != nil {
			c.t.Fatal(err)
		}
		list = append(list, ch)
	}
	cur, err := s.Commit(c.t.Context())
	if err = errors.Join(err, s.Close()); err != nil {
		c.t.Fatal(err)
	}
	return list, cur
}

// apply carries out ops, all of which must succeed, and gives the ids.
func (c *client) apply(class dataclass.Class, ops ...sources.Op) []string {
	c.t.Helper()
	s := c.begin(class, "")
	results, err := s.Apply(c.t.Context(), ops)
	if err = errors.Join(err, s.Close()); err != nil {
		c.t.Fatal(err)
	}
	var ids []string
	for _, r := range results {
		if r.State != sources.Done {
			c.t.Fatalf("state %d: %v", r.State, r.Err)
		}
		ids = append(ids, string(r.ID))
	}
	return ids
}

// files gives the names in the folder, hidden ones too.
func (c *client) files() []string {
	c.t.Helper()
	list, err := os.ReadDir(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

func contacts(body string) dataclass.Body {
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(body)}
}

func add(key, body string) sources.Op {
	return sources.Op{Key: sources.Key(key), Verb: sources.Add, Body: contacts(body)}
}

func want(t *testing.T, what string, got []string, lines ...string) {
	t.Helper()
	sort.Strings(got)
	if diff := cmp.Diff(lines, got); diff != "" && (len(lines) > 0 || len(got) > 0) {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestRenameIsDeleteAndAdd(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	_, cur := c.look(dataclass.Contacts, "")
	if err := os.Rename(c.at("a.vcf"), c.at("b.vcf")); err != nil {
		t.Fatal(err)
	}
	got, _ := c.look(dataclass.Contacts, cur)
	want(t, "after a rename", got, "add b.vcf", "delete a.vcf")
}

func TestNamesOfNewFiles(t *testing.T) {
	long := strings.Repeat("x", 300)
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("taken.vcf", card("taken", "Somebody"))
	ids := c.apply(dataclass.Contacts,
		add("1", card("plain-uid@example.org", "A")), add("2", card("taken", "B")), add("3", card("taken", "C")),
		add("4", card("../../escape", "D")), add("5", card(".hidden", "E")), add("6", card("ümlaut", "F")),
		add("7", card(long, "G")), add("8", card("CON", "H")), add("9", card("", "I")), add("10", card("folded\r\n uid", "J")))
	want(t, "safe UIDs", slices.Clone(ids[:3]), "plain-uid@example.org.vcf", "taken-2.vcf", "taken-3.vcf")
	for _, id := range ids[3:] {
		if len(id) != 28 || strings.ContainsAny(id, "/ \\") || id[0] == '.' {
			t.Errorf("an unsafe UID gives the name %q", id)
		}
	}
	if got := c.files(); len(got) != 11 {
		t.Errorf("files %q", got)
	}
}

// A name that an item had is not given to another: the engine would take it for the old one.
func TestNamesOfDeletedItemsAreNotGivenAgain(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("a.vcf", card("a", "Ada"))
	c.look(dataclass.Contacts, "")
	if err := os.Remove(c.at("a.vcf")); err != nil {
		t.Fatal(err)
	}
	want(t, "new name", c.apply(dataclass.Contacts, add("1", card("a", "Ada"))), "a-2.vcf")
}

func TestClasses(t *testing.T) {
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	c.write("b.ics", calendar("VEVENT", "2"))
	c.write("c.ICS", calendar("VTODO", "3"))
	c.write("d.ics", calendar("VJOURNAL", "4"))
	c.write("e.txt", "a note")
	c.write("f.ics", "garbage")
	curs := map[dataclass.Class]sources.Cursor{}
	for class, names := range map[dataclass.Class][]string{
		dataclass.Contacts: {"add a.vcf"}, dataclass.Events: {"add b.ics", "add f.ics"}, dataclass.Tasks: {"add c.ICS"},
		dataclass.Notes: {"add d.ics", "add e.txt"},
	} {
		got, cur := c.look(class, "")
		want(t, string(class), got, names...)
		curs[class] = cur
	}
	c.write("b.ics", calendar("VTODO", "2")) // an event becomes a task
	c.write("c.ICS", "garbage")              // what cannot be read any more stays what it was
	got, _ := c.look(dataclass.Events, curs[dataclass.Events])
	want(t, "events", got, "delete b.ics")
	got, _ = c.look(dataclass.Tasks, curs[dataclass.Tasks])
	want(t, "tasks", got, "add b.ics", "replace c.ICS")
	sv, err := h.f.Survey(t.Context(), c.owner, c.id)
	if err != nil || sv.Items[dataclass.Tasks] != 2 || sv.Items[dataclass.Notes] != 2 {
		t.Errorf("survey %v, %v", sv, err)
	}
}

func TestForeignFiles(t *testing.T) {
	h := newHouse(t, filedir.Options{})
	c := h.client(t, "ann", "")
	outside := filepath.Join(h.root, "outside.vcf")
	if err := os.WriteFile(outside, []byte(card("x", "Outside")), 0o600); err != nil {
		t.Fatal(err)
	}
	c.write("a.vcf", card("1", "Ada"))
	c.write("readme.md", "text")
	c.write(".hidden.vcf", card("2", "Hidden"))
	c.write("ctrl\x01.vcf", card("3", "Control"))
	c.write("bad\xff.vcf", card("4", "Bytes"))
	if err := errors.Join(os.Mkdir(c.at("sub.vcf"), 0o700), os.Symlink(outside, c.at("link.vcf"))); err != nil {
		t.Fatal(err)
	}
	got, _ := c.look(dataclass.Contacts, "")
	want(t, "listing", got, "add a.vcf")
	sv, err := h.f.Survey(t.Context(), c.owner, c.id)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "ignored", sv.Ignored, ".hidden.vcf", "bad\xff.vcf", "ctrl\x01.vcf", "link.vcf", "readme.md", "sub.vcf")
	if len(c.files()) != 7 {
		t.Errorf("foreign files were touched: %q", c.files())
	}
}

// An item that turns into something that cannot be read is not therefore deleted.
func TestUnreadableItems(t *testing.T) {
	h := newHouse(t, filedir.Options{MaxItemSize: 1000})
	spoils := map[string]func(c *client) error{
		"empty":   func(c *client) error { c.write("a.vcf", ""); return nil },
		"too big": func(c *client) error { c.write("a.vcf", strings.Repeat("x", 2000)); return nil },
		"link": func(c *client) error {
			return errors.Join(os.Remove(c.at("a.vcf")), os.Symlink("b.vcf", c.at("a.vcf")))
		},
		"folder": func(c *client) error { return errors.Join(os.Remove(c.at("a.vcf")), os.Mkdir(c.at("a.vcf"), 0o700)) },
	}
	if os.Geteuid() != 0 { // nothing is forbidden to root
		spoils["forbidden"] = func(c *client) error { return os.Chmod(c.at("a.vcf"), 0) }
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			c := h.client(t, "ann", "")
			c.write("a.vcf", card("1", "Ada"))
			before, cur := c.changes(dataclass.Contacts, "")
			if err := spoil(c); err != nil {
				t.Fatal(err)
			}
			list, _ := c.changes(dataclass.Contacts, cur)
			if len(list) != 1 || list[0].Verb != sources.Replace {
				t.Fatalf("changes %+v", list)
			}
			if _, err := dataclass.Decode(dataclass.Contacts, list[0].Body); err == nil {
				t.Errorf("body %q can be read", list[0].Body.Data)
			}
			s := c.begin(dataclass.Contacts, "")
			defer func() { _ = s.Close() }()
			res, err := s.Apply(t.Context(), []sources.Op{{Verb: sources.Replace, ID: "a.vcf", IfRev: before[0].Rev, Body: contacts(card("1", "Eve"))}})
			if err != nil || !errors.Is(res[0].Err, sources.ErrConflict) {
				t.Errorf("replace: %v, %v", res, err)
			}
		})
	}
}

// An empty file is what an editor leaves that has only begun to write: it empties no note.
func TestEmptyNote(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("a.txt", "shopping")
	_, cur := c.changes(dataclass.Notes, "")
	c.write("a.txt", "")
	list, _ := c.changes(dataclass.Notes, cur)
	if len(list) != 1 || list[0].Verb != sources.Replace {
		t.Fatalf("changes %+v", list)
	}
	if _, err := dataclass.Decode(dataclass.Notes, list[0].Body); err == nil {
		t.Error("an empty file is a note")
	}
}

func TestPermissionsAreKept(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	if err := os.Chmod(c.at("a.vcf"), 0o640); err != nil {
		t.Fatal(err)
	}
	c.apply(dataclass.Contacts, sources.Op{Verb: sources.Replace, ID: "a.vcf", Body: contacts(card("1", "Eve"))})
	info, err := os.Stat(c.at("a.vcf"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// What is there already is not written again: no watcher of the folder wakes up.
func TestEqualContentIsNotWritten(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	c.write("a.vcf", card("1", "Ada"))
	list, _ := c.changes(dataclass.Contacts, "")
	before, err := os.Stat(c.at("a.vcf"))
	if err != nil {
		t.Fatal(err)
	}
	c.apply(dataclass.Contacts, sources.Op{Verb: sources.Replace, ID: "a.vcf", IfRev: list[0].Rev, Body: contacts(card("1", "Ada"))})
	after, err := os.Stat(c.at("a.vcf"))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file is another one: %v", err)
	}
}

// Notes have several formats; a file gets the one that its readers know.
func TestFormatsOfNotes(t *testing.T) {
	c := newHouse(t, filedir.Options{}).client(t, "ann", "")
	journal := dataclass.Body{Type: "text/calendar;version=2.0", Data: []byte(calendar("VJOURNAL", "j1"))}
	vnote := dataclass.Body{Type: "text/x-vnote", Data: []byte("BEGIN:VNOTE\r\nVERSION:1.1\r\nBODY:from a phone\r\nEND:VNOTE\r\n")}
	plain := dataclass.Body{Type: "text/plain", Data: []byte("shopping")}
	ids := c.apply(dataclass.Notes, sources.Op{Key: "1", Verb: sources.Add, Body: journal},
		sources.Op{Key: "2", Verb: sources.Add, Body: vnote}, sources.Op{Key: "3", Verb: sources.Add, Body: plain})
	for i, suffix := range []string{"j1.ics", ".ics", ".txt"} {
		if !strings.HasSuffix(ids[i], suffix) {
			t.Errorf("note %d is %s, want %s", i, ids[i], suffix)
		}
	}
	c.apply(dataclass.Notes, sources.Op{Verb: sources.Replace, ID: sources.ID(ids[2]), Body: vnote})
	c.apply(dataclass.Notes, sources.Op{Verb: sources.Replace, ID: sources.ID(ids[0]), Body: plain})
	for i, word := range []string{"SUMMARY:shopping", "from a phone", "from a phone"} {
		data, err := os.ReadFile(c.at(sources.ID(ids[i])))
		if err != nil || !strings.Contains(string(data), word) || strings.Contains(string(data), "VNOTE") {
			t.Errorf("note %d is %q, %v", i, data, err)
		}
	}
	if data, _ := os.ReadFile(c.at(sources.ID(ids[2]))); strings.Contains(string(data), "BEGIN:") {
		t.Errorf("a text file holds %q", data)
	}
}
