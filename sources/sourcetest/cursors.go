package sourcetest

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// cursorChecks test what a cursor names.
func cursorChecks() []check {
	return []check{
		{name: "CloseWithoutCommitRepeats", need: incremental, run: closeWithoutCommitRepeats},
		{name: "CursorStaysGood", need: incremental, run: cursorStaysGood},
		{name: "CursorAfterReopen", need: incremental, run: cursorAfterReopen},
		{name: "CursorGarbage", need: incremental | both, run: cursorGarbage},
		{name: "CursorForeign", need: incremental | both, run: cursorForeign},
		{name: "CursorOfOtherClass", need: incremental | both, run: cursorOfOtherClass},
		{name: "UnknownClass", need: both, run: unknownClass, once: true},
	}
}

func closeWithoutCommitRepeats(k *kit) {
	a := k.put(1)
	cur := k.cursor()
	k.edit(a, 2)
	b := k.put(3)
	s := k.begin(cur)
	k.shows(k.collect(s), a, b)
	k.must(s.Close(), "close")
	list, _ := k.look(cur)
	k.shows(list, a, b)
}

// cursorStaysGood: a cursor that was returned and never stored by the caller leaves the old one good.
func cursorStaysGood(k *kit) {
	a := k.put(1)
	cur := k.cursor()
	k.edit(a, 2)
	for range 3 {
		list, _ := k.look(cur)
		k.shows(list, a)
	}
}

func cursorAfterReopen(k *kit) {
	k.put(1)
	cur := k.cursor()
	b := k.put(2)
	k.must(k.client.Reopen(), "reopen")
	k.source = k.client.Source("engine")
	list, cur := k.look(cur)
	k.shows(list, b)
	c := k.put(3)
	list, _ = k.look(cur)
	k.shows(list, c)
}

func cursorGarbage(k *kit) {
	k.put(1)
	good := k.cursor()
	for _, bad := range []sources.Cursor{
		"x", "0", "1", "-1", "/", "99999999999999999999", "\x00", "☃", good + "x", "1" + good, good + good,
		sources.Cursor(strings.Repeat("9", 100_000)),
	} {
		s, err := k.source.Begin(k.ctx, k.class, bad)
		if err == nil {
			_ = s.Close()
		}
		k.is(err, sources.ErrCursorLost, "begin since %.40q", bad)
	}
}

func cursorForeign(k *kit) {
	k.put(1)
	cur := k.cursor()
	other := k.another()
	for n := range 3 {
		_, err := other.Put(k.class, k.body(n))
		k.must(err, "user puts item %d", n)
	}
	_, err := other.Source("engine").Begin(k.ctx, k.class, cur)
	k.is(err, sources.ErrCursorLost, "begin since another client's cursor")
}

func cursorOfOtherClass(k *kit) {
	k.put(1)
	cur := k.cursor()
	for _, class := range k.opts.Caps.Classes {
		if class != k.class {
			_, err := k.source.Begin(k.ctx, class, cur)
			k.is(err, sources.ErrCursorLost, "begin %s since a cursor of %s", class, k.class)
		}
	}
}

func unknownClass(k *kit) {
	for _, class := range []dataclass.Class{"", "Nonsense", "contacts", dataclass.Calendar} {
		if class == k.class {
			continue
		}
		_, err := k.source.Begin(k.ctx, class, "")
		k.is(err, sources.ErrUnsupported, "begin %q", class)
	}
}
