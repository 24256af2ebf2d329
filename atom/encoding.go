package atom

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// decoded gives the body of a request without its content coding (RFC 9110 section 8.4): gzip is undone, most bytes at
// the most, and every other coding is refused.
func decoded(w http.ResponseWriter, r *http.Request, most int64) error {
	said := strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ","))
	switch strings.ToLower(said) {
	case "", "identity":
		return nil
	case "gzip", "x-gzip":
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		return errCoding
	}
	r.Header.Del("Content-Encoding")
	r.ContentLength = -1
	r.Body = http.MaxBytesReader(w, &unzipped{in: r.Body}, most)
	return nil
}

// unzipped undoes gzip. Nothing is read before the first byte is asked for.
type unzipped struct {
	in  io.ReadCloser
	out *gzip.Reader
}

// Read implements io.Reader.
func (u *unzipped) Read(p []byte) (int, error) {
	if u.out == nil {
		out, err := gzip.NewReader(u.in)
		if err == io.EOF { // an empty body is no gzip file
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		u.out = out
	}
	return u.out.Read(p)
}

// Close implements io.Closer.
func (u *unzipped) Close() error { return u.in.Close() }
