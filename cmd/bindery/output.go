package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// The values of --output.
const (
	outputText = "text"
	outputJSON = "json"
)

// line prints v as one line of JSON.
func (t terminal) line(v any) error {
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// say tells what was done: v to programs, a sentence to people.
func (t terminal) say(v any, format string, args ...any) error {
	if t.json {
		return t.line(v)
	}
	t.printf(format, args...)
	return nil
}

// aside tells people what is no part of the result; programs are not told.
func (t terminal) aside(format string, args ...any) {
	if !t.json {
		t.printf(format, args...)
	}
}

// complain tells what went wrong, on the standard error.
func (t terminal) complain(err error, code int) {
	if t.json {
		e := json.NewEncoder(t.err)
		e.SetEscapeHTML(false)
		_ = e.Encode(jsonError{Error: err.Error(), Exit: code}) // there is nobody left to be told
		return
	}
	_, _ = fmt.Fprintf(t.err, "bindery: %v\n", err)
}

// A listing prints records: a table to people, a line of JSON each to programs.
type listing struct {
	term *terminal
	t    table
	err  error
}

func newListing(term *terminal, head ...string) *listing {
	l := &listing{term: term}
	if !term.json {
		l.t = newTable(term, head...)
	}
	return l
}

// row adds a record with the cells that people see of it.
func (l *listing) row(v any, cells ...string) {
	switch {
	case l.term.json && l.err == nil:
		l.err = l.term.line(v)
	case !l.term.json:
		l.t.row(cells...)
	}
}

// flush prints what was collected, unless err says that it is not worth it.
func (l *listing) flush(err error) error {
	if err != nil || l.term.json {
		return cmpErr(err, l.err)
	}
	return l.t.flush(nil)
}

// cmpErr gives the first error.
func cmpErr(list ...error) error {
	i := slices.IndexFunc(list, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return list[i]
}

// wantsJSON reads from a command line that may make no sense whether complaints are for a program.
func wantsJSON(args []string) bool {
	i := slices.Index(args, "--output")
	return i >= 0 && i+1 < len(args) && args[i+1] == outputJSON || slices.Contains(args, "--output="+outputJSON)
}

// utc gives a time as records have it: in UTC, to the second.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}
