package dav

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain are the bytes of a path that stand for themselves (RFC 3986 section 3.3).
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/"

// canonical spells an escaped path in the one way in which it is compared and stored: servers spell one path in several
// ways. A slash that is part of a name stays escaped.
func canonical(escaped string) string {
	var b strings.Builder
	b.Grow(len(escaped))
	for i := 0; i < len(escaped); i++ {
		c, slash := escaped[i], false
		if c == '%' && i+2 < len(escaped) {
			if v, ok := unhex(escaped[i+1], escaped[i+2]); ok {
				c, slash = v, v == '/'
				i += 2
			}
		}
		if strings.IndexByte(plain, c) >= 0 && !slash {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func unhex(a, b byte) (byte, bool) {
	hi, lo := strings.IndexByte("0123456789abcdef", lower(a)), strings.IndexByte("0123456789abcdef", lower(b))
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'F' {
		return c + 'a' - 'A'
	}
	return c
}

// maxHref is how long a path may be.
const maxHref = 4096

// hrefIn reads a DAV:href that a server gave in an answer from base: the canonical path, false for one that is none or
// that leads to another server.
func hrefIn(base *url.URL, href string) (string, bool) {
	u, err := base.Parse(strings.TrimSpace(href))
	if err != nil || u.Opaque != "" || u.User != nil || len(href) > maxHref {
		return "", false
	}
	if u.Host != "" && !strings.EqualFold(u.Hostname(), base.Hostname()) {
		return "", false
	}
	p := canonical(u.EscapedPath())
	return p, strings.HasPrefix(p, "/")
}

// idOf gives the id of an item that was first seen at a path: its last segment, if that can be an id.
func idOf(href string) string {
	name := href[strings.LastIndexByte(href, '/')+1:]
	if id, err := url.PathUnescape(name); err == nil && validID(id) && len(id) <= 255 && id[0] != '/' {
		return id
	}
	return shortHash([]byte(href))
}

// validID reports whether a name can be an id (see sources.ID).
func validID(id string) bool {
	return id != "" && len(id) <= 1024 && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl)
}

func shortHash(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// maxName is how long the name of a file is that we choose.
const maxName = 150

// nameFor gives the name of the file of an item with that UID: the UID itself, where every server can hold it.
func nameFor(uid string) string {
	for _, c := range uid {
		if c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("-_.@", c) {
			return shortHash([]byte(uid))
		}
	}
	if uid == "" || len(uid) > maxName || strings.HasPrefix(uid, ".") {
		return shortHash([]byte(uid))
	}
	return uid
}

// pathOf gives the canonical path of a collection, with a slash behind it.
func pathOf(address *url.URL) string {
	return strings.TrimRight(canonical(address.EscapedPath()), "/") + "/"
}
