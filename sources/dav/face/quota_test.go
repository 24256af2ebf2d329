package face

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A program that keeps plain files is told how much room there is (RFC 4331), and cannot set it.
func TestQuota(t *testing.T) {
	w := newWorld(t)
	files := Root + "files/ann/"
	ask := func() string {
		return w.ask(http.StatusMultiStatus, "PROPFIND", files, prop("quota-used-bytes", "quota-available-bytes"), "Depth: 0").body
	}
	room := func(used int) []string {
		return []string{fmt.Sprintf("%s 200 quota-used-bytes=%d", files, used), fmt.Sprintf("%s 200 quota-available-bytes=%d", files, maxFileBytes-used)}
	}
	has(t, ask(), room(0)...)
	w.ask(http.StatusCreated, "PUT", files+"a.txt", strings.Repeat("a", 1000))
	w.ask(http.StatusCreated, "MKCOL", files+"more", "")
	w.ask(http.StatusCreated, "PUT", files+"more/b.txt", strings.Repeat("b", 234))
	has(t, ask(), room(1234)...)
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", files+"a.txt", prop("quota-used-bytes"), "Depth: 0").body, files+"a.txt 404 quota-used-bytes")
	has(t, w.ask(http.StatusMultiStatus, "PROPFIND", contacts, prop("quota-available-bytes"), "Depth: 0").body, contacts+" 404 quota-available-bytes")
	a := w.ask(http.StatusMultiStatus, "PROPPATCH", files, setting("<d:quota-used-bytes>1</d:quota-used-bytes>"))
	if !strings.Contains(a.body, "cannot-modify-protected-property") {
		t.Error(a.body)
	}
	if all := w.ask(http.StatusMultiStatus, "PROPFIND", files, `<d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>`, "Depth: 0").body; strings.Contains(all, "quota") {
		t.Error("told to who asks for all (section 3)")
	}
}
