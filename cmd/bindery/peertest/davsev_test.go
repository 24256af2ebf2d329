package peertest

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSyncEvolutionDAV keeps folders in step with an account by SyncEvolution's WebDAV back end: contacts, events and tasks.
func TestSyncEvolutionDAV(t *testing.T) {
	exe, err := exec.LookPath("syncevolution")
	if err != nil {
		Missing(t, "syncevolution")
	}
	s := Start(t, program(t))
	s.Account(t, "ann")
	root, home := davRoot(t, s), t.TempDir()
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/c", "XDG_CACHE_HOME=" + home + "/h", "XDG_DATA_HOME=" + home + "/d"}
	sev := func(args ...string) string {
		t.Helper()
		return runPeer(t, home, env, "", exe, append([]string{"--daemon=no"}, args...)...)
	}
	sev("--configure", "--template", "webdav", "syncURL="+root+"/dav/", "username=ann", "password=ann", "keyring=no", "target-config@dav", "addressbook", "calendar", "todo")
	for i, c := range []struct{ name, kind string }{{"addressbook", "text/vcard"}, {"calendar", "text/calendar"}, {"todo", "text/calendar"}} {
		path := filepath.Join(home, c.name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		args := []string{"--configure"}
		if i == 0 {
			args = append(args, "--template", "SyncEvolution_Client", "syncURL=local://@dav", "username=", "password=", "sync=two-way")
		}
		sev(append(args, "backend=file", "databaseFormat="+c.kind, "database=file://"+path, "dav@default", c.name)...)
	}
	write := func(path, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(home, path), []byte(strings.ReplaceAll(content, "\n", "\r\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	card := func(number string) string {
		return "BEGIN:VCARD\nVERSION:3.0\nUID:one\nFN:Sev One\nN:One;Sev;;;\nTEL:" + number + "\nEND:VCARD\n"
	}
	write("addressbook/1", card("1"))
	write("calendar/1", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:e\nDTSTAMP:20260101T000000Z\nDTSTART:20260504T100000Z\nDTEND:20260504T110000Z\nSUMMARY:Tea\nEND:VEVENT\nEND:VCALENDAR\n")
	write("todo/1", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTODO\nUID:t\nDTSTAMP:20260101T000000Z\nSUMMARY:Milk\nEND:VTODO\nEND:VCALENDAR\n")
	davAsk(t, "PUT", root+"/dav/addressbooks/ann/contacts/two.vcf", strings.ReplaceAll(strings.ReplaceAll(card("2"), "One", "Two"), "one", "two"))
	sev("--sync", "slow", "dav@default", "addressbook", "calendar", "todo")
	if names, _ := filepath.Glob(filepath.Join(home, "addressbook", "*")); len(names) != 2 {
		t.Errorf("the folder has %q", names)
	}
	for path, want := range map[string]string{"addressbooks/ann/contacts/": "FN:Sev One", "calendars/ann/events/": "SUMMARY:Tea", "calendars/ann/tasks/": "SUMMARY:Milk"} {
		if got := davContent(t, root+"/dav/"+path); !strings.Contains(got, want) {
			t.Errorf("%s: no %s in %s", path, want, got)
		}
	}
	write("addressbook/1", card("111"))
	if err := os.Remove(filepath.Join(home, "todo", "1")); err != nil {
		t.Fatal(err)
	}
	davAsk(t, "PUT", root+"/dav/addressbooks/ann/contacts/two.vcf", strings.ReplaceAll(strings.ReplaceAll(card("222"), "One", "Two"), "one", "two"))
	sev("dav@default", "addressbook", "calendar", "todo")
	if got := davContent(t, root+"/dav/addressbooks/ann/contacts/"); !strings.Contains(got, "TEL:111") || !strings.Contains(got, "TEL:222") {
		t.Errorf("contacts: %s", got)
	}
	if got := davContent(t, root+"/dav/calendars/ann/tasks/"); strings.Contains(got, "Milk") {
		t.Errorf("the task is still there: %s", got)
	}
}

// davAsk asks as ann and gives the body of an answer below 300.
func davAsk(t *testing.T, method, url, body string, headers ...string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ann", "ann")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was read to its end
	var b strings.Builder
	if err := res.Write(&b); err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %v\n%s", method, url, res.Status, err, b.String())
	}
	return b.String()
}

// davContent gives the content of everything in a collection.
func davContent(t *testing.T, url string) string {
	t.Helper()
	query := `<a:addressbook-query xmlns="DAV:" xmlns:a="urn:ietf:params:xml:ns:carddav"><prop><a:address-data/></prop></a:addressbook-query>`
	if strings.Contains(url, "/calendars/") {
		query = `<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>`
	}
	return davAsk(t, "REPORT", url, query, "Depth: 1", "Accept-Encoding: identity")
}
