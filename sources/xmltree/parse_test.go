package xmltree

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     *Element
	}{
		{"empty", `<a/>`, New("", "a")},
		{"space in tags", "<a  ></a\n>", New("", "a")},
		{"declaration, doctype, comment", "\ufeff<?xml version=\"1.0\"?>\n<!DOCTYPE a PUBLIC '-//X//[>' \"http://x\">\n<!-- - --><a/><!--c--> <?p?>\n", New("", "a")},
		{"blank before declaration", "\r\n<?xml version='1.0' encoding='utf-8' ?><a/>", New("", "a")},
		{"default namespace", `<a xmlns="urn:a"><b/><c xmlns="urn:c"><d/></c><e xmlns=""/></a>`,
			New("urn:a", "a").Add(New("urn:a", "b"), New("urn:c", "c").Add(New("urn:c", "d")), New("", "e"))},
		{"prefix", `<p:a xmlns:p="urn:a"><b><p:c xmlns:p='urn:c'/><p:d/></b></p:a>`,
			New("urn:a", "a").Add(New("", "b").Add(New("urn:c", "c"), New("urn:a", "d")))},
		{"attributes", `<a x='1"' p:x="2" xml:lang = "de" xmlns:p="urn:p"/>`,
			New("", "a").SetAttr("", "x", `1"`).SetAttr("urn:p", "x", "2").SetAttr(xmlSpace, "lang", "de")},
		{"attribute white space", "<a x=' \r\n\t\n&#10;&#x9;'/>", New("", "a").SetAttr("", "x", "    \n\t")},
		{"references", `<a>&lt;&gt;&amp;&quot;&apos;&#228;&#x1F600;&#0013;</a>`, New("", "a", Text("<>&\"'ä😀\r"))},
		{"line ends", "<a>1\r\n2\r3\n4&#13;\n5&#13;&#10;</a>", New("", "a", Text("1\n2\n3\n4\r\n5\r\n"))},
		{"cdata", "<a><![CDATA[<b>&amp;]]]]><![CDATA[>\r\n]]></a>", New("", "a", Text("<b>&amp;]]"), Text(">\n"))},
		{"mixed", "<a> x<b>y</b>z<!-- --> </a>", New("", "a", Text(" x"), Node{Elem: New("", "b", Text("y"))}, Text("z"), Text(" "))},
		{"latin 1", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", New("", "a", Text("ä"))},
		{"utf-16 in name only", "<?xml version='1.0' encoding='utf-16'?><a>ä</a>", New("", "a", Text("ä"))},
		{"utf-16 little endian", "\xff\xfe<\x00a\x00/\x00>\x00", New("", "a")},
		{"utf-16 big endian", "\xfe\xff\x00<\x00a\x00/\x00>", New("", "a")},
		{"names", `<é-1._ ü='x'/>`, New("", "é-1._").SetAttr("", "ü", "x")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(tt.in), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"nothing", ""},
		{"no element", " <!-- -->"},
		{"text only", "hello"},
		{"text before", "x<a/>"},
		{"text after", "<a/>x"},
		{"nul after", "<a/>\x00"},
		{"reference after", "<a/>&amp;"},
		{"cdata after", "<a/><![CDATA[ ]]>"},
		{"second root", "<a/><b/>"},
		{"second root full", "<a></a><b></b>"},
		{"not closed", "<a><b></b>"},
		{"wrong end", "<a></b>"},
		{"longer end", "<a></ab>"},
		{"end alone", "</a>"},
		{"end cut", "<a></a"},
		{"tag cut", "<a"},
		{"tag cut after name", "<a "},
		{"slash alone", "<a/"},
		{"slash inside", "<a / >"},
		{"less", "<"},
		{"space before name", "< a/>"},
		{"digit", "<1/>"},
		{"attribute without value", "<a b/>"},
		{"attribute without quotes", "<a b=c/>"},
		{"attribute cut", "<a b='c/>"},
		{"attribute cut at equals", "<a b="},
		{"attribute with less", "<a b='<'/>"},
		{"attributes without space", "<a b='1'c='2'/>"},
		{"attribute twice", "<a b='1' b='2'/>"},
		{"attribute twice by namespace", "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>"},
		{"undeclared prefix", "<p:a/>"},
		{"prefix out of scope", "<a><b xmlns:p='u'/><p:c/></a>"},
		{"undeclared attribute prefix", "<a p:b=''/>"},
		{"element xmlns", "<xmlns:a/>"},
		{"empty prefix declaration", "<a xmlns:p=''/>"},
		{"xml redeclared", "<a xmlns:xml='u'/>"},
		{"two colons", "<a:b:c xmlns:a='u'/>"},
		{"leading colon", "<:a/>"},
		{"trailing colon", "<a:/>"},
		{"unknown entity", "<a>&nbsp;</a>"},
		{"bare ampersand", "<a>a & b</a>"},
		{"ampersand at end", "<a>&</a>"},
		{"long reference", "<a>&#" + strings.Repeat("0", 100) + "65;</a>"},
		{"nul reference", "<a>&#0;</a>"},
		{"surrogate reference", "<a>&#xD800;</a>"},
		{"reference too great", "<a>&#1114112;</a>"},
		{"signed reference", "<a>&#+65;</a>"},
		{"control character", "<a>\x01</a>"},
		{"bad utf-8", "<a>\xff</a>"},
		{"not a character", "<a>\uFFFE</a>"},
		{"bad utf-8 in name", "<a\xff/>"},
		{"cdata end in text", "<a>]]></a>"},
		{"cdata cut", "<a><![CDATA[</a>"},
		{"comment cut", "<a><!-- </a>"},
		{"dashes in comment", "<a><!-- -- --></a>"},
		{"instruction cut", "<a><?p </a>"},
		{"instruction without name", "<a><? p?></a>"},
		{"internal subset", `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`},
		{"doctype cut", "<!DOCTYPE a"},
		{"doctype inside", "<a><!DOCTYPE a></a>"},
		{"doctype after", "<a/><!DOCTYPE a>"},
		{"markup declaration", "<!ELEMENT a ANY><a/>"},
		{"unknown encoding", "<?xml version='1.0' encoding='klingon'?><a/>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse([]byte(tt.in), Limits{})
			if !errors.Is(err, ErrSyntax) || e != nil {
				t.Errorf("got %v, %v", e, err)
			}
		})
	}
}
