package syncml

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A pack is a reply in the making: it takes commands as long as they fit.
type pack struct {
	codec codec
	msg   wire.Message
	limit int
	used  int
	// base is the size of the message with nothing but the status of the header.
	base  int
	cmds  int
	inner *wire.Sync // the Sync element that is open
}

// newPack starts a reply of at most limit bytes.
func newPack(c codec, h wire.Header, status wire.Status, limit int) (*pack, error) {
	p := &pack{codec: c, msg: wire.Message{Header: h}, limit: limit - min(slack, limit/10)}
	empty, err := c.encode(&p.msg)
	if err != nil {
		return nil, err
	}
	p.used = len(empty) + finalSize
	if _, err := p.add(func(id string) wire.Command { status.CmdID = id; return &status }); err != nil {
		return nil, err
	}
	p.base = p.used
	return p, nil
}

const (
	// slack is left free in every message, for phones that count in their own way.
	slack = 200
	// finalSize is what Final and closing tags take.
	finalSize = 16
)

// add appends a command if it fits, or if the message holds nothing else yet: a phone whose limit is
// smaller than a single command cannot be served otherwise.
func (p *pack) add(make func(id string) wire.Command) (bool, error) {
	c := make(strconv.Itoa(p.cmds + 1))
	n, err := p.codec.size(c, p.msg.Header.VerDTD)
	if err != nil {
		return false, err
	}
	if p.used+n > p.limit && p.cmds > 1 {
		return false, nil
	}
	p.cmds++
	p.used += n
	p.msg.Commands = append(p.msg.Commands, c)
	p.inner = nil
	return true, nil
}

// A fit tells whether a change found its place.
type fit int

const (
	fits  fit = iota
	later     // it fits into a message of its own
	never     // it does not
)

// addTo appends a change to the Sync that open makes, which is opened if it is not open yet.
func (p *pack) addTo(open func(id string) *wire.Sync, make func(id string) *wire.Change) (fit, error) {
	id, wrapper := p.cmds+1, 0
	sync := p.inner
	if sync == nil {
		sync = open(strconv.Itoa(id))
		n, err := p.codec.size(sync, p.msg.Header.VerDTD)
		if err != nil {
			return later, err
		}
		id, wrapper = id+1, n
	}
	c := make(strconv.Itoa(id))
	n, err := p.codec.size(c, p.msg.Header.VerDTD)
	switch {
	case err != nil:
		return later, err
	case p.used+wrapper+n <= p.limit:
	case p.base+wrapperSize+n > p.limit:
		return never, nil
	default:
		return later, nil
	}
	if p.inner == nil {
		p.msg.Commands = append(p.msg.Commands, sync)
		p.inner = sync
	}
	sync.Commands = append(sync.Commands, c)
	p.cmds, p.used = id, p.used+wrapper+n
	return fits, nil
}

// wrapperSize is more than a Sync element takes beside its changes.
const wrapperSize = 400

// room is how many bytes a change may have in a message of its own.
func (p *pack) room() int { return p.limit - p.base - wrapperSize }

// bare reports whether nothing but the status of the header was added.
func (p *pack) bare() bool { return p.cmds == 1 }

func (p *pack) encode() ([]byte, error) { return p.codec.encode(&p.msg) }
