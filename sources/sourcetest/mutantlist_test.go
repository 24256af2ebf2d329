package sourcetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A mutant is a broken client and the checks that must catch it.
type mutant struct {
	bend bend
	by   []string
}

type (
	ctxT    = context.Context
	change  = sources.Change
	listing = iter.Seq2[sources.Change, error]
	session = sources.Session
)

func mutants() map[string]mutant {
	all := map[string]mutant{}
	for _, list := range []map[string]mutant{listingMutants(), cursorMutants(), applyMutants(), formMutants(), readMutants(), careless()} {
		for name, m := range list {
			all[name] = m
		}
	}
	return all
}

// each edits every change of a listing.
func each(f func(*change)) bend {
	return bend{change: func(ch change) (change, bool) { f(&ch); return ch, true }}
}

// without leaves changes out.
func without(f func(change) bool) bend {
	return bend{change: func(ch change) (change, bool) { return ch, !f(ch) }}
}

func gather(seq listing) (list []change, err error) {
	for ch, e := range seq {
		if e != nil {
			return list, e
		}
		list = append(list, ch)
	}
	return list, nil
}

// whole edits a listing as a whole.
func whole(f func(b *bent, list []change) []change) bend {
	return bend{changes: func(b *bent, s session, ctx ctxT) listing {
		return func(yield func(change, error) bool) {
			list, err := gather(s.Changes(ctx))
			for _, ch := range f(b, list) {
				if !yield(ch, nil) {
					return
				}
			}
			if err != nil {
				yield(change{}, err)
			}
		}
	}}
}

func listingMutants() map[string]mutant {
	calls := 0
	return map[string]mutant{
		"lists items twice": {whole(func(_ *bent, l []change) []change { return append(l, l...) }), []string{"FirstListsAll", "EachIDOnce"}},
		"forgets one item":  {whole(func(_ *bent, l []change) []change { return l[min(1, len(l)):] }), []string{"FirstListsAll", "ManyItems", "ConcurrentSessions"}},
		"changes revisions by itself": {each(func(ch *change) { calls++; ch.Rev += sources.Revision(rune('a' + calls%26)) }),
			[]string{"ChangesRecallable", "StableIDs", "IfRevMatch"}},
		"lists only once": {bend{changes: func(b *bent, s session, ctx ctxT) listing {
			if b.closed++; b.closed > 1 {
				return func(func(change, error) bool) {}
			}
			return s.Changes(ctx)
		}}, []string{"ChangesRecallable"}},
		"invents an item": {whole(func(b *bent, l []change) []change {
			if b.since == "" {
				l = append(l, change{ID: "invented", Verb: sources.Add})
			}
			return l
		}), []string{"EmptyBegin"}},
		"hides new items": {without(func(ch change) bool { return ch.Verb == sources.Add }), []string{"PutSeen", "ChainOfLooks"}},
		"hides edits":     {without(func(ch change) bool { return ch.Verb == sources.Replace }), []string{"EditSeen", "EditTwiceSeenOnce", "CursorStaysGood"}},
		"hides deletes of what the engine added": {whole(func(b *bent, l []change) []change {
			return slices.DeleteFunc(l, func(ch change) bool { return ch.Verb == sources.Delete && ch.Key != "" })
		}), []string{"DeleteOfOwnAdd"}},
		"tells no keys":        {each(func(ch *change) { ch.Key = "" }), []string{"KeysReported"}},
		"hides deletes":        {without(func(ch change) bool { return ch.Verb == sources.Delete }), []string{"DeleteSeen", "UserDeleteDuringSession"}},
		"calls edits adds":     {each(func(ch *change) { ch.Verb = min(ch.Verb, sources.Add) }), []string{"EditSeen", "DeleteSeen"}},
		"marks all as own":     {each(func(ch *change) { ch.Own = true }), []string{"FirstListsAll", "OthersNotOwn", "RandomModel"}},
		"marks all as synced":  {each(func(ch *change) { ch.Synced = true }), []string{"SyncedMarked"}},
		"marks none as synced": {each(func(ch *change) { ch.Synced = false }), []string{"SyncedMarked"}},
		"one origin for all":   {bend{origin: func(string) string { return "same" }}, []string{"OthersNotOwn"}},
		"knows no origin":      {bend{origin: func(string) string { return "" }, change: noRev}, []string{"OwnWritesMarked"}},
		"marks all as renewed": {each(func(ch *change) { ch.Renewed = true }), []string{"DeleteThenReadd"}},
		"cuts bodies": {each(func(ch *change) {
			ch.Body.Data = ch.Body.Data[:min(len(ch.Body.Data), 1000)]
		}), []string{"RoundTrip"}},
		"listing looks when it is called": {bend{changes: func(b *bent, _ session, ctx ctxT) listing {
			late, err := b.inner().Begin(ctx, b.class, b.since)
			if err != nil {
				return func(yield func(change, error) bool) { yield(change{}, err) }
			}
			return late.Changes(ctx)
		}}, []string{"LookLeavesOutLater"}},
		"drops what was edited since Begin": {whole(func(b *bent, l []change) []change {
			return slices.DeleteFunc(l, func(ch change) bool {
				now, err := b.Get(b.class, ch.ID)
				return err != nil || string(now.Data) != string(ch.Body.Data)
			})
		}), []string{"ListingKeepsEdited"}},
	}
}

