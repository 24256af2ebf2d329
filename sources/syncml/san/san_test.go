package san_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// suite is what a well-known suite asks a phone for; its two packages are published with a client's tests.
func suite(database string) san.Notification {
	return san.Notification{Version: "1.2", UI: san.UIBackground, Server: "PC Suite Data Sync",
		Syncs: []san.Sync{{Mode: san.TwoWay, URI: database}}}
}

// Each vector is a whole package, digest first.
var vectors = []struct{ name, database, hex string }{
	{"contacts", "Contacts", "0179ab671b68f26698269b4ca78222ad" + "0318000000000012" + "504320537569746520446174612053796e63" + "106000000008" + "436f6e7461637473"},
	{"calendar", "Calendar", "65adf16b1feed840028683cfc8226b8b" + "0318000000000012" + "504320537569746520446174612053796e63" + "106000000008" + "43616c656e646172"},
}

// A phone that drops a package because one bit is wrong says nothing: what others send is what we send.
func TestPackageAsOthersSendIt(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			want, err := hex.DecodeString(v.hex)
			if err != nil {
				t.Fatal(err)
			}
			got, err := san.Encode(suite(v.database), san.Key{})
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v\n got %x\nwant %x", err, got, want)
			}
			n, err := san.Decode(san.TypePackage+"; charset=utf-8", want)
			if diff := cmp.Diff(suite(v.database), n); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

// The bits of the head by their places: every field in turn.
func TestPackageBits(t *testing.T) {
	n := san.Notification{Version: "1.2", UI: san.UIInteraction, FromUser: true, SessionID: 0xabcd, Server: "s", Vendor: []byte("v"),
		Syncs: []san.Sync{{Mode: san.RefreshFromServer, Type: "text/x-vcard", URI: "c"}, {Mode: san.OneWayFromClient, Type: "text/x-vcalendar", URI: "e"},
			{Mode: san.OneWayFromServer, Type: "text/plain", URI: "n"}}}
	got, err := san.Encode(n, san.Key{})
	const want = "0330" + "000000" + "abcd" + "01" + "73" + "30" + "a0" + "000007" + "01" + "63" + "70" + "000006" + "01" + "65" + "90" + "000003" + "01" + "6e" + "76"
	if err != nil || hex.EncodeToString(got[16:]) != want {
		t.Errorf("%v\n got %x\nwant %s", err, got[16:], want)
	}
	got, err = san.Encode(san.Notification{Version: "1.2", Server: "s"}, san.Key{})
	if err != nil || hex.EncodeToString(got[16:]) != "0308"+"000000"+"0000"+"01"+"73"+"00" {
		t.Errorf("all databases: %v %x", err, got)
	}
}

// A stranger must not be able to call a phone in the server's name: the digest depends on every part of the
// key and on every byte.
func TestDigest(t *testing.T) {
	key := san.Key{Password: "an invented one", Nonce: []byte("n0nce")}
	data, err := san.Encode(suite("Contacts"), key)
	if err != nil {
		t.Fatal(err)
	}
	if !san.Verify(data, key) {
		t.Error("the right key is refused")
	}
	for name, k := range map[string]san.Key{
		"none": {}, "another password": {Password: "another", Nonce: key.Nonce}, "another nonce": {Password: key.Password},
		"colon moved": {Password: key.Password + ":n0nce"},
	} {
		if san.Verify(data, k) {
			t.Errorf("%s: taken", name)
		}
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 1
		if san.Verify(bad, key) {
			t.Errorf("byte %d changed: taken", i)
		}
	}
}

// The form of older phones, as chapter 8 of the Sync Protocol tells it: Target "/" where the phone
// has no name, one Alert for each database with Source and Type, Final.
func TestMessageForm(t *testing.T) {
	n := san.Notification{Version: "1.1", SessionID: 7, Server: "srv",
		Syncs: []san.Sync{{Mode: san.TwoWay, Type: "text/x-vcard", URI: "card"}, {Mode: san.RefreshFromClient, URI: "cal"}}}
	data, err := san.Encode(n, san.Key{Password: "has no place here"})
	if err != nil {
		t.Fatal(err)
	}
	// WBXML 1.2; public id 0xfd3 is SyncML 1.1; then SyncHdr and SyncBody by their tokens.
	const header = "02" + "9f53" + "6a" + "00" + "6d" + "6c" +
		"7103312e310001" + "720353796e634d4c2f312e310001" + "6503370001" + "5b03310001" + "6e57032f000101" + "675703737276000101" + "01"
	const body = "6b" + "46" + "4b03310001" + "4f033230360001" + "54" + "67570363617264000101" + "5a" + "0001" + "5303746578742f782d76636172640001" + "01" + "01" + "01" + "0000" +
		"46" + "4b03320001" + "4f033230380001" + "54" + "675703" + "63616c" + "000101" + "01" + "01" + "12" + "01" + "01"
	if got := hex.EncodeToString(data); got != header+body {
		t.Errorf("\n got %s\nwant %s", got, header+body)
	}
	back, err := san.Decode(san.Type("1.1"), data)
	if diff := cmp.Diff(n, back); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if bytes.Contains(data, []byte("no place")) {
		t.Error("the key was sent")
	}
}

