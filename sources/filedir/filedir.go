// Package filedir is the kind "filedir": a folder of files, one item each, as khard, khal and vdirsyncer
// keep it. A contact is a .vcf, an event or a task an .ics, a note a .txt or an .ics with a VJOURNAL.
//
// A folder can only list what it holds, but its names are stable. Begin compares the folder with the
// listing of the last Begin, gives each difference the next number of a counter, and stores the new
// listing; a cursor is such a number. So additions, edits and explicit deletes are reported
// (docs/engine.md 3.4), and a look is a number, not a folder held open. An item's ID is its file name,
// byte for byte: a renamed file is a deleted and an added item. Its Revision is a hash of its content.
//
// A file whose size, times and inode are those of the listing is not read. The clock of a file system
// ticks slowly, so a file that was changed within two seconds of the last look is read all the same. One
// that we wrote is not: it gets its time from a clock that is finer, so that a later change shows however
// soon it comes. Nor is it reported to the origin that wrote it, unless it changed since.
//
// Files appear and change in one step: the bytes go to a name that begins with a dot, which readers of
// such folders ignore, to the disk, and then to their place. What a process that died has left of these
// names is removed by the next Begin. While a session is open the folder is locked against other
// sessions, also of other processes.
package filedir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// KindName is the name of the sync source.
const KindName = "filedir"

// DefaultMaxItemSize is how many bytes a file may have unless Options say otherwise.
const DefaultMaxItemSize = 8 << 20

// Errors that a caller branches on. They arrive wrapped.
var (
	// ErrUnavailable means that the folder is not there or could not be listed completely. It says
	// nothing about items: a listing that failed is never an empty listing (docs/engine.md 8.4).
	ErrUnavailable = errors.New("folder cannot be read")
	// ErrUnknown means that no folder was registered for a client.
	ErrUnknown = errors.New("no folder is registered for the client")
)

// Options say how a Store of folders behaves. The zero value is ready for use.
type Options struct {
	// Now is the clock; by default time.Now. It must be about that of the file systems.
	Now func() time.Time
	// Random is where temporary names come from; by default crypto/rand.Reader.
	Random io.Reader
	// MaxItemSize is how many bytes a file may have; by default DefaultMaxItemSize. A bigger one is
	// reported as an item that cannot be read.
	MaxItemSize int
	// Log receives which files are ignored. It never sees content.
	Log *slog.Logger
	// LookOnly means that nobody is going to write: what a process that died has left is not removed.
	LookOnly bool
	// Unsafe leaves out waiting for the disk. Only tests that do not pull the plug use it.
	Unsafe bool
	// Fault, if set, is asked before each step that changes the folder, by the step's name. Its error
	// ends the call there, as a crash would.
	Fault func(step string) error
}

// Folders keeps what is known of every owner's folders in one database. It is safe for concurrent use.
type Folders struct {
	store *sqlstore.Store
	o     Options

	mu sync.Mutex
	// surveyed are looks that nobody has taken yet.
	surveyed map[clientKey]*scan
	// glanced is what the last Glance read, nil once a look has taken it.
	glanced *glance
}

// New makes Folders on store, which must have run Migrations.
func New(store *sqlstore.Store, o Options) *Folders {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.MaxItemSize <= 0 {
		o.MaxItemSize = DefaultMaxItemSize
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Fault == nil {
		o.Fault = func(string) error { return nil }
	}
	return &Folders{store: store, o: o, surveyed: map[clientKey]*scan{}}
}

// Caps are the promises that every folder keeps.
func (f *Folders) Caps() sources.Caps {
	return sources.Caps{
		Classes:         []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes},
		ServerInitiated: true, Incremental: true, KeyedAdd: true, Conditional: true, Tombstones: true,
		Inferred: true, Origins: true,
		MaxItemSize: f.o.MaxItemSize, Keeps: dataclass.Keeps{All: true},
	}
}

// Kind gives the entry for a sources.Registry. To open a client whose folder was not registered is an
// ErrUnknown.
func (f *Folders) Kind() sources.Kind {
	open := func(ctx context.Context, c sources.Client) (sources.Source, error) {
		k := clientKey{c.Owner, c.ID}
		path, err := f.path(ctx, k)
		if err != nil {
			return nil, err
		}
		return &source{f: f, client: k, path: path, origin: c.Origin}, nil
	}
	return sources.Kind{Name: KindName, Caps: f.Caps(), Open: open}
}

// clientKey is the leading part of every key of this room.
type clientKey struct{ owner, id string }

func checkClass(class dataclass.Class) error {
	if codeOf(class) == 0 {
		return fmt.Errorf("class %q: %w", class, sources.ErrUnsupported)
	}
	return nil
}
