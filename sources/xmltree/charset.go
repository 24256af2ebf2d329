package xmltree

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// decodeCharset gives the document as UTF-8 without byte order mark. Bytes that are no UTF-8 although
// they should be are left for the scanner to find.
func decodeCharset(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return string(data[3:]), nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeWith(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), data)
	}
	label := strings.ToLower(declaredEncoding(data))
	// A declaration that can be read as ASCII is not in UTF-16, whatever it says.
	if label == "" || label == "utf-8" || strings.HasPrefix(label, "utf-16") {
		return string(data), nil
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return "", fmt.Errorf("unknown encoding %.40q", label)
	}
	return decodeWith(enc, data)
}

func decodeWith(enc encoding.Encoding, data []byte) (string, error) {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", fmt.Errorf("decode characters: %w", err)
	}
	return string(out), nil
}

// declaredEncoding gives the label in the XML declaration, "" if there is none.
func declaredEncoding(data []byte) string {
	data = bytes.TrimLeft(data, " \t\r\n")
	if !bytes.HasPrefix(data, []byte("<?xml")) {
		return ""
	}
	decl, _, ok := bytes.Cut(data[:min(len(data), 1024)], []byte("?>"))
	if !ok {
		return ""
	}
	_, rest, ok := bytes.Cut(decl, []byte("encoding"))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n=")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	label, _, _ := bytes.Cut(rest[1:], rest[:1])
	return string(label)
}
