package bindings

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// BenchmarkSlowSync measures a phone's first slow sync of n contacts into an empty datastore, from the
// inbox to the log entry: all of a sync but the messages. Reset measures the next slow sync of the same
// phone, which finds everything in place.
func BenchmarkSlowSync(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		rows := make([]syncml.Incoming, n)
		for i := range rows {
			rows[i] = replace(fmt.Sprint(i), benchCard(i))
		}
		b.Run(fmt.Sprintf("first-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				s, phones := benchHouse(b)
				b.StartTimer()
				benchSync(b, phones, s, rows)
			}
		})
		b.Run(fmt.Sprintf("again-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			s, phones := benchHouse(b)
			benchSync(b, phones, s, rows)
			for b.Loop() {
				benchSync(b, phones, s, rows)
			}
		})
	}
}

// benchCard is an invented contact of twelve properties.
func benchCard(i int) dataclass.Body {
	return card(fmt.Sprintf("Testperson%05d", i), fmt.Sprintf("TEL;TYPE=CELL:+1 555 %07d", i),
		fmt.Sprintf("TEL;TYPE=WORK,VOICE:+49 30 %06d", i), fmt.Sprintf("TEL;TYPE=HOME,FAX:+49 30 1%06d", i),
		fmt.Sprintf("EMAIL;TYPE=HOME,INTERNET:person%d@example.org", i), "ORG:Example Ltd.;Research\\, Development",
		"TITLE:Chief Tester", "BDAY:19820905", fmt.Sprintf("URL:http://www.example.org/~p%d", i),
		fmt.Sprintf("ADR;TYPE=HOME:;;%d Sample Street\\nBuilding 7;Musterstadt;Region\\, West;%d;Exampleland", i, 10000+i),
		"NOTE:Line one\\nLine two\\; with\\, separators")
}

// benchHouse makes an account with a phone bound to its datastore, all on a disk that is waited for.
func benchHouse(b testing.TB) (syncml.Phone, *Phones) {
	b.Helper()
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: filepath.Join(b.TempDir(), "bench.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := db.Migrate(ctx, append(Migrations(), datastore.Migrations()...)); err != nil {
		b.Fatal(err)
	}
	store := Open(db, Options{})
	kinds := &sources.Registry{}
	kinds.Register(datastore.New(db, datastore.Options{}).Kind())
	kinds.Register(syncml.NewKind(store.Mailbox()))
	phones := store.Phones(store.Syncs(kinds, slog.New(slog.DiscardHandler)), true)
	acc, err := store.CreateAccount(ctx, NewAccount{Name: "bench", Password: "correct horse"})
	if err != nil {
		b.Fatal(err)
	}
	id, err := phones.Register(ctx, acc.ID, "SIM-1")
	if err != nil {
		b.Fatal(err)
	}
	return syncml.Phone{Owner: acc.ID, Client: id}, phones
}

// benchSync plays one slow session in messages of a hundred items.
func benchSync(b *testing.B, phones *Phones, who syncml.Phone, rows []syncml.Incoming) {
	b.Helper()
	ctx := context.Background()
	ph, err := phones.TakeOver(ctx, who.Owner, who.Client)
	for len(rows) > 0 && err == nil {
		n := min(100, len(rows))
		err = phones.Put(ctx, ph, simDB, true, rows[:n])
		rows = rows[n:]
	}
	if err == nil {
		err = phones.Start(ctx, ph, simDB, engine.Slow, time.Hour)
	}
	if err == nil {
		err = phones.Finish(ctx, ph, simDB, true)
	}
	if err != nil {
		b.Fatal(err)
	}
}
