// Package transfer carries whole stores into and out of files: every item of a dataclass into one file of cards or one
// calendar, and files of any number of items into a Sync Client, without doubling what is there. It reads files as
// package stream does, an item at a time, and remembers of each no more than a digest.
package transfer

import (
	"context"
	"fmt"
	"io"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Classes are the dataclasses that files can hold, in the order in which they are written.
var Classes = []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes}

// Origin is where the writes of an import come from: every binding takes them for a user's.
const Origin = "import"

// A File is a file of items that can be read more than once.
type File struct {
	// Name is what notes call it.
	Name string
	// Type is its media type, "" if the content tells. Plain lets a file that begins with no item be one note.
	Type  string
	Plain bool
	// Open opens it from its beginning.
	Open func() (io.ReadCloser, error)
}

// Counts are the figures of one dataclass. Each item that was read is in one of the others.
type Counts struct {
	Read, Added int
	// Merged items were there and got what only the file knew.
	Merged int
	// There are items that were there already as they are, or came earlier in the files.
	There int
	// Doubtful ones may be there or not, and were left out; Failed ones were refused.
	Doubtful, Failed int
}

// A Report says what an import did.
type Report struct {
	Classes map[dataclass.Class]*Counts
	// Unreadable is how many items could not be read.
	Unreadable int
}

// Partly reports whether something of the files is not in the store.
func (r Report) Partly() bool {
	for _, n := range r.Classes {
		if n.Doubtful > 0 || n.Failed > 0 {
			return true
		}
	}
	return r.Unreadable > 0
}

// A Note says something about an item of a file.
type Note struct {
	File string
	// Line is where the item begins, or what is wrong with it.
	Line int
	Text string
}

// Options say how an import is done.
type Options struct {
	// Dry compares everything and writes nothing.
	Dry bool
	// NewKey makes a key that was never used before. Required.
	NewKey func() sources.Key
	// Together, if set, runs fn in one transaction of the database that the client's items are in; fn may run more than
	// once. What others write meanwhile is then seen before every batch. Without it only what was there when the
	// dataclass was begun is not doubled.
	Together func(ctx context.Context, fn func(context.Context) error) error
	// Tell, if set, hears what there is to say about single items; Begin, which dataclass comes next.
	Tell  func(Note)
	Begin func(dataclass.Class)
}

// Import writes the items of files into a client that answers at any time. Each is compared with those that are there
// and with those before it, as in a slow sync: equal ones are there already, what the evidence is sure of is merged with
// what is there, which stands where they differ, doubtful ones are left out, and all others are added. So the same files
// again change nothing. With Options.Together that is also true while others write into the client.
//
// Each file is opened twice for each dataclass in it, and must not change meanwhile. With an error the Report says what
// was done until then; the same import again goes on from there.
func Import(ctx context.Context, src sources.Source, caps sources.Caps, files []File, o Options) (Report, error) {
	im := &importer{Options: o, files: files, source: src, caps: caps, report: Report{Classes: make(map[dataclass.Class]*Counts)}}
	err := im.run(ctx)
	return im.report, err
}

// count gives the figures of a dataclass.
func (im *importer) count(class dataclass.Class) *Counts {
	if im.report.Classes[class] == nil {
		im.report.Classes[class] = &Counts{}
	}
	return im.report.Classes[class]
}

// tell says something about an item.
func (im *importer) tell(file, line int, format string, args ...any) {
	if im.Tell != nil {
		im.Tell(Note{im.files[file].Name, line, fmt.Sprintf(format, args...)})
	}
}
