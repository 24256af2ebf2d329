package san

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A Key is what the server and the phone share, so that the phone knows who calls. Both are empty for a phone
// that was told neither.
type Key struct {
	Password string
	Nonce    []byte
}

// The parts of a package, in bytes: the digest, then the bits up to the length of the server's id.
const (
	digestSize = md5.Size
	headSize   = 8
	// syncSize is that of a database without its name: mode, media type, length.
	syncSize = 5
)

// version12 is how the ten bits of the version write 1.2.
const version12 = 12

// mediaCodes are the WSP assigned numbers of the media types that matter here.
var mediaCodes = [...]struct {
	media string
	code  uint32
}{{"", 0}, {"text/plain", 0x03}, {"text/x-vcalendar", 0x06}, {"text/x-vcard", 0x07}}

func codeOf(media string) uint32 {
	for _, m := range mediaCodes {
		if m.media == media {
			return m.code
		}
	}
	return 0
}

func mediaOf(code uint32) string {
	for _, m := range mediaCodes {
		if m.code == code {
			return m.media
		}
	}
	return ""
}

// digest is what stands before a package: B64(H(server:password)):nonce:B64(H(package)), hashed.
func digest(server string, key Key, rest []byte) [digestSize]byte {
	who, what := md5.Sum([]byte(server+":"+key.Password)), md5.Sum(rest)
	text := base64.StdEncoding.AppendEncode(nil, who[:])
	text = append(text, ':')
	text = append(text, key.Nonce...)
	text = append(text, ':')
	return md5.Sum(base64.StdEncoding.AppendEncode(text, what[:]))
}

func encodePackage(n Notification, key Key) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	initiator := uint16(1)
	if n.FromUser {
		initiator = 0
	}
	b := make([]byte, digestSize, MaxSize)
	b = binary.BigEndian.AppendUint16(b, version12<<6|uint16(n.UI)<<4|initiator<<3)
	b = append(b, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, n.SessionID)
	b = append(b, byte(len(n.Server)))
	b = append(b, n.Server...)
	b = append(b, byte(len(n.Syncs))<<4)
	for _, s := range n.Syncs {
		code := codeOf(s.Type)
		b = append(b, byte(s.Mode-200)<<4, byte(code>>16), byte(code>>8), byte(code), byte(len(s.URI)))
		b = append(b, s.URI...)
	}
	b = append(b, n.Vendor...)
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrRange, len(b), MaxSize)
	}
	sum := digest(n.Server, key, b[digestSize:])
	copy(b, sum[:])
	return b, nil
}

// Verify reports whether the digest of a package is that of the key. It is false for what Decode would not
// read.
func Verify(data []byte, key Key) bool {
	n, err := Decode(TypePackage, data)
	if err != nil {
		return false
	}
	want := digest(n.Server, key, data[digestSize:])
	return subtle.ConstantTimeCompare(data[:digestSize], want[:]) == 1
}

// decodePackage reads a package. Reserved bits are passed over.
func decodePackage(data []byte) (Notification, error) {
	if len(data) < digestSize+2 {
		return Notification{}, cut("head")
	}
	r := reader{rest: data[digestSize:]}
	flags := binary.BigEndian.Uint16(r.rest)
	if v := flags >> 6; v != version12 {
		return Notification{}, fmt.Errorf("%w: %d, not %d", ErrVersion, v, version12)
	}
	head := r.take(headSize)
	if head == nil {
		return Notification{}, cut("head")
	}
	n := Notification{Version: "1.2", UI: UIMode(flags >> 4 & 3), FromUser: flags>>3&1 == 0,
		SessionID: binary.BigEndian.Uint16(head[5:])}
	server, count := r.take(int(head[7])), r.take(1)
	if server == nil || count == nil {
		return Notification{}, cut("server id")
	}
	n.Server = string(server)
	for range count[0] >> 4 {
		s, err := r.sync()
		if err != nil {
			return Notification{}, err
		}
		n.Syncs = append(n.Syncs, s)
	}
	if len(r.rest) > 0 {
		n.Vendor = r.rest
	}
	if err := n.check(); err != nil {
		return Notification{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return n, nil
}

// A reader takes bytes from the front.
type reader struct{ rest []byte }

// take gives the next n bytes, nil if there are fewer.
func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) sync() (Sync, error) {
	b := r.take(syncSize)
	if b == nil {
		return Sync{}, cut("database")
	}
	uri := r.take(int(b[4]))
	if uri == nil {
		return Sync{}, cut("database")
	}
	code := binary.BigEndian.Uint32(b) & 0xffffff
	return Sync{Mode: 200 + int(b[0]>>4), Type: mediaOf(code), URI: string(uri)}, nil
}

func cut(where string) error { return fmt.Errorf("%w: it ends in its %s", ErrFormat, where) }
