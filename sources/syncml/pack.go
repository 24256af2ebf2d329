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
	// placed counts the changes.
	placed int
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

// forced is how many commands go into a message whether they fit or not: the status of its header, that
// of the phone's request for more, and one that brings us on. A phone whose limit is smaller cannot be
// served otherwise.
const forced = 3

// add appends a command if it fits.
func (p *pack) add(make func(id string) wire.Command) (bool, error) {
	c := make(strconv.Itoa(p.cmds + 1))
	n, err := p.codec.size(c, p.msg.Header.VerDTD)
	if err != nil {
		return false, err
	}
	if p.used+n > p.limit && p.cmds >= forced {
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
	p.placed++
	return fits, nil
}

// wrapperSize is more than a Sync element takes beside its changes.
const wrapperSize = 400

// bare reports whether nothing but the status of the header was added.
func (p *pack) bare() bool { return p.cmds == 1 }
