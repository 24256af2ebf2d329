package sourcetest

import (
	"bytes"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// writeChecks test what Apply does.
func writeChecks() []check {
	return []check{
		{name: "ApplyShowsToUser", run: applyShowsToUser},
		{name: "KeyedAddTwice", need: keyedAdd, run: keyedAddTwice},
		{name: "KeyedAddAcrossSessions", need: keyedAdd, run: keyedAddAcrossSessions},
		{name: "KeyedAddAfterReopen", need: keyedAdd, run: keyedAddAfterReopen},
		{name: "KeyedAddAfterDelete", need: keyedAdd, run: keyedAddAfterDelete},
		{name: "AddsWithoutKey", run: addsWithoutKey},
		{name: "IfRevMismatch", need: conditional, run: ifRevMismatch},
		{name: "IfRevMatch", need: conditional, run: ifRevMatch},
		{name: "ReplaceMissing", run: replaceMissing},
		{name: "DeleteMissing", run: deleteMissing},
		{name: "PartialBatch", run: partialBatch},
		{name: "ResultOrder", run: resultOrder},
		{name: "SameItemInOneBatch", run: sameItemInOneBatch},
		{name: "NoOps", need: both, run: noOps},
		{name: "MaxBatch", need: maxBatch | both, run: fullBatch},
		{name: "MaxItemSize", need: maxItemSize, run: tooBig},
		{name: "OwnerIsolation", need: foreign, run: ownerIsolation},
	}
}

func applyShowsToUser(k *kit) {
	id := k.done(k.apply(k.add(1))[0])
	k.holds(1, id, 1)
	other := k.put(2)
	k.done(k.apply(k.replace(id, "", 3))[0])
	k.holds(2, id, 3)
	k.holds(2, other, 2)
	k.done(k.apply(k.remove(id, ""))[0])
	k.holds(1, other, 2)
}

// sameResult checks that an add was not carried out again.
func (k *kit) sameResult(first, again sources.Result) {
	k.Helper()
	if k.done(again) != first.ID || again.Rev != first.Rev {
		k.Fatalf("the same key gives %s at %s, then %s at %s", first.ID, first.Rev, again.ID, again.Rev)
	}
}

func keyedAddTwice(k *kit) {
	op, other := k.add(1), k.add(1)
	s := k.begin("")
	results := k.applyIn(s, op, other, op)
	k.sameResult(results[0], results[2])
	k.sameResult(results[1], k.applyIn(s, other)[0])
	k.must(s.Close(), "close")
	k.holds(2, k.done(results[0]), 1)
}

func keyedAddAcrossSessions(k *kit) {
	op := k.add(1)
	first := k.apply(op)[0]
	k.sameResult(first, k.apply(op)[0])
	k.sameResult(first, k.applyAt(k.client.Source("another engine"), op)[0])
	k.holds(1, k.done(first), 1)
}

func keyedAddAfterReopen(k *kit) {
	op := k.add(1)
	first := k.apply(op)[0]
	id := k.done(first)
	k.edit(id, 2)
	k.must(k.client.Reopen(), "reopen")
	k.sameResult(first, k.applyAt(k.client.Source("engine"), op)[0])
	k.holds(1, id, 2)
}

// keyedAddAfterDelete: an add that is repeated late does not bring back what the user deleted.
func keyedAddAfterDelete(k *kit) {
	op := k.add(1)
	first := k.apply(op)[0]
	k.delete(k.done(first))
	k.sameResult(first, k.apply(op)[0])
	if n := len(k.held()); n != 0 {
		k.Fatalf("the client holds %d items, want none", n)
	}
}

// addsWithoutKey: equal bodies are different items.
func addsWithoutKey(k *kit) {
	op := sources.Op{Verb: sources.Add, Body: k.body(1)}
	results := k.apply(op, op)
	if k.done(results[0]) == k.done(results[1]) {
		k.Fatalf("two adds without a key made one item")
	}
	k.holds(2, results[1].ID, 1)
}

func ifRevMismatch(k *kit) {
	id := k.put(1)
	list, _ := k.look("")
	old := list[id].Rev
	k.edit(id, 2)
	k.failed(k.apply(k.replace(id, old, 3))[0], sources.ErrConflict)
	k.failed(k.apply(k.remove(id, old))[0], sources.ErrConflict)
	k.failed(k.apply(k.replace(id, "no revision", 3))[0], sources.ErrConflict)
	k.holds(1, id, 2)
}

// ifRevMatch: each way to learn a revision gives the one that the next op must name.
func ifRevMatch(k *kit) {
	id := k.put(1)
	list, _ := k.look("")
	s := k.begin("")
	res := k.applyIn(s, k.replace(id, list[id].Rev, 2))[0]
	k.done(res)
	res = k.applyIn(s, k.replace(id, res.Rev, 3))[0]
	k.done(res)
	read := k.all(s.Read(k.ctx, []sources.ID{id}))
	if read[0].Rev != res.Rev {
		k.Fatalf("read gives revision %s, apply gave %s", read[0].Rev, res.Rev)
	}
	k.edit(id, 4)
	read = k.all(s.Read(k.ctx, []sources.ID{id}))
	k.done(k.applyIn(s, k.remove(id, read[0].Rev))[0])
	added := k.applyIn(s, k.add(5))[0]
	k.done(k.applyIn(s, k.replace(k.done(added), added.Rev, 6))[0])
	k.must(s.Close(), "close")
	k.holds(1, added.ID, 6)
}

func replaceMissing(k *kit) {
	id := k.put(1)
	k.delete(id)
	k.failed(k.apply(k.replace(id, "", 2))[0], sources.ErrGone)
	if n := len(k.held()); n != 0 {
		k.Fatalf("the client holds %d items, want none", n)
	}
}

func deleteMissing(k *kit) {
	id := k.put(1)
	cur := k.cursor()
	first := k.apply(k.remove(id, ""))[0]
	k.done(first)
	_, cur2 := k.look(cur)
	k.done(k.apply(k.remove(id, ""))[0])
	k.done(k.apply(k.remove(id, "no revision"))[0])
	if k.opts.Caps.Incremental {
		list, _ := k.look(cur2)
		k.shows(list)
	}
}

func partialBatch(k *kit) {
	results := k.apply(k.add(2), k.replace("no-such-item", "", 3), k.add(4))
	a, b := k.done(results[0]), k.done(results[2])
	k.failed(results[1], sources.ErrGone)
	k.holds(2, a, 2)
	k.holds(2, b, 4)
}

func resultOrder(k *kit) {
	const n = 30
	var ids []sources.ID
	for i := range n {
		ids = append(ids, k.put(i))
	}
	var ops []sources.Op
	for i := range n {
		j := (i * 7) % n // any order but that of the ids
		switch i % 3 {
		case 0:
			ops = append(ops, k.replace(ids[j], "", 100+i))
		case 1:
			ops = append(ops, k.remove(ids[j], ""))
		case 2:
			ops = append(ops, k.add(100+i))
		}
	}
	results := k.apply(ops...)
	items, added := k.held(), map[sources.ID]bool{}
	for i, r := range results {
		if ops[i].Verb == sources.Add {
			added[r.ID] = true
		}
	}
	for i, r := range results {
		id := k.done(r)
		if ops[i].Verb == sources.Delete && added[id] {
			continue // the client has used the id again
		}
		if ops[i].Verb != sources.Add && id != ops[i].ID {
			k.Fatalf("result %d is of item %s, the op of %s", i, id, ops[i].ID)
		}
		got, ok := items[id]
		if wanted := ops[i].Verb != sources.Delete; ok != wanted || wanted && !k.opts.Same(ops[i].Body, got) {
			k.Fatalf("result %d: item %s is not as the op asked", i, id)
		}
	}
}

// sameItemInOneBatch: ops are carried out in order, and each sees what those before it did.
func sameItemInOneBatch(k *kit) {
	a, b := k.put(1), k.put(2)
	results := k.apply(k.replace(a, "", 3), k.replace(a, "", 4), k.remove(b, ""), k.replace(b, "", 5))
	k.done(results[0])
	k.done(results[1])
	k.done(results[2])
	k.failed(results[3], sources.ErrGone)
	k.holds(1, a, 4)
}

func noOps(k *kit) {
	s := k.begin("")
	k.applyIn(s)
	k.finish(s)
}

func fullBatch(k *kit) {
	ops := make([]sources.Op, k.opts.Caps.MaxBatch)
	for i := range ops {
		ops[i] = k.add(i)
	}
	s := k.begin("")
	for _, r := range k.applyIn(s, ops...) {
		if r.State == sources.Failed {
			k.Fatalf("an op of a full batch: %v", r.Err)
		}
	}
	k.must(s.Close(), "close")
}

func tooBig(k *kit) {
	limit := k.opts.Caps.MaxItemSize
	id := k.put(1)
	fits, big := k.add(2), k.add(3)
	fits.Body, big.Body = k.sized(limit), k.sized(limit+1)
	onto := k.replace(id, "", 0)
	onto.Body = big.Body
	results := k.apply(big, fits, onto)
	k.failed(results[0], sources.ErrTooBig)
	k.failed(results[2], sources.ErrTooBig)
	k.holdsBody(2, k.done(results[1]), fits.Body)
	k.holds(2, id, 1)
}

// sized is an item of exactly n bytes, or the smallest there is.
func (k *kit) sized(n int) dataclass.Body {
	empty := len(sample(k.class, 1, "").Data)
	return sample(k.class, 1, string(bytes.Repeat([]byte("x"), max(0, n-empty))))
}

// ownerIsolation: two clients with one id and different owners know nothing of each other.
func ownerIsolation(k *kit) {
	mine, theirs := k.foreign()
	id, err := mine.Put(k.class, k.body(1))
	k.must(err, "user puts an item")
	src := theirs.Source("engine")
	list, cur := k.lookAt(src, "")
	k.shows(list)
	s := k.beginAt(src, cur)
	read := k.all(s.Read(k.ctx, []sources.ID{id}))
	k.isDelete(read[0])
	k.failed(k.applyIn(s, k.replace(id, "", 2))[0], sources.ErrGone)
	k.done(k.applyIn(s, k.remove(id, ""))[0])
	k.is(theirs.Edit(k.class, id, k.body(3)), sources.ErrGone, "user edits an item of another owner")
	k.is(theirs.Delete(k.class, id), sources.ErrGone, "user deletes an item of another owner")
	op := k.add(4)
	first := k.done(k.applyIn(s, op)[0])
	k.must(s.Close(), "close")
	k.done(k.applyAt(mine.Source("engine"), op)[0]) // the same key at another owner is another add
	k.client = theirs
	k.holds(1, first, 4)
	k.client = mine
	k.holds(2, id, 1)
	_, mineCur := k.lookAt(mine.Source("engine"), "")
	_, err = src.Begin(k.ctx, k.class, mineCur)
	k.is(err, sources.ErrCursorLost, "begin since another owner's cursor")
}
