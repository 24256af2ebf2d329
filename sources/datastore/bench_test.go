package datastore_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

func BenchmarkApply5000Adds(b *testing.B) {
	store := openStore(b, filepath.Join(b.TempDir(), "items.db"))
	b.Cleanup(func() { _ = store.Close() })
	d := datastore.New(store, datastore.Options{})
	body := dataclass.Body{Type: "text/vcard", Data: make([]byte, 360)}
	for i := 0; b.Loop(); i++ {
		src, err := d.Kind().Open(b.Context(), sources.Client{Owner: "ann", ID: fmt.Sprint(i), Origin: "x"})
		if err != nil {
			b.Fatal(err)
		}
		sess, err := src.Begin(b.Context(), dataclass.Contacts, "")
		if err != nil {
			b.Fatal(err)
		}
		ops := make([]sources.Op, 5000)
		for j := range ops {
			ops[j] = sources.Op{Key: sources.Key(fmt.Sprintf("k-%d", j)), Verb: sources.Add, Body: body}
		}
		res, err := sess.Apply(b.Context(), ops)
		if err != nil || len(res) != 5000 || res[4999].State != sources.Done {
			b.Fatal(len(res), err)
		}
		n := 0
		sess, err = src.Begin(b.Context(), dataclass.Contacts, "")
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range sess.Changes(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 5000 {
			b.Fatal(n)
		}
	}
}
