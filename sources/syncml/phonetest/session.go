package phonetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// ErrBrokeOff means that a session did not come to its end. The phone remembers what it did until then.
var ErrBrokeOff = errors.New("session broke off")

// A Result is what a session did.
type Result struct {
	// Mode is the alert code that was in force, 0 if it did not come that far.
	Mode int
	// Sent and Got count the changes of the phone and of the server, Messages the phone's messages.
	Sent, Got, Messages int
	// Largest is the size of the greatest reply.
	Largest int
}

// A session is what a phone knows while it talks.
type session struct {
	*Phone
	id     string
	msg    int
	url    string
	next   string // the phone's anchor
	theirs string // the server's, if the session ends well
	queue  []wire.Command
	alert  *wire.Alert
	retry  bool // of the log-in
	refuse int  // status of the header that ends the session
	mode   int
	sent   map[string]change // by message and command
	told   map[string]int    // stamps of what was sent
	mapped map[string][]wire.MapItem
	part   *part
	strict *Strict
	result Result
	// listed are the stamps of the items that the server has, of this session and of the one that it resumes.
	listed  map[string]int
	resumes *leftover
}

// A change is one command of the phone's.
type change struct {
	luid  string
	stamp int
}

// A part is a large object that is coming in.
type part struct {
	key  string
	size int
	text strings.Builder
}

// Sync is one session in the mode that the alert code asks for, 200 or 201. A phone without anchors asks
// for a slow sync. The error wraps ErrBrokeOff.
func (p *Phone) Sync(code int) (Result, error) {
	p.sessions++
	if p.last == "" && code == wire.AlertTwoWay {
		code = wire.AlertSlow
	}
	s := &session{Phone: p, id: strconv.Itoa(p.sessions), url: p.Server, next: p.anchor(), sent: map[string]change{},
		told: map[string]int{}, mapped: map[string][]wire.MapItem{}, listed: map[string]int{}, strict: newStrict(p)}
	code = s.resume(code)
	err := s.run(code)
	s.leave(err)
	return s.result, err
}

// anchor is the phone's time, unlike the last one.
func (p *Phone) anchor() string {
	next := p.Now().UTC().Format(anchorTime)
	if next == p.last {
		next += "+"
	}
	return next
}

func (s *session) run(code int) error {
	if err := s.hello(code); err != nil {
		return err
	}
	if !s.CachesMaps {
		s.maps = nil // who does not keep names over sessions has forgotten them by now
	}
	rep, err := s.push()
	for n := 0; err == nil && !rep.Final; n++ {
		if n > 5000 {
			return s.broke("the server's package never ends")
		}
		rep, err = s.send(false, s.naming()...)
	}
	if err != nil {
		return err
	}
	if rep, err = s.send(true, s.naming()...); err != nil {
		return err
	}
	if !rep.Final {
		s.Breach("the answer to the last package has no Final")
	}
	s.settle()
	return nil
}

func (s *session) broke(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBrokeOff}, args...)...)
}

// settle is what a phone does when a session ended well.
func (s *session) settle() {
	s.last, s.serverOld = s.next, s.theirs
	for luid, stamp := range s.told {
		if c, held := s.items[luid]; held && s.Deaf && s.Told != nil && s.stamps[luid] == stamp {
			s.Told(c.Clone())
		}
		s.forget(luid, stamp)
	}
}

