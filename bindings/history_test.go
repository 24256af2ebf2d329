package bindings

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/faulty"
)

var (
	histories = flag.Int("histories", 20, "how many random histories TestRandomHistories plays")
	from      = flag.Uint64("from", 1, "the first seed that TestRandomHistories plays")
	oneSeed   = flag.Uint64("seed", 0, "play only the history of this seed")
)

// chronicle plays a random history: two phones and the users of both, their datastore and its user,
// crashes, dead batteries and slow syncs. It knows what the users want.
type chronicle struct {
	*world
	r      *rand.Rand
	phones []*simPhone
	log    []string
	// facts are what each item must end with, by name.
	facts map[string]*fact
	next  int
}

// fact is what is known of one item.
type fact struct {
	// marks are the edits: each writes a property of its own, so that none can overwrite another.
	marks []string
	// deleted: somebody deleted it. Then it is there or not, but the same everywhere.
	deleted bool
	// surely: it was deleted when all sides agreed, and nobody edited it since.
	surely bool
	// quiet: all sides agree on it, as far as the chronicle can tell.
	quiet bool
	// noted is the NOTE that the item must end with; "" if several sides wrote one since all agreed.
	noted string
	// noter is the side that wrote it since all agreed: nobody, 0 to 2, or several.
	noter int
}

const (
	nobody  = -1
	several = 3
)

func newChronicle(t testing.TB, seed uint64) *chronicle {
	c := &chronicle{world: newWorld(t), r: rand.New(rand.NewPCG(seed, 7)), facts: map[string]*fact{}}
	second := newSimPhone()
	id, err := c.world.phones.Register(context.Background(), c.owner, "SIM-2")
	if err != nil {
		t.Fatal(err)
	}
	second.client = id
	c.phones = []*simPhone{c.phone, second}
	for _, p := range c.phones {
		p.cache = c.r.IntN(3) == 0
	}
	return c
}