func noRev(ch change) (change, bool) {
	ch.Rev = ""
	return ch, true
}

func begin(f func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error)) bend {
	return bend{begin: f}
}

func cursorMutants() map[string]mutant {
	lateCommit := func(b *bent, _ session, ctx ctxT) (sources.Cursor, error) {
		now, err := b.inner().Begin(ctx, b.class, "")
		if err != nil {
			return "", err
		}
		return now.Commit(ctx)
	}
	return map[string]mutant{
		"cursor covers what came later": {bend{commit: lateCommit}, []string{"UserEditDuringSession", "UserDeleteDuringSession", "ChainOfLooks"}},
		"cursor does not move": {bend{commit: func(b *bent, s session, ctx ctxT) (sources.Cursor, error) {
			if b.since != "" {
				return b.since, nil
			}
			return s.Commit(ctx)
		}}, []string{"NothingTwice", "CursorAfterReopen"}},
		"unknown cursor lists all": {begin(func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
			s, err := b.inner().Begin(ctx, class, since)
			if errors.Is(err, sources.ErrCursorLost) {
				return b.inner().Begin(ctx, class, "")
			}
			return s, err
		}), []string{"CursorGarbage", "CursorForeign", "CursorOfOtherClass"}},
		"any cursor lists all": {begin(func(b *bent, ctx ctxT, class dataclass.Class, _ sources.Cursor) (sources.Session, error) {
			return b.inner().Begin(ctx, class, "")
		}), []string{"NothingTwice", "PutSeen"}},
		"any class is good": {begin(func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
			if !slices.Contains(b.Caps().Classes, class) {
				class = dataclass.Notes
			}
			return b.inner().Begin(ctx, class, since)
		}), []string{"UnknownClass"}},
		"forgets its cursors at restart": {bend{reopen: func(b *bent) { b.Forget() }}, []string{"CursorAfterReopen", "RandomModel"}},
		"close moves on": {begin(func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
			if b.keys.put(sources.Key(since)) && since != "" {
				s, err := b.inner().Begin(ctx, class, "")
				if err != nil {
					return nil, err
				}
				if since, err = s.Commit(ctx); err != nil {
					return nil, err
				}
			}
			return b.inner().Begin(ctx, class, since)
		}), []string{"CloseWithoutCommitRepeats", "CursorStaysGood"}},
		"one session only, without a word": {bend{
			begin: func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
				if b.keys.put("open") {
					return nil, errors.New("something went wrong")
				}
				return b.inner().Begin(ctx, class, since)
			},
			close: func(b *bent, s session) error { b.keys.remove("open"); return s.Close() },
		}, []string{"ConcurrentSessions"}},
	}
}

