package memory_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// TestStore: a lossy client loses whatever way a body comes in.
func TestStore(t *testing.T) {
	upper := memory.Options{Store: func(b dataclass.Body) dataclass.Body {
		return dataclass.Body{Type: b.Type, Data: bytes.ToUpper(b.Data)}
	}}
	phone := memory.NewPhone(memory.PhoneOptions{Options: upper})
	for name, u := range map[string]user{"client": {t, memory.New(upper)}, "phone": {t, phone}} {
		id := u.put("a")
		u.edit(id, "b")
		u.apply(sources.Op{Key: "1", Verb: sources.Add, Body: note("c")})
		phone.AnswerAll(dataclass.Notes)
		u.apply(sources.Op{Key: "2", Verb: sources.Replace, ID: "2", Body: note("d")})
		phone.AnswerAll(dataclass.Notes)
		if diff := cmp.Diff(map[sources.ID]string{"1": "B", "2": "D"}, u.held()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestForget(t *testing.T) {
	c := memory.New(memory.Options{})
	u := user{t, c}
	u.delete(u.put("a"))
	u.put("b")
	old, err := u.session("").Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Forget()
	if _, err := c.Source("").Begin(t.Context(), dataclass.Notes, old); !errors.Is(err, sources.ErrCursorLost) {
		t.Fatalf("old cursor: %v", err)
	}
	s := u.session("")
	if diff := cmp.Diff([]string{"2 add b"}, u.seen(s)); diff != "" {
		t.Fatal(diff)
	}
	cur, err := s.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := u.seen(u.session(cur)); got != nil {
		t.Fatalf("new cursor: %v", got)
	}
}

func TestRenewed(t *testing.T) {
	c := memory.New(memory.Options{ReuseIDs: true})
	u := user{t, c}
	id := u.put("a")
	first, err := u.session("").Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u.delete(id)
	afterDelete, err := u.session("").Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u.put("b")
	for since, want := range map[sources.Cursor]string{"": "1 add b", first: "1 add b renewed", afterDelete: "1 add b"} {
		if diff := cmp.Diff([]string{want}, u.seen(u.session(since))); diff != "" {
			t.Errorf("since %q: %s", since, diff)
		}
	}
}

func TestTooManyOps(t *testing.T) {
	o := memory.Options{MaxBatch: 2, MaxItemSize: 3}
	for name, u := range map[string]user{
		"client": {t, memory.New(o)}, "phone": {t, memory.NewPhone(memory.PhoneOptions{Options: o})},
	} {
		if _, err := u.session("").Apply(t.Context(), make([]sources.Op, 3)); err == nil {
			t.Errorf("%s: three ops are taken", name)
		}
		res := u.apply(sources.Op{Key: "k", Verb: sources.Add, Body: note("four")})
		if !errors.Is(res[0].Err, sources.ErrTooBig) {
			t.Errorf("%s: %+v", name, res[0])
		}
	}
}

func TestUsersErrors(t *testing.T) {
	o := memory.Options{Classes: []dataclass.Class{dataclass.Tasks}}
	for name, u := range map[string]user{
		"client": {t, memory.New(o)}, "phone": {t, memory.NewPhone(memory.PhoneOptions{Options: o})},
	} {
		_, put := u.who.Put(dataclass.Notes, note("a"))
		_, list := u.who.List(dataclass.Notes)
		if !errors.Is(put, sources.ErrUnsupported) || !errors.Is(list, sources.ErrUnsupported) {
			t.Errorf("%s, another class: %v, %v", name, put, list)
		}
		edit, del := u.who.Edit(dataclass.Tasks, "1", note("a")), u.who.Delete(dataclass.Tasks, "1")
		if !errors.Is(edit, sources.ErrGone) || !errors.Is(del, sources.ErrGone) {
			t.Errorf("%s, no such item: %v, %v", name, edit, del)
		}
	}
	if _, err := memory.New(o).Get(dataclass.Tasks, "1"); !errors.Is(err, sources.ErrGone) {
		t.Errorf("get: %v", err)
	}
}

func TestUnknownVerb(t *testing.T) {
	p := memory.NewPhone(memory.PhoneOptions{})
	op := sources.Op{Key: "k", Verb: 9, Body: note("a")}
	user{t, p}.apply(op)
	late, err := p.Answer("k", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range []sources.Result{late, user{t, memory.New(memory.Options{})}.apply(op)[0]} {
		if !errors.Is(res.Err, sources.ErrUnsupported) {
			t.Errorf("%+v", res)
		}
	}
}

func TestClosedSession(t *testing.T) {
	for name, u := range map[string]user{
		"client": {t, memory.New(memory.Options{})}, "phone": {t, memory.NewPhone(memory.PhoneOptions{})},
	} {
		s := u.session("")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(t.Context(), []sources.Op{{Verb: sources.Add, Body: note("a")}}); err == nil {
			t.Errorf("%s: a closed session applies", name)
		}
		if _, err := s.Commit(t.Context()); err == nil {
			t.Errorf("%s: a closed session commits", name)
		}
	}
}

func TestKind(t *testing.T) {
	k := memory.NewKind("box", memory.Options{MaxBatch: 7})
	var r sources.Registry
	r.Register(k.Kind())
	src, caps, err := r.Open(t.Context(), sources.Client{Owner: "ann", ID: "1", Kind: "box", Origin: "x"})
	if err != nil || caps.MaxBatch != 7 {
		t.Fatalf("%v, %+v", err, caps)
	}
	u := user{t, k.Client("ann", "1")}
	u.put("a")
	s, err := src.Begin(t.Context(), dataclass.Notes, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 add a"}, u.seen(s)); diff != "" {
		t.Fatal(diff)
	}
	if n := len(user{t, k.Client("bob", "1")}.held()); n != 0 {
		t.Fatalf("another owner's client holds %d items", n)
	}
}
