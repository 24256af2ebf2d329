package dataclass

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// heldLines gives the property lines of a rendition, unfolded, without the frame and VERSION.
func heldLines(it *Item) []string {
	text := strings.ReplaceAll(string(it.Body().Data), "\r\n ", "")
	var out []string
	for l := range strings.SplitSeq(text, "\r\n") {
		switch name, _, _ := strings.Cut(l, ":"); name {
		case "BEGIN", "END", "VERSION", "":
		default:
			out = append(out, l)
		}
	}
	return out
}

func TestProjectFor(t *testing.T) {
	for _, tt := range []struct {
		name     string
		f        Format
		c        Capabilities
		in, want []string
	}{
		{"everything", VCard30, Capabilities{}, []string{"N:a;b", "X-A:1", "NOTE:c"}, []string{"N:a;b", "X-A:1", "NOTE:c"}},
		{"never", VCard30, Capabilities{Limits: []Limit{{Name: "note", Never: true}}}, []string{"N:a", "NOTE:c"}, []string{"N:a"}},
		{"mandatory", VCard30, Capabilities{Limits: []Limit{{Name: "N", Never: true}}}, []string{"N:a"}, []string{"N:a"}},
		{"list is complete", VCard30, Capabilities{Complete: true, Limits: []Limit{{Name: "TEL"}}},
			[]string{"N:a", "FN:b", "TEL:1", "NOTE:c", "X-A:d", "junk"}, []string{"N:a", "FN:b", "TEL:1"}},
		{"description goes with what it describes", VCard30, Capabilities{Limits: []Limit{{Name: "URL", Never: true}}},
			[]string{"N:a", "item1.X-ABLabel:b", "item1.URL:http://example.org"}, []string{"N:a"}},
		{"preferred first", VCard30, Capabilities{Limits: []Limit{{Name: "TEL", Count: 2}}},
			[]string{"TEL:1", "TEL:2", "TEL;TYPE=work,pref:3", "TEL:"}, []string{"TEL:1", "TEL;TYPE=work,pref:3", "TEL:"}},
		{"one of a type", VCard30, Capabilities{Limits: []Limit{{Name: "TEL", Only: []string{"cell"}, Count: 1}}},
			[]string{"TEL;TYPE=CELL:1", "TEL;TYPE=HOME,CELL:2", "TEL:3"}, []string{"TEL;TYPE=CELL:1", "TEL:3"}},
		{"text is cut", VCard30, Capabilities{Limits: []Limit{{Name: "NOTE", Size: 4}}}, []string{`NOTE:a\,b\,c`}, []string{`NOTE:a\,b\,`}},
		{"text is not cut", VCard30, Capabilities{Limits: []Limit{{Name: "NOTE", Size: 4, Whole: true}}}, []string{"N:a", "NOTE:abcde"}, []string{"N:a"}},
		{"not inside of a character", VCard30, Capabilities{Limits: []Limit{{Name: "NOTE", Size: 2}}}, []string{"NOTE:ae\u0301x"}, []string{"NOTE:a"}},
		{"octets", VCard30, Capabilities{Limits: []Limit{{Name: "NOTE", Size: 3, Octets: true}}}, []string{"NOTE:ääx"}, []string{"NOTE:ä"}},
		{"octets in its character set", VCard30, Capabilities{Charset: "ISO-8859-1", Limits: []Limit{{Name: "NOTE", Size: 3, Octets: true}}},
			[]string{"NOTE:ääxy"}, []string{"NOTE:ääx"}},
		{"numbers are not cut", VCard30, Capabilities{Limits: []Limit{{Name: "TEL", Size: 5}, {Name: "EMAIL", Size: 5}, {Name: "BDAY", Size: 5}, {Name: "URL", Size: 5}}},
			[]string{"N:a", "TEL:123456", "TEL:12345", "EMAIL:a@example.org", "BDAY:20000101", "URL:http://example.org"}, []string{"N:a", "TEL:12345"}},
		{"picture", VCard30, Capabilities{Limits: []Limit{{Name: "PHOTO", Size: 5}}},
			[]string{"N:a", "PHOTO;ENCODING=b:AAAAAAAA"}, []string{"N:a"}},
		{"sizes are wrong", VCard30, Capabilities{IgnoreSizes: true, Limits: []Limit{{Name: "PHOTO", Size: 5}}},
			[]string{"PHOTO;ENCODING=b:AAAAAAAA"}, []string{"PHOTO;ENCODING=b:AAAAAAAA"}},
		{"each component", VCard30, Capabilities{Limits: []Limit{{Name: "N", Size: 3}}}, []string{`N:a\;bc;defgh;`}, []string{`N:a\;b;def;`}},
		{"first components", VCard30, Capabilities{Parts: map[string]int{"ORG": 1, "N": 2}}, []string{"N:a;b;c", `ORG:a\;b;c`}, []string{"N:a;b", `ORG:a\;b`}},
		{"categories are joined", VCard30, Capabilities{Limits: []Limit{{Name: "CATEGORIES", Count: 1, Size: 3}}},
			[]string{"CATEGORIES:a,abcd", "CATEGORIES:b"}, []string{"CATEGORIES:a,b"}},
		{"values", VCard30, Capabilities{Limits: []Limit{{Name: "CATEGORIES", Values: []string{"A"}}, {Name: "CLASS", Values: []string{"PUBLIC"}}}},
			[]string{"N:a", "CATEGORIES:a,b", "CLASS:private"}, []string{"N:a", "CATEGORIES:a"}},
		{"types", VCard30, Capabilities{Limits: []Limit{{Name: "TEL", Types: []string{"HOME", "PREF"}}, {Name: "EMAIL", NoTypes: true}}},
			[]string{"TEL;TYPE=work,home,pref:1", "TEL;TYPE=work:2", "EMAIL;TYPE=internet,home:a@b"}, []string{"TEL;TYPE=home,pref:1", "TEL:2", "EMAIL;TYPE=internet:a@b"}},
		{"types of 2.1", VCard21, Capabilities{Limits: []Limit{{Name: "TEL", Types: []string{"HOME"}}, {Name: "EMAIL", NoTypes: true}}},
			[]string{"TEL;TYPE=work,home,pref:1", "EMAIL;TYPE=home:a@b"}, []string{"N:;;;;", "TEL;HOME:1", "EMAIL;INTERNET:a@b"}},
		{"no empty ones", VCard21, Capabilities{NoEmpty: true}, []string{"N:;;;", "ADR:;;", "NOTE:"}, []string{"N:;;;"}},
		{"Latin 1", VCard30, Capabilities{Charset: "iso-8859-1"}, []string{"NOTE:“é” ő €Ω…", "EMAIL:ő@example.org"}, []string{`NOTE:"é" o EUR?...`}},
		{"ASCII", VCard30, Capabilities{Charset: "us-ascii"}, []string{"N:Straße;é;e\u0301", "NOTE;X-A=\"é,“\":；ﬁ👨‍👩‍👧"}, []string{"N:Strasse;e;e", `NOTE;X-A="e,'":?fi???`}},
		{"Japanese", VCard30, Capabilities{Charset: "Shift_JIS"}, []string{"NOTE:日本é"}, []string{"NOTE:日本e"}},
		{"losses", VCard30, Capabilities{Losses: []Loss{{Name: "NOTE", Length: 2, Upper: true}, {Name: "TEL", Position: 1, Digits: true}, {Name: "TEL", Position: 3, Dropped: true}, {Name: "TITLE", ASCII: true}}},
			[]string{"NOTE:abc", "TITLE:ö", "TEL:+1 (2)", "TEL:3 4", "TEL:5", "TEL:6"}, []string{"NOTE:AB", "TITLE:o", "TEL:+12", "TEL:3 4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := card(t, tt.in...)
			before := string(it.Body().Data)
			got, err := it.ProjectFor(tt.f, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, heldLines(got)); diff != "" {
				t.Error(diff)
			}
			if string(it.Body().Data) != before {
				t.Error("the item itself was changed")
			}
			if again, err := got.ProjectFor(tt.f, tt.c); err != nil || string(again.Body().Data) != string(got.Body().Data) {
				t.Errorf("once more: %v, %q", err, heldLines(again))
			}
		})
	}
}

