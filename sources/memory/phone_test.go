package memory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

func note(s string) dataclass.Body { return dataclass.Body{Type: "text/plain", Data: []byte(s)} }

// user does what a user does; it fails the test where that is not possible.
type user struct {
	*testing.T
	who interface {
		Source(origin string) sources.Source
		Put(class dataclass.Class, body dataclass.Body) (sources.ID, error)
		Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error
		Delete(class dataclass.Class, id sources.ID) error
		List(class dataclass.Class) (map[sources.ID]dataclass.Body, error)
	}
}

func (u user) put(s string) sources.ID {
	u.Helper()
	id, err := u.who.Put(dataclass.Notes, note(s))
	if err != nil {
		u.Fatal(err)
	}
	return id
}

func (u user) edit(id sources.ID, s string) {
	u.Helper()
	if err := u.who.Edit(dataclass.Notes, id, note(s)); err != nil {
		u.Fatal(err)
	}
}

func (u user) delete(id sources.ID) {
	u.Helper()
	if err := u.who.Delete(dataclass.Notes, id); err != nil {
		u.Fatal(err)
	}
}

// held is what the client holds, by id.
func (u user) held() map[sources.ID]string {
	u.Helper()
	items, err := u.who.List(dataclass.Notes)
	if err != nil {
		u.Fatal(err)
	}
	texts := map[sources.ID]string{}
	for id, b := range items {
		texts[id] = string(b.Data)
	}
	return texts
}

func (u user) session(since sources.Cursor) sources.Session {
	u.Helper()
	s, err := u.who.Source("engine").Begin(u.Context(), dataclass.Notes, since)
	if err != nil {
		u.Fatal(err)
	}
	return s
}

func (u user) apply(ops ...sources.Op) []sources.Result {
	u.Helper()
	res, err := u.session("").Apply(u.Context(), ops)
	if err != nil {
		u.Fatal(err)
	}
	return res
}

// seen lists what a session lists: "1 add new", "2 delete", with marks.
func (u user) seen(s sources.Session) (list []string) {
	u.Helper()
	for ch, err := range s.Changes(u.Context()) {
		if err != nil {
			u.Fatal(err)
		}
		line := string(ch.ID) + " " + ch.Verb.String()
		if !ch.Body.IsZero() {
			line += " " + string(ch.Body.Data)
		}
		for mark, set := range map[string]bool{" renewed": ch.Renewed, " slow": ch.Slow, " own": ch.Own} {
			if set {
				line += mark
			}
		}
		list = append(list, line)
	}
	return list
}

