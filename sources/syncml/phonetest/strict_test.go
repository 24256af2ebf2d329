package phonetest

import (
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// hello and changes are what a phone sends, greeting and package4 good replies to them.
var (
	hello = &wire.Message{Final: true, Header: wire.Header{VerDTD: "1.1", VerProto: "SyncML/1.1", SessionID: "1", MsgID: "1"},
		Commands: []wire.Command{&wire.Put{CmdID: "1"}, &wire.Get{CmdID: "2"}, &wire.Alert{CmdID: "3", Code: 200,
			Items: []wire.Item{{Source: wire.Location{URI: "./Contacts"}, Meta: wire.Meta{Anchor: &wire.Anchor{Next: "20260105T060000Z"}}}}}}}
	changes = &wire.Message{Final: true, Header: wire.Header{VerDTD: "1.1", VerProto: "SyncML/1.1", SessionID: "1", MsgID: "2"},
		Commands: []wire.Command{&wire.Sync{CmdID: "1", Commands: []wire.Command{&wire.Change{Verb: wire.Add, CmdID: "2"}}}}}
)

func status(id, msg, ref, cmd, code, rest string) string {
	return "<Status><CmdID>" + id + "</CmdID><MsgRef>" + msg + "</MsgRef><CmdRef>" + ref + "</CmdRef><Cmd>" + cmd + "</Cmd>" +
		rest + "<Data>" + code + "</Data></Status>"
}

func envelope(msg, body string) string {
	return "<SyncML><SyncHdr><VerDTD>1.1</VerDTD><VerProto>SyncML/1.1</VerProto><SessionID>1</SessionID><MsgID>" + msg +
		"</MsgID><Target><LocURI>IMEI:1</LocURI></Target><Source><LocURI>http://sync.example.org</LocURI></Source>" +
		"<Meta><MaxMsgSize>150000</MaxMsgSize></Meta></SyncHdr><SyncBody>" + body + "<Final/></SyncBody></SyncML>"
}

var greeting = envelope("1",
	status("1", "1", "0", "SyncHdr", "212", "<Chal><Meta><Type>syncml:auth-md5</Type><Format>b64</Format><NextNonce>Tm9uY2U=</NextNonce></Meta></Chal>")+
		status("2", "1", "1", "Put", "200", "")+status("3", "1", "2", "Get", "200", "")+
		"<Status><CmdID>4</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef><Cmd>Alert</Cmd><SourceRef>./Contacts</SourceRef><Data>200</Data>"+
		"<Item><Data><Anchor><Next>20260105T060000Z</Next></Anchor></Data></Item></Status>"+
		"<Results><CmdID>5</CmdID><Meta><Type>application/vnd.syncml-devinf+xml</Type></Meta><Item><Source><LocURI>./devinf11</LocURI></Source>"+
		"<Data><DevInf><VerDTD>1.1</VerDTD><DevID>bindery</DevID><DataStore><SourceRef>addressbook</SourceRef><Rx-Pref><CTType>text/x-vcard</CTType></Rx-Pref>"+
		"<Tx-Pref><CTType>text/x-vcard</CTType></Tx-Pref><SyncCap><SyncType>1</SyncType></SyncCap></DataStore></DevInf></Data></Item></Results>"+
		"<Alert><CmdID>6</CmdID><Data>200</Data><Item><Target><LocURI>./Contacts</LocURI></Target></Item></Alert>")

var package4 = envelope("2",
	status("1", "2", "0", "SyncHdr", "200", "")+status("2", "2", "1", "Sync", "200", "")+status("3", "2", "2", "Add", "201", "")+
		"<Sync><CmdID>4</CmdID><Target><LocURI>./Contacts</LocURI></Target><Add><CmdID>5</CmdID><Meta><Type>text/x-vcard</Type></Meta>"+
		"<Item><Source><LocURI>1</LocURI></Source><Data>card</Data></Item></Add></Sync>")

// TestFact_2_15_AStrictPhoneRefuses spoils good replies, one point at a time. The numbers are those of the list of
// what the client of Nokia's S60 phones fails on; 2.8 is what it demands of device information (11).
func TestFact_2_15_AStrictPhoneRefuses(t *testing.T) {
	const plain = "application/vnd.syncml+xml"
	for _, c := range []struct {
		name, from, to, point string
		second                bool
	}{
		{"another version", "<VerDTD>1.1</VerDTD><VerProto>", "<VerDTD>1.2</VerDTD><VerProto>", "2.15.1:", false},
		{"another protocol", "SyncML/1.1", "SyncML/1.2", "2.15.1:", false},
		{"for somebody else", "IMEI:1", "IMEI:2", "2.15.2:", false},
		{"another session", "<SessionID>1<", "<SessionID>2<", "2.15.3:", false},
		{"a size that is no number", "150000", "many", "2.15.4:", false},
		{"a format", "<Meta><Type>text/x-vcard</Type></Meta><Item>", "<Meta><Type>text/x-vcard</Type><Format>b64</Format></Meta><Item>", "2.15.5:", true},
		{"no results", "Results>", "Nothing>", "2.15.6:", false},
		{"no alert", "<Alert><CmdID>6</CmdID><Data>200</Data><Item><Target><LocURI>./Contacts", "<Alert><CmdID>6</CmdID><Data>200</Data><Item><Target><LocURI>Contacts", "2.15.7:", false},
		{"an alert without data", "<Alert><CmdID>6</CmdID><Data>200</Data>", "<Alert><CmdID>6</CmdID>", "2.15.8:", false},
		{"a Sync without target", "<Target><LocURI>./Contacts</LocURI></Target><Add>", "<Add>", "2.15.8:", true},
		{"an Add with a target", "<Item><Source><LocURI>1</LocURI></Source>", "<Item><Target><LocURI>1</LocURI></Target>", "2.15.8:", true},
		{"an Add without type", "<Meta><Type>text/x-vcard</Type></Meta><Item>", "<Item>", "2.15.8:", true},
		{"a name that is too long", "<Source><LocURI>1<", "<Source><LocURI>123456789<", "2.15.8:", true},
		{"no status", status("3", "2", "2", "Add", "201", ""), "", "2.15.9:", true},
		{"two statuses", status("3", "2", "2", "Add", "201", ""), status("3", "2", "2", "Add", "201", "") + status("9", "2", "2", "Add", "201", ""), "2.15.9:", true},
		{"a status of another command", "<Cmd>Add</Cmd>", "<Cmd>Replace</Cmd>", "2.15.9:", true},
		{"a status without code", "<Data>201</Data>", "", "2.15.9:", true},
		{"no status of the header", "<Cmd>SyncHdr</Cmd>", "<Cmd>Sync</Cmd>", "2.15.9:", true},
		{"a CmdID twice", "<CmdID>5</CmdID><Meta>", "<CmdID>4</CmdID><Meta>", "2.15.9:", true},
		{"device information of another version", "<DevInf><VerDTD>1.1<", "<DevInf><VerDTD>1.2<", "2.15.11:", false},
		{"device information elsewhere", "./devinf11", "./devinf12", "2.15.11:", false},
		{"a store without a name", "<SourceRef>addressbook</SourceRef>", "", "2.15.11:", false},
		{"a store that takes nothing", "<Rx-Pref><CTType>text/x-vcard</CTType></Rx-Pref>", "", "2.15.11:", false},
		{"a store that sends nothing", "<Tx-Pref><CTType>text/x-vcard</CTType></Tx-Pref>", "", "2.15.11:", false},
		{"a way to sync that there is not", "<SyncType>1<", "<SyncType>390001<", "2.15.11:", false},
		{"another anchor", "20260105T060000Z", "20260105T060001Z", "2.15.13:", false},
		{"no anchor", "<Item><Data><Anchor><Next>20260105T060000Z</Next></Anchor></Data></Item>", "", "2.15.13:", false},
		{"a nonce that is no base64", "Tm9uY2U=", "Nonce?", "2.15.14:", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := greeting, package4
			at := &first
			if c.second {
				at = &second
			}
			if !strings.Contains(*at, c.from) {
				t.Fatalf("there is no %q", c.from)
			}
			*at = strings.ReplaceAll(*at, c.from, c.to)
			if got := breaches(t, plain, first, second); !strings.Contains(got, c.point) {
				t.Errorf("breaches %q, want %s", got, c.point)
			}
		})
	}
	if got := breaches(t, plain, greeting, package4); got != "" {
		t.Errorf("good replies are refused: %s", got)
	}
	if got := breaches(t, plain+"; charset=UTF-8", greeting, package4); !strings.Contains(got, "2.15.12:") {
		t.Errorf("another type: %q", got)
	}
}

