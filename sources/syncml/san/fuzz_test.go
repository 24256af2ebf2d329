package san_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// FuzzDecode: no input breaks Decode, its errors are of its classes, and what it reads is written and read
// again the same. A package is written byte for byte but for digest, reserved bits and unknown media types.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors {
		data, err := hex.DecodeString(v.hex)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, false)
	}
	for _, version := range []string{"1.0", "1.1"} {
		data, err := san.Encode(san.Notification{Version: version, SessionID: 3, Server: "srv", Target: "IMEI:001",
			Syncs: []san.Sync{{Mode: san.TwoWay, Type: "text/x-vcard", URI: "card"}}}, san.Key{})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, message bool) {
		media := san.TypePackage
		if message {
			media = san.TypeMessage
		}
		n, err := san.Decode(media, data)
		if err != nil {
			if !errors.Is(err, san.ErrFormat) && !errors.Is(err, san.ErrVersion) && !errors.Is(err, san.ErrTooBig) {
				t.Fatalf("error of no class: %v", err)
			}
			return
		}
		out, err := san.Encode(n, san.Key{})
		if err != nil && message && errors.Is(err, san.ErrRange) {
			return // written without a string table it would be longer than it came
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := san.Decode(media, out)
		if diff := cmp.Diff(n, again); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		if !message && len(out) != len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(out))
		}
		if twice, err := san.Encode(again, san.Key{}); err != nil || !bytes.Equal(out, twice) {
			t.Fatalf("not stable: %v", err)
		}
	})
}
