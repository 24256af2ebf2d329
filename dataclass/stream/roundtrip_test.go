package stream

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// rewritten are the lines of the corpus that cannot come back as they are: text in eight bits of another
// character set than UTF-8, and base64 whose end no blank line marks.
var rewritten = map[string][]string{
	"siemens-latin1.vcs": {"DESCRIPTION"},
	"motorola-v3.vcf":    {"NICKNAME"},
	"outlook-german.vcf": {"N", "FN", "ORG", "ADR"},
	"samsung.vcf":        {"PHOTO"},
	"sharp-sjis.vcf":     {"N", "SOUND", "NOTE"},
	"siemens-s55.vcf":    {"N", "ADR"},
}

// A block is the text of one property, or of a line that begins or ends a component.
type block struct{ name, text string }

// blocksOf cuts text at its properties.
func blocksOf(t *testing.T, text string) []block {
	t.Helper()
	d := contentline.MIMEDir
	for _, versit := range []string{"VERSION:1.0", "VERSION:1.1", "VERSION:2.1", "BEGIN:VNOTE"} {
		if strings.Contains(text, versit) {
			d = contentline.Versit
		}
	}
	all, err := contentline.Parse([]byte(text), d, contentline.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	var walk func(c *contentline.Component)
	walk = func(c *contentline.Component) {
		for _, p := range c.Props {
			inner := p.Comp
			if p.Name != "" || inner == nil {
				p.Comp = nil
				one := contentline.Print(&contentline.Component{Name: "X", Props: []contentline.Property{p}}, d)
				one = one[len("BEGIN:X\r\n") : len(one)-len("END:X\r\n")]
				out = append(out, block{strings.ToUpper(p.Name), string(one)})
			}
			if inner != nil {
				out = append(out, block{"", "BEGIN:" + inner.Name})
				walk(inner)
				out = append(out, block{"", "END:" + inner.Name})
			}
		}
	}
	for _, c := range all {
		walk(c)
	}
	return out
}

// without gives the texts of the blocks that have none of these names.
func without(blocks []block, names ...string) []string {
	var out []string
	for _, b := range blocks {
		if !slices.Contains(names, b.name) {
			out = append(out, b.text)
		}
	}
	return out
}

// cutCards cuts a file behind the END line of each card or calendar.
func cutCards(text string) []string {
	var out []string
	depth, from, at := 0, 0, 0
	for _, line := range strings.SplitAfter(text, "\n") {
		at += len(line)
		switch head := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(head, "BEGIN:"), head == "AGENT:BEGIN:VCARD":
			depth++
		case strings.HasPrefix(head, "END:"):
			if depth--; depth == 0 {
				out, from = append(out, text[from:at]), at
			}
		}
	}
	return out
}

// printed decodes and prints what may be one item, with the source gone. A calendar of several items is
// no item; there the tree is printed.
func printed(t *testing.T, text string) string {
	t.Helper()
	for _, c := range []dataclass.Class{dataclass.Contacts, dataclass.Calendar, dataclass.Notes} {
		source := []byte(text)
		it, err := dataclass.Decode(c, dataclass.Body{Data: source})
		clear(source)
		if err == nil {
			return string(it.Body().Data)
		}
	}
	d := contentline.MIMEDir
	if strings.Contains(text, "VERSION:1.0") {
		d = contentline.Versit
	}
	source := []byte(text)
	all, err := contentline.Parse(source, d, contentline.Limits{})
	clear(source)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d components: %v", len(all), err)
	}
	return string(contentline.Print(all[0], d))
}

// What is well-formed comes back byte by byte, with CRLF at the ends of lines, after the memory that it was
// read from was used for something else.
func TestCorpusComesBack(t *testing.T) {
	for _, file := range files(t) {
		if filepath.Ext(file) == ".txt" {
			continue // text has no lines of its own; see TestPlainTextIsRead
		}
		t.Run(filepath.ToSlash(file[len(corpus)+1:]), func(t *testing.T) {
			cards := cutCards(load(t, file))
			if len(cards) == 0 {
				t.Fatal("nothing in it")
			}
			for _, text := range cards {
				want := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
				got := printed(t, text)
				names := rewritten[filepath.Base(file)]
				if got == want && names == nil {
					continue
				}
				if diff := cmp.Diff(without(blocksOf(t, want), names...), without(blocksOf(t, got), names...)); diff != "" || names == nil {
					t.Errorf("(-read +printed):\n%s", cmp.Diff(strings.Split(want, "\r\n"), strings.Split(got, "\r\n")))
				}
			}
		})
	}
}

