package peertest

import (
	"fmt"
	"maps"
	"slices"
)

// A deed is what one user did to one person: gave a slot a value, or deleted the person (slot "").
type deed struct {
	door        int
	slot, value string
	k           int // its number
	at          int // when it was done
	acked       int // when a sync of the door that followed it had ended well; 0 is not yet
	// void means that it need not count: the client took it back by itself, or never sent it as such.
	void bool
	// over are the deeds that the user had seen when he did this, and those that had lost against them before.
	over []*deed
	// maybe are the deeds that the user's door may have had when he did this, and does not show.
	maybe []*deed
	// tried is when the first sync of the door began that followed it, 0 if none did: from then on others may have it.
	tried int
	// lostTo is what the server decided for, of two that did not know of each other; noted that it had arrived before.
	lostTo *deed
	noted  bool
	// held is what the client of a user who deletes somebody had of him from the server then.
	held map[string]string
}

func (d *deed) String() string {
	what := fmt.Sprintf("%s=%.40q", d.slot, d.value)
	if d.slot == "" {
		what = "deleted"
	}
	if d.lostTo != nil {
		what += fmt.Sprintf(" lost to #%d", d.lostTo.k)
	}
	return fmt.Sprintf("#%d %s at %s acked %d void %v over %d", d.k, what, doorNames[d.door], d.acked, d.void, len(d.over))
}

// shownBy reports whether a person has the value.
func (d *deed) shownBy(w who) bool {
	return d.value == w.Slots[d.slot] || slices.Contains(valuesOf(w.Slots[d.slot]), d.value)
}

// A human is one person and all that was done to him since all doors were known to be equal.
type human struct {
	deeds []*deed
}

// doorNames are what the doors are called in stories. The fourth one is a second DAV client where GData has no such items.
var doorNames = []string{"phone", "dav", "folder", "gdata"}

// A model knows who did what, and who could know of it. Its time is a count of what happens.
type model struct {
	now    int
	slots  []string // that users edit
	people map[int]*human
	seen   [4]int      // when the last sync of each door that ended well had begun
	had    [4]int      // when the last sync of each door ended, well or not
	lacks  [4][]string // the slots that a door does not show
}

// knew reports whether the user at a door could know of a deed.
func (m *model) knew(door int, d *deed) bool {
	return d.door == door || d.acked > 0 && d.acked <= m.seen[door]
}

// does notes that a user did something to a person of whom he sees this.
func (m *model) does(n, door, k int, slot, value string, sees map[string]string) {
	m.now++
	h := m.people[n]
	d := &deed{door: door, slot: slot, value: value, k: k, at: m.now}
	for _, o := range h.deeds {
		if slot != "" && o.slot != slot {
			continue
		}
		whole := o.k == 0 && slot == "" // who sees somebody has him as he was entered, with what his device cannot show
		switch mute := o.slot == "" || o.value == "" || slices.Contains(m.lacks[door], o.slot); {
		case whole, m.knew(door, o), !mute && o.shownBy(who{Slots: sees}):
			d.over = append(d.over, o)
		case mute && o.tried > 0 && o.tried <= m.had[door]:
			d.maybe = append(d.maybe, o)
		}
	}
	for _, o := range slices.Clone(d.over) { // who had seen the last value of somebody had seen what that one had
		for _, p := range o.over {
			if !slices.Contains(d.over, p) {
				d.over = append(d.over, p)
			}
		}
	}
	seen := slices.Clone(d.over)
	for _, o := range h.deeds {
		switch {
		case !o.lostToOneOf(seen) || slices.Contains(seen, o):
		case o.acked > 0:
			d.over = append(d.over, o)
		default:
			d.maybe = append(d.maybe, o)
		}
	}
	h.deeds = append(h.deeds, d)
}

// deletes notes that a user deleted a person of whom he sees this, and his client has that from the server.
func (m *model) deletes(n, door, k int, sees, held map[string]string) {
	m.does(n, door, k, "", "", sees)
	deeds := m.people[n].deeds
	deeds[len(deeds)-1].held = held
}

// slowIsSafe reports whether a door may tell everything instead of what changed: nothing is taken for deleted then because
// it is not there, and, by a phone that does not hold all of it, nothing for edited that others deleted (docs/engine.md, what is not built yet).
func (m *model) slowIsSafe(door int) bool {
	for _, h := range m.people {
		if slices.ContainsFunc(h.deeds, func(d *deed) bool {
			return d.slot == "" && (d.door == door && d.acked == 0 || doorNames[door] == "phone" && !m.knew(door, d))
		}) {
			return false
		}
	}
	return true
}

// born notes that a user entered a person.
func (m *model) born(n, door int, have map[string]string) {
	m.now++
	h := &human{}
	for slot, v := range have {
		h.deeds = append(h.deeds, &deed{door: door, slot: slot, value: v})
	}
	m.people[n] = h
}

// synced notes that a door has synchronised, since a time, and what its user sees now.
func (m *model) synced(door, began int, well bool, sees map[int]who) {
	m.now++
	m.had[door] = m.now
	for n, h := range m.people {
		for _, d := range h.deeds {
			if d.door == door && d.tried == 0 { // what was done amid it may have gone with it
				d.tried = began
			}
			if d.door != door || d.acked > 0 || d.void || d.at > began {
				continue
			}
			_, there := sees[n]
			kept := d.slot == "" && !there || d.slot != "" && there && d.shownBy(sees[n])
			switch {
			case doorNames[door] == "phone" || doorNames[door] == "folder" || kept:
				if well {
					d.acked = m.now
				}
			default:
				d.void = true // the client took the server's
			}
		}
	}
	if well {
		m.seen[door] = began
	}
}

