package dataclass

import (
	"strings"
	"testing"
)

// newCard makes a 4.0 card of content lines.
func newCard(t *testing.T, lines ...string) *Item {
	t.Helper()
	return mustDecode(t, "BEGIN:VCARD\r\nVERSION:4.0\r\n"+join(lines)+"END:VCARD\r\n")
}

// A conversion is one thing to say in the three dialects of vCard.
type conversion struct{ name, v21, v30, v40 string }

// conversions are written by projection from any dialect to any other, unless a comment says
// otherwise.
var conversions = []conversion{
	{"picture", "PHOTO;TYPE=JPEG;ENCODING=BASE64:/9j/", "PHOTO;TYPE=JPEG;ENCODING=b:/9j/", "PHOTO:data:image/jpeg;base64,/9j/"},
	{"logo", "LOGO;TYPE=PNG;ENCODING=BASE64:AAAA", "LOGO;TYPE=PNG;ENCODING=b:AAAA", "LOGO:data:image/png;base64,AAAA"},
	{"sound", "SOUND;TYPE=WAVE;ENCODING=BASE64:AAAA", "SOUND;TYPE=WAVE;ENCODING=b:AAAA", "SOUND:data:audio/wav;base64,AAAA"},
	{"key", "KEY;TYPE=PGP;ENCODING=BASE64:AAAA", "KEY;TYPE=PGP;ENCODING=b:AAAA", "KEY:data:application/pgp-keys;base64,AAAA"},
	{"key of a place", "KEY;TYPE=WORK;TYPE=X509;ENCODING=BASE64:AAAA", "KEY;TYPE=WORK,X509;ENCODING=b:AAAA", "KEY;TYPE=work:data:application/pkix-cert;base64,AAAA"},
	{"address of a picture", "PHOTO;VALUE=URL;TYPE=GIF:http://example.org/a.gif", "PHOTO;VALUE=uri;TYPE=GIF:http://example.org/a.gif", "PHOTO;MEDIATYPE=image/gif:http://example.org/a.gif"},
	{"key as text", "KEY;TYPE=PGP:abc", "KEY;TYPE=PGP:abc", "KEY;VALUE=text;MEDIATYPE=application/pgp-keys:abc"},
	{"number", "TEL;HOME;VOICE:+1 555", "TEL;TYPE=HOME,VOICE:+1 555", "TEL;TYPE=home,voice:+1 555"},
	{"preferred number", "TEL;CELL;PREF:1", "TEL;TYPE=CELL,PREF:1", "TEL;TYPE=cell;PREF=1:1"},
	{"type words of new", "TEL;TEXTPHONE;TEXT;VIDEO:1", "TEL;TYPE=TEXTPHONE,TEXT,VIDEO:1", "TEL;TYPE=textphone,text,video:1"},
	{"type words of old", "TEL;BBS;MODEM;CAR;ISDN:1", "TEL;TYPE=BBS,MODEM,CAR,ISDN:1", "TEL;TYPE=bbs,modem,car,isdn:1"},
	{"type words of one maker", "TEL;IPHONE;CELL:1", "TEL;TYPE=IPHONE,CELL:1", "TEL;TYPE=iphone,cell:1"},
	{"main number", "TEL;MAIN:1", "TEL;TYPE=MAIN:1", "TEL;TYPE=main-number:1"},
	{"mail of another sort", "EMAIL;X400;WORK:a", "EMAIL;TYPE=X400,WORK:a", "EMAIL;TYPE=x400,work:a"},
	{"address with label", "ADR;HOME:;;1 St;Town\r\nLABEL;HOME;ENCODING=QUOTED-PRINTABLE:1 St=0D=0A=\r\nTown: \"x\"",
		"ADR;TYPE=HOME:;;1 St;Town\r\nLABEL;TYPE=HOME:1 St\\nTown: \"x\"", "ADR;TYPE=home;LABEL=\"1 St^nTown: ^'x^'\":;;1 St;Town"},
	{"labels by type", "ADR;HOME:;;1\r\nLABEL;HOME:h\r\nADR;WORK:;;2\r\nLABEL;WORK:w", "ADR;TYPE=HOME:;;1\r\nLABEL;TYPE=HOME:h\r\nADR;TYPE=WORK:;;2\r\nLABEL;TYPE=WORK:w",
		"ADR;TYPE=home;LABEL=h:;;1\r\nADR;TYPE=work;LABEL=w:;;2"},
	{"label alone", "LABEL;HOME:h", "LABEL;TYPE=HOME:h", "ADR;TYPE=home;LABEL=h:;;;;;;"},
	{"position", "GEO:37.38;-122.08", "GEO:37.38;-122.08", "GEO:geo:37.38,-122.08"},
	{"offset", "TZ:-05:00", "TZ:-05:00", "TZ;VALUE=utc-offset:-0500"},
	{"zone", "TZ:Europe/Oslo", "TZ;VALUE=text:Europe/Oslo", "TZ:Europe/Oslo"},
	{"birthday", "BDAY:1985-04-12", "BDAY:1985-04-12", "BDAY:19850412"},
	{"birthday with time", "BDAY:1985-04-12T10:20:30Z", "BDAY:1985-04-12T10:20:30Z", "BDAY:19850412T102030Z"},
	{"birthday without year", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03", "BDAY:--0203"},
	{"year", "BDAY:1985", "BDAY:1985", "BDAY:1985"},
	{"month", "BDAY:1985-04", "BDAY:1985-04", "BDAY:1985-04"},
	{"birthday in words", "BDAY:circa 1800", "BDAY:circa 1800", "BDAY;VALUE=text:circa 1800"},
	{"anniversary", "X-ANNIVERSARY:2010-08-09", "X-ANNIVERSARY:2010-08-09", "ANNIVERSARY:20100809"},
	{"nicknames", "NICKNAME:Bob,Bobby", "NICKNAME:Bob,Bobby", "NICKNAME:Bob,Bobby"},
	{"organisation", "ORG:a,b;c", `ORG:a\,b;c`, `ORG:a\,b;c`},
	{"sorting", "N:van der Harten;Rene;;;\r\nSORT-STRING:Harten\r\nFN:Rene van der Harten", "N:van der Harten;Rene;;;\r\nSORT-STRING:Harten\r\nFN:Rene van der Harten",
		"N;SORT-AS=Harten:van der Harten;Rene;;;\r\nFN:Rene van der Harten"},
	{"phonetic name of Japanese phones", "SOUND;X-IRMC-N:yomi;kata", "SOUND;TYPE=X-IRMC-N:yomi;kata", "X-IRMC-N:yomi;kata"},
	{"spouse", "X-SPOUSE:Ada, Dr.", `X-SPOUSE:Ada\, Dr.`, `RELATED;TYPE=spouse;VALUE=text:Ada\, Dr.`},
	{"manager", "X-MANAGER:Ada", "X-MANAGER:Ada", "RELATED;TYPE=x-manager;VALUE=text:Ada"},
	{"assistant", "X-ASSISTANT:Ada", "X-ASSISTANT:Ada", "RELATED;TYPE=x-assistant;VALUE=text:Ada"},
	{"friend by address", "RELATED;FRIEND:urn:uuid:1", "RELATED;TYPE=FRIEND:urn:uuid:1", "RELATED;TYPE=friend:urn:uuid:1"},
	{"agent by address", "AGENT;VALUE=URL:http://example.org/a.vcf", "AGENT;VALUE=uri:http://example.org/a.vcf", "RELATED;TYPE=agent:http://example.org/a.vcf"},
	{"group", "X-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1", "X-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1", "KIND:group\r\nMEMBER:urn:uuid:1"},
	{"company", "X-ABShowAs:COMPANY", "X-ABShowAs:COMPANY", "KIND:org"},
	{"gender", "X-GENDER:Female", "X-GENDER:Female", "GENDER:F"},
	{"gender in words", "GENDER:O;x,y", `GENDER:O;x\,y`, `GENDER:O;x\,y`},
	{"language", "LANG;WORK:fr", "LANG;TYPE=WORK:fr", "LANG;TYPE=work:fr"},
	{"calendars", "FBURL:http://a/b\r\nCALURI:http://a/c\r\nCALADRURI:mailto:a@example.org", "FBURL:http://a/b\r\nCALURI:http://a/c\r\nCALADRURI:mailto:a@example.org",
		"FBURL:http://a/b\r\nCALURI:http://a/c\r\nCALADRURI:mailto:a@example.org"},
	{"source", "SOURCE:http://a/b,c", "SOURCE:http://a/b,c", "SOURCE:http://a/b,c"},
	{"xml", `XML:<a b="c, d"/>`, `XML:<a b="c\, d"/>`, `XML:<a b="c\, d"/>`},
	{"what was for 3.0 only", "NAME:x\r\nMAILER:m,n\r\nCLASS:PRIVATE\r\nPROFILE:VCARD", "NAME:x\r\nMAILER:m\\,n\r\nCLASS:PRIVATE\r\nPROFILE:VCARD", "NAME:x\r\nMAILER:m\\,n\r\nCLASS:PRIVATE\r\nPROFILE:VCARD"},
	{"parameters of 4.0", "TITLE;INDEX=2;LEVEL=beginner:x", "TITLE;INDEX=2;LEVEL=beginner:x", "TITLE;INDEX=2;LEVEL=beginner:x"},
	{"places of a life", "BIRTHPLACE:a,b\r\nDEATHDATE:1985-04-12", "BIRTHPLACE:a\\,b\r\nDEATHDATE:1985-04-12", "BIRTHPLACE:a\\,b\r\nDEATHDATE:19850412"},
	{"what one likes", "HOBBY;LEVEL=high:a,b\r\nORG-DIRECTORY:http://a/b,c", "HOBBY;LEVEL=high:a\\,b\r\nORG-DIRECTORY:http://a/b,c", "HOBBY;LEVEL=high:a\\,b\r\nORG-DIRECTORY:http://a/b,c"},
	{"path", `NOTE:\\server\share c:\`, `NOTE:\\\\server\\share c:\\`, `NOTE:\\\\server\\share c:\\`},
	{"path in a component", `ORG:c:\temp;a\;b`, `ORG:c:\\temp;a\;b`, `ORG:c:\\temp;a\;b`},
	{"smiley", `NOTE::-\ x`, `NOTE::-\\ x`, `NOTE::-\\ x`},
	{"unknown", "X-A;X-B=c:a\\,b;c", "X-A;X-B=c:a\\,b;c", "X-A;X-B=c:a\\,b;c"},
}

// asked gives the lines of a card without the names that were made for it.
func asked(p, from *Item) string { return strings.Join(rawLines(unnamed(p, from)), "\r\n") }

// rawLines gives what stands between VERSION and END, unfolded.
func rawLines(it *Item) []string {
	text := strings.ReplaceAll(string(it.Body().Data), "\r\n ", "")
	text = strings.TrimSuffix(text, "END:VCARD\r\n")
	text = strings.ReplaceAll(text, "\r\n\r\n", "\r\n")
	var out []string
	for _, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if !strings.HasPrefix(l, "BEGIN:") && !strings.HasPrefix(l, "VERSION:") {
			out = append(out, l)
		}
	}
	return out
}

func TestConversions(t *testing.T) {
	formats := []Format{VCard21, VCard30, VCard40}
	for _, tt := range conversions {
		t.Run(tt.name, func(t *testing.T) {
			texts := []string{tt.v21, tt.v30, tt.v40}
			items := []*Item{oldCard(t, texts[0]), card(t, texts[1]), newCard(t, texts[2])}
			for i, it := range items {
				checkItem(t, it)
				for j, f := range formats {
					if items[j].Fingerprint() != it.Fingerprint() {
						t.Errorf("%s and %s do not say the same", formats[i].Version, f.Version)
					}
					p, err := it.Project(f)
					if err != nil {
						t.Fatal(err)
					}
					if got := asked(p, it); i != j && !strings.EqualFold(got, texts[j]) {
						t.Errorf("from %s to %s:\ngot  %q\nwant %q", formats[i].Version, f.Version, got, texts[j])
					}
				}
			}
		})
	}
}

// TestSpellings wants ways to write the same, in whatever dialect, to have one fingerprint, and to be
// written in one way.
func TestSpellings(t *testing.T) {
	for _, tt := range []struct {
		name, version, in string
		to                Format
		want              string
	}{
		{"number as URI", "4.0", "TEL;VALUE=uri;TYPE=\"work,voice\";PREF=1:tel:+1-555;ext=7", VCard21, "TEL;WORK;VOICE;PREF:+1-555 ext. 7"},
		{"number of a phone with internet", "2.1", "X-SIP;VOIP:sip:saga@example.org", VCard40, "IMPP;TYPE=voip:sip:saga@example.org"},
		{"number of a phone with internet, back", "3.0", "IMPP;TYPE=VOIP:sip:saga@example.org", VCard21, "X-SIP;VOIP:saga@example.org"},
		{"page with escapes", "3.0", `URL:https\://example.org/a\,b`, VCard40, "URL:https://example.org/a,b"},
		{"page with escapes to a phone", "3.0", `URL:https\://example.org/a`, VCard21, "URL:https://example.org/a"},
		{"picture with escapes", "3.0", `PHOTO;VALUE=uri:https\://example.org/a`, VCard40, "PHOTO:https://example.org/a"},
		{"label in the words of RFC 6350", "4.0", `ADR;LABEL="a\nb, c":;;1`, VCard30, "ADR:;;1\r\nLABEL:a\\nb\\, c"},
		{"label with a path", "3.0", `ADR:;;1` + "\r\n" + `LABEL:a\\nb`, VCard40, `ADR;LABEL=a\\nb:;;1`},
		{"sound in the mail", "2.1", "SOUND;WAVE;VALUE=CONTENT-ID:<a.1@example.org>", VCard40, "SOUND;MEDIATYPE=audio/wav:cid:a.1@example.org"},
		{"sound in the mail to 3.0", "2.1", "SOUND;CONTENT-ID:<a.1@example.org>", VCard30, "SOUND;VALUE=uri:cid:a.1@example.org"},
		{"sound in the mail to a phone", "4.0", "SOUND:cid:a.1@example.org", VCard21, "SOUND;VALUE=CONTENT-ID:<a.1@example.org>"},
		{"address of a picture that is not said to be one", "3.0", "PHOTO:http://example.org/a.gif", VCard21, "PHOTO;VALUE=URL:http://example.org/a.gif"},
		{"key of several words", "2.1", "KEY;PGP:-----BEGIN PGP PUBLIC KEY BLOCK-----", VCard40, "KEY;VALUE=text;MEDIATYPE=application/pgp-keys:-----BEGIN PGP PUBLIC KEY BLOCK-----"},
		{"spouse of another program", "2.1", "X-WM-SPOUSE:Ada", VCard40, "RELATED;TYPE=spouse;VALUE=text:Ada"},
		{"spouse of one more", "3.0", "X-KADDRESSBOOK-X-SpouseName:Ada", VCard40, "RELATED;TYPE=spouse;VALUE=text:Ada"},
		{"children", "2.1", "X-CHILDREN:Ada, Bob", VCard40, `RELATED;TYPE=child;VALUE=text:Ada\, Bob`},
		{"number of another sort", "4.0", "TEL;VALUE=uri:sip:a@example.org", VCard30, "TEL;VALUE=uri:sip:a@example.org"},
		{"position of 2.1", "2.1", "GEO:-122.08,37.38", VCard40, "GEO:geo:37.38,-122.08"},
		{"position as programs write it in 2.1", "2.1", "GEO:37.38,-122.08", VCard40, "GEO:geo:37.38,-122.08"},
		{"position in doubt", "2.1", "GEO:10.5,59.9", VCard30, "GEO:59.9;10.5"},
		{"offset in short", "2.1", "TZ:+2", VCard30, "TZ:+02:00"},
		{"zone by address", "4.0", "TZ;VALUE=uri:http://a/b", VCard40, "TZ;VALUE=uri:http://a/b"},
		{"birthday at midnight in Greenwich", "2.1", "BDAY:19850412T000000Z", VCard30, "BDAY:1985-04-12"},
		{"birthday at midnight somewhere", "3.0", "BDAY;VALUE=date-time:1985-04-12T00:00:00+02:00", VCard40, "BDAY:19850412"},
		{"birthday without year in hyphens", "3.0", "BDAY:--02-03", VCard40, "BDAY:--0203"},
		{"birthday without another year", "3.0", "BDAY;X-APPLE-OMIT-YEAR=1900:1900-02-03", VCard40, "BDAY:--0203"},
		{"birthday without year that lost its parameter", "2.1", "BDAY:16040203", VCard40, "BDAY:--0203"},
		{"anniversary of a desktop", "3.0", "X-EVOLUTION-ANNIVERSARY:2010-08-09", VCard40, "ANNIVERSARY:20100809"},
		{"anniversary by label", "3.0", "item1.X-ABDATE;type=pref:2010-08-09\r\nitem1.X-ABLabel:_$!<Anniversary>!$_", VCard40, "item1.ANNIVERSARY;PREF=1:20100809"},
		{"other date by label", "3.0", "item1.X-ABDATE:2010-08-09\r\nitem1.X-ABLabel:_$!<Other>!$_", VCard40, "item1.X-ABDATE:20100809\r\nitem1.X-ABLabel:_$!<Other>!$_"},
		{"spouse of a desktop", "3.0", "X-EVOLUTION-SPOUSE:Ada", VCard40, "RELATED;TYPE=spouse;VALUE=text:Ada"},
		{"spouse by label", "3.0", "item1.X-ABRELATEDNAMES:Ada\r\nitem1.X-ABLabel:_$!<Spouse>!$_", VCard40, "item1.RELATED;TYPE=spouse;VALUE=text:Ada"},
		{"father by label", "3.0", "item1.X-ABRELATEDNAMES:Ada\r\nitem1.X-ABLabel:_$!<Father>!$_", VCard40, "item1.RELATED;TYPE=parent;VALUE=text:Ada\r\nitem1.X-ABLabel:_$!<Father>!$_"},
		{"brother by label", "3.0", "item1.X-ABRELATEDNAMES;type=pref:Bob\r\nitem1.X-ABLabel:_$!<Brother>!$_", VCard40, "item1.RELATED;TYPE=sibling;VALUE=text;PREF=1:Bob\r\nitem1.X-ABLabel:_$!<Brother>!$_"},
		{"brother back", "4.0", "item1.RELATED;TYPE=sibling;PREF=1;VALUE=text:Bob\r\nitem1.X-ABLabel:_$!<Brother>!$_", VCard30, "item1.X-ABRELATEDNAMES;TYPE=pref:Bob\r\nitem1.X-ABLabel:_$!<Brother>!$_"},
		{"mentor by label", "3.0", "item1.X-ABRELATEDNAMES:Ada\r\nitem1.X-ABLabel:Mentor", VCard40, "item1.X-ABRELATEDNAMES:Ada\r\nitem1.X-ABLabel:Mentor"},
		{"company that is shown otherwise", "3.0", "X-ABShowAs:PERSON", VCard40, "X-ABShowAs:PERSON"},
		{"agent by name", "3.0", "AGENT:Ada", VCard40, "RELATED;TYPE=agent;VALUE=text:Ada"},
		{"agent as a card", "2.1", "AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ada\r\nEND:VCARD", VCard40,
			"RELATED;TYPE=agent:data:text/vcard;base64,QkVHSU46VkNBUkQNClZFUlNJT046NC4wDQpGTjpBZGENCkVORDpWQ0FSRA0K"},
		{"agent as a card, back", "4.0", "RELATED;TYPE=agent:data:text/vcard;base64,QkVHSU46VkNBUkQNClZFUlNJT046NC4wDQpGTjpBZGENCkVORDpWQ0FSRA0K",
			VCard30, `AGENT:BEGIN:VCARD\nVERSION:3.0\nN:Ada\;\;\;\;\nFN:Ada\nEND:VCARD\n`},
		{"agent in percent signs", "4.0", "RELATED;TYPE=agent;VALUE=uri:data:text/vcard,BEGIN:VCARD%0AVERSION:4.0%0AFN:Ada%0AEND:VCARD",
			VCard30, `AGENT:BEGIN:VCARD\nVERSION:3.0\nN:Ada\;\;\;\;\nFN:Ada\nEND:VCARD\n`},
		{"agent that is no card", "4.0", "RELATED;TYPE=agent:data:text/vcard;base64,AAAA", VCard30, "AGENT;VALUE=uri:data:text/vcard;base64,AAAA"},
		{"number with a label of its own", "2.1", "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,B=C3=BCro oben):1", VCard30, "item1.TEL:1\r\nitem1.X-ABLabel:Büro oben"},
		{"two of them beside a group", "2.1", "item1.X-A:1\r\nTEL;CELL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,a):1\r\nEMAIL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,b):2", VCard40,
			"item1.X-A:1\r\nitem2.TEL;TYPE=cell:1\r\nitem2.X-ABLabel:a\r\nitem3.EMAIL:2\r\nitem3.X-ABLabel:b"},
		{"label that nobody can read", "2.1", "TEL;X-CUSTOM(CHARSET=X-NONE,ENCODING=QUOTED-PRINTABLE,a):1", VCard30, "TEL;X-CUSTOM(CHARSET=X-NONE,ENCODING=QUOTED-PRINTABLE,a):1"},
		{"phonetic name that is empty", "2.1", "SOUND;X-IRMC-N:;;;;\r\nTEL:1", VCard40, "TEL:1"},
		{"messenger", "2.1", "X-AIM;HOME:ada", VCard40, "IMPP;TYPE=home:aim:ada"},
		{"messenger in 3.0", "2.1", "X-JABBER;HOME:a@example.org", VCard30, "IMPP;TYPE=HOME:xmpp:a@example.org"},
		{"messenger with blanks", "2.1", "X-SKYPE:ada l", VCard40, "IMPP:skype:ada%20l"},
		{"messenger back", "4.0", "IMPP;TYPE=work;PREF=1:skype:ada%20l", VCard21, "X-SKYPE;WORK;PREF:ada l"},
		{"messenger that nobody knows", "4.0", "IMPP:zap:ada", VCard21, "IMPP:zap:ada"},
		{"service by name", "3.0", "IMPP;X-SERVICE-TYPE=Jabber:xmpp:ada", VCard21, "X-JABBER;X-SERVICE-TYPE=Jabber:ada"},
		{"kind that is usual", "4.0", "KIND:individual", VCard30, "X-ADDRESSBOOKSERVER-KIND:individual"},
		{"nickname of a phone", "2.1", "X-EPOCSECONDNAME:Bob", VCard30, "NICKNAME:Bob"},
		{"nickname of another", "2.1", "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Bob;1;;;;;;;;;;;;;", VCard40, "NICKNAME:Bob"},
		{"anniversary of a phone", "2.1", "X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2010-08-09;1;;;;;;;;;;;;;", VCard40, "ANNIVERSARY:20100809"},
		{"spouse of a phone", "2.1", "X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Ada;14;;;;;;;;;;;;;", VCard40, "RELATED;TYPE=spouse;VALUE=text:Ada"},
		{"something else of a phone", "2.1", "X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Ada;0;Boss;;", VCard40, "X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Ada;0;Boss;;"},
		{"mail to a phone", "4.0", "EMAIL;TYPE=work:a@example.org", VCard21, "EMAIL;WORK;INTERNET:a@example.org"},
		{"mail of a phone", "2.1", "EMAIL;INTERNET;WORK:a@example.org", VCard40, "EMAIL;TYPE=work:a@example.org"},
		{"category of a phone", "2.1", "CATEGORIES:X-Family,Work", VCard30, "CATEGORIES:Family,Work"},
		{"category that looks like it", "3.0", "CATEGORIES:X-Ray", VCard21, "CATEGORIES:X-X-Ray"},
		{"sorting by several words", "4.0", `N;SORT-AS="Harten,Rene":van der Harten;Rene`, VCard30, `N;SORT-AS="Harten,Rene":van der Harten;Rene`},
		{"picture in base64 in 4.0", "4.0", "PHOTO;ENCODING=b;TYPE=JPEG:AAAA", VCard30, "PHOTO;TYPE=JPEG;ENCODING=b:AAAA"},
		{"picture that nobody named", "2.1", "PHOTO;ENCODING=BASE64:iVBORw0KGgoA", VCard40, "PHOTO:data:image/png;base64,iVBORw0KGgoA"},
		{"list in a name", "4.0", "N:Public;John;Quinlan,Paul", VCard30, "N:Public;John;Quinlan,Paul"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := mustDecode(t, "BEGIN:VCARD\r\nVERSION:"+tt.version+"\r\n"+tt.in+"\r\nEND:VCARD\r\n")
			checkItem(t, it)
			p, err := it.Project(tt.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := asked(p, it); got != tt.want {
				t.Errorf("\ngot  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestFrameOfProjectedCards wants BEGIN, END and VERSION as every program reads them.
func TestFrameOfProjectedCards(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		to       Format
		want     string
	}{
		{"version behind other properties", "BEGIN:VCARD\nNOTE:x\nVERSION:3.0\nEND:VCARD\n", VCard40, "BEGIN:VCARD\nVERSION:4.0\nNOTE:x\nEND:VCARD\n"},
		{"small letters", "begin:vcard\nversion:3.0\nnote:x\nend:vcard\n", VCard40, "BEGIN:VCARD\nVERSION:4.0\nnote:x\nEND:VCARD\n"},
		{"small letters to a phone", "begin:vcard\nversion:3.0\nnote:x\nend:vcard\n", VCard21, "BEGIN:VCARD\nVERSION:2.1\nnote:x\nEND:VCARD\n"},
		{"no version", "BEGIN:VCARD\nNOTE:x\nEND:VCARD\n", VCard40, "BEGIN:VCARD\nVERSION:4.0\nNOTE:x\nEND:VCARD\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := mustDecode(t, tt.in).Project(tt.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(string(p.Body().Data), "\r\n", "\n"); got != tt.want {
				t.Errorf("\ngot  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestWhatOldDialectsCannotSay wants them to say less, and the card to be whole when it comes back.
func TestWhatOldDialectsCannotSay(t *testing.T) {
	for _, tt := range []struct{ name, v40, v30, v21 string }{
		{"second choice", "TEL;TYPE=cell;PREF=2:1", "TEL;TYPE=cell;PREF=2:1", "TEL;CELL:1"},
		{"second choice in between", "TEL;PREF=50:1\r\nTEL;PREF=1:2", "TEL;PREF=50:1\r\nTEL;TYPE=pref:2", "TEL:1\r\nTEL;PREF:2"},
		{"replicas", "CLIENTPIDMAP:1;urn:uuid:1\r\nEMAIL;PID=1.1:a", "CLIENTPIDMAP:1;urn:uuid:1\r\nEMAIL;PID=1.1:a", "EMAIL;INTERNET:a"},
		{"title in two languages", "TITLE;ALTID=1;LANGUAGE=fr:Patron\r\nTITLE;ALTID=1;LANGUAGE=en:Boss", "TITLE;LANGUAGE=fr:Patron", "TITLE;LANGUAGE=fr:Patron"},
		{"preferred title", "TITLE;ALTID=1:a\r\nTITLE;ALTID=1;PREF=1:b", "TITLE;TYPE=pref:b", "TITLE;PREF:b"},
		{"language of the card", "LANGUAGE:en\r\nTITLE;ALTID=1;LANGUAGE=fr:a\r\nTITLE;ALTID=1;LANGUAGE=en:b", "LANGUAGE:en\r\nTITLE;LANGUAGE=en:b", "LANGUAGE:en\r\nTITLE;LANGUAGE=en:b"},
		{"two titles", "TITLE;ALTID=1:a\r\nTITLE;ALTID=2:b\r\nTITLE:c", "TITLE:a\r\nTITLE:b\r\nTITLE:c", "TITLE:a\r\nTITLE:b\r\nTITLE:c"},
		{"alternative with a label", "item1.URL;ALTID=1:a\r\nitem1.X-ABLabel:l\r\nitem2.URL;ALTID=1;PREF=1:b\r\nitem2.X-ABLabel:m",
			"item2.URL;TYPE=pref:b\r\nitem2.X-ABLabel:m", "item2.URL;PREF:b\r\nitem2.X-ABLabel:m"},
		{"names in two scripts", "N;ALTID=1;LANGUAGE=ja:y;k\r\nN;ALTID=1;LANGUAGE=en:Y;K\r\nFN;ALTID=1;LANGUAGE=ja:y k\r\nFN;ALTID=1;LANGUAGE=en:K Y",
			"N;LANGUAGE=ja:y;k\r\nFN;LANGUAGE=ja:y k", "N;LANGUAGE=ja:y;k\r\nFN;LANGUAGE=ja:y k"},
		{"name with more components", "N:a,b;c;;;Jr.;b;Jr.", "N:a,b;c;;;Jr.", "N:a,b;c;;;Jr."},
		{"name said only in more components", "N:a;c;;;;b;III", "N:a,b;c;;;III", "N:a,b;c;;;III"},
		{"address said only in more components", `ADR:;;;Town;;1;X;3;12;2;4;Main St;B;;Old\, Town;;;`, `ADR:;;4 Main St\, B\, 2\, 12\, 3\, Old\, Town;Town;;1;X`, "ADR:;;4 Main St, B, 2, 12, 3, Old, Town;Town;;1;X"},
		{"place with altitude and doubt", "GEO:geo:1.5,2.5,100;u=35", "GEO:1.5;2.5", "GEO:1.5;2.5"},
		{"number as URI with escapes", "TEL;VALUE=uri:tel:+1%20555-0100;ext=2", "TEL:+1 555-0100 ext. 2", "TEL:+1 555-0100 ext. 2"},
		{"address with more components", `ADR:;;4\, Main St;Town;;1;X;3;12;2;4;Main St;;;;;;`, `ADR:;;4\, Main St;Town;;1;X`, "ADR:;;4, Main St;Town;;1;X"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := newCard(t, tt.v40)
			for f, want := range map[Format]string{VCard21: tt.v21, VCard30: tt.v30} {
				p, err := base.Project(f)
				if err != nil {
					t.Fatal(err)
				}
				shadow := mustDecode(t, string(p.Body().Data))
				checkItem(t, shadow)
				m := checkMerge(t, base, Version{Shadow: p, Now: shadow, Keeps: Keeps{All: true}}, Version{Shadow: base}, First)
				if m.Item != base || m.Conflict {
					t.Errorf("%s came back as\n%s", f.Version, m.Item.Body().Data)
				}
				edited := mustDecode(t, strings.ReplaceAll(string(p.Body().Data), "END:VCARD", "NOTE:new\r\nEND:VCARD"))
				m = checkMerge(t, base, Version{Shadow: p, Now: edited, Keeps: Keeps{All: true}}, Version{Shadow: base}, First)
				if got := strings.Join(rawLines(m.Item), "\r\n"); got != tt.v40+"\r\nNOTE:new" {
					t.Errorf("%s with a note came back as\n%s", f.Version, got)
				}
				if got := asked(p, base); got != want {
					t.Errorf("%s:\ngot  %q\nwant %q", f.Version, got, want)
				}
			}
		})
	}
}

// TestLabelInATypeComesBack wants a label that stands in a type to stay when the number is edited, and to
// change where it was edited.
func TestLabelInATypeComesBack(t *testing.T) {
	const custom = "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,B=C3=BCro oben):"
	const names = "N:b;a\r\nFN:a b\r\n"
	base := oldCard(t, names+custom+"1")
	shadow, err := base.Project(VCard30)
	if err != nil {
		t.Fatal(err)
	}
	for edit, want := range map[[2]string]string{
		{"", ""}:                  custom + "1",
		{"TEL:1", "TEL:2"}:        "item1.TEL:2\r\nitem1.X-ABLabel;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:B=C3=BCro oben",
		{"Büro oben", "downtown"}: "item1.TEL:1\r\nitem1.X-ABLabel:downtown",
	} {
		now := mustDecode(t, strings.ReplaceAll(string(shadow.Body().Data), edit[0], edit[1]))
		if edit[0] == "" {
			now = shadow
		}
		m := checkMerge(t, base, Version{Shadow: shadow, Now: now, Keeps: Keeps{All: true}}, Version{Shadow: base}, First)
		if got := strings.Join(rawLines(m.Item), "\r\n"); got != names+want {
			t.Errorf("%q: got %q", edit, got)
		}
	}
}

// A position that some programs write where they know of none says nothing.
func TestEmptyPositionSaysNothing(t *testing.T) {
	card := func(version, line string) Fingerprint {
		it, err := Decode(Contacts, Body{Type: "text/vcard", Data: []byte("BEGIN:VCARD\r\nVERSION:" + version + "\r\nN:Test;Ann;;;\r\nFN:Ann Test\r\n" + line + "END:VCARD\r\n")})
		if err != nil {
			t.Fatal(err)
		}
		return it.Fingerprint()
	}
	for _, version := range []string{"2.1", "3.0", "4.0"} {
		for _, line := range []string{"GEO:;\r\n", "GEO:,\r\n", "GEO:\r\n"} {
			if card(version, line) != card(version, "") {
				t.Errorf("%s: %q says something", version, line)
			}
		}
		if card(version, "GEO:0;0\r\n") == card(version, "") {
			t.Errorf("%s: the position 0;0 says nothing", version)
		}
	}
}
