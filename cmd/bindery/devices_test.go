package main

import (
	"bytes"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// opening is the first message of a Nokia 6230 that tells what it is.
const opening = `<SyncML xmlns="SYNCML:SYNCML1.1"><SyncHdr><VerDTD>1.1</VerDTD><VerProto>SyncML/1.1</VerProto><SessionID>1</SessionID>
<MsgID>1</MsgID><Target><LocURI>URL</LocURI></Target><Source><LocURI>IMEI:490000000000001</LocURI><LocName>admin</LocName></Source>
<Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>YWRtaW46d29uZGVy</Data></Cred>
</SyncHdr><SyncBody><Put><CmdID>1</CmdID><Meta><Type xmlns="syncml:metinf">application/vnd.syncml-devinf+xml</Type></Meta>
<Item><Source><LocURI>./devinf11</LocURI></Source><Data><DevInf xmlns="syncml:devinf"><VerDTD>1.1</VerDTD><Man>NOKIA</Man><Mod>6230</Mod>
<FwV>5.40</FwV><SwV>&#9;V 5.40</SwV><HwV>0900</HwV><DevID>IMEI:490000000000001</DevID><DevTyp>phone</DevTyp>
<SupportNumberOfChanges/><DataStore><SourceRef>./Contacts</SourceRef><MaxGUIDSize>8</MaxGUIDSize>
<Rx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx-Pref><Tx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref>
<SyncCap><SyncType>1</SyncType><SyncType>2</SyncType></SyncCap><DSMem><SharedMem/><MaxMem>65536</MaxMem><MaxID>1000</MaxID></DSMem></DataStore>
<CTCap><CTType>text/x-vcard</CTType><PropName>N</PropName><PropName>TEL</PropName><Size>48</Size><PropName>PHOTO</PropName><Size>256</Size></CTCap>
</DevInf></Data></Item></Put>
<Alert><CmdID>2</CmdID><Data>201</Data><Item><Target><LocURI>contacts</LocURI></Target><Source><LocURI>./Contacts</LocURI></Source>
<Meta><Anchor xmlns="syncml:metinf"><Last>0</Last><Next>1</Next></Anchor></Meta></Item></Alert><Final/></SyncBody></SyncML>`

// introduced gives the data directory of a server that the phone has told what it is.
func introduced(t *testing.T) string {
	t.Helper()
	t.Setenv(adminPasswordEnv, "wonder")
	data := filepath.Join(t.TempDir(), "data")
	srv := serve(t, data)
	body := strings.Replace(opening, "URL", srv.url+"/syncml", 1)
	r, err := http.Post(srv.url+"/syncml", "application/vnd.syncml+xml", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r.Status, err)
	}
	srv.end(t)
	return data
}

// said gives what a command prints.
func said(t *testing.T, args ...string) string {
	t.Helper()
	var out, wrong bytes.Buffer
	if code := run(t.Context(), args, terminal{in: os.Stdin, out: &out, err: &wrong}); code != exitDone {
		t.Fatalf("bindery %v: exit %d: %s", args, code, wrong.String())
	}
	return out.String()
}

// TestDevices compares what is told of a phone with a golden file; ids and times differ each time.
func TestDevices(t *testing.T) {
	data := introduced(t)
	var got strings.Builder
	for _, args := range [][]string{{"devices"}, {"devices", "IMEI:490000000000001"}, {"devices", "--json", "--account", "admin"}} {
		got.WriteString("$ bindery " + strings.Join(args, " ") + "\n")
		got.WriteString(said(t, append([]string{"--data", data}, args...)...))
	}
	text := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(got.String(), "00000000-0000-0000-0000-000000000000")
	text = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`).ReplaceAllString(text, "2026-03-04T05:06:07Z")
	golden := filepath.Join("testdata", "devices.golden")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(golden, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Error(diff)
	}
}
