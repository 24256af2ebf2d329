package wbxml

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// utf8Charset is the MIBenum of UTF-8.
const utf8Charset = 106

// charsets names the character sets by MIBenum (IANA). There are none with NUL bytes in text, such as
// UTF-16: WBXML ends its strings with one.
var charsets = map[uint32]string{
	3: "us-ascii", 4: "iso-8859-1", 5: "iso-8859-2", 6: "iso-8859-3", 7: "iso-8859-4", 8: "iso-8859-5",
	9: "iso-8859-6", 10: "iso-8859-7", 11: "iso-8859-8", 12: "iso-8859-9", 13: "iso-8859-10",
	17: "shift_jis", 18: "euc-jp", 38: "euc-kr", 109: "iso-8859-13", 110: "iso-8859-14",
	111: "iso-8859-15", 112: "iso-8859-16", 113: "gbk", 114: "gb18030", 2025: "gb2312", 2026: "big5",
	2084: "koi8-r", 2088: "koi8-u", 2250: "windows-1250", 2251: "windows-1251", 2252: "windows-1252",
	2253: "windows-1253", 2254: "windows-1254", 2255: "windows-1255", 2256: "windows-1256",
	2257: "windows-1257", 2258: "windows-1258",
}

// charsetOf gives the encoding of a character set, nil for UTF-8, which 0 (unknown) is taken for.
func charsetOf(mib uint32) (enc encoding.Encoding, known bool) {
	if mib == utf8Charset || mib == 0 {
		return nil, true
	}
	enc, err := htmlindex.Get(charsets[mib])
	return enc, err == nil
}
