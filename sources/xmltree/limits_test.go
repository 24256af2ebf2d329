package xmltree

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLimits(t *testing.T) {
	declarations := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(" xmlns:p" + strconv.Itoa(i) + "='u'")
		}
		return b.String()
	}
	long := strings.Repeat("u", 256)
	tests := []struct {
		name, in string
		l        Limits
		ok       bool
	}{
		{"bytes", "<abc/>", Limits{Bytes: 6}, true},
		{"too many bytes", "<abc/>", Limits{Bytes: 5}, false},
		{"depth", "<a><b><c/></b><b/></a>", Limits{Depth: 3}, true},
		{"too deep", "<a><b><c/></b></a>", Limits{Depth: 2}, false},
		{"default depth", strings.Repeat("<a>", 65), Limits{}, false},
		{"greatest depth", strings.Repeat("<a>", 10001), Limits{Depth: 1 << 40}, false},
		{"nodes", "<a>x<b/>y</a>", Limits{Nodes: 4}, true},
		{"too many texts", "<a>x<b/>y</a>", Limits{Nodes: 3}, false},
		{"too many elements", "<a><b/><b/></a>", Limits{Nodes: 2}, false},
		{"attributes", "<a b='' c=''/>", Limits{Attrs: 2}, true},
		{"too many attributes", "<a b='' c='' d=''/>", Limits{Attrs: 2}, false},
		{"declarations", "<a" + declarations(20) + "><b" + declarations(20) + "/><c" + declarations(20) + "/></a>", Limits{Attrs: 40}, true},
		{"namespace", "<a xmlns='" + long + "'/>", Limits{}, true},
		{"too long a namespace", "<a xmlns:p='u" + long + "'/>", Limits{}, false},
		{"too many declarations in force", "<a" + declarations(20) + "><b" + declarations(21) + "/></a>", Limits{Attrs: 40}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.in), tt.l)
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrLimit) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestParseLax(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"not UTF-8", "<a>\xe4</a>", "\xe4"},
		{"control character", "<a>\x01\x00</a>", "\x01\x00"},
		{"bare ampersand", "<a>a & b&</a>", "a & b&"},
		{"unknown entity", "<a>&nbsp;&amp;nbsp;</a>", "&nbsp;&nbsp;"},
		{"nul reference", "<a>&#0;</a>", "&#0;"},
		{"cdata end", "<a>]]></a>", "]]>"},
		{"padding", "<a>x</a>\x00\x00", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(tt.in), Limits{Lax: true})
			if err != nil {
				t.Fatal(err)
			}
			if got.Text() != tt.want {
				t.Errorf("text = %q", got.Text())
			}
			if _, err := Parse([]byte(tt.in), Limits{}); !errors.Is(err, ErrSyntax) {
				t.Errorf("without Lax: %v", err)
			}
		})
	}
}

func TestParseLaxTakesPrefixForNamespace(t *testing.T) {
	got, err := Parse([]byte("<m:a m:b=''/>"), Limits{Lax: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(New("m", "a").SetAttr("m", "b", ""), got); diff != "" {
		t.Error(diff)
	}
}

func TestErrorTellsThePlace(t *testing.T) {
	_, err := Parse([]byte("<a>\n<b></c></a>"), Limits{})
	var e *Error
	if !errors.As(err, &e) || e.Offset != 7 {
		t.Fatalf("error = %#v", err)
	}
	if want := `not well-formed: byte 7: end tag does not match "b"`; err.Error() != want {
		t.Errorf("error = %q", err)
	}
}

// A part of the tree can be filled without the next part being overwritten: they share memory.
func TestParsedElementsCanGrow(t *testing.T) {
	root, err := Parse([]byte("<a><b k=''><x/></b><c><y/></c></a>"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	root.Child("b").AddText("new", "n").SetAttr("", "j", "")
	want := `<a><b k="" j=""><x/><new>n</new></b><c><y/></c></a>`
	if got := string(root.Append(nil, Options{})); got != want {
		t.Errorf("got %s", got)
	}
}
