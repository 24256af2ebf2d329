package dataclass

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// recoded gives the data of a note in UTF-8 if its type is text/plain with a character set (RFC 2046 4.1.2), with
// the line ends that it has. Text that is UTF-8 all the same stays as it is, for devices name a set out of
// habit; so does UTF-16, which shows itself, and a set that nobody knows.
func recoded(b Body) []byte {
	kind, params, err := mime.ParseMediaType(b.Type)
	charset := strings.ToLower(strings.TrimSpace(params["charset"]))
	switch {
	case err != nil || kind != PlainText.Type || charset == "" || strings.HasPrefix(charset, "utf-") || len(b.Data) > maxNote:
		return b.Data
	case utf8.Valid(b.Data) && !isASCIIText(b.Data) || utf16Order(b.Data) != nil:
		return b.Data
	}
	lines := bytes.Split(b.Data, []byte("\r")) // contentline gives every line end the same form
	for i, l := range lines {
		lines[i] = []byte(contentline.Text(l, charset))
	}
	return bytes.Join(lines, []byte("\r"))
}

func isASCIIText(data []byte) bool {
	return bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
