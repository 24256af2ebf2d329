package dataclass

import (
	"encoding/base64"
	"strings"
	"testing"
)

// unnamed takes the names off p that were made for it.
func unnamed(p, from *Item) *Item {
	c, err := AsContact(p)
	if err != nil {
		return p
	}
	for _, name := range []string{"N", "FN"} {
		if from.root.Find(name) == nil {
			c.Remove(name)
		}
	}
	return p
}

// TestQuirks reads what phones and programs write, and wants it as a 3.0 card.
func TestQuirks(t *testing.T) {
	for _, tt := range []struct{ name, version, in, want string }{
		{"quoted-printable with soft break", "2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=\nrg", "N:Müller;Jörg"},
		{"soft break before a colon", "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:line1=0D=0A=\nline2:with colon", `NOTE:line1\nline2:with colon`},
		{"bare quoted-printable", "2.1", "NOTE;QUOTED-PRINTABLE:a=3Db", "NOTE:a=b"},
		{"quoted-printable in 3.0", "3.0", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0Ab", `NOTE:a\nb`},
		{"doubled equals sign", "2.1", "NOTE;QUOTED-PRINTABLE:a==0D=0Ab", `NOTE:a\nb`},
		{"equals sign that encodes nothing", "2.1", "NOTE;QUOTED-PRINTABLE:1=x", `NOTE:1=x`},
		{"soft break before the end", "2.1", "NOTE;QUOTED-PRINTABLE:a=", `NOTE:a`},
		{"bare type", "2.1", "TEL;CELL:+47 1", "TEL;TYPE=CELL:+47 1"},
		{"bare type of an e-mail address", "2.1", "EMAIL;INTERNET:a@example.org", "EMAIL;TYPE=INTERNET:a@example.org"},
		{"two bare types", "2.1", "TEL;HOME;VOICE:1", "TEL;TYPE=HOME,VOICE:1"},
		{"base64 indented, blank line", "2.1", "PHOTO;JPEG;ENCODING=BASE64:\n  AAAA\n  BBBB\n\nFN:x", "PHOTO;TYPE=JPEG;ENCODING=b:AAAABBBB\nFN:x"},
		{"base64 indented, no blank line", "2.1", "PHOTO;BASE64:AA\n AA\nFN:x", "PHOTO;ENCODING=b:AAAA\nFN:x"},
		{"base64 unindented", "2.1", "PHOTO;TYPE=GIF;ENCODING=BASE64:AAAA\nBBBB\nCC==\nFN:x", "PHOTO;TYPE=GIF;ENCODING=b:AAAABBBBCC==\nFN:x"},
		{"base64 with a blank line of spaces", "2.1", "PHOTO;ENCODING=BASE64:AAAA\n \nFN:x", "PHOTO;ENCODING=b:AAAA\nFN:x"},
		{"base64 text", "2.1", "NOTE;CHARSET=UTF-8;ENCODING=BASE64:" + base64.StdEncoding.EncodeToString([]byte("ü\r\n;x")), `NOTE:ü\n\;x`},
		{"media type of a picture", "2.1", "PHOTO;TYPE=image/jpeg;ENCODING=BASE64:AAAA", "PHOTO;TYPE=JPEG;ENCODING=b:AAAA"},
		{"address of a picture", "2.1", "PHOTO;VALUE=URL:http://example.org/a,b.jpg", "PHOTO;VALUE=uri:http://example.org/a,b.jpg"},
		{"bare address of a picture", "2.1", "PHOTO;URL;GIF:http://example.org/a.gif", "PHOTO;VALUE=uri;TYPE=GIF:http://example.org/a.gif"},
		{"latin1", "2.1", "FN;CHARSET=ISO-8859-1:J\xf6rg", "FN:Jörg"},
		{"latin1 in quoted-printable", "2.1", "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=F6rg", "FN:Jörg"},
		{"latin1 that nobody declared", "2.1", "FN:J\xf6rg \x80", "FN:Jörg €"},
		{"unknown character set", "2.1", "FN;CHARSET=X-NONE:Jörg", "FN:Jörg"},
		{"Shift_JIS", "2.1", "FN;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=8ER=93c", "FN:山田"},
		{"UTF-7 is not decoded to nothing", "2.1", "FN;CHARSET=UTF-7:Jörg", "FN:Jörg"},
		{"escaped semicolon", "3.0", `N:a\;b;c`, `N:a\;b;c`},
		{"escaped semicolon in 2.1", "2.1", `N:a\;b;c,d`, `N:a\;b;c\,d`},
		{"no escapes in 2.1", "2.1", `NOTE:a;b,c\nd \\ e`, `NOTE:a\;b\,c\\nd \\\\ e`},
		{"list", "3.0", `CATEGORIES:x,y\,z`, `CATEGORIES:x,y\,z`},
		{"list of 2.1", "2.1", `CATEGORIES:x;y\,z`, `CATEGORIES:x,y\,z`},
		{"URL", "3.0", "URL:http://a/b,c;d", "URL:http://a/b,c;d"},
		{"URL from 2.1", "2.1", "URL:http://a/b,c;d", "URL:http://a/b,c;d"},
		{"GEO", "3.0", "GEO:geo:1.0,2.0", "GEO:geo:1.0,2.0"},
		{"GEO from 2.1", "2.1", "GEO:1.0,2.0", "GEO:2.0;1.0"},
		{"data URI", "3.0", "PHOTO:data:image/jpeg;base64,AAAA", "PHOTO:data:image/jpeg;base64,AAAA"},
		{"capital newline", "3.0", `NOTE:a\Nb`, `NOTE:a\Nb`},
		{"quoted parameter", "3.0", `X-A;X-B="q;r:s":v`, `X-A;X-B="q;r:s":v`},
		{"quoted parameter from 2.1", "2.1", `X-A;X-B="q;r:s":v`, `X-A;X-B="q;r:s":v`},
		{"quote that is not closed", "3.0", `X-A;X-B="q:v`, `X-A;X-B='q:v`},
		{"text behind quotes", "3.0", `A;B="x"y:1`, `A;B="x"y:1`},
		{"parameter without a value", "3.0", `SUMMARY;TZID=x;Y=:1`, `SUMMARY;TZID=x;Y=:1`},
		{"line without a colon", "3.0", "FN:a\nunparsable line\nNOTE:b", "FN:a\nunparsable line\nNOTE:b"},
		{"group", "3.0", "item1.TEL;TYPE=pref:1\nitem1.X-ABLabel:_$!<Home>!$_", "item1.TEL;TYPE=pref:1\nitem1.X-ABLabel:_$!<Home>!$_"},
		{"empty name and parameters", "3.0", "X-A;;=:1\n:2", "X-A:1\n:2"},
		{"NUL", "3.0", "NOTE:a\x00b", "NOTE:a\x00b"},
		{"fold of 3.0", "3.0", "NOTE:a\n b\n\tc\n  d", "NOTE:abc d"},
		{"fold of 2.1", "2.1", "NOTE:a\n b", "NOTE:a b"},
		{"fold inside a character", "3.0", "NOTE:J\xc3\n \xb6rg", "NOTE:Jörg"},
		{"fold inside a character in 2.1", "2.1", "NOTE:J\xc3\n \xb6rg", "NOTE:Jörg"},
		{"folded name", "3.0", "NO\n TE;LANG\n UAGE=de:\n x", "NOTE;LANGUAGE=de:x"},
		{"case", "3.0", "fn:a\ntel;type=home:1", "fn:a\ntel;type=home:1"},
		{"spaces around", "3.0", "FN ; LANGUAGE = de :a", "FN;LANGUAGE=de:a"},
		{"CR CR LF", "3.0", "FN:a\r\r\nNOTE:b\r", "FN:a\nNOTE:b"},
		{"nested card", "3.0", "BEGIN:X-A\nB:1\nEND:X-A", "BEGIN:X-A\nB:1\nEND:X-A"},
		{"agent", "2.1", "FN:a\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:b\nEND:VCARD\nNOTE:c",
			`FN:a` + "\n" + `AGENT:BEGIN:VCARD\nVERSION:3.0\nN:b\;\;\;\;\nFN:b\nEND:VCARD\n` + "\nNOTE:c"},
		{"agent on one line", "2.1", "AGENT:BEGIN:VCARD\nVERSION:2.1\nFN:b\nEND:VCARD", `AGENT:BEGIN:VCARD\nVERSION:3.0\nN:b\;\;\;\;\nFN:b\nEND:VCARD\n`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := mustDecode(t, "BEGIN:VCARD\nVERSION:"+tt.version+"\n"+tt.in+"\nEND:VCARD\n")
			if it.Format().Version != tt.version {
				t.Fatalf("format %v", it.Format())
			}
			p, err := it.Project(VCard30)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(lines(unnamed(p, it)), "\n"); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			checkItem(t, it)
		})
	}
}

