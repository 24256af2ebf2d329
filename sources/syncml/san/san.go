// Package san encodes and decodes server-alerted notifications: the few bytes by which a server asks a phone
// to begin a SyncML session. They travel beside SyncML, in a WAP push or whatever the phone's network offers.
//
// A phone of OMA DS 1.2 takes a package of bits with a digest in front (OMA-TS-DS_Protocol-V1_2, Server
// Alerted Notification); an older one takes a SyncML message in WBXML with an Alert for each database
// (SyncML Sync Protocol 1.1, chapter 8). The package is pure: it neither sends nor stores anything.
package san

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The content types of notifications, by which a phone tells the two forms apart.
const (
	TypePackage = "application/vnd.syncml.ds.notification" // version 1.2
	TypeMessage = "application/vnd.syncml+wbxml"           // versions 1.0 and 1.1
)

// The classes of error. They arrive wrapped.
var (
	// ErrRange: the notification cannot be said in its version: a text that is too long, too many
	// databases, no such mode.
	ErrRange = errors.New("notification cannot be encoded")
	// ErrVersion: the bytes are a notification of a version that is not spoken here.
	ErrVersion = errors.New("notification of another version")
	// ErrFormat: the bytes are no notification.
	ErrFormat = errors.New("not a notification")
	// ErrTooBig: there are more than MaxSize bytes.
	ErrTooBig = errors.New("notification is too big")
)

// MaxSize is the greatest notification that Decode looks at, in bytes. Phones get them in a few SMS.
const MaxSize = 8 << 10

// The modes: the alert codes by which a server asks for a mode (SyncML Sync Protocol 1.1, chapter 6). There is
// none for a slow sync: a server that wants one answers 508 in the session.
const (
	TwoWay            = 206
	OneWayFromClient  = 207
	RefreshFromClient = 208
	OneWayFromServer  = 209
	RefreshFromServer = 210
)

// Asked gives the mode that a phone asks for in its session, 200 to 205, when a notification wanted the mode
// of that code; ok is false for a code that is none of the five.
func Asked(code int) (mode int, ok bool) {
	switch code {
	case TwoWay:
		return 200, true
	case OneWayFromClient, RefreshFromClient, OneWayFromServer, RefreshFromServer:
		return code - 5, true
	}
	return 0, false
}

// For is Asked turned round: the code that wants a mode of 200 to 205. A slow sync, 201, is wanted as a
// two-way one.
func For(mode int) (code int, ok bool) {
	switch mode {
	case 200, 201:
		return TwoWay, true
	case 202, 203, 204, 205:
		return mode + 5, true
	}
	return 0, false
}

// A UIMode says how the phone is to tell its user. Versions before 1.2 cannot say it.
type UIMode byte

// The four that there are.
const (
	UIUnspecified UIMode = iota
	UIBackground
	UIInformative
	UIInteraction
)

// A Notification is what a phone is asked for.
type Notification struct {
	// Version is "1.0", "1.1" or "1.2".
	Version string
	UI      UIMode
	// FromUser says that the user caused it, not the server. Only 1.2 can say it.
	FromUser bool
	// SessionID is the id that the phone's session shall have.
	SessionID uint16
	// Server is the id of the server's profile on the phone; at most 255 bytes, not empty.
	Server string
	// Target is the phone in versions before 1.2; "" is written as "/", a phone of no known name.
	Target string
	// Syncs are the databases to be synchronised, at most 15. In 1.2 none means all that the profile has;
	// before there is at least one.
	Syncs []Sync
	// Vendor is what a vendor adds behind it. Only 1.2 has it.
	Vendor []byte
}

// A Sync is one database to be synchronised.
type Sync struct {
	// Mode is one of TwoWay to RefreshFromServer.
	Mode int
	// Type is the media type of the items, "" for any. 1.2 knows text/plain, text/x-vcard and
	// text/x-vcalendar; others are written, and read, as "".
	Type string
	// URI is the server's database, at most 255 bytes, not empty.
	URI string
}

// maxSyncs is as many as fit in four bits, and maxText as one byte counts.
const (
	maxSyncs = 15
	maxText  = 255
)

// Type gives the content type of a notification of that version.
func Type(version string) string {
	if version == "1.2" {
		return TypePackage
	}
	return TypeMessage
}

// Encode writes a notification in the form of its version. The key goes into the digest of version 1.2; older
// ones have none. It returns ErrVersion for a version that is none of the three and ErrRange for what the
// version cannot say.
func Encode(n Notification, key Key) ([]byte, error) {
	switch n.Version {
	case "1.2":
		return encodePackage(n, key)
	case "1.0", "1.1":
		return encodeMessage(n)
	}
	return nil, fmt.Errorf("%w: %.16q", ErrVersion, n.Version)
}

// Decode reads a notification of a content type; parameters of the type do not matter. It returns ErrFormat,
// ErrVersion or ErrTooBig. The digest of version 1.2 is for Verify.
func Decode(contentType string, data []byte) (Notification, error) {
	if len(data) > MaxSize {
		return Notification{}, fmt.Errorf("%w: %d bytes", ErrTooBig, len(data))
	}
	media, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case TypePackage:
		return decodePackage(data)
	case TypeMessage:
		return decodeMessage(data)
	}
	return Notification{}, fmt.Errorf("%w: content type %.64q", ErrFormat, contentType)
}

// check finds what no version can say. The lists and texts of 1.2 are counted in few bits; what phones of
// older versions take is not greater.
func (n Notification) check() error {
	if err := checkText("server id", n.Server); err != nil {
		return err
	}
	if len(n.Syncs) > maxSyncs {
		return fmt.Errorf("%w: %d databases, at most %d", ErrRange, len(n.Syncs), maxSyncs)
	}
	if n.UI > UIInteraction {
		return fmt.Errorf("%w: there is no UI mode %d", ErrRange, n.UI)
	}
	if n.Target != "" {
		if err := checkText("phone", n.Target); err != nil {
			return err
		}
	}
	return n.checkSyncs()
}

func (n Notification) checkSyncs() error {
	for _, s := range n.Syncs {
		if _, ok := Asked(s.Mode); !ok {
			return fmt.Errorf("%w: there is no mode %d", ErrRange, s.Mode)
		}
		if err := checkText("database", s.URI); err != nil {
			return err
		}
		if s.Type == "" {
			continue
		}
		if err := checkText("media type", s.Type); err != nil {
			return err
		}
	}
	return nil
}

func checkText(what, s string) error {
	if s == "" || len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("%w: the %s %.40q is no text of 1 to %d bytes", ErrRange, what, s, maxText)
	}
	return nil
}
