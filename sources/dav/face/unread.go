package face

import (
	"io"
)

// mostUnread is how much of a body that is refused for its size is read all the same, in bytes.
const mostUnread = 64 << 20

// readOut reads what is left of a body that is refused for its size, and forgets it. Many programs read no answer while they
// send; for them a line that is closed meanwhile is a server that is down, and one great photo stops all of their sync, each
// time. A body that says to be greater than mostUnread is not waited for, nor one whose sender waits for leave to send it.
func (c *call) readOut() {
	if c.r.ContentLength > mostUnread || c.r.ContentLength > 0 && c.r.Header.Get("Expect") != "" {
		return
	}
	_, _ = io.CopyN(io.Discard, c.r.Body, mostUnread) // what cannot be read ends the line, as it would have
}
