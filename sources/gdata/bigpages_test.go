package gdata_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

// great answers with pages of ten entries of 100 kB each: pages of them. At is called before each page.
func great(pages int, at func(page int)) gdatatest.Way {
	long := strings.Repeat("x", 100_000)
	return gdatatest.Do(func(r *http.Request, _ gdatatest.Ask) (*http.Response, error) {
		k, _ := strconv.Atoi(r.URL.Query().Get("k"))
		at(k)
		var page strings.Builder
		page.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:gd="http://schemas.google.com/g/2005"><updated>2026-11-20T09:00:00Z</updated>`)
		if k+1 != pages {
			fmt.Fprintf(&page, `<link rel="next" href="?k=%d"/>`, k+1)
		}
		for i := range 10 {
			fmt.Fprintf(&page, `<entry><id>x/%d-%d</id><content>%s</content><link rel="self" href="/feeds/%d"/>`, k, i, long, i)
			page.WriteString(`<gd:extendedProperty name="bindery-add" value="m"/></entry>`)
		}
		page.WriteString(`</feed>`)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page.String()))}, nil
	})
}

// Of entries that were read and wait on the disk, nothing stays in memory: pages are forgotten one by one.
func TestGreatPagesAreForgotten(t *testing.T) {
	w := newWorld(t, dataclass.Contacts)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var before, behind int64
	w.Trouble(&gdatatest.Trouble{Do: great(50, func(page int) {
		switch page {
		case 15: // beyond what stays in memory
			before = heap()
		case 49:
			behind = heap()
		}
	})})
	s, err := w.Source("engine").Begin(t.Context(), w.class, "")
	w.must(err)
	w.must(s.Close())
	if grown := behind - before; behind == 0 || grown > 16<<20 {
		t.Errorf("34 MB of pages take %d bytes of memory", grown)
	}
}

// A feed without end is left when its entries have more bytes than one account may keep on the disk, and these are free
// again afterwards.
func TestGreatPagesWithoutEnd(t *testing.T) {
	w := newWorldWith(t, dataclass.Contacts, gdata.Options{Disk: 16 << 20})
	for range 2 {
		asked := 0
		w.Trouble(&gdatatest.Trouble{Do: great(0, func(int) { asked++ })})
		if _, _, err := w.try(""); !isErr(err, dataclass.ErrTooBig) {
			t.Fatalf("a feed without end: %v", err)
		}
		if w.Honest(); asked < 5 || asked > 10 {
			t.Errorf("%d pages of 1 MB were read", asked)
		}
	}
	ids := w.user("one")
	w.shows(w.look(), ids...)
}
