package entry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

const namespaces = ` xmlns="http://www.w3.org/2005/Atom" xmlns:gd="http://schemas.google.com/g/2005" xmlns:gContact="http://schemas.google.com/contact/2008"` +
	` xmlns:gCal="http://schemas.google.com/gCal/2005" xmlns:batch="http://schemas.google.com/gdata/batch" xmlns:app="http://www.w3.org/2007/app"` +
	` xmlns:openSearch="http://a9.com/-/spec/opensearch/1.1/"`

// parse reads one entry, with rel="#work" for the long form.
func parse(t testing.TB, inside string) *xmltree.Element {
	t.Helper()
	inside = strings.NewReplacer(`rel="#`, `rel="`+gdRel, `protocol="#`, `protocol="`+gdRel, `value="#`, `value="`+gdRel).Replace(inside)
	e, err := xmltree.Parse([]byte("<entry"+namespaces+">"+inside+"</entry>"), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func print(e *xmltree.Element) string { return string(e.Append(nil, xmltree.Options{})) }

// inside gives an entry as parse takes it, without its kind.
func inside(t testing.TB, e *xmltree.Element) string {
	t.Helper()
	s := strings.ReplaceAll(print(e), gdRel, "#")
	for _, space := range []string{Atom, GD, GContact, GCal} {
		s = strings.ReplaceAll(s, ` xmlns="`+space+`"`, "")
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<entry>"), "</entry>")
	for _, k := range []Kind{ContactKind, EventKind} {
		s = strings.Replace(s, `<category scheme="#kind" term="`+strings.ReplaceAll(string(k), gdRel, "#")+`"/>`, "", 1)
	}
	return s
}

func card(t testing.TB, lines ...string) *dataclass.Item {
	t.Helper()
	text := "BEGIN:VCARD\r\nVERSION:4.0\r\n" + strings.Join(append(lines, "END:VCARD", ""), "\r\n")
	it, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Type: "text/vcard;version=4.0", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// lines gives the lines of a card between its first two and its last.
func lines(it *dataclass.Item) []string {
	text := strings.ReplaceAll(string(it.Body().Data), "\r\n ", "")
	all := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	return slices.DeleteFunc(all, func(s string) bool {
		return strings.HasPrefix(s, "BEGIN:VCARD") || strings.HasPrefix(s, "END:VCARD") || strings.HasPrefix(s, "VERSION:")
	})
}

const groupBase = "http://host/m8/feeds/groups/ann%40example.org/base"

var context = Context{GroupBase: groupBase, Groups: map[string]Group{
	"6": {ID: "6", Title: "System Group: My Contacts", System: "Contacts"}, "e": {ID: "e", Title: "Family", System: "Family"},
	"1f": {ID: "1f", Title: "Choir"}, "20": {ID: "20", Title: "Club, old"}, "21": {ID: "21", Title: "Gone", Deleted: true},
}}

// fieldTests shows each field in both directions: the entry reads as the card, and the card writes the entry.
var fieldTests = []struct {
	field, name, entry string
	card               []string
}{
	{"name", "full", `<title>Dr. Ann B. Lie Jr.</title><gd:name><gd:namePrefix>Dr.</gd:namePrefix><gd:givenName yomi="an">Ann</gd:givenName><gd:additionalName>B.</gd:additionalName><gd:familyName yomi="li">Lie</gd:familyName><gd:nameSuffix>Jr.</gd:nameSuffix><gd:fullName>Dr. Ann B. Lie Jr.</gd:fullName></gd:name>`,
		[]string{"FN:Dr. Ann B. Lie Jr.", "N:Lie;Ann;B.;Dr.;Jr.", "X-PHONETIC-LAST-NAME:li", "X-PHONETIC-FIRST-NAME:an"}},
	{"phone numbers", "mobile", `<gd:phoneNumber rel="#mobile">+47 900 00 000</gd:phoneNumber>`, []string{"TEL;TYPE=cell:+47 900 00 000"}},
	{"phone numbers", "work mobile", `<gd:phoneNumber rel="#work_mobile">1</gd:phoneNumber>`, []string{"TEL;TYPE=work,cell:1"}},
	{"phone numbers", "home fax", `<gd:phoneNumber rel="#home_fax">1</gd:phoneNumber>`, []string{"TEL;TYPE=home,fax:1"}},
	{"phone numbers", "text telephone", `<gd:phoneNumber rel="#tty_tdd">1</gd:phoneNumber>`, []string{"TEL;TYPE=textphone:1"}},
	{"phone numbers", "other", `<gd:phoneNumber rel="#other">1</gd:phoneNumber>`, []string{"TEL:1"}},
	{"phone numbers", "primary", `<gd:phoneNumber rel="#pager" primary="true">1</gd:phoneNumber>`, []string{"TEL;TYPE=pager;PREF=1:1"}},
	{"phone numbers", "label", `<gd:phoneNumber label="Boat">1</gd:phoneNumber>`, []string{"item1.TEL:1", "item1.X-ABLabel:Boat"}},
	{"phone numbers", "rel that is no type", `<gd:phoneNumber rel="#company_main">1</gd:phoneNumber>`, []string{"item1.TEL:1", "item1.X-ABLabel:Company main"}},
	{"phone numbers", "type that is no rel", `<gd:phoneNumber label="video">1</gd:phoneNumber>`, []string{"TEL;TYPE=video:1"}},
	{"e-mail addresses", "work", `<gd:email rel="#work" primary="true" address="ann@example.org"/>`, []string{"EMAIL;TYPE=work;PREF=1:ann@example.org"}},
	{"messengers", "jabber", `<gd:im rel="#home" address="ann@example.org" protocol="#JABBER"/>`, []string{"IMPP;TYPE=home:xmpp:ann@example.org"}},
	{"messengers", "icq", `<gd:im rel="#netmeeting" address="12" protocol="#ICQ"/>`, []string{"item1.IMPP:icq:12", "item1.X-ABLabel:Netmeeting"}},
	{"messengers", "one of its own", `<gd:im rel="#other" address="12" protocol="sip"/>`, []string{"IMPP:sip:12"}},
	{"postal addresses", "parts", `<gd:structuredPostalAddress rel="#home"><gd:street>Road 1</gd:street><gd:pobox>7</gd:pobox><gd:neighborhood>Hill</gd:neighborhood><gd:city>Oslo</gd:city><gd:region>East</gd:region><gd:postcode>0123</gd:postcode><gd:country>Norway</gd:country></gd:structuredPostalAddress>`,
		[]string{"ADR;TYPE=home:7;Hill;Road 1;Oslo;East;0123;Norway"}},
	{"postal addresses", "envelope", `<gd:structuredPostalAddress label="Cabin"><gd:city>Oslo</gd:city><gd:formattedAddress>c/o Bo, Oslo</gd:formattedAddress></gd:structuredPostalAddress>`,
		[]string{`item1.ADR;LABEL="c/o Bo, Oslo":;;;Oslo;;;`, "item1.X-ABLabel:Cabin"}},
	{"organisations", "all", `<gd:organization rel="#work"><gd:orgName>Acme</gd:orgName><gd:orgTitle>Boss</gd:orgTitle><gd:orgDepartment>Sales; North</gd:orgDepartment><gd:orgJobDescription>Selling</gd:orgJobDescription></gd:organization>`,
		[]string{"ORG:Acme;Sales;North", "TITLE:Boss", "ROLE:Selling"}},
	{"nicknames", "two", `<gContact:nickname>Annie, Nan</gContact:nickname>`, []string{"NICKNAME:Annie,Nan"}},
	{"birthday", "whole", `<gContact:birthday when="1980-02-29"/>`, []string{"BDAY:19800229"}},
	{"birthday", "without year", `<gContact:birthday when="--02-29"/>`, []string{"BDAY:--0229"}},
	{"anniversary", "", `<gContact:event rel="anniversary"><gd:when startTime="2004-05-06"/></gContact:event>`, []string{"ANNIVERSARY:20040506"}},
	{"other dates", "label", `<gContact:event label="Exam"><gd:when startTime="2004-05-06"/></gContact:event>`, []string{"item1.X-ABDATE:20040506", "item1.X-ABLabel:Exam"}},
	{"other dates", "other", `<gContact:event rel="other"><gd:when startTime="2004-05-06"/></gContact:event>`, []string{"item1.X-ABDATE:20040506", "item1.X-ABLabel:Other"}},
	{"web pages", "home page", `<gContact:website rel="home-page" href="http://example.org/"/>`, []string{"URL:http://example.org/"}},
	{"web pages", "blog", `<gContact:website rel="blog" href="http://example.org/"/>`, []string{"item1.URL:http://example.org/", "item1.X-ABLabel:Blog"}},
	{"web pages", "work", `<gContact:website rel="work" href="http://example.org/"/>`, []string{"URL;TYPE=work:http://example.org/"}},
	{"people", "spouse", `<gContact:relation rel="spouse">Bo</gContact:relation>`, []string{"RELATED;TYPE=spouse;VALUE=text:Bo"}},
	{"people", "father", `<gContact:relation rel="father">Bo</gContact:relation>`, []string{"item1.X-ABRELATEDNAMES:Bo", "item1.X-ABLabel:Father"}},
	{"people", "colleague", `<gContact:relation label="colleague">Bo</gContact:relation>`, []string{"RELATED;TYPE=colleague;VALUE=text:Bo"}},
	{"people", "no type", `<gContact:relation label="other">Bo</gContact:relation>`, []string{"RELATED;VALUE=text:Bo"}},
	{"gender", "female", `<gContact:gender value="female"/>`, []string{"GENDER:F"}},
	{"gender", "male", `<gContact:gender value="male"/>`, []string{"GENDER:M"}},
	{"note", "", `<content type="text">Two` + "\n" + `lines</content>`, []string{`NOTE:Two\nlines`}},
	{"categories", "groups", `<gContact:groupMembershipInfo deleted="false" href="` + groupBase + `/1f"/><gContact:groupMembershipInfo deleted="false" href="` + groupBase + `/20"/>`,
		[]string{`CATEGORIES:Choir,Club\, old`}},
	{"identifier of a contact", "", `<gd:extendedProperty name="bindery-uid" value="urn:uuid:7"/>`, []string{"UID:urn:uuid:7"}},
}

const mine = `<gContact:groupMembershipInfo deleted="false" href="` + groupBase + `/6"/>`

func TestContactFields(t *testing.T) {
	shownFields := make(map[string]bool)
	for _, tt := range fieldTests {
		shownFields[tt.field] = true
		t.Run(tt.field+"/"+tt.name, func(t *testing.T) {
			it, err := ReadContact(parse(t, tt.entry), context)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.card, lines(it)); diff != "" {
				t.Errorf("read: -want +got\n%s", diff)
			}
			e := New(ContactKind)
			if err := WriteContact(e, card(t, tt.card...), context); err != nil {
				t.Fatal(err)
			}
			want := inside(t, parse(t, tt.entry))
			got := strings.Replace(inside(t, e), strings.ReplaceAll(mine, "gContact:", ""), "", 1)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("written: -want +got\n%s", diff)
			}
		})
	}
	for _, f := range contactFields {
		if !shownFields[f.what] {
			t.Errorf("%s is not shown", f.what)
		}
	}
}

// An entry as a server sends it: with elements that nobody here understands, and white space.
const wholeContact = `
 <id>http://host/m8/feeds/contacts/user%40example.org/base/1f</id><updated>2026-11-20T09:00:00.123Z</updated><app:edited>2026-11-20T09:00:00.123Z</app:edited>
 <category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/contact/2008#contact'/>
 <title>Ann Lie</title><content>note</content>
 <link rel='http://schemas.google.com/contacts/2008/rel#photo' type='image/*' href='http://host/m8/feeds/photos/media/x/1f' gd:etag='&quot;p3&quot;'/>
 <link rel='edit' type='application/atom+xml' href='http://host/m8/feeds/contacts/x/full/1f'/>
 <gd:name><gd:fullName>Ann Lie</gd:fullName><gd:givenName>Ann</gd:givenName><gd:familyName x='1'>Lie</gd:familyName></gd:name>
 <gd:email rel='http://schemas.google.com/g/2005#work' address='ann@example.org' primary='true' displayName='A. Lie'/>
 <gd:email label='Home sweet home' address='lie@example.org'/>
 <gd:phoneNumber rel='http://schemas.google.com/g/2005#mobile' uri='tel:+47-900-00-000'>+47 900 00 000</gd:phoneNumber>
 <gd:phoneNumber rel='http://schemas.google.com/g/2005#work' uri='tel:+47-900-00-001'>+47 900 00 001</gd:phoneNumber>
 <gd:phoneNumber rel='http://schemas.google.com/g/2005#work' uri='tel:+47-900-00-002'/>
 <gd:im protocol='My Chat' address='ann' rel='http://schemas.google.com/g/2005#home'/>
 <gd:structuredPostalAddress mailClass='http://schemas.google.com/g/2005#letters' rel='http://schemas.google.com/g/2005#home'><gd:agent>Bo</gd:agent><gd:housename>Hill</gd:housename><gd:street>Road 1</gd:street><gd:city>Oslo</gd:city><gd:country code='NO'>Norway</gd:country><gd:formattedAddress>Road 1
Oslo
Norway</gd:formattedAddress></gd:structuredPostalAddress>
 <gd:organization rel='http://schemas.google.com/g/2005#other' primary='true'><gd:orgName yomi='ak'>Acme</gd:orgName><gd:orgSymbol>ACM</gd:orgSymbol><gd:where valueString='Oslo'/></gd:organization>
 <gd:extendedProperty name='x' value='y'/>
 <gContact:birthday when='1980-02-29'/><gContact:hobby>Chess</gContact:hobby><gContact:userDefinedField key='k' value='v'/>
 <gContact:event rel='anniversary'><gd:when startTime='2004-05-06'/></gContact:event><gContact:event rel='anniversary'><gd:when startTime='2014-05-06'/></gContact:event>
 <gContact:website href='http://example.org' rel='other'/>
 <gContact:groupMembershipInfo deleted='false' href='http://host/m8/feeds/groups/user%40example.org/base/6'/>
 <gContact:groupMembershipInfo deleted='false' href='http://host/m8/feeds/groups/user%40example.org/base/1f'/>
 <gContact:groupMembershipInfo deleted='true' href='http://host/m8/feeds/groups/user%40example.org/base/20'/>
 <gContact:groupMembershipInfo deleted='false' href='http://host/m8/feeds/groups/user%40example.org/base/99'/>
`

// What a user edits on a phone changes that and nothing else of the entry.
func TestContactEdits(t *testing.T) {
	tests := []struct {
		name string
		edit func(c dataclass.Contact)
		// old and fresh are what differs in the entry.
		old, fresh string
	}{
		{"nothing", func(dataclass.Contact) {}, "", ""},
		{"number", func(c dataclass.Contact) { p := c.Phones(); p[1].Value = "1"; c.SetPhones(p) },
			` uri="tel:+47-900-00-001">+47 900 00 001<`, `>1<`},
		{"type of a number", func(c dataclass.Contact) { p := c.Phones(); p[0].Types = []string{"home"}; c.SetPhones(p) },
			`rel="#mobile" uri`, `rel="#home" uri`},
		{"one number less", func(c dataclass.Contact) { c.SetPhones(c.Phones()[1:]) },
			`<phoneNumber rel="#mobile" uri="tel:+47-900-00-000">+47 900 00 000</phoneNumber>`, ``},
		{"label to a type", func(c dataclass.Contact) {
			p := c.Emails()
			p[1].Label, p[1].Types = "", []string{"home"}
			c.SetEmails(p)
		}, `<email label="Home sweet home" address="lie@example.org"/>`, `<email address="lie@example.org" rel="#home"/>`},
		{"other primary", func(c dataclass.Contact) { p := c.Emails(); p[0].Pref, p[1].Pref = 0, 1; c.SetEmails(p) },
			` primary="true" displayName="A. Lie"/>
 <email label="Home sweet home" address="lie@example.org"/>`, ` displayName="A. Lie"/>
 <email label="Home sweet home" address="lie@example.org" primary="true"/>`},
		{"note", func(c dataclass.Contact) { c.SetNote("a\nb") }, `<content>note<`, `<content type="text">a` + "\n" + `b<`},
		{"no note", func(c dataclass.Contact) { c.SetNote("") }, `<content>note</content>`, ``},
		{"street", func(c dataclass.Contact) { a := c.Addresses(); a[0].Street = "Road 2"; c.SetAddresses(a) },
			`Road 1</street><city>Oslo</city><country code="NO">Norway</country><formattedAddress>Road 1
Oslo
Norway</formattedAddress>`, `Road 2</street><city>Oslo</city><country code="NO">Norway</country>`},
		{"title", func(c dataclass.Contact) { c.SetTitle("Boss") }, `<where valueString="Oslo"/>`, `<where valueString="Oslo"/><orgTitle>Boss</orgTitle>`},
		{"birthday", func(c dataclass.Contact) { c.SetBirthday("--03-04") }, `when="1980-02-29"`, `when="--03-04"`},
		{"no anniversary", func(c dataclass.Contact) { c.SetAnniversary("") }, `<event rel="anniversary"><when startTime="2004-05-06"/></event><event rel="anniversary"><when startTime="2014-05-06"/></event>`, ``},
		{"another group", func(c dataclass.Contact) { c.SetCategories("Choir", "Club, old") },
			`deleted="true" href="http://host/m8/feeds/groups/user%40example.org/base/20"`, `deleted="false" href="http://host/m8/feeds/groups/user%40example.org/base/20"`},
		{"no group", func(c dataclass.Contact) { c.SetCategories() },
			`<groupMembershipInfo deleted="false" href="http://host/m8/feeds/groups/user%40example.org/base/1f"/>`, ``},
		{"group that has to be made first", func(c dataclass.Contact) { c.SetCategories("Choir", "New") }, ``, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := parse(t, wholeContact)
			it, err := ReadContact(e, context)
			if err != nil {
				t.Fatal(err)
			}
			before := inside(t, e)
			if !strings.Contains(before, tt.old) {
				t.Fatalf("no %s in %s", tt.old, before)
			}
			c, err := dataclass.AsContact(it)
			if err != nil {
				t.Fatal(err)
			}
			tt.edit(c)
			if err := WriteContact(e, it, context); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(before, tt.old, tt.fresh, 1), inside(t, e)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestContactVersion2(t *testing.T) {
	x := Context{Version: 2}
	in := `<title>Ann Lie</title><gd:postalAddress rel="#work">Road 1` + "\n" + `Oslo</gd:postalAddress>`
	it, err := ReadContact(parse(t, in), x)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"FN:Ann Lie", `ADR;TYPE=work:;;Road 1\nOslo;;;;`}, lines(it)); diff != "" {
		t.Error(diff)
	}
	e := New(ContactKind)
	if err := WriteContact(e, card(t, "FN:Ann Lie", "N:Lie;Ann;;;", "ADR;TYPE=work:;;Road 1;Oslo;;;"), x); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inside(t, parse(t, in)), inside(t, e)); diff != "" {
		t.Error(diff)
	}
}

// An old address stays one text in version 3 until there are parts to be told apart.
func TestOldAddress(t *testing.T) {
	tests := []struct{ name, adr, want string }{
		{"the same", `ADR;TYPE=work:;;Road 1\nOslo;;;;`, `<gd:postalAddress rel="#work" x="y">Road 1` + "\n" + `Oslo</gd:postalAddress>`},
		{"another text", `ADR;TYPE=work:;;Road 2;;;;`, `<gd:postalAddress rel="#work" x="y">Road 2</gd:postalAddress>`},
		{"parts", `ADR;TYPE=work:;;Road 1;Oslo;;;`, `<gd:structuredPostalAddress rel="#work" x="y"><gd:street>Road 1</gd:street><gd:city>Oslo</gd:city></gd:structuredPostalAddress>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := parse(t, `<id>1</id>`+tests[0].want)
			if err := WriteContact(e, card(t, tt.adr), context); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(inside(t, parse(t, `<id>1</id>`+tt.want)), inside(t, e)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMissingGroups(t *testing.T) {
	got := MissingGroups(card(t, "CATEGORIES:New,Choir,Family,Gone,New"), context)
	if diff := cmp.Diff([]string{"New", "Family", "Gone"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestContactRefused(t *testing.T) {
	deep := New(ContactKind)
	for e, n := deep, 0; n < maxDepth+1; n++ {
		c := xmltree.New(GD, "x")
		e.Add(c)
		e = c
	}
	tests := []struct {
		name string
		e    *xmltree.Element
		want error
	}{
		{"nothing", nil, dataclass.ErrMalformed},
		{"a feed", xmltree.New(Atom, "feed"), dataclass.ErrMalformed},
		{"an event", New(EventKind), dataclass.ErrMalformed},
		{"too many numbers", parse(t, strings.Repeat(`<gd:phoneNumber>1</gd:phoneNumber>`, maxValues+1)), dataclass.ErrTooBig},
		{"too many elements", parse(t, "<x>"+strings.Repeat(`<y/>`, maxNodes)+"</x>"), dataclass.ErrTooBig},
		{"too long", parse(t, "<content>"+strings.Repeat(`x`, maxText+1)+"</content>"), dataclass.ErrTooBig},
		{"too deep", deep, dataclass.ErrTooBig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadContact(tt.e, context); !errors.Is(err, tt.want) {
				t.Errorf("read: %v", err)
			}
			if err := WriteContact(tt.e, card(t, "FN:x"), context); !errors.Is(err, tt.want) {
				t.Errorf("write: %v", err)
			}
		})
	}
	if _, err := ReadContact(New(ContactKind), Context{Card: dataclass.ICalendar20}); !errors.Is(err, dataclass.ErrUnsupported) {
		t.Errorf("a format that is no card: %v", err)
	}
}

func ExampleWriteContact() {
	e := New(ContactKind)
	it, err := dataclass.Decode(dataclass.Contacts, dataclass.Body{Data: []byte("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nTEL;TYPE=CELL:1\nEND:VCARD\n")})
	if err == nil {
		err = WriteContact(e, it, Context{})
	}
	fmt.Println(err, e.Child("phoneNumber").Attr("", "rel"))
	// Output: <nil> http://schemas.google.com/g/2005#mobile
}
