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
	if !slices.Contains(p.codes(), "Sync 200") || !slices.Contains(p.codes(), "Replace 500") {
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

// TestRulesKeepSizes: no message is longer than a rule allows, and an item that is too long is not sent (2.17b, a
// phone of 2,700 bytes).
func TestRulesKeepSizes(t *testing.T) {
	b, p := ruled(t, "max_message = 2700\nmax_object = 1000\n")
	b.setDB("dev1", func(d *fakeDB) {
		for op := range int64(20) {
			d.Waiting = append(d.Waiting, addOp(op+1, 300))
		}
		d.Waiting = append(d.Waiting, addOp(21, 1500))
	})
	p.sync(wire.AlertSlow)
	if p.seen.Largest > 2700 || len(p.items) != 20 || b.db("dev1").Refused[21] == "" {
		t.Errorf("largest message %d, %d items, refused %v", p.seen.Largest, len(p.items), b.db("dev1").Refused)
	}
}

// TestRulesSayNothingOfNumbers: a phone that shall not be told how many changes come is not (2.17).
func TestRulesSayNothingOfNumbers(t *testing.T) {
	for options, want := range map[string]int{"": 1, "number_of_changes = false\n": 0} {
		b, p := ruled(t, options)
		b.setDB("dev1", func(d *fakeDB) { d.Waiting = []syncml.Outgoing{addOp(1, 0)} })
		p.sync(wire.AlertSlow)
		if len(p.seen.Counts) != want {
			t.Errorf("%q: NumberOfChanges %v", options, p.seen.Counts)
		}
	}
}

// TestRulesSayNothingOfLargeObjects: neither in our messages nor in our device information.
func TestRulesSayNothingOfLargeObjects(t *testing.T) {
	for options, want := range map[string]bool{"": true, "large_objects = false\n": false} {
		_, p := ruled(t, options)
		p.begin()
		rep := p.send(p.opening(wire.AlertSlow))
		info := wire.ParseDevInf(p.seen.Results[0].Items[0].Data.Elem)
		if got := rep.Header.Meta.MaxObjSize > 0; got != want || info.LargeObjs != want || p.seen.Alerts[0].Items[0].Meta.MaxObjSize > 0 != want {
			t.Errorf("%q: MaxObjSize told: %v, in device information: %v", options, got, info.LargeObjs)
		}
	}
}

// TestRulesWithholdEdits: in a slow sync the phone is sent no Replace; the op stays open (2.16).
func TestRulesWithholdEdits(t *testing.T) {
	b, p := ruled(t, "no_replace_in_slow = true\n")
	b.setDB("dev1", func(d *fakeDB) {
		d.Waiting = []syncml.Outgoing{bodyOp(1, sources.Replace, noted), addOp(2, 0)}
	})
	p.sync(wire.AlertSlow)
	d := b.db("dev1")
	if len(p.items) != 1 || !slices.Equal(d.Sent, []int64{2}) || len(d.Acked)+len(d.Refused) != 1 {
		t.Errorf("phone holds %v; sent %v, acknowledged %v, refused %v", p.items, d.Sent, d.Acked, d.Refused)
	}
}

// TestDeviceInformationIsReplaced: what a phone tells anew replaces what it told, and counts at once: in a Put, and
// in the answer to our Get (2.8: changed firmware, changed capabilities).
func TestDeviceInformationIsReplaced(t *testing.T) {
	b, p := ruled(t, "drop = [\"NOTE\"]\n")
	send := func(op int64) string {
		b.setDB("dev1", func(d *fakeDB) { d.Waiting = []syncml.Outgoing{bodyOp(op, sources.Replace, noted)} })
		p.items["n9"] = ""
		p.sync(wire.AlertTwoWay)
		return p.items["n9"]
	}
	p.noPut = true
	if strings.Contains(send(1), "NOTE") {
		t.Error("the answer to our Get did not count in its session")
	}
	p.noPut, p.devinf.Mod, p.devinf.FwV = false, "Two", "2.0"
	if !strings.Contains(send(2), "NOTE") {
		t.Error("what was told anew did not count in its session")
	}
	p.noPut, p.devinf.Mod = true, "One"
	if !strings.Contains(send(3), "NOTE") {
		t.Error("what was told was not kept")
	}
	all, err := syncml.Devices(t.Context(), b.store, "owner-anna")
	if err != nil || len(all) != 1 || all[0].Device.Model != "Two" || all[0].Device.Firmware != "2.0" || all[0].Client != "client-dev1" {
		t.Errorf("devices: %+v, %v", all, err)
	}
	if foreign, err := syncml.Devices(t.Context(), b.store, "owner-bert"); err != nil || len(foreign) != 0 {
		t.Errorf("another owner's devices: %+v, %v", foreign, err)
	}
}
