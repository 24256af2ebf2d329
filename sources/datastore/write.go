package datastore

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// apply carries out ops in order in one transaction.
func (s *session) apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	if len(ops) == 0 {
		return nil, nil
	}
	var results []sources.Result
	var now meanwhile
	err := s.d.store.Update(ctx, func(ctx context.Context, tx *gorm.DB) error {
		w, err := s.d.newWriter(ctx, tx, s.client, s.class, s.origin)
		if err != nil {
			return err
		}
		if err := w.load(ops); err != nil {
			return err
		}
		if now, err = s.meanwhile.look(w, ops); err != nil {
			return err
		}
		results = make([]sources.Result, 0, len(ops)) // anew: the transaction may be tried again
		for _, op := range ops {
			if now.entered(w, op) {
				results = append(results, refuse(op, errEntered))
				continue
			}
			res, err := w.one(op)
			if err != nil {
				return err
			}
			results = append(results, res)
		}
		if now.upto == w.before { // all that others did was looked at
			now.upto = w.client.Counter
		}
		return w.flush()
	})
	if err != nil {
		return nil, fmt.Errorf("apply %d ops: %w", len(ops), err)
	}
	s.meanwhile = now
	s.d.wrote()
	return results, nil
}

// A writer carries out ops on rows in memory; flush writes those that changed. It lives inside one
// transaction.
type writer struct {
	d       *Datastore
	tx      *gorm.DB
	class   dataclass.Class
	origin  string
	clock   int64 // the time by the machine
	now     int64 // the time of the changes, which is after that of all earlier ones
	client  clientRow
	before  int64               // client.Counter before the first op
	rows    map[string]*itemRow // by id; without bodies
	keys    map[string]*itemRow // by add key
	renamed []*itemRow          // got the UID of their bodies, each whenever it did
	dirty   []*itemRow          // to be written, each once
	marked  map[*itemRow]bool   // what is in dirty
	roll    *roll               // nil unless it is called
}

func (d *Datastore) newWriter(ctx context.Context, tx *gorm.DB, c clientKey, class dataclass.Class, origin string) (*writer, error) {
	if err := d.registered(ctx, c.owner, c.id); err != nil {
		return nil, err
	}
	row, err := loadClient(tx, c)
	if err != nil {
		return nil, err
	}
	clock := d.now().UnixMilli()
	if row.Epoch == "" {
		if row.Epoch, err = d.newEpoch(); err != nil {
			return nil, err
		}
		row.FloorAt = clock - 1 // who has seen something before has seen another datastore
	}
	return &writer{
		d: d, tx: tx, class: class, origin: origin, clock: clock, now: max(clock, row.Clock+1), client: row, before: row.Counter,
		rows: map[string]*itemRow{}, keys: map[string]*itemRow{}, marked: map[*itemRow]bool{},
	}, nil
}

