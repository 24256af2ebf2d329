package peertest

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// names are what invented people are called: letters, scripts and separators that go wrong easily.
var names = [][2]string{
	{"Sampleton", "Ada"}, {"Größenwahn", "Jörg Ø"}, {"見本", "太郎"}, {"Примеров", "Пример"},
	{"O'Sample-Case", "Zoë 😀"}, {`Semi\;colon`, `Com\,ma`}, {"مثال", "نموذج"},
}

// pixel is a picture of one pixel.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00," +
	"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// Contact invents the person with the number i as a vCard 3.0, always the same one. Each property that
// some people have and some have not comes with a different period.
func Contact(i int) []byte {
	name := names[i%len(names)]
	family := fmt.Sprintf("%s %04d", name[0], i)
	lines := []string{
		"BEGIN:VCARD", "VERSION:3.0", "N:" + family + ";" + name[1] + ";;;", "FN:" + name[1] + " " + family,
		fmt.Sprintf("TEL;TYPE=CELL:+1 555 %07d", i), fmt.Sprintf("EMAIL;TYPE=HOME:person%d@example.org", i),
	}
	if i%2 == 0 {
		lines = append(lines, fmt.Sprintf("TEL;TYPE=WORK:+44 20 %07d", i), fmt.Sprintf("TEL;TYPE=FAX:+44 20 9%06d", i))
	}
	if i%3 == 0 {
		lines = append(lines, fmt.Sprintf(`ADR;TYPE=HOME:;;%d Sample Street\nBack door;Exampleton;;%05d;Nowhere`, i, i),
			`NOTE:first line\nsecond\, with a comma\; and äöü €`)
	}
	if i%4 == 0 {
		lines = append(lines, fmt.Sprintf("ORG:Sample %d Ltd.;Testing", i), "TITLE:Specimen", "BDAY:1970-01-02")
	}
	if i%5 == 0 {
		lines = append(lines, "PHOTO;ENCODING=b;TYPE=GIF:"+base64.StdEncoding.EncodeToString(pixel))
	}
	return []byte(strings.Join(append(lines, "END:VCARD", ""), "\r\n"))
}

// Fill puts the people with the numbers from lo up to but not including hi into the address book.
func (d *Device) Fill(t testing.TB, lo, hi int) {
	t.Helper()
	for i := lo; i < hi; i++ {
		d.Put(t, fmt.Sprintf("p%05d", i), Contact(i))
	}
}

// Put writes a card under a LUID.
func (d *Device) Put(t testing.TB, luid string, card []byte) {
	t.Helper()
	put(t, filepath.Join(d.Cards, luid), card)
}

func put(t testing.TB, path string, item []byte) {
	t.Helper()
	old, statErr := os.Stat(path)
	if err := os.WriteFile(path, item, 0o600); err != nil {
		t.Fatal(err)
	}
	if statErr != nil {
		return
	}
	// The client knows an edit by a file's time, in whole seconds.
	later := old.ModTime().Add(2 * time.Second)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

// Remove deletes the card of the person with the number i.
func (d *Device) Remove(t testing.TB, i int) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.Cards, d.find(t, i))); err != nil {
		t.Fatal(err)
	}
}

var cell = regexp.MustCompile(`TEL;TYPE="?CELL[^\r\n]*`)

// Edit gives the person with the number i a new mobile number that ends in mark.
func (d *Device) Edit(t testing.TB, i, mark int) {
	t.Helper()
	luid := d.find(t, i)
	card := d.read(t, luid)
	changed := cell.ReplaceAllString(card, fmt.Sprintf("TEL;TYPE=CELL:+1 777 %07d", mark))
	if changed == card {
		t.Fatalf("card %s has no mobile number that could be changed:\n%s", luid, card)
	}
	d.Put(t, luid, []byte(changed))
}

// find gives the LUID of the person with the number i, whom the e-mail address tells from the others.
func (d *Device) find(t testing.TB, i int) string {
	t.Helper()
	mail := fmt.Sprintf("person%d@example.org", i)
	var found []string
	for _, luid := range d.LUIDs(t) {
		if strings.Contains(d.read(t, luid), mail) {
			found = append(found, luid)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d cards of %s on the device, want 1", len(found), mail)
	}
	return found[0]
}

// LUIDs lists the address book in alphabetical order.
func (d *Device) LUIDs(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(d.Cards)
	if err != nil {
		t.Fatal(err)
	}
	var luids []string
	for _, e := range entries {
		luids = append(luids, e.Name())
	}
	return luids
}

var mail = regexp.MustCompile(`person(\d+)@example\.org`)

// People gives the numbers of the people in the address book, ascending. Who is there twice is there twice.
func (d *Device) People(t testing.TB) []int {
	t.Helper()
	all := []int{}
	for _, luid := range d.LUIDs(t) {
		i := -1 // nobody we know
		if m := mail.FindStringSubmatch(d.read(t, luid)); m != nil {
			i, _ = strconv.Atoi(m[1]) // digits, and few
		}
		all = append(all, i)
	}
	sort.Ints(all)
	return all
}

func (d *Device) read(t testing.TB, luid string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(d.Cards, luid))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Contents gives every card in a form in which two cards are equal if a person sees no difference, in
// alphabetical order. A card that is there twice is there twice.
func (d *Device) Contents(t testing.TB) []string {
	t.Helper()
	all := []string{}
	for _, luid := range d.LUIDs(t) {
		all = append(all, canonical(d.read(t, luid)))
	}
	sort.Strings(all)
	return all
}

// canonical sorts a card's lines and drops what clients write on their own account.
func canonical(card string) string {
	unfolded := strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(card)
	var kept []string
	for _, line := range strings.Split(strings.ReplaceAll(unfolded, "\r\n", "\n"), "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.Trim(value, ";") == "" {
			continue
		}
		name, params, _ := strings.Cut(strings.ToUpper(name), ";")
		switch name {
		case "PRODID", "REV", "UID", "VERSION", "BEGIN", "END":
			continue
		case "N", "ADR", "ORG":
			value = strings.TrimRight(value, ";")
		case "BDAY":
			value = strings.ReplaceAll(value, "-", "")
		}
		kept = append(kept, name+" "+types(params)+" "+value)
	}
	sort.Strings(kept)
	return strings.Join(kept, "\n")
}

// types gives the TYPE parameters in alphabetical order, without those that only name a default.
func types(params string) string {
	params = strings.NewReplacer("TYPE=", "", `"`, "", ";", ",", "ENCODING=B", "").Replace(params)
	all := slices.DeleteFunc(strings.Split(params, ","), func(s string) bool {
		return s == "" || s == "VOICE" || s == "INTERNET" || strings.HasPrefix(s, "CHARSET=") || strings.HasPrefix(s, "ENCODING=")
	})
	sort.Strings(all)
	return strings.Join(slices.Compact(all), ",")
}
