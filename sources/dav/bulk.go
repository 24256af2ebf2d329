package dav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
)

// A server that says so takes many writes in one request: the CRUD request of Apple's extension "Calendar Server Bulk Change
// Requests for *DAV Protocols" (doc/Extensions/calendarserver-bulk-change.txt of github.com/apple/ccs-calendarserver,
// sections 4 and 5). It names new items itself; they are known again by their UIDs. What such a request does not take, or
// does not speak of, is sent by itself afterwards.

const (
	// bulkOps and bulkBytes are how many writes and how many bytes one request has at the most, and bulkRun is how many
	// ops are noted, sent and noted again together, where a server takes many.
	bulkOps   = 500
	bulkBytes = 1 << 20
	bulkRun   = 2000
	// bulkLeast is for how few writes a server is still asked at once.
	bulkLeast = 3
)

func bulkName(local string) davxml.Name { return davxml.Name{Space: davxml.Bulk, Local: local} }

// learnBulk reads how many resources and bytes a bulk request may have. A bound that is left empty is none.
func (k *knows) learnBulk(r response) {
	crud := r.find(davxml.Bulk, "bulk-requests").Child("crud")
	if crud == nil {
		return
	}
	bound := func(name string, most int) int {
		text := strings.TrimSpace(crud.Child(name).Text())
		n, err := strconv.Atoi(text)
		switch {
		case text == "" || errors.Is(err, strconv.ErrRange):
			return most
		case err != nil:
			return 0
		}
		return max(min(n, most), 0)
	}
	k.Bulk, k.BulkBytes = bound("max-resources", bulkOps), bound("max-bytes", bulkBytes)
}

// bulk reports whether the server takes many writes at once.
func (k knows) bulk() bool { return k.Bulk >= bulkLeast && k.BulkBytes > 0 }

// A parcel is what is sent in one request: one job, or several with the document that has them.
type parcel struct {
	jobs []*job
	body []byte
}

// pack makes parcels of jobs, in their order.
func (w *writer) pack(jobs []*job) []parcel {
	var out []parcel
	if !w.knows.bulk() || len(jobs) < bulkLeast {
		return single(out, jobs)
	}
	var b *bundle
	for _, j := range jobs {
		if !bulky(j) {
			out = single(out, []*job{j})
			continue
		}
		piece := w.piece(j)
		if b != nil && (len(b.jobs) == w.knows.Bulk || b.size+len(piece) > w.knows.BulkBytes) {
			out, b = b.end(out), nil
		}
		if b == nil {
			b = &bundle{size: len(bulkHead) + len(bulkTail)}
		}
		if b.size+len(piece) > w.knows.BulkBytes {
			out = single(out, []*job{j})
			continue
		}
		b.jobs, b.pieces, b.size = append(b.jobs, j), append(b.pieces, piece), b.size+len(piece)
	}
	return b.end(out)
}

func single(out []parcel, jobs []*job) []parcel {
	for _, j := range jobs {
		out = append(out, parcel{jobs: []*job{j}})
	}
	return out
}

// A bundle is a parcel that grows.
type bundle struct {
	jobs   []*job
	pieces [][]byte
	size   int
}

// end adds the parcel to others.
func (b *bundle) end(out []parcel) []parcel {
	switch {
	case b == nil || len(b.jobs) == 0:
		return out
	case len(b.jobs) < bulkLeast:
		return single(out, b.jobs)
	}
	body := make([]byte, 0, b.size)
	body = append(body, bulkHead...)
	body = append(append(body, bytes.Join(b.pieces, nil)...), bulkTail...)
	return append(out, parcel{b.jobs, body})
}

// bulky reports whether a job can be sent among others: what was tried already is sent by itself, and so is what XML
// cannot say.
func bulky(j *job) bool {
	if j.tried || j.pending || j.asIs {
		return false
	}
	return j.op.Verb == sources.Delete || utf8.Valid(j.data) && !bytes.ContainsFunc(j.data, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0xFFFE || r == 0xFFFF
	})
}

