package ledger

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

func TestTogether(t *testing.T) {
	add := func(key string) sources.Op { return sources.Op{Verb: sources.Add, Key: sources.Key(key)} }
	edit := func(id string) sources.Op { return sources.Op{Verb: sources.Replace, ID: sources.ID(id)} }
	for name, c := range map[string]struct {
		ops  []sources.Op
		want int
	}{
		"none":            {nil, 0},
		"different":       {[]sources.Op{add("a"), edit("a"), edit("b")}, 3},
		"one item twice":  {[]sources.Op{edit("a"), edit("b"), edit("a")}, 2},
		"one key twice":   {[]sources.Op{add("a"), add("a")}, 1},
		"without keys":    {[]sources.Op{add(""), add(""), add("")}, 3},
		"more than most":  {[]sources.Op{add("a"), add("b"), add("c"), add("d"), add("e")}, 4},
		"as many as most": {[]sources.Op{add("a"), add("b"), add("c"), add("d")}, 4},
	} {
		if got := Together(c.ops, 4); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	card := dataclass.Body{Type: "text/vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Klein;Anna\r\nFN:Anna Klein\r\nEND:VCARD\r\n")}
	big := dataclass.Body{Type: card.Type, Data: []byte(strings.Repeat("x", 2000))}
	for name, c := range map[string]struct {
		op   sources.Op
		item bool
		want error
	}{
		"delete":       {op: sources.Op{Verb: sources.Delete, Body: big}},
		"add":          {op: sources.Op{Verb: sources.Add, Body: card}, item: true},
		"replace":      {op: sources.Op{Verb: sources.Replace, Body: card}, item: true},
		"another verb": {op: sources.Op{Verb: 77, Body: card}, want: sources.ErrUnsupported},
		"too big":      {op: sources.Op{Verb: sources.Add, Body: big}, want: sources.ErrTooBig},
		"no card":      {op: sources.Op{Verb: sources.Add, Body: dataclass.Body{Type: "text/vcard", Data: []byte("x")}}, want: sources.ErrUnsupported},
	} {
		it, err := Check(c.op, dataclass.Contacts, 1000)
		if !errors.Is(err, c.want) || (it != nil) != c.item {
			t.Errorf("%s: %v, %v", name, it, err)
		}
	}
}

func TestElsewhere(t *testing.T) {
	odd := errors.New("odd")
	for name, c := range map[string]struct {
		err     error
		refused bool
		theirs  bool
	}{
		"nothing":         {err: nil},
		"ours":            {err: odd},
		"refused":         {err: odd, refused: true, theirs: true},
		"network":         {err: &net.OpError{Op: "dial", Err: odd}, theirs: true},
		"cut off":         {err: io.ErrUnexpectedEOF, theirs: true},
		"malformed":       {err: dataclass.ErrMalformed, theirs: true},
		"endless":         {err: outgoing.ErrTooBig, theirs: true},
		"credentials":     {err: sources.ErrAuth, refused: true},
		"unknown outcome": {err: errors.Join(sources.ErrUnknownOutcome, io.EOF)},
		"we were ended":   {err: context.Canceled, refused: true},
	} {
		got := Elsewhere(c.err, c.refused)
		if errors.Is(got, sources.ErrElsewhere) != c.theirs || !errors.Is(got, c.err) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Locks
		k := Key{Owner: "o", Client: "c", Class: dataclass.Contacts}
		unlock, err := l.Lock(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		other, err := l.Lock(t.Context(), Key{Owner: "o", Client: "c", Class: dataclass.Events})
		if err != nil {
			t.Fatal(err)
		}
		other()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := l.Lock(ctx, k); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a lock that is held: %v", err)
		}
		got := make(chan struct{})
		go func() {
			again, err := l.Lock(t.Context(), k)
			if err == nil {
				again()
			}
			close(got)
		}()
		synctest.Wait()
		unlock()
		<-got
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := Wait(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
