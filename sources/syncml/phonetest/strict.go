package phonetest

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A Strict checks replies as the strictest known phones do, over one session. The numbers are those of the
// list of what an S60 phone fails on (research on its client, section 2.15).
type Strict struct {
	breach  func(string)
	device  string
	binary  bool
	deaf    bool
	maxGUID int
	// open are the phone's commands of this package that have had no status, answered those that had one.
	open, answered map[string]string
	alerted        map[string]string // databases without an Alert of the server, with the anchor that was sent
	asked          bool
	fromClient     bool
	devinf         *xmltree.Element // the message in hand, for what stands in its Results
}

func newStrict(p *Phone) *Strict {
	return &Strict{breach: p.Breach, device: p.Device, binary: p.Binary, deaf: p.Deaf, maxGUID: p.MaxGUID,
		open: map[string]string{}, answered: map[string]string{}, alerted: map[string]string{}}
}

func (k *Strict) bad(point int, format string, args ...any) {
	k.breach(fmt.Sprintf("2.15.%d: ", point) + fmt.Sprintf(format, args...))
}

// check looks at a request and its reply.
func (k *Strict) check(req, rep *wire.Message, root *xmltree.Element, contentType string) {
	refused := false
	for _, c := range rep.Commands {
		if s, ok := c.(*wire.Status); ok && s.Cmd == "SyncHdr" && s.Code >= 400 {
			refused = true
		}
	}
	k.note(req.Header.MsgID, req.Commands)
	want := map[bool]string{true: "application/vnd.syncml+wbxml", false: "application/vnd.syncml+xml"}[k.binary]
	if contentType != want {
		k.bad(12, "reply of type %q, want %q", contentType, want)
	}
	k.header(req, rep, root)
	k.raw(root)
	k.devinf = root
	k.commands(rep, rep.Commands, map[string]bool{})
	if rep.Final {
		k.final(refused)
	}
}

// note remembers what the phone waits for.
func (k *Strict) note(msg string, cmds []wire.Command) {
	for _, c := range cmds {
		switch c := c.(type) {
		case *wire.Status, *wire.Results:
			continue
		case *wire.Get:
			k.asked = true
		case *wire.Alert:
			for _, i := range c.Items {
				if i.Meta.Anchor != nil {
					k.alerted[i.Source.URI] = i.Meta.Anchor.Next
					k.fromClient = c.Code == wire.AlertOneWayFromClient || c.Code == wire.AlertRefreshFromClient
				}
			}
		case *wire.Sync:
			k.note(msg, c.Commands)
		}
		k.open[msg+"/"+c.ID()] = c.Name()
	}
}

func (k *Strict) header(req, rep *wire.Message, root *xmltree.Element) {
	h := rep.Header
	if h.VerDTD != req.Header.VerDTD || h.VerProto != req.Header.VerProto {
		k.bad(1, "reply in version %s %s to %s %s", h.VerDTD, h.VerProto, req.Header.VerDTD, req.Header.VerProto)
	}
	if h.Target.URI != k.device && h.Target.URI != "/" {
		k.bad(2, "reply is for %q", h.Target.URI)
	}
	if h.MsgID == "" || h.SessionID != req.Header.SessionID {
		k.bad(3, "bad header of reply: %+v", h)
	}
	if e := root.Child("SyncHdr").Child("Meta").Child("MaxMsgSize"); e != nil {
		if n, err := strconv.Atoi(e.Text()); err != nil || n < 1000 {
			k.bad(4, "MaxMsgSize is %q", e.Text())
		}
	}
	if len(rep.Commands) == 0 {
		k.bad(9, "reply is empty")
		return
	}
	if s, ok := rep.Commands[0].(*wire.Status); !ok || s.CmdRef != "0" || s.Cmd != "SyncHdr" || s.MsgRef != req.Header.MsgID {
		k.bad(9, "reply does not begin with the status of the header")
	}
}

// raw looks at what the typed reader of messages would forgive.
func (k *Strict) raw(e *xmltree.Element) {
	switch e.Local {
	case "NextNonce":
		if _, err := base64.StdEncoding.DecodeString(e.Text()); err != nil || e.Text() == "" {
			k.bad(14, "NextNonce %q is no base64", e.Text())
		}
	case "Status":
		if e.Child("Data").Text() == "" || e.Child("Cmd").Text() == "" || e.Child("MsgRef").Text() == "" || e.Child("CmdRef").Text() == "" {
			k.bad(9, "a status lacks something")
		}
	}
	for c := range e.Elements() {
		k.raw(c)
	}
}

func (k *Strict) commands(rep *wire.Message, cmds []wire.Command, ids map[string]bool) {
	for _, c := range cmds {
		if c.ID() == "" || ids[c.ID()] {
			k.bad(9, "%s has CmdID %q, empty or used before", c.Name(), c.ID())
		}
		ids[c.ID()] = true
		switch c := c.(type) {
		case *wire.Status:
			k.status(c)
		case *wire.Alert:
			k.alert(c)
		case *wire.Results:
			k.results(rep, c)
		case *wire.Sync:
			k.sync(rep, c, ids)
		case *wire.Change:
			k.change(c)
		}
	}
}

