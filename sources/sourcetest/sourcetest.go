// Package sourcetest is the conformance suite of package sources: one check for each promise that a
// kind makes. A kind is done when its test, which is six lines, passes:
//
//	func TestConformance(t *testing.T) {
//		sourcetest.Run(t, sourcetest.Options{
//			Open: func(t *testing.T) sourcetest.Client { return newTestClient(t) },
//			Caps: caps,
//		})
//	}
//
// A check belongs to capabilities; where the kind does not claim them, the check is not run at all. What
// the contract leaves open is decided here: a Delete of an item that is not there is Done, for the
// client then is as the op asked, and an op whose outcome is unknown can be repeated. A Replace of one
// is ErrGone.
package sourcetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// A User is the back door of a client: what its user does at the device, past the engine. Edit and
// Delete of an item that is not there return sources.ErrGone.
type User interface {
	Put(class dataclass.Class, body dataclass.Body) (sources.ID, error)
	Edit(class dataclass.Class, id sources.ID, body dataclass.Body) error
	Delete(class dataclass.Class, id sources.ID) error
	List(class dataclass.Class) (map[sources.ID]dataclass.Body, error)
}

// A Client is a Sync Client under test.
type Client interface {
	User
	// Source opens the client for an origin, as the kind's Open does.
	Source(origin string) sources.Source
	// Reopen ends the process that serves the client and starts another: only what is durable stays.
	// Sources opened before are not used again.
	Reopen() error
}

// A Deferred is a client that answers later (Caps.Deferred).
type Deferred interface {
	Client
	// Send delivers what the user changed since the last delivery, as in a two-way sync.
	Send(class dataclass.Class)
	// SendAll delivers every item, as in a slow sync.
	SendAll(class dataclass.Class)
	// AnswerAll carries out what waits for the client, oldest first, and gives its answers.
	AnswerAll(class dataclass.Class) []Answer
}

// An Answer is what a Deferred said about one op.
type Answer = memory.Answer

// Options say what is tested. Open and Caps are required.
type Options struct {
	// Open makes a new, empty client. Each call gives one that no cursor of another fits. If
	// Caps.Deferred is set it must be a Deferred.
	Open func(t *testing.T) Client
	// Caps are the kind's promises.
	Caps sources.Caps
	// Foreign, if set, opens two empty clients of different owners which have the same client id and
	// the same storage.
	Foreign func(t *testing.T) (mine, theirs Client)
	// Same tells whether a body came back as it was written; by default, if type and bytes are equal.
	Same func(wrote, got dataclass.Body) bool
	// Many is the number of items of the check ManyItems; by default 10,000.
	Many int
	// Bulk is the number of items of the checks that need more than fits into one page of anything; by default 1,500.
	Bulk int
	// Brief leaves out the random model, for a client that answers slowly.
	Brief bool
	// Compares says that the client finds changes by comparing listings: of an item that came and went
	// between two looks it cannot know.
	Compares bool
}

// A TB is what a check needs of a test. *testing.T and *rapid.T are such.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Context() context.Context
}

// Run runs every check that opts.Caps asks for, as subtests, for each of its dataclasses.
func Run(t *testing.T, opts Options) {
	t.Helper()
	if opts.Open == nil || len(opts.Caps.Classes) == 0 {
		t.Fatal("sourcetest: Options.Open and Caps.Classes are required")
	}
	opts = opts.withDefaults()
	for i, class := range opts.Caps.Classes {
		t.Run(string(class), func(t *testing.T) {
			for _, c := range checks() {
				if c.needs(opts) && (i == 0 || !c.once) {
					t.Run(c.name, func(t *testing.T) { c.runIn(t, opts, class) })
				}
			}
			if i == 0 && !opts.Caps.Deferred && opts.Caps.Incremental && !opts.Brief {
				t.Run("RandomModel", func(t *testing.T) { rapidModel(t, opts, class) })
			}
		})
	}
}

func (o Options) withDefaults() Options {
	if o.Same == nil {
		o.Same = func(a, b dataclass.Body) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) }
	}
	if o.Many <= 0 {
		o.Many = 10_000
	}
	if o.Bulk <= 0 {
		o.Bulk = 1500
	}
	return o
}

// A check tests one promise.
type check struct {
	name string
	// need lists what the kind must have claimed for the check to be run.
	need need
	run  func(k *kit)
	// once keeps the check to the first dataclass: it costs much, or does not depend on the class.
	once bool
}

// need is a set of capabilities.
type need int

const (
	incremental need = 1 << iota
	keyedAdd
	conditional
	tombstones
	maxBatch
	maxItemSize
	foreign
	keepsAll
	origins
	deferred // the check is for deferred clients only
	both     // the check is for deferred clients too
)

func (c check) needs(o Options) bool {
	has := map[need]bool{
		incremental: o.Caps.Incremental, keyedAdd: o.Caps.KeyedAdd, conditional: o.Caps.Conditional,
		tombstones: o.Caps.Tombstones, maxBatch: o.Caps.MaxBatch > 0, maxItemSize: o.Caps.MaxItemSize > 0,
		foreign: o.Foreign != nil, keepsAll: o.Caps.Keeps.All, origins: o.Caps.Origins, deferred: o.Caps.Deferred, both: true,
	}
	for n := incremental; n <= both; n <<= 1 {
		if c.need&n != 0 && !has[n] {
			return false
		}
	}
	return c.need&(deferred|both) != 0 || !o.Caps.Deferred
}

func (c check) runIn(t *testing.T, opts Options, class dataclass.Class) {
	c.run(newKit(t, t, opts, class))
}

// checks are all checks but the random model.
func checks() []check {
	var all []check
	for _, list := range [][]check{lookChecks(), cursorChecks(), writeChecks(), readChecks(), robustChecks(), deferredChecks()} {
		all = append(all, list...)
	}
	return all
}
