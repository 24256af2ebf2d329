package contentline

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// toUTF8 reads s in the named character set. Without a name, or where the name is unknown or s
// is not valid in it, s is UTF-8 if it is valid UTF-8, else Windows-1252, which maps every byte.
func toUTF8(s, charset string) string {
	if charset == "" && utf8.ValidString(s) || isASCII(s) && !isStateful(charset) {
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
	enc := encodingOf(s, charset)
	if enc == nil {
		return "", false
	}
	out, err := enc.NewDecoder().String(s)
	if err != nil || !utf8.ValidString(out) || strings.ContainsRune(out, utf8.RuneError) {
		return "", false
	}
	return out, true
}

// encodingOf gives the named encoding, or nil. Text in UTF-16 may say by itself which of the two
// it is.
func encodingOf(s, charset string) encoding.Encoding {
	name := strings.ToLower(strings.TrimSpace(charset))
	if strings.HasPrefix(name, "utf-16") {
		return utf16Of(s, name)
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	if name, err := htmlindex.Name(enc); err != nil || name == "replacement" {
		return nil
	}
	return enc
}

// utf16Of tells the two byte orders of UTF-16 apart: by the mark, by the name, by where the zero
// bytes of ASCII are. Without a hint it is the big-endian one of RFC 2781 4.3.
func utf16Of(s, name string) encoding.Encoding {
	order := unicode.BigEndian
	switch {
	case strings.HasPrefix(s, "\xFE\xFF"):
	case strings.HasPrefix(s, "\xFF\xFE"), name == "utf-16le", name == "utf-16" && zerosFollow(s):
		order = unicode.LittleEndian
	}
	return unicode.UTF16(order, unicode.UseBOM)
}

// zerosFollow reports whether more of the second bytes of s are zero than of the first ones.
func zerosFollow(s string) bool {
	n := 0
	for i := 0; i+1 < len(s); i += 2 {
		if s[i] == 0 {
			n--
		}
		if s[i+1] == 0 {
			n++
		}
	}
	return n > 0
}

// rawCharset gives the character set of a value that is not encoded. It cannot be UTF-16, as
// lines could not be told then, unless there are zero bytes: the whole input was UTF-16, or
// nothing of it.
func rawCharset(s, charset string) string {
	if len(charset) >= 6 && strings.EqualFold(charset[:6], "utf-16") && strings.IndexByte(s, 0) < 0 {
		return ""
	}
	return charset
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

// source makes a string of the whole input: a byte order mark is taken off, and UTF-16 is read as
// such, with a mark or without one if it begins with two ASCII characters.
func source(data []byte) string {
	if bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) {
		data = data[3:]
	}
	if !isUTF16(data) {
		return string(data)
	}
	data = data[:len(data)&^1] // half a character at the end is no character
	out, err := utf16Of(string(data[:4]), "utf-16").NewDecoder().Bytes(data)
	if err != nil {
		return string(data)
	}
	return string(out)
}

func isUTF16(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	if bytes.HasPrefix(data, []byte("\xFE\xFF")) || bytes.HasPrefix(data, []byte("\xFF\xFE")) {
		return true
	}
	ascii := func(b byte) bool { return b != 0 && b < 0x80 }
	return (data[0] == 0 && ascii(data[1]) && data[2] == 0 && ascii(data[3])) ||
		(ascii(data[0]) && data[1] == 0 && ascii(data[2]) && data[3] == 0)
}

// Text reads bytes in the named character set as a value: UTF-8 with LF line ends. An unknown or
// empty name means UTF-8, or Windows-1252 if the bytes are no UTF-8.
func Text(b []byte, charset string) string {
	return normalNewlines(toUTF8(string(b), unquote(charset)))
}
