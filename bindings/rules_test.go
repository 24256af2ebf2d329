package bindings

import (
	"context"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// lastLog is the newest entry of the world's sync log.
func (w *world) lastLog() LogEntry {
	w.t.Helper()
	list, err := w.store.Log(context.Background(), w.owner, 0, 1)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("log: %v, %v", list, err)
	}
	return list[0]
}

func (w *world) mustSync() {
	w.t.Helper()
	if err := w.syncPhone(false); err != nil {
		w.t.Fatal(err)
	}
}

// mustAgree asks that both sides hold the same n items.
func (w *world) mustAgree(n int) {
	w.t.Helper()
	phone, peer := w.prints()
	if strings.Join(phone, "\n") != strings.Join(peer, "\n") {
		w.t.Errorf("the sides differ:\nphone\n%s\npeer\n%s", strings.Join(phone, "\n"), strings.Join(peer, "\n"))
	}
	if len(phone) != n {
		w.t.Errorf("%d items, wanted %d:\n%s", len(phone), n, strings.Join(phone, "\n"))
	}
}

// session is one conversation, for tests that play its steps themselves.
type session struct {
	w  *world
	ph syncml.Phone
}

func (w *world) session() session {
	w.t.Helper()
	ph, err := w.phones.TakeOver(context.Background(), w.owner, w.phone.client)
	if err != nil {
		w.t.Fatal(err)
	}
	return session{w, ph}
}

func (s session) ok(err error) {
	s.w.t.Helper()
	if err != nil {
		s.w.t.Fatal(err)
	}
}

func (s session) put(slow bool, rows ...syncml.Incoming) {
	s.w.t.Helper()
	s.ok(s.w.phones.Put(context.Background(), s.ph, simDB, slow, rows))
}

func (s session) start(mode int) {
	s.w.t.Helper()
	s.ok(s.w.phones.Start(context.Background(), s.ph, simDB, mode, time.Minute))
}

func (s session) outbox() []syncml.Outgoing {
	s.w.t.Helper()
	out, err := s.w.phones.Outbox(context.Background(), s.ph, simDB, 0, 100)
	s.ok(err)
	return out
}

func (s session) settle(answers ...syncml.Answer) {
	s.w.t.Helper()
	s.ok(s.w.phones.Settle(context.Background(), s.ph, simDB, answers))
}

func (s session) finish(complete bool) {
	s.w.t.Helper()
	s.ok(s.w.phones.Finish(context.Background(), s.ph, simDB, complete))
}

func (s session) needSlow() bool {
	s.w.t.Helper()
	st, err := s.w.phones.Standing(context.Background(), s.ph, simDB)
	s.ok(err)
	return st.NeedSlow
}

func add(luid string, b dataclass.Body) syncml.Incoming {
	return syncml.Incoming{LUID: luid, Verb: sources.Add, Body: b}
}

func replace(luid string, b dataclass.Body) syncml.Incoming {
	return syncml.Incoming{LUID: luid, Verb: sources.Replace, Body: b}
}

func remove(luid string) syncml.Incoming {
	return syncml.Incoming{LUID: luid, Verb: sources.Delete}
}

func (w *world) peerNames() string {
	w.t.Helper()
	_, peer := w.prints()
	var names []string
	for _, p := range peer {
		names = append(names, strings.Fields(p)[0])
	}
	return strings.Join(names, " ")
}
