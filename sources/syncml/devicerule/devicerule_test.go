package devicerule

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"NOKIA", "Nokia", true}, {"NOKIA", "Nokia ", true}, {"6230", "6230i", false}, {"6230*", "6230i", true}, {"62?0", "6230", true},
		{"62?0", "620", false}, {"*", "", true}, {"", "", true}, {"", "x", false}, {"?", "", false}, {"*a*b", "xaxxb", true}, {"*a*b", "xbxxa", false},
		{"**", "x", true}, {"a*", "ba", false}, {"*Ü?", "süß", true},
	} {
		if got := glob(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.text, got)
		}
	}
}

// TestGlobOfItself: a text matches itself, itself with any part starred, and with any character questioned.
func TestGlobOfItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9]{0,12}`).Draw(t, "text")
		i := rapid.IntRange(0, len(text)).Draw(t, "i")
		j := rapid.IntRange(i, len(text)).Draw(t, "j")
		for _, p := range []string{text, text[:i] + "*" + text[j:], text[:i] + strings.Repeat("?", j-i) + text[j:]} {
			if !glob(p, text) {
				t.Errorf("%q does not match %q", p, text)
			}
		}
	})
}

const three = `
[[rule]]
name = "first"
match.model = ["One"]
since = 1990
drop = ["URL"]
[[rule.limit]]
property = "NOTE"
size = 1
[[rule.limit]]
property = "note"
count = 1

[[rule]]
name = "last"
match.manufacturer = ["Example"]
match.firmware = ["1.*", "2.*"]
since = 1980
no_empty = true
drop = []
last = true
[[rule.limit]]
property = "Note"
size = 2
[[rule.limit]]
property = "TEL"
count = 3

