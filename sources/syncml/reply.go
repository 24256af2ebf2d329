package syncml

import (
	"context"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A draft is the reply of a turn with what is to be stored beside it.
type draft struct {
	*pack
	answers map[int][]Answer
}

// respond does what is due, makes the reply, stores it with where the session stands now, and gives it.
// It needs nothing but what the first transaction stored, so it can be done again after a crash.
func (t *turn) respond(ctx context.Context) (reply, error) {
	working, err := t.run(ctx)
	if err != nil {
		return reply{}, err
	}
	d, err := t.draft()
	if err != nil {
		return reply{}, err
	}
	if err := t.fill(ctx, d, working); err != nil {
		return reply{}, err
	}
	root := d.msg.Build()
	body, err := t.in.codec.encodeTree(root, d.msg.Header.VerDTD)
	if err != nil {
		return reply{}, err
	}
	r := reply{contentType: t.in.codec.contentType, body: body, root: root}
	ends := (t.state.Phase == isOver || t.state.Phase == isSuspended) && !t.state.Told
	t.state.Told = t.state.Told || ends
	if err := t.storeReply(ctx, d, r); err != nil {
		return reply{}, err
	}
	if ends {
		t.tellEnd(ctx)
	}
	return r, nil
}

func (t *turn) draft() (*draft, error) {
	st := t.state
	h := wire.Header{VerDTD: st.Version, VerProto: versions[st.Version], SessionID: t.sess.row.SessionID,
		MsgID: st.LastMsg, Target: st.Theirs, Source: wire.Location{URI: st.Ours}, Meta: t.limitsTold()}
	if st.RespURI != st.Ours {
		h.RespURI = st.RespURI
	}
	limit := t.o.MaxMsgSize
	if st.MaxMsg > 0 {
		limit = min(limit, st.MaxMsg)
	}
	limit = min(limit, devicerule.Or(t.rules.MaxMessage, limit))
	p, err := newPack(t.in.codec, h, *st.Header, limit)
	return &draft{pack: p, answers: map[int][]Answer{}}, err
}

// ownLimits announces what we take.
func (s *Server) ownLimits(version string) wire.Meta {
	if plainVersion(version) {
		return wire.Meta{MaxMsgSize: s.o.MaxMsgSize}
	}
	return wire.Meta{MaxMsgSize: s.o.MaxMsgSize, MaxObjSize: s.o.MaxObjSize}
}

// fill puts into the draft what the phone is to get now.
func (t *turn) fill(ctx context.Context, d *draft, working bool) error {
	ok, err := t.fillStatuses(d)
	if err != nil || !ok {
		return err
	}
	if t.state.Sending == 0 {
		return t.fillNext(d)
	}
	if ok, err = t.fillOpening(d); err != nil || !ok || working {
		return err
	}
	if t.state.Sending == 4 {
		if ok, err = t.fillChanges(ctx, d); err != nil || !ok {
			return err
		}
		t.state.Phase = inClosing
	}
	t.state.Sending = 0
	d.msg.Final = true
	return nil
}

// fillStatuses reports false if some have to wait for the next message.
func (t *turn) fillStatuses(d *draft) (bool, error) {
	for len(t.state.Queue) > 0 {
		s := t.state.Queue[0]
		ok, err := d.add(func(id string) wire.Command { s.CmdID = id; return &s })
		if err != nil || !ok {
			return false, err
		}
		t.state.Queue = t.state.Queue[1:]
	}
	return t.fillTorn(d)
}

// fillTorn tells of large objects whose end is missing (Alert 223).
func (t *turn) fillTorn(d *draft) (bool, error) {
	for len(t.state.Torn) > 0 {
		luid := t.state.Torn[0]
		ok, err := t.send(d, sent{Kind: "NoEnd"}, &wire.Alert{Code: 223, Items: []wire.Item{{
			Target: wire.Location{URI: t.state.Theirs.URI}, Source: wire.Location{URI: luid}}}})
		if err != nil || !ok {
			return false, err
		}
		t.state.Torn = t.state.Torn[1:]
	}
	return true, nil
}

// fillNext asks for the phone's next message if there is nothing else to say.
func (t *turn) fillNext(d *draft) error {
	if !d.bare() || t.in.msg.Final {
		return nil
	}
	_, err := d.add(func(id string) wire.Command {
		return &wire.Alert{CmdID: id, Code: wire.AlertNextMessage, Items: []wire.Item{{
			Target: wire.Location{URI: t.state.Theirs.URI}, Source: wire.Location{URI: t.state.Ours}}}}
	})
	return err
}

// fillOpening sends device information and our alerts; false if some have to wait.
func (t *turn) fillOpening(d *draft) (bool, error) {
	st := t.state
	if st.Get != nil {
		r := t.ownDevInf(st.Get)
		ok, err := d.add(func(id string) wire.Command { r.CmdID = id; return r })
		if err != nil || !ok {
			return false, err
		}
		st.Get = nil
	}
	for i, db := range st.Databases {
		if !db.Alert {
			continue
		}
		if ok, err := t.send(d, sent{Kind: "Alert", Database: i}, t.ownAlert(db)); err != nil || !ok {
			return false, err
		}
		db.Alert = false
	}
	if st.Ask {
		if ok, err := t.send(d, sent{Kind: "Get"}, t.askDevInf()); err != nil || !ok {
			return false, err
		}
		st.Ask = false
	}
	return true, nil
}

// send adds a command that the phone will answer.
func (t *turn) send(d *draft, what sent, c wire.Command) (bool, error) {
	key := ""
	ok, err := d.add(func(id string) wire.Command {
		key = sentKey(t.state.LastMsg, id)
		switch c := c.(type) {
		case *wire.Alert:
			c.CmdID = id
		case *wire.Get:
			c.CmdID = id
		case *wire.Sync:
			c.CmdID = id
		}
		return c
	})
	if ok {
		t.state.Sent[key] = what
	}
	return ok, err
}

func (t *turn) askDevInf() *wire.Get {
	return &wire.Get{Meta: wire.Meta{Type: t.in.codec.devInfType()},
		Items: []wire.Item{{Target: wire.Location{URI: devInfPath(t.state.Version)}}}}
}

// storeReply is the second transaction of a message: the exact reply, the ops that leave in it, and
// where the session stands.
func (t *turn) storeReply(ctx context.Context, d *draft, r reply) error {
	t.state.Header = nil
	return t.o.Store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		row, err := t.sess.stored(t.o.Now().Unix())
		if err != nil {
			return err
		}
		if err := t.store.putSession(ctx, row); err != nil {
			return err
		}
		err = t.store.putReply(ctx, messageRow{Owner: row.Owner, Client: row.Client, Token: row.Token,
			Hash: t.in.hash[:], ContentType: r.contentType, Reply: r.body})
		if err != nil {
			return err
		}
		for i, db := range t.state.Databases {
			if a := d.answers[i]; len(a) > 0 {
				if err := t.o.Syncs.Settle(ctx, t.phone, db.face(), a); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
