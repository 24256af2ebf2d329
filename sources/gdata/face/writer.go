package face

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// heldBack is how many bytes of an answer are collected before its first ones leave: an answer that is shorter has a
// length, and one that fails before is an error and not half a feed.
const heldBack = 256 << 10

// leastZipped is the least size, in bytes, that is worth compressing.
const leastZipped = 1400

// A feedWriter writes a feed piece by piece, so that its length is not that of the memory.
type feedWriter struct {
	w    http.ResponseWriter
	zips bool
	// used are compressors that others have used: one takes a megabyte.
	used *sync.Pool
	buf  bytes.Buffer
	gz   *gzip.Writer
	sent bool
	err  error
}

// prefixes are declared once, at the feed.
var feedEnd = []byte("</feed>")

// begin writes the feed with what stands in it before the entries.
func (f *feedWriter) begin(feed *xmltree.Element) {
	f.buf.Grow(len(feed.Nodes) * usualEntry)
	f.buf.Write(bytes.TrimSuffix(entry.Append(f.buf.AvailableBuffer(), feed), feedEnd)) // a copy of what is there already
}

// usualEntry is how many bytes there is made room for, for each entry: most have fewer.
const usualEntry = 1800

// add writes elements into the feed.
func (f *feedWriter) add(list ...*xmltree.Element) {
	if len(list) == 0 || f.err != nil {
		return
	}
	whole := entry.Append(make([]byte, 0, len(list)*usualEntry), xmltree.New(entry.Atom, "feed").Add(list...))
	empty := entry.Append(nil, xmltree.New(entry.Atom, "feed"))
	f.buf.Write(bytes.TrimSuffix(whole[len(empty)-len("/>")+len(">"):], feedEnd))
	if f.buf.Len() >= heldBack {
		f.flush()
	}
}

func (f *feedWriter) flush() {
	if !f.sent {
		f.sent = true
		if f.zips {
			f.w.Header().Set("Content-Encoding", "gzip")
			f.gz = f.compressor()
		}
		f.w.WriteHeader(http.StatusOK)
	}
	if f.gz != nil {
		_, f.err = f.gz.Write(f.buf.Bytes())
	} else {
		_, f.err = f.w.Write(f.buf.Bytes())
	}
	f.buf.Reset()
}

// end writes what stands in the feed after the entries.
func (f *feedWriter) end(list ...*xmltree.Element) {
	f.add(list...)
	f.buf.Write(feedEnd)
	f.finish()
}

// finish sends what is left.
func (f *feedWriter) finish() {
	if !f.sent && (!f.zips || f.buf.Len() < leastZipped) {
		f.zips = false
		f.w.Header().Set("Content-Length", strconv.Itoa(f.buf.Len()))
	}
	f.flush()
	if f.gz != nil && f.err == nil {
		f.err = f.gz.Close()
	}
	if f.gz != nil && f.err == nil {
		f.used.Put(f.gz)
	}
}

// compressor gives one that nobody uses.
func (f *feedWriter) compressor() *gzip.Writer {
	if gz, ok := f.used.Get().(*gzip.Writer); ok {
		gz.Reset(f.w)
		return gz
	}
	gz, _ := gzip.NewWriterLevel(f.w, gzip.BestSpeed) // there is that level
	return gz
}

// takesGzip reports whether the caller takes compressed answers.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(part, ";")
		weight := strings.Trim(strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q="), "0.")
		if name = strings.TrimSpace(name); name == "gzip" && (params == "" || weight != "") {
			return true
		}
	}
	return false
}
