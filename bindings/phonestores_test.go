package bindings

import (
	"reflect"
	"testing"
)

func TestPhoneStores(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	n := NewPhoneStore{Model: "02978288-537f-102b-beff-000ea60275d1", Number: "+4799988877", User: "my_user:1456", Zone: "Europe/Oslo"}
	first, err := f.CreatePhoneStore(t.Context(), a.ID, n)
	if err != nil {
		t.Fatal(err)
	}
	n.Number = "+4799988878"
	second, err := f.CreatePhoneStore(t.Context(), a.ID, n)
	if err != nil {
		t.Fatal(err)
	}
	if first.Binding.Target != second.Binding.Target || first.Binding.Source == second.Binding.Source {
		t.Errorf("two phones of one user: %+v and %+v", first.Binding, second.Binding)
	}
	n.User = "my_user:1457"
	third, err := f.CreatePhoneStore(t.Context(), a.ID, n)
	if err != nil || third.Binding.Target == first.Binding.Target {
		t.Errorf("another user: %+v, %v", third, err)
	}
	if phone, err := f.Client(t.Context(), a.ID, second.Binding.Source); err != nil || phone.Title != "+4799988878" || phone.Kind != "syncml" {
		t.Errorf("phone %+v, %v", phone, err)
	}
	if store, err := f.Client(t.Context(), a.ID, third.Binding.Target); err != nil || store.Title != "my_user:1457" || store.Kind != "datastore" {
		t.Errorf("datastore %+v, %v", store, err)
	}
	if err := f.RemoveBinding(t.Context(), a.ID, second.Binding.ID); err != nil {
		t.Fatal(err)
	}
	list, err := f.PhoneStores(t.Context(), a.ID)
	if err != nil || len(list) != 2 || !reflect.DeepEqual(list, []PhoneStore{first, third}) {
		t.Errorf("list %+v, %v", list, err)
	}
	if got, err := f.PhoneStore(t.Context(), a.ID, first.Binding.ID); err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("got %+v, %v; want %+v", got, err, first)
	}
	_, err = f.PhoneStore(t.Context(), a.ID, second.Binding.ID)
	wantClass(t, "a removed one", err, ErrNotFound)
}

// What cannot be made leaves nothing behind.
func TestCreatePhoneStoreRefuses(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	a, err := f.CreateAccount(t.Context(), NewAccount{Name: "ann", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		n    NewPhoneStore
	}{
		{"no number", NewPhoneStore{User: "u"}}, {"no user", NewPhoneStore{Number: "1"}}, {"line end", NewPhoneStore{Number: "1\n", User: "u"}},
		{"unknown zone", NewPhoneStore{Number: "1", User: "u", Zone: "Mars/Base"}}, {"the server's zone", NewPhoneStore{Number: "1", User: "u", Zone: "Local"}},
		{"no UTF-8", NewPhoneStore{Number: "1", User: "\xff"}},
	} {
		_, err := f.CreatePhoneStore(t.Context(), a.ID, tc.n)
		wantClass(t, tc.name, err, ErrInvalid)
	}
	if list, err := f.Clients(t.Context(), a.ID, ""); err != nil || len(list) != 1 {
		t.Errorf("clients %+v, %v", list, err)
	}
}
