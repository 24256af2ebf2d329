package bindings

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

const (
	phoneUUID = "2fb295cc-0e50-11de-81c8-002215064801"
	otherUUID = "51579fd6-01a5-11de-8505-002215064801"
)

func TestBindingLifeCycle(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ctx := t.Context()
	ann := mustAccount(t, f.Store, "ann")
	phone := mustClient(t, f.Store, ann.ID, NewClient{ID: phoneUUID, Kind: "syncml"})
	store := mustDatastore(t, f.Store, ann.ID)
	made := f.clock
	b, err := f.CreateBinding(ctx, ann.ID, NewBinding{Source: phone.ID, Target: store.ID})
	if err != nil {
		t.Fatal(err)
	}
	want := Binding{
		Owner: ann.ID, ID: b.ID, Source: phone.ID, Target: store.ID, Kinds: [2]string{"syncml", "datastore"},
		Winner: WinnerSource, Direction: BothWays, Created: made, Updated: made,
	}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	f.wait(time.Hour)
	want.Winner, want.Updated = WinnerTarget, f.clock
	if b, err = f.SetWinner(ctx, ann.ID, b.ID, WinnerTarget); err != nil || !cmp.Equal(want, b) {
		t.Errorf("SetWinner = %+v, %v; want %+v", b, err, want)
	}
	if list, err := f.Bindings(ctx, ann.ID); err != nil || !cmp.Equal(list, []Binding{want}) {
		t.Errorf("Bindings = %+v, %v", list, err)
	}
	if err := f.RemoveBinding(ctx, ann.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.Binding(ctx, ann.ID, b.ID)
	wantClass(t, "removed", err, ErrNotFound)
	wantClass(t, "remove again", f.RemoveBinding(ctx, ann.ID, b.ID), ErrNotFound)
	_, err = f.SetWinner(ctx, ann.ID, b.ID, WinnerSource)
	wantClass(t, "change removed", err, ErrNotFound)
	again, err := f.CreateBinding(ctx, ann.ID, NewBinding{Source: phone.ID, Target: store.ID})
	if err != nil || again.ID <= b.ID {
		t.Errorf("bound again as %d, %v; want an id above %d", again.ID, err, b.ID)
	}
}

// The links of a removed binding name it, so its row must stay.
func TestRemoveBindingKeepsItsRow(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	phone := mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml"})
	b, err := f.CreateBinding(t.Context(), ann.ID, NewBinding{Source: phone.ID, Target: mustDatastore(t, f.Store, ann.ID).ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveBinding(t.Context(), ann.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	var row bindingRow
	err = f.db.View(t.Context(), func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ? AND id = ?", ann.ID, b.ID).Take(&row).Error
	})
	if err != nil || row.Removed != f.clock.UnixMicro() {
		t.Errorf("row = %+v, %v; want it marked removed now", row, err)
	}
}

func TestCreateBindingRefuses(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ctx := t.Context()
	ann, bob := mustAccount(t, f.Store, "ann"), mustAccount(t, f.Store, "bob")
	phone := mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml", DeviceID: "one"})
	free := mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml", DeviceID: "two"})
	web := mustClient(t, f.Store, ann.ID, NewClient{Kind: "google"})
	store, foreign := mustDatastore(t, f.Store, ann.ID), mustDatastore(t, f.Store, bob.ID)
	for _, n := range []NewBinding{{Source: phone.ID, Target: store.ID}, {Source: store.ID, Target: web.ID}} {
		if _, err := f.CreateBinding(ctx, ann.ID, n); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name  string
		n     NewBinding
		class error
	}{
		{"phone to another peer", NewBinding{Source: phone.ID, Target: web.ID}, ErrInUse},
		{"phone as target", NewBinding{Source: web.ID, Target: phone.ID}, ErrInUse},
		{"same pair", NewBinding{Source: store.ID, Target: web.ID}, ErrInUse},
		{"same pair turned", NewBinding{Source: web.ID, Target: store.ID}, ErrInUse},
		{"two phones", NewBinding{Source: free.ID, Target: phone.ID}, ErrInvalid},
		{"itself", NewBinding{Source: web.ID, Target: web.ID}, ErrInvalid},
		{"no UUID", NewBinding{Source: "mine", Target: store.ID}, ErrInvalid},
		{"no target", NewBinding{Source: free.ID}, ErrInvalid},
		{"bad winner", NewBinding{Source: free.ID, Target: store.ID, Winner: "Source"}, ErrInvalid},
		{"wrong source kind", NewBinding{Source: free.ID, SourceKind: "google", Target: store.ID}, ErrInvalid},
		{"wrong target kind", NewBinding{Source: free.ID, Target: store.ID, TargetKind: "syncml"}, ErrInvalid},
		{"unknown client", NewBinding{Source: free.ID, Target: otherUUID}, ErrNoClient},
		{"foreign client", NewBinding{Source: free.ID, Target: foreign.ID}, ErrNoClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := f.CreateBinding(ctx, ann.ID, tc.n)
			wantClass(t, "create", err, tc.class)
			var sentence *Error
			if !errors.As(err, &sentence) || b.ID != 0 {
				t.Errorf("binding %d, error %v; want none, with a sentence", b.ID, err)
			}
		})
	}
	if list, err := f.Bindings(ctx, ann.ID); err != nil || len(list) != 2 {
		t.Errorf("%d bindings, %v; want the first two", len(list), err)
	}
}

// The pair and the phone are guarded by indexes as well, for the day two writers work at once.
func TestBindingIndexes(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	phone := mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml"})
	web := mustClient(t, f.Store, ann.ID, NewClient{Kind: "google"})
	store := mustDatastore(t, f.Store, ann.ID)
	insert := func(b bindingRow) error {
		b.Owner, b.Winner = ann.ID, WinnerSource
		return f.db.Update(t.Context(), func(_ context.Context, tx *gorm.DB) error { return tx.Create(&b).Error })
	}
	if err := errors.Join(
		insert(bindingRow{Source: phone.ID, Target: store.ID, Deferred: phone.ID}),
		insert(bindingRow{Source: web.ID, Target: store.ID}),
		insert(bindingRow{Source: web.ID, Target: store.ID, Removed: 1}),
	); err != nil {
		t.Fatal(err)
	}
	wantClass(t, "phone twice", insert(bindingRow{Source: web.ID, Target: phone.ID, Deferred: phone.ID}), gorm.ErrDuplicatedKey)
	wantClass(t, "pair turned", insert(bindingRow{Source: store.ID, Target: web.ID}), gorm.ErrDuplicatedKey)
	wantClass(t, "unknown client", insert(bindingRow{Source: store.ID, Target: otherUUID}), gorm.ErrForeignKeyViolated)
}

func TestCreateBindingAsksKinds(t *testing.T) {
	kinds := &sources.Registry{}
	contacts := []dataclass.Class{dataclass.Contacts}
	kinds.Register(sources.Kind{Name: "datastore", Caps: sources.Caps{Classes: contacts}})
	kinds.Register(sources.Kind{Name: "later", Caps: sources.Caps{Classes: contacts, Deferred: true}})
	kinds.Register(sources.Kind{Name: "notebook", Caps: sources.Caps{Classes: []dataclass.Class{dataclass.Notes}}})
	f := newRegistry(t, func(o *Options) { o.Kinds = kinds }).cheap()
	ann := mustAccount(t, f.Store, "ann")
	store := mustDatastore(t, f.Store, ann.ID)
	for _, tc := range []struct {
		kind  string
		class error
	}{{"later", nil}, {"notebook", ErrInvalid}, {"google", ErrInvalid}} {
		t.Run(tc.kind, func(t *testing.T) {
			c := mustClient(t, f.Store, ann.ID, NewClient{Kind: tc.kind})
			_, err := f.CreateBinding(t.Context(), ann.ID, NewBinding{Source: c.ID, Target: store.ID})
			wantClass(t, "create", err, tc.class)
		})
	}
}

func TestBindingOfAnotherOwner(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ctx := t.Context()
	ann, bob := mustAccount(t, f.Store, "ann"), mustAccount(t, f.Store, "bob")
	phone := mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml"})
	b, err := f.CreateBinding(ctx, ann.ID, NewBinding{Source: phone.ID, Target: mustDatastore(t, f.Store, ann.ID).ID})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Binding(ctx, bob.ID, b.ID)
	wantClass(t, "get", err, ErrForbidden)
	_, err = f.SetWinner(ctx, bob.ID, b.ID, WinnerTarget)
	wantClass(t, "change", err, ErrForbidden)
	wantClass(t, "remove", f.RemoveBinding(ctx, bob.ID, b.ID), ErrForbidden)
	if list, err := f.Bindings(ctx, bob.ID); err != nil || len(list) != 0 {
		t.Errorf("bob sees %v, %v", list, err)
	}
	if got, err := f.Binding(ctx, ann.ID, b.ID); err != nil || !cmp.Equal(got, b) {
		t.Errorf("ann's binding is now %+v, %v; want %+v", got, err, b)
	}
	for _, id := range []int64{0, -1, b.ID + 1} {
		_, err = f.Binding(ctx, ann.ID, id)
		wantClass(t, "unknown id", err, ErrNotFound)
	}
	if err := f.RemoveBinding(ctx, ann.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.Binding(ctx, bob.ID, b.ID)
	wantClass(t, "removed foreign binding", err, ErrNotFound)
}

func TestBindingsOf(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	phone := mustClient(t, f.Store, ann.ID, NewClient{Kind: "syncml"})
	web := mustClient(t, f.Store, ann.ID, NewClient{Kind: "google"})
	store := mustDatastore(t, f.Store, ann.ID)
	var ids []int64
	for _, c := range []Client{phone, web} {
		b, err := f.CreateBinding(t.Context(), ann.ID, NewBinding{Source: c.ID, Target: store.ID})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	for _, tc := range []struct {
		name   string
		client Client
		want   []int64
	}{{"phone", phone, ids[:1]}, {"web", web, ids[1:]}, {"store", store, ids}} {
		var got []int64
		list, err := f.BindingsOf(t.Context(), ann.ID, tc.client.ID)
		for _, b := range list {
			got = append(got, b.ID)
		}
		if err != nil || !cmp.Equal(got, tc.want) {
			t.Errorf("bindings of %s = %v, %v; want %v", tc.name, got, err, tc.want)
		}
	}
}

// A binding made in a transaction that fails is not there.
func TestCreateBindingJoins(t *testing.T) {
	f := newRegistry(t, nil).cheap()
	ann := mustAccount(t, f.Store, "ann")
	store := mustDatastore(t, f.Store, ann.ID)
	stop := errors.New("stop")
	err := f.db.Update(t.Context(), func(ctx context.Context, _ *gorm.DB) error {
		phone, err := f.CreateClient(ctx, ann.ID, NewClient{Kind: "syncml"})
		if err != nil {
			return err
		}
		b, err := f.CreateBinding(ctx, ann.ID, NewBinding{Source: phone.ID, Target: store.ID})
		if err != nil || b.ID == 0 {
			t.Errorf("binding = %+v, %v", b, err)
		}
		return stop
	})
	wantClass(t, "update", err, stop)
	list, err := f.Clients(t.Context(), ann.ID, "")
	if bs, err2 := f.Bindings(t.Context(), ann.ID); err != nil || err2 != nil || len(bs) != 0 || len(list) != 1 {
		t.Errorf("clients %v, bindings %v, %v, %v; want only the datastore", list, bs, err, err2)
	}
}
