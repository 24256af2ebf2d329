package syncml_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A phone is a scripted SyncML client, strict where phones are strict.
type phone struct {
	b        *bench
	device   string
	user     string
	password string
	version  string
	binary   bool
	basic    bool
	noCred   bool
	from     string // IP address
	// encoded, if set, writes a message in another way.
	encoded func([]byte) []byte
	maxMsg  int
	// tolerant takes messages above maxMsg.
	tolerant bool
	// perMessage is how many of its changes go into one message.
	perMessage int
	// noPut leaves device information out of the opening, Ask of the server is then answered.
	noPut  bool
	devinf wire.DevInf
	// ctcap is what it declares of properties, as XML: of its first database in DevInf 1.2, else of all.
	ctcap string
	// mem is what its Sync says about its memory.
	mem *wire.Mem
	// statusOf gives the phone's status for a command of the server; 0 is the usual one.
	statusOf func(c *wire.Change) int
	// noMaps keeps the maps back until the next session.
	noMaps bool
	// beforeEach is called before every message; resend has every message sent twice.
	beforeEach func(msg int)
	resend     bool
	// retry has a message sent again that the server failed to answer; retried counts them.
	retry   bool
	retried int

	nonce     []byte
	session   int
	msg       int
	url       string
	code      int // of the last HTTP reply
	last      string
	serverOld string // the server's Next that the phone remembers
	items     map[string]string
	changes   []*wire.Change
	maps      []wire.MapItem
	luids     int

	part     string // of a large object
	partOf   string
	partSize int

	// What the running session knows.
	next    string
	queue   []*wire.Status
	results []*wire.Results
	seen    seen
	checker *s60
}

// seen is what a session saw of the server.
type seen struct {
	Statuses []*wire.Status
	Alerts   []*wire.Alert
	Results  []*wire.Results
	Counts   []int
	Messages int
	Largest  int
	RespURI  string
}

func newPhone(b *bench, device string) *phone {
	return &phone{b: b, device: device, user: "anna", password: "secret", version: "1.2", perMessage: 1000,
		url: "http://sync.example.org/syncml", items: map[string]string{}, devinf: wire.DevInf{
			VerDTD: "1.2", Man: "Example", Mod: "One", DevID: device, DevTyp: "phone", NumberOfChanges: true,
			Stores: []wire.DataStore{{SourceRef: "./addressbook",
				RxPref: wire.ContentType{Type: "text/vcard", Version: "3.0"},
				TxPref: wire.ContentType{Type: "text/vcard", Version: "3.0"}, SyncCap: []int{1, 2}}},
		}}
}

// add lets the user enter cards that go to the server in the next session.
func (p *phone) add(n ...int) {
	for _, i := range n {
		luid := "p" + strconv.Itoa(i)
		p.change(wire.Add, luid, string(card(i, 0).Data))
	}
}

func (p *phone) change(verb, luid, data string) {
	c := &wire.Change{Verb: verb, Items: []wire.Item{{Source: wire.Location{URI: luid}}}}
	if verb != wire.Delete {
		c.Meta = wire.Meta{Type: "text/vcard"}
		c.Items[0].Data = wire.Data{Text: data, Opaque: true}
		p.items[luid] = data
	} else {
		delete(p.items, luid)
	}
	p.changes = append(p.changes, c)
}

// begin starts a session: what was left of another one is forgotten.
func (p *phone) begin() {
	p.session++
	p.msg, p.url, p.queue, p.results, p.seen = 0, "http://sync.example.org/syncml", nil, nil, seen{}
	p.next = fmt.Sprintf("anchor-%s-%d", p.device, p.session)
	p.checker = &s60{t: p.b.t, device: p.device, version: p.version}
}

// message makes the next message with the statuses that are due.
func (p *phone) message(final bool, cmds ...wire.Command) *wire.Message {
	p.msg++
	m := &wire.Message{Final: final, Header: wire.Header{VerDTD: p.version, VerProto: "SyncML/" + p.version,
		SessionID: strconv.Itoa(p.session), MsgID: strconv.Itoa(p.msg), Target: wire.Location{URI: p.url},
		Source: wire.Location{URI: p.device, Name: p.user}, Meta: wire.Meta{MaxMsgSize: p.maxMsg}}}
	for _, s := range p.queue {
		m.Commands = append(m.Commands, s)
	}
	for _, r := range p.results {
		m.Commands = append(m.Commands, r)
	}
	p.queue, p.results = nil, nil
	m.Commands = append(m.Commands, cmds...)
	number(m.Commands, new(int))
	return m
}

