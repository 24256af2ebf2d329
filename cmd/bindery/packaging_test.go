package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const packaging = "../../packaging/"

// unit reads the lines of the systemd unit: what stands behind each name, the last one winning.
func unit(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(packaging + "bindery.service")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			out[name] = value
		}
	}
	return out
}

// The unit starts the program by the command that it names, is told when it is ready and when it stops, and waits long
// enough for what is under way.
func TestUnitStarts(t *testing.T) {
	u := unit(t)
	if wait, err := time.ParseDuration(u["TimeoutStopSec"]); err != nil || wait <= 3*drainTimeout {
		t.Errorf("TimeoutStopSec=%s, and stopping takes up to %v", u["TimeoutStopSec"], 3*drainTimeout)
	}
	if span, err := time.ParseDuration(strings.TrimSuffix(u["WatchdogSec"], "in")); err != nil || span < 2*watchdogWait {
		t.Errorf("WatchdogSec=%s, and the database may take %v to answer", u["WatchdogSec"], watchdogWait)
	}
	for name, want := range map[string]string{
		"Type": "notify", "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "StateDirectory": "bindery", "UMask": "0077",
	} {
		if u[name] != want {
			t.Errorf("%s=%s, want %s", name, u[name], want)
		}
	}
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", socket)
	options, ok := strings.CutPrefix(strings.Trim(u["Environment"], `"`), "BINDERY_OPTIONS=")
	if !ok || !strings.Contains(options, "--listen 127.0.0.1:8080") {
		t.Fatalf("Environment=%s", u["Environment"])
	}
	options = strings.ReplaceAll(options, ":8080", ":0")
	line := strings.NewReplacer("${STATE_DIRECTORY}", t.TempDir(), "$BINDERY_OPTIONS", options).Replace(u["ExecStart"])
	words := strings.Fields(line)
	if words[0] != "/usr/local/bin/bindery" {
		t.Errorf("ExecStart=%s", u["ExecStart"])
	}
	r := serveLine(t, words[1:])
	told := make([]byte, 64)
	if n, err := conn.Read(told); err != nil || string(told[:n]) != sdReady {
		t.Errorf("told %q, %v", told[:n], err)
	}
	r.end(t)
	if n, err := conn.Read(told); err != nil || string(told[:n]) != sdStopping {
		t.Errorf("told %q, %v", told[:n], err)
	}
}

// systemd itself finds nothing wrong with the unit.
func TestUnitIsValid(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("BINDERY_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("systemd-analyze is not installed")
	}
	text, err := os.ReadFile(packaging + "bindery.service")
	if err != nil {
		t.Fatal(err)
	}
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "bindery.service")
	if err := os.WriteFile(copied, bytes.ReplaceAll(text, []byte("/usr/local/bin/bindery"), []byte(me)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), verify, "verify", "--man=no", copied).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("bindery.service:")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// containerfile gives the instructions of the container file, with continued lines put together.
func containerfile(t *testing.T) (out [][]string) {
	t.Helper()
	text, err := os.ReadFile(packaging + "Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if words := strings.Fields(line); len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			out = append(out, words)
		}
	}
	return out
}

// execForm reads the words of an instruction that is a list of JSON.
func execForm(t *testing.T, words []string) (out []string) {
	t.Helper()
	_, list, _ := strings.Cut(strings.Join(words, " "), "[")
	if err := json.Unmarshal([]byte("["+list), &out); err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	return out
}

// What the container file copies is there, its commands are this program's and work together, and it is nobody's.
func TestContainer(t *testing.T) {
	last := map[string][]string{}
	for _, words := range containerfile(t) {
		last[words[0]] = words[1:]
		if words[0] == "COPY" && !strings.HasPrefix(words[1], "--") {
			for _, source := range words[1 : len(words)-1] {
				if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if user := last["USER"]; len(user) != 1 || strings.HasPrefix(user[0], "0") || user[0] == "root" {
		t.Errorf("USER %v", user)
	}
	if from := last["FROM"]; !slices.Equal(from, []string{"scratch"}) {
		t.Errorf("the last stage is FROM %v", from)
	}
	entry, command := execForm(t, last["ENTRYPOINT"]), execForm(t, last["CMD"])
	line := strings.Join(append(entry[1:], command...), " ")
	r := serveLine(t, strings.Fields(strings.NewReplacer("/data", t.TempDir(), "0.0.0.0:8080", "127.0.0.1:0").Replace(line)))
	probe := execForm(t, last["HEALTHCHECK"])
	if probe[0] != entry[0] || probe[1] != "health" || probe[2] != "http://127.0.0.1:8080" {
		t.Errorf("HEALTHCHECK %v", probe)
	}
	quietly := terminal{in: os.Stdin, out: io.Discard, err: io.Discard}
	if code := run(t.Context(), []string{probe[1], r.url}, quietly); code != exitDone {
		t.Errorf("a server that runs: %d", code)
	}
	r.end(t)
	if code := run(t.Context(), []string{probe[1], r.url}, quietly); code != exitFailed {
		t.Errorf("a server that has ended: %d", code)
	}
}

// health says why a server takes no work.
func TestHealth(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == readyPath {
			http.Error(w, errDraining.Error(), http.StatusServiceUnavailable)
		}
	}))
	defer web.Close()
	var wrong bytes.Buffer
	if code := run(t.Context(), []string{"health", web.URL}, terminal{in: os.Stdin, out: io.Discard, err: &wrong}); code != exitFailed || !strings.Contains(wrong.String(), "503 the server is stopping") {
		t.Errorf("%d %s", code, wrong.String())
	}
	for _, bad := range []string{"x", "ftp://127.0.0.1", "http://"} {
		if code := run(t.Context(), []string{"health", bad}, terminal{in: os.Stdin, out: io.Discard, err: io.Discard}); code != exitUsage {
			t.Errorf("%s: %d", bad, code)
		}
	}
}
