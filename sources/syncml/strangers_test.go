package syncml_test

import (
	"slices"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestRule_2_3_WhatNobodyKnows: a Delete of what is gone is answered 211, a Replace of what the phone was
// not known to hold is an Add; what the message itself brought is known.
func TestRule_2_3_WhatNobodyKnows(t *testing.T) {
	b := newBench(t)
	p := newPhone(b, "dev1")
	p.sync(wire.AlertSlow)
	b.fakes.strangers = []string{"gone", "new", "both"}
	p.begin()
	if mode := p.hello(wire.AlertTwoWay); mode != wire.AlertTwoWay {
		t.Fatalf("mode %d", mode)
	}
	replace := addOf("new", "old")
	replace.Verb = wire.Replace
	del := func(luid string) *wire.Change {
		return &wire.Change{Verb: wire.Delete, Items: []wire.Item{{Source: wire.Location{URI: luid}}}}
	}
	p.send(p.message(true, p.syncCommand(del("gone"), del("here"), replace, addOf("both"), del("both"))))
	for _, want := range []string{"Delete 211", "Delete 200", "Replace 201", "Replace 200", "Add 201"} {
		if !slices.Contains(p.codes(), want) {
			t.Errorf("no %q in %v", want, p.codes())
		}
	}
	if n := len(slices.DeleteFunc(p.codes(), func(s string) bool { return s != "Delete 211" })); n != 1 {
		t.Errorf("%d Deletes are answered 211, wanted 1: %v", n, p.codes())
	}
}
