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

// toUTF8 reads s in the named character set, or in UTF-8 if the name is empty or unknown. Bytes that
// mean nothing in it are read as Windows-1252, which maps every byte, so that a character that a
// phone has cut in two does not spoil its neighbours.
func toUTF8(s, charset string) string {
	if charset == "" && utf8.ValidString(s) || isASCII(s) && !isStateful(charset) {
		return s
	}
	if charset != "" && !strings.EqualFold(charset, "UTF-8") {
		if out, ok := decodeNamed(s, charset); ok {
			return out
		}
	}
	return repair(s)
}

// repair reads the bytes of s that are not UTF-8 as Windows-1252.
func repair(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(s[i])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func decodeNamed(s, charset string) (string, bool) {
	enc := encodingOf(s, charset)
	if enc == nil {
		return "", false
	}
	out, err := enc.NewDecoder().String(s)
	switch {
	case err != nil || !utf8.ValidString(out):
		return "", false
	case !strings.ContainsRune(out, utf8.RuneError):
		return out, true
	case isStateful(charset):
		return out, strings.HasPrefix(strings.ToLower(charset), "utf-16") // half a character at the end
	}
	return decodeEach(s, enc.NewDecoder())
}

// decodeEach reads s character by character, and as Windows-1252 what is none. It is slow, so that
// what is longer than any text is left alone.
func decodeEach(s string, dec *encoding.Decoder) (string, bool) {
	if len(s) > 64<<10 {
		return "", false
	}
	src := []byte(s)
	out := make([]byte, 0, 2*len(s))
	for len(src) > 0 {
		var n int
		if out, n = decodeOne(out, src, dec); n == 0 {
			out, n = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(src[0])), 1
		}
		src = src[n:]
	}
	return string(out), true
}

// decodeOne appends the character that src begins with and tells how long it was, or 0.
func decodeOne(dst, src []byte, dec *encoding.Decoder) ([]byte, int) {
	var one [16]byte
	for n := 1; n <= min(4, len(src)); n++ {
		dec.Reset()
		written, _, err := dec.Transform(one[:], src[:n], true)
		if r := one[:written]; err == nil && written > 0 && !bytes.ContainsRune(r, utf8.RuneError) {
			return append(dst, r...), n
		}
	}
	return dst, 0
}

// encodingOf gives the named encoding, or nil. Text in UTF-16 may say by itself which of the two
// it is.
func encodingOf(s, charset string) encoding.Encoding {
	name := strings.ToLower(strings.TrimSpace(charset))
	if strings.HasPrefix(name, "utf-16") {
		return utf16Of(s, name)
	}
	if page := codePage(name); page != nil {
		return page
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

// codePage gives a code page of DOS by one of its names (IANA: IBM850, cp850, 850), or nil. Cards of old
// desk programs and of the phones that were fed by them come in these, and the Encoding Standard leaves
// all but one of them out.
func codePage(name string) encoding.Encoding {
	number := strings.TrimPrefix(name, "cs")
	for _, prefix := range []string{"ibm", "cp", "pc", "dos", "-", "_"} {
		number = strings.TrimPrefix(number, prefix)
	}
	switch strings.TrimLeft(number, "0") {
	case "437":
		return charmap.CodePage437
	case "850":
		return charmap.CodePage850
	case "852":
		return charmap.CodePage852
	case "855":
		return charmap.CodePage855
	case "858":
		return charmap.CodePage858
	case "860":
		return charmap.CodePage860
	case "862":
		return charmap.CodePage862
	case "863":
		return charmap.CodePage863
	case "865":
		return charmap.CodePage865
	}
	return nil
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
