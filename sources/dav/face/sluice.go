package face

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// A sluice passes on what is written to a client. While it is shut that waits in a file instead, however fast the client
// is; what was written before is not held up.
type sluice struct {
	to     io.Writer
	closed bool
	file   *os.File
	err    error
}

func newSluice(w http.ResponseWriter) *sluice {
	return &sluice{to: patient{w, http.NewResponseController(w)}}
}

// shut keeps what is written from now on. Where no file can be made nothing is kept: it only takes longer.
func (s *sluice) shut() {
	if s.file == nil {
		s.file, _ = tempFile()
	}
	s.closed = s.file != nil
}

// Write implements io.Writer.
func (s *sluice) Write(p []byte) (int, error) {
	switch {
	case s.err != nil:
		return 0, s.err
	case s.closed:
		return s.file.Write(p)
	}
	return s.to.Write(p)
}

// open passes on what was kept. An error is given by the next Write.
func (s *sluice) open() {
	if !s.closed {
		return
	}
	s.closed = false
	n, err := s.file.Seek(0, io.SeekCurrent)
	if err == nil && s.err == nil {
		_, err = io.Copy(s.to, io.NewSectionReader(s.file, 0, n))
	}
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	s.err = errors.Join(s.err, err)
}

// drop gives up what is kept.
func (s *sluice) drop() {
	if s.file != nil {
		drop(s.file)
		s.file, s.closed = nil, false
	}
}

// tempFile makes a file without a name, or one that drop removes where that cannot be.
func tempFile() (*os.File, error) {
	f, err := os.CreateTemp("", "bindery-dav-*")
	if err != nil {
		return nil, fmt.Errorf("keep a big body for a moment: %w", err)
	}
	_ = os.Remove(f.Name())
	return f, nil
}

func drop(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name()) // gone already where that can be
}
