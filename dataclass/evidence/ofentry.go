package evidence

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
)

// How many octets of the texts of entries and notes are kept.
const maxTopic, maxBody, maxHead = 48, 32, 64

func eventDigest(w *writer, e dataclass.Event) Digest {
	addEntry(w, e.Entry)
	if !e.End().IsZero() || e.Duration() > 0 {
		w.addLength(e.Duration())
	}
	return w.digest()
}

func taskDigest(w *writer, t dataclass.Task) Digest {
	w.addWhen(kDue, t.Due())
	addEntry(w, t.Entry)
	return w.digest()
}

// addEntry adds what events and tasks have in common.
func addEntry(w *writer, e dataclass.Entry) {
	w.add(kSummary, fold(e.Summary()), maxTopic)
	w.addWhen(kStart, e.Start())
	if rules := e.Rules(); len(rules) > 0 {
		w.add(kRule, strconv.Itoa(int(rules[0].Freq))+" "+strconv.Itoa(max(1, rules[0].Interval)), maxWord)
	}
	w.add(kLocation, fold(e.Location()), maxLine)
	w.addText(e.Body(), maxBody)
	addUID(w, e.UID())
	people := e.Attendees()
	if o := e.Organizer(); o.Address != "" {
		people = append(people, o)
	}
	for i, p := range people {
		if i == 4 {
			break
		}
		w.add(kPerson, string(binary.BigEndian.AppendUint32(nil, hash32(strings.ToLower(p.Address)))), 4)
	}
}

// What a time says beside its minute.
const (
	whenDay   = 1 << iota // a day
	whenFloat             // what the clock shows, nobody knows where
	whenZone              // in a zone
)

// addWhen adds a time: what it is, its minute, and how far the clock of its zone is from UTC.
func (w *writer) addWhen(k kind, at dataclass.When) {
	if at.IsZero() {
		return
	}
	flags, offset := byte(0), 0
	switch {
	case at.Date:
		flags = whenDay
	case at.Floating:
		flags = whenFloat
	case at.Zone != "":
		flags = whenZone
		_, offset = at.Time.Zone()
	}
	b := binary.BigEndian.AppendUint32([]byte{flags}, uint32(int32(at.Time.Unix()/60)))
	b = binary.BigEndian.AppendUint16(b, uint16(int16(offset/60)))
	w.add(k, string(b), len(b))
}

func (w *writer) addLength(d time.Duration) {
	w.add(kLength, string(binary.BigEndian.AppendUint32(nil, uint32(min(int64(d/time.Minute), 1<<31)))), 4)
}

func noteDigest(w *writer, n dataclass.Note) Digest {
	text := plain(n.Full())
	title := n.Title()
	if isMarkup(title) {
		title, _, _ = strings.Cut(text, "\n")
	}
	w.add(kSummary, fold(title), maxTopic)
	full := fold(text)
	w.add(kNote, full, maxHead)
	w.add(kPrefixes, prefixes(full), 4*prefixCount)
	w.add(kSketch, sketch(full), 4*sketchSize)
	return w.digest()
}

// addText adds a text that may be long.
func (w *writer) addText(s string, most int) {
	s = fold(plain(s))
	w.add(kNote, s, most)
	w.add(kPrefixes, prefixes(s), 4*prefixCount)
}

// prefixCount is how many beginnings of a text are remembered: 64 octets, 128, 256 and so on.
const (
	prefixCount = 7
	firstPrefix = 64
)

// prefixes gives the hashes of the beginnings of a text, then its length; nothing for a short text.
func prefixes(s string) string {
	if len(s) < firstPrefix {
		return ""
	}
	var out []byte
	for i, n := 0, firstPrefix; i < prefixCount-1 && n <= len(s); i, n = i+1, 2*n {
		out = binary.BigEndian.AppendUint32(out, hash32(s[:n]))
	}
	return string(binary.BigEndian.AppendUint32(out, uint32(len(s))))
}

// sketchSize is how many of the smallest hashes of pairs of words are remembered.
const sketchSize = 10

// sketch gives the smallest hashes of the pairs of neighbouring words, in order: texts with many in common have
// most of the smallest in common. A text of less than six words has none.
func sketch(s string) string {
	words := strings.Fields(s)
	if len(words) < 6 {
		return ""
	}
	hashes := make([]uint32, 0, len(words))
	for i := range len(words) - 1 {
		hashes = append(hashes, uint32(mix(uint64(hash32(words[i]))<<32|uint64(hash32(words[i+1])))))
	}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	out := make([]byte, 0, 4*sketchSize)
	for _, h := range hashes[:min(len(hashes), sketchSize)] {
		out = binary.BigEndian.AppendUint32(out, h)
	}
	return string(out)
}
