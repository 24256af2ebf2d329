package dav

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bindery-sync/bindery/dataclass"
)

// A counted reader counts what was read of it.
type counted struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// What is held in memory of an answer is bounded, however much is allowed to come: a server that sends one thing without
// end is left long before all is read that a great collection may have.
func TestEndlessPieces(t *testing.T) {
	open := `<multistatus xmlns="DAV:">`
	items := (&wire{d: &DAV{o: Options{MaxItemSize: 10 << 20}}}).content()
	for _, c := range []struct {
		name, before, again string
		most                bound
		read                int64 // bytes at most
	}{
		{"tag", open + "<response><", "a", items, 1 << 18},
		{"attributes", open + "<response><a", ` b=""`, items, 1 << 18},
		{"attribute", open + `<response><a b="`, "c", items, 1 << 18},
		{"comment", open + "<!--", "c", items, 1 << 18},
		{"end tag", open + "<response></", "a", items, 1 << 18},
		{"elements", open + "<response>", "<a/>", items, 1 << 18},
		{"elements in a listing", open + "<response>", "<a/>", listings, 1 << 18},
		{"text in a listing", open + "<response><href>", "a", listings, 300 << 10},
		{"CDATA in a listing", open + "<response><href><![CDATA[", "a>", listings, 300 << 10},
		{"text", open + "<response><href>", "a", items, 14 << 20},
		{"CDATA", open + "<response><href><![CDATA[", "a<", items, 14 << 20},
		{"blanks", open, " ", listings, 300 << 10},
		{"comments", open, "<!-- a -->", listings, 300 << 10},
		{"before the root", "", "<!-- a -->", listings, 300 << 10},
		{"after the root", open + "</multistatus>", " ", listings, 300 << 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := &counted{r: io.MultiReader(strings.NewReader(c.before), endless(c.again))}
			_, err := multistatus(&http.Response{StatusCode: 207, Body: io.NopCloser(body)}, c.most, func(response) error { return nil })
			if !errors.Is(err, dataclass.ErrTooBig) && !errors.Is(err, dataclass.ErrMalformed) || body.n > c.read {
				t.Errorf("%v after %d bytes", err, body.n)
			}
		})
	}
}

// Nothing that a good server sends is too long for the bounds.
func TestLongPieces(t *testing.T) {
	items := (&wire{d: &DAV{o: Options{MaxItemSize: 10 << 20}}}).content()
	photo := strings.Repeat("aGVsbG8gd29ybGQ=\r\n ", 9<<20/19)
	odd := "BEGIN <not a tag > ]] ]>" + strings.Repeat("<", 100<<10) + "]]"
	for _, c := range []struct{ name, written, want string }{
		{"escaped", strings.ReplaceAll(photo, "\r", "&#13;"), photo},
		{"CDATA", "<![CDATA[" + odd + "]]>", odd},
		{"CDATA and more", "a<![CDATA[" + odd + "]]>b<![CDATA[]]>c", "a" + odd + "bc"},
		{"a > in an attribute", `<x y="` + strings.Repeat(">", 200) + `"/>`, ""},
		{"a long attribute", `<x y="` + strings.Repeat("z", 60<<10) + `"/>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := "<response><href>/a</href><propstat><prop><data>" + c.written + "</data></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
			text := `<multistatus xmlns="DAV:">` + one + one + `</multistatus>`
			readers := map[string]io.Reader{"whole": strings.NewReader(text)}
			if len(text) < 1<<20 {
				readers["byte by byte"] = iotest.OneByteReader(strings.NewReader(text))
			}
			for how, r := range readers {
				n := 0
				_, err := multistatus(&http.Response{StatusCode: 207, Body: io.NopCloser(r)}, items, func(r response) error {
					if got := r.find("DAV:", "data").Text(); got != c.want {
						return fmt.Errorf("%d bytes, want %d", len(got), len(c.want))
					}
					n++
					return nil
				})
				if err != nil || n != 2 {
					t.Errorf("%s: %d responses, %v", how, n, err)
				}
			}
		})
	}
}
