package sources

import "time"

// A Meter is told what kinds meet while they speak with their clients, so that an operator sees it: a request that
// failed, and a client that wants to be left alone. It is safe for concurrent use, returns at once, and nothing depends
// on what it does with it. The kind is the name of a registered kind, never a user's word.
type Meter interface {
	// Asked is called after each request to a client of that kind, once for each attempt, with the error that it
	// ended by; nil for one that went well. Only the error's class counts (ErrAuth, ErrBusy, …).
	Asked(kind string, err error)
	// Limited is called when a client said that it is asked too often, with how long it wants to be left alone, 0 if
	// it did not say.
	Limited(kind string, wait time.Duration)
}

// Unmetered is the Meter of who counts nothing.
type Unmetered struct{}

// Asked implements Meter.
func (Unmetered) Asked(string, error) {}

// Limited implements Meter.
func (Unmetered) Limited(string, time.Duration) {}
