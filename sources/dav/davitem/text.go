package davitem

import (
	"bytes"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// utf8Mark is a byte order mark in UTF-8, with which some programs begin their files.
const utf8Mark = "\uFEFF"

// inUTF8 gives an item as UTF-8, which is all that DAV clients read and XML can hold, with nothing else changed if that
// does. Lines that were folded in the middle of a character (RFC 5545 section 3.1 knows such programs) are joined there;
// else every line is written anew, in the character set that it says or, if it says none, from Windows-1252. What nobody
// can read is given as it is.
func inUTF8(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte(utf8Mark))
	if utf8.Valid(data) {
		return data
	}
	if joined := joinCharacters(data); utf8.Valid(joined) {
		return joined
	}
	root, err := parse(data)
	if err != nil {
		return data
	}
	return contentline.Print(root.Canonical(), contentline.MIMEDir)
}

// isText reports whether an item is UTF-8 as it stands.
func isText(data []byte) bool {
	return utf8.Valid(data) && !bytes.HasPrefix(data, []byte(utf8Mark))
}

// joinCharacters takes folds away that are in the middle of a character.
func joinCharacters(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		if n := foldAt(data, 0); n > 0 && begun(out) && n < len(data) && !utf8.RuneStart(data[n]) {
			data = data[n:]
			continue
		}
		out, data = append(out, data[0]), data[1:]
	}
	return out
}

// begun reports whether the last character is not complete.
func begun(data []byte) bool {
	for i := 1; i < utf8.UTFMax && i <= len(data); i++ {
		if c := data[len(data)-i]; utf8.RuneStart(c) {
			return c >= utf8.RuneSelf && !utf8.FullRune(data[len(data)-i:])
		}
	}
	return false
}
