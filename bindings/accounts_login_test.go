package bindings

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

var _ syncml.Accounts = (*Store)(nil)

// count makes hashing quick and counts it.
func (f *registryFixture) count() *atomic.Int32 {
	var n atomic.Int32
	quick := f.cheap().logins.derive
	f.logins.derive = func(password string, p phc) []byte {
		n.Add(1)
		return quick(password, p)
	}
	return &n
}

func TestBasicWithArgon2(t *testing.T) {
	f := newRegistry(t, nil)
	ann := mustAccount(t, f.Store, "ann")
	if owner, err := f.Basic(t.Context(), "ANN", "pass-ann"); err != nil || owner != ann.ID {
		t.Errorf("right password: %q, %v", owner, err)
	}
	owner, err := f.Basic(t.Context(), "ann", "pass-Ann")
	wantClass(t, "wrong password", err, sources.ErrAuth)
	if owner != "" {
		t.Errorf("wrong password gives the owner %s", owner)
	}
}

// An unknown account and a wrong password are answered by the same error after the same hashing, with
// the same costs: an answer and its time tell nothing about which accounts there are.
func TestBasicDoesTheSameWork(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	mustAccount(t, f.Store, "ann")
	type work struct {
		memory, passes uint32
		salt, sum      int
	}
	var done []work
	quick := f.logins.derive
	f.logins.derive = func(password string, p phc) []byte {
		done = append(done, work{p.memoryKiB, p.passes, len(p.salt), len(p.sum)})
		return quick(password, p)
	}
	var texts []string
	for _, name := range []string{"ann", "nobody"} {
		for range 2 { // a failed log-in is not remembered
			owner, err := f.Basic(t.Context(), name, "wrong")
			wantClass(t, name, err, sources.ErrAuth)
			if owner != "" {
				t.Errorf("%s: owner %s", name, owner)
			}
			texts = append(texts, err.Error())
		}
	}
	if len(done) != 4 {
		t.Fatalf("%d hashes, want 4", len(done))
	}
	want := work{hashMemoryKiB, hashPasses, saltSize, sumSize}
	for i := range done {
		if done[i] != want || texts[i] != texts[0] {
			t.Errorf("attempt %d: work %+v, error %q; want %+v, %q", i, done[i], texts[i], want, texts[0])
		}
	}
}

func TestBasicRefusesWithoutHashing(t *testing.T) {
	f := newRegistry(t, nil)
	n := f.count()
	for _, tc := range []struct{ name, password string }{
		{"", "p"}, {"ann", ""}, {"ann", strings.Repeat("p", maxPasswordSize+1)}, {"a\x00", "p"},
	} {
		_, err := f.Basic(t.Context(), tc.name, tc.password)
		wantClass(t, tc.name, err, sources.ErrAuth)
	}
	if n.Load() != 0 {
		t.Errorf("%d hashes, want none", n.Load())
	}
}

func TestBasicRemembersFiveMinutes(t *testing.T) {
	f := newRegistry(t, nil)
	mustAccount(t, f.cheap().Store, "ann")
	n := f.count()
	for _, tc := range []struct {
		name     string
		wait     time.Duration
		password string
		hashes   int32
	}{
		{"first", 0, "pass-ann", 1},
		{"at once", 0, "pass-ann", 1},
		{"wrong", 0, "wrong", 2},
		{"just before", 5*time.Minute - 1, "pass-ann", 2},
		{"not prolonged", 1, "pass-ann", 3},
		{"remembered again", 0, "pass-ann", 3},
	} {
		f.wait(tc.wait)
		_, err := f.Basic(t.Context(), "ann", tc.password)
		if (err == nil) != (tc.password == "pass-ann") || n.Load() != tc.hashes {
			t.Errorf("%s: %v after %d hashes, want %d", tc.name, err, n.Load(), tc.hashes)
		}
	}
}

// The old password is void at once, also where the change was made by another process.
func TestSetPasswordForgets(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	other := &registryFixture{Store: Open(f.db, Options{Now: f.now, Secrets: testSecrets(t, 1)})}
	for i, changer := range []*Store{f.Store, other.cheap().Store} {
		before, after := []string{"pass-ann", "second", "third"}[i], []string{"second", "third"}[i]
		if _, err := f.Basic(t.Context(), "ann", before); err != nil {
			t.Fatal(err)
		}
		if err := changer.SetPassword(t.Context(), ann.ID, after); err != nil {
			t.Fatal(err)
		}
		_, err := f.Basic(t.Context(), "ann", before)
		wantClass(t, "old password", err, sources.ErrAuth)
		if owner, err := f.Basic(t.Context(), "ann", after); err != nil || owner != ann.ID {
			t.Errorf("new password: %q, %v", owner, err)
		}
		if !f.digest(t, "ann", after) || f.digest(t, "ann", before) {
			t.Errorf("digest does not follow the change to %s", after)
		}
	}
	wantClass(t, "empty", f.SetPassword(t.Context(), ann.ID, ""), ErrInvalid)
}

func TestRememberedIsBounded(t *testing.T) {
	l := newAccountLogins(nil)
	now := time.Unix(1000, 0)
	for i := range 3 * maxRemembered {
		l.remember(l.mac("o", "h", strings.Repeat("p", i%97)+string(rune('a'+i%26))+time.Duration(i).String()), now)
	}
	last := l.mac("o", "h", "last")
	l.remember(last, now)
	if len(l.remembered) > maxRemembered || !l.known(last, now) {
		t.Errorf("%d remembered, the last %v", len(l.remembered), l.known(last, now))
	}
	l.remember(l.mac("o", "h", "later"), now.Add(rememberFor))
	if len(l.remembered) != 1 {
		t.Errorf("%d remembered when all but one had expired", len(l.remembered))
	}
}

