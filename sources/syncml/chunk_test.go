package syncml_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// pieces cuts an item into an Add for each piece.
func pieces(luid, data string, size, n int) []*wire.Change {
	var all []*wire.Change
	for i := 0; i < len(data); i += n {
		end := min(i+n, len(data))
		c := &wire.Change{Verb: wire.Add, Meta: wire.Meta{Type: "text/vcard"}, Items: []wire.Item{{
			Source: wire.Location{URI: luid}, MoreData: end < len(data), Data: wire.Data{Text: data[i:end], Opaque: true}}}}
		if i == 0 {
			c.Items[0].Meta.Size = size
		}
		all = append(all, c)
	}
	return all
}

func TestLargeObjectsIn(t *testing.T) {
	data := string(card(1, 3000).Data)
	for _, c := range []struct {
		name   string
		size   int
		codes  []int
		stored bool
	}{
		{"good", len(data), []int{213, 213, 201}, true},
		{"one byte too many told", len(data) + 1, []int{213, 213, 201}, true},
		{"no size", 0, []int{411, 411, 411}, false},
		{"too short", len(data) + 20, []int{213, 213, 424}, false},
		{"too long", 1500, []int{213, 424, 424}, false},
		{"above what we take", 5_000_000, []int{424, 424, 424}, false},
	} {
		for _, binary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", c.name, binary), func(t *testing.T) {
				b := newBench(t)
				p := newPhone(b, "dev1")
				p.binary, p.resend = binary, true
				p.begin()
				p.hello(wire.AlertSlow)
				for _, piece := range pieces("big", data, c.size, 1200) {
					if rep := p.send(p.message(false, p.syncCommand(piece))); rep == nil || rep.Final {
						t.Fatalf("bad answer to a piece: %+v", rep)
					}
				}
				if !p.pull(p.send(p.message(true, p.syncCommand()))) {
					t.Fatal("session broke off")
				}
				p.commit()
				var got []int
				for _, s := range p.seen.Statuses {
					if s.Cmd == wire.Add {
						got = append(got, s.Code)
					}
				}
				d := b.db("dev1")
				if !slices.Equal(got, c.codes) || len(d.Inbox) == 1 != c.stored || c.stored && string(d.Inbox[0].Body.Data) != data {
					t.Errorf("statuses %v, %d rows", got, len(d.Inbox))
				}
				if n := b.count("syncml_chunks"); n != 0 {
					t.Errorf("%d pieces left", n)
				}
				if mode := p.sync(wire.AlertTwoWay); mode != wire.AlertTwoWay {
					t.Errorf("next sync in mode %d", mode)
				}
			})
		}
	}
}

// TestLargeObjectTorn: another item before the end of a large one means that the end is missing.
func TestLargeObjectTorn(t *testing.T) {
	for _, end := range []string{"item", "final"} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.begin()
		p.hello(wire.AlertSlow)
		part := pieces("big", strings.Repeat("x", 2000), 2000, 1200)
		p.send(p.message(false, p.syncCommand(part[0])))
		p.add(1)
		rest := p.changesFor(200)
		if end == "final" {
			rest = nil
		}
		if !p.pull(p.send(p.message(true, p.syncCommand(rest...)))) {
			t.Fatal("session broke off")
		}
		torn := p.seen.Alerts[len(p.seen.Alerts)-1]
		if torn.Code != 223 || torn.Items[0].Source.URI != "big" {
			t.Errorf("%s: no word of the missing end: %+v", end, torn)
		}
		if d := b.db("dev1"); len(d.Inbox) != len(rest) || b.count("syncml_chunks") != 0 {
			t.Errorf("%s: %d rows", end, len(d.Inbox))
		}
	}
}

