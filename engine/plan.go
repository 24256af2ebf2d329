package engine

import (
	"cmp"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A Digest is one change of a side without its body.
type Digest struct {
	ID    sources.ID
	Rev   sources.Revision
	Verb  sources.Verb
	Print dataclass.Fingerprint
	// Key, Own, Synced, Renewed and Slow are those of sources.Change.
	Key                        sources.Key
	Own, Synced, Renewed, Slow bool
	// Bad means that the body cannot be interpreted: the item is quarantined.
	Bad bool
	// Contradicted means that the evidence speaks against the item being the one that its link
	// remembers (docs/engine.md 7.2). Only a slow item is ever asked.
	Contradicted bool
	// Size is how many bytes the item has.
	Size int
	// Beyond says of which side's range the item is outside. It is set in a refresh only.
	Beyond [2]bool
	// Known means that no side reports the item now: it is what a link knows of it.
	Known bool
}

// An Act is what to do with one link.
type Act int

// The acts.
const (
	// Create: a new item on one side; the other side lacks it.
	Create Act = iota + 1
	// Pair: an item on one side is the one that a link or an item of the other side names.
	Pair
	// Merge: a linked item changed on at least one side.
	Merge
	// Remove: one side deleted the item; the other is to follow.
	Remove
	// Revive: one side deleted an item that the other side edited: it comes back.
	Revive
	// Restore: a complete listing lacks the item, which proves nothing: it is added again.
	Restore
	// Push: nothing changed, but a side is still owed something.
	Push
	// Touch: nothing that a user would notice changed; remember the revision.
	Touch
	// Drop: the item is gone on both sides.
	Drop
	// SetAside: the item cannot be interpreted.
	SetAside
	// Follow: in a refresh the follower is to hold what the lead holds.
	Follow
	// Erase: in a refresh the follower holds an item that the lead never had.
	Erase
	// Suspend: one side deleted the item, and the deletion waits for a person. The guard says so, not Plan.
	Suspend
	// Await: another binding deleted the item on one side, and a third one decides whether that stands.
	Await
	// Unlink: a side no longer has an item that is outside its range; the other keeps it.
	Unlink
)

// A Decision is what Plan wants done with one link, or with one item that has none yet.
type Decision struct {
	Act Act
	// Link is 0 if there is none yet.
	Link LinkID
	// Put are the items as the sides report them now; nil where a side reports nothing.
	Put [2]*Digest
	// Gone says that a side deleted its item, or that its listing lacks it.
	Gone [2]bool
	// Duplicate: the pair was recognised by its content.
	Duplicate bool
	// Repeat: the open Add of the owed side goes out again under its old name.
	Repeat bool
	// Union: the items are one, but no link that is confirmed says what they were: what either has stays.
	Union bool
	// Absorb is the link whose item of the target becomes that of Link; it is over then.
	Absorb LinkID
	// Held says which side is not sent the item before a person has decided.
	Held [2]bool
	// Doubt is set for both items of a doubtful pair that is new; the two decisions stand one after the other.
	Doubt *Suspicion
	// Twin: the item is one too many of equal ones, and the binding asks for none.
	Twin bool
	// Back says whose change the guard holds: what it makes the other side lack is not written yet.
	Back [2]bool
	// Release: what was held is written.
	Release bool
	// Lead is the side whose item stands, in a Follow that a person's rejection asks for.
	Lead Side
}

// Input is all that Plan looks at.
type Input struct {
	Links   []Link
	Changes [2][]Digest
	// Tried are the fingerprints of the open ops that a side has, or may have, taken, by their link: the
	// item may have changed since.
	Tried [2]map[LinkID][]dataclass.Fingerprint
	// Adds are the open Adds of a side that answers at once, by their key: it may have carried them out.
	Adds [2]map[sources.Key]LinkID
	// Listing says that the Changes of a side are all its items.
	Listing [2]bool
	// Repeats says that a side names an item late, in a later session, so that an open Add of it may
	// be repeated under its old name (docs/engine.md 2.4).
	Repeats [2]bool
	// Resumes says that a side has named all that it took in a conversation that it goes on with. Acked are the
	// links whose open Add it acknowledged all the same.
	Resumes [2]bool
	Acked   [2]map[LinkID]bool
	// Out are the links whose item is outside a side's range, of those that the side deleted, did not list,
	// or was not sent because of it (docs/engine.md 3.5).
	Out [2]map[LinkID]bool
	// Mistrusted says that the ids of a side prove nothing.
	Mistrusted [2]bool
	// Strange is that of the Party.
	Strange [2]bool
	// Way and Lead are those of the Job.
	Way  Way
	Lead Side
	// DeleteWins is that of the Job.
	DeleteWins bool
	// Facts are what Wanted asked for.
	Facts Facts
	// Doubts are the doubtful pairs of earlier runs.
	Doubts []Doubt
	// Kin are items that other bindings know for one.
	Kin Kin
	// Elsewhere are items that other bindings have on a way that leads to the other side.
	Elsewhere Elsewhere
	// RemoveTwins says that of equal items of a side one is to stay.
	RemoveTwins bool
	// Approved and Rejected are the links about whose hold a person has decided.
	Approved, Rejected map[LinkID]bool
}

// Plan decides what each link needs. It is pure: the same input gives the same decisions, whatever the
// order of its lists; no item and no link appears in two decisions, except that an item whose ID was
// used again appears as the end of one link and the start of another. Without an explicit deletion it
// proposes none, except in a refresh. It takes n log n time.
func Plan(in Input) []Decision { return begin(in).finish(in.Facts) }

// Wanted names what Plan needs Facts of.
func Wanted(in Input) Wants { return begin(in).wants() }

// begin settles what ids, open intents and fingerprints tell.
func begin(in Input) *planner {
	p := newPlanner(in)
	p.attach()
	p.weigh()
	p.attachRevived()
	p.attachMoved()
	p.attachKin()
	p.missAbsent()
	p.pair()
	p.unite()
	return p
}

// finish settles the rest.
func (p *planner) finish(f Facts) []Decision {
	p.recognise(f)
	p.out = slices.Grow(p.out, len(p.loose[Source])+len(p.loose[Target]))
	p.holdOn()
	p.cullTwins()
	p.decideLinks()
	p.decideDoubts()
	p.decideRest()
	return p.out
}

// node is a link with what its sides report.
type node struct {
	link *Link
	put  [2]*Digest
	sent [2][]dataclass.Fingerprint // what open ops of a side wrote
	gone [2]bool                    // deleted explicitly
	// synced: by another binding
	synced [2]bool
	lost   [2]bool // not in a complete listing, or its id means something else now
	bad    [2]bool // reported, but unreadable
	dup    bool

	union     bool       // recognised without a confirmed link
	held      [2]bool    // the side is not to get the item: it is doubtful
	suspicion *Suspicion // it was found doubtful now
	absorbs   LinkID     // the link whose item it takes over
	absorbed  bool
	twin      bool // one too many of equal items
}

type planner struct {
	in    Input
	nodes []*node
	by    [2]map[sources.ID]*node
	// partial: the changes of a side are a slow package that broke off; shaken: its ids do not mean what they meant.
	partial, shaken [2]bool
	// deleted are the links of which a side deleted the item in an earlier sync, by the ID that it had there.
	deleted [2]map[sources.ID]*node
	// revived are the links that got back an item under another id.
	revived [2]map[sources.ID]*node
	// byLink are the links in doubt, nil where the plan has none of that id.
	byLink map[LinkID]*node
	doubts []suspected
	// taken are loose items that found their partner, or are in doubt.
	taken map[*Digest]bool
	// loose are items without a link, in order of ID.
	loose [2][]*Digest
	out   []Decision
}

func newPlanner(in Input) *planner {
	p := &planner{in: in, nodes: make([]*node, len(in.Links)), taken: make(map[*Digest]bool)}
	for s := range p.by {
		p.by[s] = make(map[sources.ID]*node, len(in.Links))
		p.in.Changes[s] = slices.Clone(in.Changes[s])
		slices.SortFunc(p.in.Changes[s], func(a, b Digest) int { return cmp.Compare(a.ID, b.ID) })
	}
	links := slices.Clone(in.Links)
	slices.SortFunc(links, func(a, b Link) int { return cmp.Compare(a.ID, b.ID) })
	nodes := make([]node, len(links))
	for i := range links {
		n := &nodes[i]
		n.link, p.nodes[i] = &links[i], n
		for _, s := range bothSides {
			n.sent[s] = in.Tried[s][n.link.ID]
			p.claim(s, n)
		}
	}
	return p
}

// claim notes that a link names an item. If two name the same one, its id was used again: the newer link, or
// the one that is to live, has it, and the other's item is gone.
func (p *planner) claim(s Side, n *node) {
	id := n.link.Item[s]
	if id == "" {
		p.remember(s, n)
		return
	}
	was := p.by[s][id]
	if was != nil && n.link.Doomed && !was.link.Doomed {
		n.gone[s] = true
		return
	}
	if was != nil {
		was.gone[s] = true
	}
	p.by[s][id] = n
}

// remember notes what a side called the item that it deleted, while the deletion is on its way to the other side. Later
// the side may have given the name to another item.
func (p *planner) remember(s Side, n *node) {
	if n.link.Lost == "" || !n.link.Doomed {
		return
	}
	if p.deleted[s] == nil {
		p.deleted[s] = make(map[sources.ID]*node)
	}
	p.deleted[s][n.link.Lost] = n
}

// attach gives each change to its link.
func (p *planner) attach() {
	for _, s := range bothSides {
		mistrust := p.mistrustAll(s)
		for i := range p.in.Changes[s] {
			p.attachOne(s, &p.in.Changes[s][i], mistrust)
		}
	}
}

func (p *planner) attachOne(s Side, d *Digest, mistrust bool) {
	n := p.by[s][d.ID]
	if open := p.opened(s, d); n == nil && open != nil {
		n = open
	}
	switch {
	case n == nil:
		p.loosen(s, d)
	case d.Bad:
		// Whether it is the link's item nobody can tell, save that it is not if its id was used again.
		n.gone[s], n.lost[s] = d.Renewed, mistrust && !d.Renewed
		n.bad[s] = !d.Renewed && !mistrust
		p.loosen(s, d)
	case d.Verb == sources.Delete:
		n.gone[s], n.synced[s] = true, d.Synced
	case d.Renewed && !n.knows(s, d):
		n.gone[s] = true
		p.loosen(s, d)
	case d.Contradicted, mistrust && d.Print != n.link.Shadow[s] && !slices.Contains(n.sent[s], d.Print):
		n.lost[s] = true
		p.loosen(s, d)
	default:
		n.put[s] = d
	}
}

// opened gives the link whose open Add made an item; nil if there is none.
func (p *planner) opened(s Side, d *Digest) *node {
	id, ok := p.in.Adds[s][d.Key]
	if !ok || d.Key == "" || d.Bad || d.Verb == sources.Delete {
		return nil
	}
	i, found := slices.BinarySearchFunc(p.nodes, id, func(n *node, id LinkID) int { return cmp.Compare(n.link.ID, id) })
	if !found || p.nodes[i].link.Item[s] != "" {
		return nil
	}
	return p.nodes[i]
}

// knows reports whether the link remembers an item whose ID was used again as the one that has the ID now:
// our own Add took it, and the look that would have passed over the deletion broke off.
func (n *node) knows(s Side, d *Digest) bool {
	return d.Rev != "" && d.Rev == n.link.Rev[s] || d.Print == n.link.Shadow[s]
}

// attachRevived gives an item that another binding brought back to the link of the item it stands for: the
// same item was deleted here, and it lives on under another id.
func (p *planner) attachRevived() {
	for _, s := range bothSides {
		rest := p.loose[s][:0]
		for _, d := range p.loose[s] {
			n := p.deletedAs(s, sources.RevivalOf(d.Key))
			if n == nil || d.Bad || n.put[s] != nil {
				rest = append(rest, d)
				continue
			}
			n.put[s], n.gone[s] = d, false
			if p.revived[s] == nil {
				p.revived[s] = make(map[sources.ID]*node)
			}
			p.revived[s][d.ID] = n
		}
		p.loose[s] = rest
	}
}

// deletedAs gives the link of the item that a side had under the ID and deleted, now or in an earlier sync.
func (p *planner) deletedAs(s Side, id sources.ID) *node {
	if n := p.by[s][id]; n != nil {
		return n
	}
	return p.deleted[s][id]
}

// loosen notes an item that belongs to no link. A Delete of an item nobody knows is nothing to do.
func (p *planner) loosen(s Side, d *Digest) {
	if d.Verb != sources.Delete {
		if p.loose[s] == nil && len(p.in.Links) == 0 {
			p.loose[s] = make([]*Digest, 0, len(p.in.Changes[s])) // the first sync of many
		}
		p.loose[s] = append(p.loose[s], d)
	}
}

// mistrustAll reports whether so many links of a side are contradicted that its ids must have been
// given out anew: more than a fifth (docs/engine.md 7.2) of all, or of those that a slow package names
// that broke off.
func (p *planner) mistrustAll(s Side) bool {
	if p.in.Strange[s] {
		return true
	}
	linked, named, against := len(p.by[s]), 0, 0
	for i := range p.in.Changes[s] {
		d := &p.in.Changes[s][i]
		if d.Contradicted {
			against++
		}
		if d.Slow && p.by[s][d.ID] != nil {
			named++
		}
	}
	if !p.in.Listing[s] && named > 0 {
		linked = named
	}
	return against*5 > linked
}

// missAbsent marks what a complete listing lacks.
func (p *planner) missAbsent() {
	for _, s := range bothSides {
		if !p.in.Listing[s] {
			continue
		}
		for _, n := range p.nodes {
			kept := p.in.Out[s][n.link.ID] && !p.in.Mistrusted[s]
			if n.link.Item[s] != "" && n.put[s] == nil && !n.gone[s] && !n.bad[s] && !kept {
				n.lost[s] = true
			}
		}
	}
}

// has reports whether the side holds the link's item after all that was reported.
func (n *node) has(s Side) bool {
	return n.put[s] != nil || n.link.Item[s] != "" && !n.gone[s] && !n.lost[s]
}

// changed reports whether the side's item differs from what it was believed to be; one that was
// recognised as an item the side lacked, from what it would have been sent.
func (n *node) changed(s Side) bool {
	if n.put[s] == nil {
		return false
	}
	was := n.link.Shadow[s]
	if was.IsZero() {
		was = n.link.Base
	}
	return n.put[s].Print != was && !slices.Contains(n.sent[s], n.put[s].Print)
}

func (p *planner) decideLinks() {
	for _, n := range p.nodes {
		if n.absorbed || n.suspicion != nil {
			continue
		}
		if d, ok := p.decide(n); ok {
			d.of(n)
			p.out = append(p.out, d)
		}
	}
}

// decide is the table of what can happen to a link.
func (p *planner) decide(n *node) (Decision, bool) {
	d := Decision{Gone: [2]bool{n.gone[0] || n.lost[0], n.gone[1] || n.lost[1]}}
	away, awaiting := n.awaiting()
	switch {
	case p.in.Way == Refresh:
		d.Act, d.Repeat = p.decideRefresh(n)
	case n.twin:
		d.Act, d.Twin = Remove, true
	case n.link.Doomed:
		d.Act = p.decideDoomed(n)
	case n.isHeld() && !n.gone[Source] && !n.gone[Target]:
		d.Act = p.decideInDoubt(n)
	case p.decideGuarded(n, &d):
	case !n.has(Source) && !n.has(Target):
		d.Act = p.decideLastCopyGone(n)
	case p.parted(n, Source) || p.parted(n, Target):
		d.Act = p.decidePart(n)
	case awaiting:
		d.Act = p.decideAwaiting(n, away)
	case n.gone[Source] || n.gone[Target]:
		d.Act = p.decideDeleted(n)
	case n.paired():
		d.Act = Pair
	case n.changed(Source) || n.changed(Target):
		d.Act = Merge
	case n.lost[Source] || n.lost[Target]:
		d.Act = Restore
	case n.took(Source) || n.took(Target):
		d.Act = Merge
	case p.owes(n):
		d.Act, d.Repeat = p.decideOwed(n)
	case n.moved(Source) || n.moved(Target):
		d.Act = Touch
	}
	return d, d.Act != 0
}

// took reports whether the side shows what an op wrote whose answer never came.
func (n *node) took(s Side) bool {
	return n.put[s] != nil && n.put[s].Print != n.link.Shadow[s] && slices.Contains(n.sent[s], n.put[s].Print)
}

// paired reports whether matching gave a side that lacked the item one.
func (n *node) paired() bool {
	for _, s := range bothSides {
		if n.put[s] != nil && n.put[s].ID != n.link.Item[s] {
			return true
		}
	}
	return false
}

// moved reports whether the side's item has another revision with the same content.
func (n *node) moved(s Side) bool {
	return n.put[s] != nil && n.put[s].Rev != n.link.Rev[s]
}

// decideDoomed handles a link whose deletion is on its way to one side.
func (p *planner) decideDoomed(n *node) Act {
	if p.isRevived(n) {
		return Revive
	}
	for _, s := range bothSides {
		switch {
		case n.changed(s) && !n.paired() && !p.in.DeleteWins:
			return Revive // edited after the other side had deleted it
		case n.link.Owed[s] == Aside && n.put[s] == nil && n.has(s):
			return 0
		case n.has(s) || n.put[s] != nil:
			return Push
		case n.link.Owed[s] == Unmapped && !p.in.Listing[s] && n.link.Item[s] == "":
			return 0 // the phone may have a copy; wait until it names it
		}
	}
	return Drop
}

// isRevived reports whether another binding brought the item back.
func (p *planner) isRevived(n *node) bool {
	for _, s := range bothSides {
		if d := n.put[s]; d != nil && p.revived[s][d.ID] == n {
			return true
		}
	}
	return false
}

// decideLastCopyGone handles an item that neither side holds any more. If one of them deleted it, that
// is the end; if it is only missing from listings, it still exists in the journal, but an item that
// no user can see is not brought back, unless one side had entrusted it to us and the other has not got it yet.
func (p *planner) decideLastCopyGone(n *node) Act {
	for _, s := range bothSides {
		if n.gone[s] && n.link.Owed[s.Other()] == Unmapped && !p.in.Listing[s.Other()] {
			return Remove
		}
		if n.lost[s] && !n.gone[s] && n.link.Item[s.Other()] == "" && n.link.Owed[s.Other()] != None && n.link.Owed[s.Other()] != Undecided {
			return Restore
		}
	}
	return Drop
}

// decideDeleted handles an item that exactly one side deleted: an edit survives it, also one that the
// deleting side has not been told yet, unless the binding wants a delete to win.
func (p *planner) decideDeleted(n *node) Act {
	if p.in.DeleteWins {
		return Remove
	}
	s := Source
	if n.gone[Target] {
		s = Target
	}
	if n.changed(s.Other()) || n.link.Owed[s] != None {
		return Revive
	}
	return Remove
}

// owes reports whether a side that the run may write is owed something.
func (p *planner) owes(n *node) bool {
	for _, s := range bothSides {
		if r := n.link.Owed[s]; r != None && r != Aside && r != Held && r != Undecided && !p.in.Out[s][n.link.ID] && (p.in.Way == BothWays || s != p.in.Lead) {
			return true
		}
	}
	return false
}

// decideOwed handles a link that nothing happened to but that a side is still owed.
func (p *planner) decideOwed(n *node) (Act, bool) {
	for _, s := range bothSides {
		if n.link.Owed[s] == Unmapped && !p.in.Listing[s] {
			if p.in.Repeats[s] || p.in.Resumes[s] && !p.in.Acked[s][n.link.ID] {
				return Push, true
			}
			return 0, false
		}
	}
	return Push, false
}

// decideRest handles what belongs to no link and was not paired.
func (p *planner) decideRest() {
	for _, s := range bothSides {
		for _, d := range p.loose[s] {
			out := Decision{Act: Create}
			switch {
			case d.Bad:
				out.Act = SetAside
			case p.in.Way == Refresh && s != p.in.Lead && d.Beyond[p.in.Lead]:
				continue
			case p.in.Way == Refresh && s != p.in.Lead:
				out.Act = Erase
			}
			out.Put[s] = d
			p.out = append(p.out, out)
		}
	}
}
