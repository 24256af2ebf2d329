package peertest

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	doorsSeed  = flag.Uint64("seed", 1, "what the dice of TestFourDoors begin with")
	doorsSteps = flag.Int("steps", 0, "how many steps TestFourDoors takes at least, 0 for 60 or, with BINDERY_LONG=1, 2,000")
)

// doors are one address book and the four ways into it.
type doors struct {
	server *Server
	door   [4]door
	*book
	rng   *rand.Rand
	model *model
	k     int // of deeds
	next  int // of people
	steps int
	kept  int  // values that lost a conflict and are in the history
	calm  bool // nobody does anything amid a sync, and none is slow
	kills int
	// trouble counts rounds of a settlement in which a sync failed.
	trouble int
	story   []told
	// lost are the values that have to be in the history.
	lost []told
}

// A told is a line of the story, of one person or, -1, of all.
type told struct {
	n    int
	line string
}

func newDoors(t *testing.T, seed uint64, b *book) *doors {
	t.Helper()
	w := &doors{book: b, rng: rand.New(rand.NewPCG(seed, 4)), model: &model{people: map[int]*human{}, slots: b.all, lacks: b.unedited}}
	w.server = Start(t, program(t))
	w.server.Account(t, "ann")
	w.door = b.open(t, w.server, func(n int, slot, old, value string) { w.model.overwrote(3, n, slot, old, value) })
	return w
}

func (w *doors) say(n int, format string, args ...any) {
	w.story = append(w.story, told{n, fmt.Sprintf("step %d: ", w.steps) + fmt.Sprintf(format, args...)})
}

// look gives what the user of a door sees, by person.
func (w *doors) look(t *testing.T, i int) map[int]who {
	t.Helper()
	all := map[int]who{}
	for _, one := range w.door[i].look(t) {
		n := one.numberOf()
		all[n] = one
	}
	return all
}

// step has one of the users do something.
func (w *doors) step(t *testing.T) {
	t.Helper()
	w.steps++
	i := w.rng.IntN(len(w.door))
	sees := w.look(t, i)
	what := w.rng.IntN(20)
	if what < 3 && len(sees) < 50 || len(sees) < 6 {
		w.enter(t, i)
		return
	}
	people := slices.Sorted(maps.Keys(sees))
	n := people[w.rng.IntN(len(people))]
	slot := w.one(n)
	if w.rng.IntN(2) == 0 { // where others have just been, so that deeds meet
		n, slot = w.hot(sees, n, slot)
	}
	if what >= 18 && len(sees) > 12 {
		w.k++
		w.say(n, "%s deletes %d", doorNames[i], n)
		w.settled(t, n)
		w.model.deletes(n, i, w.k, sees[n].Slots, w.door[i].held(t, n).Slots)
		w.door[i].remove(t, n)
		return
	}
	w.edit(t, i, n, slot, sees[n])
}

// one is a slot of an item.
func (w *doors) one(n int) string {
	all := w.slots(n)
	return all[w.rng.IntN(len(all))]
}

// hot is somebody whom a user did something to that not all can know, and mostly the slot of it.
func (w *doors) hot(sees map[int]who, n int, slot string) (int, string) {
	for _, m := range slices.Sorted(maps.Keys(sees)) {
		h := w.model.people[m]
		if h == nil {
			continue
		}
		for _, d := range h.deeds {
			if d.k == 0 || d.acked != 0 && d.acked <= slices.Min(w.model.seen[:]) || w.rng.IntN(4) > 0 {
				continue
			}
			n = m
			if d.slot != "" && w.rng.IntN(3) > 0 {
				slot = d.slot
			}
		}
	}
	if !slices.Contains(w.slots(n), slot) {
		slot = w.instead
	}
	return n, slot
}

// enter has a user enter a new person.
func (w *doors) enter(t *testing.T, i int) {
	t.Helper()
	w.next++
	have := map[string]string{}
	for w.foreign(i, w.next) {
		i = 2
	}
	for _, s := range w.slots(w.next) {
		if w.rng.IntN(2) == 0 || !slices.Contains(w.empty, s) {
			w.k++
			have[s] = w.value(s, w.next, w.k)
		}
	}
	maps.DeleteFunc(have, func(s, _ string) bool { return slices.Contains(w.unedited[i], s) })
	w.say(w.next, "%s enters %d: %q", doorNames[i], w.next, have)
	w.model.born(w.next, i, have)
	w.door[i].add(t, w.next, have)
}