[[rule]]
name = "behind"
match.manufacturer = ["*"]
wait_seconds = 3
`

// TestMatch is which rules count, and of two that say something of one option, which.
func TestMatch(t *testing.T) {
	table, err := Parse("test.toml", []byte(three))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		device Device
		rules  []string
		lines  []string
	}{
		{"the first goes before, the last ends it", Device{Manufacturer: "Example", Model: "One", Firmware: "2.5"}, []string{"first", "last"},
			[]string{"since = 1990", "no_empty = true", `drop = ["URL"]`, `limit = {property = "NOTE", size = 1}`, `limit = {property = "note", count = 1}`, `limit = {property = "TEL", count = 3}`}},
		{"all that is named has to match", Device{Manufacturer: "Example", Firmware: "3"}, []string{"behind"}, []string{"wait_seconds = 3"}},
		{"alone", Device{Manufacturer: "example", Firmware: "1."}, []string{"last"},
			[]string{"since = 1980", "no_empty = true", `limit = {property = "Note", size = 2}`, `limit = {property = "TEL", count = 3}`}},
		{"a phone that tells nothing", Device{}, []string{"behind"}, []string{"wait_seconds = 3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := table.Match(tt.device)
			if diff := cmp.Diff(tt.rules, got.Names) + cmp.Diff(tt.lines, got.Lines()); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := (Table)(nil).Match(Device{Model: "One"}); len(got.Names)+len(got.Lines()) != 0 {
		t.Errorf("no rules say %v", got)
	}
}

// TestMatchOfEachList: a rule can be for whatever a phone declares of itself.
func TestMatchOfEachList(t *testing.T) {
	for key, device := range map[string]Device{"manufacturer": {Manufacturer: "x"}, "model": {Model: "x"}, "oem": {OEM: "x"}, "firmware": {Firmware: "x"},
		"software": {Software: "x"}, "hardware": {Hardware: "x"}, "device_id": {ID: "x"}, "type": {Type: "x"}} {
		table, err := Parse("test.toml", []byte("[[rule]]\nname = \"r\"\nmatch."+key+" = [\"X\"]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if len(table.Match(device).Names) != 1 || len(table.Match(Device{Manufacturer: "y", Model: "y", OEM: "y"}).Names) != 0 {
			t.Errorf("%s does not match", key)
		}
	}
}

// TestParseRefuses: every mistake is refused with its line and a sentence.
func TestParseRefuses(t *testing.T) {
	head := "[[rule]]\nname = \"r\"\nmatch.model = [\"X\"]\n"
	for _, tt := range []struct{ name, text, want string }{
		{"no TOML", "[[rule]\n", "test.toml:1: "},
		{"an option that is none", head + "\n\nlcoal = true\n", `test.toml:6: there is no option "lcoal"`},
		{"an option at the top", "since = 1980\n" + head, `test.toml:1: there is no option "since"`},
		{"a thing to match that is none", head + "match.colour = [\"red\"]\n", `test.toml:4: there is no option "colour"`},
		{"a limit that is none", head + "[[rule.limit]]\nproperty = \"N\"\nlength = 3\n", `test.toml:6: there is no option "length"`},
		{"another table", head + "[other]\nx = 1\n", `test.toml:4: there is no option "other"`},
		{"a number for a word", head + "alarms = 3\n", "test.toml:4: "},
		{"a word for a number", head + "since = \"1980\"\n", "test.toml:4: "},
		{"a word for a list", head + "drop = \"NOTE\"\n", "test.toml:4: "},
		{"a key twice", head + "since = 1980\nsince = 1981\n", "test.toml:5: "},
		{"no name", "\n[[rule]]\nmatch.model = [\"X\"]\n", "test.toml:2: name: a rule needs a name"},
		{"an empty name", "\n[[rule]]\nname = \" \"\nmatch.model = [\"X\"]\n", "test.toml:3: name: a rule needs a name"},
		{"for no phone", "[[rule]]\nname = \"r\"\n", "test.toml:1: match: a rule names the phones"},
		{"for no phone, the second", head + "[[rule]]\nname = \"r\"\n", "test.toml:4: match: a rule names the phones"},
		{"a word that is none", head + "\nalarms = \"loud\"\n", `test.toml:5: alarms: "loud" is none of both, display, audio, none`},
		{"a day style that is none", head + "all_day = \"noon\"\n", "test.toml:4: all_day: "},
		{"a year before years", head + "since = 80\n", "test.toml:4: since: 80 is not between 1900 and 2100"},
		{"a message too small", head + "max_message = 10\n", "test.toml:4: max_message: "},
		{"a status of success", head + "reject = 200\n", "test.toml:4: reject: "},
		{"a sort of sync that is none", head + "sync_types = [1, 8]\n", "test.toml:4: sync_types: 8 is not between 1 and 7"},
		{"a zone that is none", head + "zone = \"Europe/Nowhere\"\n", "test.toml:4: zone: "},
		{"a character set that is none", head + "output_charset = \"latin-99\"\n", "test.toml:4: output_charset: "},
		{"a character set of input that is none", head + "input_charset = \"latin-99\"\n", "test.toml:4: input_charset: "},
		{"spelled out in no character set", head + "spell_out = true\n", "test.toml:4: spell_out: it needs"},
		{"no name of a property", head + "drop = [\"A B\"]\n", "test.toml:4: drop: "},
		{"no name of a property to ignore", head + "ignore = [\"\"]\n", "test.toml:4: ignore: "},
		{"a limit of no property", head + "[[rule.limit]]\nproperty = \"N\"\n[[rule.limit]]\nsize = 3\n", "test.toml:6: "},
		{"a negative limit", head + "[[rule.limit]]\nproperty = \"N\"\ncount = -1\n", "test.toml:4: "},
		{"negative parts", head + "[[rule.limit]]\nproperty = \"N\"\nparts = -1\n", "test.toml:4: "},
		{"a dataclass that is none", head + "[[rule.limit]]\nproperty = \"N\"\ndataclass = \"People\"\n", "test.toml:4: "},
		{"a text for a number, in words", head + "since = \"1980\"\n", "test.toml:4: since: wants a whole number, not a text"},
		{"a number for a list, in words", head + "drop = 3\n", "test.toml:4: drop: wants a list of texts in quotes, not a number"},
		{"a number for yes, in words", head + "no_empty = 3\n", "test.toml:4: no_empty: wants true or false, not a number"},
		{"a number for a table, in words", head + "limit = 3\n", "test.toml:4: limit: wants a table, not a number"},
		{"a text among numbers, in words", head + "sync_types = [\"a\"]\n", "test.toml:4: sync_types: wants a whole number, not a text"},
		{"what is always sent", head + "drop = [\"note\", \"n\"]\n", "test.toml:4: drop: N is always sent: without it there is no item"},
		{"a limit on what is always sent", head + "[[rule.limit]]\nproperty = \"N\"\nnever = true\n", "test.toml:4: "},
		{"several mistakes", "[[rule]]\nsince = 80\n", "test.toml:1: name: a rule needs a name\ntest.toml:1: match: a rule names the phones that it is for, such as match.manufacturer = [\"NOKIA\"]\ntest.toml:2: since: 80"},
		{"mistakes in several rules", head + "since = 80\n" + head + "since = 81\n", "test.toml:4: since: 80 is not between 1900 and 2100\ntest.toml:8: since: 81"},
		{"too much", "#" + strings.Repeat("x", maxFile), "test.toml:1: the file is larger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := Parse("test.toml", []byte(tt.text))
			var where *Error
			if !errors.As(err, &where) || !strings.HasPrefix(err.Error(), tt.want) || table != nil {
				t.Errorf("got %v, wanted %s", err, tt.want)
			}
		})
	}
}

// TestOwn: our rules can be read, and each has a name of its own.
func TestOwn(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Own() {
		if names[r.Name] || len(r.Options.Lines()) == 0 {
			t.Errorf("rule %q is there twice or says nothing", r.Name)
		}
		names[r.Name] = true
	}
	if len(names) < 15 {
		t.Errorf("%d rules", len(names))
	}
}

// TestDocsNameEveryOption: the handbook has a line for each option, and for each list that is matched.
func TestDocsNameEveryOption(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "phones.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[Options](), reflect.TypeFor[Match](), reflect.TypeFor[Limit]()} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("toml"), ",")
			if name == "limit" {
				name = "[[rule.limit]]"
			}
			if !strings.Contains(string(text), "`"+name+"`") && !strings.Contains(string(text), "`"+name+" = ") {
				t.Errorf("%s has no line", name)
			}
		}
	}
}

