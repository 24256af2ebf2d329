package peertest

import (
	"slices"
	"strings"
	"testing"
)

func TestParseReport(t *testing.T) {
	const text = `start = 1795236575, Sat 21 Nov 2026 05:09:35 AM UTC
status = 200
source-addressbook-mode = slow
source-addressbook-status = 0
source-addressbook-stat-local-added-total = 3
source-addressbook-stat-remote-added-total = 20
source-addressbook-stat-remote-removed-total = 2
`
	for _, c := range []struct {
		name, text string
		want       Report
		bad        bool
	}{
		{"good", text, Report{Status: 200, Mode: "slow", Local: Counts{Added: 3}, Remote: Counts{Added: 20, Removed: 2}}, false},
		{"only a status", "status = 20043\n", Report{Status: 20043}, false},
		{"no status", "start = 1\n", Report{}, true},
		{"a word for a number", "status = good\n", Report{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseReport(c.text)
			if (err != nil) != c.bad {
				t.Fatalf("error %v, want one: %v", err, c.bad)
			}
			if err == nil && got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestReportOK(t *testing.T) {
	good := Report{Status: 200}
	if !good.OK() {
		t.Error("a good report is not OK")
	}
	for _, bad := range []Report{{Exit: 1}, {Status: 500}, {Database: 404}, {LocalErrors: 1}, {RemoteErrors: 1}} {
		if bad.OK() {
			t.Errorf("%v is OK", bad)
		}
	}
}

func TestCanonical(t *testing.T) {
	const card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nTEL;TYPE=HOME,VOICE:+1 555\r\nNOTE:a long\r\n  note\r\nEND:VCARD\r\n"
	for _, c := range []struct {
		name, other string
		same        bool
	}{
		{"order, folding, case and machine's lines", "BEGIN:VCARD\nVERSION:3.0\nPRODID:x\nREV:2026\nNOTE:a long note\nTEL;TYPE=VOICE;type=home:+1 555\nN:A;B\nEND:VCARD\n", true},
		{"another number", strings.Replace(card, "555", "556", 1), false},
		{"another type", strings.Replace(card, "HOME", "WORK", 1), false},
		{"a number twice", strings.Replace(card, "NOTE", "TEL;TYPE=HOME:+1 555\r\nNOTE", 1), false},
		{"no note", strings.Replace(card, "NOTE:a long\r\n  note\r\n", "", 1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if (canonical(card) == canonical(c.other)) != c.same {
				t.Errorf("same: %v\n%s\n--\n%s", !c.same, canonical(card), canonical(c.other))
			}
		})
	}
}

func TestContactsDiffer(t *testing.T) {
	seen := make(map[string]int)
	for i := range 200 {
		c := canonical(string(Contact(i)))
		if j, ok := seen[c]; ok {
			t.Fatalf("people %d and %d are the same", j, i)
		}
		seen[c] = i
		if c != canonical(string(Contact(i))) {
			t.Fatalf("person %d is not always the same", i)
		}
	}
}

func TestDeviceCards(t *testing.T) {
	d := &Device{Cards: t.TempDir()}
	d.Fill(t, 0, 3)
	d.Edit(t, 1, 42)
	d.Remove(t, 2)
	if got := d.LUIDs(t); !slices.Equal(got, []string{"p00000", "p00001"}) {
		t.Errorf("cards %q", got)
	}
	all := strings.Join(d.Contents(t), "\n")
	if !strings.Contains(all, "+1 777 0000042") || strings.Contains(all, "+1 555 0000001") {
		t.Errorf("the edit is not there:\n%s", all)
	}
}

// A session with nobody at the other end shows that the client can be configured and run at all.
func TestSyncWithoutServer(t *testing.T) {
	d := Need(t).Device(t, Settings{URL: "http://127.0.0.1:9/syncml", User: "ada", Password: "invented", ID: "phone-0"})
	d.Fill(t, 0, 1)
	r := d.Sync(t, "slow")
	if r.OK() || r.Status == 0 {
		t.Errorf("a session without a server: %v\n%s", r, r.Output)
	}
	if n := len(d.LUIDs(t)); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}
