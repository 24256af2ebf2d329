package face

import (
	"net/http"
	"strings"
	"testing"
)

// What the suite litmus does not look at: names, bounds, and that nobody runs what somebody stored.
func TestPlainFiles(t *testing.T) {
	w := newWorld(t)
	root := "/dav/files/ann/"
	w.ask(http.StatusCreated, "MKCOL", root+"a%20b/", "")
	put := w.ask(http.StatusCreated, "PUT", root+"a%20b/x.html", "<script>", "Content-Type: text/html")
	got := w.ask(http.StatusOK, "GET", root+"a%20b/x.html", "")
	if got.body != "<script>" || got.header.Get("Content-Disposition") != "attachment" || got.header.Get("ETag") != put.header.Get("ETag") {
		t.Errorf("%v %s", got.header, got.body)
	}
	list := w.ask(http.StatusMultiStatus, "PROPFIND", root, prop("resourcetype", "getcontentlength"), "Depth: 1")
	has(t, list.body, root+" 200 resourcetype=collection", root+"a%20b/ 200 resourcetype=collection")
	if strings.Contains(list.body, "x.html") {
		t.Error("a file of a folder is told as one of the outermost folder")
	}
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", root+"a%20b/", prop("getcontentlength"), "Depth: 1").body, root+"a%20b/x.html 200 getcontentlength=8")
	w.ask(http.StatusPreconditionFailed, "PUT", root+"a%20b/x.html", "y", `If-Match: "x"`)
	w.ask(http.StatusPreconditionFailed, "PUT", root+"a%20b/x.html", "y", "If-None-Match: *")
	w.ask(http.StatusConflict, "PUT", root+"none/x", "y")
	w.ask(http.StatusForbidden, "PUT", root+"%2e%2e/x", "y")
	w.ask(http.StatusForbidden, "PUT", root+"a%2fb", "y")
	w.ask(http.StatusRequestEntityTooLarge, "PUT", root+"big", strings.Repeat("x", maxFile+1))
	w.ask(http.StatusForbidden, "DELETE", root, "")
	for i := range 20 {
		status := w.as("ann", "PUT", root+"big"+strings.Repeat("g", i), strings.Repeat("x", maxFile)).status
		if want := map[bool]int{true: 201, false: 507}[i < 15]; status != want {
			t.Errorf("file %d: %d", i, status)
		}
	}
	if a := w.as("bob", "GET", root+"a%20b/x.html", ""); a.status != http.StatusForbidden {
		t.Errorf("bob: %d", a.status)
	}
	w.ask(http.StatusNoContent, "DELETE", root+"a%20b/", "")
	w.ask(http.StatusNotFound, "GET", root+"a%20b/x.html", "")
}

// An event goes into another calendar: it is in one of them, whatever goes wrong.
func TestMoveItems(t *testing.T) {
	w := newWorld(t)
	work := "/dav/calendars/ann/work/"
	w.ask(http.StatusCreated, "MKCALENDAR", work, "")
	w.ask(http.StatusCreated, "PUT", events+"e", eventOf("e", "DTSTART:20260504T100000Z"))
	w.ask(http.StatusCreated, "PUT", work+"other", eventOf("e", "DTSTART:20260504T110000Z"))
	to := func(path string) string { return "Destination: " + w.srv.URL + path }
	if a := w.ask(http.StatusConflict, "MOVE", events+"e", "", to(work+"e")); !strings.Contains(a.body, "no-uid-conflict") {
		t.Error(a.body)
	}
	w.ask(http.StatusOK, "GET", events+"e", "")
	w.ask(http.StatusNoContent, "DELETE", work+"other", "")
	w.ask(http.StatusForbidden, "MOVE", events+"e", "", to(tasks+"e"))
	w.ask(http.StatusForbidden, "MOVE", events+"e", "", to("/dav/files/ann/e"))
	w.ask(http.StatusForbidden, "MOVE", events+"e", "", to("/dav/calendars/bob/events/e"))
	w.ask(http.StatusConflict, "MOVE", events+"e", "", to("/dav/calendars/ann/none/e"))
	w.ask(http.StatusBadGateway, "MOVE", events+"e", "", "Destination: http://example.com/dav/calendars/ann/work/e")
	w.ask(http.StatusBadRequest, "MOVE", events+"e", "")
	w.ask(http.StatusPreconditionFailed, "MOVE", events+"e", "", to(work+"e"), `If-Match: "x"`)
	w.ask(http.StatusNotFound, "MOVE", events+"none", "", to(work+"e"))
	w.ask(http.StatusCreated, "MOVE", events+"e", "", to(work+"e"))
	w.ask(http.StatusNotFound, "GET", events+"e", "")
	if got := w.ask(http.StatusOK, "GET", work+"e", ""); got.body != eventOf("e", "DTSTART:20260504T100000Z") {
		t.Error(got.body)
	}
	w.ask(http.StatusCreated, "MOVE", work+"e", "", to(work+"renamed"))
	w.ask(http.StatusConflict, "COPY", work+"renamed", "", to(work+"twice"))
	w.ask(http.StatusCreated, "COPY", work+"renamed", "", to(events+"copy"))
	w.ask(http.StatusPreconditionFailed, "COPY", work+"renamed", "", to(events+"copy"), "Overwrite: F")
}
