package engine

import (
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// thread is what weave works on: one decision, the link as it was, and the items as they are now.
type thread struct {
	class  dataclass.Class
	winner dataclass.Winner
	keeps  [2]dataclass.Keeps
	known  [2]*dataclass.Known
	takes  [2]*Party
	// run is the run that this is done in, before are those before it, the newest first.
	run    int64
	before []int64
	d      Decision
	old    LinkWrite
	now    [2]sources.Change // set where d.Put is
	// same says that now is the very item that d.Put is the digest of.
	same [2]bool
	// tried are the open ops of a side whose answer never came: it may hold what they wrote.
	tried [2][]Intent
	// ring says that another binding wrote the item of a side, in a ring with this one.
	ring [2]bool
	// refreshing says that the lead's items replace the other side's.
	refreshing bool
	lead       Side
	// deleteWins says that a deletion ends what the other side edited.
	deleteWins bool
	// uids says that both sides promise to keep UIDs.
	uids bool
}

// cloth is what weave makes of it.
type cloth struct {
	link  LinkWrite
	drop  bool
	tally Tally
	// swung says that an oscillation was recognised.
	swung bool
}

// weave works out a link as it is to be after a decision, before any side was written: what both are
// to hold, what each is believed to hold, and which side is owed what. It is pure.
func weave(t thread) (cloth, error) {
	c, err := t.act()
	t.hold(&c)
	return c, err
}

// act carries out what was decided.
func (t thread) act() (cloth, error) {
	c := cloth{link: t.old}
	for _, s := range bothSides {
		if t.d.Gone[s] {
			c.forget(s)
		}
	}
	t.countDuplicates(&c)
	switch t.d.Act {
	case Drop:
		c.drop = true
	case Remove:
		if t.deleteWins && t.beaten() {
			c.tally.Conflicts++
		}
		t.note(&c)
		c.doom()
	case Push, Touch:
		t.note(&c)
		c.release(t.d)
	case Suspend:
		t.note(&c)
		c.hold(t.d)
	case Await:
		t.note(&c)
		c.await(t.d)
	case Unlink:
		t.part(&c)
	case Restore:
		c.tally.Restored++
		return c, t.merge(&c)
	case Revive:
		c.tally.Conflicts++
		c.link.Doomed = false
		return c, t.merge(&c)
	case Create:
		return c, t.create(&c)
	case Pair, Merge:
		return c, t.merge(&c)
	case Follow:
		c.link.Doomed = false
		return c, t.follow(&c)
	case Erase:
		return c, t.erase(&c)
	default:
		return c, fmt.Errorf("weave: act %d has no link", t.d.Act)
	}
	return c, nil
}

// forget notes that a side holds the item no longer.
func (c *cloth) forget(s Side) {
	if c.link.Item[s] != "" {
		c.link.Lost = c.link.Item[s]
	}
	c.link.Item[s], c.link.Rev[s] = "", ""
	c.link.Link.Shadow[s] = dataclass.Fingerprint{}
	c.link.Bodies.Shadow[s] = dataclass.Body{}
	c.link.Sent[s] = nil
	c.link.Owed[s] = None
}

// beaten reports whether a deletion ends an edit: one that is reported now, or one that the deleting side
// was never told.
func (t thread) beaten() bool {
	for _, s := range bothSides {
		o := s.Other()
		if t.d.Gone[s] && (t.old.Owed[s] != None || t.d.Put[o] != nil && t.d.Put[o].Print != t.old.Link.Shadow[o]) {
			return true
		}
	}
	return false
}

// doom sends the deletion to the side that still has the item, or may have it.
func (c *cloth) doom() {
	c.link.Doomed = true
	for _, s := range bothSides {
		switch {
		case c.link.Owed[s] == Unmapped:
		case c.link.Item[s] != "":
			c.link.Owed[s] = Waiting
		default:
			c.link.Owed[s] = None
		}
	}
}

// note takes over names and revisions where the content says nothing new.
func (t thread) note(c *cloth) {
	for _, s := range bothSides {
		d := t.d.Put[s]
		if d == nil {
			continue
		}
		c.link.Item[s], c.link.Rev[s] = d.ID, d.Rev
		if c.link.Owed[s] == Unmapped || c.link.Doomed {
			c.link.Owed[s] = Waiting
		}
	}
}

// said stands for "all that is in the shadow" where a side has said nothing else: the common case, which
// costs nothing to store.
var said = dataclass.Sent{1}

func isSaid(s dataclass.Sent) bool { return len(s) == 1 }

// create makes the link of an item that only one side has.
func (t thread) create(c *cloth) error {
	s := Source
	if t.d.Put[s] == nil {
		s = Target
	}
	print, style := t.d.Put[s].Print, t.takes[s].Holds.Calendar
	base, is := t.now[s].Body, print
	if !t.same[s] || style.Local != "" {
		it, err := dataclass.Decode(t.class, t.now[s].Body)
		if err != nil {
			return fmt.Errorf("read %s item: %w", s, err)
		}
		print = it.Fingerprint()
		if placed := it.Placed(style); placed != it {
			base, is = placed.Body(), placed.Fingerprint()
		} else {
			is = print
		}
	}
	c.link.Item[s], c.link.Rev[s] = t.now[s].ID, t.now[s].Rev
	if t.uids {
		base = named(base, t.now[s].KnownAs)
	}
	c.link.Link.Base, c.link.Bodies.Base = is, base
	c.link.Link.Shadow[s], c.link.Bodies.Shadow[s] = print, t.now[s].Body
	c.link.Sent[s] = said
	c.link.Owed[s.Other()] = Waiting
	return nil
}

// merge works out the base and both shadows.
func (t thread) merge(c *cloth) error {
	var v [2]dataclass.Version
	for _, s := range bothSides {
		var err error
		if v[s], err = t.version(c, s); err != nil {
			return err
		}
	}
	base, err := t.base(c)
	if err != nil {
		return err
	}
	if t.d.Union {
		base = nil
	}
	m, err := t.merged(base, v)
	if err != nil {
		return fmt.Errorf("merge: %w", err)
	}
	if m, err = t.swing(c, base, m); err != nil {
		return err
	}
	if m.Conflict {
		c.tally.Conflicts = 1
	}
	c.link.Link.Base, c.link.Bodies.Base = m.Item.Fingerprint(), m.Item.Body()
	for _, s := range bothSides {
		t.settleSide(c, s, v[s], m)
	}
	t.overwrites(c, m)
	return nil
}

// base is the merged item before this run; nil for a new link.
func (t thread) base(c *cloth) (*dataclass.Item, error) {
	if c.link.Bodies.Base.IsZero() {
		return nil, nil
	}
	it, err := dataclass.Decode(t.class, c.link.Bodies.Base)
	if err != nil {
		return nil, fmt.Errorf("read base of link %d: %w", c.link.ID, err)
	}
	return it, nil
}

// version is what a side held and holds.
func (t thread) version(c *cloth, s Side) (dataclass.Version, error) {
	v := dataclass.Version{Sent: c.link.Sent[s], Keeps: t.keeps[s], Known: t.known[s]}
	v.Declares = dataclass.Declaration{Takes: t.takes[s].Takes, Holds: t.takes[s].Holds}
	if b := c.link.Bodies.Shadow[s]; !b.IsZero() {
		it, err := dataclass.Decode(t.class, b)
		if err != nil {
			return v, fmt.Errorf("read %s shadow of link %d: %w", s, c.link.ID, err)
		}
		v.Shadow = it
	}
	if isSaid(v.Sent) {
		v.Sent = dataclass.Sent(nil)
		if v.Shadow != nil {
			v.Sent = v.Sent.With(v.Shadow)
		}
	}
	if t.d.Put[s] == nil {
		return v, nil
	}
	it, err := dataclass.Decode(t.class, t.now[s].Body)
	if err != nil {
		return v, fmt.Errorf("read %s item: %w", s, err)
	}
	v.Now = it
	if t.d.Put[s].Earlier {
		v.Shadow = it // no edit: it is given again what it has lost
		return v, nil
	}
	if v.Shadow == nil && t.d.Put[s].Print == c.link.Link.Base {
		v.Shadow = it // recognised by its content: it is what we would have sent
	}
	err = t.believe(&v, s)
	if !t.isAnother(s) {
		t.learn(c, s, v)
	}
	return v, err
}

// believe lets a side's shadow be what an unanswered op wrote, if what the side holds now is that, or
// is nearer to it than to what the side was believed to hold before.
func (t thread) believe(v *dataclass.Version, s Side) error {
	for _, in := range t.tried[s] {
		if in.Print == t.d.Put[s].Print {
			v.Shadow = v.Now
			return nil
		}
	}
	for _, in := range t.tried[s] {
		if in.Op.Verb != sources.Replace || v.Shadow == nil || v.Shadow == v.Now {
			continue
		}
		it, err := dataclass.Decode(t.class, in.Op.Body)
		if err != nil {
			return fmt.Errorf("read open op of %s: %w", s, err)
		}
		if builtOn(v.Now, v.Shadow, it) {
			v.Shadow = it
		}
	}
	return nil
}

// settleSide notes what a side is believed to hold and whether it is owed the base.
func (t thread) settleSide(c *cloth, s Side, v dataclass.Version, m dataclass.Merged) {
	unmapped := c.link.Owed[s] == Unmapped
	c.link.Sent[s] = v.Sent
	if d := t.d.Put[s]; d != nil {
		c.link.Item[s], c.link.Rev[s] = t.now[s].ID, t.now[s].Rev
		c.link.Sent[s] = v.Sent.With(v.Now).Union(m.Echoed[s])
		unmapped = false
	}
	c.link.Owed[s] = None
	if c.link.Item[s] == "" {
		c.link.Owed[s] = Waiting
		if unmapped {
			c.link.Owed[s] = Unmapped
		}
		return
	}
	if sh := m.Shadow[s]; sh != nil {
		c.link.Link.Shadow[s], c.link.Bodies.Shadow[s] = sh.Fingerprint(), sh.Body()
	}
	if m.Lossy[s] && !t.suffices(s, m) {
		c.link.Owed[s] = Waiting
	}
}

// writable reports whether a side that is owed something may be written now. An Add that a phone may
// have taken waits until the phone names it, lists everything, or is known to name late; a doubtful one for a person.
func writable(l LinkWrite, s Side, listing bool) bool {
	switch l.Owed[s] {
	case None, Aside, Doubtful, Held, Undecided:
		return false
	case Unmapped:
		return listing
	}
	return true
}

// opFor is the op that pays what a side is owed.
func opFor(l LinkWrite, s Side, key sources.Key) sources.Op {
	switch {
	case l.Doomed:
		return sources.Op{Key: key, Verb: sources.Delete, ID: l.Item[s], IfRev: l.Rev[s]}
	case l.Item[s] == "":
		return sources.Op{Key: key, Verb: sources.Add, Body: l.Bodies.Base}
	}
	return sources.Op{Key: key, Verb: sources.Replace, ID: l.Item[s], IfRev: l.Rev[s], Body: l.Bodies.Base}
}
