package memory

import (
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A Backup is all that a Client held at one moment.
type Backup struct {
	shelves map[dataclass.Class]map[sources.ID]row
}

// Backup copies what the client holds.
func (c *Client) Backup() Backup {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := Backup{map[dataclass.Class]map[sources.ID]row{}}
	for class, shelf := range c.shelves {
		b.shelves[class] = map[sources.ID]row{}
		for id, r := range shelf {
			if !r.dead {
				b.shelves[class][id] = *r
			}
		}
	}
	return b
}

// BringBack puts the client back to b, as the keeper of a server does. Every cursor given so far is too old. An item that
// changed since is as it was and is called Change.Earlier; what was deleted since is there again, and nothing
// tells why. No number that was given since is given again.
func (c *Client) BringBack(b Backup) {
	c.Forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	for class, shelf := range c.shelves {
		for id := range shelf {
			if _, ok := b.shelves[class][id]; !ok {
				delete(shelf, id)
			}
		}
		for id, was := range b.shelves[class] {
			now := shelf[id]
			if now != nil && now.rev == was.rev {
				continue
			}
			c.counter++
			was.rev, was.earlier = c.counter, now != nil
			shelf[id] = &was
		}
	}
	c.floor = c.counter
}
