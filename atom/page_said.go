package atom

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// alertWords say what the codes of alerts mean (SyncML Representation Protocol, section 10 of 1.1).
var alertWords = map[string]string{
	"200": "two-way sync", "201": "slow sync", "202": "one-way sync from the phone", "203": "refresh from the phone",
	"204": "one-way sync from the server", "205": "refresh from the server", "222": "asks for the next message",
	"223": "a large item broke off", "224": "suspends the session", "225": "resumes the session",
}

// commandWords are what commands with items do, by their names.
var commandWords = map[string]string{"Add": "added", "Replace": "changed", "Delete": "deleted", "Copy": "copied", "Move": "moved"}

// maxWords is how many lines are said of the commands of one message.
const maxWords = 40

// saidWords say in a few lines what is in a message of the log. Of one that was cut, or is none, they say nothing.
func saidWords(xml string) []string {
	doc, err := xmltree.Parse([]byte(xml), xmltree.Limits{Bytes: 4 << 20, Depth: 64, Nodes: 250_000, Attrs: 8})
	if err != nil || doc.Local != "SyncML" {
		return nil
	}
	var out, commands []string
	if doc.Child("SyncHdr").Child("Cred") != nil {
		out = append(out, "logs in")
	}
	if doc.Child("SyncHdr").Child("Chal") != nil {
		out = append(out, "asks for a log-in")
	}
	statuses := map[string]int{}
	for c := range doc.Child("SyncBody").Elements() {
		if c.Local == "Status" {
			statuses[strings.TrimSpace(c.Child("Data").Text())]++
			continue
		}
		if words := commandLine(c); words != "" && len(commands) < maxWords {
			commands = append(commands, words)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(statuses)) {
		out = append(out, fmt.Sprintf("answers %s with status %s", times(statuses[code], "command"), code))
	}
	return append(out, commands...)
}

// commandLine says what one command does; "" for what says nothing to people.
func commandLine(c *xmltree.Element) string {
	switch c.Local {
	case "Alert":
		code := strings.TrimSpace(c.Child("Data").Text())
		return alertLine(firstOf(alertWords[code], "alert "+code), c)
	case "Sync":
		return syncLine(c)
	case "Put", "Results":
		return "tells what the device can do"
	case "Get":
		return "asks what the device can do"
	case "Map":
		return "says what it calls " + times(len(c.Children("MapItem")), "item")
	case "Final":
		return "has said all for now"
	}
	return ""
}

func alertLine(words string, c *xmltree.Element) string {
	if db := c.Child("Item").Child("Target").Child("LocURI").Text(); db != "" {
		return words + " of " + strings.TrimSpace(db)
	}
	return words
}

// syncLine counts what is in a Sync, also within Atomic and Sequence.
func syncLine(c *xmltree.Element) string {
	counts := map[string]int{}
	var count func(e *xmltree.Element)
	count = func(e *xmltree.Element) {
		for inner := range e.Elements() {
			switch {
			case commandWords[inner.Local] != "":
				counts[inner.Local] += len(inner.Children("Item"))
			case inner.Local == "Atomic" || inner.Local == "Sequence":
				count(inner)
			}
		}
	}
	count(c)
	var parts []string
	for _, name := range []string{"Add", "Replace", "Delete", "Copy", "Move"} {
		if counts[name] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[name], commandWords[name]))
		}
	}
	if parts == nil {
		parts = []string{"no change"}
	}
	return "sends changes of " + firstOf(strings.TrimSpace(c.Child("Target").Child("LocURI").Text()), "a database") + ": " + strings.Join(parts, ", ")
}

// times says how many there are.
func times(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
