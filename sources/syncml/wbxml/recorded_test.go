package wbxml

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// eachRecorded runs f on every message of recorded sessions between a client and a server that share a
// codec of their own, together with another decoder's reading of it.
func eachRecorded(t *testing.T, f func(t *testing.T, data, asXML []byte)) {
	files, err := filepath.Glob("testdata/recorded/*.wbxml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d recorded messages, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			asXML, err := os.ReadFile(strings.TrimSuffix(file, "wbxml") + "xml")
			if err != nil {
				t.Fatal(err)
			}
			f(t, data, asXML)
		})
	}
}

func TestRecordedDecode(t *testing.T) {
	eachRecorded(t, func(t *testing.T, data, asXML []byte) {
		d := decode(t, data)
		if d.Version != 2 || d.Charset != utf8Charset {
			t.Errorf("version %d, character set %d", d.Version, d.Charset)
		}
		version := d.Root.Child("SyncHdr").Child("VerDTD").Text()
		if want := "-//SYNCML//DTD SyncML " + version + "//EN"; d.PublicID != want {
			t.Errorf("public identifier %q, want %q", d.PublicID, want)
		}
		same(t, "against the other decoder", parse(t, asXML), d.Root)
	})
}

func TestRecordedEncodeIsByteExact(t *testing.T) {
	eachRecorded(t, func(t *testing.T, data, _ []byte) {
		got, err := Encode(decode(t, data).Root, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("got %d bytes, want %d\n%x\n%x", len(got), len(data), got, data)
		}
	})
}

// The tree that an XML session gives, with device information as elements, makes the same bytes.
func TestRecordedEncodeFromXML(t *testing.T) {
	eachRecorded(t, func(t *testing.T, data, asXML []byte) {
		root := plain(t, parse(t, asXML))
		got, err := Encode(root, Options{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "encoded from XML", decode(t, data).Root, decode(t, got).Root)
	})
}

func TestRecordedPayloadKeepsLineEnds(t *testing.T) {
	data, err := os.ReadFile("testdata/recorded/first12-02-req.wbxml")
	if err != nil {
		t.Fatal(err)
	}
	add := decode(t, data).Root.Child("SyncBody").Child("Sync").Child("Add")
	card := add.Child("Item").Child("Data").Text()
	if !strings.HasPrefix(card, "BEGIN:VCARD\r\n") || !strings.HasSuffix(card, "END:VCARD\r\n") {
		t.Errorf("payload = %q", card)
	}
}
