package sourcetest

import (
	"github.com/bindery-sync/bindery/sources"
)

// lookChecks test what a look shows.
func lookChecks() []check {
	return []check{
		{name: "EmptyBegin", run: emptyBegin},
		{name: "FirstListsAll", run: firstListsAll},
		{name: "EachIDOnce", need: incremental, run: eachIDOnce},
		{name: "ChangesRecallable", run: changesRecallable},
		{name: "NothingTwice", need: incremental, run: nothingTwice},
		{name: "PutSeen", need: incremental, run: putSeen},
		{name: "EditSeen", need: incremental, run: editSeen},
		{name: "EditTwiceSeenOnce", need: incremental, run: editTwiceSeenOnce},
		{name: "DeleteSeen", need: incremental | tombstones, run: deleteSeen},
		{name: "AddThenDeleteBetween", need: incremental, run: addThenDeleteBetween},
		{name: "DeleteThenReadd", need: incremental | tombstones, run: deleteThenReadd},
		{name: "DeleteOfOwnAdd", need: incremental, run: deleteOfOwnAdd},
		{name: "KeysReported", need: keyedAdd, run: keysReported},
		{name: "OwnWritesMarked", need: incremental, run: ownWritesMarked},
		{name: "OthersNotOwn", need: incremental, run: othersNotOwn},
		{name: "SyncedMarked", need: incremental | tombstones | origins, run: syncedMarked},
		{name: "UserEditDuringSession", need: incremental, run: userEditDuringSession},
		{name: "UserDeleteDuringSession", need: incremental | tombstones, run: userDeleteDuringSession},
		{name: "ListingKeepsEdited", run: listingKeepsEdited},
		{name: "LookLeavesOutLater", run: lookLeavesOutLater},
		{name: "StableIDs", run: stableIDs},
	}
}

func emptyBegin(k *kit) {
	list, cur := k.look("")
	k.shows(list)
	if k.opts.Caps.Incremental {
		list, _ = k.look(cur)
		k.shows(list)
	}
}

func firstListsAll(k *kit) {
	ids := []sources.ID{k.put(1), k.put(2), k.put(3)}
	gone := k.put(4)
	k.delete(gone)
	k.edit(ids[2], 5)
	list, _ := k.look("")
	k.shows(list, ids...)
	for i, n := range []int{1, 2, 5} {
		ch := list[ids[i]]
		k.isItem(ch, n)
		if ch.Verb != sources.Add || ch.Slow || ch.Renewed || ch.Own {
			k.Fatalf("first listing: item %s is not a plain add: %+v", ch.ID, ch)
		}
	}
}

func eachIDOnce(k *kit) {
	a, b := k.put(1), k.put(2)
	_, cur := k.look("")
	for n := 10; n < 15; n++ {
		k.edit(a, n)
		k.edit(b, n+10)
	}
	c := k.put(3)
	list, _ := k.look(cur) // collect fails on an id that comes twice
	k.shows(list, a, b, c)
	k.isItem(list[a], 14)
	k.isItem(list[b], 24)
}

func changesRecallable(k *kit) {
	ids := []sources.ID{k.put(1), k.put(2), k.put(3)}
	s := k.begin("")
	first := k.collect(s)
	for _, err := range s.Changes(k.ctx) {
		k.must(err, "listing")
		break // it may be left at any item
	}
	second := k.collect(s)
	k.shows(first, ids...)
	k.shows(second, ids...)
	for id, ch := range first {
		if ch.Rev != second[id].Rev || ch.Verb != second[id].Verb || !k.opts.Same(ch.Body, second[id].Body) {
			k.Fatalf("item %s differs when it is listed again", id)
		}
	}
	k.finish(s)
}

func nothingTwice(k *kit) {
	k.put(1)
	k.delete(k.put(2))
	_, cur := k.look("")
	list, cur := k.look(cur)
	k.shows(list)
	id := k.put(3)
	list, cur = k.look(cur)
	k.shows(list, id)
	list, _ = k.look(cur)
	k.shows(list)
}

func putSeen(k *kit) {
	k.put(1)
	cur := k.cursor()
	id := k.put(2)
	list, _ := k.look(cur)
	k.shows(list, id)
	k.isItem(list[id], 2)
	if list[id].Verb != sources.Add {
		k.Fatalf("a new item has the verb %s", list[id].Verb)
	}
}

