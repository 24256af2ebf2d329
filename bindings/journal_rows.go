package bindings

import (
	"bytes"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// journalKey is the first part of every key of the journal.
type journalKey struct {
	Owner   string `gorm:"column:owner_id"`
	Binding int64  `gorm:"column:binding_id"`
	Class   string `gorm:"column:class"`
}

func keyOf(r engine.Ref) journalKey {
	return journalKey{Owner: r.Owner, Binding: r.Binding, Class: string(r.Class)}
}

// journalWhere selects the rows of a Ref; its arguments are those of keyOf(ref).args().
const journalWhere = "owner_id = ? AND binding_id = ? AND class = ?"

func (k journalKey) args(more ...any) []any {
	return append([]any{k.Owner, k.Binding, k.Class}, more...)
}

type journalStateRow struct {
	Ref          journalKey `gorm:"embedded"`
	Fence        int64      `gorm:"column:fence"`
	LeaseUntil   int64      `gorm:"column:lease_until"`
	SourceCursor string     `gorm:"column:source_cursor"`
	TargetCursor string     `gorm:"column:target_cursor"`
	SourceRange  string     `gorm:"column:source_range"`
	TargetRange  string     `gorm:"column:target_range"`
	MapsLate     bool       `gorm:"column:maps_late"`
	// Strange says that the phone is another device than the one that the links remember, until it was read.
	Strange bool `gorm:"column:strange"`
}

func (journalStateRow) TableName() string { return "journal_states" }

// linkColumns and values are the row as sqlstore.InsertRows takes it.
var linkColumns = strings.Fields(`id owner_id binding_id class doomed base_print base_type base_body
	source_item source_rev source_owed source_print source_held source_type source_body source_sent
	target_item target_rev target_owed target_print target_held target_type target_body target_sent swing lost_item`)

func (r *journalLinkRow) values(v []any) []any {
	v = append(v, r.ID, r.Ref.Owner, r.Ref.Binding, r.Ref.Class, r.Doomed, r.BasePrint, r.BaseType, r.BaseBody)
	for _, s := range []*journalSide{&r.Source, &r.Target} {
		v = append(v, s.Item, s.Rev, s.Owed, s.Print, s.Held, s.Type, s.Body, s.Sent)
	}
	return append(v, r.Swing, r.Lost)
}

// intentColumns and values are the row as sqlstore.InsertRows takes it.
var intentColumns = strings.Fields(`id owner_id binding_id class link_id run_id side state op_key verb item
	if_rev print of_base type body mapped made_at`)

func (r *journalIntentRow) values(v []any) []any {
	return append(v, r.ID, r.Ref.Owner, r.Ref.Binding, r.Ref.Class, r.Link, r.Run, r.Side, r.State, r.Key, r.Verb,
		r.Item, r.IfRev, r.Print, r.OfBase, r.Type, r.Body, r.Mapped, r.Made)
}

// How a side's shadow is stored.
const (
	heldNothing = iota
	heldBase    // the same bytes as the base
	heldOwn
)

// journalSide is the part of a link that each side has.
type journalSide struct {
	Item  string `gorm:"column:item"`
	Rev   string `gorm:"column:rev"`
	Owed  int    `gorm:"column:owed"`
	Print []byte `gorm:"column:print"`
	Held  int    `gorm:"column:held"`
	Type  string `gorm:"column:type"`
	Body  []byte `gorm:"column:body"`
	Sent  []byte `gorm:"column:sent"`
}

type journalLinkRow struct {
	ID        int64       `gorm:"column:id;primaryKey;autoIncrement:false"`
	Ref       journalKey  `gorm:"embedded"`
	Doomed    bool        `gorm:"column:doomed"`
	BasePrint []byte      `gorm:"column:base_print"`
	BaseType  string      `gorm:"column:base_type"`
	BaseBody  []byte      `gorm:"column:base_body"`
	Source    journalSide `gorm:"embedded;embeddedPrefix:source_"`
	Target    journalSide `gorm:"embedded;embeddedPrefix:target_"`
	Swing     []byte      `gorm:"column:swing"`
	Lost      string      `gorm:"column:lost_item"`
}

func (journalLinkRow) TableName() string { return "journal_links" }

// linkDigestColumns are those of a link without its bodies.
const linkDigestColumns = "id, doomed, base_print, source_item, source_rev, source_owed, source_print, " +
	"target_item, target_rev, target_owed, target_print, lost_item"

func printOf(b []byte) (f dataclass.Fingerprint) {
	copy(f[:], b)
	return f
}

func (r *journalLinkRow) side(s engine.Side) *journalSide {
	if s == engine.Source {
		return &r.Source
	}
	return &r.Target
}

func (r *journalLinkRow) link() engine.Link {
	l := engine.Link{ID: engine.LinkID(r.ID), Doomed: r.Doomed, Base: printOf(r.BasePrint), Lost: sources.ID(r.Lost)}
	for _, s := range []engine.Side{engine.Source, engine.Target} {
		side := r.side(s)
		l.Item[s], l.Rev[s] = sources.ID(side.Item), sources.Revision(side.Rev)
		l.Owed[s], l.Shadow[s] = engine.Reason(side.Owed), printOf(side.Print)
	}
	return l
}

func (r *journalLinkRow) write() engine.LinkWrite {
	w := engine.LinkWrite{Link: r.link()}
	w.Swing = swingOf(r.Swing)
	w.Bodies.Base = dataclass.Body{Type: r.BaseType, Data: r.BaseBody}
	for _, s := range []engine.Side{engine.Source, engine.Target} {
		side := r.side(s)
		w.Sent[s] = dataclass.Sent(side.Sent)
		switch side.Held {
		case heldBase:
			w.Bodies.Shadow[s] = w.Bodies.Base
		case heldOwn:
			w.Bodies.Shadow[s] = dataclass.Body{Type: side.Type, Data: side.Body}
		}
	}
	return w
}

// linkRow gives the row of a link. It is to be written before w changes, whose bytes it has.
func linkRow(k journalKey, w *engine.LinkWrite) journalLinkRow {
	r := journalLinkRow{
		ID: int64(w.ID), Ref: k, Doomed: w.Doomed, BasePrint: w.Link.Base[:],
		BaseType: w.Bodies.Base.Type, BaseBody: w.Bodies.Base.Data, Lost: string(w.Lost),
	}
	for _, s := range []engine.Side{engine.Source, engine.Target} {
		*r.side(s) = sideRow(w, s)
	}
	r.Swing = swingBytes(w.Swing)
	return r
}

func sideRow(w *engine.LinkWrite, s engine.Side) journalSide {
	side := journalSide{
		Item: string(w.Item[s]), Rev: string(w.Rev[s]), Owed: int(w.Owed[s]),
		Print: w.Link.Shadow[s][:], Sent: w.Sent[s],
	}
	switch sh := w.Bodies.Shadow[s]; {
	case sh.IsZero():
	case sameBody(sh, w.Bodies.Base):
		side.Held = heldBase
	default:
		side.Held, side.Type, side.Body = heldOwn, sh.Type, sh.Data
	}
	return side
}

func sameBody(a, b dataclass.Body) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) }

