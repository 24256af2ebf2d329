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
	// Key, Own, Synced, Earlier, Renewed and Slow are those of sources.Change.
	Key                                 sources.Key
	Own, Synced, Earlier, Renewed, Slow bool
	// Bad means that the body cannot be interpreted: the item is quarantined.
	Bad bool
	// Contradicted means that the evidence speaks against the item being the one that its link
	// remembers (docs/engine.md 7.2). Only a slow item is ever asked.
	Contradicted bool
	// Image means that a slow item whose link's other side deleted it says nothing new, though it is not as it was believed
	// to be: what is kept of what was sent.
	Image bool
	// Stands means that the item of a listing is as the binding's own last write left it, though it does not say all that was
	// written (see findStanding).
	Stands bool
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
	// UIDs says that both sides promise to keep the UIDs of items.
	UIDs bool
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

// has reports whether the side holds the link's item after all that was reported.
func (n *node) has(s Side) bool {
	return n.put[s] != nil || n.link.Item[s] != "" && !n.gone[s] && !n.lost[s]
}

// changed reports whether the side's item differs from what it was believed to be; one that was
// recognised as an item the side lacked, from what it would have been sent. What went back is no change, nor is an image,
// nor what stands.
func (n *node) changed(s Side) bool {
	if n.put[s] == nil || n.put[s].Earlier || n.put[s].Image || n.put[s].Stands {
		return false
	}
	was := n.link.Shadow[s]
	if was.IsZero() {
		was = n.link.Base
	}
	return n.put[s].Print != was && !slices.Contains(n.sent[s], n.put[s].Print)
}

// wentBack reports whether the side shows the item as it was before what it was believed to be (docs/engine.md 12).
func (n *node) wentBack(s Side) bool {
	return n.put[s] != nil && n.put[s].Earlier && n.put[s].Print != n.link.Shadow[s]
}