// Cutting a file into items takes no line away and adds none.
func TestItemsHaveTheLinesOfTheFile(t *testing.T) {
	for _, file := range files(t) {
		if base := filepath.Base(file); filepath.Ext(file) == ".txt" || base == "freebusy.ics" {
			continue
		}
		t.Run(filepath.ToSlash(file[len(corpus)+1:]), func(t *testing.T) {
			text := load(t, file)
			names := rewritten[filepath.Base(file)]
			inFile, inItems := make(map[string]bool), make(map[string]bool)
			for _, card := range cutCards(text) {
				for _, s := range without(blocksOf(t, card), names...) {
					inFile[s] = true
				}
			}
			for _, it := range itemsOf(t, file, text) {
				for _, s := range without(blocksOf(t, string(it.Body().Data)), names...) {
					inItems[s] = true
				}
			}
			if diff := cmp.Diff(inFile, inItems); diff != "" {
				t.Errorf("(-file +items):\n%s", diff)
			}
		})
	}
}

// An oneEdit is an edit through a typed view, and the properties it is about.
type oneEdit struct {
	name    string
	edit    func(*dataclass.Item) error
	touches []string
}

func onContact(name string, edit func(dataclass.Contact), touches ...string) oneEdit {
	return oneEdit{name, func(it *dataclass.Item) error {
		c, err := dataclass.AsContact(it)
		if err == nil {
			edit(c)
		}
		return err
	}, touches}
}

func onEvent(name string, edit func(dataclass.Event), touches ...string) oneEdit {
	return oneEdit{name, func(it *dataclass.Item) error {
		e, err := dataclass.AsEvent(it)
		if err == nil {
			edit(e)
		}
		return err
	}, touches}
}

func onTask(name string, edit func(dataclass.Task), touches ...string) oneEdit {
	return oneEdit{name, func(it *dataclass.Item) error {
		k, err := dataclass.AsTask(it)
		if err == nil {
			edit(k)
		}
		return err
	}, touches}
}

func onNote(name string, edit func(dataclass.Note), touches ...string) oneEdit {
	return oneEdit{name, func(it *dataclass.Item) error {
		n, err := dataclass.AsNote(it)
		if err == nil {
			edit(n)
		}
		return err
	}, touches}
}

var oneEdits = map[dataclass.Class][]oneEdit{
	dataclass.Contacts: {
		onContact("note", func(c dataclass.Contact) { c.SetNote("söme; text,\nand more") }, "NOTE"),
		onContact("birthday", func(c dataclass.Contact) { c.SetBirthday("1971-02-03") }, "BDAY"),
		onContact("categories", func(c dataclass.Contact) { c.SetCategories("one", "two, three") }, "CATEGORIES"),
		onContact("one more number", func(c dataclass.Contact) {
			c.SetPhones(append(c.Phones(), dataclass.Typed{Value: "+15550199", Types: []string{"work"}}))
		}, "TEL"),
		onContact("one more mail address", func(c dataclass.Contact) {
			c.SetEmails(append(c.Emails(), dataclass.Typed{Value: "new@example.org"}))
		}, "EMAIL"),
	},
	dataclass.Events: {
		onEvent("summary", func(e dataclass.Event) { e.SetSummary("söme; text, and more") }, "SUMMARY"),
		onEvent("body", func(e dataclass.Event) { e.SetBody("söme; text,\nand more") }, "DESCRIPTION"),
		onEvent("location", func(e dataclass.Event) { e.SetLocation("Röom 1") }, "LOCATION"),
		onEvent("class", func(e dataclass.Event) { e.SetClass("CONFIDENTIAL") }, "CLASS"),
		onEvent("priority", func(e dataclass.Event) { e.SetPriority(7) }, "PRIORITY"),
	},
	dataclass.Tasks: {
		onTask("summary", func(k dataclass.Task) { k.SetSummary("söme; text, and more") }, "SUMMARY"),
		onTask("body", func(k dataclass.Task) { k.SetBody("söme; text,\nand more") }, "DESCRIPTION"),
		onTask("priority", func(k dataclass.Task) { k.SetPriority(7) }, "PRIORITY"),
	},
	dataclass.Notes: {
		onNote("body", func(n dataclass.Note) { n.SetBody("söme; text,\nand more") }, "BODY", "DESCRIPTION", "SUMMARY"),
	},
}

// One edit of an item of the corpus leaves every other line as it is, in its place.
func TestOneEditOfTheCorpusLeavesTheOtherLines(t *testing.T) {
	for _, file := range files(t) {
		if filepath.Ext(file) == ".txt" {
			continue
		}
		t.Run(filepath.ToSlash(file[len(corpus)+1:]), func(t *testing.T) {
			for _, read := range itemsOf(t, file, load(t, file)) {
				for _, e := range oneEdits[read.Class()] {
					it := read.Clone()
					source := it.Body()
					before := blocksOf(t, string(source.Data))
					if err := e.edit(it); err != nil {
						t.Fatal(err)
					}
					after := blocksOf(t, string(it.Body().Data))
					if diff := cmp.Diff(without(before, e.touches...), without(after, e.touches...)); diff != "" {
						t.Errorf("%s of %s (-before +after):\n%s", e.name, label(read.Item), diff)
					}
					if cmp.Equal(before, after, cmp.AllowUnexported(block{})) {
						t.Errorf("%s of %s changed nothing", e.name, label(read.Item))
					}
				}
			}
		})
	}
}
