package atom

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A starting does what a test says instead of a sync, and remembers what it was asked.
type starting struct {
	asked []string
	begin func(owner string, binding int64, classes []dataclass.Class) (bindings.Started, error)
}

// Request implements Starter.
func (s *starting) Request(_ context.Context, owner string, binding int64, mode int, classes ...dataclass.Class) (bindings.Started, error) {
	s.asked = append(s.asked, fmt.Sprint(binding, mode, classes))
	return s.begin(owner, binding, classes)
}

// Begin implements Background.
func (s *starting) Begin(_ context.Context, owner string, binding int64, mode int, classes ...dataclass.Class) (bindings.Started, error) {
	s.asked = append(s.asked, fmt.Sprint("async ", binding, mode, classes))
	done, err := s.begin(owner, binding, classes)
	for i := range done.Entries {
		done.Entries[i].State, done.Entries[i].Finished = engine.StateRunning, time.Time{}
	}
	return done, err
}

// Progress implements Background.
func (*starting) Progress(_ string, run int64) (engine.Progress, bool) {
	return engine.Progress{Read: [2]int{40, 2}, Planned: 42, Done: 17}, run == 1
}

// startServer has the admin's binding 15 of two clients that answer at any time, and 16 with a phone.
func startServer(t *testing.T) (*server, *starting) {
	t.Helper()
	st := &starting{}
	s := newServer(t, func(o *Options) { o.Starter, o.Background = st, st })
	n := int64(0)
	st.begin = func(owner string, binding int64, classes []dataclass.Class) (bindings.Started, error) {
		var done bindings.Started
		for range max(1, len(classes)) {
			n++
			e := specEntry(owner, n, binding, "2009-03-19T09:52:28Z")
			done.Entries = append(done.Entries, e)
		}
		return done, nil
	}
	store := s.datastore(s.admin.ID)
	s.bind(15, store, s.client(s.admin.ID, "datastore", webID))
	s.bind(16, s.client(s.admin.ID, "syncml", phoneID), store)
	return s, st
}

func TestStart(t *testing.T) {
	s, st := startServer(t)
	got := s.ask("admin", "POST", "/v2/syncengine/15/synchronization/", specFile(t, "start.request"))
	s.wantStatus("start", got, 200)
	if doc := parse(t, got.body); doc.Local != "entry" || doc.Space != nsAtom || doc.Children("sync_mode") == nil {
		t.Errorf("answer %s", got.body)
	}
	for body, want := range map[string]string{
		"":         "15 200 []",
		"<entry/>": "15 200 []",
		"<entry><sync_mode>205</sync_mode></entry>": "15 205 []",
		`<entry xmlns="http://www.w3.org/2005/Atom"><x:dataclass xmlns:x="http://schemas.obexcode.com/syncserver/2009">Calendar</x:dataclass></entry>`: "15 200 [Calendar]",
	} {
		st.asked = nil
		s.wantStatus(body, s.ask("admin", "POST", "/v2/syncengine/15/synchronization", body), 200)
		if len(st.asked) != 1 || st.asked[0] != want {
			t.Errorf("%s: asked %q, want %q", body, st.asked, want)
		}
	}
	st.asked = nil
	for body, sentence := range map[string]string{
		"<x/>": "Synchronization entry not provided", "<entry><sync_mode>206</sync_mode></entry>": "sync_mode is a number from 200 to 205",
		"<entry><sync_mode>slow</sync_mode></entry>": "sync_mode is a number", "<entry><dataclass>Mail</dataclass></entry>": "dataclass is Contacts",
		"<entry>": "not well-formed",
	} {
		for _, path := range []string{"/v2/syncengine/15/synchronization/", "/v2/syncengine/synchronization/"} {
			s.wantSentence(body, s.ask("admin", "POST", path, body), 400, sentence)
		}
	}
	s.wantSentence("unknown", s.ask("admin", "POST", "/v2/syncengine/17/synchronization/", ""), 404, "Unknown Sync Binding")
	s.wantSentence("bob", s.ask("bob", "POST", "/v2/syncengine/15/synchronization/", ""), 403, "Forbidden")
	if len(st.asked) != 0 {
		t.Errorf("started %q", st.asked)
	}
}

func TestStartWithAPhone(t *testing.T) {
	s, st := startServer(t)
	st.begin = func(string, int64, []dataclass.Class) (bindings.Started, error) {
		return bindings.Started{Alerted: phoneID}, nil
	}
	s.wantSentence("alerted", s.ask("admin", "POST", "/v2/syncengine/16/synchronization/", ""), 202, "The phone was asked")
	st.begin = func(string, int64, []dataclass.Class) (bindings.Started, error) {
		return bindings.Started{}, &bindings.Error{Class: bindings.ErrInUse, Sentence: "The phone cannot be asked"}
	}
	s.wantSentence("not reached", s.ask("admin", "POST", "/v2/syncengine/16/synchronization/", ""), 409, "The phone cannot be asked")
}

// All bindings that need no phone are started, and one that fails does not keep the others back.
func TestStartAll(t *testing.T) {
	s, st := startServer(t)
	s.bind(18, s.client(s.admin.ID, "datastore", storeID), s.client(s.admin.ID, "datastore", "2fb295cc-0e50-11de-81c8-002215064802"))
	well := st.begin
	st.begin = func(owner string, binding int64, classes []dataclass.Class) (bindings.Started, error) {
		if binding == 15 {
			return bindings.Started{}, errors.New("hidden reason")
		}
		return well(owner, binding, classes)
	}
	got := s.ask("admin", "POST", "/v2/syncengine/synchronization/", "<entry><dataclass>Contacts</dataclass></entry>")
	s.wantStatus("all", got, 200)
	if want := []string{"15 200 [Contacts]", "18 200 [Contacts]"}; fmt.Sprint(st.asked) != fmt.Sprint(want) {
		t.Errorf("asked %q, want %q", st.asked, want)
	}
	if strings.Count(got.body, "<entry>") != 1 || !strings.Contains(s.log.String(), "hidden reason") {
		t.Errorf("answer %s, log %s", got.body, s.log)
	}
	st.asked = nil
	got = s.ask("bob", "POST", "/v2/syncengine/synchronization/", "")
	if got.status != 200 || strings.Contains(got.body, "<entry>") || len(st.asked) != 0 {
		t.Errorf("bob: %d %s, asked %q", got.status, got.body, st.asked)
	}
	st.begin = func(string, int64, []dataclass.Class) (bindings.Started, error) {
		return bindings.Started{}, &bindings.Error{Class: bindings.ErrInUse, Sentence: "The binding is being synchronised already"}
	}
	s.wantSentence("all fail", s.ask("admin", "POST", "/v2/syncengine/synchronization/", ""), 409, "being synchronised already")
}