func editSeen(k *kit) {
	id := k.put(1)
	k.put(2)
	before, cur := k.look("")
	k.edit(id, 3)
	list, _ := k.look(cur)
	k.shows(list, id)
	k.isItem(list[id], 3)
	if list[id].Verb != sources.Replace {
		k.Fatalf("an edited item has the verb %s", list[id].Verb)
	}
	if rev := list[id].Rev; rev != "" && rev == before[id].Rev {
		k.Fatalf("an edited item has its old revision %s", rev)
	}
}

func editTwiceSeenOnce(k *kit) {
	id := k.put(1)
	cur := k.cursor()
	k.edit(id, 2)
	k.edit(id, 3)
	list, _ := k.look(cur)
	k.shows(list, id)
	k.isItem(list[id], 3)
}

func deleteSeen(k *kit) {
	id := k.put(1)
	k.put(2)
	cur := k.cursor()
	k.edit(id, 3)
	k.delete(id)
	list, cur := k.look(cur)
	k.shows(list, id)
	k.isDelete(list[id])
	list, _ = k.look(cur)
	k.shows(list)
}

// addThenDeleteBetween: a delete of an item that was never listed may be reported, the item may not.
func addThenDeleteBetween(k *kit) {
	cur := k.cursor()
	id := k.put(1)
	k.delete(id)
	list, _ := k.look(cur)
	for _, ch := range list {
		if ch.ID != id {
			k.Fatalf("item %s was never there", ch.ID)
		}
		k.isDelete(ch)
	}
	full, _ := k.look("")
	k.shows(full)
}

// deleteThenReadd: the new item has another id, or it is marked as renewed.
func deleteThenReadd(k *kit) {
	old := k.put(1)
	cur := k.cursor()
	k.delete(old)
	id := k.put(1)
	list, cur := k.look(cur)
	k.isItem(list[id], 1)
	if id == old {
		k.shows(list, id)
		if !list[id].Renewed {
			k.Fatalf("item %s was deleted and its id used again, but it is not marked as renewed", id)
		}
	} else {
		k.shows(list, old, id)
		k.isDelete(list[old])
		if list[id].Renewed {
			k.Fatalf("item %s has a new id and is marked as renewed", id)
		}
	}
	k.edit(id, 2)
	if list, _ = k.look(cur); list[id].Renewed {
		k.Fatalf("item %s is edited and marked as renewed again", id)
	}
}

// deleteOfOwnAdd: an item that the engine added after a look, and the user deleted before the next, is
// reported as deleted: the engine knows it, although no look ever listed it.
func deleteOfOwnAdd(k *kit) {
	cur := k.cursor()
	id := k.done(k.apply(k.add(1))[0])
	k.delete(id)
	list, _ := k.look(cur)
	k.shows(list, id)
	k.isDelete(list[id])
}

// keysReported: a client that remembers the key of an Add tells it.
func keysReported(k *kit) {
	cur := k.cursor()
	op := k.add(1)
	id := k.done(k.apply(op)[0])
	k.edit(id, 2)
	list, _ := k.look(cur)
	if got := list[id].Key; got != op.Key {
		k.Fatalf("item %s was added with key %q and is reported with %q", id, op.Key, got)
	}
}

// ownWritesMarked: the engine can tell its own writes, by the mark or by the revision that Apply gave.
func ownWritesMarked(k *kit) {
	a, b := k.put(1), k.put(2)
	cur := k.cursor()
	results := k.apply(k.add(3), k.replace(a, "", 4), k.remove(b, ""))
	k.must(k.client.Reopen(), "reopen")
	list, _ := k.lookAt(k.client.Source("engine"), cur)
	for _, r := range results {
		k.done(r)
		ch, listed := list[r.ID]
		if listed && !ch.Own && ch.Verb != sources.Delete && (ch.Rev == "" || ch.Rev != r.Rev) {
			k.Fatalf("own write of item %s comes back as a user's change", r.ID)
		}
		delete(list, r.ID)
	}
	k.shows(list)
}