func TestRenderSendsWhatIsLost(t *testing.T) {
	it := card(t, "N:a", "NOTE:abc")
	c := Capabilities{Limits: []Limit{{Name: "NOTE", Size: 2}}, Losses: []Loss{{Name: "NOTE", Dropped: true}}}
	sent, err := Render(it, VCard30, c)
	if err != nil || !cmp.Equal(heldLines(sent), []string{"N:a", "NOTE:ab"}) {
		t.Errorf("rendered: %v, %q", err, heldLines(sent))
	}
	held, err := Expect(it, VCard30, c)
	if err != nil || !cmp.Equal(heldLines(held), []string{"N:a"}) {
		t.Errorf("expected: %v, %q", err, heldLines(held))
	}
}

func TestProjectForWholeSize(t *testing.T) {
	long := strings.Repeat("x", 300)
	it := card(t, "N:a", "FN:a", "X-A:"+long, "PHOTO;ENCODING=b:"+strings.Repeat("AAAA", 100), "X-B:b", "NOTE:"+long, "ADR:;;"+long)
	for _, tt := range []struct {
		size  int
		names string
		err   error
	}{
		{0, "N FN X-A PHOTO X-B NOTE ADR", nil}, {2000, "N FN X-A PHOTO X-B NOTE ADR", nil},
		{1200, "N FN X-A X-B NOTE ADR", nil}, {976, "N FN X-A X-B NOTE ADR", nil}, {975, "N FN X-A NOTE ADR", nil},
		{968, "N FN NOTE ADR", nil}, {500, "N FN NOTE ADR", nil}, {358, "N FN ADR", nil}, {355, "", ErrTooBig}, {1, "", ErrTooBig},
	} {
		got, err := it.ProjectFor(VCard30, Capabilities{MaxSize: tt.size})
		if !errors.Is(err, tt.err) {
			t.Errorf("%d: %v", tt.size, err)
		}
		if err != nil {
			continue
		}
		var names []string
		for _, l := range heldLines(got) {
			name, _, _ := strings.Cut(l, ":")
			name, _, _ = strings.Cut(name, ";")
			names = append(names, name)
		}
		if s := strings.Join(names, " "); s != tt.names {
			t.Errorf("%d: got %s", tt.size, s)
		}
		if n := len(got.Body().Data); tt.size > 0 && n > tt.size {
			t.Errorf("%d: got %d bytes", tt.size, n)
		} else if strings.HasSuffix(tt.names, "NOTE ADR") && tt.size == 500 && n < 495 {
			t.Errorf("%d: cut to %d bytes", tt.size, n)
		}
	}
}

func TestCapabilitiesValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    Capabilities
		ok   bool
	}{
		{"zero", Capabilities{}, true},
		{"known names", Capabilities{Charset: "Windows-1252", Parts: map[string]int{"N": 2}, Limits: []Limit{{Name: "X-A"}},
			Calendar: CalendarStyle{Local: "Europe/Oslo", AllDay: "24h", Since: 1980}}, true},
		{"charset", Capabilities{Charset: "x-nothing"}, false},
		{"charset that says nothing", Capabilities{Charset: "iso-2022-kr"}, false},
		{"size", Capabilities{MaxSize: -1}, false},
		{"no name", Capabilities{Limits: []Limit{{}}}, false},
		{"no such name", Capabilities{Limits: []Limit{{Name: "A:B"}}}, false},
		{"count", Capabilities{Limits: []Limit{{Name: "A", Count: -1}}}, false},
		{"size of a limit", Capabilities{Limits: []Limit{{Name: "A", Size: -1}}}, false},
		{"many limits", Capabilities{Limits: make([]Limit, 501)}, false},
		{"many values", Capabilities{Limits: []Limit{{Name: "A", Values: make([]string, 501)}}}, false},
		{"no parts", Capabilities{Parts: map[string]int{"N": 0}}, false},
		{"parts in lower case", Capabilities{Parts: map[string]int{"n": 1}}, false},
		{"position", Capabilities{Losses: []Loss{{Name: "A", Position: -1}}}, false},
		{"length", Capabilities{Losses: []Loss{{Name: "A", Length: -1}}}, false},
		{"zone", Capabilities{Calendar: CalendarStyle{Local: "Nowhere/Land"}}, false},
		{"day style", Capabilities{Calendar: CalendarStyle{AllDay: "noon"}}, false},
		{"since", Capabilities{Calendar: CalendarStyle{Since: 10000}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.c.Validate(); (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
			if _, err := card(t, "N:a").ProjectFor(VCard30, tt.c); (err == nil) != tt.ok {
				t.Errorf("projection: got %v", err)
			}
		})
	}
}

func TestCapabilitiesAsJSON(t *testing.T) {
	const stored = `{"charset":"ISO-8859-1","max_size":9,"limits":[{"name":"TEL","only":["CELL"],"never":true,"count":2,"size":3,` +
		`"octets":true,"whole":true,"values":["a"],"types":["b"],"no_types":true}],"complete":true,"parts":{"N":1},"ignore_sizes":true,` +
		`"no_empty":true,"calendar":{"local":"Europe/Oslo","all_day":"date","epoc_entry_type":true,"alarms_utc":true,"display_only":true,` +
		`"since":1980,"three_priorities":true,"prefix_categories":true},"losses":[{"name":"TEL","position":1,"dropped":true,"length":4,` +
		`"upper":true,"ascii":true,"digits":true}]}`
	var c Capabilities
	if err := json.Unmarshal([]byte(strings.Replace(stored, `"max_size"`, `"later":[1],"max_size"`, 1)), &c); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(c)
	if err != nil || string(out) != stored {
		t.Errorf("%v: got %s", err, out)
	}
	if out, err = json.Marshal(Capabilities{}); err != nil || string(out) != "{}" {
		t.Errorf("%v: got %s", err, out)
	}
}