// edit has a user change, add or remove one property.
func (w *doors) edit(t *testing.T, i, n int, slot string, sees who) {
	t.Helper()
	slot = w.at(i, slot)
	w.k++
	value := w.value(slot, n, w.k)
	if slices.Contains(w.empty, slot) && sees.Slots[slot] != "" && w.rng.IntN(4) == 0 {
		value = ""
	}
	w.say(n, "%s sets %s of %d to %.50q, was %.50q", doorNames[i], slot, n, value, sees.Slots[slot])
	w.settled(t, n)
	w.model.does(n, i, w.k, slot, value, sees.Slots)
	w.door[i].edit(t, n, slot, value)
}

// sync has some doors synchronise, all at once, and notes what their users can know then.
func (w *doors) sync(t *testing.T, some ...int) error {
	t.Helper()
	w.model.now++
	began := w.model.now
	errs, before := make([]error, len(some)), w.every(t)
	var all sync.WaitGroup
	for at, i := range some {
		slow := !w.calm && w.rng.IntN(10) == 0 && w.model.slowIsSafe(i)
		all.Go(func() { errs[at] = w.door[i].sync(t.Context(), slow) })
		w.say(-1, "%s synchronises with %v, slow %v", doorNames[i], some, slow)
	}
	if !w.calm && slices.Contains(some, 2) && w.rng.IntN(2) == 0 {
		time.Sleep(time.Duration(w.rng.IntN(200)) * time.Millisecond)
		w.amid(t)
	}
	all.Wait()
	for at, i := range some {
		sees := w.look(t, i)
		w.model.synced(i, began, errs[at] == nil, sees)
		w.say(-1, "%s synchronised: %.700v", doorNames[i], errs[at])
		w.sayChanges(i, before[i], sees)
	}
	return errors.Join(errs...)
}

// sayChanges tells what a sync brought to a door.
func (w *doors) sayChanges(i int, before, after map[int]who) {
	for n, one := range after {
		old, ok := before[n]
		if !ok {
			w.say(n, "%s got %d", doorNames[i], n)
			continue
		}
		for _, slot := range w.all {
			if a, b := old.Slots[slot], one.Slots[slot]; a != b {
				w.say(n, "%s got %s of %d: %.50q, was %.50q", doorNames[i], slot, n, b, a)
			}
		}
	}
	for n := range before {
		if _, ok := after[n]; !ok {
			w.say(n, "%s lost %d", doorNames[i], n)
		}
	}
}

// amid edits somebody in the folder while it is being synchronised.
func (w *doors) amid(t *testing.T) {
	t.Helper()
	w.steps++
	sees := w.look(t, 2)
	people := slices.Sorted(maps.Keys(sees))
	n, slot := w.hot(sees, people[w.rng.IntN(len(people))], w.instead)
	w.k++
	if value := w.value(slot, n, w.k); w.door[2].(*fileDoor).editAmid(t, n, slot, value, sees[n]) {
		w.say(n, "amid the sync folder sets %s of %d to %.50q, was %.50q", slot, n, value, sees[n].Slots[slot])
		w.model.does(n, 2, w.k, slot, value, sees[n].Slots)
	}
}

// round has some doors synchronise, in any order. Amid it the server may be killed, or end as it should, and start again.
func (w *doors) round(t *testing.T) {
	t.Helper()
	done := make(chan struct{})
	if what := w.rng.IntN(4); what > 1 {
		close(done)
	} else {
		after := time.Duration(w.rng.IntN(4000)) * time.Millisecond
		w.say(-1, "the server is to end (%d) after %s", what, after)
		w.kills++
		go func() {
			defer close(done)
			time.Sleep(after)
			if what == 0 {
				w.server.Restart(t)
			} else {
				w.server.Again(t)
			}
		}()
	}
	some := w.rng.Perm(len(w.door))[:1+w.rng.IntN(len(w.door))]
	if w.rng.IntN(2) == 0 {
		_ = w.sync(t, some...) // where it went wrong a later one goes well
		some = nil
	}
	for _, i := range some {
		_ = w.sync(t, i) // so here
	}
	<-done
}

