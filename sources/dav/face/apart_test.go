package face

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Two files of a folder have one UID: the datastore holds both, and no program is shown two items of one UID, whatever
// becomes of either.
func TestTwoItemsOfOneUID(t *testing.T) {
	w := newWorld(t)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	twin := func(title string) dataclass.Body {
		return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:twin\r\nFN:Ann Abel\r\nN:Abel;Ann;;;\r\nTITLE:" + title + "\r\nEND:VCARD\r\n")}
	}
	src, err := w.items.Kind().Open(t.Context(), sources.Client{Owner: "id-ann", ID: "client-ann", Origin: "b1"})
	ok(err)
	sess, err := src.Begin(t.Context(), dataclass.Contacts, "")
	ok(err)
	done, err := sess.Apply(t.Context(), []sources.Op{{Verb: sources.Add, Key: "a", Body: twin("a")}, {Verb: sources.Add, Key: "b", Body: twin("b")}})
	ok(err)
	ok(sess.Close())
	first, second := string(done[0].ID), string(done[1].ID)
	uids := func() string {
		a := w.ask(207, "REPORT", contacts, request("card:addressbook-query", "", "card:address-data"), "Depth: 1")
		var out []string
		for line := range strings.SplitSeq(a.body, "\n") {
			if uid, ok := strings.CutPrefix(strings.TrimSpace(line), "UID:"); ok {
				out = append(out, strings.TrimSuffix(uid, "&#13;"))
			}
		}
		return strings.Join(out, " ")
	}
	made := datastore.MadeUID(done[1].ID)
	if got := uids(); got != "twin "+made {
		t.Fatalf("shown are %s", got)
	}
	shown := w.ask(200, "GET", contacts+second, "").body
	if want := strings.Replace(string(twin("b").Data), "UID:twin", "UID:"+made, 1); shown != want {
		t.Errorf("the second is sent as %q, want %q", shown, want)
	}
	w.ask(409, "PUT", contacts+"c.vcf", strings.Replace(shown, "TITLE:b", "TITLE:c", 1))
	w.ask(204, "PUT", contacts+second, strings.Replace(shown, "TITLE:b", "TITLE:c", 1))
	if got := uids(); got != "twin "+made {
		t.Errorf("after a PUT shown are %s", got)
	}
	w.ask(204, "DELETE", contacts+first, "")
	if got := uids(); got != made {
		t.Errorf("after the first was deleted shown is %s", got)
	}
	w.ask(201, "PUT", contacts+"new.vcf", string(twin("new").Data))
}
