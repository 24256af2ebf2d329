package simtest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A handset is a phone: what it holds and has not told, and on the server its inbox.
type handset struct {
	items map[sources.ID]dataclass.Body
	dirty map[sources.ID]sources.Verb
	store func(dataclass.Body) dataclass.Body
	// stamps count the user's changes of each item that is dirty.
	stamps map[sources.ID]int
	next   int
	// reuse: a new item takes the lowest number that is free.
	reuse bool
	// unnamed are items whose Map the server has not heard.
	unnamed map[sources.ID]bool
	// cached are answers that did not get through; with cache set, the next session begins with them.
	cached []engine.Answer
	cache  bool
	// reset: the phone was wiped; its next sync is slow.
	reset bool
	// sessions counts them: each has a name of its own.
	sessions int

	inbox map[sources.ID]letter
	seq   int64
	// late: the server has seen Maps that came in a later session.
	late bool
}

// A letter is a row of the inbox.
type letter struct {
	seq           int64
	verb          sources.Verb
	body          dataclass.Body
	renewed, slow bool
}

func newHandset() *handset {
	return &handset{
		items: map[sources.ID]dataclass.Body{}, dirty: map[sources.ID]sources.Verb{}, stamps: map[sources.ID]int{},
		store:   func(b dataclass.Body) dataclass.Body { return b },
		unnamed: map[sources.ID]bool{}, inbox: map[sources.ID]letter{},
	}
}

func (h *handset) Put(_ dataclass.Class, b dataclass.Body) (sources.ID, error) {
	id := h.fresh()
	h.items[id], h.dirty[id] = h.store(b), sources.Add
	h.stamps[id]++
	return id, nil
}

// fresh gives a number. One whose deletion the server has not heard is not free.
func (h *handset) fresh() sources.ID {
	for n := 1; h.reuse; n++ {
		id := sources.ID(strconv.Itoa(n))
		if _, held := h.items[id]; !held && h.dirty[id] == 0 {
			return id
		}
	}
	h.next++
	return sources.ID(strconv.Itoa(h.next))
}

func (h *handset) Edit(_ dataclass.Class, id sources.ID, b dataclass.Body) error {
	h.items[id] = h.store(b)
	h.stamps[id]++
	if h.dirty[id] != sources.Add {
		h.dirty[id] = sources.Replace
	}
	return nil
}

func (h *handset) Delete(_ dataclass.Class, id sources.ID) error {
	delete(h.items, id)
	h.dirty[id] = sources.Delete
	h.stamps[id]++
	return nil
}

// told forgets the changes that a session which ended well has brought.
func (h *handset) told(sent map[sources.ID]int) {
	for id, n := range sent {
		if h.stamps[id] == n {
			delete(h.dirty, id)
			delete(h.stamps, id)
		}
	}
}

func (h *handset) List(dataclass.Class) (map[sources.ID]dataclass.Body, error) { return h.items, nil }

// wipe is a reset: the phone forgets what it has not told and holds nothing, or what a backup of now
// holds, under new numbers.
func (h *handset) wipe(restore bool) {
	old := h.items
	h.items, h.next = map[sources.ID]dataclass.Body{}, 0
	clear(h.dirty)
	clear(h.stamps)
	clear(h.unnamed)
	h.cached, h.reset = nil, true
	if !restore {
		return
	}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(old))) {
		h.items[h.fresh()] = old[id]
	}
}

// receive stores a change of the phone in its inbox: the newest wins, but an Add after a Delete keeps both
// facts.
func (h *handset) receive(id sources.ID, l letter) {
	if old, ok := h.inbox[id]; ok && l.verb != sources.Delete {
		l.renewed = old.renewed || old.verb == sources.Delete
		if l.renewed || old.verb == sources.Add {
			l.verb = sources.Add
		}
	}
	h.seq++
	l.seq = h.seq
	h.inbox[id] = l
}

// pack is what the phone sends.
func (h *handset) pack(slow bool) (ids []sources.ID, letters []letter) {
	if slow {
		for _, id := range slices.Sorted(maps.Keys(h.items)) {
			ids, letters = append(ids, id), append(letters, letter{verb: sources.Replace, body: h.items[id], slow: true})
		}
		return ids, letters
	}
	for _, id := range slices.Sorted(maps.Keys(h.dirty)) {
		ids, letters = append(ids, id), append(letters, letter{verb: h.dirty[id], body: h.items[id]})
	}
	return ids, letters
}

// carryOut does what an op says, and gives the phone's answers.
func (h *handset) carryOut(in engine.Intent) []engine.Answer {
	ack := engine.Answer{Intent: in.ID, State: engine.Acknowledged}
	switch in.Op.Verb {
	case sources.Add:
		id := h.fresh()
		h.items[id], h.unnamed[id] = h.store(in.Op.Body), true
		return []engine.Answer{ack, {Intent: in.ID, State: engine.Mapped, Item: id}}
	case sources.Replace:
		if _, ok := h.items[in.Op.ID]; !ok {
			return []engine.Answer{{Intent: in.ID, Err: sources.ErrGone}}
		}
		h.items[in.Op.ID] = h.store(in.Op.Body)
	case sources.Delete:
		delete(h.items, in.Op.ID)
		delete(h.dirty, in.Op.ID)
	}
	return []engine.Answer{ack}
}

// purge forgets the letters that were planned.
func (h *handset) purge(upTo sources.Cursor) {
	n, _ := strconv.ParseInt(string(upTo), 10, 64)
	maps.DeleteFunc(h.inbox, func(_ sources.ID, l letter) bool { return l.seq <= n })
}

// mailbox is the engine's way to a handset.
type mailbox struct{ *handset }

var mailboxCaps = sources.Caps{Deferred: true, Incremental: true, Tombstones: true}

func (m mailbox) Begin(_ context.Context, _ dataclass.Class, since sources.Cursor) (sources.Session, error) {
	from, err := strconv.ParseInt("0"+string(since), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("cursor %q: %w", since, sources.ErrCursorLost)
	}
	ids := slices.SortedFunc(maps.Keys(m.inbox), func(a, b sources.ID) int { return int(m.inbox[a].seq - m.inbox[b].seq) })
	s := &mailSession{box: m.handset, cursor: sources.Cursor(strconv.FormatInt(m.seq, 10))}
	for _, id := range ids {
		if m.inbox[id].seq > from {
			s.changes = append(s.changes, m.inbox[id].change(id))
		}
	}
	return s, nil
}

func (l letter) change(id sources.ID) sources.Change {
	return sources.Change{ID: id, Verb: l.verb, Body: l.body, Slow: l.slow, Renewed: l.renewed}
}

type mailSession struct {
	box     *handset
	changes []sources.Change
	cursor  sources.Cursor
}

func (s *mailSession) Changes(context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, c := range s.changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (s *mailSession) Read(_ context.Context, ids []sources.ID) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for _, id := range ids {
			l, ok := s.box.inbox[id]
			if !ok {
				yield(sources.Change{}, fmt.Errorf("read item %s from a phone: %w", id, sources.ErrUnsupported))
				return
			}
			if !yield(l.change(id), nil) {
				return
			}
		}
	}
}

func (s *mailSession) Apply(_ context.Context, ops []sources.Op) ([]sources.Result, error) {
	out := make([]sources.Result, len(ops))
	for i, op := range ops {
		out[i] = sources.Result{State: sources.Pending, ID: op.ID}
	}
	return out, nil
}

func (s *mailSession) Commit(context.Context) (sources.Cursor, error) { return s.cursor, nil }
func (s *mailSession) Close() error                                   { return nil }