func (k *Strict) alert(a *wire.Alert) {
	if len(a.Items) == 0 || a.Items[0].Target.URI == "" || a.Code == 0 {
		k.bad(8, "alert without target or code: %+v", a)
		return
	}
	if _, ok := k.alerted[a.Items[0].Target.URI]; !ok {
		k.bad(7, "alert for %q, which the phone did not alert", a.Items[0].Target.URI)
	}
	delete(k.alerted, a.Items[0].Target.URI)
}

func (k *Strict) sync(rep *wire.Message, c *wire.Sync, ids map[string]bool) {
	if c.Target.URI == "" {
		k.bad(8, "Sync without target")
	}
	if k.fromClient {
		k.bad(10, "Sync of the server in a sync that goes one way, from the phone")
	}
	k.commands(rep, c.Commands, ids)
}

func (k *Strict) status(s *wire.Status) {
	if s.CmdRef == "0" {
		return
	}
	key := s.MsgRef + "/" + s.CmdRef
	switch want, waiting := k.open[key]; {
	case waiting && want != s.Cmd:
		k.bad(9, "status of %s answers a %s", s.Cmd, want)
	case !waiting && k.answered[key] != "":
		k.bad(9, "second status for %s %s", s.Cmd, key)
	}
	if k.deaf && (s.Cmd == wire.Add || s.Cmd == wire.Replace || s.Cmd == wire.Delete) {
		k.bad(9, "a status for an item, which is too much for the phone")
	}
	delete(k.open, key)
	k.answered[key] = s.Cmd
	if s.Cmd == "Alert" {
		k.echo(s)
	}
}

// echo wants the phone's anchor back as it was (13: to the server it is an opaque string).
func (k *Strict) echo(s *wire.Status) {
	if s.Code >= 400 && s.Code != 508 && s.Code != 509 {
		for _, r := range s.SourceRefs {
			delete(k.alerted, r)
		}
		return
	}
	for _, r := range s.SourceRefs {
		want, ok := k.alerted[r]
		if ok && (len(s.Items) != 1 || s.Items[0].Data.Elem.Child("Next").Text() != want) {
			k.bad(13, "status of an Alert does not bring back the anchor %s", want)
		}
	}
}

// results checks our device information (2.8: what an S60 phone demands of it).
func (k *Strict) results(rep *wire.Message, r *wire.Results) {
	k.asked = false
	path := "./devinf" + strings.ReplaceAll(rep.Header.VerDTD, ".", "")
	if len(r.Items) != 1 || r.Items[0].Source.URI != path {
		k.bad(11, "bad results: %+v", r)
		return
	}
	if k.binary && r.Meta.Type != "application/vnd.syncml-devinf+wbxml" {
		k.bad(11, "device information of type %q in WBXML", r.Meta.Type)
	}
	data := k.devinf.Child("SyncBody").Child("Results").Child("Item").Child("Data")
	e, err := wbxml.DevInf(data, xmltree.Limits{})
	if err != nil {
		k.bad(11, "no device information in the results: %v", err)
		return
	}
	d := wire.ParseDevInf(e)
	if d.VerDTD != rep.Header.VerDTD || len(d.Stores) == 0 || d.DevID == "" {
		k.bad(11, "bad device information: %+v", d)
	}
	for _, s := range d.Stores {
		if s.SourceRef == "" || s.RxPref.Type == "" || s.TxPref.Type == "" || len(s.SyncCap) == 0 {
			k.bad(11, "bad data store: %+v", s)
		}
		for _, n := range s.SyncCap {
			if n < 1 || n > 7 {
				k.bad(11, "SyncCap %d", n)
			}
		}
	}
}

func (k *Strict) change(c *wire.Change) {
	if len(c.Items) != 1 {
		k.bad(8, "%s with %d items", c.Verb, len(c.Items))
		return
	}
	i := c.Items[0]
	add := c.Verb == wire.Add
	if add != (i.Source.URI != "") || add == (i.Target.URI != "") {
		k.bad(8, "%s with target %q and source %q", c.Verb, i.Target.URI, i.Source.URI)
	}
	if k.maxGUID > 0 && len(i.Source.URI) > k.maxGUID {
		k.bad(8, "%s with a name of %d bytes: %q", c.Verb, len(i.Source.URI), i.Source.URI)
	}
	if c.Verb != wire.Delete && (c.Meta.Type == "" && i.Meta.Type == "" || i.Data.Text == "") {
		k.bad(8, "%s without a type or without data", c.Verb)
	}
	if f := c.Meta.Format + i.Meta.Format; f != "" && f != "chr" {
		k.bad(5, "%s with format %q", c.Verb, f)
	}
}

// final checks what must be there when a package ends.
func (k *Strict) final(refused bool) {
	for key, cmd := range k.open {
		if cmd != wire.Add && cmd != wire.Replace && cmd != wire.Delete || !k.deaf {
			k.bad(9, "package ends without a status for %s %s", cmd, key)
		}
	}
	if !refused && k.asked {
		k.bad(6, "package ends without the results of a Get")
	}
	if !refused && len(k.alerted) > 0 {
		k.bad(7, "package ends without an Alert for %v", k.alerted)
	}
	k.alerted, k.asked, k.open = map[string]string{}, false, map[string]string{}
}
