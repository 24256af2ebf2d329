package phonetest

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A Phone is one phone with one address book, and everything that it remembers. It is not for concurrent use.
type Phone struct {
	Model
	// Device is the IMEI that it names itself by.
	Device         string
	User, Password string
	Line           Line
	// Server is the URL that its user typed.
	Server string
	// Breach is told what the server did that the phone would not have taken.
	Breach func(what string)
	// Now is the phone's own clock, which its user may set.
	Now func() time.Time
	// Told, if set, is called for each contact that the server has answered well for.
	Told func(Contact)
	// Trace, if set, gets each message as a line of text.
	Trace func(what string)

	items map[string]Contact
	// dirty are the LUIDs that the user changed since the server was told, stamps how often.
	dirty  map[string]string
	stamps map[string]int
	next   int

	last      string // its own anchor of the last good session
	serverOld string // the server's
	nonce     []byte
	sessions  int
	// SuspendAt is the number of the message by which it suspends its sessions; 0 for none.
	SuspendAt int
	// left is the session that stopped, if it may be resumed.
	left *leftover
	// maps are names that the server has not heard, or not answered.
	maps []wire.MapItem
}

// New makes a phone of a model as it leaves its shop.
func New(m Model, device string, line Line) *Phone {
	return &Phone{Model: m, Device: device, User: "anna", Password: "secret", Line: line, Server: "http://sync.example.org/syncml",
		Breach: func(what string) { panic(what) }, Now: time.Now,
		items: map[string]Contact{}, dirty: map[string]string{}, stamps: map[string]int{}}
}

// Items are the contacts by their LUIDs; the map is the caller's.
func (p *Phone) Items() map[string]Contact { return maps.Clone(p.items) }

// Add is its user's new contact. It gives the LUID.
func (p *Phone) Add(c Contact) string {
	luid := p.fresh()
	p.items[luid], p.dirty[luid] = p.Stored(c), wire.Add
	p.stamps[luid]++
	return luid
}

// Edit is its user's change of a contact.
func (p *Phone) Edit(luid string, c Contact) {
	p.items[luid] = p.Stored(c)
	p.stamps[luid]++
	if p.dirty[luid] != wire.Add {
		p.dirty[luid] = wire.Replace
	}
}

// Delete is its user's deletion of a contact.
func (p *Phone) Delete(luid string) {
	delete(p.items, luid)
	p.dirty[luid] = wire.Delete
	p.stamps[luid]++
}

// Dirty gives the LUIDs that were changed since the server was told, with the verb for each: "Add",
// "Replace" or "Delete".
func (p *Phone) Dirty() map[string]string { return maps.Clone(p.dirty) }

// Wipe is a reset of the phone: it forgets everything but its settings. With restore it is given back
// afterwards what it held, from a backup, under new LUIDs.
func (p *Phone) Wipe(restore bool) {
	old := p.items
	p.items, p.next = map[string]Contact{}, 0
	clear(p.dirty)
	clear(p.stamps)
	p.LoseAnchors()
	p.maps, p.nonce = nil, nil
	if !restore {
		return
	}
	for _, luid := range slices.Backward(slices.Sorted(maps.Keys(old))) {
		p.items[p.fresh()] = old[luid]
	}
}

// LoseAnchors lets the phone forget how far it is with the server: its next sync is slow.
func (p *Phone) LoseAnchors() { p.last, p.serverOld = "", "" }

// fresh gives a number for a new item. One whose deletion the server has not heard is not free.
func (p *Phone) fresh() string {
	for n := 1; p.ReusesLUIDs; n++ {
		id := strconv.Itoa(n)
		if _, held := p.items[id]; !held && p.dirty[id] == "" {
			return id
		}
	}
	p.next++
	return strconv.Itoa(p.next)
}

// forget is called when the server has heard a change as it was at a stamp.
func (p *Phone) forget(luid string, stamp int) {
	if p.stamps[luid] == stamp {
		delete(p.dirty, luid)
		delete(p.stamps, luid)
	}
}
