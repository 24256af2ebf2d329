package syncml_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// ruled gives a bench whose server knows one rule, for the phone of newPhone, with those options.
func ruled(t *testing.T, options string) (*bench, *phone) {
	t.Helper()
	rules, err := devicerule.Parse("test.toml", []byte("[[rule]]\nname = \"test\"\nmatch.model = [\"One\"]\n"+options))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.opts.Rules = rules
	b.restart()
	return b, newPhone(b, "dev1")
}

func bodyOp(op int64, verb sources.Verb, text string) syncml.Outgoing {
	o := addOp(op, 0)
	o.Verb, o.Body = verb, dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(text)}
	if verb != sources.Add {
		o.GUID, o.LUID = "", "n9"
	}
	return o
}

const noted = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Sample;Given;;;\r\nFN:Given Sample\r\nNOTE:kept\r\nEMAIL:a@example.org\r\nEND:VCARD\r\n"

// TestRulesShapeWhatIsSent: the rules act on what a phone is sent from its first session on, in which it tells
// what it is.
func TestRulesShapeWhatIsSent(t *testing.T) {
	b, p := ruled(t, "drop = [\"NOTE\"]\nemail_internet = true\ncontacts_format = \"2.1\"\n")
	b.setDB("dev1", func(d *fakeDB) { d.Waiting = []syncml.Outgoing{bodyOp(1, sources.Add, noted)} })
	p.sync(wire.AlertSlow)
	got := p.items["n0"]
	if !strings.Contains(got, "VERSION:2.1") || !strings.Contains(got, "EMAIL;INTERNET:a@") || strings.Contains(got, "NOTE") {
		t.Errorf("phone was sent\n%s", got)
	}
}

// TestRulesReadWhatComes: what a phone sends is stored as it meant it.
func TestRulesReadWhatComes(t *testing.T) {
	b, p := ruled(t, "ignore = [\"EMAIL\"]\n")
	p.change(wire.Add, "p1", noted)
	p.sync(wire.AlertSlow)
	if d := b.db("dev1"); len(d.Inbox) != 1 || strings.Contains(string(d.Inbox[0].Body.Data), "EMAIL") || !strings.Contains(string(d.Inbox[0].Body.Data), "NOTE:kept") {
		t.Errorf("inbox: %+v", d.Inbox)
	}
}

// TestRulesOmitStatuses: the P800 is told of single items only what went wrong (2.17b).
func TestRulesOmitStatuses(t *testing.T) {
	b, p := ruled(t, "omit_item_statuses = true\n")
	b.fakes.strangers = []string{"gone"}
	p.add(1)
	p.change(wire.Delete, "gone", "")
	p.change(wire.Add, "", "nobody")
	p.begin()
	p.checker.few = true
	p.push(p.hello(wire.AlertRefreshFromClient))
	for _, s := range p.codes() {
		if s == "Replace 200" || s == "Add 201" || s == "Delete 211" {
			t.Errorf("status %s came", s)
		}
	}
	if !slices.Contains(p.codes(), "Sync 200") {
		t.Errorf("statuses %v", p.codes())
	}
	if d := b.db("dev1"); len(d.Inbox) == 0 {
		t.Error("nothing was stored")
	}
}

// TestRulesReject: a phone can be kept out with a status of the administrator's choice (2.16).
func TestRulesReject(t *testing.T) {
	_, p := ruled(t, "reject = 403\n")
	p.begin()
	if p.hello(wire.AlertTwoWay) != 0 || !slices.Contains(p.codes(), "Alert 403") {
		t.Errorf("statuses %v", p.codes())
	}
}