// TestFact_2_15_10_NoChangesInASyncFromThePhone: a sync that goes one way from the phone has no Sync of the server's.
func TestFact_2_15_10_NoChangesInASyncFromThePhone(t *testing.T) {
	var got string
	k := newStrict(&Phone{Device: "IMEI:1", Breach: func(what string) { got += what }})
	k.note("1", []wire.Command{&wire.Alert{CmdID: "3", Code: wire.AlertOneWayFromClient,
		Items: []wire.Item{{Source: wire.Location{URI: "./Contacts"}, Meta: wire.Meta{Anchor: &wire.Anchor{Next: "n"}}}}}})
	look(t, k, changes, package4, "application/vnd.syncml+xml")
	if !strings.Contains(got, "2.15.10:") {
		t.Errorf("breaches %q", got)
	}
}

// A P800 is sent no status for an item (2.17: it is too much for it).
func TestFact_2_17_ADeafPhoneTakesNoStatusOfItems(t *testing.T) {
	var got string
	k := newStrict(&Phone{Model: Model{Deaf: true}, Device: "IMEI:1", Breach: func(what string) { got += what }})
	look(t, k, changes, package4, "application/vnd.syncml+xml")
	if !strings.Contains(got, "2.15.9:") {
		t.Errorf("breaches %q", got)
	}
	got = ""
	k = newStrict(&Phone{Model: Model{Deaf: true}, Device: "IMEI:1", Breach: func(what string) { got += what }})
	look(t, k, changes, strings.Replace(package4, status("3", "2", "2", "Add", "201", ""), "", 1), "application/vnd.syncml+xml")
	if got != "" {
		t.Errorf("breaches %q of a reply without it", got)
	}
}

// breaches lets a strict phone look at two replies.
func breaches(t *testing.T, contentType, first, second string) (all string) {
	t.Helper()
	k := newStrict(&Phone{Model: Model{MaxGUID: 8}, Device: "IMEI:1", Breach: func(what string) { all += what + "\n" }})
	look(t, k, hello, first, contentType)
	look(t, k, changes, second, contentType)
	return all
}

func look(t *testing.T, k *Strict, req *wire.Message, reply, contentType string) {
	t.Helper()
	root, err := xmltree.Parse([]byte(reply), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	k.check(req, m, root, contentType)
}
