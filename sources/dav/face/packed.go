package face

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
)

// Calendar programs may pack what they send (RFC 9110 section 8.4).

// packings are those that are taken, as a refusal tells.
const packings = "gzip, deflate"

// packing gives how a request's body is packed; "" if it is not.
func packing(r *http.Request) string {
	how := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ",")))
	switch how {
	case "identity":
		return ""
	case "x-gzip":
		return "gzip"
	}
	return how
}

// unpacked gives the body of a request as it was before it was packed. How much that is, is for the reader to bound.
func (c *call) unpacked() (io.Reader, error) {
	var unpack io.Reader
	var err error
	switch packing(c.r) {
	case "":
		return c.r.Body, nil
	case "gzip":
		unpack, err = gzip.NewReader(c.r.Body)
	case "deflate":
		unpack, err = zlib.NewReader(c.r.Body)
	default:
		c.w.Header().Set("Accept-Encoding", packings)
		return nil, &fault{status: http.StatusUnsupportedMediaType, text: "an item comes as it is, or packed as " + packings}
	}
	if err != nil {
		return nil, badRequest("the request is not packed as it says")
	}
	return unpack, nil
}
