package entry

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// drawCard draws a card in any version, with types, labels and values that entries have no place for.
func drawCard(t *rapid.T) *dataclass.Item {
	c, err := dataclass.NewContact(rapid.SampledFrom([]dataclass.Format{dataclass.VCard30, dataclass.VCard40, dataclass.VCard21}).Draw(t, "format"))
	if err != nil {
		t.Fatal(err)
	}
	editCard(t, c)
	return c.Item()
}

var word = rapid.SampledFrom([]string{"", "Ann", "Lie", "a, b", "x;y", "1 2", " é\n<&>\"", "\x01", "日本", "Acme; Sales", `\n`, "a:b", "tel:1", "\u00a0"})

func drawTyped(t *rapid.T) dataclass.Typed {
	types := rapid.SampledFrom([]string{"home", "work", "cell", "fax", "pager", "video", "car", "spouse", "kin", "agent", "x-odd", "main", "text"})
	return dataclass.Typed{
		Value: word.Draw(t, "value"), Types: rapid.SliceOfNDistinct(types, 0, 3, rapid.ID).Draw(t, "types"),
		Pref:  rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "pref"),
		Label: rapid.SampledFrom([]string{"", "", "", "Boat", "Company main", "blog", "other", "video", "anniversary", "sister", " x "}).Draw(t, "label"),
	}
}

// editCard changes some fields of a card.
func editCard(t *rapid.T, c dataclass.Contact) {
	many := func() []dataclass.Typed { return rapid.SliceOfN(rapid.Custom(drawTyped), 0, 3).Draw(t, "list") }
	day := rapid.SampledFrom([]string{"", "1980-02-29", "--02-29", "1985-04", "1970", "yesterday", "2001-02-03T04:05:06Z", "2001-02-03"})
	for range rapid.IntRange(0, 6).Draw(t, "edits") {
		switch rapid.IntRange(0, 13).Draw(t, "field") {
		case 0:
			c.SetName(dataclass.Name{Given: word.Draw(t, "given"), Family: word.Draw(t, "family"), Suffix: word.Draw(t, "suffix")})
		case 1:
			c.SetFormattedName(word.Draw(t, "name"))
		case 2:
			c.SetPhonetic(dataclass.Name{Given: word.Draw(t, "spoken")})
		case 3:
			c.SetPhones(many())
		case 4:
			c.SetEmails(many())
		case 5:
			c.SetURLs(many())
		case 6:
			c.SetRelations(many())
		case 7:
			dates := many()
			for i := range dates {
				dates[i].Value = day.Draw(t, "day")
			}
			c.SetDates(dates)
			c.SetAnniversary(day.Draw(t, "anniversary"))
		case 8:
			c.SetBirthday(day.Draw(t, "birthday"))
		case 9:
			c.SetNote(word.Draw(t, "note"))
			c.SetText(genderName(c), rapid.SampledFrom([]string{"", "M", "f", "F;she", "O", "male", "Male"}).Draw(t, "gender"))
		case 10:
			c.SetCategories(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Choir", "Club, old", "Family", "New"}), 0, 3, rapid.ID).Draw(t, "categories")...)
		case 11:
			c.SetNicknames(rapid.SliceOfN(word, 0, 2).Draw(t, "nicknames")...)
		case 12:
			drawPlaces(t, c)
		case 13:
			var list []dataclass.IM
			for _, m := range many() {
				list = append(list, dataclass.IM{Service: rapid.SampledFrom([]string{"aim", "xmpp", "sip", "gg", "X y", ""}).Draw(t, "service"), Address: m.Value, Types: m.Types, Pref: m.Pref, Label: m.Label})
			}
			c.SetIMs(list)
		}
	}
}

func drawPlaces(t *rapid.T, c dataclass.Contact) {
	var places []dataclass.Address
	var orgs []dataclass.Organization
	for range rapid.IntRange(0, 3).Draw(t, "places") {
		typed := drawTyped(t)
		places = append(places, dataclass.Address{Street: word.Draw(t, "street"), Locality: word.Draw(t, "city"), Delivery: word.Draw(t, "delivery"),
			Types: typed.Types, Pref: typed.Pref, Label: typed.Label})
		orgs = append(orgs, dataclass.Organization{Name: word.Draw(t, "org"), Title: word.Draw(t, "title"), Units: rapid.SliceOfN(word, 0, 2).Draw(t, "units")})
	}
	c.SetAddresses(places)
	c.SetOrganizations(orgs)
}

// reread gives an entry as it is after it went through bytes.
func reread(t interface{ Fatal(...any) }, e *xmltree.Element) *xmltree.Element {
	again, err := xmltree.Parse(e.Append(nil, xmltree.Options{}), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// A card that is written into an entry, empty or with something else in it, is read back with everything that
// the table promises; what is written twice, or was just read, changes no byte.
func TestContactRoundTrip(t *testing.T) {
	whole := parse(t, wholeContact)
	rapid.Check(t, func(t *rapid.T) {
		x := context
		x.Version = rapid.SampledFrom([]int{3, 2}).Draw(t, "version")
		e := New(ContactKind)
		it := drawCard(t)
		if rapid.Bool().Draw(t, "edit the whole one") {
			e = reread(t, whole)
			read, err := ReadContact(e, x)
			if err != nil {
				t.Fatal(err)
			}
			it = read
			c, _ := dataclass.AsContact(it)
			editCard(t, c)
		}
		if err := WriteContact(e, it, x); err != nil {
			t.Fatal(err)
		}
		checkContact(t, reread(t, e), it, x)
		if got := print(e); strings.Count(got, "<housename") != strings.Count(got, "<agent") {
			t.Fatal("half an address is lost")
		}
	})
}

func checkContact(t *rapid.T, e *xmltree.Element, it *dataclass.Item, x Context) {
	once := print(e)
	if err := WriteContact(e, it, x); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once, print(e)); diff != "" {
		t.Fatalf("written twice:\n%s\n%s", it.Body().Data, diff)
	}
	again, err := ReadContact(e, x)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := dataclass.AsContact(it)
	got, _ := dataclass.AsContact(again)
	for _, f := range contactFields {
		if diff := cmp.Diff(f.says(want, x), f.says(got, x)); diff != "" {
			t.Fatalf("%s: -want +got\n%s\n%s\n%s\n%s", f.what, diff, it.Body().Data, once, again.Body().Data)
		}
	}
	if err := WriteContact(e, again, x); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once, print(e)); diff != "" {
		t.Fatalf("written as read:\n%s", diff)
	}
	checkRelsAndLabels(t, e)
}

// Exactly one of rel and label, and at most one primary of a sort.
func checkRelsAndLabels(t *rapid.T, e *xmltree.Element) {
	primary := make(map[string]int)
	for c := range e.Elements() {
		switch c.Local {
		case "email", "phoneNumber", "im", "structuredPostalAddress", "postalAddress", "organization", "website", "relation", "event":
		default:
			continue
		}
		if (c.Attr("", "rel") == "") == (c.Attr("", "label") == "") {
			t.Fatalf("rel and label: %s", print(c))
		}
		if c.Attr("", "primary") == "true" {
			if primary[c.Local]++; primary[c.Local] > 1 {
				t.Fatalf("two primary ones: %s", print(e))
			}
		}
	}
}
