package syncml_test

import (
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// s60 checks replies as strictly as the strictest known phones do, over one session.
type s60 struct {
	t       testing.TB
	device  string
	version string
	// open are the phone's commands of this package without a status, alerted its databases without
	// an Alert of the server.
	open    map[string]string
	alerted map[string]bool
	asked   bool
	// few is true for a phone that is not told of every item.
	few bool
}

func (k *s60) check(req, rep *wire.Message) {
	k.t.Helper()
	if k.open == nil {
		k.open, k.alerted = map[string]string{}, map[string]bool{}
	}
	refused := false
	for _, c := range rep.Commands {
		if s, ok := c.(*wire.Status); ok && s.Cmd == "SyncHdr" && s.Code >= 400 {
			refused = true
		}
	}
	k.note(req.Header.MsgID, req.Commands)
	k.header(req, rep)
	ids := map[string]bool{}
	k.commands(rep, rep.Commands, ids)
	if rep.Final {
		k.final(refused)
	}
}

// note remembers what the phone waits for.
func (k *s60) note(msg string, cmds []wire.Command) {
	for _, c := range cmds {
		switch c := c.(type) {
		case *wire.Status:
			continue
		case *wire.Get:
			k.asked = true
		case *wire.Alert:
			for _, i := range c.Items {
				k.alerted[i.Source.URI] = true
			}
		case *wire.Sync:
			k.note(msg, c.Commands)
		case *wire.Group:
			k.note(msg, c.Commands)
		}
		k.open[msg+"/"+c.ID()] = c.Name()
	}
}

func (k *s60) header(req, rep *wire.Message) {
	k.t.Helper()
	h := rep.Header
	if h.VerDTD != req.Header.VerDTD || h.VerProto != req.Header.VerProto {
		k.t.Errorf("reply in version %s %s to %s %s", h.VerDTD, h.VerProto, req.Header.VerDTD, req.Header.VerProto)
	}
	if h.Target.URI != k.device || h.MsgID == "" || h.SessionID != req.Header.SessionID {
		k.t.Errorf("bad header of reply: %+v", h)
	}
	if h.Meta.MaxMsgSize < 150000 {
		k.t.Errorf("server announces MaxMsgSize %d", h.Meta.MaxMsgSize)
	}
	if len(rep.Commands) == 0 {
		k.t.Error("reply is empty")
		return
	}
	if s, ok := rep.Commands[0].(*wire.Status); !ok || s.CmdRef != "0" || s.Cmd != "SyncHdr" || s.MsgRef != req.Header.MsgID {
		k.t.Errorf("reply does not begin with the status of the header: %+v", rep.Commands[0])
	}
}

func (k *s60) commands(rep *wire.Message, cmds []wire.Command, ids map[string]bool) {
	k.t.Helper()
	for _, c := range cmds {
		if c.ID() == "" || ids[c.ID()] {
			k.t.Errorf("%s has CmdID %q, empty or used before", c.Name(), c.ID())
		}
		ids[c.ID()] = true
		switch c := c.(type) {
		case *wire.Status:
			k.status(c)
		case *wire.Alert:
			if len(c.Items) == 0 || c.Items[0].Target.URI == "" || c.Code == 0 {
				k.t.Errorf("alert without target or code: %+v", c)
				continue
			}
			delete(k.alerted, c.Items[0].Target.URI)
		case *wire.Results:
			k.results(rep, c)
		case *wire.Sync:
			if c.Target.URI == "" {
				k.t.Error("Sync without target")
			}
			k.commands(rep, c.Commands, ids)
		case *wire.Change:
			k.change(c)
		}
	}
}

func (k *s60) status(s *wire.Status) {
	k.t.Helper()
	if s.Cmd == "" || s.MsgRef == "" || s.CmdRef == "" || s.Code == 0 {
		k.t.Errorf("status lacks something: %+v", s)
	}
	if s.Chal != nil && s.Chal.Type == wire.AuthMD5 && len(s.Chal.NextNonce) == 0 {
		k.t.Error("challenge without nonce")
	}
	if s.CmdRef != "0" {
		if want := k.open[s.MsgRef+"/"+s.CmdRef]; want != s.Cmd && want != "" {
			k.t.Errorf("status of %s answers a %s", s.Cmd, want)
		}
		delete(k.open, s.MsgRef+"/"+s.CmdRef)
	}
	if s.Cmd == "Alert" && s.Code >= 400 && s.Code != 508 {
		for _, r := range s.SourceRefs {
			delete(k.alerted, r)
		}
	}
}

func (k *s60) results(rep *wire.Message, r *wire.Results) {
	k.t.Helper()
	k.asked = false
	path := "./devinf" + k.version[:1] + k.version[2:]
	if len(r.Items) != 1 || r.Items[0].Source.URI != path || r.Items[0].Data.Elem == nil && r.Items[0].Data.Text == "" {
		k.t.Errorf("bad results: %+v", r)
		return
	}
	if e := r.Items[0].Data.Elem; e != nil {
		d := wire.ParseDevInf(e)
		if d.VerDTD != rep.Header.VerDTD || len(d.Stores) == 0 {
			k.t.Errorf("bad device information: %+v", d)
		}
		for _, s := range d.Stores {
			if s.SourceRef == "" || s.RxPref.Type == "" || s.TxPref.Type == "" || len(s.SyncCap) == 0 || len(s.SyncCap) > 7 {
				k.t.Errorf("bad data store: %+v", s)
			}
		}
	}
}

func (k *s60) change(c *wire.Change) {
	k.t.Helper()
	if len(c.Items) != 1 {
		k.t.Errorf("%s with %d items", c.Verb, len(c.Items))
		return
	}
	i := c.Items[0]
	add := c.Verb == wire.Add
	if add != (i.Source.URI != "") || add == (i.Target.URI != "") {
		k.t.Errorf("%s with target %q and source %q", c.Verb, i.Target.URI, i.Source.URI)
	}
	if c.Verb != wire.Delete && c.Meta.Type == "" && i.Meta.Type == "" {
		k.t.Errorf("%s without a type", c.Verb)
	}
	if f := c.Meta.Format + i.Meta.Format; f != "" && f != "chr" {
		k.t.Errorf("%s with format %q", c.Verb, f)
	}
}

// final checks what must be there when a package ends.
func (k *s60) final(refused bool) {
	k.t.Helper()
	if len(k.open) > 0 && !k.few {
		k.t.Errorf("package ends without a status for %v", k.open)
	}
	if refused {
		k.alerted, k.asked, k.open = nil, false, nil
		return
	}
	if k.asked {
		k.t.Error("package ends without the results of a Get")
	}
	if len(k.alerted) > 0 {
		k.t.Errorf("package ends without an Alert for %v", k.alerted)
	}
	k.open = map[string]string{}
}