// FuzzParse: what is refused is refused with a line, what is taken prints options that can be read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(three))
	f.Add(own)
	f.Add([]byte("[[rule]]\nname='a'\nmatch={model=['x']}\nlimit=[{property='N',count=1}]\n"))
	f.Add([]byte("rule=[{name='a',match={oem=['?']},since=1}]\n"))
	f.Add([]byte("[[rule]]\n\"na\\u006de\"=\"\"\"\na\"\"\"\n[rule.match]\nmodel=[\n\"x\"\n]\n[rule.x]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Parse("f", data)
		if err != nil {
			var where *Error
			if !errors.As(err, &where) || where.Line < 1 || where.Why == "" {
				t.Fatalf("refused by %#v", err)
			}
			return
		}
		for _, r := range table {
			text := "[[rule]]\nname = \"again\"\nmatch.model = [\"*\"]\n"
			single := r.Options
			single.Limits = nil
			text += strings.Join(single.Lines(), "\n") + "\n"
			if _, err := Parse("again", []byte(text)); err != nil && !strings.ContainsAny(string(data), `'"\`+"`") {
				t.Errorf("%s\nis refused: %v", text, err)
			}
		}
	})
}

// FuzzRead: no bytes of a phone, and no rule, end in a panic, and reading twice is reading once.
func FuzzRead(f *testing.F) {
	f.Add([]byte(vcal10("DTSTART:20240115T100000Z")), true)
	f.Add([]byte("BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE:=\r\n=F\r\n:\r\nEND:VCARD"), false)
	utc, charset := "utc", "windows-1252"
	f.Fuzz(func(t *testing.T, data []byte, calendar bool) {
		r := Options{IncomingTimes: &utc, InputCharset: &charset, Ignore: []string{"UID"}}
		once := r.readLines(data, calendar)
		if twice := r.readLines(once, calendar); string(twice) != string(once) {
			t.Errorf("%q\n%q\n%q", data, once, twice)
		}
		if got := unfolded(data); len(got) > len(data) {
			t.Errorf("%q grew", data)
		}
	})
}
