package dataclass

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func mustContact(t *testing.T, it *Item) Contact {
	t.Helper()
	c, err := AsContact(it)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContactReads(t *testing.T) {
	c30 := card(t, `N:Ex\;ample;Ada;M.;Dr.;Jr.`, "FN:Ada", `NOTE:a\nb`, `ORG:Ex\, Inc.;R`, "TITLE:Boss", "BDAY:1950-01-01",
		"TEL;TYPE=home,pref:1", "EMAIL:a@example.org", `ADR;TYPE=WORK:;;1 St\nBack;Town;;1;No`, "URL:http://a/b,c",
		`CATEGORIES:a,b\,c`, "PHOTO;TYPE=image/jpeg;ENCODING=b:AAEC", "UID:u", "X-A:1")
	c21, err := c30.Project(VCard21)
	if err != nil {
		t.Fatal(err)
	}
	c40, err := c30.Project(VCard40)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range []*Item{c30, c21, c40} {
		t.Run(it.Format().Version, func(t *testing.T) {
			c := mustContact(t, it)
			photo, mediaType := c.Photo()
			got := []any{c.Name(), c.FormattedName(), c.Note(), c.Org(), c.Title(), c.Birthday(), c.Phones()[0].Value,
				c.Emails()[0].Value, c.Addresses()[0].Street, c.URLs(), c.Categories(), photo, mediaType, c.UID(), c.Text("X-B")}
			want := []any{Name{"Ex;ample", "Ada", "M.", "Dr.", "Jr."}, "Ada", "a\nb", []string{"Ex, Inc.", "R"}, "Boss", "1950-01-01", "1",
				"a@example.org", "1 St\nBack", []Typed{{Value: "http://a/b,c"}}, []string{"a", "b,c"}, []byte{0, 1, 2}, "JPEG", "u", ""}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestContactEditsInPlace(t *testing.T) {
	for _, f := range []Format{VCard21, VCard30, VCard40} {
		t.Run(f.Version, func(t *testing.T) {
			start, err := card(t, "N:a;b", "FN:a", "item1.TEL;TYPE=HOME;X-P=1:1", "item1.X-ABLabel:l", "TEL:2", "X-A:1", "NOTE:n").Project(f)
			if err != nil {
				t.Fatal(err)
			}
			it := start.Clone()
			c := mustContact(t, it)
			c.SetName(Name{Family: "x;y,z", Given: "ö"})
			c.SetFormattedName("line\r\nline")
			c.SetNote("")
			c.SetTitle("t")
			c.SetBirthday("19500101")
			c.SetOrg("o", "p,q")
			c.SetPhones([]Typed{{Value: "3", Types: []string{"CELL"}}, {Value: "1", Types: []string{"HOME"}, Label: "l"}, {Value: "4"}})
			c.SetEmails([]Typed{{Value: "a@example.org"}})
			c.SetURLs([]Typed{{Value: "http://a/b,c", Types: []string{"a,b"}}})
			c.AddAddress(Address{Street: "s;t", Types: []string{"HOME"}})
			c.SetCategories("a,b", "c")
			c.SetPhoto([]byte{1, 2, 3}, "image/png")
			want := card(t, `N:x\;y\,z;ö`, `FN:line\nline`, "item1.TEL;TYPE=HOME;X-P=1:1", "item1.X-ABLabel:l", "TEL;TYPE=CELL:3", "TEL:4",
				"X-A:1", "TITLE:t", "BDAY:19500101", `ORG:o;p\,q`, "EMAIL:a@example.org", `URL;TYPE="a,b":http://a/b,c`, `ADR;TYPE=HOME:;;s\;t`,
				`CATEGORIES:a\,b,c`, "PHOTO;TYPE=PNG;ENCODING=b:AQID")
			if it.Fingerprint() != want.Fingerprint() {
				t.Errorf("got\n%s", it.Body().Data)
			}
			if got, _ := start.Project(VCard30); len(lines(got)) != 7 {
				t.Errorf("the original of the clone changed:\n%s", start.Body().Data)
			}
			checkItem(t, it)
		})
	}
}

func TestContactRemovals(t *testing.T) {
	it := card(t, "N:a", "ORG:o", "PHOTO;ENCODING=b:AA", "TEL:1", "CATEGORIES:a", "note:x", "NOTE:y")
	c := mustContact(t, it)
	c.SetOrg()
	c.SetPhoto(nil, "")
	c.SetPhones(nil)
	c.SetCategories()
	c.SetNote("")
	wantLines(t, "left", it, []string{"N:a"})
	if data, _ := c.Photo(); data != nil || c.Org() != nil || c.Phones() != nil || c.Note() != "" {
		t.Error("something is left")
	}
}

func TestNewContact(t *testing.T) {
	c, err := NewContact(VCard21)
	if err != nil || c.Name() != (Name{}) {
		t.Fatal(err)
	}
	c.SetFormattedName("Ada")
	if got := string(c.Item().Body().Data); got != "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ada\r\nEND:VCARD\r\n" {
		t.Errorf("got %q", got)
	}
	if _, err := NewContact(Format{Type: "text/plain"}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("text/plain: %v", err)
	}
	if _, err := AsContact(nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("nil: %v", err)
	}
	if c.Item().Class() != Contacts || c.Item().Body().Type != "text/x-vcard;version=2.1" {
		t.Error("class or type is wrong")
	}
}

func TestContactCard(t *testing.T) {
	it := oldCard(t, "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg", "TEL;CELL;PREF:1", "ADR;HOME:;;Street;Town",
		"NOTE:a;b", "item1.URL:http://a/b,c", "junk", "PHOTO;TYPE=JPEG;ENCODING=BASE64:AAEC", "X-A:1")
	vc := mustContact(t, it).Card()
	if n := vc.Name(); n.FamilyName != "Müller" || n.GivenName != "Jörg" {
		t.Errorf("name %+v", n)
	}
	if tel := vc.Get("TEL"); tel.Value != "1" || !tel.Params.HasType("cell") || !tel.Params.HasType("pref") {
		t.Errorf("tel %+v", tel)
	}
	if a := vc.Address(); a.StreetAddress != "Street" || a.Locality != "Town" {
		t.Errorf("address %+v", a)
	}
	if vc.Value("NOTE") != "a;b" || vc.Get("URL").Group != "item1" || vc.Get("PHOTO").Params.Get("ENCODING") != "b" || vc.Value("X-A") != "1" {
		t.Errorf("card %v", vc)
	}
	before := it.Body().Data
	vc.SetValue("NOTE", "changed")
	if !bytes.Equal(before, it.Body().Data) {
		t.Error("the container shares something with the item")
	}
}

func TestContactCardOf40(t *testing.T) {
	it := newCard(t, "N;SORT-AS=L:Lovelace;Ada", "FN:Ada Lovelace", `TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-555;ext=7`, `ADR;LABEL="a^nb":;;s\,t`,
		"PHOTO:data:image/png;base64,AAAA", "RELATED;TYPE=spouse;VALUE=text:Bo")
	vc := mustContact(t, it).Card()
	if tel := vc.Get("TEL"); tel.Value != "tel:+1-555;ext=7" || !tel.Params.HasType("work") || !tel.Params.HasType("voice") || tel.Params.Get("PREF") != "1" {
		t.Errorf("tel %+v", tel)
	}
	if a := vc.Address(); a.StreetAddress != "s,t" || vc.Get("ADR").Params.Get("LABEL") != "a\nb" {
		t.Errorf("address %+v", vc.Get("ADR"))
	}
	if vc.Value("VERSION") != "4.0" || vc.Value("PHOTO") != "data:image/png;base64,AAAA" || vc.Value("RELATED") != "Bo" || vc.Name().GivenName != "Ada" {
		t.Errorf("card %v", vc)
	}
}

// TestContactReadsOtherNames reads what goes by several names, under any of them.
func TestContactReadsOtherNames(t *testing.T) {
	for _, it := range []*Item{
		oldCard(t, "X-EPOCSECONDNAME:Bob", "X-AIM;HOME;PREF:ada", "X-SPOUSE:Bo", "X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2010-08-09;1;", "SOUND;X-IRMC-N:yomi;kata",
			"ADR;HOME:;;s", "LABEL;HOME:l", "item1.X-ABDATE:2001-02-03", "item1.X-ABLabel:Exam", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03", "ORG:o;d", "TITLE:t", "ROLE:r"),
		card(t, "NICKNAME:Bob", "IMPP;TYPE=pref,home;X-SERVICE-TYPE=AIM:aim:ada", "item2.X-ABRELATEDNAMES:Bo", "item2.X-ABLabel:_$!<Spouse>!$_", "X-EVOLUTION-ANNIVERSARY:20100809",
			"X-PHONETIC-LAST-NAME:yomi", "X-PHONETIC-FIRST-NAME:kata", "ADR;TYPE=home:;;s", "LABEL;TYPE=home:l", "item1.X-ABDATE:2001-02-03", "item1.X-ABLabel:Exam", "BDAY:--0203", "ORG:o;d", "TITLE:t", "ROLE:r"),
		newCard(t, "NICKNAME:Bob", "IMPP;TYPE=home;PREF=1:aim:ada", "RELATED;TYPE=spouse;VALUE=text:Bo", "ANNIVERSARY:20100809", "X-IRMC-N:yomi;kata",
			"ADR;TYPE=home;LABEL=l:;;s", "item1.X-ABDATE:20010203", "item1.X-ABLabel:Exam", "BDAY:--0203", "ORG:o;d", "TITLE:t", "ROLE:r"),
	} {
		c := mustContact(t, it)
		got := []any{c.Nicknames(), c.IMs(), c.Relations()[0].Value, c.Relations()[0].Types, c.Anniversary(), c.Phonetic(), c.Addresses(), c.Dates(), c.Birthday(), c.Organizations()}
		want := []any{[]string{"Bob"}, []IM{{"aim", "ada", []string{"home"}, 1, ""}}, "Bo", []string{"spouse"}, "2010-08-09", Name{Family: "yomi", Given: "kata"},
			[]Address{{Street: "s", Delivery: "l", Types: []string{"home"}}}, []Typed{{Value: "2001-02-03", Label: "Exam"}}, "--02-03", []Organization{{"o", []string{"d"}, "t", "r"}}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", it.Format().Version, got, want)
		}
	}
}

// TestContactOfTheNewDialect reads what vCard 4.0 writes as URIs.
func TestContactOfTheNewDialect(t *testing.T) {
	for _, tt := range []struct{ name, line, number, picture string }{
		{"number", "TEL;VALUE=uri;TYPE=cell:tel:+1-555-0100;ext=7", "+1-555-0100 ext. 7", ""},
		{"picture", "PHOTO:data:image/png;base64,AAAA", "", "PNG"},
		{"picture with parameters", "PHOTO:data:image/jpeg;name=a.jpg;base64,AAAA", "", "JPEG"},
		{"picture with escapes", `PHOTO:data:image/jpeg\;base64\,AAAA`, "", "JPEG"},
		{"picture that nobody named", "PHOTO:data:;base64,/9j/", "", "JPEG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustContact(t, newCard(t, tt.line))
			if _, picture := c.Photo(); picture != tt.picture {
				t.Errorf("picture %q", picture)
			}
			if list := c.Phones(); tt.number != "" && (len(list) != 1 || list[0].Value != tt.number) {
				t.Errorf("numbers %v", list)
			}
		})
	}
}