// number gives every command its CmdID.
func number(cmds []wire.Command, n *int) {
	for _, c := range cmds {
		*n++
		id := strconv.Itoa(*n)
		switch c := c.(type) {
		case *wire.Alert:
			c.CmdID = id
		case *wire.Change:
			c.CmdID = id
		case *wire.Get:
			c.CmdID = id
		case *wire.Group:
			c.CmdID = id
			number(c.Commands, n)
		case *wire.Map:
			c.CmdID = id
		case *wire.Other:
			c.CmdID = id
		case *wire.Put:
			c.CmdID = id
		case *wire.Results:
			c.CmdID = id
		case *wire.Status:
			c.CmdID = id
		case *wire.Sync:
			c.CmdID = id
			number(c.Commands, n)
		}
	}
}

func (p *phone) contentType() string {
	if p.binary {
		return "application/vnd.syncml+wbxml"
	}
	return "application/vnd.syncml+xml"
}

func (p *phone) encode(m *wire.Message) []byte {
	p.b.t.Helper()
	if !p.binary {
		return m.Build().Append(nil, xmltree.Options{Declaration: true})
	}
	body, err := wbxml.Encode(m.Build(), wbxml.Options{DTD: m.Header.VerDTD})
	if err != nil {
		p.b.t.Fatal(err)
	}
	return body
}

func (p *phone) decode(body []byte) *wire.Message {
	p.b.t.Helper()
	var root *xmltree.Element
	var err error
	if p.binary {
		var doc *wbxml.Document
		if doc, err = wbxml.Decode(body, xmltree.Limits{}); err == nil {
			root = doc.Root
		}
	} else {
		root, err = xmltree.Parse(body, xmltree.Limits{})
	}
	if err != nil {
		p.b.t.Fatalf("reply cannot be read: %v\n%s", err, body)
	}
	m, err := wire.Parse(root)
	if err != nil {
		p.b.t.Fatalf("reply is no message: %v\n%s", err, body)
	}
	return m
}

// post sends raw bytes and gives the reply's.
func (p *phone) post(body []byte) []byte {
	r := httptest.NewRequest(http.MethodPost, p.url, bytes.NewReader(body))
	r.Header.Set("Content-Type", p.contentType())
	if p.from != "" {
		r.RemoteAddr = p.from + ":1"
	}
	w := httptest.NewRecorder()
	p.b.server.ServeHTTP(w, r)
	p.code = w.Code
	if w.Code == http.StatusOK && w.Header().Get("Content-Type") != p.contentType() {
		p.b.t.Errorf("reply has content type %q", w.Header().Get("Content-Type"))
	}
	return w.Body.Bytes()
}

// send sends a message, checks the reply and takes it in. Nil if the server gave no message.
func (p *phone) send(m *wire.Message) *wire.Message {
	p.b.t.Helper()
	if p.beforeEach != nil {
		p.beforeEach(p.msg)
	}
	body := p.encode(m)
	if p.encoded != nil {
		body = p.encoded(body)
	}
	out := p.post(body)
	if p.resend && p.code == http.StatusOK {
		p.b.restart()
		if again := p.post(body); !bytes.Equal(out, again) {
			p.b.t.Errorf("message %d sent again got another reply:\n%s\n%s", p.msg, out, again)
		}
	}
	if p.code == http.StatusInternalServerError && p.retry {
		p.b.restart()
		p.retried++
		out = p.post(body)
	}
	if p.code != http.StatusOK {
		return nil
	}
	rep := p.decode(out)
	p.seen.Messages++
	p.seen.Largest = max(p.seen.Largest, len(out))
	if p.maxMsg > 0 && len(out) > p.maxMsg && !p.tolerant {
		p.b.t.Errorf("reply has %d bytes, phone takes %d", len(out), p.maxMsg)
	}
	p.checker.check(m, rep)
	p.take(rep)
	return rep
}

func (p *phone) devinfItem() wire.Item {
	return wire.Item{Source: wire.Location{URI: "./devinf" + p.version[:1] + p.version[2:]},
		Data: wire.Data{Elem: p.description()}}
}

func (p *phone) description() *xmltree.Element {
	e := p.devinf.Build()
	if p.ctcap == "" {
		return e
	}
	root, err := xmltree.Parse([]byte(p.ctcap), xmltree.Limits{})
	if err != nil {
		p.b.t.Fatal(err)
	}
	if p.version == "1.2" {
		e.Child("DataStore").Add(root)
		return e
	}
	return e.Add(root)
}

func (p *phone) alertItem() wire.Item {
	return wire.Item{Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./addressbook"},
		Meta: wire.Meta{Anchor: &wire.Anchor{Last: p.last, Next: p.next}}}
}

