package bindings

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// TestPack: rows are packed and unpacked whole, nothing and no bytes apart; what is damaged is an error.
func TestPack(t *testing.T) {
	k := journalKey{"owner", 7, "Contacts"}
	rapid.Check(t, func(t *rapid.T) {
		text, number := rapid.StringN(0, 9, -1), rapid.Int64()
		blob := rapid.SampledFrom([][]byte{nil, {}, {0}, []byte("BEGIN:VCARD")})
		side := func() journalSide {
			return journalSide{text.Draw(t, "item"), text.Draw(t, "rev"), 3, blob.Draw(t, "print"), 2, text.Draw(t, "type"), blob.Draw(t, "body"), blob.Draw(t, "sent")}
		}
		var want pack
		for range rapid.IntRange(0, 5).Draw(t, "links") {
			want.links = append(want.links, journalLinkRow{
				number.Draw(t, "id"), k, rapid.Bool().Draw(t, "doomed"), blob.Draw(t, "print"), text.Draw(t, "type"), blob.Draw(t, "body"),
				side(), side(), blob.Draw(t, "swing"), "",
			})
		}
		for range rapid.IntRange(0, 5).Draw(t, "intents") {
			want.intents = append(want.intents, journalIntentRow{
				number.Draw(t, "id"), k, number.Draw(t, "link"), 5, 1, 2, text.Draw(t, "key"), 3, text.Draw(t, "item"), text.Draw(t, "rev"),
				blob.Draw(t, "print"), rapid.Bool().Draw(t, "base"), text.Draw(t, "type"), blob.Draw(t, "body"), text.Draw(t, "mapped"), number.Draw(t, "made"),
			})
		}
		body := want.append(nil)
		got, err := unpackRows(k, body)
		if len(got.links) == 0 {
			got.links = nil
		}
		if len(got.intents) == 0 {
			got.intents = nil
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(pack{})); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if _, err := unpackRows(k, body[:len(body)-1]); !errors.Is(err, errPack) {
			t.Fatalf("cut: %v", err)
		}
		if _, err := unpackRows(k, append(body, 0)); !errors.Is(err, errPack) {
			t.Fatalf("longer: %v", err)
		}
	})
}

// FuzzUnpack: a damaged batch is an error, and costs no more memory than it has bytes.
func FuzzUnpack(f *testing.F) {
	p := pack{links: []journalLinkRow{{ID: 1, BasePrint: []byte("x")}}, intents: []journalIntentRow{{ID: 2, Link: 1}}}
	f.Add(p.append(nil))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := unpackRows(journalKey{}, body)
		if err != nil && !errors.Is(err, errPack) {
			t.Fatal(err)
		}
		if again, err2 := unpackRows(journalKey{}, p.append(nil)); err == nil && (err2 != nil || !cmp.Equal(p, again, cmp.AllowUnexported(pack{}))) {
			t.Fatalf("%v: %+v, then %+v", err2, p, again)
		}
	})
}

// packedBatch is a batch of new links that the target is to add, as a first sync makes it.
func packedBatch(names ...string) engine.Batch {
	var b engine.Batch
	for i, name := range names {
		body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(name)}
		w := engine.LinkWrite{Link: engine.Link{
			Item: [2]sources.ID{sources.ID(name)}, Rev: [2]sources.Revision{"1"}, Base: dataclass.Fingerprint{byte(i + 1)},
			Shadow: [2]dataclass.Fingerprint{{byte(i + 1)}}, Owed: [2]engine.Reason{engine.None, engine.Waiting},
		}}
		w.Bodies.Base, w.Bodies.Shadow[engine.Source] = body, body
		b.Links = append(b.Links, w)
		b.Intents = append(b.Intents, engine.Intent{
			Link: engine.LinkID(i), Side: engine.Target, Print: w.Link.Base,
			Op: sources.Op{Key: sources.Key("key-" + name), Verb: sources.Add, Body: body},
		})
	}
	return b
}