// othersNotOwn: what another origin or the user wrote last is a change like any other.
func othersNotOwn(k *kit) {
	a, b := k.put(1), k.put(2)
	cur := k.cursor()
	other := k.client.Source("another engine")
	k.done(k.apply(k.replace(a, "", 3))[0])
	k.edit(a, 4)
	k.done(k.applyAt(other, k.replace(b, "", 5))[0])
	c := k.done(k.applyAt(other, k.add(6))[0])
	list, _ := k.look(cur)
	k.shows(list, a, b, c)
	for id, n := range map[sources.ID]int{a: 4, b: 5, c: 6} {
		k.isItem(list[id], n)
		if list[id].Own {
			k.Fatalf("item %s was last written by somebody else and is marked as our own", id)
		}
	}
}

// syncedMarked: what a sync did last, of this binding or of another, is told from what the user did.
func syncedMarked(k *kit) {
	a, b, c, d := k.put(1), k.put(2), k.put(3), k.put(4)
	cur := k.cursor()
	for n, src := range []sources.Source{k.source, k.client.Source("another engine")} {
		id := []sources.ID{a, b}[n]
		k.done(k.applyAt(src, k.replace(id, "", 10+n))[0])
	}
	other := k.client.Source("another engine")
	k.done(k.applyAt(other, k.replace(c, "", 20))[0])
	k.edit(c, 21)
	e := k.put(5)
	f := k.done(k.applyAt(other, k.add(6))[0])
	k.done(k.applyAt(other, k.remove(d, ""))[0])
	k.delete(a)
	list, _ := k.look(cur)
	k.shows(list, a, b, c, d, e, f)
	for id, want := range map[sources.ID]bool{a: false, b: true, c: false, d: true, e: false, f: true} {
		if list[id].Synced != want {
			k.Fatalf("item %s: last changed by a sync: %t, but marked %t", id, want, list[id].Synced)
		}
	}
}

// userEditDuringSession: no change may fall between two looks, whenever it comes.
func userEditDuringSession(k *kit) {
	a, b, c := k.put(1), k.put(2), k.put(3)
	_, cur := k.look("")
	k.edit(a, 10)
	k.edit(b, 20)
	s := k.begin(cur)
	k.edit(a, 11) // before the listing
	for _, err := range s.Changes(k.ctx) {
		k.must(err, "listing")
		k.edit(b, 21) // while it runs
	}
	k.edit(c, 31) // after it
	d := k.put(4)
	cur = k.finish(s)
	list, _ := k.look(cur)
	k.shows(list, a, b, c, d)
	for id, n := range map[sources.ID]int{a: 11, b: 21, c: 31, d: 4} {
		k.isItem(list[id], n)
	}
}

func userDeleteDuringSession(k *kit) {
	a, b := k.put(1), k.put(2)
	_, cur := k.look("")
	k.edit(a, 3)
	s := k.begin(cur)
	k.delete(a)
	k.all(s.Changes(k.ctx))
	k.delete(b)
	list, _ := k.look(k.finish(s))
	k.shows(list, a, b)
	k.isDelete(list[a])
	k.isDelete(list[b])
}

// listingKeepsEdited: an item that is edited while a complete listing runs may not be missing in it.
// The engine would take it for gone.
func listingKeepsEdited(k *kit) {
	a, b := k.put(1), k.put(2)
	s := k.begin("")
	k.edit(a, 3)
	list := k.collect(s)
	k.shows(list, a, b)
	cur := k.finish(s)
	if k.opts.Caps.Incremental {
		list, _ = k.look(cur)
		k.shows(list, a)
		k.isItem(list[a], 3)
	}
}

// lookLeavesOutLater: the session's own ops and new items are no part of its look.
func lookLeavesOutLater(k *kit) {
	a := k.put(1)
	s := k.begin("")
	k.put(2)
	k.done(k.applyIn(s, k.add(3))[0])
	k.shows(k.collect(s), a)
	k.finish(s)
}

func stableIDs(k *kit) {
	ids := []sources.ID{k.put(1), k.put(2), k.put(3)}
	before, _ := k.look("")
	k.must(k.client.Reopen(), "reopen")
	after, _ := k.lookAt(k.client.Source("engine"), "")
	k.shows(before, ids...)
	k.shows(after, ids...)
	for id, ch := range before {
		if after[id].Rev != ch.Rev {
			k.Fatalf("item %s did not change, its revision did", id)
		}
	}
}
