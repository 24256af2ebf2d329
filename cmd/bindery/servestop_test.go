//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/notify"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// A process is a server in a process of its own.
type process struct {
	cmd *exec.Cmd
	url string
	log bytes.Buffer
}

// startServer starts one on a data directory.
func startServer(t *testing.T, data place, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), "bindery", append([]string{"--data", string(data), "serve", "--listen", "127.0.0.1:0"}, args...)...)}
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it may have ended
	lines := bufio.NewReader(out)
	for p.url == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("%v: %s", err, p.log.String())
		}
		if m := regexp.MustCompile(`SyncML URL +(\S+)/syncml`).FindStringSubmatch(line); m != nil {
			p.url = m[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return p
}

// signal sends SIGTERM.
func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// await asks until an answer is as it should be.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("waited in vain for ", what)
}

// bigStores are twoStores with n contacts more in the first.
func bigStores(t *testing.T, data place, n int) (binding int64) {
	t.Helper()
	binding = twoStores(t, data)
	var file strings.Builder
	for i, name := range people(n) {
		file.WriteString(person(fmt.Sprint("uid-", i), name, fmt.Sprintf("TEL;TYPE=CELL:+1 555 %07d", i)))
	}
	path := filepath.Join(t.TempDir(), "many.vcf")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	store := ""
	look(t, data, func(h *house, b bindings.Binding) error {
		store = b.Source
		_, err := h.bindings.Change(t.Context(), b.Owner, b.ID, bindings.Change{OnChange: new(true)})
		return err
	})
	var wrong bytes.Buffer
	if code := run(t.Context(), []string{"--data", string(data), "import", "--client", store, path}, terminal{in: os.Stdin, out: io.Discard, err: &wrong}); code != exitDone {
		t.Fatalf("import: %d %s", code, wrong.String())
	}
	return binding
}

// look opens the directory of ada, who has one binding.
func look(t *testing.T, data place, fn func(h *house, b bindings.Binding) error) {
	t.Helper()
	err := data.enter(t.Context(), quiet(&terminal{err: io.Discard}), func(h *house) error {
		a, err := h.bindings.AccountByName(t.Context(), "ada")
		if err != nil {
			return err
		}
		list, err := h.bindings.Bindings(t.Context(), a.ID)
		if err != nil {
			return err
		}
		return fn(h, list[0])
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server that is told to stop in the middle of a big sync lets it come to its end and ends well; told twice it ends at
// once. Either way nothing is lost and nothing doubled, and the log says how it was.
func TestServeStopsInTheMiddle(t *testing.T) {
	const n = 3000
	for name, signals := range map[string]int{"one signal": 1, "two signals": 2} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(adminPasswordEnv, "an invented password")
			data := place(filepath.Join(t.TempDir(), "data"))
			binding := bigStores(t, data, n)
			p := startServer(t, data)
			// What was imported is a change, which the server brings across by itself.
			await(t, "the sync to write", func() bool {
				body := askAda(t, "GET", p.url+fmt.Sprintf("/v2/syncengine/%d/synchronization/", binding), "").body
				return strings.Contains(body, "<adds_out>") && !strings.Contains(body, ">running<") || regexp.MustCompile("<adds_out>[1-9]").MatchString(body)
			})
			for range signals {
				p.signal(t)
				time.Sleep(20 * time.Millisecond) // two signals at once are one
			}
			err := p.cmd.Wait()
			if signals == 1 && (err != nil || !strings.Contains(p.log.String(), "msg=stopping")) {
				t.Errorf("%v: %s", err, p.log.String())
			}
			look(t, data, func(h *house, b bindings.Binding) error {
				log, err := h.bindings.Log(t.Context(), b.Owner, b.ID, 10)
				whole := slices.ContainsFunc(log, func(e bindings.LogEntry) bool { return e.State == engine.StateDone && e.Sides[1].AddsOut == n+1 })
				if err != nil || signals == 1 && !whole {
					t.Errorf("entries %+v, %v", log, err)
				}
				return nil
			})
			again := serve(t, string(data)) // which takes up at once what the other one left
			await(t, "the next sync", func() bool {
				res := askAda(t, "POST", again.url+fmt.Sprintf("/v2/syncengine/%d/synchronization/", binding), "<entry><dataclass>Contacts</dataclass></entry>", "Prefer", "respond-async")
				return res.status == 202
			})
			again.end(t)
			look(t, data, func(h *house, b bindings.Binding) error {
				for _, client := range []string{b.Source, b.Target} {
					if got, err := h.items.Items(b.Owner, client).Count(t.Context(), dataclass.Contacts); got != n+1 || err != nil {
						t.Errorf("%d items, %v; want %d", got, err, n+1)
					}
				}
				return nil
			})
		})
	}
}

// Who is to be told is told of a sync that is held, with a link to the page where it is decided, and not again by the next
// server.
func TestServeTellsOfAHold(t *testing.T) {
	t.Setenv(adminPasswordEnv, "an invented password")
	w := newSyncWorld(t)
	w.fill(w.a, "a-", 30)
	w.sync(exitDone)
	for i := range 25 {
		if err := os.Remove(filepath.Join(w.a, fmt.Sprintf("file-%04d.vcf", i))); err != nil {
			t.Fatal(err)
		}
	}
	w.sync(exitHeld)
	dir := t.TempDir()
	program := filepath.Join(dir, "tell")
	if err := os.WriteFile(program, []byte("#!/bin/sh\ncat >> "+dir+"/told\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	told := func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "told")) // there is none at first
		return string(text)
	}
	for range 2 {
		r := serve(t, w.dataDir, "--notice-command", program, "--base-url", "https://sync.example.org")
		await(t, "the program to be told", func() bool { return strings.HasSuffix(told(), "}\n") })
		r.end(t)
	}
	var m notify.Message
	if err := json.Unmarshal([]byte(told()), &m); err != nil {
		t.Fatalf("%v: %q", err, told())
	}
	if m.Kind != bindings.NoticeHold || m.Account != "local" || m.Count != 25 || m.Dataclass != "Contacts" ||
		!strings.HasPrefix(m.Link, "https://sync.example.org/v2/syncengine/holds/") || !strings.Contains(m.Sentence, "would delete or change 25 items") {
		t.Errorf("%+v", m)
	}
}
