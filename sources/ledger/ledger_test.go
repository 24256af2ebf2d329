package ledger

import (
	"errors"
	"testing"

	"github.com/bindery-sync/bindery/sources"
)

func TestLife(t *testing.T) {
	b := Book{Client: "c", Class: "Contacts", Epoch: "e"}
	var l, other Life
	b.Put(&l, "", 1)
	b.Put(&other, "", 1)
	if l.Born != 1 || l.Created != 1 || l.Changed != 1 || other.Born != 2 {
		t.Fatalf("two new items: %+v, %+v", l, other)
	}
	b.Put(&l, "us", 2)
	if l.Born != 1 || l.Created != 1 || l.Changed != 3 || l.At != 2 || !l.OwnWrite(2, "us") || l.OwnWrite(2, "them") || l.OwnWrite(2, "") {
		t.Errorf("a write of ours: %+v", l)
	}
	l.Earlier = true
	b.Kill(&l, "", 3)
	if !l.Dead || l.Died != 4 || l.Earlier || l.Change("i", "", "us").Verb != sources.Delete {
		t.Errorf("dead: %+v", l)
	}
	b.Put(&l, "us", 4)
	if l.Dead || l.Born != 1 || l.Created != 5 || l.Died != 4 {
		t.Errorf("alive again: %+v", l)
	}
	if l.OwnWrite(3, "us") || !l.OwnWrite(4, "us") {
		t.Error("a reader who was not told of the death is not told of the new item, or who was told is")
	}
	l.AddKey = "k"
	if ch := l.Change("i", "r", "us"); ch.ID != "i" || ch.Rev != "r" || ch.Verb != sources.Replace || ch.Key != "k" || !ch.Own || !ch.Synced {
		t.Errorf("change: %+v", ch)
	}
	if ch := l.Change("i", "r", ""); ch.Own || !ch.Synced {
		t.Errorf("change for nobody: %+v", ch)
	}
}

func TestCursor(t *testing.T) {
	b := Book{Client: "c", Class: "Contacts", Epoch: "e", Counter: 7, Floor: 3}
	if n, err := b.Position(""); n != Everything || err != nil {
		t.Errorf("no cursor: %d, %v", n, err)
	}
	if n, err := b.Position(b.Cursor()); n != 7 || err != nil {
		t.Errorf("cursor of now: %d, %v", n, err)
	}
	renewed := b
	renewed.Renew("f", "there")
	if renewed.Address != "there" {
		t.Errorf("address %q", renewed.Address)
	}
	for name, c := range map[string]struct {
		b   Book
		cur sources.Cursor
	}{
		"below the floor":  {b, "2/e/Contacts/c"},
		"of the future":    {b, "8/e/Contacts/c"},
		"another class":    {b, "7/e/Events/c"},
		"another client":   {b, "7/e/Contacts/d"},
		"another spelling": {b, "07/e/Contacts/c"},
		"no number":        {b, "x/e/Contacts/c"},
		"much too long":    {b, "7777777777777777777777777777777777777/e"},
		"renewed":          {renewed, b.Cursor()},
		"no epoch":         {Book{Client: "c", Class: "Contacts", Counter: 7}, "7//Contacts/c"},
	} {
		if _, err := c.b.Position(c.cur); !errors.Is(err, sources.ErrCursorLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
