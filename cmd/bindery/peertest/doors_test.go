package peertest

import (
	"archive/zip"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var doorsSeed = flag.Uint64("seed", 1, "what the dice of TestFourDoors begin with")

// doors are one address book and the four ways into it.
type doors struct {
	server *Server
	door   [4]door
	rng    *rand.Rand
	model  *model
	k      int // of deeds
	next   int // of people
	steps  int
	calm   bool // nobody does anything amid a sync, and none is slow
	kills  int
	story  []told
	// lost are the values that have to be in the history.
	lost []told
}

// A told is a line of the story, of one person or, -1, of all.
type told struct {
	n    int
	line string
}

// lacks are the properties that a door cannot hold.
var lacks = [4][]string{{"X-"}, nil, nil, {"X-", "PHOTO"}}

func newDoors(t *testing.T, seed uint64) *doors {
	t.Helper()
	w := &doors{rng: rand.New(rand.NewPCG(seed, 4)), model: &model{people: map[int]*human{}}}
	w.server = Start(t, program(t))
	w.server.Account(t, "ann")
	g := newGDataDoor(w.server)
	g.overwrote = func(n int, slot, old, value string) { w.model.overwrote(3, n, slot, old, value) }
	w.door = [4]door{phoneDoor(t, w.server), davDoor(t, w.server), folderDoor(t, w.server), g}
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
	n, slot := people[w.rng.IntN(len(people))], slots[w.rng.IntN(len(slots))]
	if w.rng.IntN(2) == 0 { // where others have just been, so that deeds meet
		n, slot = w.hot(sees, n, slot)
	}
	if what >= 18 && len(sees) > 12 {
		w.k++
		w.say(n, "%s deletes %d", doorNames[i], n)
		w.model.does(n, i, w.k, "", "", sees[n].Slots)
		w.door[i].remove(t, n)
		return
	}
	w.edit(t, i, n, slot, sees[n])
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
	return n, slot
}

// enter has a user enter a new person.
func (w *doors) enter(t *testing.T, i int) {
	t.Helper()
	w.next++
	have := map[string]string{}
	for _, s := range slots {
		if w.rng.IntN(2) == 0 || !slices.Contains(mayBeEmpty, s) {
			w.k++
			have[s] = valueOf(s, w.k)
		}
	}
	if i == 0 || i == 3 {
		delete(have, "x")
	}
	w.say(w.next, "%s enters %d: %q", doorNames[i], w.next, have)
	w.model.born(w.next, i, have)
	w.door[i].add(t, w.next, have)
}

// edit has a user change, add or remove one property.
func (w *doors) edit(t *testing.T, i, n int, slot string, sees who) {
	t.Helper()
	if slot == "x" && (i == 0 || i == 3) {
		slot = "cell"
	}
	w.k++
	value := valueOf(slot, w.k)
	if slices.Contains(mayBeEmpty, slot) && sees.Slots[slot] != "" && w.rng.IntN(4) == 0 {
		value = ""
	}
	w.say(n, "%s sets %s of %d to %.50q, was %.50q", doorNames[i], slot, n, value, sees.Slots[slot])
	w.model.does(n, i, w.k, slot, value, sees.Slots)
	w.door[i].edit(t, n, slot, value)
}

// sync has some doors synchronise, all at once, and notes what their users can know then.
func (w *doors) sync(t *testing.T, some ...int) error {
	t.Helper()
	w.model.now++
	began := w.model.now
	errs, before := make([]error, len(some)), w.all(t)
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
		for _, slot := range slots {
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
	n, slot := w.hot(sees, people[w.rng.IntN(len(people))], "cell")
	w.k++
	if value := valueOf(slot, w.k); w.door[2].(*fileDoor).editAmid(t, n, slot, value, sees[n]) {
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

// settle synchronises until nothing moves. How often that takes is bounded: whatever a door tells reaches each other one
// with its next sync.
func (w *doors) settle(t *testing.T) {
	t.Helper()
	w.say(-1, "settle")
	w.calm = true
	defer func() { w.calm = false }()
	before := w.all(t)
	var failed error
	for i := range 8 {
		failed = nil
		for _, j := range w.rng.Perm(len(w.door)) {
			failed = errors.Join(failed, w.sync(t, j))
		}
		after := w.all(t)
		if failed == nil && cmp.Equal(before, after) && i > 0 {
			w.say(-1, "at rest after %d rounds", i+1)
			return
		}
		before = after
	}
	t.Errorf("it does not come to rest: %v", failed)
}

func (w *doors) all(t *testing.T) (all [4]map[int]who) {
	t.Helper()
	for i := range w.door {
		all[i] = w.look(t, i)
	}
	return all
}

// once asks that nobody is there twice, and no strangers.
func (w *doors) once(t *testing.T) {
	t.Helper()
	for i, d := range w.door {
		seen := map[int]bool{}
		for _, one := range d.look(t) {
			if n := one.numberOf(); seen[n] || n < 0 {
				t.Errorf("%s has twice, or does not know, person %d: %v\n%s", doorNames[i], n, one, w.about(n))
			}
			seen[one.numberOf()] = true
		}
	}
}

// judge asks that all doors show the same, and what their users did.
func (w *doors) judge(t *testing.T) {
	t.Helper()
	w.once(t)
	all := w.all(t)
	end := all[2] // a folder holds everything
	for i := range all {
		for n, one := range end {
			if diff := cmp.Diff(one.within(lacks[i]...), all[i][n].within(lacks[i]...)); diff != "" {
				t.Errorf("person %d: folder (-) and %s (+):\n%s\n%s", n, doorNames[i], diff, w.about(n))
			}
		}
		for n := range all[i] {
			if _, ok := end[n]; !ok {
				t.Errorf("person %d is on %s and not in the folder\n%s", n, doorNames[i], w.about(n))
			}
		}
	}
	for n, h := range w.model.people {
		one, there := end[n]
		bad, lost := h.judge(one, there)
		for _, b := range bad {
			t.Errorf("person %d: %s\n%s", n, b, w.about(n))
		}
		for _, d := range lost {
			w.lost = append(w.lost, told{n, needle(d)})
		}
	}
	if !t.Failed() {
		w.history(t)
		w.model.rest(end)
		w.story = nil
	}
}

// about tells what was done to a person.
func (w *doors) about(n int) string {
	var b strings.Builder
	if h := w.model.people[n]; h != nil {
		for _, d := range h.deeds {
			fmt.Fprintln(&b, d)
		}
	}
	for _, l := range w.story {
		if l.n == n || l.n == -1 {
			b.WriteString(l.line + "\n")
		}
	}
	return b.String()
}

// needle is what a value begins with, wherever it is written.
func needle(d *deed) string {
	switch d.slot {
	case "note":
		return d.value[:strings.Index(d.value, ":")+1]
	case "street", "org", "title", "nick", "x":
		return d.value[:strings.IndexAny(d.value, ",;G")]
	}
	return d.value
}

// history asks that what lost a conflict was kept.
func (w *doors) history(t *testing.T) {
	t.Helper()
	if len(w.lost) == 0 {
		return
	}
	file := filepath.Join(t.TempDir(), "ann.zip")
	w.server.Command(t, "", "account", "export", "ann", file)
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	var kept strings.Builder
	for _, f := range z.File {
		if !strings.Contains(f.Name, "history") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&kept, r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	text := strings.NewReplacer("\r\n ", "", "\n ", "", "-", "").Replace(kept.String())
	for _, l := range w.lost {
		if !strings.Contains(text, strings.ReplaceAll(l.line, "-", "")) {
			t.Errorf("the history does not have %s\n%s", l.line, w.about(l.n))
		}
	}
	w.lost = nil
}

// quiet asks that one more round moves nothing.
func (w *doors) quiet(t *testing.T) {
	t.Helper()
	w.calm = true
	defer func() { w.calm = false }()
	g := w.door[3].(*gdataDoor)
	g.moved = 0
	var before, after [3]string
	for i := range before {
		before[i] = w.door[i].(*fileDoor).stamps(t)
	}
	for i := range w.door {
		if err := w.sync(t, i); err != nil {
			t.Error(err)
		}
	}
	for i := range after {
		after[i] = w.door[i].(*fileDoor).stamps(t)
	}
	if diff := cmp.Diff(before, after); diff != "" || g.moved != 0 {
		t.Errorf("not quiet: %d entries moved, and files:\n%s", g.moved, diff)
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
func TestFourDoors(t *testing.T) {
	steps, batch := 60, 20
	if os.Getenv("BINDERY_LONG") == "1" {
		steps, batch = 2000, 20
	}
	w := newDoors(t, *doorsSeed)
	for i := range 12 {
		w.enter(t, i%4)
	}
	w.settle(t)
	w.judge(t)
	for rounds := 0; w.steps < steps && !t.Failed(); {
		for range batch {
			w.step(t)
		}
		w.round(t)
		if rounds++; rounds%3 == 0 {
			w.settle(t)
			w.judge(t)
			w.quiet(t)
			t.Logf("%d steps", w.steps)
		}
	}
	if keep := os.Getenv("KEEPDOORS"); t.Failed() && keep != "" {
		_ = os.CopyFS(keep+"/data", os.DirFS(w.server.data))
		_ = os.CopyFS(keep+"/folder", os.DirFS(w.door[2].(*fileDoor).dir))
		_ = os.CopyFS(keep+"/phone", os.DirFS(w.door[0].(*fileDoor).dir))
		_ = os.CopyFS(keep+"/dav", os.DirFS(w.door[1].(*fileDoor).dir))
	}
	w.server.Command(t, "", "doctor")
	t.Logf("seed %d: %d steps, %d times the server ended, %d people", *doorsSeed, w.steps, w.kills, len(w.model.people))
}
