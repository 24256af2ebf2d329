package face

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// BenchmarkFace asks what programs ask, of an address book with 10,000 contacts.
func BenchmarkFace(b *testing.B) {
	const n = 10_000
	w := newWorld(b)
	fill(b, w, n)
	var hundred strings.Builder
	for i := range 100 {
		fmt.Fprintf(&hundred, "<d:href>%s%d.vcf</d:href>", contacts, i*97)
	}
	token := tokenIn(b, w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody("", "")).body)
	put := 0
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"propfind", func() {
			w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("getetag", "resourcetype", "getcontenttype"), "Depth: 1", "Accept-Encoding: identity")
		}},
		{"ctag", func() {
			w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("cs:getctag", "sync-token"), "Depth: 0")
		}},
		{"multiget", func() {
			w.ask(http.StatusMultiStatus, "REPORT", contacts, request("card:addressbook-multiget", hundred.String(), "getetag", "card:address-data"), "Accept-Encoding: identity")
		}},
		{"sync", func() { w.ask(http.StatusMultiStatus, "REPORT", contacts, syncBody(token, "")) }},
		{"get", func() { w.ask(http.StatusOK, "GET", contacts+"77.vcf", "") }},
		{"query", func() {
			w.ask(http.StatusMultiStatus, "REPORT", contacts, cardQuery("anyof", `<card:prop-filter name="FN"><card:text-match>person 777</card:text-match></card:prop-filter>`, ""), "Accept-Encoding: identity")
		}},
		{"note", func() {
			w.ask(http.StatusMultiStatus, "REPORT", contacts, cardQuery("anyof", `<card:prop-filter name="NOTE"><card:text-match>number 777.</card:text-match></card:prop-filter>`, ""), "Accept-Encoding: identity")
		}},
		{"put", func() {
			put++
			w.ask(http.StatusCreated, "PUT", fmt.Sprintf("%snew-%d", contacts, put), cardOf(fmt.Sprintf("new-%d", put), "New"))
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.do()
			for b.Loop() {
				c.do()
			}
		})
	}
}

// fill puts contacts into ann's datastore.
func fill(b *testing.B, w *world, n int) {
	b.Helper()
	it := w.items.Items("id-ann", "client-ann")
	err := w.db.Update(b.Context(), func(ctx context.Context, _ *gorm.DB) error {
		for i := range n {
			card := strings.Replace(cardOf(fmt.Sprintf("uid-%d", i), fmt.Sprintf("Person %d", i)), "END:",
				fmt.Sprintf("EMAIL;TYPE=INTERNET:person%d@example.org\r\nTEL;TYPE=CELL:+47 %08d\r\nADR;TYPE=HOME:;;Road %d;Town;;0%d;\r\nNOTE:%snumber %d.\r\nEND:", i, i, i, i, strings.Repeat("words ", 30), i), 1)
			id := sources.ID(fmt.Sprintf("%d.vcf", i))
			if _, err := it.Put(ctx, dataclass.Contacts, id, "", dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(card)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