type journalIntentRow struct {
	ID    int64      `gorm:"column:id;primaryKey;autoIncrement:false"`
	Ref   journalKey `gorm:"embedded"`
	Link  int64      `gorm:"column:link_id"`
	Run   int64      `gorm:"column:run_id"`
	Side  int        `gorm:"column:side"`
	State int        `gorm:"column:state"`
	Key   string     `gorm:"column:op_key"`
	Verb  int        `gorm:"column:verb"`
	Item  string     `gorm:"column:item"`
	IfRev string     `gorm:"column:if_rev"`
	Print []byte     `gorm:"column:print"`
	// OfBase means that the body is the link's base, which does not change while the intent is open.
	OfBase bool   `gorm:"column:of_base"`
	Type   string `gorm:"column:type"`
	Body   []byte `gorm:"column:body"`
	Mapped string `gorm:"column:mapped"`
	Made   int64  `gorm:"column:made_at"`
}

func (journalIntentRow) TableName() string { return "journal_intents" }

func (r *journalIntentRow) intent(base dataclass.Body) engine.Intent {
	in := engine.Intent{
		ID: r.ID, Link: engine.LinkID(r.Link), Side: engine.Side(r.Side), State: engine.OpState(r.State),
		Print: printOf(r.Print), Item: sources.ID(r.Mapped), Run: r.Run,
		Op: sources.Op{
			Key: sources.Key(r.Key), Verb: sources.Verb(r.Verb), ID: sources.ID(r.Item),
			IfRev: sources.Revision(r.IfRev), Body: dataclass.Body{Type: r.Type, Data: r.Body},
		},
	}
	if r.OfBase {
		in.Op.Body = base
	}
	return in
}

// intentRow stores an intent. The body of an op that is done within its batch is not stored again: it
// is the link's base. An Add that a phone may keep for days keeps its own body, because the base may
// move on meanwhile.
func intentRow(k journalKey, in *engine.Intent, base dataclass.Body, run, now int64) journalIntentRow {
	r := journalIntentRow{
		ID: in.ID, Ref: k, Link: int64(in.Link), Run: run, Side: int(in.Side), State: int(in.State),
		Key: string(in.Op.Key), Verb: int(in.Op.Verb), Item: string(in.Op.ID), IfRev: string(in.Op.IfRev),
		Print: bytes.Clone(in.Print[:]), Mapped: string(in.Item), Made: now,
	}
	if in.State == engine.Intended && sameBody(in.Op.Body, base) {
		r.OfBase = true
	} else {
		r.Type, r.Body = in.Op.Body.Type, in.Op.Body.Data
	}
	return r
}

type quarantineRow struct {
	ID   int64      `gorm:"column:id;primaryKey;autoIncrement"`
	Ref  journalKey `gorm:"embedded"`
	Side int        `gorm:"column:side"`
	Item string     `gorm:"column:item"`
	Rev  string     `gorm:"column:rev"`
	Type string     `gorm:"column:type"`
	Body []byte     `gorm:"column:body"`
	Why  string     `gorm:"column:why"`
	Run  int64      `gorm:"column:run_id"`
	At   int64      `gorm:"column:at"`
	// Again means that a person asked to have the item tried again.
	Again bool `gorm:"column:again"`
}

func (quarantineRow) TableName() string { return "quarantine" }

type historyRow struct {
	ID   int64      `gorm:"column:id;primaryKey;autoIncrement"`
	Ref  journalKey `gorm:"embedded"`
	Link int64      `gorm:"column:link_id"`
	Run  int64      `gorm:"column:run_id"`
	Side int        `gorm:"column:side"`
	Item string     `gorm:"column:item"`
	Verb int        `gorm:"column:verb"`
	// Agreed is 0 for what a side held, else heldByBoth or heldByBothBefore.
	Agreed int    `gorm:"column:agreed"`
	Type   string `gorm:"column:type"`
	Body   []byte `gorm:"column:body"`
	At     int64  `gorm:"column:at"`
}

// What both sides had agreed on: the version that was lost, or one that a user of either side had changed
// already (engine.Version.Spare).
const (
	heldByBoth       = 1
	heldByBothBefore = 2
)

func (historyRow) TableName() string { return "history" }