// load reads the rows that ops name and those that their keys have made before.
func (w *writer) load(ops []sources.Op) error {
	var ids, keys []string
	for _, op := range ops {
		switch {
		case op.Verb != sources.Add:
			ids = append(ids, string(op.ID))
		case op.Key != "":
			keys = append(keys, string(op.Key))
			if id := sources.RevivalOf(op.Key); id != "" {
				ids = append(ids, string(id))
			}
		}
	}
	c := clientKey{w.client.Owner, w.client.Client}
	for chunk := range slices.Chunk(ids, batchRows) {
		if err := w.keep(inClass(w.tx, c, w.class).Where("id IN ?", chunk)); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(keys, batchRows) {
		q := ofClient(w.tx.Table("datastore_items"), c).Where("add_key <> '' AND add_key IN ?", chunk)
		if err := w.keep(q); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) keep(q *gorm.DB) error {
	var rows []*itemRow
	if err := q.Select(allButBody + ", " + unreadBody).Find(&rows).Error; err != nil {
		return fmt.Errorf("read datastore items: %w", err)
	}
	for _, r := range rows {
		if len(r.Body) > 0 {
			r.UID, r.Body = uidOf(r.body()), nil
		}
		if r.Class == string(w.class) {
			if have := w.rows[r.ID]; have != nil {
				r = have // one row for each item, by whatever it was found
			}
			w.rows[r.ID] = r
		}
		if r.AddKey != "" {
			w.keys[r.AddKey] = r
		}
	}
	return nil
}

func (w *writer) one(op sources.Op) (sources.Result, error) {
	switch {
	case len(op.Body.Data) > w.d.limit:
		return refuse(op, sources.ErrTooBig), nil
	case op.Verb == sources.Add:
		return w.add(op)
	case op.Verb == sources.Replace:
		return w.replace(op), nil
	case op.Verb == sources.Delete:
		return w.delete(op), nil
	}
	return refuse(op, sources.ErrUnsupported), nil
}

func (w *writer) add(op sources.Op) (sources.Result, error) {
	dead := w.revives(op.Key)
	if first := w.keys[string(op.Key)]; first != nil && op.Key != "" && first != dead {
		return sources.Result{State: sources.Done, ID: sources.ID(first.ID), Rev: revision(first.Born)}, nil
	}
	if dead != nil {
		was, veiled := dead.UID, dead.Veiled
		r := w.put(dead.ID, op.Body)
		if r.UID == "" {
			r.UID = was
		}
		r.Veiled = veiled || was == "" && r.UID != "" && !r.isApart()
		r.AddKey = string(op.Key)
		w.keys[r.AddKey] = r
		return done(r), nil
	}
	id, err := w.newID()
	if err != nil {
		return sources.Result{}, err
	}
	r := w.put(id, op.Body)
	r.AddKey = string(op.Key)
	if op.Key != "" {
		w.keys[r.AddKey] = r
	}
	return done(r), nil
}

// revives gives the tombstone that an Add with that key brings back to life, under its old id: whoever knows the item by its
// id or address, or made a UID of that, has it again, and no second one. Nil if there is none.
func (w *writer) revives(key sources.Key) *itemRow {
	r := w.rows[string(sources.RevivalOf(key))]
	if r == nil || !r.Dead {
		return nil
	}
	return r
}

func (w *writer) replace(op sources.Op) sources.Result {
	r := w.rows[string(op.ID)]
	switch {
	case r == nil || r.Dead:
		return refuse(op, sources.ErrGone)
	case op.IfRev != "" && op.IfRev != revision(r.Changed):
		return refuse(op, sources.ErrConflict)
	}
	return done(w.put(r.ID, op.Body))
}

// delete of what is not there is Done: there is nothing left to do, and a delete whose outcome was
// unknown may be repeated.
func (w *writer) delete(op sources.Op) sources.Result {
	r := w.rows[string(op.ID)]
	switch {
	case r == nil:
		return sources.Result{State: sources.Done, ID: op.ID}
	case r.Dead:
		return done(r)
	case op.IfRev != "" && op.IfRev != revision(r.Changed):
		return refuse(op, sources.ErrConflict)
	}
	w.touch(r)
	r.Dead, r.Died, r.Type, r.Body = true, r.Changed, "", []byte{} // what it was called tells that it comes back
	return done(r)
}

// put makes or rewrites the item of that id.
func (w *writer) put(id string, body dataclass.Body) *itemRow {
	r := w.rows[id]
	if r == nil {
		r = &itemRow{
			Owner: w.client.Owner, Client: w.client.Client, Class: string(w.class), ID: id, Dead: true,
			Born: w.client.Counter + 1, fresh: true,
		}
		w.rows[id] = r
	}
	was, wasAt := r.Changed, r.ChangedAt
	w.touch(r)
	switch {
	case r.Dead:
		r.Created, r.EnteredAt = r.Changed, r.ChangedAt
	case r.EnteredAt == 0 && r.Created == was:
		r.EnteredAt = wasAt
	}
	body = w.name(r, body)
	r.Dead, r.Type, r.Body = false, body.Type, body.Data
	if r.Body == nil {
		r.Body = []byte{}
	}
	return r
}

// touch gives r the next change number and marks it to be written.
func (w *writer) touch(r *itemRow) {
	w.client.Counter++
	r.Changed, r.ChangedAt, r.Origin = w.client.Counter, w.now, w.origin
	if !w.marked[r] {
		w.marked[r] = true
		w.dirty = append(w.dirty, r)
	}
}

func (w *writer) flush() error {
	if w.client.Counter == w.before {
		return nil
	}
	if err := w.forget(); err != nil {
		return err
	}
	if err := w.setApart(); err != nil {
		return err
	}
	w.client.Clock = w.now
	if err := saveClient(w.tx, w.client); err != nil {
		return err
	}
	return saveItems(w.tx, w.dirty)
}

func done(r *itemRow) sources.Result {
	return sources.Result{State: sources.Done, ID: sources.ID(r.ID), Rev: revision(r.Changed)}
}

func refuse(op sources.Op, class error) sources.Result {
	err := fmt.Errorf("%s item %q: %w", op.Verb, op.ID, class)
	return sources.Result{State: sources.Failed, ID: op.ID, Err: err}
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID makes a short id: the change number first, so that items made together lie together in the
// table, then randomness, so that no id comes twice even in a database restored from a copy.
func (w *writer) newID() (string, error) {
	var b [5]byte
	if _, err := io.ReadFull(w.d.random, b[:]); err != nil {
		return "", fmt.Errorf("new item id: %w", err)
	}
	n := strconv.FormatInt(w.client.Counter+1, 36)
	return strings.Repeat("0", max(0, 5-len(n))) + n + "-" + idEncoding.EncodeToString(b[:]), nil
}

func (d *Datastore) newEpoch() (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(d.random, b[:]); err != nil {
		return "", fmt.Errorf("new datastore client: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// checkID holds what package sources promises about an ID.
func checkID(id sources.ID) error {
	control := strings.IndexFunc(string(id), unicode.IsControl) >= 0
	if id == "" || len(id) > 1024 || !utf8.ValidString(string(id)) || control {
		return fmt.Errorf("item id %q: %w", id, sources.ErrUnsupported)
	}
	return nil
}

func stamp(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
