package atom

import (
	"fmt"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// What a schedule may be. Off is one that is never due again.
const (
	scheduleWaiting  = "waiting"
	scheduleRunning  = "running"
	scheduleBackOff  = "backing off"
	schedulePaused   = "paused"
	scheduleOff      = "off"
	scheduleTimeForm = "2 January 2006 at 15:04 MST"
)

// scheduleWord says in one word what a schedule is doing.
func scheduleWord(s bindings.StartState) string {
	switch {
	case s.Running:
		return scheduleRunning
	case s.Paused:
		return schedulePaused
	case s.Failures > 0:
		return scheduleBackOff
	case s.Next.IsZero() && !s.Last.IsZero():
		return scheduleOff
	}
	return scheduleWaiting
}

// addState adds to the entry of a schedule where it stands.
func addState(entry *xmltree.Element, s bindings.StartState) *xmltree.Element {
	word := scheduleWord(s)
	entry.Add(ownElement("state", word))
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"next", s.Next}, {"last", s.Last}, {"last_end", s.Ended}} {
		if !t.at.IsZero() && (word != schedulePaused || t.name != "next") {
			entry.Add(ownElement(t.name, t.at.UTC().Format(time.RFC3339)))
		}
	}
	if s.Outcome != "" {
		entry.Add(ownElement("outcome", s.Outcome))
	}
	if s.Failures > 0 {
		entry.Add(ownElement("failures", strconv.Itoa(s.Failures)), ownElement("backoff_until", s.Next.UTC().Format(time.RFC3339)))
	}
	if s.Why != "" {
		entry.Add(ownElement("why", s.Why))
	}
	return entry
}

// stateSentence tells a person where a schedule stands.
func stateSentence(s bindings.StartState) string {
	next := s.Next.UTC().Format(scheduleTimeForm)
	switch scheduleWord(s) {
	case scheduleRunning:
		return "It runs now"
	case schedulePaused:
		return "It pauses: a Sync Client must be signed in anew. " + s.Why
	case scheduleBackOff:
		return fmt.Sprintf("%s failed; it is tried again on %s. %s", timesInARow(s.Failures), next, s.Why)
	case scheduleOff:
		return "It is never due again"
	}
	if s.Next.IsZero() {
		return "It is due when the server has worked out when"
	}
	return "Next: " + next
}

// timesInARow counts failures.
func timesInARow(n int) string {
	if n == 1 {
		return "The last run"
	}
	return fmt.Sprintf("The last %d runs", n)
}