func TestProjectTo21(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"types", "TEL;TYPE=home,pref:1", "TEL;HOME;PREF:1"},
		{"types in one pair of quotes", `TEL;TYPE="home,cell":1`, `TEL;HOME;CELL:1`},
		{"type that is no word", `TEL;TYPE="a:b":1`, `TEL;TYPE="a:b":1`},
		{"internet", "EMAIL:a@example.org", "EMAIL;INTERNET:a@example.org"},
		{"not internet", "EMAIL;TYPE=X400:a", "EMAIL;X400:a"},
		{"plain text", `NOTE:a\,b\;c\\d`, `NOTE:a,b;c\d`},
		{"newline", `NOTE:a\nb`, "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\r\nb"},
		{"umlaut", "FN:Jörg", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg"},
		{"name", `N:a\;b\,c;d`, `N:a\;b,c;d`},
		{"categories", `CATEGORIES:a,b\,c\;d`, `CATEGORIES:a,b\,c\;d`},
		{"unknown text", `X-A:a\;b\,c;d`, `X-A:a\;b\,c;d`},
		{"unknown newline", `X-A:a\nb\\n`, "X-A;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\r\nb\\\\n"},
		{"picture", "PHOTO;TYPE=image/jpeg;ENCODING=b:AAAA", "PHOTO;TYPE=JPEG;ENCODING=BASE64:AAAA\r\n"},
		{"data URI", "PHOTO:data:image/png;base64,AAAA", "PHOTO;TYPE=PNG;ENCODING=BASE64:AAAA\r\n"},
		{"address of a picture", "PHOTO;VALUE=uri:http://a/b,c", "PHOTO;VALUE=URL:http://a/b,c"},
		{"date", "BDAY;VALUE=date:1950-01-01", "BDAY:1950-01-01"},
		{"agent", `AGENT:BEGIN:VCARD\nVERSION:3.0\nFN:b\nEND:VCARD`, "AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:b;;;;\r\nFN:b\r\nEND:VCARD"},
		{"agent that is no card", `AGENT:BEGIN:VCARD`, "AGENT;ENCODING=QUOTED-PRINTABLE:BEGIN:VCARD"},
		{"long quoted-printable", "FN:" + strings.Repeat("ö", 14), "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" +
			strings.Repeat("=C3=B6", 5) + "=\r\n" + strings.Repeat("=C3=B6", 9)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := card(t, tt.in)
			p, err := it.Project(VCard21)
			if err != nil {
				t.Fatal(err)
			}
			p = unnamed(p, it)
			got := string(p.Body().Data)
			if want := "BEGIN:VCARD\r\nVERSION:2.1\r\n" + tt.want + "\r\nEND:VCARD\r\n"; got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestLinesFoldAt75OctetsBetweenCharacters(t *testing.T) {
	note := strings.Repeat("aö€😀", 40)
	it := card(t, "NOTE:"+note, "PHOTO;ENCODING=b:"+strings.Repeat("A", 300))
	for _, l := range strings.Split(string(forgetful(it).Body().Data), "\r\n") {
		if len(l) > 75 || strings.ToValidUTF8(l, "") != l {
			t.Errorf("line %q", l)
		}
	}
	checkItem(t, it)
}

func TestSameFingerprint(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b []string
	}{
		{"order", []string{"FN:a", "TEL:1"}, []string{"TEL:1", "FN:a"}},
		{"bookkeeping", []string{"FN:a", "PRODID:x", "REV:y", "UID:z"}, []string{"FN:a"}},
		{"empty properties", []string{"FN:a", "NOTE:", "N:;;;;", "CATEGORIES:,"}, []string{"FN:a"}},
		{"empty components", []string{"N:a;b;;;", "ORG:x;"}, []string{"N:a;b", "ORG:x"}},
		{"types", []string{"TEL;TYPE=home;TYPE=CELL:1"}, []string{"tel;Type=Cell,HOME:1"}},
		{"types that say nothing", []string{"TEL;TYPE=VOICE:1", "EMAIL;TYPE=INTERNET:a"}, []string{"TEL:1", "EMAIL:a"}},
		{"date", []string{"BDAY:1950-01-01"}, []string{"BDAY;VALUE=date:19500101"}},
		{"date and time", []string{"BDAY:1950-01-01T01:02:03Z"}, []string{"BDAY:19500101T010203Z"}},
		{"composition", []string{"FN:J\u00f6rg"}, []string{"FN:Jo\u0308rg"}},
		{"twice", []string{"TEL:1", "TEL:1"}, []string{"TEL:1"}},
		{"picture", []string{"PHOTO;TYPE=image/jpeg;ENCODING=b:AAA="}, []string{"PHOTO;TYPE=JPEG;ENCODING=B:AAA"}},
		{"data URI", []string{"PHOTO:data:image/jpeg;base64,AAAA"}, []string{"PHOTO;TYPE=JPEG;ENCODING=b:AAAA"}},
		{"name of a group", []string{"a.TEL:1", "a.X-ABLabel:l"}, []string{"b.x-ablabel:l", "b.TEL:1"}},
		{"categories", []string{"CATEGORIES:a,b"}, []string{"CATEGORIES:b", "CATEGORIES:a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a, b := card(t, tt.a...), card(t, tt.b...); a.Fingerprint() != b.Fingerprint() {
				t.Error("fingerprints differ")
			}
		})
	}
}

