package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/sources/guesses"
)

// The user's fear: a calendar that some app made is taken for the account's datastore, which then can be removed, or a
// phone is bound to the calendar.
func TestDatastoresOfDAVAreNoOthers(t *testing.T) {
	data := place(filepath.Join(t.TempDir(), "data"))
	err := data.enter(t.Context(), quiet(&terminal{err: io.Discard}), func(h *house) error {
		who, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "invented"})
		if err != nil {
			return err
		}
		first, err := h.bindings.Clients(t.Context(), who.ID, "datastore")
		if err != nil {
			return err
		}
		srv := httptest.NewServer(h.davFace(guesses.New(time.Now)))
		defer srv.Close()
		askDAV(t, "MKCALENDAR", srv.URL+"/dav/calendars/ada/work/", "")
		askDAV(t, "PUT", srv.URL+"/dav/files/ada/settings", "kept")
		if err := h.bindings.RemoveClient(t.Context(), who.ID, first[0].ID); !errors.Is(err, bindings.ErrInUse) {
			t.Errorf("the only datastore besides a calendar: %v", err)
		}
		if _, err := h.bindings.CreateClient(t.Context(), who.ID, bindings.NewClient{Kind: "datastore", Title: "Second"}); err != nil {
			return err
		}
		if err := h.bindings.RemoveClient(t.Context(), who.ID, first[0].ID); err != nil {
			t.Errorf("one of two: %v", err)
		}
		phone, err := h.bindings.Phones(nil, true).Register(t.Context(), who.ID, "SIM-1")
		if err != nil {
			return err
		}
		bound, err := h.bindings.BindingsOf(t.Context(), who.ID, phone)
		if err != nil || len(bound) != 1 {
			t.Fatalf("%v %v", bound, err)
		}
		if to, err := h.bindings.Client(t.Context(), who.ID, bound[0].Target); err != nil || to.Title != "Second" {
			t.Errorf("the phone is bound to %q, %v", to.Title, err)
		}
		return exportHolds(t.Context(), t, h, who, "files/settings", "dav.json")
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exportHolds(ctx context.Context, t *testing.T, h *house, who bindings.Account, names ...string) error {
	t.Helper()
	var b bytes.Buffer
	err := transfer.Account(ctx, &b, who, h.bindings, func(client string) transfer.Items { return h.items.Items(who.ID, client) }, h.davKeeps)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return err
	}
	for _, n := range names {
		if _, err := z.Open(n); err != nil {
			t.Error(err)
		}
	}
	return nil
}

// askDAV asks as ada and wants that something was made.
func askDAV(t *testing.T, method, url, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ada", "invented")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // the status says all
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s: %s", method, url, res.Status)
	}
}