func TestLargeObjectsOut(t *testing.T) {
	for _, binary := range []bool{false, true} {
		for _, maxMsg := range []int{2700, 5000} {
			t.Run(fmt.Sprintf("%v/%d", binary, maxMsg), func(t *testing.T) {
				b := newBench(t)
				big := addOp(2, 9000)
				big.Body.Data = []byte(strings.ReplaceAll(string(big.Body.Data), "Words", "Wörter €"))
				b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 100), big, addOp(3, 100)) })
				p := newPhone(b, "dev1")
				p.devinf.LargeObjs, p.maxMsg, p.binary, p.resend = true, maxMsg, binary, true
				p.sync(wire.AlertSlow)
				d := b.db("dev1")
				if !slices.Equal(d.Acked, []int64{1, 2, 3}) || len(d.Mapped) != 3 || len(p.items) != 3 {
					t.Fatalf("acknowledged %v, mapped %v, refused %v", d.Acked, d.Mapped, d.Refused)
				}
				if got := p.items["n1"]; len(got) < 9000 || !contains(got, "Wörter €") || contains(got, "\uFFFD") || !contains(got, "END:VCARD") {
					t.Errorf("phone put together %d bytes: %.200q", len(got), got)
				}
			})
		}
	}
}

// TestLargeObjectRefusedInTheMiddle: the phone may say no to a piece, then the rest is not sent.
func TestLargeObjectRefusedInTheMiddle(t *testing.T) {
	b := newBench(t)
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 9000), addOp(2, 100)) })
	p := newPhone(b, "dev1")
	p.devinf.LargeObjs, p.maxMsg = true, 3000
	p.statusOf = func(c *wire.Change) int {
		if c.Items[0].Source.URI == "1" {
			return 424
		}
		return 0
	}
	p.sync(wire.AlertSlow)
	if d := b.db("dev1"); len(d.Refused) != 1 || !slices.Equal(d.Acked, []int64{2}) || p.seen.Messages > 6 {
		t.Errorf("refused %v, acknowledged %v after %d messages", d.Refused, d.Acked, p.seen.Messages)
	}
}

// TestTinyMessages: a phone whose messages hold next to nothing still comes to an end.
func TestTinyMessages(t *testing.T) {
	for _, large := range []bool{false, true} {
		for _, maxMsg := range []int{1, 700, 1300} {
			b := newBench(t)
			b.setDB("dev1", func(d *fakeDB) { d.Waiting = append(d.Waiting, addOp(1, 300), addOp(2, 300)) })
			p := newPhone(b, "dev1")
			p.devinf.LargeObjs = large
			p.add(1, 2, 3)
			p.maxMsg, p.tolerant = maxMsg, true
			p.sync(wire.AlertSlow)
			if d := b.db("dev1"); len(d.Inbox) != 3 || len(d.Acked)+len(d.Refused) != 2 {
				t.Errorf("%d: %d rows, acknowledged %v, refused %v", maxMsg, len(d.Inbox), d.Acked, d.Refused)
			}
		}
	}
}

// TestLargeObjectInBase64: phones differ in whether the size is that of the content or of its text.
func TestLargeObjectInBase64(t *testing.T) {
	data := string(card(1, 3000).Data)
	text := base64.StdEncoding.EncodeToString([]byte(data))
	for size, good := range map[int]bool{len(data): true, len(text): true, len(data) - 30: false, 2000: false, len(text) + 30: false} {
		b := newBench(t)
		p := newPhone(b, "dev1")
		p.begin()
		p.hello(wire.AlertSlow)
		for _, piece := range pieces("big", text, size, 1200) {
			piece.Meta.Format = "b64"
			p.send(p.message(false, p.syncCommand(piece)))
		}
		if !p.pull(p.send(p.message(true, p.syncCommand()))) {
			t.Fatal("session broke off")
		}
		d := b.db("dev1")
		if len(d.Inbox) == 1 != good || good && string(d.Inbox[0].Body.Data) != data {
			t.Errorf("size %d: %d rows, %v", size, len(d.Inbox), p.codes())
		}
	}
}

// TestTooBigForUs: an item above the MaxObjSize that we announced is refused, however it comes; the rest is
// taken.
func TestTooBigForUs(t *testing.T) {
	b := newBench(t)
	b.opts.MaxObjSize = 5000
	b.restart()
	p := newPhone(b, "dev1")
	p.begin()
	p.hello(wire.AlertSlow)
	big := addOf("big")
	big.Items[0].Data.Text = strings.Repeat("x", 5001)
	if !p.pull(p.send(p.message(true, p.syncCommand(addOf("1"), big)))) {
		t.Fatal("session broke off")
	}
	if d := b.db("dev1"); len(d.Inbox) != 1 || d.Inbox[0].LUID != "1" || !slices.Contains(p.codes(), "Add 424") {
		t.Errorf("%d rows, %v", len(d.Inbox), p.codes())
	}
}
