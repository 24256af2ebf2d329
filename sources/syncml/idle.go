package syncml

import (
	"slices"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// maxIdle is how many messages in a row may bring nothing while there is nothing to be sent. The next ones
// are refused and not stored, so that a phone that asks for more without end fills nothing; as its session
// is not touched by them, Expire ends it.
const maxIdle = 50

// readIdle goes through the message, and counts it if it brings nothing.
func (t *turn) readIdle() {
	st := t.state
	sending, sent := st.Sending, len(st.Sent)
	t.read()
	if sending == 0 && len(st.Sent) >= sent && !slices.ContainsFunc(t.in.msg.Commands, brings) {
		st.Idle++
		return
	}
	st.Idle = 0
}

// brings reports whether a command is more than an answer or a request for the next message.
func brings(c wire.Command) bool {
	switch c := c.(type) {
	case *wire.Status:
		return false
	case *wire.Alert:
		return c.Code != wire.AlertNextMessage
	}
	return true
}
