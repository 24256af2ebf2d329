package syncml_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// memInbox is an Inbox in memory, by owner and client.
type memInbox struct {
	rows map[string][]syncml.InboxRow
	last int64
	err  error
}

func (m *memInbox) put(owner, client string, r syncml.InboxRow) {
	key := owner + "/" + client
	m.last++
	r.Seq = m.last
	m.rows[key] = append(slices.DeleteFunc(m.rows[key], func(o syncml.InboxRow) bool { return o.ID == r.ID }), r)
}

func (m *memInbox) Rows(_ context.Context, owner, client string, _ dataclass.Class, after int64, limit int) ([]syncml.InboxRow, error) {
	var all []syncml.InboxRow
	for _, r := range m.rows[owner+"/"+client] {
		if r.Seq > after && len(all) < limit {
			all = append(all, r)
		}
	}
	return all, m.err
}

func (m *memInbox) Get(_ context.Context, owner, client string, _ dataclass.Class, ids []sources.ID) ([]syncml.InboxRow, error) {
	var all []syncml.InboxRow
	for _, r := range m.rows[owner+"/"+client] {
		if slices.Contains(ids, r.ID) {
			all = append(all, r)
		}
	}
	return all, m.err
}

func (m *memInbox) Last(_ context.Context, owner, client string, _ dataclass.Class) (int64, error) {
	last := int64(0)
	for _, r := range m.rows[owner+"/"+client] {
		last = max(last, r.Seq)
	}
	return last, m.err
}

func openPhone(t *testing.T, m *memInbox, owner string) sources.Source {
	t.Helper()
	s, err := syncml.NewKind(m).Open(t.Context(), sources.Client{Owner: owner, ID: "c1", Kind: "syncml", Origin: "b1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func begin(t *testing.T, s sources.Source, since sources.Cursor) sources.Session {
	t.Helper()
	sess, err := s.Begin(t.Context(), dataclass.Contacts, since)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

func listed(t *testing.T, sess sources.Session) []string {
	t.Helper()
	var all []string
	for c, err := range sess.Changes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %s %s", c.Verb, c.ID, c.Body.Data))
	}
	return all
}

func commit(t *testing.T, sess sources.Session) sources.Cursor {
	t.Helper()
	cur, err := sess.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cur
}

func row(luid, data string) syncml.InboxRow {
	return syncml.InboxRow{ID: syncml.ItemID("./a", luid), Verb: sources.Add, Body: dataclass.Body{Type: "text/vcard", Data: []byte(data)}}
}

func TestSourceListsTheInbox(t *testing.T) {
	m := &memInbox{rows: map[string][]syncml.InboxRow{}}
	s := openPhone(t, m, "anna")
	empty := begin(t, s, "")
	if got, cur := listed(t, empty), commit(t, empty); len(got) != 0 || cur == "" {
		t.Errorf("empty inbox: %v, cursor %q", got, cur)
	}
	for i := range 450 {
		m.put("anna", "c1", row(itoa(i), "x"))
	}
	m.put("bert", "c1", row("other", "y"))
	sess := begin(t, s, "")
	m.put("anna", "c1", row("late", "z"))
	m.put("anna", "c1", row("7", "new"))
	if got := listed(t, sess); len(got) != 449 {
		t.Errorf("%d changes listed", len(got))
	}
	next := begin(t, s, commit(t, sess))
	if got := listed(t, next); !slices.Equal(got, []string{"add ./a late z", "add ./a 7 new"}) {
		t.Errorf("then %v", got)
	}
	last := begin(t, s, commit(t, next))
	if got := listed(t, last); len(got) != 0 || commit(t, last) != commit(t, next) {
		t.Errorf("in the end %v, cursor %q", got, commit(t, last))
	}
	m.rows["anna/c1"] = nil
	if purged := begin(t, s, commit(t, last)); commit(t, purged) != commit(t, last) {
		t.Errorf("cursor went back to %q", commit(t, purged))
	}
}

func TestSourceReads(t *testing.T) {
	m := &memInbox{rows: map[string][]syncml.InboxRow{}}
	m.put("anna", "c1", row("1", "one"))
	gone := row("2", "")
	gone.Verb = sources.Delete
	m.put("anna", "c1", gone)
	sess := begin(t, openPhone(t, m, "anna"), "")
	var got []string
	for c, err := range sess.Read(t.Context(), []sources.ID{"./a 2", "./a 1", "./a 3"}) {
		if err != nil {
			if !errors.Is(err, sources.ErrUnsupported) {
				t.Error(err)
			}
			got = append(got, "unknown")
			continue
		}
		got = append(got, c.Verb.String())
	}
	if !slices.Equal(got, []string{"delete", "replace", "unknown"}) {
		t.Errorf("read %v", got)
	}
}

func TestSourceApplyLeavesAllPending(t *testing.T) {
	m := &memInbox{rows: map[string][]syncml.InboxRow{}}
	sess := begin(t, openPhone(t, m, "anna"), "")
	big := dataclass.Body{Data: make([]byte, syncml.NewKind(m).Caps.MaxItemSize+1)}
	got, err := sess.Apply(t.Context(), []sources.Op{{Verb: sources.Add}, {Verb: sources.Delete, ID: "./a 1"}, {Verb: sources.Add, Body: big}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].State != sources.Pending || got[1].State != sources.Pending || got[1].ID != "./a 1" ||
		got[2].State != sources.Failed || !errors.Is(got[2].Err, sources.ErrTooBig) {
		t.Errorf("%+v", got)
	}
}

func TestSourceErrors(t *testing.T) {
	m := &memInbox{rows: map[string][]syncml.InboxRow{}}
	s := openPhone(t, m, "anna")
	if _, err := s.Begin(t.Context(), "Bookmarks", ""); !errors.Is(err, sources.ErrUnsupported) {
		t.Errorf("bookmarks: %v", err)
	}
	for _, cur := range []sources.Cursor{"x", "-1", "007", "1 ", "99999999999999999999"} {
		if _, err := s.Begin(t.Context(), dataclass.Contacts, cur); !errors.Is(err, sources.ErrCursorLost) {
			t.Errorf("cursor %q: %v", cur, err)
		}
	}
	m.put("anna", "c1", row("1", "one"))
	sess := begin(t, s, "")
	m.err = errors.New("disk")
	for _, err := range sess.Changes(t.Context()) {
		if !errors.Is(err, m.err) {
			t.Errorf("changes of a broken inbox: %v", err)
		}
	}
	if _, err := s.Begin(t.Context(), dataclass.Contacts, ""); !errors.Is(err, m.err) {
		t.Errorf("begin on a broken inbox: %v", err)
	}
	if err := sess.Close(); err != nil {
		t.Error(err)
	}
	if _, err := sess.Commit(t.Context()); err == nil {
		t.Error("closed session commits")
	}
}

func TestItemID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, luid := rapid.StringMatching(`[a-z ./%20\\]{0,20}`).Draw(t, "database"), rapid.StringMatching(`[a-z %20]{1,10}`).Draw(t, "luid")
		gotDB, gotLUID := syncml.SplitID(syncml.ItemID(db, luid))
		if gotDB != db || gotLUID != luid {
			t.Fatalf("%q %q came back as %q %q", db, luid, gotDB, gotLUID)
		}
	})
	if id := syncml.ItemID("my book", "a b"); !strings.HasPrefix(string(id), "my%20book ") {
		t.Errorf("id %q", id)
	}
	if db, luid := syncml.SplitID("x"); db != "" || luid != "x" {
		t.Errorf("%q %q", db, luid)
	}
}