func TestPhonePackages(t *testing.T) {
	const c = dataclass.Notes
	cases := map[string]struct {
		do   func(u user, p *memory.Phone)
		want []string
	}{
		"add, edit":                  {func(u user, p *memory.Phone) { u.edit(u.put("a"), "b"); p.Send(c) }, []string{"1 add b"}},
		"add, delete in one package": {func(u user, p *memory.Phone) { u.delete(u.put("a")); p.Send(c) }, nil},
		"add, delete in two packages": {func(u user, p *memory.Phone) { id := u.put("a"); p.Send(c); u.delete(id); p.Send(c) },
			[]string{"1 delete"}},
		"newest wins": {func(u user, p *memory.Phone) {
			id := u.put("a")
			p.Send(c)
			u.edit(id, "b")
			p.Send(c)
			u.edit(id, "c")
			p.Send(c)
		},
			[]string{"1 replace c"}},
		"reused in one package": {func(u user, p *memory.Phone) { id := u.put("a"); p.Send(c); u.delete(id); u.put("b"); p.Send(c) },
			[]string{"1 add b renewed"}},
		"reused in two packages": {func(u user, p *memory.Phone) {
			id := u.put("a")
			p.Send(c)
			u.delete(id)
			p.Send(c)
			u.put("b")
			p.Send(c)
		}, []string{"1 add b renewed"}},
		"reused and edited": {func(u user, p *memory.Phone) { u.delete(u.put("a")); p.Send(c); u.edit(u.put("b"), "c"); p.Send(c) },
			[]string{"1 add c"}},
		"reused and deleted": {func(u user, p *memory.Phone) {
			id := u.put("a")
			p.Send(c)
			u.delete(id)
			u.delete(u.put("b"))
			p.Send(c)
		}, []string{"1 delete"}},
		"slow":            {func(u user, p *memory.Phone) { u.put("a"); u.put("b"); p.SendAll(c); p.Send(c) }, []string{"1 add a slow", "2 add b slow"}},
		"slow, then edit": {func(u user, p *memory.Phone) { id := u.put("a"); p.SendAll(c); u.edit(id, "b"); p.Send(c) }, []string{"1 replace b slow"}},
		"a server's delete is no change": {func(u user, p *memory.Phone) {
			id := u.put("a")
			p.Send(c)
			u.edit(id, "b")
			u.apply(sources.Op{Key: "k", Verb: sources.Delete, ID: id})
			p.AnswerAll(c)
			p.Send(c)
		}, []string{"1 add a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := memory.NewPhone(memory.PhoneOptions{Options: memory.Options{ReuseIDs: true}})
			u := user{t, p}
			tc.do(u, p)
			if diff := cmp.Diff(tc.want, u.seen(u.session(""))); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestPhoneAnswers(t *testing.T) {
	p := memory.NewPhone(memory.PhoneOptions{})
	u := user{t, p}
	u.apply(
		sources.Op{Key: "refused", Verb: sources.Add, Body: note("a")},
		sources.Op{Key: "dropped", Verb: sources.Add, Body: note("b")},
		sources.Op{Key: "lost", Verb: sources.Add, Body: note("c")},
		sources.Op{Key: "ignored", Verb: sources.Add, Body: note("d")},
	)
	res, err := p.Answer("refused", sources.ErrQuota)
	if err != nil || res.State != sources.Failed || !errors.Is(res.Err, sources.ErrQuota) {
		t.Errorf("refused: %+v, %v", res, err)
	}
	if err := p.Drop("dropped"); err != nil {
		t.Error(err)
	}
	if _, err := p.Answer("lost", nil); err != nil {
		t.Error(err)
	}
	for _, key := range []sources.Key{"refused", "dropped", "lost", "unknown"} {
		if _, err := p.Answer(key, nil); !errors.Is(err, memory.ErrNoOp) {
			t.Errorf("answer %s again: %v", key, err)
		}
		if err := p.Drop(key); !errors.Is(err, memory.ErrNoOp) {
			t.Errorf("drop %s: %v", key, err)
		}
	}
	if ops := p.Outbox(dataclass.Notes); len(ops) != 1 || ops[0].Key != "ignored" {
		t.Errorf("outbox %v", ops)
	}
	if ops := p.Outbox(dataclass.Tasks); len(ops) != 0 {
		t.Errorf("outbox of tasks %v", ops)
	}
	if diff := cmp.Diff(map[sources.ID]string{"1": "c"}, u.held()); diff != "" {
		t.Error(diff)
	}
}

// TestPhoneRepeatedAdd: most phones make a second copy of an add that comes again.
func TestPhoneRepeatedAdd(t *testing.T) {
	for remembers, want := range map[bool]int{true: 1, false: 2} {
		p := memory.NewPhone(memory.PhoneOptions{RemembersKeys: remembers})
		u := user{t, p}
		var ids []sources.ID
		for range 2 {
			u.apply(sources.Op{Key: "k", Verb: sources.Add, Body: note("a")})
			res, err := p.Answer("k", nil)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, res.ID)
		}
		if n := len(u.held()); n != want || (ids[0] == ids[1]) != remembers {
			t.Errorf("remembers %v: %d items, ids %v", remembers, n, ids)
		}
		if p.Caps().KeyedAdd != remembers {
			t.Errorf("remembers %v: caps say otherwise", remembers)
		}
	}
}

// TestPhoneIDNotFree: the id of an item that the user deleted is not given to a new one before the
// server was told.
func TestPhoneIDNotFree(t *testing.T) {
	p := memory.NewPhone(memory.PhoneOptions{Options: memory.Options{ReuseIDs: true}})
	u := user{t, p}
	id := u.put("a")
	p.Send(dataclass.Notes)
	u.delete(id)
	u.apply(sources.Op{Key: "k", Verb: sources.Add, Body: note("b")})
	res, err := p.Answer("k", nil)
	if err != nil || res.ID == id {
		t.Fatalf("new item %s, deleted %s, %v", res.ID, id, err)
	}
	p.Send(dataclass.Notes)
	if diff := cmp.Diff([]string{"1 delete"}, u.seen(u.session(""))); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(map[sources.ID]string{res.ID: "b"}, u.held()); diff != "" {
		t.Fatal(diff)
	}
}

func TestPhoneRead(t *testing.T) {
	p := memory.NewPhone(memory.PhoneOptions{})
	u := user{t, p}
	id := u.put("a")
	p.Send(dataclass.Notes)
	u.edit(id, "not sent")
	s := u.session("")
	var got []string
	for ch, err := range s.Read(t.Context(), []sources.ID{id, "unknown", id}) {
		if err != nil {
			if !errors.Is(err, sources.ErrUnsupported) {
				t.Fatal(err)
			}
			got = append(got, "error")
			continue
		}
		got = append(got, string(ch.Body.Data))
	}
	if diff := cmp.Diff([]string{"a", "error"}, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestPhoneForget(t *testing.T) {
	p := memory.NewPhone(memory.PhoneOptions{})
	u := user{t, p}
	u.put("a")
	p.Send(dataclass.Notes)
	cur, err := u.session("").Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u.session(cur)
	p.Forget()
	if _, err := p.Source("").Begin(t.Context(), dataclass.Notes, cur); !errors.Is(err, sources.ErrCursorLost) {
		t.Fatalf("error %v", err)
	}
}
