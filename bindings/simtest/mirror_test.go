package simtest

import (
	"fmt"
	"testing"
)

// TestP10_MirroredBindings plays histories without faults twice: as they are, and with source and target of each
// binding swapped, and the winner with them. All clients must hold the same at the end, and both must have written as
// often to each: which of two is called the source decides nothing.
func TestP10_MirroredBindings(t *testing.T) {
	t.Parallel()
	played := 0
	for seed := uint64(1); seed <= 400; seed++ {
		s := shapeOf(seed)
		if s.kind == ring { // who of three is asked first decides which of two edits is seen first
			continue
		}
		s.calm, s.plain = true, true
		one := newWorld(seed, s, inMemory)
		one.play()
		s.mirrored = true
		two := newWorld(seed, s, inMemory)
		two.play()
		played++
		if a, b := ending(one), ending(two); a != b {
			t.Errorf("seed %d, %s, %s: as it is\n%s\nand mirrored\n%s", seed, s.kind, one.class, a, b)
		}
	}
	if played < 300 {
		t.Errorf("only %d histories", played)
	}
}

// ending is what all clients of a world hold, and how often each was written to.
func ending(w *world) string {
	out := fmt.Sprintln("writes", w.wrote, "complaints", w.bad)
	for _, p := range w.places {
		for _, e := range w.look(p) {
			out += fmt.Sprintln(p.name, e.name, e.ok, e.fields)
		}
	}
	return out
}