// packs counts what is packed, and the rows of links and intents.
func (p *pair) packs() [3]int64 {
	p.t.Helper()
	var n [3]int64
	p.ok(p.db.View(context.Background(), func(_ context.Context, db *gorm.DB) error {
		for i, table := range []string{"journal_packs", "journal_links", "journal_intents"} {
			if err := db.Table(table).Count(&n[i]).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return n
}

// intend records a batch in a run of its own.
func (p *pair) intend(b engine.Batch) (engine.Journal, engine.Lease, []engine.LinkID, []int64) {
	p.t.Helper()
	ctx, j := context.Background(), p.store.Journal()
	l, err := j.Lease(ctx, p.ref(), "", true)
	p.ok(err)
	_, err = j.Open(ctx, l, "", engine.TwoWay)
	p.ok(err)
	links, intents, err := j.Intend(ctx, l, b)
	p.ok(err)
	return j, l, links, intents
}

// TestRule_1_1_APackedBatchIsTakenUp: a process dies between recording a batch and its settlement. Whoever reads the
// journal next finds each link and each open Add of it, with its body.
func TestRule_1_1_APackedBatchIsTakenUp(t *testing.T) {
	ctx := context.Background()
	for name, read := range map[string]func(p *pair, j engine.Journal, l engine.Lease, links []engine.LinkID, intents []int64) error{
		"Pending": func(p *pair, j engine.Journal, l engine.Lease, _ []engine.LinkID, _ []int64) error {
			_, open, err := j.Pending(ctx, l)
			if len(open) != 2 || string(open[1].Op.Body.Data) != "Bob" {
				p.t.Errorf("open are %+v", open)
			}
			return err
		},
		"Load": func(p *pair, j engine.Journal, l engine.Lease, _ []engine.LinkID, _ []int64) error {
			m, err := j.Load(ctx, l)
			if len(m.Links) != 2 || len(m.Intents) != 2 {
				p.t.Errorf("there are %d links and %d intents", len(m.Links), len(m.Intents))
			}
			return err
		},
		"Quiet": func(p *pair, j engine.Journal, l engine.Lease, _ []engine.LinkID, _ []int64) error {
			_, quiet, err := j.Quiet(ctx, l)
			if quiet {
				p.t.Error("it is quiet")
			}
			return err
		},
		"Links": func(p *pair, j engine.Journal, l engine.Lease, links []engine.LinkID, _ []int64) error {
			list, err := j.Links(ctx, l, links)
			if len(list) != 2 || string(list[1].Bodies.Base.Data) != "Bob" || list[1].Owed[engine.Target] != engine.Waiting {
				p.t.Errorf("links are %+v", list)
			}
			return err
		},
		"Intents": func(p *pair, j engine.Journal, l engine.Lease, _ []engine.LinkID, intents []int64) error {
			list, err := j.Intents(ctx, l, intents)
			if len(list) != 2 || list[0].Op.Key != "key-Ann" {
				p.t.Errorf("intents are %+v", list)
			}
			return err
		},
		"Heard": func(p *pair, j engine.Journal, l engine.Lease, _ []engine.LinkID, intents []int64) error {
			list, links, err := j.Heard(ctx, l, intents, true)
			if len(list) != 2 || list[0].Op.Key != "key-Ann" || !list[0].Op.Body.IsZero() {
				p.t.Errorf("intents are %+v", list)
			}
			if len(links) != 2 || links[1].ID != list[1].Link || links[1].Owed[engine.Target] != engine.Waiting || !links[1].Bodies.Base.IsZero() {
				p.t.Errorf("links are %+v", links)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, pairOptions{})
			_, l, links, intents := p.intend(packedBatch("Ann", "Bob"))
			if n := p.packs(); n != [3]int64{1, 0, 0} {
				t.Errorf("packs, links, intents: %v", n)
			}
			p.boot()
			p.ok(read(p, p.store.Journal(), l, links, intents))
			if n := p.packs(); n != [3]int64{0, 2, 2} {
				t.Errorf("packs, links, intents: %v", n)
			}
		})
	}
}

// TestSettlePacked: a settlement of a packed batch leaves what one of rows leaves, whether or not the process that
// settles is the one that packed, and however much of the batch it settles.
func TestSettlePacked(t *testing.T) {
	ctx := context.Background()
	settled := func(rows, again, all bool) (out []engine.LinkWrite, open []engine.Intent) {
		p := newPair(t, pairOptions{})
		j, l, links, intents := p.intend(packedBatch("Ann", "Bob"))
		switch {
		case rows:
			_, err := j.Load(ctx, l) // whoever reads makes rows of it
			p.ok(err)
		case again:
			p.boot()
			j = p.store.Journal()
		}
		n := 1
		if all {
			n = 2
		}
		st := engine.Settlement{Forget: intents[:n]}
		for _, id := range links[:n] {
			st.Held = append(st.Held, engine.Holding{Link: id, Side: engine.Target, Item: "there", Rev: "2"})
		}
		p.ok(j.Settle(ctx, l, st))
		if n := p.packs(); n[0] != 0 || n[1] != 2 {
			t.Errorf("packs, links, intents: %v", n)
		}
		out, err := j.Links(ctx, l, links)
		p.ok(err)
		_, open, err = j.Pending(ctx, l)
		p.ok(err)
		return out, open
	}
	for _, all := range []bool{false, true} {
		want, open := settled(true, false, all)
		if want[0].Item[engine.Target] != "there" || want[0].Owed[engine.Target] != engine.None || len(open) != map[bool]int{false: 1, true: 0}[all] {
			t.Errorf("of rows: %+v, open are %+v", want, open)
		}
		for _, again := range []bool{false, true} {
			got, gotOpen := settled(false, again, all)
			if diff := cmp.Diff(want, got) + cmp.Diff(open, gotOpen); diff != "" {
				t.Errorf("all %v, another process %v (-rows +packed):\n%s", all, again, diff)
			}
		}
	}
}

// TestPackedForPhones: what a client that answers later brings is compared with the links, so that they are never packed.
func TestPackedForPhones(t *testing.T) {
	p := newPair(t, pairOptions{})
	p.ok(p.db.Update(context.Background(), func(_ context.Context, tx *gorm.DB) error {
		return tx.Exec("UPDATE bindings SET deferred_id = source_id").Error
	}))
	p.intend(packedBatch("Ann", "Bob"))
	if n := p.packs(); n != [3]int64{0, 2, 2} {
		t.Errorf("packs, links, intents: %v", n)
	}
}
