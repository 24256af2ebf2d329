package engine_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/engine/journaltest"
	"github.com/bindery-sync/bindery/sources"
)

// TestRule_2_4_AMapOfAnOlderItemKeepsTheBase: such a link is written whole, so it is read whole before.
func TestRule_2_4_AMapOfAnOlderItemKeepsTheBase(t *testing.T) {
	ctx := t.Context()
	j := journaltest.New(func() time.Time { return time.Unix(1234567890, 0) })
	e := &engine.Engine{Journal: j, Log: slog.New(slog.DiscardHandler)}
	ref := engine.Ref{Owner: "o", Binding: 1, Class: dataclass.Contacts}
	l, err := j.Lease(ctx, ref, "", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Open(ctx, l, "", engine.TwoWay); err != nil {
		t.Fatal(err)
	}
	w := engine.LinkWrite{Link: engine.Link{Base: dataclass.Fingerprint{2}, Owed: [2]engine.Reason{engine.Target: engine.Unmapped}}}
	w.Bodies.Base = dataclass.Body{Type: "text/vcard", Data: []byte("new")}
	in := engine.Intent{Side: engine.Target, State: engine.Sent, Print: dataclass.Fingerprint{1},
		Op: sources.Op{Verb: sources.Add, Body: dataclass.Body{Type: "text/vcard", Data: []byte("old")}}}
	links, ops, err := j.Intend(ctx, l, engine.Batch{Links: []engine.LinkWrite{w}, Intents: []engine.Intent{in}})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Release(ctx, l); err != nil {
		t.Fatal(err)
	}
	if err := e.Settle(ctx, ref, []engine.Answer{{Intent: ops[0], State: engine.Mapped, Item: "here"}}); err != nil {
		t.Fatal(err)
	}
	now, err := j.Links(ctx, l, links)
	if err != nil || len(now) != 1 || now[0].Item[engine.Target] != "here" ||
		string(now[0].Bodies.Base.Data) != "new" || string(now[0].Bodies.Shadow[engine.Target].Data) != "old" {
		t.Errorf("%+v, %v", now, err)
	}
}