// settle synchronises everything twice, so that what each door tells reaches each other one, and more often only where that
// fails.
func (w *doors) settle(t *testing.T) {
	t.Helper()
	w.say(-1, "settle")
	w.calm = true
	defer func() { w.calm = false }()
	var failed error
	for well := 0; well < 2; well++ {
		failed = nil
		for _, j := range w.rng.Perm(len(w.door)) {
			failed = errors.Join(failed, w.sync(t, j))
		}
		if failed == nil {
			continue
		}
		if w.trouble++; w.trouble > 3 {
			t.Fatalf("it does not come to rest: %v", failed)
		}
		well = -1
	}
	w.trouble = 0
}

func (w *doors) every(t *testing.T) (all [4]map[int]who) {
	t.Helper()
	for i := range w.door {
		all[i] = w.look(t, i)
	}
	return all
}

// quiet asks that one more round moves nothing.
func (w *doors) quiet(t *testing.T) {
	t.Helper()
	w.calm = true
	defer func() { w.calm = false }()
	before := w.stamps(t)
	for i := range w.door {
		if err := w.sync(t, i); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(before, w.stamps(t)); diff != "" {
		t.Errorf("not quiet:\n%s", diff)
	}
}

// stamps tell of each door whether anything in it moves.
func (w *doors) stamps(t *testing.T) (all [4]string) {
	t.Helper()
	for i, d := range w.door {
		switch d := d.(type) {
		case *fileDoor:
			all[i] = d.stamps(t)
		case *gdataDoor:
			all[i] = fmt.Sprint(d.moved, " entries were read or written")
		}
	}
	return all
}

// keep copies what a story left to where BINDERY_KEEP says.
func (w *doors) keep(t *testing.T) {
	t.Helper()
	to := os.Getenv("BINDERY_KEEP")
	if to == "" {
		return
	}
	left := map[string]string{"data": w.server.data}
	for i, d := range w.door {
		if f, ok := d.(*fileDoor); ok {
			left[doorNames[i]] = f.dir
		}
	}
	for name, dir := range left {
		if err := os.CopyFS(filepath.Join(to, name), os.DirFS(dir)); err != nil {
			t.Error(err)
		}
	}
}

// Again ends the server as an operator does and starts it again.
func (s *Server) Again(t testing.TB) {
	t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // a test's server may have ended
	_ = s.cmd.Wait()                          // what is asked of the new one says more than its status
	s.start(t)
}

// TestFourDoors lets a phone, a DAV client, a folder and a GData client edit one address book at random, with the server
// ended at random. In the end all four are equal in what each can hold, and nothing is doubled, lost or back.
// With BINDERY_LONG=1 there are 2,000 steps. The dice begin with -seed; when the server ends also depends on how fast the
// machine is.
func TestFourDoors(t *testing.T) { playDoors(t, people) }

func playDoors(t *testing.T, b *book) {
	t.Helper()
	steps, settles := 60, 3
	if os.Getenv("BINDERY_LONG") == "1" {
		steps, settles = 2000, 5
	}
	if *doorsSteps > 0 {
		steps = *doorsSteps
	}
	w := newDoors(t, *doorsSeed, b)
	w.teach(t)
	for i := range 12 {
		w.enter(t, i%4)
	}
	w.settle(t)
	w.door[2].remove(t, 0) // the phone has learned it
	w.settle(t)
	w.judge(t)
	for rounds := 0; w.steps < steps && !t.Failed(); {
		for range 20 {
			w.step(t)
		}
		w.round(t)
		if rounds++; rounds%settles == 0 || w.steps >= steps {
			w.settle(t)
			w.judge(t)
			w.quiet(t)
			t.Logf("%d steps, %d people, %d in the history", w.steps, len(w.model.people), w.kept)
		}
	}
	if t.Failed() {
		w.keep(t)
	}
	w.server.Command(t, "", "doctor")
	t.Logf("seed %d: %d steps, %d times the server ended, %d people", *doorsSeed, w.steps, w.kills, len(w.model.people))
}
