package phonetest

import (
	"fmt"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// take goes through a reply: it carries out what the server asks and queues the answers.
func (s *session) take(rep *wire.Message) {
	if rep.Header.RespURI != "" {
		s.url = rep.Header.RespURI
	}
	s.answer(rep, "0", "SyncHdr", 200, rep.Header.Target.URI, rep.Header.Source.URI)
	for _, c := range rep.Commands {
		switch c := c.(type) {
		case *wire.Status:
			s.takeStatus(c)
		case *wire.Alert:
			s.takeAlert(rep, c)
		case *wire.Results:
			s.answer(rep, c.CmdID, "Results", 200, "", "")
		case *wire.Get:
			s.answer(rep, c.CmdID, "Get", 200, c.Items[0].Target.URI, "")
			s.queue = append(s.queue, &wire.Results{MsgRef: rep.Header.MsgID, CmdRef: c.CmdID,
				Meta: wire.Meta{Type: "application/vnd.syncml-devinf+xml"}, Items: []wire.Item{s.devinfItem()}})
		case *wire.Sync:
			s.answer(rep, c.CmdID, "Sync", 200, c.Target.URI, c.Source.URI)
			for _, inner := range c.Commands {
				if ch, ok := inner.(*wire.Change); ok {
					s.takeChange(rep, ch)
				}
			}
		}
	}
}

func (s *session) takeStatus(c *wire.Status) {
	if c.Chal != nil && c.Chal.Type == wire.AuthMD5 {
		s.nonce = c.Chal.NextNonce
	}
	key := c.MsgRef + "/" + c.CmdRef
	s.resumeAnswered(c)
	switch {
	case c.Cmd == "SyncHdr" && c.Code >= 400:
		s.retry, s.refuse = (c.Code == 401 || c.Code == 407) && s.msg == 1, c.Code
	case c.Cmd == "Alert" && c.Code >= 400 && c.Code != 508 && c.Code != 509 && s.alert == nil:
		s.refuse = c.Code
	case c.Cmd == "Sync" && c.Code >= 400:
		s.refuse = c.Code
	case c.Cmd == "Map":
		if c.Code >= 300 {
			s.Breach(fmt.Sprintf("a Map is answered %d", c.Code))
		}
	}
	ch, ok := s.sent[key]
	if !ok {
		return
	}
	delete(s.sent, key)
	switch {
	case !good(c.Code):
		s.Breach(fmt.Sprintf("%s of %s is answered %d", c.Cmd, ch.luid, c.Code))
		delete(s.told, ch.luid)
	case c.Code != 213:
		s.tell(ch)
	}
}

// tell notes that the server has heard a change.
func (s *session) tell(ch change) {
	s.listed[ch.luid] = ch.stamp
	if c, held := s.items[ch.luid]; held && s.Told != nil && s.stamps[ch.luid] == ch.stamp {
		s.Told(c.Clone())
	}
	if s.ForgetsByStatus {
		s.forget(ch.luid, ch.stamp)
	}
}

// good reports whether a phone takes a status for success (an S60 counts these).
func good(code int) bool {
	switch code {
	case 200, 201, 202, 203, 204, 205, 207, 208, 209, 210, 211, 213, 409, 418, 419, 423:
		return true
	}
	return false
}

func (s *session) takeAlert(rep *wire.Message, a *wire.Alert) {
	if a.Code < wire.AlertTwoWay || a.Code > wire.AlertRefreshFromServer || len(a.Items) == 0 || a.Items[0].Meta.Anchor == nil {
		s.Breach(fmt.Sprintf("alert %d without an anchor", a.Code))
		return
	}
	s.alert, s.theirs = a, a.Items[0].Meta.Anchor.Next
	code := 200
	if a.Code == wire.AlertTwoWay && a.Items[0].Meta.Anchor.Last != s.serverOld {
		code, s.mode = 508, wire.AlertSlow
	}
	s.answer(rep, a.CmdID, "Alert", code, a.Items[0].Target.URI, a.Items[0].Source.URI)
}

func (s *session) takeChange(rep *wire.Message, c *wire.Change) {
	item := c.Items[0]
	whole, ok := s.together(c.Verb, item)
	code := map[string]int{wire.Add: 201, wire.Replace: 200, wire.Delete: 200}[c.Verb]
	switch {
	case !ok:
		code = 213
	default:
		code = s.carryOut(c, item, whole, code)
		s.result.Got++
	}
	if !s.Mute {
		s.answer(rep, c.CmdID, c.Verb, code, item.Target.URI, item.Source.URI)
	}
}

// carryOut does what a whole command says, and gives the status.
func (s *session) carryOut(c *wire.Change, item wire.Item, data string, code int) int {
	_, held := s.items[item.Target.URI]
	if c.Verb == wire.Delete {
		if !held {
			return 211
		}
		delete(s.items, item.Target.URI)
		s.heard(item.Target.URI)
		return code
	}
	contact, err := ParseCard(data)
	if err != nil {
		s.Breach(err.Error())
		return 415
	}
	if c.Verb == wire.Replace {
		if !held {
			return 404
		}
		s.items[item.Target.URI] = s.Stored(contact)
		s.heard(item.Target.URI)
		return code
	}
	luid := s.fresh()
	s.items[luid] = s.Stored(contact)
	s.listed[luid] = s.stamps[luid]
	s.maps = append(s.maps, wire.MapItem{GUID: item.Source.URI, LUID: luid})
	return code
}

// heard forgets what the user did with an item that the server wrote since: the server knew of it.
func (s *session) heard(luid string) {
	if stamp, ok := s.told[luid]; ok {
		s.forget(luid, stamp)
	}
}

// together collects the pieces of a large object, and gives it whole with the last one.
func (s *session) together(verb string, item wire.Item) (string, bool) {
	key := verb + item.Source.URI + "/" + item.Target.URI
	if s.part == nil && !item.MoreData {
		return item.Data.Text, true
	}
	if s.part == nil {
		s.part = &part{key: key, size: item.Meta.Size}
		if item.Meta.Size == 0 {
			s.Breach("first piece of a large object without a size")
		}
	}
	if s.part.key != key {
		s.Breach("a command between the pieces of a large object")
		s.part = nil
		return item.Data.Text, !item.MoreData
	}
	s.part.text.WriteString(item.Data.Text)
	if item.MoreData {
		return "", false
	}
	text, size := s.part.text.String(), s.part.size
	s.part = nil
	if len(text) != size {
		s.Breach(fmt.Sprintf("large object of %d bytes came with %d", size, len(text)))
	}
	return text, true
}

func (s *session) answer(rep *wire.Message, cmdRef, cmd string, code int, target, source string) {
	st := &wire.Status{MsgRef: rep.Header.MsgID, CmdRef: cmdRef, Cmd: cmd, Code: code}
	if target != "" {
		st.TargetRefs = []string{target}
	}
	if source != "" {
		st.SourceRefs = []string{source}
	}
	s.queue = append(s.queue, st)
}
