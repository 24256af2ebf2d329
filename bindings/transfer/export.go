package transfer

import (
	"context"
	"fmt"
	"io"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/stream"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Items are what an export reads; a datastore.Items is one.
type Items interface {
	List(ctx context.Context, class dataclass.Class, after sources.ID, limit int) ([]datastore.Item, error)
}

// FormatOf gives the format of the one file that holds all items of a dataclass: vCard 3.0 for contacts, iCalendar 2.0
// for everything else, notes as VJOURNAL.
func FormatOf(class dataclass.Class) dataclass.Format {
	if class == dataclass.Contacts {
		return dataclass.VCard30
	}
	return dataclass.ICalendar20
}

// An Exported says what is in a file.
type Exported struct {
	Items map[dataclass.Class]int
	// Left are items that cannot be read, or that the format cannot hold: they are not in the file.
	Left int
}

// Export writes every item of some dataclasses into one file of a format. Items that are in another dialect of it are
// converted. It reads a page of items at a time, and writes to w as it goes; a failure leaves half a file behind. What is
// written meanwhile may or may not be in the file.
func Export(ctx context.Context, items Items, w io.Writer, format dataclass.Format, classes ...dataclass.Class) (Exported, error) {
	done := Exported{Items: make(map[dataclass.Class]int)}
	sink := &sink{w: w}
	out := stream.NewWriter(sink, format)
	for _, class := range classes {
		if err := done.class(ctx, items, out, sink, class); err != nil {
			return done, fmt.Errorf("export %s: %w", class, err)
		}
	}
	if err := out.Close(); err != nil {
		return done, fmt.Errorf("export: %w", err)
	}
	return done, nil
}

func (x *Exported) class(ctx context.Context, items Items, out *stream.Writer, sink *sink, class dataclass.Class) error {
	for after := sources.ID(""); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := items.List(ctx, class, after, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, it := range page {
			err := writeItem(out, class, it)
			switch {
			case sink.err != nil:
				return sink.err
			case err != nil:
				x.Left++
			default:
				x.Items[class]++
			}
		}
		after = page[len(page)-1].ID
	}
}

// A sink remembers the error of where a file is written to.
type sink struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}

// writeItem writes one item. What the format cannot hold leaves the writer as it was.
func writeItem(out *stream.Writer, class dataclass.Class, it datastore.Item) error {
	item, err := dataclass.Decode(class, it.Body)
	if err != nil {
		return err
	}
	return out.Write(item)
}
