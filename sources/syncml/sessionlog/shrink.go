package sessionlog

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A shrinker compresses texts. The zero value is ready. The fastest level will do: messages repeat
// themselves. One writer is kept for the next text: it has half a megabyte of tables.
type shrinker struct{ idle atomic.Pointer[flate.Writer] }

func (s *shrinker) shrink(text []byte) []byte {
	var b bytes.Buffer
	w := s.idle.Swap(nil)
	if w != nil {
		w.Reset(&b)
	} else {
		w, _ = flate.NewWriter(&b, flate.BestSpeed) // only a level that does not exist fails
	}
	_, _ = w.Write(text) // a Buffer takes everything
	_ = w.Close()
	s.idle.Store(w)
	return b.Bytes()
}

// grow is the opposite of shrinking, indented for the eye.
func grow(data []byte) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(data)))
	if err != nil {
		return "", fmt.Errorf("read stored message: %w", err)
	}
	doc, tail, _ := strings.Cut(string(text), "\n<!--")
	root, err := xmltree.Parse([]byte(doc), xmltree.Limits{Bytes: 2 * maxText, Depth: 10_000})
	if err != nil {
		return string(text), nil // it was cut
	}
	doc = string(root.Append(nil, xmltree.Options{Indent: "  "}))
	if tail != "" {
		doc += "<!--" + tail + "\n"
	}
	return doc, nil
}
