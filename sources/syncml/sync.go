package syncml

import (
	"context"
	"errors"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// sync takes a phone's changes of one database.
func (t *turn) sync(s *wire.Sync) {
	i, d := t.state.database(s.Source, s.Target)
	if d == nil {
		t.answerItem(s, s.NoResp, 404, s.Target.URI, s.Source.URI)
		t.strays(s.Commands)
		return
	}
	d.Seen = !d.Early
	d.hears(s.Meta.Mem)
	t.answerItem(s, s.NoResp, 200, s.Target.URI, s.Source.URI)
	t.changes(i, s.Commands)
}

func (t *turn) changes(i int, commands []wire.Command) {
	for _, c := range commands {
		switch c := c.(type) {
		case *wire.Change:
			t.change(i, c)
		case *wire.Group:
			t.group(c, func(c wire.Command) { t.changes(i, []wire.Command{c}) })
		default:
			t.command(c)
		}
	}
}

// strays answers commands that came for a database which is not synchronised.
func (t *turn) strays(commands []wire.Command) {
	for _, c := range commands {
		t.command(c)
	}
}

// strayChange answers a change outside any database.
func (t *turn) strayChange(c *wire.Change) { t.answerAll(c, c.NoResp, 404) }

// change takes an Add, Replace or Delete: every item goes to the inbox, whether it can be interpreted
// or not, and gets its own status (docs/engine.md 2.1, 2.3).
func (t *turn) change(i int, c *wire.Change) {
	for j := range c.Items {
		t.changeItem(i, c, &c.Items[j])
	}
	if len(c.Items) == 0 {
		t.answerAll(c, c.NoResp, 200)
	}
}

func (t *turn) changeItem(i int, c *wire.Change, item *wire.Item) {
	luid, code := t.nameOf(item), itemCode(c.Verb)
	if !t.state.Chunk.of(i, c.Verb, luid) {
		t.tear()
	}
	switch {
	case !plain(luid):
		code = 500
	case c.SoftDelete: // the phone only makes room: it deletes nothing
	default:
		code = t.keep(i, c, item, luid)
	}
	if devicerule.Is(t.rules.OmitItemStatuses) && code < 300 {
		return
	}
	t.answerItem(c, c.NoResp, code, item.Target.URI, item.Source.URI)
}

// nameOf is the LUID of an item. Only further pieces of a large object may go without.
func (t *turn) nameOf(item *wire.Item) string {
	switch ch := t.state.Chunk; {
	case item.Source.URI != "":
		return item.Source.URI
	case item.Target.URI == "" && ch != nil:
		return ch.LUID
	}
	return item.Target.URI
}

// keep has an item stored, if all of it is there, and gives its status.
func (t *turn) keep(i int, c *wire.Change, item *wire.Item, luid string) int {
	code, row := itemCode(c.Verb), Incoming{LUID: luid, Verb: verbs[c.Verb]}
	if c.Verb != wire.Delete {
		var whole bool
		if row.Body, code, whole = t.body(i, c, item, luid); !whole {
			return code
		}
	}
	t.incoming[i] = append(t.incoming[i], row)
	t.state.Databases[i].Received++
	return t.knownCode(i, row, code)
}

// knownCode is the status of a change of an item that the phone was not known to hold: there is nothing
// to delete, and a Replace is an Add (docs/engine.md 2.1, 2.3).
func (t *turn) knownCode(i int, row Incoming, code int) int {
	stranger := t.strangers[i][row.LUID]
	if row.Verb != sources.Delete {
		delete(t.strangers[i], row.LUID)
	}
	switch {
	case !stranger:
		return code
	case row.Verb == sources.Delete:
		return 211
	case row.Verb == sources.Replace && t.state.Databases[i].Mode == wire.AlertTwoWay:
		return 201
	}
	return code
}

// prepareSync finds out which items that a Sync replaces or deletes the phone was not known to hold.
func (t *turn) prepareSync(ctx context.Context, s *wire.Sync) error {
	i, d := t.state.database(s.Source, s.Target)
	luids := t.named(s.Commands, nil)
	if d == nil || len(luids) == 0 {
		return nil
	}
	known, err := t.o.Syncs.Knows(ctx, t.phone, Database{Name: d.Name, Class: d.Class}, luids)
	if errors.Is(err, ErrNotBound) || errors.Is(err, ErrTakenOver) {
		return nil // found out, and dealt with, when the rows are stored
	}
	if err != nil {
		return err
	}
	if t.strangers[i] == nil {
		t.strangers[i] = make(map[string]bool)
	}
	for _, luid := range luids {
		if !known[luid] {
			t.strangers[i][luid] = true
		}
	}
	return nil
}

// named adds the LUIDs of Replaces and Deletes to a list.
func (t *turn) named(commands []wire.Command, luids []string) []string {
	for _, c := range commands {
		switch c := c.(type) {
		case *wire.Group:
			luids = t.named(c.Commands, luids)
		case *wire.Change:
			for j := range c.Items {
				if luid := t.nameOf(&c.Items[j]); c.Verb != wire.Add && plain(luid) {
					luids = append(luids, luid)
				}
			}
		}
	}
	return luids
}

// body gives the item's content, and the status; false if there is nothing to store.
func (t *turn) body(i int, c *wire.Change, item *wire.Item, luid string) (dataclass.Body, int, bool) {
	if item.MoreData || t.state.Chunk != nil {
		return t.piece(i, c, item, luid)
	}
	b := dataclass.Body{Type: t.typeOf(i, c, item), Data: item.Payload(c.Meta)}
	if len(b.Data) > t.o.MaxObjSize {
		return b, 424, false
	}
	return t.rules.Read(b), itemCode(c.Verb), true
}

// typeOf is the media type of an item, from wherever the phone told it.
func (t *turn) typeOf(i int, c *wire.Change, item *wire.Item) string {
	var told []wire.ContentType
	pref := t.sends(t.state.Databases[i])
	if s := t.storeOf(t.state.Databases[i]); s != nil {
		told = append([]wire.ContentType{s.TxPref}, s.Tx...)
	}
	version := item.Meta.Version
	if version == "" {
		version = c.Meta.Version
	}
	typ := item.Type(c.Meta)
	if typ == "" {
		typ, version = pref.Type, pref.Version
	}
	return bodyType(typ, version, told)
}

var verbs = map[string]sources.Verb{
	wire.Add: sources.Add, wire.Replace: sources.Replace, wire.Delete: sources.Delete,
}

func itemCode(verb string) int {
	if verb == wire.Add {
		return 201
	}
	return 200
}
