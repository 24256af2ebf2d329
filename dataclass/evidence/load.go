package evidence

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxTokens is how many words of a name count.
const maxTokens = 8

// A record is a digest ready to be compared.
type record struct {
	raw     string
	side    int
	id      string
	class   byte
	content uint64
	vals    []value
	kinds   uint64   // which kinds of values there are, a bit each
	tokens  []value  // the words of the name
	sketch  []uint32 // of the text
	rare    []uint32 // of those, what few others have
	mark    string   // of the generation
	name    uint32   // the words of the name, in order of the alphabet
	length  int      // of the name, in characters
	holders int32    // how many records have all words of the name
	twin    bool     // another record of its side says the same
	again   bool     // one of those comes before it: what it says does not count as said once more
	rank    int32    // among the records of its side, by digest and ID
}

// A world is the records of both sides and how often each value occurs in them.
type world struct {
	sides [2][]record
	count map[uint64]seen
	total float64
	// once is, for each kind, how likely another record has a value that was seen once on its side.
	once [kKinds + 2]float64
}

func newWorld(a, b []Entry) *world {
	w := &world{count: make(map[uint64]seen, 8*(len(a)+len(b))), total: float64(len(a) + len(b))}
	for s, list := range [2][]Entry{a, b} {
		w.sides[s] = loadAll(list)
		for i := range w.sides[s] {
			w.sides[s][i].side = s
		}
	}
	var keys []uint64
	for s := range w.sides {
		for i := range w.sides[s] {
			if w.sides[s][i].again {
				continue
			}
			keys = w.sides[s][i].counted(keys[:0])
			for _, k := range keys {
				c := w.count[k]
				c[s]++
				w.count[k] = c
			}
		}
	}
	for s := range w.sides {
		for i := range w.sides[s] {
			w.number(&w.sides[s][i])
		}
	}
	w.recurrence()
	w.count = nil
	return w
}

// A seen is how many records of each side have a value.
type seen [2]int32

func (c seen) all() int32 { return c[0] + c[1] }

// recurrence estimates how often a value that was seen once is seen again: by those that were seen twice (Good and
// Turing).
func (w *world) recurrence() {
	var once, twice [kKinds + 2]float64
	for key, c := range w.count {
		for _, n := range c {
			switch n {
			case 1:
				once[key>>32]++
			case 2:
				twice[key>>32]++
			}
		}
	}
	for k := range w.once {
		w.once[k] = 2 * twice[k] / (once[k] + 10)
	}
}

// number notes at each value how many records have it.
func (w *world) number(r *record) {
	for i := range r.vals {
		r.vals[i].n = w.count[r.vals[i].key()].all()
	}
	for i := range r.tokens {
		r.tokens[i].n = w.count[r.tokens[i].key()].all()
	}
	r.holders = w.count[r.nameKey()].all()
	few := int32(3 + w.total/200)
	for _, h := range r.sketch {
		if w.count[sketchKey(h)].all() <= few {
			r.rare = append(r.rare, h)
		}
	}
}

func sketchKey(h uint32) uint64 { return uint64(kSketch)<<32 | uint64(h) }

func loadAll(list []Entry) []record {
	out := make([]record, len(list))
	arena := make([]value, 0, 20*len(list))
	for i, e := range list {
		arena = load(&out[i], e, arena)
	}
	order := make([]int32, len(out))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		if c := strings.Compare(out[i].raw, out[j].raw); c != 0 {
			return c
		}
		return strings.Compare(out[i].id, out[j].id)
	})
	times := make(map[uint64]int32, len(out))
	for rank, i := range order {
		r := &out[i]
		r.rank, r.again = int32(rank), r.content != 0 && times[r.content] > 0
		times[r.content]++
	}
	for i := range out {
		out[i].twin = out[i].content != 0 && times[out[i].content] > 1
	}
	return out
}