func TestOtherFingerprint(t *testing.T) {
	base := []string{"FN:a", "N:a;b", "TEL;TYPE=HOME:1", "PHOTO;ENCODING=b:AAAA", "X-A:1", "g.URL:u", "g.X-ABLabel:l", "CATEGORIES:a,b"}
	edits := [][2]string{
		{"FN:a", "FN:b"}, {"FN:a", "FN;LANGUAGE=de:a"}, {"N:a;b", "N:a b"}, {"TEL;TYPE=HOME:1", "TEL;TYPE=HOME,PREF:1"},
		{"TEL;TYPE=HOME:1", "TEL:1"}, {"PHOTO;ENCODING=b:AAAA", "PHOTO;ENCODING=b:AAAB"}, {"X-A:1", "X-A:2"}, {"X-A:1", "X-A;B=c:1"},
		{"g.X-ABLabel:l", "g.X-ABLabel:m"}, {"g.X-ABLabel:l", "X-ABLabel:l"}, {"CATEGORIES:a,b", `CATEGORIES:a\,b`}, {"X-A:1", "junk"},
		{"X-A:1", "BEGIN:X\r\nA:1\r\nEND:X"},
	}
	seen := map[Fingerprint]string{card(t, base...).Fingerprint(): "base"}
	for _, e := range edits {
		fp := card(t, replaced(base, e[0], e[1])...).Fingerprint()
		if with, ok := seen[fp]; ok {
			t.Errorf("%q looks like %q", e[1], with)
		}
		seen[fp] = e[1]
	}
	if fp := card(t).Fingerprint(); fp.IsZero() {
		t.Error("an empty card has the zero fingerprint")
	}
}
