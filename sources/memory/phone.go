package memory

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// ErrNoOp means that the outbox holds no op with that key.
var ErrNoOp = errors.New("no such op in the outbox")

// PhoneOptions say what a phone is like.
type PhoneOptions struct {
	Options
	// RemembersKeys makes the phone give the first result again for an Add whose key it has carried
	// out before. Most phones make a second copy.
	RemembersKeys bool
}

// A Phone is a deferred client. Nothing it holds is seen before it calls: its user changes items with
// Put, Edit and Delete, and Send or SendAll delivers them to the inbox that the engine reads through
// Source. What the engine applies waits in the outbox until the test answers it with Answer; the
// result is then to be handed to the driver's Settle under the op's key. An op that is never answered
// simply stays. It is safe for concurrent use.
type Phone struct {
	opts     Options
	remember bool

	mu      sync.Mutex
	nextID  int64
	items   map[dataclass.Class]map[sources.ID]dataclass.Body
	unsent  map[dataclass.Class]map[sources.ID]*news
	counter int64 // orders unsent and inbox rows; cursors name it
	floor   int64
	inbox   map[dataclass.Class]map[sources.ID]*news
	outbox  []waiting
	done    map[sources.Key]sources.Result
}

// news is one change of the phone, unsent or in the inbox. Died is the counter of a Delete that an Add
// of the same LUID has followed.
type news struct {
	seq, died int64
	verb      sources.Verb
	body      dataclass.Body
	slow      bool
}

type waiting struct {
	class dataclass.Class
	op    sources.Op
}

// NewPhone makes an empty phone.
func NewPhone(o PhoneOptions) *Phone {
	p := &Phone{
		opts: o.withDefaults(), remember: o.RemembersKeys,
		items:  map[dataclass.Class]map[sources.ID]dataclass.Body{},
		unsent: map[dataclass.Class]map[sources.ID]*news{},
		inbox:  map[dataclass.Class]map[sources.ID]*news{},
		done:   map[sources.Key]sources.Result{},
	}
	for _, class := range p.opts.Classes {
		p.items[class] = map[sources.ID]dataclass.Body{}
		p.unsent[class] = map[sources.ID]*news{}
		p.inbox[class] = map[sources.ID]*news{}
	}
	return p
}

// Caps are the promises that the phone keeps.
func (p *Phone) Caps() sources.Caps {
	return sources.Caps{
		Classes: p.opts.Classes, Deferred: true, Incremental: true, KeyedAdd: p.remember,
		Tombstones: true, MaxBatch: p.opts.MaxBatch, MaxItemSize: p.opts.MaxItemSize,
	}
}

// Source gives the engine's way to the inbox and the outbox. The origin does not matter: a phone never
// sends back what it was sent.
func (p *Phone) Source(string) sources.Source { return phoneSource{p} }

// Put adds an item as the user. It returns ErrUnsupported for a class that the phone does not hold.
func (p *Phone) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.items[class] == nil {
		return "", fmt.Errorf("class %s: %w", class, sources.ErrUnsupported)
	}
	id := p.freeID(class)
	p.items[class][id] = p.opts.Store(body)
	p.note(p.unsent[class], id, news{verb: sources.Add})
	return id, nil
}

// Edit changes an item as the user. It returns ErrGone if there is none.
func (p *Phone) Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.items[class][id]; !ok {
		return fmt.Errorf("edit item %s: %w", id, sources.ErrGone)
	}
	p.items[class][id] = p.opts.Store(body)
	verb := sources.Replace
	if n := p.unsent[class][id]; n != nil && n.verb == sources.Add {
		verb = sources.Add
	}
	p.note(p.unsent[class], id, news{verb: verb})
	return nil
}

// Delete removes an item as the user. It returns ErrGone if there is none.
func (p *Phone) Delete(class dataclass.Class, id sources.ID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.items[class][id]; !ok {
		return fmt.Errorf("delete item %s: %w", id, sources.ErrGone)
	}
	delete(p.items[class], id)
	if n := p.unsent[class][id]; n != nil && n.verb == sources.Add && n.died == 0 {
		delete(p.unsent[class], id)
		return nil
	}
	p.note(p.unsent[class], id, news{verb: sources.Delete})
	return nil
}

// List gives all items of a class as the user sees them. It returns ErrUnsupported for a class that
// the phone does not hold.
func (p *Phone) List(class dataclass.Class) (map[sources.ID]dataclass.Body, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.items[class] == nil {
		return nil, fmt.Errorf("class %s: %w", class, sources.ErrUnsupported)
	}
	items := make(map[sources.ID]dataclass.Body, len(p.items[class]))
	for id, body := range p.items[class] {
		items[id] = body
	}
	return items, nil
}

// Reopen does nothing: a Phone is what outlives a process.
func (p *Phone) Reopen() error { return nil }

// Send delivers what changed on the phone since the last Send or SendAll, as a two-way package does.
func (p *Phone) Send(class dataclass.Class) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range bySeq(p.unsent[class]) {
		n := *p.unsent[class][id]
		n.body = p.items[class][id]
		if n.died != 0 {
			p.note(p.inbox[class], id, news{verb: sources.Delete})
		}
		n.died = 0
		p.note(p.inbox[class], id, n)
	}
	clear(p.unsent[class])
}

// SendAll delivers every item of the phone, as a slow sync's package does: each marked Slow, and no
// deletes.
func (p *Phone) SendAll(class dataclass.Class) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range sortedIDs(p.items[class]) {
		p.note(p.inbox[class], id, news{verb: sources.Add, body: p.items[class][id], slow: true})
	}
	clear(p.unsent[class])
}

// Forget makes every cursor given so far too old.
func (p *Phone) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counter++
	p.floor = p.counter
}

// note puts n into rows: the newest of a LUID wins, but an Add after a Delete remembers the Delete and
// a row stays slow.
func (p *Phone) note(rows map[sources.ID]*news, id sources.ID, n news) {
	p.counter++
	n.seq = p.counter
	if old := rows[id]; old != nil {
		n.slow = n.slow || old.slow
		n.died = old.died
		if old.verb == sources.Delete && n.verb != sources.Delete {
			n.died = old.seq
		}
	}
	rows[id] = &n
}

func bySeq(rows map[sources.ID]*news) []sources.ID {
	ids := make([]sources.ID, 0, len(rows))
	for id := range rows {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return rows[ids[i]].seq < rows[ids[j]].seq })
	return ids
}

// sortedIDs gives the LUIDs in the order of their numbers.
func sortedIDs(items map[sources.ID]dataclass.Body) []sources.ID {
	ids := make([]sources.ID, 0, len(items))
	for id := range items {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b sources.ID) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return ids
}

func (p *Phone) freeID(class dataclass.Class) sources.ID {
	if !p.opts.ReuseIDs {
		p.nextID++
		return number(p.nextID)
	}
	for n := int64(1); ; n++ {
		if _, ok := p.items[class][number(n)]; !ok {
			return number(n)
		}
	}
}
