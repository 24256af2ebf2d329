package bindings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/faulty"
	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// card is an invented contact: a name, and any further lines.
func card(name string, lines ...string) dataclass.Body {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:3.0\r\nN:" + name + ";;;;\r\nFN:" + name + "\r\n")
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	b.WriteString("END:VCARD\r\n")
	return dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(b.String())}
}

// world is everything that outlives a process: the database file, the peer, and the phone.
type world struct {
	t      testing.TB
	path   string
	peers  *memory.Kind
	peer   *memory.Client
	phone  *simPhone
	owner  string
	points *faulty.Points
	// onCall is called before each call of the peer; calls are their names; failNext fails the next.
	onCall   func(call string)
	calls    []string
	failNext error

	db     *sqlstore.Store
	store  *Store
	phones *Phones
}

const (
	simOwnerName = "nora"
	simDevice    = "SIM-1"
)

// newWorld makes an account with a phone that is bound to a peer of the kind "datastore", played by
// the reference kind.
func newWorld(t testing.TB) *world {
	w := &world{
		t: t, path: filepath.Join(t.TempDir(), "bindery.db"),
		peers: memory.NewKind("datastore", memory.Options{}),
		phone: newSimPhone(),
	}
	w.boot()
	ctx := context.Background()
	if err := w.db.Migrate(ctx, Migrations()); err != nil {
		t.Fatal(err)
	}
	acc, err := w.store.CreateAccount(ctx, NewAccount{Name: simOwnerName, Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	w.owner = acc.ID
	id, err := w.phones.Register(ctx, w.owner, simDevice)
	if err != nil {
		t.Fatal(err)
	}
	w.phone.client = id
	stores, err := w.store.Clients(ctx, w.owner, "datastore")
	if err != nil || len(stores) != 1 {
		t.Fatalf("datastore clients: %v, %v", stores, err)
	}
	w.peer = w.peers.Client(w.owner, stores[0].ID)
	t.Cleanup(func() {
		if w.db != nil {
			_ = w.db.Close()
		}
	})
	return w
}

// boot starts the program anew: nothing of an earlier one is left but what it stored.
func (w *world) boot() {
	if w.db != nil {
		if err := w.db.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{
		Path: w.path, Unsafe: true, Readers: 2,
		Fault: func(p sqlstore.Point) error { return w.points.Hit(string(p)) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.db = db
	kinds := &sources.Registry{}
	kinds.Register(w.faultyPeer())
	w.store = Open(db, Options{})
	w.store.logins.derive = func(string, phc) []byte { return make([]byte, sumSize) } // nobody logs in here
	kinds.Register(syncml.NewKind(w.store.Mailbox()))
	w.phones = w.store.Phones(w.store.Syncs(kinds, slog.New(slog.NewTextHandler(io.Discard, nil))), true)
}

func (w *world) faultyPeer() sources.Kind {
	k := w.peers.Kind()
	open := k.Open
	k.Open = func(ctx context.Context, c sources.Client) (sources.Source, error) {
		s, err := open(ctx, c)
		if err != nil {
			return nil, err
		}
		return faulty.Wrap(s, faulty.Options{Points: w.points, Sleep: w.called}), nil
	}
	return k
}

// called watches the calls of the peer. None of them may come inside a transaction (rule 1.5).
func (w *world) called(ctx context.Context, call string) error {
	if w.db.InUpdate(ctx) {
		w.t.Errorf("rule 1.5: %s was called inside a transaction", call)
	}
	w.calls = append(w.calls, call)
	if w.onCall != nil {
		w.onCall(call)
	}
	err := w.failNext
	w.failNext = nil
	return err
}

// inHistory reports whether an old version with that text is kept.
func (w *world) inHistory(text string) bool {
	w.t.Helper()
	var rows []historyRow
	err := w.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", w.owner).Find(&rows).Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rows {
		if strings.Contains(string(r.Body), text) {
			return true
		}
	}
	return false
}

// simPhone is a phone as the SyncML face sees one: it sends what changed since its last good session,
// all it has in a slow one, and carries out what it is sent.
type simPhone struct {
	client string
	db     syncml.Database
	items  map[string]dataclass.Body
	dirty  map[string]sources.Verb
	next   int
	// cached are the Maps whose answer was lost; with cache set, the phone brings them at the next session.
	cached []syncml.Answer
	cache  bool
	// store is what becomes of an item that the phone keeps.
	store func(dataclass.Body) dataclass.Body
	// takes and holds are what the phone declares.
	takes dataclass.Format
	holds dataclass.Capabilities
	// breakAt ends a session after that many steps, as a dead battery does; 0 never.
	breakAt, steps int
	// unwell is true after a session that broke off.
	unwell bool
}

func newSimPhone() *simPhone {
	return &simPhone{db: simDB, items: map[string]dataclass.Body{}, dirty: map[string]sources.Verb{}}
}

var errBattery = errors.New("the battery is dead")

func (p *simPhone) step() error {
	p.steps++
	if p.breakAt > 0 && p.steps >= p.breakAt {
		return errBattery
	}
	return nil
}

func (p *simPhone) add(b dataclass.Body) string {
	p.next++
	luid := fmt.Sprint(p.next)
	p.items[luid], p.dirty[luid] = b, sources.Add
	return luid
}

func (p *simPhone) edit(luid string, b dataclass.Body) {
	p.items[luid] = b
	if p.dirty[luid] != sources.Add {
		p.dirty[luid] = sources.Replace
	}
}

func (p *simPhone) remove(luid string) {
	delete(p.items, luid)
	p.dirty[luid] = sources.Delete
}

func (p *simPhone) find(name string) string {
	for luid, b := range p.items {
		if strings.Contains(string(b.Data), "FN:"+name+"\r\n") {
			return luid
		}
	}
	return ""
}

var simDB = syncml.Database{Name: "./contacts", Class: dataclass.Contacts}

// package3 is what the phone sends.
func (p *simPhone) package3(slow bool) []syncml.Incoming {
	var rows []syncml.Incoming
	if slow {
		for _, luid := range slices.Sorted(maps.Keys(p.items)) {
			rows = append(rows, syncml.Incoming{LUID: luid, Verb: sources.Replace, Body: p.items[luid]})
		}
		return rows
	}
	for _, luid := range slices.Sorted(maps.Keys(p.dirty)) {
		rows = append(rows, syncml.Incoming{LUID: luid, Verb: p.dirty[luid], Body: p.items[luid]})
	}
	return rows
}

// syncPhone plays one session of the world's phone.
func (w *world) syncPhone(forceSlow bool) error { return w.phone.sync(w.phones, w.owner, forceSlow) }

// sync plays one session. An error is a session that broke off.
func (p *simPhone) sync(phones *Phones, owner string, forceSlow bool) error {
	ctx := context.Background()
	p.steps = 0
	ph, err := phones.TakeOver(ctx, owner, p.client)
	if err != nil {
		return err
	}
	st, err := phones.Standing(ctx, ph, p.db)
	if err != nil {
		return err
	}
	slow := st.NeedSlow || forceSlow
	mode := engine.TwoWay
	if slow {
		mode = engine.Slow
	}
	if err := phones.Admit(ctx, ph, p.db, mode, slow); err != nil {
		return err
	}
	if slow {
		if err := phones.Flush(ctx, ph, p.declared()); err != nil {
			return err
		}
	}
	if err := p.sendPackage(ctx, phones, ph, slow); err != nil {
		return err
	}
	if err := p.receive(ctx, phones, ph); err != nil {
		return err
	}
	if err := phones.Finish(ctx, ph, p.db, true); err != nil {
		return err
	}
	clear(p.dirty)
	return nil
}

func (p *simPhone) sendPackage(ctx context.Context, phones *Phones, ph syncml.Phone, slow bool) error {
	if len(p.cached) > 0 {
		if err := phones.Settle(ctx, ph, p.db, p.cached); err != nil {
			return err
		}
		p.cached = nil
	}
	rows := p.package3(slow)
	for len(rows) > 0 {
		n := min(2, len(rows)) // several messages
		if err := phones.Put(ctx, ph, p.db, slow, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
		if err := p.step(); err != nil {
			return err
		}
	}
	mode := engine.TwoWay
	if slow {
		mode = engine.Slow
	}
	if err := phones.Start(ctx, ph, p.declared(), mode, time.Minute); err != nil {
		return err
	}
	return p.step()
}

// declared is the phone's database with what it declares of it.
func (p *simPhone) declared() syncml.Database {
	db := p.db
	db.Takes, db.Holds = p.takes, p.holds
	return db
}

func (p *simPhone) receive(ctx context.Context, phones *Phones, ph syncml.Phone) error {
	for {
		out, err := phones.Outbox(ctx, ph, p.db, 0, 2)
		if err != nil {
			return err
		}
		if len(out) == 0 {
			return nil
		}
		var sent []syncml.Answer
		for _, o := range out {
			sent = append(sent, syncml.Answer{Op: o.Op, Kind: syncml.Sent})
		}
		if err := phones.Settle(ctx, ph, p.db, sent); err != nil {
			return err
		}
		if err := p.step(); err != nil {
			return err
		}
		answers, maps := p.carryOut(out)
		if err := p.step(); err != nil {
			p.keepMaps(maps)
			return err
		}
		if err := phones.Settle(ctx, ph, p.db, append(answers, maps...)); err != nil {
			p.keepMaps(maps)
			return err
		}
	}
}

func (p *simPhone) keepMaps(list []syncml.Answer) {
	if p.cache {
		p.cached = append(p.cached, list...)
	}
}

func (p *simPhone) carryOut(out []syncml.Outgoing) (answers, named []syncml.Answer) {
	for _, o := range out {
		a := syncml.Answer{Op: o.Op, Kind: syncml.Acknowledged}
		body := o.Body
		if p.store != nil {
			body = p.store(body)
		}
		switch o.Verb {
		case sources.Add:
			p.next++
			luid := fmt.Sprint(p.next)
			p.items[luid] = body
			named = append(named, syncml.Answer{Op: o.Op, Kind: syncml.Mapped, LUID: luid})
		case sources.Replace:
			if _, ok := p.items[o.LUID]; !ok {
				a.Kind, a.Err = syncml.Refused, sources.ErrGone
			} else {
				p.items[o.LUID] = body
			}
		case sources.Delete:
			delete(p.items, o.LUID)
			delete(p.dirty, o.LUID)
		}
		answers = append(answers, a)
	}
	return answers, named
}

// prints gives the fingerprints of both sides' items, sorted: equal contents give equal lists.
func (w *world) prints() (phone, peer []string) {
	w.t.Helper()
	for _, b := range w.phone.items {
		phone = append(phone, printString(w.t, b))
	}
	items, err := w.peer.List(dataclass.Contacts)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range items {
		peer = append(peer, printString(w.t, b))
	}
	slices.Sort(phone)
	slices.Sort(peer)
	return phone, peer
}

func printString(t testing.TB, b dataclass.Body) string {
	t.Helper()
	it, err := dataclass.Decode(dataclass.Contacts, b)
	if err != nil {
		t.Fatalf("%s: %v", b.Data, err)
	}
	return it.Title() + " " + it.Fingerprint().String()
}
