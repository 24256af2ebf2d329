package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence/evidencetest"
	"github.com/bindery-sync/bindery/sources"
)

// importWorld is a data directory with one account.
type importWorld struct {
	t    *testing.T
	data string
}

func newImportWorld(t *testing.T) *importWorld {
	w := &importWorld{t, filepath.Join(t.TempDir(), "data")}
	p := place(w.data)
	err := p.enter(t.Context(), slog.New(slog.DiscardHandler), func(h *house) error {
		_, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "an invented password", NoMD5: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// run runs import on a file of these items, and gives what it printed and the exit status.
func (w *importWorld) run(items []*dataclass.Item) (string, int) {
	w.t.Helper()
	var file, out bytes.Buffer
	for _, it := range items {
		file.Write(it.Body().Data)
	}
	path := filepath.Join(w.t.TempDir(), "book.vcf")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	code := run(w.t.Context(), []string{"--data", w.data, "import", path}, terminal{in: os.Stdin, out: &out, err: &out})
	return out.String(), code
}

// items gives all contacts of the datastore.
func (w *importWorld) items() map[sources.ID]string {
	w.t.Helper()
	all := map[sources.ID]string{}
	err := place(w.data).visit(w.t.Context(), slog.New(slog.DiscardHandler), func(h *house) error {
		return h.each(w.t.Context(), func(a bindings.Account) error {
			clients, err := h.bindings.Clients(w.t.Context(), a.ID, "datastore")
			if err != nil {
				return err
			}
			for after := sources.ID(""); ; {
				page, err := h.items.Items(a.ID, clients[0].ID).List(w.t.Context(), dataclass.Contacts, after, 0)
				if err != nil || len(page) == 0 {
					return err
				}
				for _, it := range page {
					all[it.ID], after = fmt.Sprint(it.Rev, string(it.Body.Data)), it.ID
				}
			}
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// TestImportTwiceChangesNothing imports what lossy devices made of an address book that is there, again and
// again: only the first import changes anything, and few people are doubled by it.
func TestImportTwiceChangesNothing(t *testing.T) {
	for i, d := range evidencetest.TunedDevices() {
		if i%4 != 0 { // a quarter of the devices tells enough
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			const n = 150
			c := evidencetest.Contacts(uint64(i+1), n, d, false)
			w := newImportWorld(t)
			if out, code := w.run(c.Items[0]); code != exitDone && code != exitPartly {
				t.Fatalf("%d: %s", code, out)
			}
			first, code := w.run(c.Items[1])
			after := w.items()
			if code != exitDone && code != exitPartly {
				t.Fatalf("%d: %s", code, first)
			}
			if len(after) > n+n/50 {
				t.Errorf("%d people became %d items: %s", n, len(after), first)
			}
			for range 2 {
				again, _ := w.run(c.Items[1])
				if now := w.items(); !maps.Equal(after, now) {
					t.Fatalf("importing again changed something: %d items became %d\n%s%s", len(after), len(now), lastLines(first), lastLines(again))
				}
			}
		})
	}
}

// lastLines is the table of an import.
func lastLines(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "\n") + "\n"
}