// Every sync alert of a server has its counterpart in the phone's session and back.
func TestModes(t *testing.T) {
	for code, mode := range map[int]int{206: 200, 207: 202, 208: 203, 209: 204, 210: 205} {
		if got, ok := san.Asked(code); !ok || got != mode {
			t.Errorf("%d asks for %d", code, got)
		}
		if got, ok := san.For(mode); !ok || got != code {
			t.Errorf("%d is wanted by %d", mode, got)
		}
	}
	if got, ok := san.For(201); !ok || got != 206 {
		t.Errorf("slow is wanted by %d", got)
	}
	for _, code := range []int{0, 199, 200, 201, 205, 211, 222, 225} {
		if _, ok := san.Asked(code); ok {
			t.Errorf("%d is no alert of a server", code)
		}
	}
	for _, mode := range []int{0, 199, 206, 210} {
		if _, ok := san.For(mode); ok {
			t.Errorf("%d is no mode", mode)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	long := strings.Repeat("x", 256)
	good := func(change func(*san.Notification)) san.Notification {
		n := suite("Contacts")
		change(&n)
		return n
	}
	for _, tt := range []struct {
		name string
		n    san.Notification
		want error
	}{
		{"no version", good(func(n *san.Notification) { n.Version = "" }), san.ErrVersion},
		{"version to come", good(func(n *san.Notification) { n.Version = "1.3" }), san.ErrVersion},
		{"no server", good(func(n *san.Notification) { n.Server = "" }), san.ErrRange},
		{"long server", good(func(n *san.Notification) { n.Server = long }), san.ErrRange},
		{"line end in server", good(func(n *san.Notification) { n.Server = "a\nb" }), san.ErrRange},
		{"no database name", good(func(n *san.Notification) { n.Syncs[0].URI = "" }), san.ErrRange},
		{"long database name", good(func(n *san.Notification) { n.Syncs[0].URI = long }), san.ErrRange},
		{"long media type", good(func(n *san.Notification) { n.Syncs[0].Type = long }), san.ErrRange},
		{"mode of a phone", good(func(n *san.Notification) { n.Syncs[0].Mode = 200 }), san.ErrRange},
		{"mode out of the bits", good(func(n *san.Notification) { n.Syncs[0].Mode = 216 }), san.ErrRange},
		{"UI out of the bits", good(func(n *san.Notification) { n.UI = 4 }), san.ErrRange},
		{"sixteen databases", good(func(n *san.Notification) { n.Syncs = make([]san.Sync, 16) }), san.ErrRange},
		{"too much of a vendor", good(func(n *san.Notification) { n.Vendor = make([]byte, san.MaxSize) }), san.ErrRange},
		{"1.1 without a database", san.Notification{Version: "1.1", Server: "s"}, san.ErrRange},
		{"1.1 with a UI", good(func(n *san.Notification) { n.Version = "1.1" }), san.ErrRange},
		{"1.1 with a long phone", san.Notification{Version: "1.1", Server: "s", Target: long, Syncs: suite("c").Syncs}, san.ErrRange},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if b, err := san.Encode(tt.n, san.Key{}); !errors.Is(err, tt.want) || b != nil {
				t.Errorf("%x, %v; want %v", b, err, tt.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	pack, err := san.Encode(suite("Contacts"), san.Key{})
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, b byte) []byte {
		bad := bytes.Clone(pack)
		bad[at] = b
		return bad
	}
	for _, tt := range []struct {
		name, media string
		data        []byte
		want        error
	}{
		{"nothing", san.TypePackage, nil, san.ErrFormat},
		{"version 1.1 in the bits", san.TypePackage, changed(16, 0x02), san.ErrVersion},
		{"mode of a phone", san.TypePackage, changed(43, 0x00), san.ErrFormat},
		{"more databases than there are", san.TypePackage, changed(42, 0xf0), san.ErrFormat},
		{"server id longer than all", san.TypePackage, changed(23, 0xff), san.ErrFormat},
		{"control character in the database", san.TypePackage, changed(49, 0), san.ErrFormat},
		{"too big", san.TypePackage, make([]byte, san.MaxSize+1), san.ErrTooBig},
		{"message too big", san.TypeMessage, make([]byte, san.MaxSize+1), san.ErrTooBig},
		{"no content type", "", pack, san.ErrFormat},
		{"content type of something else", "text/plain", pack, san.ErrFormat},
		{"package as a message", san.TypeMessage, pack, san.ErrFormat},
		{"no message", san.TypeMessage, nil, san.ErrFormat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := san.Decode(tt.media, tt.data); !errors.Is(err, tt.want) {
				t.Errorf("%v; want %v", err, tt.want)
			}
			if san.Verify(tt.data, san.Key{}) && tt.want != san.ErrFormat {
				t.Error("verified")
			}
		})
	}
	for n := range pack {
		if _, err := san.Decode(san.TypePackage, pack[:n]); !errors.Is(err, san.ErrFormat) {
			t.Errorf("cut at %d of %d: %v", n, len(pack), err)
		}
	}
}

// What a phone of version 1.2 sends as a message is no notification of 1.1, nor is one without an Alert.
func TestMessageRefuses(t *testing.T) {
	text := func(s string) string { return "03" + hex.EncodeToString([]byte(s)) + "00" + "01" }
	message := func(version, session, body string) []byte {
		b, err := hex.DecodeString("02" + "01" + "6a" + "00" + "6d" + "6c" + "71" + text(version) + "65" + text(session) + "5b" + text("1") +
			"67" + "57" + text("srv") + "01" + "01" + "6b" + body + "12" + "01" + "01")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	alert := func(code string) string {
		return "46" + "4b" + text("1") + "4f" + text(code) + "54" + "67" + "57" + text("card") + "01" + "01" + "01"
	}
	if n, err := san.Decode(san.TypeMessage, message("1.0", "65535", alert("206"))); err != nil || n.SessionID != 65535 || n.Target != "" {
		t.Errorf("without a Target: %v, %v", n, err)
	}
	for _, tt := range []struct {
		name, version, session, body string
		want                         error
	}{
		{"version 1.2", "1.2", "1", alert("206"), san.ErrVersion},
		{"no version", "", "1", alert("206"), san.ErrVersion},
		{"session id in words", "1.1", "one", alert("206"), san.ErrFormat},
		{"session id too great", "1.1", "65536", alert("206"), san.ErrFormat},
		{"no alert", "1.1", "1", "", san.ErrFormat},
		{"alert of a phone", "1.1", "1", alert("200"), san.ErrFormat},
		{"sixteen alerts", "1.1", "1", strings.Repeat(alert("206"), 16), san.ErrFormat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := san.Decode(san.TypeMessage, message(tt.version, tt.session, tt.body)); !errors.Is(err, tt.want) {
				t.Errorf("%v; want %v", err, tt.want)
			}
		})
	}
}

// anyNotification draws one that its version can say.
func anyNotification(t *rapid.T) san.Notification {
	name := rapid.StringMatching(`[!-~]([ -~äé]{0,40}[!-~])?`)
	n := san.Notification{Version: rapid.SampledFrom([]string{"1.0", "1.1", "1.2"}).Draw(t, "version"),
		SessionID: rapid.Uint16().Draw(t, "session"), Server: name.Draw(t, "server")}
	fewest, types := 1, []string{"", "text/x-vcard", "text/x-vcalendar", "text/plain", "text/calendar"}
	if n.Version == "1.2" {
		n.UI, n.FromUser = san.UIMode(rapid.IntRange(0, 3).Draw(t, "ui")), rapid.Bool().Draw(t, "user")
		n.Vendor = rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "vendor")
		fewest, types = 0, types[:4]
	} else {
		n.Target = rapid.OneOf(rapid.Just(""), name.Filter(func(s string) bool { return s != "/" })).Draw(t, "phone")
	}
	for range rapid.IntRange(fewest, 15).Draw(t, "databases") {
		n.Syncs = append(n.Syncs, san.Sync{Mode: rapid.IntRange(206, 210).Draw(t, "mode"), Type: rapid.SampledFrom(types).Draw(t, "type"),
			URI: name.Draw(t, "uri")})
	}
	if len(n.Vendor) == 0 {
		n.Vendor = nil
	}
	return n
}

// Whatever is encoded is decoded the same, and only its key verifies it.
func TestEncodeDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNotification(t)
		key := san.Key{Password: rapid.String().Draw(t, "password"), Nonce: rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "nonce")}
		data, err := san.Encode(n, key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := san.Decode(san.Type(n.Version), data)
		if diff := cmp.Diff(n, back); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		other := san.Key{Password: key.Password + strconv.Itoa(1), Nonce: key.Nonce}
		if v12 := n.Version == "1.2"; san.Verify(data, key) != v12 || san.Verify(data, other) {
			t.Fatal("digest")
		}
	})
}
