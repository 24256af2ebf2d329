package syncml

import (
	"context"
	"slices"

	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A turn is the work on one message. Prepare asks and does what must not be done in a transaction; read
// goes through the commands, changes the state and gathers what is to be stored; storeRequest is the
// first transaction; respond does what is due and stores and gives the reply.
type turn struct {
	*Server
	in    *request
	sess  *session
	state *state
	phone Phone
	// device is what the phone told about itself, nil if it never did; rules are what is known of such phones.
	device *wire.DevInf
	rules  devicerule.Rules

	// greetings are what prepare found out for each alerted item.
	greetings map[*wire.Item]greeting
	// strangers are LUIDs that prepare found to name nothing that the phone was known to hold, by index
	// into state.Databases. What the message itself brings is taken from them again.
	strangers map[int]map[string]bool
	// What read gathers, by index into state.Databases.
	incoming map[int][]Incoming
	answers  map[int][]Answer
	anchors  map[int]func(*anchorRow)
	news     *device
	// opsOf are the ops of the short names that the phone maps.
	opsOf map[string]int64
	// forms is how the items of a database are sent, by its name.
	forms map[string]form
	// pieces is what came of the object in state.Chunk; chunked is true if that changed.
	pieces  []byte
	chunked bool
	finish  bool
	suspend bool
	// cut are the sessions that this one has taken the place of.
	cut []sessionRow
}

// A device is device information as it came.
type device struct {
	info     wire.DevInf
	document []byte
}

func (s *Server) newTurn(ctx context.Context, in *request, sess *session) (*turn, error) {
	t := &turn{Server: s, in: in, sess: sess, state: &sess.state, phone: sess.phone(),
		greetings: map[*wire.Item]greeting{}, strangers: map[int]map[string]bool{}, incoming: map[int][]Incoming{}, answers: map[int][]Answer{},
		anchors: map[int]func(*anchorRow){}, forms: map[string]form{}}
	in.sess = sess
	if t.state.Sent == nil {
		t.state.Sent = map[string]sent{}
	}
	var err error
	t.device, err = s.store.device(ctx, t.phone.Owner, t.phone.Client)
	t.rules = t.o.Rules.Match(describe(t.device))
	return t, err
}

// prepare finds out what the alerts of the message are answered by, and has planned what an older
// session left in the inbox of every database that a slow package is about to come for.
func (t *turn) prepare(ctx context.Context) error {
	if t.state.Chunk != nil {
		var err error
		if t.pieces, err = t.store.chunk(ctx, &t.sess.row); err != nil {
			return err
		}
	}
	t.introduce(t.in.msg.Commands)
	return t.prepareAll(ctx, t.in.msg.Commands)
}

// introduce reads what the phone says about itself, wherever in the message it stands: it tells what the
// databases are that the phone alerts.
func (t *turn) introduce(commands []wire.Command) {
	for _, c := range commands {
		switch c := c.(type) {
		case *wire.Put:
			for i := range c.Items {
				t.learn(&c.Items[i])
			}
		case *wire.Results:
			for i := range c.Items {
				t.learn(&c.Items[i])
			}
		case *wire.Group:
			t.introduce(c.Commands)
		}
	}
}

func (t *turn) prepareAll(ctx context.Context, commands []wire.Command) error {
	for _, c := range commands {
		var err error
		switch c := c.(type) {
		case *wire.Alert:
			err = t.prepareAlert(ctx, c)
		case *wire.Map:
			err = t.prepareMap(ctx, c)
		case *wire.Status:
			err = t.prepareStatus(ctx, c)
		case *wire.Sync:
			err = t.prepareSync(ctx, c)
		case *wire.Group:
			err = t.prepareAll(ctx, c.Commands)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read goes through the message. It does no I/O.
func (t *turn) read() {
	m := t.in.msg
	t.readHeader(m.Header)
	for _, c := range m.Commands {
		t.command(c)
	}
	if m.Final && !t.suspend && !t.resumes() {
		t.tear()
	}
	if m.Final || t.suspend {
		t.final()
	}
}

func (t *turn) readHeader(h wire.Header) {
	st := t.state
	st.Messages++
	st.LastMsg, st.Ours, st.Theirs = h.MsgID, h.Target.URI, h.Source
	if st.Ours == "" {
		st.Ours = t.in.address
	}
	if h.Meta.MaxMsgSize > 0 {
		st.MaxMsg = h.Meta.MaxMsgSize
	}
	if h.Meta.MaxObjSize > 0 {
		st.MaxObj = h.Meta.MaxObjSize
	}
	code := 200
	var chal *wire.Chal
	if l := t.sess.login; l != nil {
		code = 212
		if l.nonce != nil {
			chal = &wire.Chal{Type: wire.AuthMD5, NextNonce: l.nonce}
		}
	}
	st.Header = headerStatus(h, code, chal)
}

// headerStatus answers a message's header.
func headerStatus(h wire.Header, code int, chal *wire.Chal) *wire.Status {
	return &wire.Status{MsgRef: h.MsgID, CmdRef: "0", Cmd: "SyncHdr", TargetRefs: refs(h.Target.URI),
		SourceRefs: refs(h.Source.URI), Chal: chal, Code: code}
}

func refs(uri string) []string {
	if uri == "" {
		return nil
	}
	return []string{uri}
}

func (t *turn) command(c wire.Command) {
	switch c := c.(type) {
	case *wire.Alert:
		t.alert(c)
	case *wire.Change:
		t.strayChange(c)
	case *wire.Get:
		t.get(c)
	case *wire.Group:
		t.group(c, t.command)
	case *wire.Map:
		t.mapping(c)
	case *wire.Put:
		t.put(c)
	case *wire.Results:
		t.results(c)
	case *wire.Status:
		t.status(c)
	case *wire.Sync:
		t.sync(c)
	case *wire.Other:
		t.answerAll(c, c.NoResp, 406)
	}
}

// group runs the commands of an Atomic or a Sequence in order. All that a message brings is stored in
// one transaction, so an Atomic is one too.
func (t *turn) group(g *wire.Group, run func(wire.Command)) {
	t.answerAll(g, g.NoResp, 200)
	for _, c := range g.Commands {
		run(c)
	}
}

// answerAll queues the status of a command as a whole.
func (t *turn) answerAll(c wire.Command, noResp bool, code int) {
	t.answerItem(c, noResp, code, "", "")
}

// answerItem queues the status of one item of a command.
func (t *turn) answerItem(c wire.Command, noResp bool, code int, target, source string, items ...wire.Item) {
	if noResp || t.in.msg.Header.NoResp {
		return
	}
	t.state.Queue = append(t.state.Queue, wire.Status{MsgRef: t.in.msg.Header.MsgID, CmdRef: c.ID(),
		Cmd: c.Name(), TargetRefs: refs(target), SourceRefs: refs(source), Code: code, Items: items})
}

// final ends the phone's package.
func (t *turn) final() {
	st := t.state
	switch {
	case t.suspend:
		st.Phase, st.Sending, t.finish = isSuspended, 6, true
	case st.Phase == inOpening && (t.early() || !t.seen()):
		st.Phase, st.Sending, st.Ask = inChanges, 2, t.device == nil
		t.notEarly()
	case st.Phase == inChanges && st.Sending == 2 && !t.seen():
		// It only asks for the rest of our package; its own cannot have begun.
	case st.Phase == inOpening, st.Phase == inChanges:
		st.Phase, st.Sending = inAnswers, 4
		t.resumeSilently()
		t.arrived()
	case st.Phase == inClosing:
		st.Phase, st.Sending, t.finish = isOver, 6, true
		t.endedWell()
	case st.Phase == isOver, st.Phase == isSuspended:
		st.Sending = 6
	}
}

// early reports whether a database still has to send its whole content.
func (t *turn) early() bool {
	return slices.ContainsFunc(t.state.Databases, func(d *database) bool { return d.Early })
}

// notEarly notes that the package is over in which changes could come before their slow sync was demanded.
func (t *turn) notEarly() {
	for _, d := range t.state.Databases {
		d.Early = false
	}
}

// seen reports whether the phone has begun to send changes.
func (t *turn) seen() bool {
	return slices.ContainsFunc(t.state.Databases, func(d *database) bool { return d.Seen })
}

// arrived notes that the phone's package of changes is complete.
func (t *turn) arrived() {
	for i, d := range t.state.Databases {
		if !d.Seen {
			d.Done = true
			continue
		}
		d.Arrived = true
		t.changeAnchors(i, func(a *anchorRow) { a.Arrived = true })
	}
}

// endedWell commits the anchors of a session in which the phone had its last word.
func (t *turn) endedWell() {
	t.assumeDone()
	for i, d := range t.state.Databases {
		if d.Arrived {
			t.changeAnchors(i, (*anchorRow).commit)
		}
	}
}
