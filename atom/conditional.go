package atom

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// A held answer is kept back until its tag is known.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
	// real is where the answer goes in the end; past says that it went there by itself.
	real http.ResponseWriter
	past bool
}

func newHeld() *held { return &held{header: http.Header{}} }

// Header implements http.ResponseWriter.
func (h *held) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write implements http.ResponseWriter.
func (h *held) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// direct gives the way past, for an answer that cannot wait for its end. It gets the header that was set so far.
func (h *held) direct() http.ResponseWriter {
	if h.real == nil {
		return h
	}
	h.past = true
	h.pass()
	return h.real
}

// pass gives the header to the real answer.
func (h *held) pass() {
	for name, values := range h.header {
		h.real.Header()[name] = values
	}
	h.real.Header().Set("Vary", "Accept, Accept-Encoding, Authorization, Cookie")
}

// tag is the entity tag of what the answer says: a document that did not change has the same one. It is empty for
// what is no document.
func (h *held) tag() string {
	if h.status != http.StatusOK && h.status != http.StatusCreated || !strings.HasPrefix(h.header.Get("Content-Type"), "application/atom") {
		return ""
	}
	sum := sha256.Sum256(h.body.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// zipped is what an entity tag has behind it when its document is sent compressed: the bytes are others.
const zipped = "-gzip"

// leastZipped is the least size, in bytes, that is worth compressing.
const leastZipped = 1400

// conditional gives documents an entity tag, answers 304 to whoever has the document already (RFC 9110 section 13.1.2),
// and compresses it for whoever takes that.
func conditional(next http.Handler) http.Handler {
	zips := newZipper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := newHeld()
		h.real = w
		if next.ServeHTTP(h, r); h.past {
			return
		}
		h.pass()
		tag, look := h.tag(), r.Method == http.MethodGet || r.Method == http.MethodHead
		if seen := r.Header.Values("If-Match"); tag != "" && look && len(seen) > 0 && !named(seen, tag) {
			w.Header().Del("Content-Length")
			refuseChanged(w)
			return
		}
		if tag != "" && look && named(r.Header.Values("If-None-Match"), tag) {
			w.Header().Set("ETag", `"`+tag+`"`)
			w.Header().Del("Content-Length")
			w.Header().Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := h.body.Bytes()
		if tag != "" {
			if look && len(body) >= leastZipped && takesGzip(r) {
				body, tag = zips.compress(body), tag+zipped
				w.Header().Set("Content-Encoding", "gzip")
			}
			w.Header().Set("ETag", `"`+tag+`"`)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(max(h.status, http.StatusOK))
		_, _ = w.Write(body) // a caller that has gone reads no answer
	})
}

// named reports whether a list of entity tags names one, in either encoding; "*" names all.
func named(header []string, tag string) bool {
	for _, line := range header {
		for part := range strings.SplitSeq(line, ",") {
			part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
			if part == "*" || strings.TrimSuffix(strings.Trim(part, `"`), zipped) == tag {
				return true
			}
		}
	}
	return false
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(part, ";")
		_, weight, _ := strings.Cut(params, "=")
		if name = strings.TrimSpace(name); (name == "gzip" || name == "*") && !refused(strings.TrimSpace(weight)) {
			return true
		}
	}
	return false
}

// A zipper compresses documents. Its writers, of a megabyte each, are used again.
type zipper struct{ pool sync.Pool }

func newZipper() *zipper {
	return &zipper{sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // there is that level
		return z
	}}}
}

func (z *zipper) compress(body []byte) []byte {
	w, _ := z.pool.Get().(*gzip.Writer)
	defer z.pool.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
