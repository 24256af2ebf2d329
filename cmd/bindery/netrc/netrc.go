// Package netrc finds passwords in the file .netrc, in which curl, git and others look for them: a list of words, machine,
// login and password each followed by its value, as the manual of ftp(1) has it. A value may be quoted as curl takes it.
package netrc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxFile is how many bytes a file may have.
const maxFile = 1 << 20

// ErrOpen means that others than its owner may read or change the file.
var ErrOpen = errors.New("others may read it; chmod 600 keeps them out")

// An Entry is who one is on a machine.
type Entry struct {
	Machine, Login, Password string
}

// Path gives where the file is: $NETRC, or .netrc in the home directory; "" if there is no home.
func Path() string {
	if path := os.Getenv("NETRC"); path != "" {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".netrc")
}

// Find gives the first entry of a file for a host that has a password, and for that login if it is not "". A missing file
// has none. It returns an ErrOpen only if there is such an entry in a file that is open to others. What stands under
// "default" is for no host in particular, and is not given.
func Find(path, host, login string) (found Entry, ok bool, err error) {
	if path == "" {
		return Entry{}, false, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Entry{}, false, nil
	}
	if err != nil {
		return Entry{}, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	list, err := Read(f)
	if err != nil {
		return Entry{}, false, fmt.Errorf("read %s: %w", path, err)
	}
	for _, e := range list {
		if !strings.EqualFold(e.Machine, host) || e.Password == "" || login != "" && e.Login != login {
			continue
		}
		info, err := f.Stat()
		if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			err = ErrOpen
		}
		if err != nil {
			return Entry{}, false, fmt.Errorf("%s: %w", path, err)
		}
		return e, true, nil
	}
	return Entry{}, false, nil
}

// Read gives the entries of a file, in their order. What it does not know is passed over.
func Read(r io.Reader) ([]Entry, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, errors.New("too big for a file of passwords")
	}
	var list []Entry
	w := words{rest: string(text)}
	for at := -1; ; {
		switch word := w.keyword(); word {
		case "":
			return list, nil
		case "machine":
			at, list = len(list), append(list, Entry{Machine: w.next()})
		case "default":
			at = -1
		case "login", "user", "password", "passwd", "account":
			value := w.next()
			if at >= 0 {
				list[at].set(word, value)
			}
		case "macdef":
			w.macro()
		}
	}
}

func (e *Entry) set(word, value string) {
	switch word {
	case "login", "user":
		e.Login = value
	case "password", "passwd":
		e.Password = value
	}
}

// words reads a text word by word.
type words struct{ rest string }

const blank = " \t\r\n"

// keyword gives the next word that is no value, "" at the end. What begins with # there is a remark, up to the end of the
// line.
func (w *words) keyword() string {
	for {
		word := w.next()
		if !strings.HasPrefix(word, "#") {
			return word
		}
		_, w.rest, _ = strings.Cut(w.rest, "\n")
	}
}

// next gives the next word, "" at the end.
func (w *words) next() string {
	w.rest = strings.TrimLeft(w.rest, blank)
	if strings.HasPrefix(w.rest, `"`) {
		return w.quoted()
	}
	i := strings.IndexAny(w.rest, blank)
	if i < 0 {
		i = len(w.rest)
	}
	word := w.rest[:i]
	w.rest = w.rest[i:]
	return word
}

// quoted gives a word in quotes, in which a backslash stands before what is not to be taken for what it is.
func (w *words) quoted() string {
	var b strings.Builder
	for i := 1; i < len(w.rest); i++ {
		switch c := w.rest[i]; {
		case c == '"':
			w.rest = w.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(w.rest):
			i++
			b.WriteByte(escaped(w.rest[i]))
		default:
			b.WriteByte(c)
		}
	}
	w.rest = ""
	return b.String()
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// macro passes over the definition of a macro, which an empty line ends.
func (w *words) macro() {
	text := strings.ReplaceAll(w.rest, "\r\n", "\n")
	_, w.rest, _ = strings.Cut(text, "\n\n")
}
