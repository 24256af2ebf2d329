package davxml

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// write gives a document with one element in it.
func write(t testing.TB, e *xmltree.Element) []byte {
	t.Helper()
	var b bytes.Buffer
	x := Multistatus(&b)
	x.Element(e)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The user's fear: a note with an odd character makes the whole answer unreadable, or loses its line ends.
func TestEveryTextIsReadAsItIs(t *testing.T) {
	for _, text := range []string{"a\r\nb", "<&>\"'", "]]>", "\ttab", "Ø 日本 😀", "a\rb"} {
		root, err := xmltree.Parse(write(t, Name{CardDAV, "address-data"}.Text(text)), xmltree.Limits{})
		if err != nil || root.Child("address-data").Text() != text {
			t.Errorf("%q became %q: %v", text, root.Child("address-data").Text(), err)
		}
	}
	for _, text := range []string{"a\x00b", "a\xffb", "a\ufffeb"} {
		root, err := xmltree.Parse(write(t, Name{CardDAV, "address-data"}.Text(text)), xmltree.Limits{})
		if err != nil || root.Child("address-data").Text() != "a\uFFFDb" {
			t.Errorf("%q became %q: %v", text, root.Child("address-data").Text(), err)
		}
	}
}

// Properties that are only kept come back as they were, whatever their namespaces.
func TestKeptElements(t *testing.T) {
	const given = `<a xmlns="x:y" xmlns:q="q:r" xml:lang="no" q:b="1 &amp; &quot;2&quot;" c="&#10;">t<b xmlns="">u</b><q:c/><d xmlns="DAV:"><e xmlns="x:y"/></d></a>`
	e, err := xmltree.Parse([]byte(given), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	back := Outer(Inner(e))
	root, err := xmltree.Parse(write(t, back), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := root.Child("a"); Inner(got) != Inner(e) {
		t.Errorf("%s instead of %s", Inner(got), Inner(e))
	}
	if Outer("<") != nil {
		t.Error("something was read from nothing")
	}
}

func TestRequests(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing asked", `<propfind xmlns="DAV:"/>`, "asks for nothing"},
		{"two ways", `<propfind xmlns="DAV:"><prop/><allprop/></propfind>`, "more than one"},
		{"another root", `<propertyupdate xmlns="DAV:"/>`, "instead of propfind"},
		{"another namespace", `<propfind><allprop/></propfind>`, "instead of propfind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, err := Parse([]byte(c.body), 1000)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = ParsePropfind(root); !errors.Is(err, ErrBody) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	if p, err := ParsePropfind(nil); err != nil || !p.All {
		t.Errorf("%+v %v", p, err)
	}
	root, _ := Parse([]byte(`<p:propertyupdate xmlns:p="DAV:"><p:remove><p:prop><a/></p:prop></p:remove><p:set><p:prop><b/><c/></p:prop></p:set></p:propertyupdate>`), 1000)
	steps, err := ParsePropPatch(root, "propertyupdate")
	if err != nil || len(steps) != 3 || steps[0].Value != nil || steps[1].Value == nil || steps[2].Name.Local != "c" {
		t.Errorf("%+v %v", steps, err)
	}
	if root, err := Parse([]byte(" \r\n "), 1000); root != nil || err != nil {
		t.Errorf("blanks are %v %v", root, err)
	}
}

// failing takes so many bytes.
type failing int

// Write implements io.Writer.
func (f *failing) Write(p []byte) (int, error) {
	if *f -= failing(len(p)); *f < 0 {
		return 0, errors.New("gone")
	}
	return len(p), nil
}

func TestAnswerThatIsCutOffIsAnError(t *testing.T) {
	room := failing(20_000)
	x := Multistatus(&room)
	for range 1000 {
		x.Response("/a", PropStat{Status: 200, Props: []*xmltree.Element{Name{DAV, "displayname"}.Text("a name")}})
	}
	if x.Err() == nil || x.Close() == nil {
		t.Error("nobody was told")
	}
}
