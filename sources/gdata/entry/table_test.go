package entry

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

var update = flag.Bool("update", false, "write the tables of docs/gdata.md")

// The tables of the documentation are those of the code.
func TestDocumentation(t *testing.T) {
	const path = "../../../docs/gdata.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	for mark, table := range map[string]string{"contacts": markdown(ContactRows()), "events": markdown(EventRows()), "types": typesTable()} {
		begin, end := "<!-- "+mark+" -->\n", "<!-- end of "+mark+" -->\n"
		before, rest, ok1 := strings.Cut(want, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("%s has no place for %s", path, mark)
		}
		want = before + begin + table + end + after
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("run go test ./sources/gdata/entry -update: -code +page\n%s", diff)
	}
}

func markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("| | entry | item | what does not cross |\n|---|---|---|---|\n")
	for _, r := range rows {
		b.WriteString("| " + strings.Join([]string{r.What, "`" + r.Elements + "`", strings.Join(r.Properties, ", "), r.Lost}, " | ") + " |\n")
	}
	return b.String()
}

// typesTable shows what each rel is in a card.
func typesTable() string {
	var b strings.Builder
	b.WriteString("| element | rel | types or label of the card | label of the entry for other types |\n|---|---|---|---|\n")
	for _, el := range []struct {
		name string
		r    *rels
	}{{"gd:phoneNumber", &phoneRels}, {"gd:email", &placeRels}, {"gd:im", &imRels}, {"gd:structuredPostalAddress", &addressRels},
		{"gContact:website", &webRels}, {"gContact:event", &dayRels}, {"gContact:relation", &relationRels}} {
		for i, row := range el.r.rows {
			types, label := el.r.typed(said{rel: row.rel})
			cell := strings.Join(types, ", ")
			switch {
			case label != "":
				cell = "label " + label
			case len(types) == 0:
				cell = "none"
			}
			words := ""
			if i == 0 {
				words = strings.Join(append(slices.Clone(el.r.words), el.r.none), " ")
			}
			b.WriteString("| " + strings.Join([]string{el.name, row.rel, cell, strings.TrimSpace(words)}, " | ") + " |\n")
		}
	}
	return b.String()
}

// Every property that a table names is one that reading or writing knows, and none is named twice.
func TestRowsAreWhole(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range append(ContactRows(), EventRows()...) {
		if r.What == "" || r.Elements == "" || len(r.Properties) == 0 || r.Properties[0] == "" || seen[r.What] && r.What != "people" {
			t.Errorf("%+v", r)
		}
		seen[r.What] = true
	}
}

// A document with prefixes is read back as the same entry.
func TestAppendDocument(t *testing.T) {
	e := parse(t, wholeContact)
	doc := string(Append(nil, e))
	if !strings.HasPrefix(doc, "<?xml") || !strings.Contains(doc, "<gd:email ") || !strings.Contains(doc, ` gd:etag="`) || strings.Contains(doc, "ns1") {
		t.Errorf("%s", doc)
	}
	again, err := xmltree.Parse([]byte(doc), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(print(e), print(again)); diff != "" {
		t.Error(diff)
	}
}

// shownItems are what the tables of tests show, for the fuzz targets to begin with.
func shownItems() (entries, items []string) {
	for _, tt := range fieldTests {
		entries = append(entries, tt.entry)
		items = append(items, strings.Join(append(append([]string{"BEGIN:VCARD", "VERSION:4.0"}, tt.card...), "END:VCARD", ""), "\r\n"))
	}
	for _, tt := range eventTests {
		entries = append(entries, tt.entry)
		lines := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT"}, nineLines...)
		items = append(items, strings.Join(append(append(lines, tt.event...), "END:VEVENT", "END:VCALENDAR", ""), "\r\n"))
	}
	return append(entries, wholeContact, weekly), items
}

func decodes(data string) *dataclass.Item {
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events} {
		if it, err := dataclass.Decode(class, dataclass.Body{Data: []byte(data)}); err == nil {
			return it
		}
	}
	return nil
}
