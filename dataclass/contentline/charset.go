package contentline

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// toUTF8 reads s in the named character set. Without a name, or where the name is unknown or s
// is not valid in it, s is UTF-8 if it is valid UTF-8, else Windows-1252, which maps every byte.
func toUTF8(s, charset string) string {
	if isASCII(s) && !isStateful(charset) {
		return s
	}
	if charset != "" && !strings.EqualFold(charset, "UTF-8") {
		if out, ok := decodeNamed(s, charset); ok {
			return out
		}
	}
	if utf8.ValidString(s) {
		return s
	}
	out, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return out
}

func decodeNamed(s, charset string) (string, bool) {
	enc, err := htmlindex.Get(strings.TrimSpace(charset))
	if err != nil {
		return "", false
	}
	if name, err := htmlindex.Name(enc); err != nil || name == "replacement" {
		return "", false
	}
	out, err := enc.NewDecoder().String(s)
	if err != nil || !utf8.ValidString(out) || strings.ContainsRune(out, utf8.RuneError) {
		return "", false
	}
	return out, true
}

// isStateful names the character sets in which plain ASCII bytes may mean something else.
func isStateful(charset string) bool {
	c := strings.ToLower(charset)
	return strings.HasPrefix(c, "iso-2022") || strings.HasPrefix(c, "utf-16") ||
		strings.HasPrefix(c, "hz") || strings.HasPrefix(c, "csiso2022")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// source makes a string of the whole input: a byte order mark is taken off, UTF-16 with a mark
// is read as such.
func source(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xFE\xFF")), bytes.HasPrefix(data, []byte("\xFF\xFE")):
		d := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
		if out, err := d.Bytes(data); err == nil {
			data = out
		}
	}
	return string(data)
}

// Text reads bytes in the named character set as a value: UTF-8 with LF line ends. An unknown or
// empty name means UTF-8, or Windows-1252 if the bytes are no UTF-8.
func Text(b []byte, charset string) string {
	return normalNewlines(toUTF8(string(b), unquote(charset)))
}