// load reads a digest. Its values stand in the arena.
func load(r *record, e Entry, arena []value) []value {
	r.raw, r.id = e.Digest.raw, e.ID
	if len(r.raw) < headSize {
		return arena
	}
	r.class, r.content = r.raw[1], e.Digest.content()
	start := len(arena)
	var bare []string
	for rest := r.raw[headSize:]; rest != ""; {
		v, next, ok := nextValue(rest)
		if !ok {
			break
		}
		rest = next
		switch v.kind {
		case kMark:
			r.mark = v.text
			continue
		case kBare:
			bare = append(bare, v.text)
			continue
		}
		v.letters = lettersOf(v.text)
		r.kinds |= 1 << v.kind
		v.wild = strings.IndexByte(v.text, '?') >= 0 && !v.binary()
		arena = append(arena, v)
	}
	r.vals = slices.Clip(arena[start:])
	r.sketch = r.first(kSketch).numbers()
	start = len(arena)
	for _, v := range r.vals {
		switch v.kind {
		case kGiven, kFamily, kMore, kFull:
			arena = r.words(arena, start, v)
		}
	}
	r.tokens = slices.Clip(arena[start:])
	for _, b := range bare {
		r.lose(b)
	}
	r.nameHash()
	return arena
}

// words appends the words of a part of a name.
func (r *record) words(arena []value, start int, v value) []value {
	words := strings.Fields(v.text)
	if v.kind != kMore {
		r.length += utf8.RuneCountInString(v.text) + 1
	}
	for i, s := range words {
		if len(arena)-start == maxTokens {
			break
		}
		arena = append(arena, value{kind: v.kind, text: s, hash: hash32(s), letters: lettersOf(s), last: i == len(words)-1, token: true, wild: v.wild && strings.IndexByte(s, '?') >= 0})
	}
	return arena
}

// lettersOf gives a bit for each letter that a text has. A slip changes two of them at most.
func lettersOf(s string) uint32 {
	m := uint32(0)
	for i := range len(s) {
		m |= 1 << (s[i] & 31)
	}
	return m
}

// lose notes at the words of one part of the name how much of each an ASCII device drops.
func (r *record) lose(bare string) {
	if bare == "" {
		return
	}
	part := kind(bare[0] - 'a')
	for i, at := 0, 1; i < len(r.tokens) && at < len(bare); i++ {
		if r.tokens[i].kind == part {
			r.tokens[i].lost = bare[at] - '0'
			at++
		}
	}
}

// nameHash identifies the words of the name, whatever their order.
func (r *record) nameHash() {
	for _, t := range r.tokens {
		if t.kind != kMore {
			r.name += uint32(mix(uint64(t.hash)))
		}
	}
}

func (r *record) nameKey() uint64 { return uint64(kKinds+1)<<32 | uint64(r.name) }

// key identifies a value among those that can be equal to it.
func (v *value) key() uint64 {
	k, h := v.kind, v.hash
	switch {
	case v.token:
		k = kKinds
	case k == kMobile || k == kFax || k == kPhone:
		k, h = kPhone, hash32(phoneKey(v.text))
	}
	return uint64(k)<<32 | uint64(h)
}

// counted lists the keys of what the record says, each once.
func (r *record) counted(keys []uint64) []uint64 {
	for i := range r.vals {
		keys = append(keys, r.vals[i].key())
	}
	for i := range r.tokens {
		keys = append(keys, r.tokens[i].key())
	}
	for _, h := range r.sketch {
		keys = append(keys, sketchKey(h))
	}
	if len(r.tokens) > 0 {
		keys = append(keys, r.nameKey())
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// first gives the first value of a kind, or nil.
func (r *record) first(k kind) *value {
	if r.kinds>>k&1 == 0 {
		return nil
	}
	for i := range r.vals {
		if r.vals[i].kind == k {
			return &r.vals[i]
		}
	}
	return nil
}

// numbers gives the hashes in a value that is a list of them.
func (v *value) numbers() []uint32 {
	if v == nil {
		return nil
	}
	out := make([]uint32, 0, len(v.text)/4)
	for i := 0; i+4 <= len(v.text); i += 4 {
		out = append(out, binary.BigEndian.Uint32([]byte(v.text[i:i+4])))
	}
	return out
}
