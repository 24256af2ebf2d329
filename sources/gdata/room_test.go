package gdata_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// tiny answers with pages of tiny entries: pages of them, or without end if that is 0. Said is the total that they name; at
// is called before each page.
func tiny(pages, said int, at func(page int)) gdatatest.Way {
	const size = 100
	return gdatatest.Do(func(r *http.Request, _ gdatatest.Ask) (*http.Response, error) {
		k, _ := strconv.Atoi(r.URL.Query().Get("k"))
		at(k)
		var page strings.Builder
		page.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><updated>2026-11-20T09:00:00Z</updated>`)
		if said > 0 {
			fmt.Fprintf(&page, `<o:totalResults>%d</o:totalResults>`, said)
		}
		if k+1 != pages {
			fmt.Fprintf(&page, `<link rel="next" href="?k=%d"/>`, k+1)
		}
		for i := range size {
			fmt.Fprintf(&page, `<entry><id>x/%d</id><title>z</title></entry>`, k*size+i)
		}
		page.WriteString(`</feed>`)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page.String()))}, nil
	})
}

// A feed that never ends is left when it has more than anybody needs: by its own word at once, else when the memory that
// one look may take is used up. What it took is free again afterwards.
func TestEndlessPages(t *testing.T) {
	for said, most := range map[int]int{0: 100, 99_999_999: 1} {
		w := newWorldWith(t, dataclass.Contacts, gdata.Options{Room: 4 << 20})
		asked := 0
		for range 3 {
			asked = 0
			w.Trouble(&gdatatest.Trouble{Do: tiny(0, said, func(int) { asked++ })})
			if _, _, err := w.try(""); !isErr(err, dataclass.ErrTooBig) {
				t.Fatalf("a feed without end: %v", err)
			}
			w.Honest()
		}
		if asked > most {
			t.Errorf("%d pages were read of a feed that names %d entries", asked, said)
		}
		ids := w.user("one")
		w.shows(w.look(), ids...)
	}
}

// Several great feeds at once share the memory: those of one owner leave others theirs, and a small one is always read.
func TestSeveralGreatFeeds(t *testing.T) {
	h := newHouse(t, gdata.Options{Room: 4 << 20})
	big := func(owner string, at func(int)) *client {
		c := h.client(t, owner, "")
		c.Trouble(&gdatatest.Trouble{Do: tiny(30, 0, at)})
		return c
	}
	begin := func(c *client) error {
		s, err := c.Source("engine").Begin(t.Context(), dataclass.Contacts, "")
		if err == nil {
			err = s.Close()
		}
		return err
	}
	small := h.client(t, "ann", "")
	if _, err := small.Put(dataclass.Contacts, card("one")); err != nil {
		t.Fatal(err)
	}
	met := 0
	first := big("ann", func(page int) {
		if page != 29 {
			return
		}
		met++
		if err := begin(big("ann", func(int) {})); !isErr(err, sources.ErrBusy) {
			t.Errorf("another great feed of the same owner: %v", err)
		}
		if err := begin(big("bob", func(int) {})); err != nil {
			t.Errorf("a great feed of another owner: %v", err)
		}
		if err := begin(small); err != nil {
			t.Errorf("a small feed: %v", err)
		}
	})
	for range 3 {
		if err := begin(first); err != nil {
			t.Fatal(err)
		}
	}
	if met != 3 {
		t.Fatalf("others came %d times", met)
	}
	if err := begin(big("ann", func(int) {})); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
