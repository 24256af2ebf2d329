// Package phonetest holds fake phones for tests: SyncML clients with a memory of their own, as strict as
// real phones are and with their limits and habits. It is test code only.
//
// A phone knows nothing of the server but what comes over its Line. It has its own reader and writer of
// cards, so that a fault in the server's cannot hide behind its own reflection. What it must remember
// between sessions it remembers, and nothing else: its items under their LUIDs, which of them its user
// changed, the anchors, the names that the server has not heard, the nonce.
package phonetest

// A Line carries messages to the server. An error means that nothing came back, whether the server got the
// message or not.
type Line interface {
	Post(contentType, url string, body []byte) (Reply, error)
}

// A Reply is what came back over HTTP.
type Reply struct {
	Status int
	Type   string // media type, with its parameters
	Body   []byte
}

// A Model is what a kind of phone can do, and how it behaves. The zero value keeps everything, speaks
// SyncML 1.2 in XML and does what the standard says.
type Model struct {
	Name string
	// Man, Mod and FwV go into the device information.
	Man, Mod, FwV string
	// Version is that of the protocol, "1.2" if empty; Binary is WBXML; Basic is log-in without MD5.
	Version       string
	Binary, Basic bool
	// VCard30: it sends and wants vCard 3.0, else 2.1. Latin1: it writes 2.1 in ISO-8859-1.
	VCard30, Latin1 bool
	// MaxMsg is the greatest message that it takes, and makes, in bytes; 0 for 64 KiB, which it does not
	// announce. Large: it speaks of large objects.
	MaxMsg int
	Large  bool
	// MaxGUID is how long a name of the server's it can keep, in bytes; 0 for any.
	MaxGUID int
	// MaxTels is how many numbers it keeps of a contact, NoPhoto that it keeps no picture, NameLen how
	// many ASCII characters it keeps of each part of a name; 0 for all.
	MaxTels int
	NoPhoto bool
	NameLen int
	// AllReplace: what its user adds, it sends as Replace too.
	AllReplace bool
	// Mute: it sends no status for items. Deaf: it breaks off if it is sent one.
	Mute, Deaf bool
	// CachesMaps: Maps that the server has not answered are brought again in the next session.
	CachesMaps bool
	// Resumes: after a session that stopped it asks to go on with it (SyncML 1.2), and sends nothing again that
	// was answered.
	Resumes bool
	// Resends: a message that brought no answer is sent so many times again before it gives up.
	Resends int
	// ForgetsByStatus: a change is told once its status is here, else once the session ended well.
	ForgetsByStatus bool
	// ReusesLUIDs: a new item takes the lowest number that is free.
	ReusesLUIDs bool
	// UTC: it declares that it speaks of times in UTC.
	UTC bool
}

// The models. Each stands for a family of real phones.
var (
	// S60 is as strict as a Symbian S60 phone: SyncML 1.1 in WBXML, MD5, short names for the server's items.
	S60 = Model{Name: "s60", Man: "NOKIA", Mod: "E51", Version: "1.1", Binary: true, MaxGUID: 8, Large: true,
		MaxMsg: 10000, CachesMaps: true, Resends: 1, ForgetsByStatus: true, ReusesLUIDs: true}
	// Plain is a phone that does what the standard says.
	Plain = Model{Name: "plain", Man: "Example", Mod: "Plain", VCard30: true, Resends: 2, Large: true}
	// Small takes messages of 2,700 bytes, as an Ericsson T68 does, but knows large objects.
	Small = Model{Name: "small", Man: "Example", Mod: "Small", Version: "1.1", Binary: true, MaxMsg: 2700, Large: true,
		CachesMaps: true, Resends: 1}
	// ThreeNumbers keeps three numbers of a contact and no picture.
	ThreeNumbers = Model{Name: "threenumbers", Man: "Example", Mod: "Three", Version: "1.1", MaxTels: 3, NoPhoto: true, Resends: 1,
		ReusesLUIDs: true}
	// Truncating cuts each part of a name at 14 characters, and has ASCII only for them.
	Truncating = Model{Name: "truncating", Man: "Example", Mod: "Short", Version: "1.1", NameLen: 14, Resends: 1, Basic: true}
	// P800 keeps names of four bytes for the server's items, and breaks off if it is sent statuses of items.
	P800 = Model{Name: "p800", Man: "Sony Ericsson", Mod: "P800", Version: "1.1", MaxGUID: 4, Resends: 1, Deaf: true}
	// Replacing sends whatever it has as a Replace, as a Nokia 9210 does.
	Replacing = Model{Name: "replacing", Man: "Example", Mod: "Replacing", Version: "1.0", AllReplace: true, Basic: true}
	// Mute sends no statuses of items, as an early Outlook client does.
	Mute = Model{Name: "mute", Man: "Example", Mod: "Funambol Outlook Sync Client v. 3", Version: "1.1", Resends: 1, Mute: true}
)

// Models are all of them.
func Models() []Model {
	return []Model{S60, Plain, Small, ThreeNumbers, Truncating, P800, Replacing, Mute}
}

func (m *Model) version() string {
	if m.Version == "" {
		return "1.2"
	}
	return m.Version
}

// limit is the greatest message that it makes.
func (m *Model) limit() int {
	if m.MaxMsg == 0 {
		return 64 << 10
	}
	return m.MaxMsg
}

// Stored is what the phone keeps of a contact.
func (m *Model) Stored(c Contact) Contact {
	c = c.Clone()
	c.Family, c.Given = m.name(c.Family), m.name(c.Given)
	var kept []Value
	tels := 0
	for _, v := range c.Values {
		switch {
		case v.Kind == Photo && m.NoPhoto:
			continue
		case v.Kind == Tel:
			if tels++; m.MaxTels > 0 && tels > m.MaxTels {
				continue
			}
		}
		kept = append(kept, v)
	}
	c.Values, c.Rest = kept, nil
	return c
}

// name is what it keeps of a part of a name.
func (m *Model) name(s string) string {
	if m.NameLen == 0 {
		return s
	}
	s = ascii(s)
	return s[:min(len(s), m.NameLen)]
}

// anchorTime is how phones write their anchors.
const anchorTime = "20060102T150405Z"
