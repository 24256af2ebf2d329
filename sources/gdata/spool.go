package gdata

import (
	"errors"
	"fmt"
	"os"
)

// spoolMemory is how many bytes of entries stay in memory; what is more waits in a file without a name.
const spoolMemory = 8 << 20

// A spool keeps entries between reading and showing them, however many there are.
type spool struct {
	memory []byte
	file   *os.File
	size   int64 // of the file
	at     map[string]place
}

// place is where an entry is; offsets behind the memory are in the file.
type place struct {
	offset int64
	length int
	inFile bool
}

func newSpool() *spool { return &spool{at: make(map[string]place)} }

// put keeps the bytes under a name; those kept under it before are forgotten.
func (s *spool) put(name string, data []byte) error {
	if s.file == nil && len(s.memory)+len(data) <= spoolMemory {
		s.at[name] = place{int64(len(s.memory)), len(data), false}
		s.memory = append(s.memory, data...)
		return nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "bindery-gdata-*")
		if err != nil {
			return fmt.Errorf("keep entries: %w", err)
		}
		s.file = file
		_ = os.Remove(file.Name()) // where that cannot be done while it is open, close does it
	}
	if _, err := s.file.WriteAt(data, s.size); err != nil {
		return fmt.Errorf("keep entries: %w", err)
	}
	s.at[name] = place{s.size, len(data), true}
	s.size += int64(len(data))
	return nil
}

// get gives what was kept under a name; false if nothing was.
func (s *spool) get(name string) ([]byte, bool, error) {
	p, ok := s.at[name]
	if !ok {
		return nil, false, nil
	}
	if !p.inFile {
		return s.memory[p.offset : p.offset+int64(p.length)], true, nil
	}
	data := make([]byte, p.length)
	if _, err := s.file.ReadAt(data, p.offset); err != nil {
		return nil, false, fmt.Errorf("read kept entries: %w", err)
	}
	return data, true, nil
}

// close frees the memory and the file. Closing again does nothing.
func (s *spool) close() error {
	if s == nil {
		return nil
	}
	s.memory, s.at = nil, nil
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	err := s.file.Close()
	if gone := os.Remove(name); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	s.file = nil
	return err
}
