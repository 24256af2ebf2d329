package face

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A page is where a listing goes on. It stays right while items change: an item that was not listed yet is listed, one
// that was listed and changed is listed again.
type page struct {
	// after is the number of the change that the last listed item had.
	after int64
	// top is the number of the last change at the beginning of a listing of the newest first; what is after it is
	// listed in the end. In such an end back is false.
	top  int64
	back bool
	// index is the number of the first entry, from 1; updated is the time of the first page's feed.
	index   int
	updated time.Time
}

// String gives the page as the value of a parameter.
func (p page) String() string {
	order := "u"
	if p.back {
		order = "d"
	}
	s := fmt.Sprintf("%s.%d.%d.%d.%d", order, p.after, p.top, p.index, p.updated.UnixMilli())
	return base64.RawURLEncoding.EncodeToString([]byte(s))
}

// readPage reads it again; nil for anything else.
func readPage(s string) *page {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) > 100 {
		return nil
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != 5 || parts[0] != "u" && parts[0] != "d" {
		return nil
	}
	var n [4]int64
	for i := range n {
		if n[i], err = strconv.ParseInt(parts[i+1], 10, 64); err != nil || n[i] < 0 || n[i] > 1<<50 {
			return nil
		}
	}
	return &page{after: n[0], top: n[1], back: parts[0] == "d", index: int(n[2]), updated: time.UnixMilli(n[3]).UTC()}
}