// ops edits the ops before they are applied.
func ops(f func(op *sources.Op)) bend {
	return bend{apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
		list = slices.Clone(list)
		for i := range list {
			f(&list[i])
		}
		return s.Apply(ctx, list)
	}}
}

// results edits the results after ops were applied.
func results(f func(list []sources.Op, res []sources.Result)) bend {
	return bend{apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
		res, err := s.Apply(ctx, list)
		f(list, res)
		return res, err
	}}
}

func applyMutants() map[string]mutant {
	return map[string]mutant{
		"ignores keys": {ops(func(op *sources.Op) { op.Key = "" }),
			[]string{"KeyedAddTwice", "KeyedAddAcrossSessions", "KeyedAddAfterReopen", "KeyedAddAfterDelete", "FaultInjection", "RandomModel"}},
		"equal bodies are one item": {ops(func(op *sources.Op) {
			if op.Verb == sources.Add {
				op.Key = sources.Key("body:" + string(op.Body.Data))
			}
		}), []string{"AddsWithoutKey", "KeyedAddTwice"}},
		"ignores revisions": {ops(func(op *sources.Op) { op.IfRev = "" }), []string{"IfRevMismatch", "RandomModel"}},
		"refuses every revision": {ops(func(op *sources.Op) {
			if op.IfRev != "" {
				op.IfRev = "x"
			}
		}), []string{"IfRevMatch"}},
		"replace of nothing succeeds": {results(func(_ []sources.Op, res []sources.Result) {
			for i, r := range res {
				if errors.Is(r.Err, sources.ErrGone) {
					res[i] = sources.Result{State: sources.Done, ID: r.ID}
				}
			}
		}), []string{"ReplaceMissing", "PartialBatch", "SameItemInOneBatch"}},
		"says done and does nothing": {bend{apply: func(_ *bent, _ session, _ ctxT, list []sources.Op) ([]sources.Result, error) {
			res := make([]sources.Result, len(list))
			for i := range res {
				res[i] = sources.Result{State: sources.Done, ID: "x"}
			}
			return res, nil
		}}, []string{"ApplyShowsToUser", "ConcurrentWriters", "ManyItems"}},
		"delete of nothing fails": {results(func(list []sources.Op, res []sources.Result) {
			for i, op := range list {
				if op.Verb == sources.Delete && (res[i].Rev == "") {
					res[i] = sources.Result{State: sources.Failed, ID: op.ID, Err: sources.ErrGone}
				}
			}
		}), []string{"DeleteMissing"}},
		"one bad op stops the batch": {bend{apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
			var all []sources.Result
			for _, op := range list {
				res, err := s.Apply(ctx, []sources.Op{op})
				if err != nil || res[0].State == sources.Failed {
					return all, errors.Join(err, res[0].Err)
				}
				all = append(all, res[0])
			}
			return all, nil
		}}, []string{"PartialBatch"}},
	}
}

