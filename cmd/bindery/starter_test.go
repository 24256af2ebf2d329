package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// twoStores makes an account with two datastores that are bound, one of which holds a card.
func twoStores(t *testing.T, data place) (binding int64) {
	t.Helper()
	err := data.enter(t.Context(), quiet(&terminal{err: io.Discard}), func(h *house) error {
		a, err := h.bindings.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "invented"})
		if err != nil {
			return err
		}
		own, err := h.bindings.Clients(t.Context(), a.ID, "datastore")
		if err != nil {
			return err
		}
		other, err := h.bindings.CreateClient(t.Context(), a.ID, bindings.NewClient{Kind: "datastore", Title: "archive"})
		if err != nil {
			return err
		}
		body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nEND:VCARD\r\n")}
		if _, err := h.items.Items(a.ID, own[0].ID).Put(t.Context(), dataclass.Contacts, "1", "", body); err != nil {
			return err
		}
		never := false // who starts it is the test
		b, err := h.bindings.CreateBinding(t.Context(), a.ID, bindings.NewBinding{Source: own[0].ID, Target: other.ID, Settings: bindings.Change{OnChange: &never}})
		binding = b.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return binding
}

// A binding of two datastores is synchronised through the API.
func TestStartThroughTheAPI(t *testing.T) {
	t.Setenv(adminPasswordEnv, "an invented password")
	data := place(filepath.Join(t.TempDir(), "data"))
	n := twoStores(t, data)
	r := serve(t, string(data))
	url := r.url + fmt.Sprintf("/v2/syncengine/%d/synchronization/", n)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("<entry><dataclass>Contacts</dataclass></entry>"))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ada", "invented")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<adds_in>1</adds_in>", "<adds_out>1</adds_out>", "datastore - datastore", ">Contacts<"} {
		if res.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%d, want %s in\n%s", res.StatusCode, want, body)
		}
	}
	if code, body := get(t, http.DefaultClient, "POST", r.url+"/v2/syncengine/synchronization/", "ada", "invented"); code != 200 ||
		strings.Count(body, "<entry>") != 4 || strings.Contains(body, "<adds_in>1<") {
		t.Errorf("all of it again: %d\n%s", code, body)
	}
	r.end(t)
}

func TestRefusal(t *testing.T) {
	plain := errors.New("something else")
	for _, tc := range []struct {
		err  error
		want string
	}{
		{syncml.ErrNoAddress, "it has no address"}, {syncml.ErrNoGateway, "nothing is set up"}, {syncml.ErrNoDatabase, "before its first sync"},
		{engine.ErrBusy, "being synchronised already"}, {engine.ErrFenced, "has taken over"}, {sources.ErrAuth, "refuses to sign in"},
	} {
		got := refusal(fmt.Errorf("wrapped: %w", tc.err))
		if !errors.Is(got, bindings.ErrInUse) || !strings.Contains(got.Error(), tc.want) {
			t.Errorf("%v: %v", tc.err, got)
		}
	}
	far := fmt.Errorf("list Contacts: %w: the server answered 500 Internal Server Error", sources.ErrElsewhere)
	if got := whyFailed(far); !strings.Contains(got, "cannot be used: the server answered 500 Internal Server Error. Nothing was deleted") {
		t.Errorf("another server's fault is told as %q", got)
	}
	both := errors.Join(far, fmt.Errorf("begin target: %w: it is away", sources.ErrElsewhere))
	if whyFailed(both) != whyFailed(far) {
		t.Errorf("two faults are told as %q", whyFailed(both))
	}
	long := fmt.Errorf("%w: %s", sources.ErrElsewhere, strings.Repeat("ärger ", 50))
	if got := whyFailed(long); !strings.HasSuffix(got, "ärger …. Nothing was deleted because of it") || len(got) > 400 {
		t.Errorf("a long fault is told as %q", got)
	}
	if got := refusal(plain); !errors.Is(got, plain) || errors.Is(got, bindings.ErrInUse) {
		t.Errorf("another error became %v", got)
	}
	if refusal(nil) != nil {
		t.Error("no error became one")
	}
}
