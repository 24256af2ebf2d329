package remote_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/remote"
)

// Nobody's credentials go to another host because somebody changed the source that they are for.
func TestChangeKeepsCredentialsHome(t *testing.T) {
	w, thief := newWorld(t), newPeer(t)
	m := w.open()
	w.attached(m, w.basic(), nora)
	list, err := m.Servers(t.Context(), "ann")
	w.ok(err)
	id := list[0].ID
	away := w.basic()
	away.Events = strings.Replace(away.Events, w.URL, thief.URL, 1)
	another := w.basic()
	another.Auth.Way = remote.AuthBearer
	for name, n := range map[string]remote.NewServer{"another host": away, "another way": another} {
		if _, err := m.Change(t.Context(), "ann", id, n, false, nil); !errors.Is(err, remote.ErrInUse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	moved := w.basic()
	moved.Name, moved.Contacts, moved.Groups, moved.Events = "folks", w.URL+"/m8/feeds/contacts/{user}/base", "", ""
	s, err := m.Change(t.Context(), "ann", id, moved, false, &nora)
	if err != nil || s.ID != id || s.Name != "folks" || len(s.Classes()) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	conn, err := m.Connection(t.Context(), "ann", "c")
	w.ok(err)
	if conn.Contacts != w.URL+"/m8/feeds/contacts/nora/base" || conn.Events != "" {
		t.Errorf("%+v", conn)
	}
	w.ok(m.Forget(t.Context(), "ann", "c"))
	if _, err := m.Change(t.Context(), "ann", id, away, false, nil); err != nil {
		t.Errorf("without clients: %v", err)
	}
	asked := thief.requests()
	for _, r := range asked {
		if !strings.HasSuffix(r, " ") { // behind it stand the credentials
			t.Errorf("asked %s", r)
		}
	}
	if len(asked) == 0 {
		t.Error("the new host was not asked")
	}
}

func TestChangeRefuses(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	mine, err := m.Register(t.Context(), "ann", w.basic(), nil)
	w.ok(err)
	other := w.basic()
	other.Name = "work"
	_, err = m.Register(t.Context(), "ann", other, nil)
	w.ok(err)
	other.Name, other.Shared = "all", true
	all, err := m.Register(t.Context(), "ann", other, nil)
	w.ok(err)
	change := func(fn func(n *remote.NewServer)) remote.NewServer {
		n := w.basic()
		fn(&n)
		return n
	}
	for name, tc := range map[string]struct {
		owner, id string
		n         remote.NewServer
		admin     bool
		want      error
	}{
		"another's":         {"bob", mine.ID, w.basic(), true, remote.ErrNotFound},
		"nobody's":          {"ann", "00000000-0000-4000-8000-000000000000", w.basic(), true, remote.ErrNotFound},
		"everybody's":       {"ann", all.ID, other, false, remote.ErrInvalid},
		"to be everybody's": {"ann", mine.ID, change(func(n *remote.NewServer) { n.Shared = true }), true, remote.ErrInvalid},
		"to be one's own":   {"ann", all.ID, w.basic(), true, remote.ErrInvalid},
		"a name taken":      {"ann", mine.ID, change(func(n *remote.NewServer) { n.Name = "work" }), false, remote.ErrInUse},
		"no name":           {"ann", mine.ID, change(func(n *remote.NewServer) { n.Name = "" }), false, remote.ErrInvalid},
		"the inside":        {"ann", mine.ID, change(func(n *remote.NewServer) { n.Contacts = "https://10.0.0.1/" }), false, remote.ErrInvalid},
		"a class without":   {"ann", mine.ID, change(func(n *remote.NewServer) { n.Classes = []dataclass.Class{dataclass.Tasks} }), false, remote.ErrInvalid},
	} {
		if _, err := m.Change(t.Context(), tc.owner, tc.id, tc.n, tc.admin, nil); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := nora
	wrong.Password = "guessed"
	if _, err := m.Change(t.Context(), "ann", mine.ID, w.basic(), false, &wrong); !errors.Is(err, remote.ErrInvalid) {
		t.Errorf("with a wrong password: %v", err)
	}
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) }
	if _, err := m.Change(t.Context(), "ann", mine.ID, change(func(n *remote.NewServer) { n.Name = "gone" }), false, nil); !errors.Is(err, remote.ErrInvalid) {
		t.Errorf("one that answers with no feed: %v", err)
	}
	if s, err := m.Server(t.Context(), "ann", mine.ID); err != nil || s.Name != "family" || s.Contacts != mine.Contacts {
		t.Errorf("what was refused is stored: %+v, %v", s, err)
	}
	w.answer = nil
	if _, err := m.Change(t.Context(), "ann", all.ID, other, true, nil); err != nil {
		t.Errorf("an administrator: %v", err)
	}
}

// A client secret that is not said again stays, but for another server of tokens.
func TestChangeSecret(t *testing.T) {
	w := newWorld(t)
	m := w.open()
	s, err := m.Register(t.Context(), "ann", w.oauth(), nil)
	w.ok(err)
	n := w.oauth()
	n.ClientSecret = ""
	for url, keyed := range map[string]bool{w.URL + "/token2": true, strings.Replace(w.URL, "127.0.0.1", "localhost", 1) + "/token": false} {
		n.Auth.TokenURL = url
		got, err := m.Change(t.Context(), "ann", s.ID, n, false, nil)
		w.ok(err)
		now, err := m.Server(t.Context(), "ann", s.ID)
		w.ok(err)
		if got.Auth.Keyed != keyed || now.Auth.Keyed != keyed {
			t.Errorf("%s: %t, stored %t", url, got.Auth.Keyed, now.Auth.Keyed)
		}
		n.ClientSecret = "app-secret-Horse"
		n.Auth.TokenURL = w.URL + "/token"
		_, err = m.Change(t.Context(), "ann", s.ID, n, false, nil)
		w.ok(err)
		n.ClientSecret = ""
	}
	w.mustNotHold("app-secret-Horse")
}