// opening is the first message of a session.
func (p *phone) opening(code int) *wire.Message {
	info := wire.Meta{Type: "application/vnd.syncml-devinf+xml"}
	var cmds []wire.Command
	if !p.noPut {
		cmds = append(cmds, &wire.Put{Meta: info, Items: []wire.Item{p.devinfItem()}})
	}
	path := "./devinf" + p.version[:1] + p.version[2:]
	cmds = append(cmds, &wire.Get{Meta: info, Items: []wire.Item{{Target: wire.Location{URI: path}}}},
		&wire.Alert{Code: code, Items: []wire.Item{p.alertItem()}})
	m := p.message(true, cmds...)
	p.credentials(m)
	return m
}

func (p *phone) credentials(m *wire.Message) {
	switch {
	case p.noCred:
	case p.basic:
		m.Header.Cred = wire.Basic(p.user, p.password)
	default:
		m.Header.Cred = wire.MD5(p.user, p.password, p.nonce)
	}
}

// hello goes through packages 1 and 2 and gives the mode that the server chose, 0 if it refused.
func (p *phone) hello(code int) int {
	p.b.t.Helper()
	rep := p.send(p.opening(code))
	for n := 0; rep != nil && !rep.Final; n++ {
		if n > 500 {
			p.b.t.Fatal("the server's opening never ends")
		}
		rep = p.send(p.message(false, &wire.Alert{Code: wire.AlertNextMessage}))
	}
	if rep == nil || len(p.seen.Alerts) == 0 {
		return 0
	}
	a := p.seen.Alerts[len(p.seen.Alerts)-1]
	for _, s := range p.queue {
		if s.Cmd == "Alert" && s.Code == 508 {
			a = &wire.Alert{Code: wire.AlertSlow, Items: a.Items}
		}
	}
	return a.Code
}

// changesFor is what the phone sends in a mode: its changes, or everything.
func (p *phone) changesFor(mode int) []wire.Command {
	var all []wire.Command
	if mode == wire.AlertTwoWay {
		for _, c := range p.changes {
			all = append(all, c)
		}
		return all
	}
	luids := make([]string, 0, len(p.items))
	for luid := range p.items {
		luids = append(luids, luid)
	}
	slices.Sort(luids)
	for _, luid := range luids {
		all = append(all, &wire.Change{Verb: wire.Replace, Meta: wire.Meta{Type: "text/vcard"}, Items: []wire.Item{{
			Source: wire.Location{URI: luid}, Data: wire.Data{Text: p.items[luid], Opaque: true}}}})
	}
	return all
}

func (p *phone) syncCommand(cmds ...wire.Command) *wire.Sync {
	return &wire.Sync{Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./addressbook"}, Commands: cmds,
		Meta: wire.Meta{Mem: p.mem}}
}

// push goes through package 3 and gives the first reply of package 4.
func (p *phone) push(mode int) *wire.Message {
	p.b.t.Helper()
	all := p.changesFor(mode)
	for len(all) > p.perMessage {
		part := all[:p.perMessage]
		all = all[p.perMessage:]
		if rep := p.send(p.message(false, p.withMaps(p.syncCommand(part...))...)); rep == nil || rep.Final {
			p.b.t.Fatalf("bad answer to a message without Final: %+v", rep)
		}
	}
	return p.send(p.message(true, p.withMaps(p.syncCommand(all...))...))
}

// withMaps puts the maps kept from the last session in front.
func (p *phone) withMaps(cmds ...wire.Command) []wire.Command {
	if len(p.maps) == 0 || p.noMaps {
		return cmds
	}
	m := &wire.Map{Target: wire.Location{URI: "addressbook"}, Source: wire.Location{URI: "./addressbook"}, Items: p.maps}
	p.maps = nil
	return append([]wire.Command{m}, cmds...)
}

// pull goes through packages 4 to 6, from the first reply of package 4 on; false if it was cut off.
func (p *phone) pull(rep *wire.Message) bool {
	p.b.t.Helper()
	for n := 0; rep != nil && !rep.Final; n++ {
		if n > 500 {
			p.b.t.Fatal("the server's package never ends")
		}
		rep = p.send(p.message(false, p.withMaps()...))
	}
	if rep == nil {
		return false
	}
	rep = p.send(p.message(true, p.withMaps()...))
	return rep != nil && rep.Final
}

// sync does a whole session and gives the mode.
func (p *phone) sync(code int) int {
	p.b.t.Helper()
	p.begin()
	mode := p.hello(code)
	if mode == 0 {
		p.b.t.Fatalf("session refused: HTTP %d, statuses %v", p.code, p.codes())
	}
	if !p.pull(p.push(mode)) {
		p.b.t.Fatalf("session broke off: HTTP %d", p.code)
	}
	p.commit()
	return mode
}

// codes lists the statuses that the session saw, as command and code.
func (p *phone) codes() []string {
	var all []string
	for _, s := range p.seen.Statuses {
		all = append(all, fmt.Sprintf("%s %d", s.Cmd, s.Code))
	}
	return all
}