const (
	bulkHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<m:multiput xmlns:m="` + davxml.Bulk + `" xmlns:d="` + davxml.DAV +
		`" xmlns:card="` + davxml.CardDAV + `" xmlns:cal="` + davxml.CalDAV + `">`
	bulkTail = "</m:multiput>\n"
)

// piece prints the change that a job asks for.
func (w *writer) piece(j *job) []byte {
	b := bytes.NewBuffer(make([]byte, 0, len(j.data)+len(j.data)/8+len(j.href)+300))
	b.WriteString("<m:resource>")
	if j.op.Verb != sources.Add {
		b.WriteString("<d:href>")
		escape(b, j.href)
		b.WriteString("</d:href>")
		if tag := condition(j.etag); tag != "*" {
			b.WriteString("<m:if-match><d:getetag>")
			escape(b, tag)
			b.WriteString("</d:getetag></m:if-match>")
		}
	}
	if j.op.Verb == sources.Delete {
		b.WriteString("<m:delete/></m:resource>")
		return b.Bytes()
	}
	name := "cal:calendar-data"
	if w.class == dataclass.Contacts {
		name = "card:address-data"
	}
	b.WriteString("<d:set><d:prop><" + name + ">")
	text := string(j.data)
	if n := strings.Count(text, "\r\n"); n == strings.Count(text, "\n") && n == strings.Count(text, "\r") {
		text = strings.ReplaceAll(text, "\r\n", "\n") // XML says both so, and whoever reads it makes the lines what they are to be
	}
	escape(b, text)
	b.WriteString("</" + name + "></d:prop></d:set></m:resource>")
	return b.Bytes()
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")

func escape(b *bytes.Buffer, s string) {
	if strings.ContainsAny(s, "&<>\r") {
		s = escaper.Replace(s)
	}
	b.WriteString(s)
}

// sendMany sends a parcel of several jobs. What became of each is in it; the error is that of the request.
func (w *writer) sendMany(ctx context.Context, p parcel) error {
	a := newAnswers(w, p.jobs)
	for _, j := range p.jobs {
		j.unsure = true
	}
	err := w.wire.do(ctx, request{method: http.MethodPost, body: p.body, contentType: xmlType, read: func(resp *http.Response) error {
		_, err := multistatus(resp, listings, func(r response) error {
			a.take(resp.Request.URL, r)
			return nil
		})
		return err
	}})
	switch st := statusOf(err); {
	case errors.Is(err, sources.ErrAuth), errors.Is(err, sources.ErrBusy) && st != http.StatusLocked:
		return a.all(err)
	case st >= 400 && (st < 500 || st == http.StatusNotImplemented || st == http.StatusInsufficientStorage):
		return errNotTaken
	}
	if err == nil {
		err = errUnsaid
	}
	return a.end(err)
}

var (
	// errNotTaken means that a server took none of many writes, because they were many.
	errNotTaken = errors.New("the server does not take many writes at once")
	// errUnsaid means that an answer did not speak of a write.
	errUnsaid = fmt.Errorf("%w: the answer of the server does not speak of all that it was sent", dataclass.ErrMalformed)
)

// newPlaces sees to it that new items are where nothing else is known to be, and no two at one place. What a server says
// otherwise is not believed.
func (w *writer) newPlaces(ctx context.Context, jobs []*job) error {
	var hrefs []string
	times := make(map[string]int)
	for _, j := range jobs {
		if j.placed {
			hrefs = append(hrefs, j.href)
			times[j.href]++
		}
	}
	if len(hrefs) == 0 {
		return nil
	}
	taken, err := w.used(ctx, nil, hrefs)
	for _, j := range jobs {
		if j.placed && (err != nil || taken[j.href] != nil || times[j.href] > 1) {
			j.last, j.href, j.made, j.modified = errUnsaid, w.hrefFor(j.uid), "", 0
		}
		j.placed = false
	}
	return err
}