func (c *chronicle) note(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

// nameOf is the FN of a card.
func nameOf(b dataclass.Body) string {
	for _, line := range strings.Split(string(b.Data), "\r\n") {
		if name, ok := strings.CutPrefix(line, "FN:"); ok {
			return name
		}
	}
	return ""
}

// marked is the card with one more mark.
func marked(b dataclass.Body, mark string) dataclass.Body {
	b.Data = []byte(strings.Replace(string(b.Data), "END:VCARD", mark+"\r\nEND:VCARD", 1))
	return b
}

// renoted is the card with another NOTE, written on one side.
func (c *chronicle) renoted(b dataclass.Body, side int) (dataclass.Body, string) {
	c.next++
	f, note := c.facts[nameOf(b)], fmt.Sprintf("NOTE:%d", c.next)
	f.surely, f.quiet = false, false
	if f.noted = note; f.noter != nobody && f.noter != side {
		f.noter, f.noted = several, ""
	} else {
		f.noter = side
	}
	var lines []string
	for _, l := range strings.Split(string(b.Data), "\r\n") {
		if !strings.HasPrefix(l, "NOTE:") {
			lines = append(lines, l)
		}
	}
	b.Data = []byte(strings.Join(lines, "\r\n"))
	return marked(b, note), note
}

// user lets the user of one side do something.
func (c *chronicle) user() {
	side := c.r.IntN(3)
	if side == 2 {
		c.peerUser()
		return
	}
	p := c.phones[side]
	luids := slices.Sorted(keys(p.items))
	// What a phone has that it could not name yet is recognised by equal content only, so far: its user
	// leaves it alone until a session went well.
	if len(luids) == 0 || p.unwell || c.r.IntN(3) == 0 {
		name := c.fresh()
		c.note("phone %d adds %s as %s", side, name, p.add(card(name)))
		return
	}
	luid := luids[c.r.IntN(len(luids))]
	name := nameOf(p.items[luid])
	if c.r.IntN(4) == 0 {
		c.note("phone %d deletes %s", side, name)
		p.remove(luid)
		c.facts[name].deleted, c.facts[name].quiet = true, false
		return
	}
	if c.r.IntN(2) == 0 {
		b, note := c.renoted(p.items[luid], side)
		c.note("phone %d notes %s: %s", side, name, note)
		p.edit(luid, b)
		return
	}
	mark := c.mark(name)
	c.note("phone %d edits %s: %s", side, name, mark)
	p.edit(luid, marked(p.items[luid], mark))
}

func (c *chronicle) peerUser() {
	items, err := c.peer.List(dataclass.Contacts)
	if err != nil {
		c.t.Fatal(err)
	}
	ids := slices.Sorted(keys(items))
	if len(ids) == 0 || c.r.IntN(3) == 0 {
		name := c.fresh()
		c.note("the datastore's user adds %s", name)
		mustPut(c.world, card(name))
		return
	}
	id := ids[c.r.IntN(len(ids))]
	name := nameOf(items[id])
	if c.r.IntN(4) == 0 {
		c.note("the datastore's user deletes %s", name)
		f := c.facts[name]
		f.surely, f.deleted = f.quiet, true
		f.quiet = false
		if err := c.peer.Delete(dataclass.Contacts, id); err != nil {
			c.t.Fatal(err)
		}
		return
	}
	if c.r.IntN(2) == 0 {
		b, note := c.renoted(items[id], 2)
		c.note("the datastore's user notes %s: %s", name, note)
		if err := c.peer.Edit(dataclass.Contacts, id, b); err != nil {
			c.t.Fatal(err)
		}
		return
	}
	mark := c.mark(name)
	c.note("the datastore's user edits %s: %s", name, mark)
	if err := c.peer.Edit(dataclass.Contacts, id, marked(items[id], mark)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chronicle) fresh() string {
	c.next++
	name := fmt.Sprintf("P%d", c.next)
	c.facts[name] = &fact{noter: nobody}
	return name
}

// mark makes the next edit of an item. An item that was deleted elsewhere lives on by it.
func (c *chronicle) mark(name string) string {
	c.next++
	f := c.facts[name]
	m := fmt.Sprintf("X-MARK-%d:%d", c.next, c.next)
	f.marks = append(f.marks, m)
	f.surely, f.quiet = false, false
	return m
}

// sync lets one phone sync, with whatever goes wrong.
func (c *chronicle) sync() {
	i := c.r.IntN(2)
	c.phone = c.phones[i]
	c.points, c.phone.breakAt = nil, 0
	slow, what := c.r.IntN(8) == 0, "no fault"
	switch c.r.IntN(4) {
	case 0:
		n := 1 + c.r.IntN(60)
		c.points, what = faulty.CrashAt(n), "crash at "+strconv.Itoa(n)
		c.boot()
	case 1:
		c.phone.breakAt = 1 + c.r.IntN(8)
		what = "battery dies at " + strconv.Itoa(c.phone.breakAt)
	}
	err := c.syncPhone(slow)
	c.phone.unwell = err != nil
	c.note("phone %d syncs (slow %v, %s): %v", i, slow, what, err)
	if err != nil && !errors.Is(err, faulty.ErrCrash) && !errors.Is(err, errBattery) {
		c.t.Fatalf("%v\n%s", err, strings.Join(c.log, "\n"))
	}
	if c.points.Crashed() {
		c.points = nil
		c.boot()
	}
	c.points = nil
}

// rest lets everything come to rest without faults.
func (c *chronicle) rest() {
	c.points = nil
	c.boot()
	for range 3 {
		for _, p := range c.phones {
			c.phone, p.breakAt = p, 0
			if err := c.syncPhone(false); err != nil {
				c.t.Fatalf("no sync succeeds any more: %v\n%s", err, strings.Join(c.log, "\n"))
			}
			p.unwell = false
		}
	}
	for _, f := range c.facts {
		f.quiet, f.noter = !f.deleted, nobody
	}
	c.note("rest")
}

func keys[V any, K comparable](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// check asks P1 to P5 of the world at rest.
func (c *chronicle) check() {
	c.t.Helper()
	items, err := c.peer.List(dataclass.Contacts)
	if err != nil {
		c.t.Fatal(err)
	}
	bad := c.compare("the datastore", keysOfBodies(items))
	for i, p := range c.phones {
		bad = append(bad, c.compare(fmt.Sprintf("phone %d", i), keysOfBodies(p.items))...)
		c.phone = p
		phone, peer := c.prints()
		if !slices.Equal(phone, peer) {
			bad = append(bad, fmt.Sprintf("P1: phone %d and the datastore differ:\n%v\n%v", i, phone, peer))
		}
		last := c.lastLog()
		if last.Sides != [2]SideCounts{} {
			bad = append(bad, fmt.Sprintf("P5: a sync of nothing did %+v", last.Sides))
		}
	}
	if len(bad) > 0 {
		c.t.Fatalf("%s\n\n%s", strings.Join(c.log, "\n"), strings.Join(bad, "\n"))
	}
}

// keysOfBodies gives the cards of a side by name.
func keysOfBodies[K comparable](items map[K]dataclass.Body) map[string][]string {
	out := map[string][]string{}
	for _, b := range items {
		out[nameOf(b)] = append(out[nameOf(b)], string(b.Data))
	}
	return out
}

func (c *chronicle) compare(who string, have map[string][]string) (bad []string) {
	for name, f := range c.facts {
		copies := have[name]
		switch {
		case len(copies) > 1:
			bad = append(bad, fmt.Sprintf("P2: %s has %d copies of %s", who, len(copies), name))
		case len(copies) == 0 && !f.deleted:
			bad = append(bad, fmt.Sprintf("P3: %s lost %s", who, name))
		case len(copies) == 1 && f.surely:
			bad = append(bad, fmt.Sprintf("P4: %s has %s, which was deleted", who, name))
		}
		if len(copies) == 1 && !f.deleted && f.noted != "" && !strings.Contains(copies[0], f.noted+"\r\n") {
			bad = append(bad, fmt.Sprintf("P3: %s lost the edit %s of %s:\n%s", who, f.noted, name, copies[0]))
		}
		for _, m := range f.marks {
			if len(copies) == 1 && !f.deleted && !strings.Contains(copies[0], m) {
				bad = append(bad, fmt.Sprintf("P3: %s lost the edit %s of %s", who, m, name))
			}
		}
	}
	return bad
}

func playHistory(t testing.TB, seed uint64) {
	c := newChronicle(t, seed)
	for range 3 {
		for range 4 + c.r.IntN(10) {
			if c.r.IntN(3) == 0 {
				c.sync()
			} else {
				c.user()
			}
		}
		c.rest()
		c.check()
	}
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	c.db = nil
}

// TestRandomHistories plays random histories and asks P1 to P5 and P7 of each. A history that fails is
// played again by its seed: go test ./bindings -run TestRandomHistories -seed N.
func TestRandomHistories(t *testing.T) {
	if *oneSeed != 0 {
		playHistory(t, *oneSeed)
		return
	}
	n := *histories
	if s := os.Getenv("BINDERY_HISTORIES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for seed := *from; seed < *from+uint64(n); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			playHistory(t, seed)
		})
	}
}
