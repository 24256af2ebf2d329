package wire

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The types of credentials.
const (
	AuthBasic = "syncml:auth-basic"
	AuthMD5   = "syncml:auth-md5"
)

// A Cred is what a phone logs in with.
type Cred struct {
	Type   string
	Format string
	Data   string
}

func parseCred(e *xmltree.Element) *Cred {
	if e == nil {
		return nil
	}
	m := parseMeta(e.Child("Meta"))
	return &Cred{Type: strings.ToLower(m.Type), Format: m.Format, Data: e.Child("Data").Text()}
}

func (c *Cred) build(space string) *xmltree.Element {
	if c == nil {
		return nil
	}
	m := Meta{Type: c.Type, Format: c.Format}
	return xmltree.New(space, "Cred").Add(m.build(space), leaf(space, "Data", c.Data))
}

// Basic gives the name and the password of basic credentials.
func (c *Cred) Basic() (name, password string, err error) {
	raw, err := DecodeBase64(c.Data)
	if err != nil {
		return "", "", fmt.Errorf("basic credentials: %w", err)
	}
	name, password, ok := strings.Cut(string(raw), ":")
	if !ok {
		return "", "", fmt.Errorf("%w: basic credentials without a colon", ErrMessage)
	}
	return name, password, nil
}

// VerifyMD5 reports whether the credentials are the digest of that name, password and nonce, as SyncML 1.1
// or as SyncML 1.0 makes it. The digest may stand there in base64 or, in WBXML, as its 16 bytes.
func (c *Cred) VerifyMD5(name, password string, nonce []byte) bool {
	got := []byte(c.Data)
	if len(got) != md5.Size {
		raw, err := DecodeBase64(c.Data)
		if err != nil {
			return false
		}
		got = raw
	}
	want, old := digest(name, password, nonce), digest10(name, password, nonce)
	return subtle.ConstantTimeCompare(got, want[:])|subtle.ConstantTimeCompare(got, old[:]) == 1
}

// digest10 is the digest of SyncML 1.0: of name, password and nonce as they are.
func digest10(name, password string, nonce []byte) [md5.Size]byte {
	return md5.Sum(append([]byte(name+":"+password+":"), nonce...))
}

// MD5 makes the credentials of SyncML 1.1 and later (Sync Protocol 1.1, 3.2): the digest of the digest
// of name and password, and of the nonce.
func MD5(name, password string, nonce []byte) *Cred {
	sum := digest(name, password, nonce)
	return &Cred{Type: AuthMD5, Format: "b64", Data: encodeBase64(sum[:])}
}

// Basic makes basic credentials.
func Basic(name, password string) *Cred {
	return &Cred{Type: AuthBasic, Format: "b64", Data: encodeBase64([]byte(name + ":" + password))}
}

func digest(name, password string, nonce []byte) [md5.Size]byte {
	inner := md5.Sum([]byte(name + ":" + password))
	return md5.Sum(append([]byte(encodeBase64(inner[:])+":"), nonce...))
}

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// DecodeBase64 decodes base64 with or without line ends and padding.
func DecodeBase64(s string) ([]byte, error) {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n=", r) {
			return -1
		}
		return r
	}, s)
	b, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return nil, fmt.Errorf("decode base64: %w", err)
	}
	return b, nil
}