// hello is log-in, device information and alert, and the server's answers to them.
func (s *session) hello(code int) error {
	rep, err := s.send(true, s.opening(code)...)
	if err == nil && s.retry {
		s.retry, s.refuse, s.queue = false, 0, nil
		rep, err = s.send(true, s.opening(code)...)
	}
	for n := 0; err == nil && !rep.Final; n++ {
		if n > 500 {
			return s.broke("the server's opening never ends")
		}
		rep, err = s.send(false, &wire.Alert{Code: wire.AlertNextMessage, Items: []wire.Item{{
			Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./Contacts"}}}})
	}
	if err != nil {
		return err
	}
	if s.refuse != 0 || s.alert == nil {
		return s.broke("refused with %d", s.refuse)
	}
	if s.mode == 0 {
		s.mode = s.alert.Code
	}
	s.result.Mode = s.mode
	return nil
}

func (s *session) opening(code int) []wire.Command {
	info := wire.Meta{Type: "application/vnd.syncml-devinf+xml"}
	if s.Binary {
		info.Type = "application/vnd.syncml-devinf+wbxml"
	}
	return []wire.Command{
		&wire.Put{Meta: info, Items: []wire.Item{s.devinfItem()}},
		&wire.Get{Meta: info, Items: []wire.Item{{Target: wire.Location{URI: s.devinfPath()}}}},
		&wire.Alert{Code: code, Items: []wire.Item{{Target: wire.Location{URI: "addressbook"},
			Source: wire.Location{URI: "./Contacts"}, Meta: wire.Meta{Anchor: &wire.Anchor{Last: s.last, Next: s.next}}}}},
	}
}

func (s *session) devinfItem() wire.Item {
	return wire.Item{Source: wire.Location{URI: s.devinfPath()}, Data: wire.Data{Elem: s.devinf()}}
}

// push is the phone's package of changes; it gives the first reply of the server's.
func (s *session) push() (*wire.Message, error) {
	all := s.changes()
	s.result.Sent = len(all)
	named := 130 * len(s.maps)
	cmds := s.naming()
	var batch []wire.Command
	room := s.limit() - 900 - 90*len(s.queue) - named
	for _, c := range all {
		size := 250 + len(c.Items[0].Data.Text)
		if size > room && len(batch) > 0 {
			if err := s.part3(append(cmds, s.syncCommand(batch))); err != nil {
				return nil, err
			}
			cmds, batch, room = nil, nil, s.limit()-900-90*len(s.queue)
		}
		if size > s.limit()-900 && s.Large {
			if err := s.pieces(&cmds, c); err != nil {
				return nil, err
			}
			room = s.limit() - 900 - 90*len(s.queue)
			continue
		}
		room -= size
		batch = append(batch, c)
	}
	return s.send(true, append(cmds, s.syncCommand(batch))...)
}

// part3 sends a message of the package that is not the last.
func (s *session) part3(cmds []wire.Command) error {
	rep, err := s.send(false, cmds...)
	if err == nil && rep.Final {
		s.Breach("Final in the answer to a message without it")
	}
	return err
}

// pieces sends a large object, each piece in a message of its own.
func (s *session) pieces(cmds *[]wire.Command, c *wire.Change) error {
	text := c.Items[0].Data.Text
	for at := 0; at < len(text); {
		room := max(s.limit()-1200-90*len(s.queue), 200)
		end := min(at+room, len(text))
		piece := &wire.Change{Verb: c.Verb, Meta: c.Meta, Items: []wire.Item{c.Items[0]}}
		piece.Items[0].Data.Text, piece.Items[0].MoreData = text[at:end], end < len(text)
		if at == 0 {
			piece.Items[0].Meta.Size = len(text)
		}
		if err := s.part3(append(*cmds, s.syncCommand([]wire.Command{piece}))); err != nil {
			return err
		}
		at, *cmds = end, nil
	}
	return nil
}

func (s *session) syncCommand(cmds []wire.Command) *wire.Sync {
	return &wire.Sync{Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./Contacts"}, Commands: cmds}
}

// changes is what the phone sends in the mode: what is dirty, or everything.
func (s *session) changes() (all []*wire.Change) {
	if s.mode == wire.AlertTwoWay {
		for _, luid := range slices.Sorted(maps.Keys(s.dirty)) {
			all = append(all, s.change(s.dirty[luid], luid))
		}
		return all
	}
	for _, luid := range slices.Sorted(maps.Keys(s.items)) {
		if s.hasTold(luid) {
			continue
		}
		all = append(all, s.change(wire.Replace, luid))
	}
	for luid, verb := range s.dirty { // that it was deleted cannot be told in a slow sync
		if verb == wire.Delete {
			all = append(all, s.takenBack(luid)...)
			s.told[luid] = s.stamps[luid]
		}
	}
	return all
}

func (s *session) change(verb, luid string) *wire.Change {
	if verb == wire.Add && s.AllReplace {
		verb = wire.Replace
	}
	c := &wire.Change{Verb: verb, Items: []wire.Item{{Source: wire.Location{URI: luid}}}}
	s.told[luid] = s.stamps[luid]
	if verb == wire.Delete {
		return c
	}
	c.Meta.Type = "text/x-vcard"
	if s.VCard30 {
		c.Meta.Type = "text/vcard"
	}
	c.Items[0].Data = wire.Data{Text: s.Print(s.items[luid]), Opaque: true}
	return c
}

// naming is the Map with the names that the server has not heard.
func (s *session) naming() []wire.Command {
	if len(s.maps) == 0 {
		return nil
	}
	m := &wire.Map{Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./Contacts"}, Items: s.maps}
	s.maps = nil
	return []wire.Command{m}
}

// message makes a message with the statuses that are due.
func (s *session) message(final bool, cmds []wire.Command) *wire.Message {
	s.msg++
	v := s.version()
	m := &wire.Message{Final: final, Header: wire.Header{VerDTD: v, VerProto: "SyncML/" + v, SessionID: s.id,
		MsgID: strconv.Itoa(s.msg), Target: wire.Location{URI: s.url}, Source: wire.Location{URI: s.Device, Name: s.User},
		Meta: wire.Meta{MaxMsgSize: s.MaxMsg}}}
	if v != "1.0" {
		m.Header.Meta.MaxObjSize = 4_000_000
	}
	if s.alert == nil {
		m.Header.Cred = wire.MD5(s.User, s.Password, s.nonce)
		if s.Basic {
			m.Header.Cred = wire.Basic(s.User, s.Password)
		}
	}
	m.Commands = slices.Concat(s.queue, cmds)
	s.queue = nil
	s.number(m, m.Commands, new(int))
	return m
}

// number gives each command its CmdID, and remembers what is waiting for a status.
func (s *session) number(m *wire.Message, cmds []wire.Command, n *int) {
	for _, c := range cmds {
		*n++
		id := strconv.Itoa(*n)
		key := m.Header.MsgID + "/" + id
		switch c := c.(type) {
		case *wire.Alert:
			c.CmdID = id
		case *wire.Change:
			c.CmdID = id
			if luid := c.Items[0].Source.URI; !c.Items[0].MoreData {
				s.sent[key] = change{luid, s.told[luid]}
			}
		case *wire.Get:
			c.CmdID = id
		case *wire.Map:
			c.CmdID = id
			s.mapped[key] = c.Items
		case *wire.Put:
			c.CmdID = id
		case *wire.Results:
			c.CmdID = id
		case *wire.Status:
			c.CmdID = id
		case *wire.Sync:
			c.CmdID = id
			s.number(m, c.Commands, n)
		}
	}
}

func (s *session) contentType() string {
	if s.Binary {
		return "application/vnd.syncml+wbxml"
	}
	return "application/vnd.syncml+xml"
}

// send sends a message, again if the model does that, and takes the reply in.
func (s *session) send(final bool, cmds ...wire.Command) (*wire.Message, error) {
	suspends := s.suspends(&final, &cmds)
	m := s.message(final, cmds)
	body, err := s.encode(m)
	if err != nil {
		return nil, err
	}
	if s.MaxMsg > 0 && len(body) > s.MaxMsg {
		s.Breach(fmt.Sprintf("the phone itself makes a message of %d bytes", len(body)))
	}
	s.result.Messages++
	s.trace(">", m)
	var rep Reply
	for range 1 + s.Resends {
		if rep, err = s.Line.Post(s.contentType(), s.url, body); err == nil && rep.Status < 500 {
			break
		}
	}
	if err == nil && rep.Status != 200 {
		err = fmt.Errorf("HTTP status %d", rep.Status)
	}
	if err != nil {
		s.keep(m)
		return nil, s.broke("message %d: %w", s.msg, err)
	}
	in, root, err := s.decode(rep)
	if err != nil {
		s.Breach("reply cannot be read: " + err.Error())
		return nil, s.broke("message %d: %w", s.msg, err)
	}
	s.trace("<", in)
	s.result.Largest = max(s.result.Largest, len(rep.Body))
	if s.MaxMsg > 0 && len(rep.Body) > s.MaxMsg {
		s.Breach(fmt.Sprintf("reply has %d bytes, the phone takes %d", len(rep.Body), s.MaxMsg))
	}
	s.strict.check(m, in, root, rep.Type)
	s.take(in)
	if suspends {
		return nil, s.broke("suspended")
	}
	return in, nil
}

// keep takes back the names of a message that was not answered.
func (s *session) keep(m *wire.Message) {
	for _, c := range m.Commands {
		if c, ok := c.(*wire.Map); ok {
			s.maps = append(slices.Clone(c.Items), s.maps...)
		}
	}
}

func (s *session) encode(m *wire.Message) ([]byte, error) {
	if s.Binary {
		return wbxml.Encode(m.Build(), wbxml.Options{DTD: m.Header.VerDTD})
	}
	return m.Build().Append(nil, xmltree.Options{Declaration: true}), nil
}

func (s *session) decode(rep Reply) (*wire.Message, *xmltree.Element, error) {
	var root *xmltree.Element
	var err error
	if s.Binary {
		var doc *wbxml.Document
		if doc, err = wbxml.Decode(rep.Body, xmltree.Limits{}); err == nil {
			root = doc.Root
		}
	} else {
		root, err = xmltree.Parse(rep.Body, xmltree.Limits{})
	}
	if err != nil {
		return nil, nil, err
	}
	m, err := wire.Parse(root)
	return m, root, err
}

// trace tells what a message holds.
func (s *session) trace(way string, m *wire.Message) {
	if s.Trace == nil {
		return
	}
	s.Trace(way + " " + Describe(m))
}

// Describe is a message in one line.
func Describe(m *wire.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s", m.Header.SessionID, m.Header.MsgID)
	describe(&b, m.Commands)
	if m.Final {
		b.WriteString(" Final")
	}
	return b.String()
}

func describe(b *strings.Builder, cmds []wire.Command) {
	for _, c := range cmds {
		switch c := c.(type) {
		case *wire.Status:
			if c.Cmd != "SyncHdr" && c.Cmd != "Sync" || c.Code >= 300 {
				fmt.Fprintf(b, " %s:%d", c.Cmd, c.Code)
			}
		case *wire.Alert:
			fmt.Fprintf(b, " Alert(%d %+v)", c.Code, c.Items[0].Meta.Anchor)
		case *wire.Sync:
			b.WriteString(" Sync{")
			describe(b, c.Commands)
			b.WriteString(" }")
		case *wire.Change:
			fmt.Fprintf(b, " %s(%s%s %.600q)", c.Verb, c.Items[0].Source.URI, c.Items[0].Target.URI, c.Items[0].Data.Text)
		case *wire.Map:
			fmt.Fprintf(b, " Map%v", c.Items)
		}
	}
}
