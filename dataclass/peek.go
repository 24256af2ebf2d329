package dataclass

import (
	"bytes"
	"strings"
)

// maxPeek is how many bytes of a value Peek gives; a longer one counts as none.
const maxPeek = 1024

// A Peeked is what the lines of an item tell without being read as an item.
type Peeked struct {
	// Root is the name of the outermost component in upper case, such as VCARD; Inner that of the first one inside that
	// is no time zone, such as VEVENT.
	Root, Inner string
	// Version is the value of the outermost VERSION.
	Version string
	// UID is what the card, or the first entry of a calendar, names itself by: as it stands there, without line folds.
	UID string
	// Plain is true if the UID stands in each entry of a calendar that there is.
	Plain bool
}

// Peek looks at the lines of an item. It costs little, allocates almost nothing and never fails: what it does not find
// is "". A byte order mark in front is passed over. Phones' dialects fold and encode in other ways; of them a long UID may be cut.
func Peek(data []byte) Peeked {
	p := Peeked{Plain: true}
	k := peeker{p: &p}
	for rest := bytes.TrimPrefix(data, []byte("\uFEFF")); len(rest) > 0; {
		var line []byte
		line, rest = peekLine(rest)
		k.line(line)
	}
	return p
}

// A peeker goes through the lines of an item.
type peeker struct {
	p *Peeked
	// depth is how many components are open, entry whether the second of them is an entry of a calendar, named whether
	// that has a UID.
	depth        int
	entry, named bool
}

func (k *peeker) line(line []byte) {
	end := bytes.IndexAny(line, ";:\n")
	if end < 0 || line[end] == '\n' {
		return
	}
	name := line[:end]
	if dot := bytes.LastIndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	switch {
	case len(name) > len("VERSION"):
	case bytes.EqualFold(name, []byte("BEGIN")):
		k.begin(strings.ToUpper(peekValue(line)))
	case bytes.EqualFold(name, []byte("END")):
		if k.depth--; k.depth == 1 && k.entry {
			k.p.Plain = k.p.Plain && k.named
			k.entry = false
		}
	case k.depth == 1 && k.p.Version == "" && bytes.EqualFold(name, []byte("VERSION")):
		k.p.Version = peekValue(line)
	case bytes.EqualFold(name, []byte("UID")) && (k.depth == 1 && k.p.Root != "VCALENDAR" || k.depth == 2 && k.entry):
		uid := peekValue(line)
		k.named = k.named || uid != ""
		if k.p.UID == "" {
			k.p.UID = uid
		}
	}
}

func (k *peeker) begin(what string) {
	switch k.depth {
	case 0:
		if k.p.Root == "" {
			k.p.Root = what
		}
	case 1:
		k.entry, k.named = k.p.Root == "VCALENDAR" && what != "VTIMEZONE", false
		if k.p.Inner == "" && what != "VTIMEZONE" {
			k.p.Inner = what
		}
	}
	k.depth++
}

// peekLine cuts one logical line off, with its folds.
func peekLine(data []byte) (line, rest []byte) {
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			return data, nil
		}
		i += n + 1
		if i >= len(data) || data[i] != ' ' && data[i] != '\t' {
			return data[:i], data[i:]
		}
	}
}

// Renamed gives the data of an item with another UID where it, or an entry in it, has the UID old: the rest is, byte for byte,
// what it was. Both are as Peek gives them.
func Renamed(data []byte, old, uid string) []byte {
	var out []byte
	done := 0
	for at, rest := 0, data; len(rest) > 0; {
		var line []byte
		line, rest = peekLine(rest)
		if head := uidHead(line); head > 0 && peekValue(line) == old {
			end := len(line) - len(bytes.TrimRight(line, "\r\n"))
			out = append(append(out, data[done:at+head]...), uid...)
			done = at + len(line) - end
		}
		at += len(line)
	}
	if out == nil {
		return data
	}
	return append(out, data[done:]...)
}

// uidHead gives the length of the name and the colon of a line that is a UID; 0 for any other line.
func uidHead(line []byte) int {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || len(line) > 2*maxPeek {
		return 0
	}
	name, _, _ := bytes.Cut(line[:colon], []byte(";"))
	if dot := bytes.LastIndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	if !bytes.EqualFold(name, []byte("UID")) {
		return 0
	}
	return colon + 1
}

var unfolder = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "")

// peekValue gives the value of a line.
func peekValue(line []byte) string {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || len(line) > 2*maxPeek {
		return ""
	}
	v := strings.TrimSpace(unfolder.Replace(string(line[colon+1:])))
	if len(v) > maxPeek {
		return ""
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}
