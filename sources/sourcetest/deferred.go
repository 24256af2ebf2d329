package sourcetest

import "github.com/bindery-sync/bindery/sources"

// deferredChecks test a client that answers later. Its listing is its inbox: what it has delivered.
func deferredChecks() []check {
	list := []check{
		{name: "NothingBeforeSend", run: nothingBeforeSend},
		{name: "SentSeenOnce", run: sentSeenOnce},
		{name: "SlowMarked", run: slowMarked},
		{name: "DeferredCloseWithoutCommitRepeats", run: deferredRepeats},
		{name: "SendDuringSession", run: sendDuringSession},
		{name: "RenewedLUID", run: renewedLUID},
		{name: "ApplyPending", run: applyPending},
		{name: "AnswersCarryOut", run: answersCarryOut},
		{name: "SameKeyWaitsOnce", run: sameKeyWaitsOnce},
		{name: "NoEchoOfAnswers", run: noEchoOfAnswers},
	}
	for i := range list {
		list[i].need |= deferred
	}
	return list
}

func (k *kit) phone() Deferred {
	k.Helper()
	p, ok := k.client.(Deferred)
	if !ok {
		k.Fatalf("Caps.Deferred is set, but the client is no sourcetest.Deferred")
	}
	return p
}

func (k *kit) send() {
	k.Helper()
	k.phone().Send(k.class)
}

func nothingBeforeSend(k *kit) {
	id := k.put(1)
	list, cur := k.look("")
	k.shows(list)
	k.send()
	list, _ = k.look(cur)
	k.shows(list, id)
}

func sentSeenOnce(k *kit) {
	a, b, c := k.put(1), k.put(2), k.put(3)
	k.send()
	list, cur := k.look("")
	k.shows(list, a, b, c)
	k.edit(a, 4)
	k.edit(a, 5)
	k.delete(b)
	k.send()
	list, cur = k.look(cur)
	k.shows(list, a, b)
	k.isItem(list[a], 5)
	k.isDelete(list[b])
	if list[a].Verb != sources.Replace || list[a].Slow || list[a].Own {
		k.Fatalf("an edit of a two-way package is %+v", list[a])
	}
	k.send()
	list, _ = k.look(cur)
	k.shows(list)
}

func slowMarked(k *kit) {
	a, b := k.put(1), k.put(2)
	k.send()
	_, cur := k.look("")
	k.delete(b)
	k.phone().SendAll(k.class)
	list, cur := k.look(cur)
	k.shows(list, a)
	k.isItem(list[a], 1)
	if !list[a].Slow {
		k.Fatalf("an item of a slow package is not marked")
	}
	c := k.put(3)
	k.send()
	list, _ = k.look(cur)
	k.shows(list, c)
	if list[c].Slow {
		k.Fatalf("an item of a two-way package is marked as slow")
	}
}

func deferredRepeats(k *kit) {
	a := k.put(1)
	k.send()
	s := k.begin("")
	k.shows(k.collect(s), a)
	k.shows(k.collect(s), a)
	k.must(s.Close(), "close")
	k.must(k.client.Reopen(), "reopen")
	list, cur := k.lookAt(k.client.Source("engine"), "")
	k.shows(list, a)
	list, _ = k.lookAt(k.client.Source("engine"), cur)
	k.shows(list)
}

func sendDuringSession(k *kit) {
	a := k.put(1)
	k.send()
	s := k.begin("")
	k.edit(a, 2)
	b := k.put(3)
	k.send()
	k.collect(s)
	list, _ := k.look(k.finish(s))
	k.shows(list, a, b)
	k.isItem(list[a], 2)
}

// renewedLUID: of a Delete and an Add of the same LUID in one package both are kept.
func renewedLUID(k *kit) {
	a := k.put(1)
	k.send()
	_, cur := k.look("")
	k.delete(a)
	b := k.put(2)
	k.send()
	list, cur := k.look(cur)
	k.isItem(list[b], 2)
	if list[b].Renewed != (a == b) {
		k.Fatalf("item %s: renewed is %v, the old one was %s", b, list[b].Renewed, a)
	}
	k.edit(b, 3)
	k.send()
	if list, _ = k.look(cur); list[b].Renewed {
		k.Fatalf("item %s is edited and marked as renewed again", b)
	}
}

func applyPending(k *kit) {
	a := k.put(1)
	k.send()
	s := k.begin("")
	for i, r := range k.applyIn(s, k.add(2), k.replace(a, "", 3), k.remove(a, "")) {
		if r.State != sources.Pending {
			k.Fatalf("op %d: state %d, want pending", i, r.State)
		}
	}
	k.finish(s)
	k.holds(1, a, 1)
}

func answersCarryOut(k *kit) {
	a, b := k.put(1), k.put(2)
	k.send()
	ops := []sources.Op{k.add(3), k.replace(a, "", 4), k.remove(b, ""), k.replace(b, "", 5)}
	k.apply(ops...)
	answers := k.phone().AnswerAll(k.class)
	if len(answers) != len(ops) {
		k.Fatalf("%d answers to %d ops", len(answers), len(ops))
	}
	for i, ans := range answers {
		if ans.Key != ops[i].Key {
			k.Fatalf("answer %d is to %s, want %s", i, ans.Key, ops[i].Key)
		}
	}
	for _, ans := range answers[:3] {
		k.done(ans.Result)
	}
	k.failed(answers[3].Result, sources.ErrGone)
	k.holds(2, answers[0].Result.ID, 3)
	k.holds(2, a, 4)
	if again := k.phone().AnswerAll(k.class); len(again) != 0 {
		k.Fatalf("%d ops are answered twice", len(again))
	}
}

func sameKeyWaitsOnce(k *kit) {
	op := k.add(1)
	k.apply(op)
	k.must(k.client.Reopen(), "reopen")
	k.applyAt(k.client.Source("engine"), op)
	answers := k.phone().AnswerAll(k.class)
	if len(answers) != 1 {
		k.Fatalf("an op that was given twice is answered %d times", len(answers))
	}
	k.holds(1, k.done(answers[0].Result), 1)
}

// noEchoOfAnswers: a phone does not send back what it was sent.
func noEchoOfAnswers(k *kit) {
	a := k.put(1)
	k.send()
	_, cur := k.look("")
	k.apply(k.add(2), k.replace(a, "", 3))
	k.phone().AnswerAll(k.class)
	k.send()
	list, _ := k.look(cur)
	k.shows(list)
}
