package syncml_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// TestRule_1_3_ASlowSessionHoldsNobodyUp: while a message of one phone is at work for as long as it likes,
// another phone comes to its end, and so does a new session of the same phone. The old message is told so.
func TestRule_1_3_ASlowSessionHoldsNobodyUp(t *testing.T) {
	b := newBench(t)
	at, goOn := make(chan struct{}), make(chan struct{})
	var first sync.Once
	b.fakes.onStart = func() {
		mine := false
		first.Do(func() { mine = true })
		if mine {
			close(at)
			<-goOn
		}
	}
	slow := newPhone(b, "dev1")
	slow.basic = true
	slow.add(1)
	slow.begin()
	mode := slow.hello(wire.AlertSlow)
	body := slow.encode(slow.message(true, slow.syncCommand(slow.changesFor(200)...)))
	code := make(chan int, 1)
	go func() { slow.post(body); code <- slow.code }()
	<-at
	other := newPhone(b, "dev2")
	other.basic = true
	other.add(2)
	other.sync(mode)
	again := newPhone(b, "dev1")
	again.basic, again.session = true, 7 // its first messages would be those of the other session sent again
	again.add(1)
	again.sync(mode)
	close(goOn)
	if c := <-code; c != http.StatusNotFound {
		t.Errorf("the message of the older session is answered %d", c)
	}
	if d := b.db("dev1"); len(d.Modes) != 1 || !d.Ends[len(d.Ends)-1] {
		t.Errorf("runs %v, ends %v", d.Modes, d.Ends)
	}
}
