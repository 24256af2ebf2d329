package filedir

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxStem is how long the name of a new file may be without its suffix and number. File systems take 255
// bytes.
const maxStem = 200

// idEncoding spells bytes so that they are the same name on a file system that knows no capitals.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// validName holds what package sources promises about an ID.
func validName(name string) bool {
	return len(name) <= 1024 && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// stem gives the name of a new file without its suffix: the item's UID if every file system takes it as it
// is, as the convention has it, else one made of the key.
func (f *Folders) stem(uid, key string) (string, error) {
	if safeStem(uid) {
		return uid, nil
	}
	if key != "" {
		sum := sha256.Sum256([]byte(key))
		return idEncoding.EncodeToString(sum[:15]), nil
	}
	return f.random(15)
}

// random gives the spelling of n random bytes.
func (f *Folders) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(f.o.Random, b); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return idEncoding.EncodeToString(b), nil
}

// safeStem reports whether a UID can be a file's name everywhere: ASCII that no shell, no file system and
// no normalisation of Unicode changes.
func safeStem(s string) bool {
	if s == "" || len(s) > maxStem || s[0] == '.' || s[0] == '-' || reserved[strings.ToLower(s)] {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("_.-+@", r)
	})
}

// reserved are names that Windows keeps for devices, with any suffix.
var reserved = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}

// numbered gives the n-th name to be tried: the first has no number.
func numbered(stem string, n int, suffix string) string {
	if n <= 1 {
		return stem + suffix
	}
	return fmt.Sprintf("%s-%d%s", stem, n, suffix)
}

// Temporary names. They begin with a dot, which readers of such folders ignore.
const (
	tempPrefix = ".bindery-"
	tempSuffix = ".tmp"
)

func (f *Folders) tempName() (string, error) {
	r, err := f.random(10)
	return tempPrefix + r + tempSuffix, err
}

// isTemp reports whether a name is one that tempName gave.
func isTemp(name string) bool {
	return len(name) == len(tempPrefix)+16+len(tempSuffix) && strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix)
}
