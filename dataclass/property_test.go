package dataclass

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestFingerprintSeesContentNotWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		a := mustDecode(t, string(c.render(drawStyle(t))))
		b := mustDecode(t, string(c.render(drawStyle(t))))
		if a.Fingerprint() != b.Fingerprint() {
			t.Fatalf("fingerprints differ:\n%s\n%s", a.Body().Data, b.Body().Data)
		}
	})
}

func TestFingerprintSeesEveryEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCard(t)
		a := mustDecode(t, string(c.render(drawStyle(t))))
		i := rapid.IntRange(0, len(c)-1).Draw(t, "which")
		switch p := &c[i]; {
		case p.media != nil:
			p.media = append(p.media, 7)
		case p.unknown != "":
			p.unknown += "q"
		default:
			p.fields = append([]string(nil), p.fields...)
			p.fields[len(p.fields)-1] += "q"
		}
		b := mustDecode(t, string(c.render(drawStyle(t))))
		if a.Fingerprint() == b.Fingerprint() {
			t.Fatalf("an edit is not seen:\n%s\n%s", a.Body().Data, b.Body().Data)
		}
	})
}

// checkItem holds what must be true of every item, however it was made.
func checkItem(t interface {
	Helper()
	Fatalf(string, ...any)
}, it *Item) {
	t.Helper()
	body := it.Body()
	again, err := Decode(it.Class(), body)
	if err != nil {
		t.Fatalf("decode own body %q: %v", body.Data, err)
	}
	if !reflect.DeepEqual(normalRoot(again.root), normalRoot(it.root)) {
		t.Fatalf("tree changed:\n%q\n%#v\n%#v", body.Data, it.root, again.root)
	}
	if b := again.Body(); !bytes.Equal(b.Data, body.Data) || b.Type != body.Type {
		t.Fatalf("body is not stable:\n%q\n%q", body.Data, b.Data)
	}
	if !it.d.isCard() {
		return
	}
	for _, f := range []Format{VCard21, VCard30, VCard40} {
		p, err := it.Project(f)
		if err != nil {
			t.Fatalf("project to %s: %v", f, err)
		}
		if p.Format() != f {
			t.Fatalf("projected to %s, is %s", f, p.Format())
		}
		back, err := Decode(Contacts, p.Body())
		if err != nil {
			t.Fatalf("decode projection %q: %v", p.Body().Data, err)
		}
		to, _ := f.dialect()
		want := fingerprintOf(lessened(it.root, it.d, to), it.d)
		if want != p.Fingerprint() || want != back.Fingerprint() {
			t.Fatalf("projection to %s changed the item:\n%q\n%q", f, body.Data, p.Body().Data)
		}
	}
}

func TestBodyAndProjectionKeepEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkItem(t, mustDecode(t, string(drawCard(t).render(drawStyle(t)))))
	})
}

func TestAnyDecodableTextIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := drawGarbage(t)
		if it, err := Decode(Contacts, Body{Data: data}); err == nil {
			checkItem(t, it)
		}
	})
}

// drawGarbage draws a card of fragments that may fit or not.
func drawGarbage(t *rapid.T) []byte {
	fragment := rapid.SampledFrom([]string{
		"\r\n", "\n", "\r", " ", "\t", ":", ";", "=", "=\r\n", "\r\n ", `"`, `\`, `\n`, `\N`, `\\`, `\;`, ",", ".", "N", "FN", "TEL",
		"item1.", "X-ABLabel", "X-A", "ORG", "CATEGORIES", "PHOTO", "AGENT", "NOTE", "BDAY", "ENCODING=B", "ENCODING=BASE64",
		"QUOTED-PRINTABLE", "CHARSET=ISO-8859-1", "CHARSET=utf-16", "TYPE=", "VALUE=uri", "HOME", "data:image/png;base64,AAAA",
		"AAAA", "=C3=BC", "ü", "\xfc", "\x00", "\u00a0", "BEGIN:VCARD", "END:VCARD", "BEGIN:X", "END:X", "1950-01-01", "VERSION:2.1",
		"\r\nNOTE:", "\r\nTEL;", "\r\nPHOTO;ENCODING=B:", "\r\nX-A;QUOTED-PRINTABLE:", "\r\nAGENT:\r\n",
		"\r\nADR;LABEL=a:;", "\r\nLABEL:", "\r\nX-AIM:", "\r\nRELATED;TYPE=spouse:", "\r\nFN:a ", "\r\nN:", "\r\nSORT-STRING:", "SORT-AS=", "PREF=1",
		"\r\nGEO:1,2", "\r\nTZ:+1", "tel:", "aim:", "--0203", "1604-01-02", "\r\nitem1.X-ABDATE:", "\r\nitem1.X-ABLabel:anniversary", "^n",
		"\r\nRELATED;TYPE=agent:data:text/vcard,", "BEGIN:VCARD%0AFN:a%0AEND:VCARD", "\r\nTEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,a):1",
		"\r\nitem1.X-ABRELATEDNAMES:a", "\r\nitem1.X-ABLabel:brother", "\r\nX-ABSHOWAS:company", "\r\nTITLE;ALTID=1:a", "\r\nTEL;PREF=2:1", "\r\nSOUND;X-IRMC-N:;",
		"\r\nSOUND;VALUE=CID:", "cid:", "\r\nX-SIP:sip:", "\r\nN:1;2;3;4;5;6;7", "\r\nADR:1;2;3;4;5;6;7;8;9", "\r\nURL:https\\://",
	})
	version := rapid.SampledFrom([]string{"VERSION:2.1\r\n", "VERSION:3.0\r\n", "VERSION:4.0\r\n", ""}).Draw(t, "version")
	out := []byte("BEGIN:VCARD\r\n" + version)
	for _, f := range rapid.SliceOfN(fragment, 0, 30).Draw(t, "text") {
		out = append(out, f...)
	}
	return append(out, "\r\nEND:VCARD\r\n"...)
}
