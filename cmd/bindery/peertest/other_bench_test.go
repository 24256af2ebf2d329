package peertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A contest is one server with two devices, and what it used for each kind of session.
type contest struct {
	meter
	b    *testing.B
	name string
	n    int
	// repeats is how often a session is played of which one takes less than a second.
	repeats int
	a, c    *Device
	device  func(id string) *Device
	cards   int
}

// A use is what a server used for some sessions.
type use struct {
	times int
	cpu   time.Duration
	wall  time.Duration
	peak  int64
}

// contestRows are the kinds of sessions, in the order in which they are played.
var contestRows = []string{"push", "no-op", "1 % pushed", "pull", "1 % pulled", "slow again"}

// BenchmarkSyncevo plays the same sessions of the same client with the built server and with SyncEvolution's
// own, by turns for 100, 1,000 and 5,000 contacts (BINDERY_SIZES says others), and prints a table: the CPU of
// each server for one session, and its peak memory. Kinds of sessions that take less than a second are
// repeated, BINDERY_REPEATS times (50).
func BenchmarkSyncevo(b *testing.B) {
	client := Need(b)
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	sizes := "100,1000,5000"
	if s := os.Getenv("BINDERY_SIZES"); s != "" {
		sizes = s
	}
	b.Log("| contacts | session | times | Bindery: CPU | peak memory | syncevo-http-server: CPU | peak memory | CPU, part of |")
	for b.Loop() {
		for s := range strings.SplitSeq(sizes, ",") {
			n, err := strconv.Atoi(s)
			if err != nil {
				b.Fatal(err)
			}
			compare(b, client, exe, n, loadSize(b, "BINDERY_REPEATS", 50))
		}
	}
}

func compare(b *testing.B, client *Client, exe string, n, repeats int) {
	b.Helper()
	server := Start(b, exe)
	server.Account(b, "alice")
	ours := &contest{b: b, name: "Bindery", n: n, repeats: repeats, meter: meter{pid: server.cmd.Process.Pid}}
	ours.enter(client, server.URL, "alice")
	ids := []string{"one", "two"}
	for i := range repeats {
		ids = append(ids, another(i+1))
	}
	other := StartOther(b, ids...)
	theirs := &contest{b: b, name: "syncevo-http-server", n: n, repeats: repeats, meter: meter{group: other.group}}
	theirs.enter(client, other.URL, "wonder")
	for _, row := range contestRows {
		u, o := ours.play(row), theirs.play(row)
		b.Logf("| %d | %s | %d, %d | %.1f ms | %d MiB | %.1f ms | %d MiB | %.3f |", n, row, u.times, o.times, u.each(),
			u.peak>>20, o.each(), o.peak>>20, u.each()/o.each())
	}
}

// another names a device that pulls everything, as the second did before it.
func another(times int) string { return fmt.Sprintf("pull%d", times) }

// each is the CPU of one session in milliseconds.
func (u use) each() float64 { return u.cpu.Seconds() * 1000 / float64(u.times) }

func (c *contest) enter(client *Client, url, password string) {
	c.b.Helper()
	c.watch(c.b)
	c.device = func(id string) *Device {
		return client.Device(c.b, Settings{URL: url, User: "alice", Password: password, ID: id})
	}
	c.a, c.c = c.device("one"), c.device("two")
}

// play measures one kind of session; more than once if it is short.
func (c *contest) play(row string) use {
	c.b.Helper()
	var u use
	for u.times == 0 || u.times < c.repeats && u.cpu < time.Second*time.Duration(u.times) {
		device, mode := c.prepare(row, u.times)
		before, _ := c.read()
		began := time.Now()
		r := device.Sync(c.b, mode)
		u.wall += time.Since(began)
		after, peak := c.read()
		u.cpu, u.peak, u.times = u.cpu+after-before, max(u.peak, peak), u.times+1
		if !r.OK() {
			c.b.Fatalf("%s, %d contacts, %s: %v\n%s", c.name, c.n, row, r, r.Output)
		}
		c.check(row, device)
	}
	return u
}

// prepare does what a session of that kind needs to have been done, unmeasured.
func (c *contest) prepare(row string, times int) (device *Device, mode string) {
	c.b.Helper()
	switch row {
	case "push":
		if times > 0 {
			for _, luid := range c.a.LUIDs(c.b) {
				if err := os.Remove(filepath.Join(c.a.Cards, luid)); err != nil {
					c.b.Fatal(err)
				}
			}
			c.sync(c.a, "refresh-from-local")
		}
		c.a.Fill(c.b, 0, c.n)
		return c.a, "slow"
	case "1 % pushed":
		c.edit(c.a)
		return c.a, ""
	case "pull":
		if times > 0 {
			return c.device(another(times)), "slow"
		}
		return c.c, "slow"
	case "1 % pulled":
		c.edit(c.c)
		c.sync(c.c, "")
		return c.a, ""
	case "slow again":
		return c.a, "slow"
	}
	return c.a, ""
}

func (c *contest) sync(d *Device, mode string) {
	c.b.Helper()
	if r := d.Sync(c.b, mode); !r.OK() {
		c.b.Fatalf("%s: %v\n%s", c.name, r, r.Output)
	}
}

// edit changes one contact in a hundred of a device, to something that no contact has had.
func (c *contest) edit(d *Device) {
	c.b.Helper()
	c.cards++
	for _, luid := range d.LUIDs(c.b)[:max(1, c.n/100)] {
		card := []byte(d.read(c.b, luid))
		at := bytes.Index(card, []byte("TITLE:"))
		line := fmt.Sprintf("TITLE:Specimen %d\r\n", c.cards)
		if at >= 0 {
			end := at + bytes.Index(card[at:], []byte("\n")) + 1
			card = append(append(bytes.Clone(card[:at]), line...), card[end:]...)
		} else {
			card = bytes.Replace(card, []byte("END:VCARD"), []byte(line+"END:VCARD"), 1)
		}
		d.Put(c.b, luid, card)
	}
}

// check wants all contacts once on the device.
func (c *contest) check(row string, d *Device) {
	c.b.Helper()
	if got := len(d.LUIDs(c.b)); got != c.n {
		c.b.Fatalf("%s: after %s of %d contacts the device has %d", c.name, row, c.n, got)
	}
}
