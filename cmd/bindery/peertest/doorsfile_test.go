package peertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A door is one way into the address book of an account, and the user there, who sees what the door has brought him.
type door interface {
	// look gives everybody the user sees.
	look(t testing.TB) []who
	add(t testing.TB, n int, have map[string]string)
	edit(t testing.TB, n int, slot, value string)
	remove(t testing.TB, n int)
	// held is a person as the client last had it from the server, or as far as it tells as the user sees it.
	held(t testing.TB, n int) who
	// sync is an error if it did not go well. With slow the door tells everything that it has, where it can.
	sync(ctx context.Context, slow bool) error
}

// A fileDoor is a door whose address book is a folder with one card in each file.
type fileDoor struct {
	dir string
	*book
	run func(ctx context.Context, slow bool) error
}

func (f *fileDoor) sync(ctx context.Context, slow bool) error { return f.run(ctx, slow) }

// cards gives the cards by the names of their files.
func (f *fileDoor) cards(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.dir, "[^.]*"))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string, len(names))
	for _, path := range names {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a sync has just taken it away
		}
		if err != nil {
			t.Fatal(err)
		}
		all[path] = string(text)
	}
	return all
}

func (f *fileDoor) look(t testing.TB) []who {
	t.Helper()
	var all []who
	for _, text := range f.cards(t) {
		all = append(all, f.book.look(text))
	}
	return all
}

func (f *fileDoor) add(t testing.TB, n int, have map[string]string) {
	t.Helper()
	put(t, filepath.Join(f.dir, fmt.Sprintf("new-%d%s", n, f.suffix)), f.text(n, have))
}

func (f *fileDoor) edit(t testing.TB, n int, slot, value string) {
	t.Helper()
	path, text := f.find(t, n)
	put(t, path, f.edited(text, slot, value, n))
}

// editAmid is edit while the door synchronises: it swaps a whole file, right after it has read it. It reports whether the
// person was there as somebody saw him.
func (f *fileDoor) editAmid(t testing.TB, n int, slot, value string, sees who) bool {
	t.Helper()
	for path, text := range f.cards(t) {
		if one := f.book.look(text); one.numberOf() != n || !cmp.Equal(one, sees) {
			continue
		}
		other := filepath.Join(f.dir, ".swap")
		if err := os.WriteFile(other, f.edited(text, slot, value, n), 0o600); err != nil {
			t.Fatal(err)
		}
		now, err := os.ReadFile(path)
		if err != nil || string(now) != text {
			return false
		}
		if err := os.Rename(other, path); err != nil {
			t.Fatal(err)
		}
		return true
	}
	return false
}

func (f *fileDoor) remove(t testing.TB, n int) {
	t.Helper()
	path, _ := f.find(t, n)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func (f *fileDoor) held(t testing.TB, n int) who {
	t.Helper()
	_, text := f.find(t, n)
	return f.book.look(text)
}

func (f *fileDoor) find(t testing.TB, n int) (path, text string) {
	t.Helper()
	for path, text := range f.cards(t) {
		if f.book.look(text).numberOf() == n {
			return path, text
		}
	}
	t.Fatalf("no card of person %d in %s", n, f.dir)
	return "", ""
}

// stamps tell whether anything in the folder was written.
func (f *fileDoor) stamps(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		is, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, e.Name(), is.ModTime().UnixNano())
	}
	return b.String()
}

// phoneDoor is SyncEvolution as a SyncML phone of the account.
func phoneDoor(t *testing.T, s *Server, b *book) *fileDoor {
	t.Helper()
	d := Need(t).Device(t, Settings{URL: s.URL, User: "ann", Password: "ann", ID: "phone-0"})
	dir, items, format := d.Cards, b, "text/calendar"
	if b.phone != nil {
		items, format = b.phone, "text/plain"
	}
	if b != people {
		dir = d.Entries(t, b.database, format)
	}
	return &fileDoor{dir: dir, book: items, run: func(_ context.Context, slow bool) error {
		mode := ""
		if slow {
			mode = "slow"
		}
		if r := d.SyncOf(t, b.database, mode, Impatient(5)...); !r.OK() {
			return fmt.Errorf("%s\n%s", r, r.Output)
		}
		return nil
	}}
}

// davDoor is vdirsyncer. Where a card was changed on both sides it takes the server's. Version 0.19 does not note the hash of
// an edit that it has brought to the other side, but keeps that of the text before, and takes an item that is given that text
// again, there, for one that did not change: it brings that to nobody, and writes over it. After each sync it is made to
// forget the hashes, and goes by the entity tags, which for its own folder are times.
func davDoor(t *testing.T, s *Server, b *book) *fileDoor {
	t.Helper()
	exe := needVdirsyncer(t)
	d := newDAVDevice(t, exe, davRoot(t, s))
	at := b.pair + "/" + b.collection
	return &fileDoor{dir: filepath.Join(d.dir, at), book: b, run: func(ctx context.Context, _ bool) error {
		return errors.Join(tryPeer(ctx, exe, "-c", d.conf, "sync", at), d.forgetHashes(ctx, at))
	}}
}

// forgetHashes has vdirsyncer not know the hashes of the items of a collection, if it knows any yet.
func (d *davDevice) forgetHashes(ctx context.Context, at string) error {
	file := filepath.Join(d.dir, "status", at+".items")
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	const forget = `import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("UPDATE status SET hash_a = 'UNDEFINED', hash_b = 'UNDEFINED'")`
	return tryPeer(ctx, "/usr/bin/python3", "-c", forget, file) // which vdirsyncer is written in
}

// folderDoor is a folder that the server keeps in step with the datastore.
func folderDoor(t *testing.T, s *Server, b *book) *fileDoor {
	t.Helper()
	dir := t.TempDir()
	store := uuidOf(t, s, "ann", "datastore")
	s.Command(t, "", "sync", "--class", b.class, dir, "client:"+store)
	var binding struct {
		ID json.Number `json:"id"`
	}
	for line := range strings.Lines(s.Command(t, "", "binding", "list", "--output", "json")) {
		var one struct {
			ID         json.Number `json:"id"`
			SourceKind string      `json:"source_kind"`
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		if one.SourceKind == "filedir" {
			binding.ID = one.ID
		}
	}
	s.Command(t, "", "binding", "set", "--classes", b.class, binding.ID.String())
	url := strings.TrimSuffix(s.URL, "/syncml") + "/v2/syncengine/" + binding.ID.String() + "/synchronization/"
	return &fileDoor{dir: dir, book: b, run: func(ctx context.Context, slow bool) error { return syncByAPI(ctx, url, b.class, slow) }}
}

// syncByAPI has the server synchronise a binding.
func syncByAPI(ctx context.Context, url, class string, slow bool) error {
	mode := "200"
	if slow {
		mode = "201"
	}
	asked := `<entry xmlns="http://www.w3.org/2005/Atom"><sync_mode>` + mode + `</sync_mode><dataclass>` + class + `</dataclass></entry>`
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(asked))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/atom+xml")
	r.SetBasicAuth("ann", "ann")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	for _, bad := range []string{">abandoned<", ">held<", ">failed<"} {
		if res.StatusCode != http.StatusOK || bytes.Contains(body, []byte(bad)) {
			return fmt.Errorf("%s: %s", res.Status, body)
		}
	}
	return nil
}

// tryPeer runs a program, which may fail.
func tryPeer(ctx context.Context, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return errors.Join(err, errors.New(string(out)))
	}
	return nil
}
