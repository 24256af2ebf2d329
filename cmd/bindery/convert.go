package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/stream"
)

// convertCmd is "bindery convert".
type convertCmd struct {
	To      string `required:"" help:"Format to write, such as text/vcard;version=4.0." placeholder:"TYPE"`
	From    string `help:"Format to read, where the content leaves it open." placeholder:"TYPE"`
	Verbose bool   `short:"v" help:"Say on the standard error how many items lost something, and what."`
	File    string `arg:"" optional:"" help:"File to read; without it, or if it is -, the standard input."`
}

// A group is the formats that convert into each other.
type group struct {
	classes []dataclass.Class
	name    string
	formats []dataclass.Format
}

// groups are the families of formats. ICalendar20 is in two of them.
var groups = []group{
	{[]dataclass.Class{dataclass.Contacts}, "contacts",
		[]dataclass.Format{dataclass.VCard21, dataclass.VCard30, dataclass.VCard40}},
	{[]dataclass.Class{dataclass.Events, dataclass.Tasks}, "events and tasks",
		[]dataclass.Format{dataclass.VCalendar10, dataclass.ICalendar20}},
	{[]dataclass.Class{dataclass.Notes}, "notes",
		[]dataclass.Format{dataclass.PlainText, dataclass.VNote11, dataclass.ICalendar20}},
}

// allFormats is a sentence for people.
func allFormats() string {
	var parts []string
	for _, g := range groups {
		parts = append(parts, g.name+": "+g.list())
	}
	return strings.Join(parts, "; ")
}

func (g group) list() string {
	var names []string
	for _, f := range g.formats {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

// groupOf gives the formats that items of a class can have.
func groupOf(c dataclass.Class) group {
	for _, g := range groups {
		if slices.Contains(g.classes, c) {
			return g
		}
	}
	return group{}
}

// formatNamed finds the format that a media type names; text/vcard without a version is 3.0.
func formatNamed(flag, mediaType string) (dataclass.Format, error) {
	f := dataclass.ParseFormat(mediaType)
	if f.Type == "text/directory" {
		f.Type = "text/vcard"
	}
	if f.Type == "text/vcard" && f.Version == "" {
		f = dataclass.VCard30
	}
	for _, g := range groups {
		for _, known := range g.formats {
			if f.Type == known.Type && (f.Version == known.Version || f.Version == "") {
				return known, nil
			}
			if f.Type == "text/x-vcard" && known.Type == "text/vcard" && f.Version == known.Version {
				return known, nil
			}
		}
	}
	return f, usagef("convert: %s: unknown format %q; there are for %s", flag, mediaType, allFormats())
}

// sharesFamily reports whether items can go from one format to the other.
func sharesFamily(from, to dataclass.Format) bool {
	return slices.ContainsFunc(groups, func(g group) bool {
		return slices.Contains(g.formats, from) && slices.Contains(g.formats, to)
	})
}

// errPartly ends a command that did what it could. What it could not do was said.
var errPartly = errors.New("some items could not be done")

// Run converts items one by one, and goes on behind those that it cannot read.
func (c *convertCmd) Run(term *terminal) error {
	to, err := formatNamed("--to", c.To)
	if err != nil {
		return err
	}
	opts := stream.Options{Plain: strings.EqualFold(filepath.Ext(c.File), ".txt")}
	if c.From != "" {
		from, err := formatNamed("--from", c.From)
		if err != nil {
			return err
		}
		if !sharesFamily(from, to) {
			return usagef("convert: %s cannot become %s; formats that convert into each other are for %s", from, to, allFormats())
		}
		opts.Type = c.From // with its charset
	}
	in, name, err := c.open(term)
	if err != nil {
		return fmt.Errorf("convert: %w", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	return ended(c.convert(stream.NewReader(in, opts), to, name, term))
}

// open opens the file to read, and gives its name for messages.
func (c *convertCmd) open(term *terminal) (io.ReadCloser, string, error) {
	if c.File == "" || c.File == "-" {
		return term.in, "-", nil
	}
	f, err := os.Open(c.File)
	return f, c.File, err
}

// ended makes nothing of a reader that went away: it wants no more. An output that never was open is an error.
func ended(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// convert carries the items from in to the standard output.
func (c *convertCmd) convert(in *stream.Reader, to dataclass.Format, name string, term *terminal) error {
	buffered := bufio.NewWriterSize(term.out, 64<<10)
	out := stream.NewWriter(buffered, to)
	var t tally
	for {
		it, err := in.Next()
		if err == nil {
			err = write(out, it, to)
		}
		var bad *stream.ItemError
		switch {
		case err == nil:
			t.written++
			if c.Verbose {
				t.compare(it.Item, to)
			}
		case errors.Is(err, io.EOF):
			return c.finish(errors.Join(out.Close(), buffered.Flush()), t, to, name, term)
		case errors.As(err, &bad):
			t.failed++
			_, _ = fmt.Fprintf(term.err, "%s:%d: %v\n", name, bad.Line, bad)
		default:
			return errors.Join(fmt.Errorf("convert %s: %w", name, err), buffered.Flush())
		}
	}
}

// write writes one item. That the format cannot hold it is an error of the item.
func write(out *stream.Writer, it stream.Item, to dataclass.Format) error {
	g := groupOf(it.Class())
	fits := slices.Contains(g.formats, to)
	if !fits && it.N == 1 && !isNested(it.Format(), to) {
		return usagef("%s cannot become %s; %s can become %s", it.Format(), to, g.name, g.list())
	}
	err := out.Write(it.Item)
	switch {
	case err != nil && !fits:
		err = fmt.Errorf("%s cannot become %s, but %s", g.name, to, g.list())
	case !errors.Is(err, dataclass.ErrUnsupported) && !errors.Is(err, stream.ErrOne):
		return err
	}
	return &stream.ItemError{N: it.N, Line: it.Line, What: string(it.Class()), Err: err}
}

// isNested reports whether a file of one format may well hold items that go into the other, besides one
// that does not: a journal entry among events.
func isNested(from, to dataclass.Format) bool {
	return from == dataclass.ICalendar20 && sharesFamily(from, to)
}

// finish ends a run whose output is complete, as far as it could be written.
func (c *convertCmd) finish(err error, t tally, to dataclass.Format, name string, term *terminal) error {
	if err != nil {
		return fmt.Errorf("convert %s: %w", name, err)
	}
	if c.Verbose {
		_, _ = fmt.Fprintf(term.err, "%s: %s\n", name, t.line(to))
	}
	if t.failed > 0 {
		return errPartly
	}
	return nil
}