// overwrote notes that a client put a value on another one that it had read.
func (m *model) overwrote(door, n int, slot, old, value string) {
	h := m.people[n]
	for _, d := range h.deeds {
		if d.door != door || d.slot != slot || d.value != value {
			continue
		}
		for _, o := range h.deeds {
			if o.slot == slot && o.value == old {
				d.over = append(d.over, o)
			}
		}
	}
}

// standing gives the deeds of a slot, "" for deletions, that no other one was done on top of; unsure are such as may or may
// not stand.
func (h *human) standing(slot string) (firm, unsure []*deed) {
	firmly := map[*deed]bool{}
	for _, d := range h.deeds {
		for _, o := range d.over {
			firmly[o] = firmly[o] || !d.void
		}
	}
	for _, d := range h.deeds {
		switch {
		case d.slot != slot || firmly[d]:
		case d.void:
			unsure = append(unsure, d)
		default:
			firm = append(firm, d)
		}
	}
	return firm, unsure
}

// fate tells whether the person has to be there in the end, or may be.
func (h *human) fate() (must, may bool) {
	deleted := false
	for _, d := range h.deeds {
		deleted = deleted || d.slot == ""
	}
	if !deleted {
		return true, true
	}
	covered, doubtful := map[*deed]bool{}, map[*deed]bool{}
	firm, blind := false, false
	for _, d := range h.deeds {
		for _, o := range d.over { // by a deletion, or by an edit, which then is what counts
			covered[o] = covered[o] || !d.void
		}
		for _, o := range d.maybe {
			doubtful[o] = doubtful[o] || d.slot == "" && !d.void
		}
		firm = firm || d.slot == "" && !d.void
		blind = blind || d.slot == "" && doorNames[d.door] == "gdata"
	}
	for _, d := range h.deeds {
		if d.slot == "" || covered[d] {
			continue
		}
		may = true
		must = must || !d.void && !doubtful[d] && !(blind && d.slot == "x") && !h.unmoved(d) // an entry is as it was when only that changed
	}
	return must, may || !firm
}

// unmoved reports whether somebody who deleted the person had what a deed left: then nothing moved, whatever was there
// meanwhile.
func (h *human) unmoved(d *deed) bool {
	return slices.ContainsFunc(h.deeds, func(o *deed) bool { return o.slot == "" && o.held != nil && o.held[d.slot] == d.value })
}

// judge compares a person in the end with what was done. Lost are values that something else was preferred to: they have to
// be in the history.
func (h *human) judge(end who, there bool, slots []string) (bad []string, lost []*deed) {
	must, may := h.fate()
	switch {
	case there && !may:
		return []string{"was deleted and is there"}, nil
	case !there && must:
		return []string{"is not there"}, nil
	case !there:
		return nil, nil
	}
	deleted := slices.ContainsFunc(h.deeds, func(d *deed) bool { return d.slot == "" })
	for _, slot := range slots {
		b, l := h.judgeSlot(slot, end, deleted)
		bad, lost = append(bad, b...), append(lost, l...)
	}
	return bad, lost
}

// judgeSlot is judge for one slot. Deleted means that somebody deleted the person, who then came back by a door that knew
// older values, or that there was none yet.
func (h *human) judgeSlot(slot string, end who, deleted bool) (bad []string, lost []*deed) {
	firm, unsure := h.standing(slot)
	of := slices.DeleteFunc(slices.Clone(h.deeds), func(d *deed) bool { return d.slot != slot })
	values := valuesOf(end.Slots[slot])
	if len(values) == 0 {
		values = []string{""}
	}
	for _, v := range values {
		is := func(d *deed) bool { return d.value == v }
		switch {
		case slices.ContainsFunc(firm, is), slices.ContainsFunc(unsure, is), len(firm) == 0 && len(unsure) > 0:
		case deleted && slices.ContainsFunc(of, is):
		case v == "" && (len(firm) == 0 && !deleted || deleted && h.mayLack(slot)):
		default:
			bad = append(bad, fmt.Sprintf("%s is %.60q, and not %v, unsure %v", slot, v, firm, unsure))
		}
	}
	for _, d := range firm {
		if d.value != "" && !d.shownBy(end) && !deleted {
			lost = append(lost, d)
		}
	}
	return bad, lost
}

// mayLack reports whether somebody who was deleted can come back without a value in a slot: there was none at first, or a
// door may have brought him back that does not show it.
func (h *human) mayLack(slot string) bool {
	return slot == "x" || slot == exceptional || !slices.ContainsFunc(h.deeds, func(d *deed) bool { return d.slot == slot && d.k == 0 })
}

// rest begins anew: this is how things are, and everybody knows it.
func (m *model) rest(end map[int]who) {
	m.now++
	maps.DeleteFunc(m.people, func(n int, _ *human) bool { _, there := end[n]; return !there })
	for n, w := range end {
		h := &human{}
		for slot, all := range w.Slots {
			for _, v := range valuesOf(all) {
				h.deeds = append(h.deeds, &deed{slot: slot, value: v, acked: m.now, tried: m.now})
			}
		}
		m.people[n] = h
	}
	for i := range m.seen {
		m.seen[i] = m.now
	}
}
