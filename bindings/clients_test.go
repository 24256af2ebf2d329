package bindings

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCreateClient(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	c := mustClient(t, f.Store, ann.ID, NewClient{ID: strings.ToUpper(phoneUUID), Kind: "syncml", DeviceID: "IMEI:1", Title: "My phone"})
	want := Client{Owner: ann.ID, ID: phoneUUID, Kind: "syncml", DeviceID: "IMEI:1", Title: "My phone", Created: f.clock}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	for _, id := range []string{phoneUUID, "urn:uuid:" + phoneUUID, "{" + phoneUUID + "}", strings.ReplaceAll(phoneUUID, "-", ""), " " + phoneUUID} {
		if got, err := f.Client(t.Context(), ann.ID, id); err != nil || !cmp.Equal(got, want) {
			t.Errorf("get %q: %+v, %v", id, got, err)
		}
	}
	if got, err := f.ClientByDevice(t.Context(), ann.ID, "syncml", "IMEI:1"); err != nil || !cmp.Equal(got, want) {
		t.Errorf("by device: %+v, %v", got, err)
	}
}

func TestCreateClientRefuses(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	mustClient(t, f.Store, ann.ID, NewClient{ID: phoneUUID, Kind: "syncml", DeviceID: "one"})
	for _, tc := range []struct {
		name  string
		n     NewClient
		class error
	}{
		{"no kind", NewClient{}, ErrInvalid},
		{"kind with a slash", NewClient{Kind: "a/b"}, ErrInvalid},
		{"long kind", NewClient{Kind: strings.Repeat("k", 33)}, ErrInvalid},
		{"no UUID", NewClient{ID: "1", Kind: "syncml"}, ErrInvalid},
		{"long device id", NewClient{Kind: "syncml", DeviceID: strings.Repeat("d", 256)}, ErrInvalid},
		{"control character", NewClient{Kind: "syncml", Title: "a\x00b"}, ErrInvalid},
		{"title in Latin-1", NewClient{Kind: "syncml", Title: "B\xfcro"}, ErrInvalid},
		{"UUID twice", NewClient{ID: phoneUUID, Kind: "google"}, ErrInUse},
		{"device twice", NewClient{Kind: "syncml", DeviceID: "one"}, ErrInUse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := f.CreateClient(t.Context(), ann.ID, tc.n)
			wantClass(t, "create", err, tc.class)
			var sentence *Error
			if !errors.As(err, &sentence) {
				t.Errorf("error %v has no sentence", err)
			}
		})
	}
	mustClient(t, f.Store, ann.ID, NewClient{Kind: "gdata", DeviceID: "one"})
}

func TestClientsWithoutDevice(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml"})
	mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml"})
	_, err := f.ClientByDevice(t.Context(), ann.ID, "syncml", "")
	wantClass(t, "by no device", err, ErrNoClient)
}

func TestClientsAreListedInOrder(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	var want []Client
	for _, id := range []string{otherUUID, phoneUUID} {
		f.wait(time.Second)
		want = append(want, mustClient(t, f.Store, ann.ID, NewClient{ID: id, Kind: "syncml"}))
	}
	if got, err := f.Clients(t.Context(), ann.ID, "syncml"); err != nil || !cmp.Equal(got, want) {
		t.Errorf("phones %+v, %v; want %+v", got, err, want)
	}
	all := append([]Client{mustDatastore(t, f.Store, ann.ID)}, want...)
	if got, err := f.Clients(t.Context(), ann.ID, ""); err != nil || !cmp.Equal(got, all) {
		t.Errorf("all %+v, %v; want %+v", got, err, all)
	}
	if got, err := f.Clients(t.Context(), ann.ID, "google"); err != nil || len(got) != 0 {
		t.Errorf("google %+v, %v; want none", got, err)
	}
}

// Two owners may even have the same UUID and device id: neither sees the other's client.
func TestClientsOfAnotherOwner(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann, bob := mustAccount(t, f.Store, "ann"), mustAccount(t, f.Store, "bob")
	mustClient(t, f.Store, ann.ID, NewClient{ID: phoneUUID, Kind: "syncml", DeviceID: "one", Title: "ann's"})
	_, err := f.Client(t.Context(), bob.ID, phoneUUID)
	wantClass(t, "get", err, ErrNoClient)
	wantClass(t, "get", err, ErrNotFound)
	_, err = f.ClientByDevice(t.Context(), bob.ID, "syncml", "one")
	wantClass(t, "by device", err, ErrNoClient)
	if list, err := f.Clients(t.Context(), bob.ID, "syncml"); err != nil || len(list) != 0 {
		t.Errorf("bob sees %v, %v", list, err)
	}
	mustClient(t, f.Store, bob.ID, NewClient{ID: phoneUUID, Kind: "syncml", DeviceID: "one", Title: "bob's"})
	for _, a := range []Account{ann, bob} {
		if c, err := f.Client(t.Context(), a.ID, phoneUUID); err != nil || c.Title != a.Name+"'s" {
			t.Errorf("%s sees %+v, %v", a.Name, c, err)
		}
	}
}
