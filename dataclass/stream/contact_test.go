package stream

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
)

// shows lists what a phone shows of a card.
func shows(t *testing.T, it *dataclass.Item) []string {
	t.Helper()
	c, err := dataclass.AsContact(it)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := c.Photo()
	out := []string{
		fmt.Sprintf("name %s %q", c.FormattedName(), c.Name()), "title " + c.Title(), "note " + c.Note(), "birthday " + day(c.Birthday()),
		fmt.Sprintf("organisation %q", c.Org()), fmt.Sprintf("categories %q", c.Categories()),
		fmt.Sprintf("photo %x", sha256.Sum256(data)),
	}
	for _, list := range []struct {
		what   string
		values []dataclass.Typed
	}{{"phone", c.Phones()}, {"e-mail", c.Emails()}, {"URL", c.URLs()}} {
		for _, v := range list.values {
			value := strings.NewReplacer("tel:", "", ";ext=", " ext. ").Replace(v.Value)
			out = append(out, fmt.Sprintf("%s %s %s", list.what, value, types(v.Types)))
		}
	}
	for _, a := range c.Addresses() {
		kinds := types(a.Types)
		parts := []string{a.POBox, a.Extended, a.Street, a.Locality, a.Region, a.PostalCode, a.Country}
		if strings.Join(parts, "") == "" {
			continue // it has a label only
		}
		out = append(out, fmt.Sprintf("address %q %s", parts, kinds))
	}
	return out
}

// day is a birthday in the one form in which all formats can say it.
func day(s string) string {
	s, _, _ = strings.Cut(strings.ReplaceAll(s, "-", ""), "T")
	return strings.TrimPrefix(s, "1604") // the year that says that there is none
}

// types are those that a phone tells apart. What every e-mail is goes without saying; a preference is a
// type in some formats and none in others.
func types(list []string) string {
	var out []string
	for _, s := range list {
		if s = strings.ToUpper(s); s != "INTERNET" && s != "PREF" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// What a phone shows of a card is the same in every format, and on the way back.
func TestCardsShowTheSame(t *testing.T) {
	for _, file := range files(t) {
		if !strings.Contains(file, "vcard") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, it := range itemsOf(t, file, load(t, file)) {
				want := shows(t, it.Item)
				if want[0] = ""; named(t, it.Item) { // otherwise the other formats make up a name
					want[0] = shows(t, it.Item)[0]
				}
				for _, f := range cardFormats {
					there, err := it.Project(f)
					if err != nil {
						t.Fatal(err)
					}
					there = through(t, there)
					if diff := differs(t, want, there); diff != "" {
						t.Errorf("%s as %s:\n%s", label(it.Item), f, diff)
					}
					back, err := there.Project(it.Format())
					if err != nil {
						t.Fatal(err)
					}
					if diff := differs(t, want, through(t, back)); diff != "" {
						t.Errorf("%s back from %s:\n%s", label(it.Item), f, diff)
					}
				}
			}
		})
	}
}

func named(t *testing.T, it *dataclass.Item) bool {
	c, err := dataclass.AsContact(it)
	if err != nil {
		t.Fatal(err)
	}
	return c.FormattedName() != "" && c.Name() != dataclass.Name{}
}

// differs compares what a card shows with what it should; a name that it need not have is left out.
func differs(t *testing.T, want []string, it *dataclass.Item) string {
	t.Helper()
	got := shows(t, it)
	if want[0] == "" {
		got[0] = ""
	}
	return cmp.Diff(want, got)
}
