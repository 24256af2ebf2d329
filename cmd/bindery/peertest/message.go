package peertest

import (
	"crypto/md5" // SyncML's own digest
	"encoding/base64"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The media types of SyncML messages.
const (
	TypeXML   = "application/vnd.syncml+xml"
	TypeWBXML = "application/vnd.syncml+wbxml"
)

// Message reads a SyncML message in either encoding.
func Message(t testing.TB, mediaType string, data []byte) *xmltree.Element {
	t.Helper()
	base, _, _ := strings.Cut(mediaType, ";")
	switch base {
	case TypeWBXML:
		doc, err := wbxml.Decode(data, xmltree.Limits{Lax: true})
		if err != nil {
			t.Fatalf("decode WBXML: %v", err)
		}
		return doc.Root
	case TypeXML:
		root, err := xmltree.Parse(data, xmltree.Limits{Lax: true})
		if err != nil {
			t.Fatalf("parse XML: %v", err)
		}
		return root
	}
	t.Fatalf("%q is no SyncML message", mediaType)
	return nil
}

// path follows the first children of those names; it gives an empty element if one is missing.
func path(e *xmltree.Element, names ...string) *xmltree.Element {
	for _, n := range names {
		if e = e.Child(n); e == nil {
			return new(xmltree.Element)
		}
	}
	return e
}

// Credentials gives type and data of the log-in in a message's header; both are empty if there is none.
func Credentials(message *xmltree.Element) (kind, data string) {
	cred := path(message, "SyncHdr", "Cred")
	return path(cred, "Meta", "Type").Text(), path(cred, "Data").Text()
}

// NextNonce gives the nonce that a reply hands out for the next log-in, decoded; ok tells whether there is
// one.
func NextNonce(t testing.TB, reply *xmltree.Element) (nonce string, ok bool) {
	t.Helper()
	for _, status := range path(reply, "SyncBody").Children("Status") {
		next := path(status, "Chal", "Meta", "NextNonce")
		if next.Local == "" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(next.Text())
		if err != nil {
			t.Fatalf("NextNonce %q: %v", next.Text(), err)
		}
		return string(raw), true
	}
	return "", false
}

// Digest computes what a phone proves its password with (SyncML Representation Protocol, Cred):
// B64(MD5(B64(MD5(user:password)):nonce)).
func Digest(user, password, nonce string) string {
	b64md5 := func(s string) string {
		sum := md5.Sum([]byte(s))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	return b64md5(b64md5(user+":"+password) + ":" + nonce)
}
