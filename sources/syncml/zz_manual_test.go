package syncml_test

import (
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"
)

func TestManualServe(t *testing.T) {
	if os.Getenv("MANUAL") == "" {
		t.Skip()
	}
	b := newBench(t)
	b.opts.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	b.opts.Now = time.Now
	b.restart()
	b.setDB("sc-pim-d00", func(d *fakeDB) {
		for op := range int64(30) {
			d.Waiting = append(d.Waiting, addOp(op+1, 300))
		}
	})
	go http.ListenAndServe("127.0.0.1:9555", b.server)
	d := time.Now().Add(25 * time.Second)
	for time.Now().Before(d) {
		time.Sleep(time.Second)
		if _, err := os.Stat("/tmp/syncml-manual-stop"); err == nil {
			break
		}
	}
	db := b.db("sc-pim-d00")
	t.Logf("in %d puts %d sent %d acked %d mapped %d refused %v modes %v ends %v", len(db.Inbox), db.Puts, len(db.Sent), len(db.Acked), len(db.Mapped), db.Refused, db.Modes, db.Ends)
	for _, r := range db.Inbox[:min(3, len(db.Inbox))] {
		t.Logf("%v %s %s %q", r.Verb, r.LUID, r.Body.Type, r.Body.Data[:40])
	}
}
