package peertest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// An Other is SyncEvolution's own server, syncevo-http-server, running on the loopback with a folder of
// cards behind it. It takes one session at a time.
type Other struct {
	// URL is what a phone is told. Its user is "alice" with the password "wonder".
	URL string

	root  string
	group int
}

// otherTimeout is how long the other server waits for a client that has fallen silent, in seconds.
const otherTimeout = 120

// StartOther starts it for the devices with these ids: it refuses others. It is killed when the test ends.
func StartOther(t testing.TB, ids ...string) *Other {
	t.Helper()
	for _, program := range []string{"syncevo-http-server", "dbus-run-session", "syncevolution"} {
		if _, err := exec.LookPath(program); err != nil {
			Missing(t, program)
		}
	}
	o := &Other{root: t.TempDir()}
	for _, dir := range []string{"home", "config", "cache", "data", "cards"} {
		if err := os.Mkdir(filepath.Join(o.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o.configure(t, "backend=file", "database=file://"+filepath.Join(o.root, "cards"), "databaseFormat=text/vcard", "@server", "addressbook")
	for _, id := range ids {
		o.configure(t, "--template", "SyncEvolution_Client", "username=alice", "password=wonder", "remoteDeviceId="+id,
			"preventSlowSync=0", "RetryDuration="+strconv.Itoa(otherTimeout), "maxMsgSize=150000", "loglevel=1",
			"printChanges=0", "dumpData=0", "maxlogdirs=20", "peer_"+id+"@server")
	}
	o.start(t)
	return o
}

func (o *Other) configure(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "syncevolution", append([]string{"--daemon=no", "--keyring=no", "--configure"}, args...)...)
	cmd.Env, cmd.Dir = o.env(), o.root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("configure the other server: %v\n%s", err, out)
	}
}

func (o *Other) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
		"HOME=" + filepath.Join(o.root, "home"), "XDG_CONFIG_HOME=" + filepath.Join(o.root, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(o.root, "cache"), "XDG_DATA_HOME=" + filepath.Join(o.root, "data"),
		"GIO_USE_VFS=local", "GSETTINGS_BACKEND=memory",
	}
}

// start runs it in a process group of its own and waits until it answers.
func (o *Other) start(t testing.TB) {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	o.URL = fmt.Sprintf("http://127.0.0.1:%d/syncevolution", port)
	script, err := filepath.Abs("testdata/loopback.py")
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(o.root, "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), "dbus-run-session", "--", "/usr/bin/python3", script, o.URL)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = o.env(), o.root, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o.group = cmd.Process.Pid
	t.Cleanup(func() {
		_ = syscall.Kill(-o.group, syscall.SIGKILL) // it may have ended by itself
		_ = cmd.Wait()                              // its status is that it was killed
		_ = log.Close()                             // only a log
	})
	o.await(t)
}

func (o *Other) await(t testing.TB) {
	t.Helper()
	for range 200 {
		if res, err := http.Get(o.URL); err == nil {
			_ = res.Body.Close() // only that there was an answer counts
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	out, _ := os.ReadFile(filepath.Join(o.root, "server.log")) // empty says as much
	t.Fatalf("the other server does not answer\n%s", out)
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
