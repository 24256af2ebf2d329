package peertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const davPairConfig = `[general]
status_path = %q

[pair p]
a = "a"
b = "b"
collections = null
conflict_resolution = "a wins"

[storage a]
type = "filesystem"
path = %q
fileext = ".vcf"

[storage b]
type = "carddav"
url = %q
username = %q
password = %q
`

// davPrograms are "bindery sync" and, if it is there, vdirsyncer, between a folder and an address.
func davPrograms(exe, theirs, url string) []vdirProgram {
	ours := vdirProgram{name: "bindery", args: func(p vdirPair) []string {
		return []string{exe, "--data", filepath.Join(p.root, "state"), "sync", p.a(), strings.Replace(url, "://", "://"+davUser+"@", 1)}
	}}
	config := func(p vdirPair) string { return filepath.Join(p.root, "config") }
	setUp := func(p vdirPair) error {
		text := fmt.Sprintf(davPairConfig, filepath.Join(p.root, "status"), p.a(), url, davUser, davUser)
		if err := os.WriteFile(config(p), []byte(text), 0o600); err != nil {
			return err
		}
		_, err := vdirRun([]string{theirs, "-c", config(p), "discover"})
		return err
	}
	return []vdirProgram{ours, {"vdirsyncer", setUp, func(p vdirPair) []string { return []string{theirs, "-c", config(p), "sync"} }}}
}

// BenchmarkDAVClient brings a folder of contacts (BINDERY_SIZES says how many, by default 1000) into an empty address book
// of the built server and of Radicale by "bindery sync" and by vdirsyncer, and then twice more when there is nothing to do;
// the first of these sees what was written. It prints a table of wall time, processor time and memory of the client.
func BenchmarkDAVClient(b *testing.B) {
	theirs := needVdirsyncer(b)
	b.Setenv("BINDERY_PASSWORD", davUser)
	exe, err := Build(b.TempDir(), []string{"GOFLAGS=-buildvcs=false"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, n := range davSizes(b, "1000") {
			b.Logf("| %d contacts | step | bindery | vdirsyncer | times faster |", n)
			davClientRound(b, exe, theirs, "Bindery", n, func() *davPeer { return davEmpty(b, exe) })
			if _, err := exec.LookPath("radicale"); err == nil && os.Getenv("BINDERY_ALONE") == "" {
				davClientRound(b, exe, theirs, "Radicale", n, func() *davPeer { return davRadicale(b, b.TempDir()) })
			}
		}
	}
}

// davEmpty starts the built server with an empty address book.
func davEmpty(t testing.TB, exe string) *davPeer {
	t.Helper()
	s := Start(t, exe)
	s.Account(t, davUser)
	p := newDAVPeer(t, "Bindery")
	p.url = strings.TrimSuffix(s.URL, "/syncml") + "/dav/addressbooks/" + davUser + "/contacts/"
	return p
}

// davClientRound runs each program against a new server of its own.
func davClientRound(b *testing.B, exe, theirs, name string, n int, start func() *davPeer) {
	b.Helper()
	var used [2][3]vdirUsage
	for i := range used {
		peer := start()
		program := davPrograms(exe, theirs, peer.url)[i]
		p := vdirPair{filepath.Join(b.TempDir(), program.name), vdirContacts}
		if err := vdirFill(p.a(), p.kind, n); err != nil {
			b.Fatal(err)
		}
		if program.setUp != nil {
			if err := program.setUp(p); err != nil {
				b.Fatal(err)
			}
		}
		for step := range used[i] {
			var err error
			if used[i][step], err = vdirRun(program.args(p)); err != nil {
				b.Fatal(err)
			}
		}
		peer.learn(n)
	}
	for step, what := range []string{"first", "after that", "no-op"} {
		b.Logf("| %s | %s | %s | %s | %.1f |", name, what, davUsage(used[0][step]), davUsage(used[1][step]),
			used[1][step].wall.Seconds()/used[0][step].wall.Seconds())
	}
}

func davUsage(u vdirUsage) string {
	return fmt.Sprintf("%.2f s (%.2f s, %.0f MiB)", u.wall.Seconds(), u.cpu.Seconds(), u.peakMiB)
}
