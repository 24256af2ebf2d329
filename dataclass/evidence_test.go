package dataclass

import (
	"strings"
	"testing"
)

func TestContradicts(t *testing.T) {
	ada := []string{"N:Example;Ada", "FN:Dr. Ada Example", "TEL:+49 30 123 45 67", "EMAIL:Ada@example.org"}
	for _, tt := range []struct {
		name  string
		other []string
		want  bool
	}{
		{"itself", ada, false},
		{"another person", []string{"N:Sample;Bob", "TEL:+1 555 0000", "EMAIL:bob@example.org"}, true},
		{"another name, same number", []string{"FN:Bob Sample", "TEL:030/1234567"}, false},
		{"another name, same address", []string{"FN:Bob", "EMAIL:ada@EXAMPLE.org"}, false},
		{"same name, other order and accents", []string{"FN:Example, Adà", "TEL:1"}, false},
		{"only a name, another one", []string{"FN:Bob Sample"}, true},
		{"nothing", nil, false},
		{"nothing comparable", []string{"NOTE:x"}, false},
		{"short numbers", []string{"TEL:4567"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := card(t, ada...), oldCard(t, tt.other...)
			if Contradicts(a, b) != tt.want || Contradicts(b, a) != tt.want {
				t.Errorf("want %v", tt.want)
			}
		})
	}
	if Contradicts(nil, card(t, ada...)) || Contradicts(card(t), nil) {
		t.Error("a missing item contradicts nothing")
	}
	other := card(t, ada...)
	other.class = Notes
	if !Contradicts(card(t, ada...), other) {
		t.Error("a note is no contact")
	}
}

func TestTitle(t *testing.T) {
	for _, tt := range []struct {
		want string
		in   []string
	}{
		{"Ada Example", []string{"N:x", `FN:Ada\n  Example`}},
		{"Dr. Ada M. Example", []string{"FN:", "N:Example;Ada;M.;Dr."}},
		{"Example Ltd. Research", []string{"ORG:Example Ltd.;Research"}},
		{"a@example.org", []string{"TEL:1", "EMAIL:a@example.org"}},
		{"1", []string{"TEL:1"}},
		{"", []string{"NOTE:x"}},
		{strings.Repeat("ö", 99) + "…", []string{"FN:" + strings.Repeat("ö", 101)}},
	} {
		if got := card(t, tt.in...).Title(); got != tt.want {
			t.Errorf("%q: got %q", tt.in, got)
		}
	}
}

func TestNumbersOf40(t *testing.T) {
	it := newCard(t, "TEL;VALUE=uri:tel:+1-555-0000-001;ext=7")
	if got := it.Title(); got != "+1-555-0000-001 ext. 7" {
		t.Errorf("title %q", got)
	}
	if Contradicts(it, card(t, "TEL:5550000001")) {
		t.Error("the number is the same")
	}
	if !Contradicts(it, card(t, "TEL:5550000002")) {
		t.Error("the number is another")
	}
}
