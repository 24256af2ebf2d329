package entry

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// An Operation is what a batch does with an entry.
type Operation string

// The operations of a batch.
const (
	Insert Operation = "insert"
	Query  Operation = "query"
	Update Operation = "update"
	Delete Operation = "delete"
)

// maxBatch is how many entries of one batch are read.
const maxBatch = 1000

// A BatchEntry is one entry of a batch: what is to be done with it, or what became of it.
type BatchEntry struct {
	// ID is the name that the client gave the operation.
	ID string
	Op Operation
	// Entry is the entry itself, with batch:id, batch:operation and batch:status in it where they were read.
	Entry *xmltree.Element
	// Status is the code of HTTP, 0 in a request, and Reason the words with it.
	Status int
	Reason string
}

// Interrupted says that a batch broke off because it could not be read to its end: what was parsed and
// what of it went well or wrong. What was not processed was not done.
type Interrupted struct {
	Reason                               string
	Parsed, Success, Failed, Unprocessed int
}

// NewBatch gives the feed of a batch. The entries are copied, their own batch elements replaced.
func NewBatch(k Kind, list []BatchEntry) *xmltree.Element {
	feed := xmltree.New(Atom, "feed").Add(
		xmltree.New(Atom, "category").SetAttr("", "scheme", kindScheme).SetAttr("", "term", string(k)))
	feed.Nodes = slices.Grow(feed.Nodes, len(list))
	for _, b := range list {
		e := &xmltree.Element{Space: Atom, Local: "entry"}
		if b.Entry != nil {
			e.Attrs, e.Nodes = b.Entry.Attrs, make([]xmltree.Node, 0, len(b.Entry.Nodes)+3)
		}
		e.Add(xmltree.New(Batch, "id", xmltree.Text(legal(b.ID))))
		if b.Op != "" {
			e.Add(xmltree.New(Batch, "operation").SetAttr("", "type", string(b.Op)))
		}
		if b.Status != 0 {
			e.Add(xmltree.New(Batch, "status").SetAttr("", "code", strconv.Itoa(b.Status)).SetAttr("", "reason", b.Reason))
		}
		if b.Entry != nil {
			for _, n := range b.Entry.Nodes {
				if n.Elem == nil || n.Elem.Space != Batch {
					e.Nodes = append(e.Nodes, n)
				}
			}
		}
		feed.Add(e)
	}
	return feed
}

// ReadBatch takes the feed of a batch apart, a request or a reply, in its order, which need not be that of the request.
// Broken is set if the batch was interrupted; its entry is not among the others. Errors wrap
// dataclass.ErrMalformed or dataclass.ErrTooBig.
func ReadBatch(feed *xmltree.Element) (list []BatchEntry, broken *Interrupted, err error) {
	if feed == nil || !is(feed, Atom, "feed") {
		return nil, nil, malformed("no atom feed")
	}
	var whole Operation
	if op := child(feed, Batch, "operation"); op != nil {
		whole = Operation(clean(op.Attr("", "type")))
	}
	for _, e := range children(feed, Atom, "entry") {
		if in := child(e, Batch, "interrupted"); in != nil {
			broken = interrupted(in)
			continue
		}
		if len(list) == maxBatch {
			return nil, nil, fmt.Errorf("%w: a batch of more than %d entries", dataclass.ErrTooBig, maxBatch)
		}
		b := BatchEntry{ID: text(e, Batch, "id"), Op: whole, Entry: e}
		if op := child(e, Batch, "operation"); op != nil {
			b.Op = Operation(clean(op.Attr("", "type")))
		}
		status := child(e, Batch, "status")
		b.Status, _ = number(status.Attr("", "code"))
		b.Reason = clean(status.Attr("", "reason"))
		list = append(list, b)
	}
	return list, broken, nil
}

func interrupted(e *xmltree.Element) *Interrupted {
	n := func(names ...string) int {
		for _, name := range names {
			if v, ok := number(e.Attr("", name)); ok {
				return v
			}
		}
		return 0
	}
	return &Interrupted{Reason: clean(e.Attr("", "reason")), Parsed: n("parsed"), Success: n("success"),
		Failed: n("failures", "error"), Unprocessed: n("unprocessed")}
}

// number reads a number that is not negative.
func number(s string) (int, bool) {
	n, err := strconv.Atoi(clean(s))
	return n, err == nil && n >= 0
}

func malformed(what string) error { return fmt.Errorf("%w: %s", dataclass.ErrMalformed, what) }