// formMutants break the form of a batch, its limits, and the walls between clients.
func formMutants() map[string]mutant {
	return map[string]mutant{
		"results in the wrong order": {results(func(_ []sources.Op, res []sources.Result) { slices.Reverse(res) }), []string{"ResultOrder"}},
		"ops in the wrong order": {bend{apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
			list = slices.Clone(list)
			slices.Reverse(list)
			res, err := s.Apply(ctx, list)
			slices.Reverse(res)
			return res, err
		}}, []string{"SameItemInOneBatch"}},
		"a nil result for no ops": {bend{apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
			if len(list) == 0 {
				return nil, errors.New("no ops")
			}
			return s.Apply(ctx, list)
		}}, []string{"NoOps"}},
		"takes fewer ops than it says": {bend{apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
			if len(list) >= 500 {
				return nil, sources.ErrUnsupported
			}
			return s.Apply(ctx, list)
		}}, []string{"MaxBatch"}},
		"cuts what is too big": {ops(func(op *sources.Op) { op.Body.Data = op.Body.Data[:min(len(op.Body.Data), 500_000)] }), []string{"MaxItemSize"}},
		"refuses the biggest item": {ops(func(op *sources.Op) {
			if len(op.Body.Data) == 500_000 {
				op.Body.Data = make([]byte, 500_001)
			}
		}), []string{"MaxItemSize"}},
		"rewrites bodies": {ops(func(op *sources.Op) {
			op.Body.Data = []byte(strings.ReplaceAll(string(op.Body.Data), "\r\n", "\n"))
		}), []string{"RoundTrip", "ApplyShowsToUser"}},
		"owners share": {begin(func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
			if b.twin != nil {
				return b.twin.Source(b.origin).Begin(ctx, class, since)
			}
			return b.inner().Begin(ctx, class, since)
		}), []string{"OwnerIsolation"}},
		"loses a write now and then": {bend{apply: func(b *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
			if len(list) == 1 && list[0].Verb == sources.Add && strings.HasSuffix(string(list[0].Key), "7") {
				return []sources.Result{{State: sources.Done, ID: "lost"}}, nil
			}
			return s.Apply(ctx, list)
		}}, []string{"ConcurrentWriters"}},
	}
}

func readMutants() map[string]mutant {
	return map[string]mutant{
		"read in its own order": {bend{read: func(_ *bent, s session, ctx ctxT, ids []sources.ID) listing {
			return s.Read(ctx, slices.Sorted(slices.Values(ids)))
		}}, []string{"ReadOrder", "ReadMany"}},
		"read leaves out what is gone": {bend{read: func(_ *bent, s session, ctx ctxT, ids []sources.ID) listing {
			return func(yield func(change, error) bool) {
				for ch, err := range s.Read(ctx, ids) {
					if ch.Verb != sources.Delete && !yield(ch, err) {
						return
					}
				}
			}
		}}, []string{"ReadOrder", "ReadIsNow"}},
		"read gives the look": {bend{read: func(_ *bent, s session, ctx ctxT, ids []sources.ID) listing {
			return func(yield func(change, error) bool) {
				list, err := gather(s.Changes(ctx))
				for _, id := range ids {
					i := slices.IndexFunc(list, func(ch change) bool { return ch.ID == id })
					ch := change{ID: id, Verb: sources.Delete}
					if i >= 0 {
						ch = list[i]
						ch.Verb = sources.Replace
					}
					if !yield(ch, err) {
						return
					}
				}
			}
		}}, []string{"ReadIsNow"}},
	}
}

// careless clients are sloppy about the life of calls and sessions.
func careless() map[string]mutant {
	return map[string]mutant{
		"ignores the context": {bend{
			begin: func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
				return b.inner().Begin(context.WithoutCancel(ctx), class, since)
			},
			apply: func(_ *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
				return s.Apply(context.WithoutCancel(ctx), list)
			},
		}, []string{"ContextCancel"}},
		"a cancelled listing is just shorter": {bend{changes: func(_ *bent, s session, ctx ctxT) listing {
			return func(yield func(change, error) bool) {
				for ch, err := range s.Changes(ctx) {
					if err != nil || !yield(ch, nil) {
						return
					}
				}
			}
		}}, []string{"ContextCancel", "CancelDuringChanges"}},
		"closes once only": {bend{close: func(b *bent, s session) error {
			if b.closed++; b.closed > 1 {
				return errors.New("closed already")
			}
			return s.Close()
		}}, []string{"CloseTwice"}},
		"leaves a goroutine behind": {begin(func(b *bent, ctx ctxT, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
			s, err := b.inner().Begin(ctx, class, since)
			go func() { time.Sleep(30 * time.Second) }()
			return s, err
		}), []string{"GoroutineLeak"}},
	}
}
