package ledger

import (
	"errors"
	"fmt"
	"os"
)

// spoolMemory is how many bytes stay in memory; what is more waits in a file without a name.
const spoolMemory = 8 << 20

// A Spool keeps what was read from a server until it is shown, however much that is: 8 MiB in memory, the rest in a
// temporary file. It is for one goroutine at a time.
type Spool struct {
	memory []byte
	file   *os.File
	size   int64 // of the file
	at     map[string]place
}

// place is where something is kept; offsets are in the file if it is there.
type place struct {
	offset int64
	length int
	inFile bool
}

// NewSpool gives an empty Spool. It holds a file only once there is much to keep.
func NewSpool() *Spool { return &Spool{at: make(map[string]place)} }

// Put keeps the bytes under a name; those kept under it before are forgotten. It copies them.
func (s *Spool) Put(name string, data []byte) error {
	if s.file == nil && len(s.memory)+len(data) <= spoolMemory {
		s.at[name] = place{int64(len(s.memory)), len(data), false}
		s.memory = append(s.memory, data...)
		return nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "bindery-spool-*")
		if err != nil {
			return fmt.Errorf("keep what was read: %w", err)
		}
		s.file = file
		_ = os.Remove(file.Name()) // where that cannot be done while it is open, Close does it
	}
	if _, err := s.file.WriteAt(data, s.size); err != nil {
		return fmt.Errorf("keep what was read: %w", err)
	}
	s.at[name] = place{s.size, len(data), true}
	s.size += int64(len(data))
	return nil
}

// Get gives what was kept under a name; false if nothing was. The bytes must not be changed.
func (s *Spool) Get(name string) ([]byte, bool, error) {
	p, ok := s.at[name]
	if !ok {
		return nil, false, nil
	}
	if !p.inFile {
		return s.memory[p.offset : p.offset+int64(p.length)], true, nil
	}
	data := make([]byte, p.length)
	if _, err := s.file.ReadAt(data, p.offset); err != nil {
		return nil, false, fmt.Errorf("read what was kept: %w", err)
	}
	return data, true, nil
}

// Len gives how many bytes are kept under a name, 0 if nothing is.
func (s *Spool) Len(name string) int { return s.at[name].length }

// Rename keeps under another name what was kept under a name, if anything was; what was kept under that is forgotten.
func (s *Spool) Rename(name, now string) {
	if p, ok := s.at[name]; ok {
		delete(s.at, name)
		s.at[now] = p
	}
}

// Forget makes a name unknown.
func (s *Spool) Forget(name string) { delete(s.at, name) }

// Close frees the memory and the file. Closing again, or closing nothing, does nothing.
func (s *Spool) Close() error {
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