func TestMACSeparatesItsParts(t *testing.T) {
	l := newAccountLogins(nil)
	seen := map[[32]byte]string{}
	for _, p := range [][3]string{{"ab", "c", "d"}, {"a", "bc", "d"}, {"a", "b", "cd"}, {"abcd", "", ""}, {"", "abc", "d"}} {
		m := l.mac(p[0], p[1], p[2])
		if old, ok := seen[m]; ok {
			t.Errorf("%v and %s have one MAC", p, old)
		}
		seen[m] = strings.Join(p[:], "|")
	}
	if other := newAccountLogins(nil); other.mac("a", "b", "c") == l.mac("a", "b", "c") {
		t.Error("two processes have one key")
	}
}

// Hashing takes 19 MiB: never more than two at a time, and a caller that gives up does not wait.
func TestHashingIsBounded(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	mustAccount(t, f.Store, "ann")
	var running, most atomic.Int32
	entered, leave := make(chan struct{}, 10), make(chan struct{})
	quick := f.logins.derive
	f.logins.derive = func(password string, p phc) []byte {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		entered <- struct{}{}
		<-leave
		defer running.Add(-1)
		return quick(password, p)
	}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, err := f.Basic(context.Background(), "ann", "wrong"); !errors.Is(err, sources.ErrAuth) {
				t.Errorf("error = %v", err)
			}
		})
	}
	<-entered
	<-entered
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	wantClass(t, "given up", f.logins.slot(gone), context.Canceled)
	close(leave)
	all.Wait()
	if most.Load() != maxHashing {
		t.Errorf("%d hashes at a time, want %d", most.Load(), maxHashing)
	}
}

// digest logs in as a phone would that knows a password.
func (f *registryFixture) digest(t *testing.T, name, password string) bool {
	t.Helper()
	calls := 0
	owner, err := f.Digest(t.Context(), name, func(clear string) bool { calls++; return clear == password })
	if calls != 1 {
		t.Errorf("verify was called %d times", calls)
	}
	if (err == nil) != (owner != "") || err != nil && !errors.Is(err, sources.ErrAuth) {
		t.Errorf("owner %q, error %v", owner, err)
	}
	return err == nil
}

func TestDigest(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	if _, err := f.CreateAccount(t.Context(), NewAccount{Name: "bob", Password: "pass-bob", NoMD5: true}); err != nil {
		t.Fatal(err)
	}
	if !f.digest(t, "Ann", "pass-ann") || f.digest(t, "ann", "wrong") || f.digest(t, "bob", "pass-bob") {
		t.Error("digest accepts the wrong ones")
	}
	if err := f.SetMD5(t.Context(), ann.ID, false); err != nil {
		t.Fatal(err)
	}
	if f.digest(t, "ann", "pass-ann") || len(f.row(t, ann.ID).Secret) != 0 {
		t.Error("MD5 log-in goes on after it was forbidden")
	}
	if err := errors.Join(f.SetPassword(t.Context(), ann.ID, "new"), f.SetMD5(t.Context(), ann.ID, true)); err != nil {
		t.Fatal(err)
	}
	if f.digest(t, "ann", "new") {
		t.Error("a password set while MD5 log-in was forbidden was kept")
	}
	if err := f.SetPassword(t.Context(), ann.ID, "newer"); err != nil || !f.digest(t, "ann", "newer") {
		t.Errorf("MD5 log-in does not work after it was allowed again: %v", err)
	}
}

// Whoever has no MD5 log-in gets the same verdict whatever verify says, and verify gets a stand-in.
func TestDigestStandsIn(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	without, err := f.CreateAccount(t.Context(), NewAccount{Name: "without", Password: "pass", NoMD5: true})
	if err != nil {
		t.Fatal(err)
	}
	none := &registryFixture{Store: Open(f.db, Options{Now: f.now})}
	for _, tc := range []struct {
		name string
		on   *registryFixture
		user string
	}{
		{"unknown", f, "nobody"}, {"impossible name", f, ""}, {"md5 off", f, without.Name}, {"no secrets", none, without.Name},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var clear string
			owner, err := tc.on.Digest(t.Context(), tc.user, func(p string) bool { clear = p; return true })
			wantClass(t, "digest", err, sources.ErrAuth)
			if owner != "" || len(clear) < 16 || clear == "pass" {
				t.Errorf("owner %q, stand-in %q", owner, clear)
			}
		})
	}
}

func TestDigestUnderAnotherKey(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	mustAccount(t, f.Store, "ann")
	var log bytes.Buffer
	moved := &registryFixture{Store: Open(f.db, Options{
		Now: f.now, Secrets: testSecrets(t, 2), Log: slog.New(slog.NewTextHandler(&log, nil)),
	})}
	if moved.digest(t, "ann", "pass-ann") {
		t.Error("digest works under another key")
	}
	if !strings.Contains(log.String(), "secret key replaced") || strings.Contains(log.String(), "pass-ann") {
		t.Errorf("log %q", log.String())
	}
}

func TestBasicOnDamagedHash(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	if err := f.updateAccount(t.Context(), ann.ID, map[string]any{"password_hash": "$argon2id$"}); err != nil {
		t.Fatal(err)
	}
	_, err := f.Basic(t.Context(), "ann", "pass-ann")
	wantClass(t, "damaged", err, errPHC)
}
