package peertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gdataPatience is how long one sync of the programs that are compared may last.
const gdataPatience = 10 * time.Minute

// A gdataOther is a folder and an address book of Radicale, which vdirsyncer keeps in step.
type gdataOther struct {
	*testing.B
	way     gdataWay
	program vdirProgram
	pair    vdirPair
	peer    *davPeer
	// side are the folders that hold the contacts of each side.
	side [2]string
	ours map[string]gdataUse
}

// gdataReference has vdirsyncer do with a folder and Radicale what ours was measured of, with the same contacts, and
// tells how many times longer that took, and how many times as much processor time of both sides together. Both have their files in memory, where flushing costs nothing. A sync that is not done within
// gdataPatience is given up, and whatever comes after it.
func gdataReference(b *testing.B, way gdataWay, n int, ours map[string]gdataUse) {
	b.Helper()
	w := newGdataOther(b, way, n)
	w.ours = ours
	if w.sync(gdataFirst, n) && w.sync(gdataNone, n) {
		w.enter(0, 0, n/100)
		w.enter(1, n/2, n/2+n/100)
		if w.sync(gdataEdits, n) {
			w.compare(n)
		}
	}
	w.peer.stop()
}

func newGdataOther(b *testing.B, way gdataWay, n int) *gdataOther {
	b.Helper()
	theirs := needVdirsyncer(b)
	if _, err := exec.LookPath("radicale"); err != nil {
		Missing(b, "radicale")
	}
	root := vdirRoot(b)
	w := &gdataOther{B: b, way: way, pair: vdirPair{filepath.Join(root, "pair"), vdirContacts}}
	dir := filepath.Join(root, "radicale")
	w.side = [2]string{w.pair.a(), radicaleBook(dir)}
	for _, d := range w.side {
		if err := os.MkdirAll(d, 0o700); err != nil {
			b.Fatal(err)
		}
	}
	for i := range n {
		w.put(way.full, i, "")
	}
	w.peer = davRadicaleIn(b, dir)
	w.peer.watch(b)
	w.program = davPrograms("", theirs, w.peer.url)[1]
	if err := w.program.setUp(w.pair); err != nil {
		b.Fatal(err)
	}
	return w
}

// put writes a contact into the folder of a side.
func (w *gdataOther) put(side, i int, more string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.side[side], fmt.Sprintf("p%05d.vcf", i)), []byte(gdataCard(i, more)), 0o600); err != nil {
		w.Fatal(err)
	}
}

// enter adds a property to the contacts from lo up to but not including hi, whatever their files are called.
func (w *gdataOther) enter(side, lo, hi int) {
	w.Helper()
	names, err := vdirUIDs(w.side[side])
	if err != nil {
		w.Fatal(err)
	}
	for i := lo; i < hi; i++ {
		if err := addLine(names[gdataUID(i)], vdirKind{end: vdirContacts.end, line: fmt.Sprintf(gdataEdit[side], i)}); err != nil {
			w.Fatal(err)
		}
	}
}

// sync runs vdirsyncer and tells what that took. It says no if that was too long.
func (w *gdataOther) sync(what string, n int) bool {
	w.Helper()
	before, _ := w.peer.read()
	ctx, cancel := context.WithTimeout(w.Context(), gdataPatience)
	defer cancel()
	used, err := vdirRunWithin(ctx, w.program.args(w.pair))
	server, _ := w.peer.read()
	ours, gone := w.ours[what], used.wall
	cell := fmt.Sprintf("%.2f s (%.2f s, %.2f s)", gone.Seconds(), used.cpu.Seconds(), (server - before).Seconds())
	if ctx.Err() != nil {
		gone = gdataPatience
		cell = fmt.Sprintf("not in %.0f min: %d of %d (at least %.2f s)", gone.Minutes(), len(w.cards(1-w.way.full)), n, (server - before).Seconds())
	} else if err != nil {
		w.Fatal(err)
	}
	w.Logf("| %s | %s | %s | %.0f | %.0f |", w.way.name, what, cell, gone.Seconds()/ours.wall.Seconds(),
		(used.cpu+server-before).Seconds()/ours.cpu.Seconds())
	return ctx.Err() == nil
}

// cards lists the files of a side.
func (w *gdataOther) cards(side int) []string {
	w.Helper()
	list, err := filepath.Glob(filepath.Join(w.side[side], "*.vcf"))
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// compare asks that both sides have all people, each with what was entered on either side.
func (w *gdataOther) compare(n int) {
	w.Helper()
	for side := range w.side {
		var all strings.Builder
		for _, path := range w.cards(side) {
			data, err := os.ReadFile(path)
			if err != nil {
				w.Fatal(err)
			}
			all.Write(data)
		}
		wantPeople(w, fmt.Sprintf("side %d of vdirsyncer", side), all.String(), n)
	}
}
