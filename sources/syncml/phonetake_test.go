package syncml_test

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// take goes through a reply: it carries out what the server asks and queues the answers.
func (p *phone) take(rep *wire.Message) {
	if rep.Header.RespURI != "" {
		p.url, p.seen.RespURI = rep.Header.RespURI, rep.Header.RespURI
	}
	p.answer(rep, "0", "SyncHdr", 200, rep.Header.Target.URI, rep.Header.Source.URI)
	for _, c := range rep.Commands {
		switch c := c.(type) {
		case *wire.Status:
			p.seen.Statuses = append(p.seen.Statuses, c)
			if c.Chal != nil && c.Chal.Type == wire.AuthMD5 {
				p.nonce = c.Chal.NextNonce
			}
		case *wire.Alert:
			p.takeAlert(rep, c)
		case *wire.Results:
			p.seen.Results = append(p.seen.Results, c)
			p.answer(rep, c.CmdID, "Results", 200, "", "")
		case *wire.Get:
			p.answer(rep, c.CmdID, "Get", 200, c.Items[0].Target.URI, "")
			p.results = append(p.results, &wire.Results{MsgRef: rep.Header.MsgID, CmdRef: c.CmdID,
				Meta: wire.Meta{Type: "application/vnd.syncml-devinf+xml"}, Items: []wire.Item{p.devinfItem()}})
		case *wire.Sync:
			p.takeSync(rep, c)
		}
	}
}

func (p *phone) takeAlert(rep *wire.Message, a *wire.Alert) {
	p.seen.Alerts = append(p.seen.Alerts, a)
	code := 200
	if a.Code == wire.AlertTwoWay && a.Items[0].Meta.Anchor.Last != p.serverOld {
		code = 508
	}
	p.answer(rep, a.CmdID, "Alert", code, a.Items[0].Target.URI, a.Items[0].Source.URI)
}

func (p *phone) takeSync(rep *wire.Message, s *wire.Sync) {
	p.answer(rep, s.CmdID, "Sync", 200, s.Target.URI, s.Source.URI)
	if s.NumberOfChanges != nil {
		p.seen.Counts = append(p.seen.Counts, *s.NumberOfChanges)
	}
	for _, c := range s.Commands {
		p.takeChange(rep, c.(*wire.Change))
	}
}

func (p *phone) takeChange(rep *wire.Message, c *wire.Change) {
	item := c.Items[0]
	code := map[string]int{wire.Add: 201, wire.Replace: 200, wire.Delete: 200}[c.Verb]
	if p.statusOf != nil {
		if own := p.statusOf(c); own != 0 {
			code = own
		}
	}
	if code < 300 && item.MoreData {
		code = 213
	}
	p.answer(rep, c.CmdID, c.Verb, code, item.Target.URI, item.Source.URI)
	if code >= 300 || !p.together(&item) {
		return
	}
	switch c.Verb {
	case wire.Add:
		luid := "n" + strconv.Itoa(p.luids)
		p.luids++
		p.items[luid] = item.Data.Text
		p.maps = append(p.maps, wire.MapItem{GUID: item.Source.URI, LUID: luid})
	case wire.Replace:
		p.items[item.Target.URI] = item.Data.Text
	case wire.Delete:
		delete(p.items, item.Target.URI)
	}
}

// together collects the pieces of a large object, and gives it whole with the last one.
func (p *phone) together(item *wire.Item) bool {
	if p.partOf != item.Source.URI {
		p.partOf, p.part, p.partSize = item.Source.URI, "", item.Meta.Size
	}
	p.part += item.Data.Text
	if item.MoreData {
		return false
	}
	if p.partSize != 0 && p.partSize != len(p.part) {
		p.b.t.Errorf("large object of %d bytes came with %d", p.partSize, len(p.part))
	}
	item.Data.Text, p.partOf, p.part = p.part, "", ""
	return true
}

func (p *phone) answer(rep *wire.Message, cmdRef, cmd string, code int, target, source string) {
	s := &wire.Status{MsgRef: rep.Header.MsgID, CmdRef: cmdRef, Cmd: cmd, Code: code}
	if target != "" {
		s.TargetRefs = []string{target}
	}
	if source != "" {
		s.SourceRefs = []string{source}
	}
	p.queue = append(p.queue, s)
}

// commit is what a phone does when a session ended well.
func (p *phone) commit() {
	p.last, p.changes = p.next, nil
	for _, a := range p.seen.Alerts {
		if len(a.Items) > 0 && a.Items[0].Meta.Anchor != nil {
			p.serverOld = a.Items[0].Meta.Anchor.Next
		}
	}
}
