package peertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Settings say how one device speaks. URL, User, Password and ID are required.
type Settings struct {
	URL, User, Password string
	// ID is the device id, which tells phones apart.
	ID string
	// Database is the server's name of the contacts, "addressbook" by default.
	Database string
	// XML, Basic and Old choose XML for WBXML, basic for MD5 log-in, and SyncML 1.1 for 1.2.
	XML, Basic, Old bool
	// VCard21 makes the device send and take vCard 2.1; its files stay 3.0.
	VCard21 bool
	// MaxMsgSize is the device's limit of a message in bytes; 0 leaves the client's own, 150,000.
	MaxMsgSize int
}

// A device is patient, for the server may be slow on a busy machine: it repeats a message that was not
// answered after this many seconds, and gives up after so many. The first message it never repeats.
const (
	retryInterval = 30
	retryDuration = 120
)

// Impatient gives the properties of a session (Device.Sync) that repeats messages after two seconds and
// gives up after so many.
func Impatient(giveUp int) []string {
	return []string{"RetryInterval=2", "RetryDuration=" + strconv.Itoa(giveUp)}
}

// A Device is one simulated phone: a home of its own, and a folder of vCards as its contacts.
type Device struct {
	client *Client
	root   string
	// Cards is the folder of its contacts; a file's name is the LUID.
	Cards string
	// Events is the folder of its events, if it has a calendar.
	Events string
}

// timeout is what one run of the program may take before it is taken for hanging.
const timeout = 10 * time.Minute

// Device makes a phone with an empty address book.
func (c *Client) Device(t testing.TB, s Settings) *Device {
	t.Helper()
	root := t.TempDir()
	d := &Device{client: c, root: root, Cards: filepath.Join(root, "cards")}
	for _, dir := range []string{"home", "config", "cache", "data", "cards"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.must(t, append([]string{"--keyring=no", "--configure", "--template", "none"}, s.server()...)...)
	d.must(t, append([]string{"--configure", "database=file://" + d.Cards}, s.database()...)...)
	return d
}

// server gives the arguments that configure the client as a whole.
func (s Settings) server() []string {
	args := []string{
		"syncURL=" + s.URL, "username=" + s.User, "password=" + s.Password, "deviceId=" + s.ID,
		"loglevel=2", "printChanges=0", "dumpData=0", "maxlogdirs=1000", "enableRefreshSync=1",
		"preventSlowSync=0", // else the client falls silent at its first sync
		"RetryInterval=" + strconv.Itoa(retryInterval), "RetryDuration=" + strconv.Itoa(retryDuration),
		"enableWBXML=1", "clientAuthType=md5", "SyncMLVersion=1.2",
	}
	if s.XML {
		args = append(args, "enableWBXML=0")
	}
	if s.Basic {
		args = append(args, "clientAuthType=basic")
	}
	if s.Old {
		args = append(args, "SyncMLVersion=1.1")
	}
	if s.MaxMsgSize > 0 {
		args = append(args, "maxMsgSize="+strconv.Itoa(s.MaxMsgSize))
	}
	return append(args, "server@phone")
}

// database gives the arguments that configure the address book.
func (s Settings) database() []string {
	if s.Database == "" {
		s.Database = "addressbook"
	}
	args := []string{"backend=file", "databaseFormat=text/vcard", "uri=" + s.Database, "sync=two-way"}
	if s.VCard21 {
		args = append(args, "syncFormat=text/x-vcard", "forceSyncFormat=1")
	}
	return append(args, "server@phone", "addressbook")
}

// Sync runs one session. Mode is empty for a two-way sync, or a mode as the client spells it, such as
// "slow". Properties hold for this session only. It fails the test only if the program could not be run: a
// session that went wrong is a Report.
func (d *Device) Sync(t testing.TB, mode string, properties ...string) Report {
	t.Helper()
	return d.SyncOf(t, "addressbook", mode, properties...)
}

// SyncOf is Sync for another database of the device, such as "calendar" (see Calendar).
func (d *Device) SyncOf(t testing.TB, database, mode string, properties ...string) Report {
	t.Helper()
	args := append([]string{"--run"}, properties...)
	if mode != "" {
		args = append(args, "sync="+mode)
	}
	logs := filepath.Join(d.root, "cache", "syncevolution")
	old, err := reports(logs)
	if err != nil {
		t.Fatal(err)
	}
	exit, out := d.run(t, append(args, "server@phone", database)...)
	r, err := readReport(logs, old)
	if err != nil {
		t.Fatalf("the client left no report: %v\n%s", err, out)
	}
	r.Exit, r.Output = exit, out
	return r
}

// must runs the program and fails the test if it does not end well.
func (d *Device) must(t testing.TB, args ...string) {
	t.Helper()
	if exit, out := d.run(t, args...); exit != 0 {
		t.Fatalf("syncevolution %q: exit status %d\n%s", args, exit, out)
	}
}

func (d *Device) run(t testing.TB, args ...string) (exit int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.client.exe, append([]string{"--daemon=no"}, args...)...)
	cmd.Dir = d.root
	cmd.Env = d.env()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("run syncevolution: %v", err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// env is all that the program sees of the outside.
func (d *Device) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
		"HOME=" + filepath.Join(d.root, "home"),
		"XDG_CONFIG_HOME=" + filepath.Join(d.root, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(d.root, "cache"),
		"XDG_DATA_HOME=" + filepath.Join(d.root, "data"),
		"GIO_USE_VFS=local", "GSETTINGS_BACKEND=memory", "no_proxy=127.0.0.1,localhost",
		fmt.Sprintf("LD_PRELOAD=%s", d.client.shim),
	}
}
