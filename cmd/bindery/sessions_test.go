package main

import (
	"encoding/base64"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml/sessionlog"
)

// hello is a phone's first message, with a log-in by basic.
func hello(name, password string) string {
	cred := base64.StdEncoding.EncodeToString([]byte(name + ":" + password))
	return `<SyncML><SyncHdr><VerDTD>1.1</VerDTD><VerProto>SyncML/1.1</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>` +
		`<Target><LocURI>http://sync.example.org/syncml</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source>` +
		`<Cred><Meta><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>` + cred + `</Data></Cred></SyncHdr><SyncBody>` +
		`<Alert><CmdID>1</CmdID><Data>201</Data><Item><Target><LocURI>contacts</LocURI></Target><Source><LocURI>./C</LocURI></Source>` +
		`<Meta><Anchor xmlns="syncml:metinf"><Next>42</Next></Anchor></Meta></Item></Alert><Final/></SyncBody></SyncML>`
}

// TestSessions: what phones said to the running server can be read beside it.
func TestSessions(t *testing.T) {
	t.Setenv("BINDERY_ADMIN_PASSWORD", "an invented password")
	data := t.TempDir()
	server := serve(t, data)
	for _, password := range []string{"another one", "an invented password"} {
		resp, err := http.Post(server.url+"/syncml", "application/vnd.syncml+xml", strings.NewReader(hello("admin", password)))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%+v, %v", resp, err)
		}
		_ = resp.Body.Close()
	}
	server.end(t)
	for _, c := range []struct{ args, want string }{
		{"sessions", `(?m)^2 +\S+ \S+ +admin +IMEI:1 +127\.0\.0\.1 .* goes on\n1 +\S+ \S+ +\(admin\) +IMEI:1 .* refused, status 401$`},
		{"sessions --account admin --limit 1", `^ID.*\n2 .*\n$`},
		{"sessions 2", `(?s)^session 2 of admin\ndevice IMEI:1 at 127\.0\.0\.1, .*SyncML 1\.1 in XML.*--> message 1, .*\n    <Cred>.*<-- HTTP 200.*<Data>212</Data>`},
		{"sessions 1", `(?s)session 1 of \(admin\).*<Data>401</Data>`},
		{"sessions --json", `"id":2,.*"account":"admin",.*"device":"IMEI:1"`},
		{"sessions 2 --json", `^{"n":1,"msg_id":"1",.*"http":200,.*"request":"<SyncML`},
	} {
		var out strings.Builder
		args := append([]string{"--data", data}, strings.Fields(c.args)...)
		if code := run(t.Context(), args, terminal{in: os.Stdin, out: &out, err: &out}); code != exitDone {
			t.Errorf("%s ends with %d", c.args, code)
		}
		if !regexp.MustCompile(c.want).MatchString(out.String()) {
			t.Errorf("%s prints\n%s\nwant %s", c.args, out.String(), c.want)
		}
		for _, secret := range []string{hello("admin", "another one"), hello("admin", "an invented password")} {
			if cred := regexp.MustCompile(`<Data>(YWRt[^<]*)<`).FindStringSubmatch(secret); strings.Contains(out.String(), cred[1]) {
				t.Errorf("%s prints credentials", c.args)
			}
		}
	}
}

func TestEndingOf(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		s    sessionlog.Session
		want string
	}{
		{sessionlog.Session{Ending: sessionlog.Completed, Messages: 3}, "completed"},
		{sessionlog.Session{Ending: sessionlog.Suspended, Messages: 3}, "suspended"},
		{sessionlog.Session{Ending: sessionlog.TakenOver, Messages: 3}, "taken over after message 3"},
		{sessionlog.Session{Ending: sessionlog.Expired, Messages: 3}, "expired after message 3"},
		{sessionlog.Session{Ending: sessionlog.Failed, Why: "the phone is bound no more", Messages: 3}, "failed after message 3: the phone is bound no more"},
		{sessionlog.Session{Last: now, Messages: 3}, "goes on"},
		{sessionlog.Session{Last: now.Add(-time.Hour), Messages: 3}, "cut after message 3"},
	} {
		if got := endingOf(&c.s); got != c.want {
			t.Errorf("%+v ends %q, want %q", c.s, got, c.want)
		}
	}
	if whose(&sessionlog.Session{}, nil) != "" {
		t.Error("nobody has a name")
	}
}
