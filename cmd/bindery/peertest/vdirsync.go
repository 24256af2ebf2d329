package peertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A vdirUsage is what one run of a program took.
type vdirUsage struct {
	wall, cpu time.Duration
	peakMiB   float64
}

// A vdirPair is two folders and what a program remembers of them, all below one directory.
type vdirPair struct {
	root string
	kind vdirKind
}

func (p vdirPair) a() string { return filepath.Join(p.root, "a") }
func (p vdirPair) b() string { return filepath.Join(p.root, "b") }

// A vdirProgram keeps two folders in step.
type vdirProgram struct {
	name string
	// setUp prepares a pair; it may be nil.
	setUp func(p vdirPair) error
	// args is the command of one sync.
	args func(p vdirPair) []string
}

// binderySync is "bindery sync".
func binderySync(exe string) vdirProgram {
	return vdirProgram{name: "bindery", args: func(p vdirPair) []string {
		return []string{exe, "--data", filepath.Join(p.root, "state"), "sync", p.a(), p.b()}
	}}
}

const vdirConfig = `[general]
status_path = %q

[pair p]
a = "a"
b = "b"
collections = null
conflict_resolution = "a wins"

[storage a]
type = "filesystem"
path = %q
fileext = %q

[storage b]
type = "filesystem"
path = %q
fileext = %q
`

// vdirsyncer is the program of that name. What it has to find out about a pair before its first sync is
// found out in setUp and not counted.
func vdirsyncer(exe string) vdirProgram {
	config := func(p vdirPair) string { return filepath.Join(p.root, "config") }
	setUp := func(p vdirPair) error {
		text := fmt.Sprintf(vdirConfig, filepath.Join(p.root, "status"), p.a(), p.kind.suffix, p.b(), p.kind.suffix)
		if err := os.WriteFile(config(p), []byte(text), 0o600); err != nil {
			return err
		}
		_, err := vdirRun([]string{exe, "-c", config(p), "discover"})
		return err
	}
	return vdirProgram{"vdirsyncer", setUp, func(p vdirPair) []string { return []string{exe, "-c", config(p), "sync"} }}
}

// vdirRun runs a command and gives what the kernel counted of it.
func vdirRun(args []string) (vdirUsage, error) {
	return vdirRunWithin(context.Background(), args)
}

// vdirRunWithin is vdirRun of a command that is killed when ctx ends.
func vdirRunWithin(ctx context.Context, args []string) (vdirUsage, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return vdirUsage{}, fmt.Errorf("%s: %w\n%.2000s", strings.Join(args, " "), err, out.String())
	}
	u := vdirUsage{wall: time.Since(begun)}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return u, errors.New("this system does not count what a process uses")
	}
	u.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	u.peakMiB = float64(usage.Maxrss) / 1024
	return u, nil
}

// edit adds a line to one item in a hundred on each side, others on each, as an editor does that writes in
// place.
func (p vdirPair) edit(n int) error {
	for side, dir := range []string{p.a(), p.b()} {
		names, err := vdirUIDs(dir)
		if err != nil {
			return err
		}
		for i := range n / 100 {
			want, err := vdirUID(vdirName(p.a(), p.kind, i*100+side*50))
			if err != nil {
				return err
			}
			if err := addLine(names[want], p.kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func addLine(path string, kind vdirKind) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(data), kind.end, kind.line+"\r\n"+kind.end, 1)), 0o600)
}

// vdirUIDs gives the file of each UID in a folder.
func vdirUIDs(dir string) (map[string]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for _, f := range list {
		if strings.HasPrefix(f.Name(), ".") {
			continue // what a server keeps beside its items
		}
		path := filepath.Join(dir, f.Name())
		uid, err := vdirUID(path)
		if err != nil {
			return nil, err
		}
		out[uid] = path
	}
	return out, nil
}

func vdirUID(path string) (string, error) {
	data, err := os.ReadFile(path)
	_, rest, _ := strings.Cut(string(data), "\nUID:")
	uid, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(uid), err
}

// vdirContent gives what a folder holds: how often each content is there, whatever its file is called.
func vdirContent(dir string) (map[string]int, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := make(map[string]int, len(list))
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		out[strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n"))]++
	}
	return out, nil
}
