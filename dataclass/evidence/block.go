package evidence

import (
	"slices"
	"strconv"
	"strings"
)

// maxBlock is how many pairs one key may bring together: what more have in common tells little, and everything
// together takes n log n time.
const maxBlock = 400

// A keyed is a record that has a key: the key without its last bits, and in these the record. The records of the second
// side are counted on from those of the first. Few keys have the same first bits by accident, and then some more pairs
// are looked at.
type keyed uint64

// recordBits are the bits for a record: more than 16 million items have no room in memory anyway.
const recordBits = 24

func (k keyed) item() int32       { return int32(k & (1<<recordBits - 1)) }
func (k keyed) like(l keyed) bool { return k>>recordBits == l>>recordBits }

// A couple is a record of each side.
type couple struct{ a, b int32 }

// candidates lists the pairs that have something telling in common, each once, in order.
func (w *world) candidates() []couple {
	all := w.keyed()
	var out []uint64
	first := int32(len(w.sides[0]))
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].like(all[0]) {
			n++
		}
		block := all[:n]
		all = all[n:]
		split := 0
		for split < n && block[split].item() < first {
			split++
		}
		if split*(n-split) > maxBlock {
			continue
		}
		for _, x := range block[:split] {
			for _, y := range block[split:] {
				out = append(out, uint64(x.item())<<32|uint64(y.item()-first))
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	couples := make([]couple, len(out))
	for i, c := range out {
		couples[i] = couple{int32(c >> 32), int32(c)}
	}
	return couples
}

// keyed lists the keys of all records, in order.
func (w *world) keyed() []keyed {
	var all []keyed
	var keys []uint64
	for s := range w.sides {
		for i := range w.sides[s] {
			keys = w.sides[s][i].keys(keys[:0])
			slices.Sort(keys)
			for _, k := range slices.Compact(keys) {
				all = append(all, keyed(k&^(1<<recordBits-1)|uint64(i+s*len(w.sides[0]))))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// keys lists what a record is found by.
func (r *record) keys(keys []uint64) []uint64 {
	switch r.class {
	case 'C':
		keys = r.contactKeys(keys)
	case 'E', 'T':
		keys = r.entryKeys(keys)
	case 'N':
		keys = r.noteKeys(keys)
	}
	for i := range keys {
		keys[i] = mix(keys[i] ^ uint64(r.class)<<56)
	}
	return keys
}

func (r *record) contactKeys(keys []uint64) []uint64 {
	if r.name != 0 {
		keys = append(keys, r.nameKey())
	}
	keys = r.nameParts(keys)
	street, post, org, born := r.first(kStreet), r.first(kPost), r.first(kOrg), r.first(kBirthday)
	for i := range r.vals {
		v := &r.vals[i]
		switch v.kind {
		case kMobile, kPhone, kFax, kBirthday, kIM, kURL, kUID, kNick:
			keys = append(keys, v.key())
		case kEmail:
			keys = append(keys, hash64('m', cut(v.text, 10)), hash64('M', v.text))
		case kStreet:
			keys = append(keys, v.key())
		case kNote:
			keys = append(keys, hash64('s', cut(v.text, 12)))
		}
	}
	if street != nil && post != nil {
		keys = append(keys, hash64('r', cut(street.text, 5)+" "+post.text))
	}
	for i := range r.tokens {
		t := cut(r.tokens[i].text, 3)
		if post != nil {
			keys = append(keys, hash64('p', post.text+t))
		}
		if org != nil {
			keys = append(keys, hash64('c', cut(org.text, 8)+t))
		}
		if street != nil {
			keys = append(keys, hash64('q', cut(street.text, 5)+t), hash64('Q', cut(longest(street.text), 4)+t))
		}
		if born != nil && len(born.text) == 8 {
			keys = append(keys, hash64('y', born.text[:4]+t), hash64('Y', born.text[4:]+t))
		}
	}
	return keys
}

// longest gives the longest word of a text.
func longest(s string) string {
	out := ""
	for w := range strings.FieldsSeq(s) {
		if len(w) > len(out) {
			out = w
		}
	}
	return out
}

// nameParts adds the beginnings of each two words of the name, and the beginning of a name written as one.
func (r *record) nameParts(keys []uint64) []uint64 {
	main := 0
	for i := range r.tokens {
		if r.tokens[i].kind == kMore {
			continue
		}
		main++
		for j := range i {
			if r.tokens[j].kind == kMore {
				continue
			}
			a, b := cut(r.tokens[i].text, 4), cut(r.tokens[j].text, 4)
			if a > b {
				a, b = b, a
			}
			keys = append(keys, hash64('n', a+" "+b), hash64('l', bones(r.tokens[i].text, r.tokens[j].text)))
		}
	}
	joined := ""
	for _, order := range [][2]kind{{kGiven, kFamily}, {kFamily, kGiven}} {
		v, w := r.first(order[0]), r.first(order[1])
		if v != nil && w != nil {
			joined = v.text + " " + w.text
			keys = append(keys, hash64('j', cut(joined, 10)))
		}
	}
	if v := r.first(kFull); v != nil {
		keys = append(keys, hash64('j', cut(v.text, 10)), hash64('w', cut(v.text, 6)))
	}
	if main == 1 {
		keys = append(keys, hash64('o', cut(r.tokens[0].text, 6)))
	}
	return keys
}

// bones are the consonants of two words, sorted by word, which slips of the pen often leave alone.
func bones(a, b string) string {
	x, y := consonants(a), consonants(b)
	if x > y {
		x, y = y, x
	}
	return x + " " + y
}

func consonants(s string) string {
	b := make([]byte, 0, 8)
	for i := 0; i < len(s) && len(b) < 5; i++ {
		switch c := s[i]; c {
		case 'a', 'e', 'i', 'o', 'u', 'y', 'h', '?':
			if i == 0 {
				b = append(b, c)
			}
		default:
			if len(b) == 0 || b[len(b)-1] != c {
				b = append(b, c)
			}
		}
	}
	return string(b)
}

// skeleton gives the first consonants of a text: they are left where a side writes question marks for accented vowels.
func skeleton(s string) string {
	b := make([]byte, 0, 10)
	for i := 0; i < len(s) && len(b) < cap(b); i++ {
		switch c := s[i]; c {
		case 'a', 'e', 'i', 'o', 'u', 'y', '?', ' ':
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func (r *record) entryKeys(keys []uint64) []uint64 {
	title := r.first(kSummary)
	for i := range r.vals {
		v := &r.vals[i]
		switch v.kind {
		case kUID:
			keys = append(keys, v.key())
		case kNote:
			keys = append(keys, hash64('b', cut(v.text, 24)))
		case kSummary:
			keys = append(keys, v.key(), hash64('t', cut(v.text, 12)), hash64('x', v.text), hash64('v', skeleton(v.text)))
		case kStart, kDue:
			keys = r.timeKeys(keys, v, title)
		}
	}
	if title == nil && r.first(kStart) == nil && r.first(kDue) == nil {
		keys = append(keys, hash64('0', ""))
	}
	return keys
}

// timeKeys adds the time, and the title with the day: both days that a shift may lead to.
func (r *record) timeKeys(keys []uint64, v, title *value) []uint64 {
	c, ok := clockOf(v)
	if !ok {
		return keys
	}
	keys = append(keys, hash64('h', strconv.Itoa(c.minute)), hash64('h', strconv.Itoa(c.showing)))
	if title == nil {
		return keys
	}
	t := cut(title.text, 6)
	for _, m := range []int{c.minute, c.showing} {
		half := floorDiv(m, 12*60)
		for d := -1; d <= 1; d++ {
			keys = append(keys, hash64('d', t+strconv.Itoa(half+d)))
		}
	}
	return keys
}

func (r *record) noteKeys(keys []uint64) []uint64 {
	for i := range r.vals {
		v := &r.vals[i]
		switch v.kind {
		case kNote:
			keys = append(keys, v.key(), hash64('n', cut(v.text, 40)), hash64('N', cut(v.text, 16)), hash64('x', cut(v.text, 8)), hash64('v', skeleton(v.text)))
		case kSummary:
			keys = append(keys, v.key())
		case kSketch:
			for _, h := range r.rare {
				keys = append(keys, sketchKey(h))
			}
		}
	}
	return keys
}
