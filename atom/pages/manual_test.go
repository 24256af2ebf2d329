package pages

import (
	"strings"
	"testing"
)

func TestManual(t *testing.T) {
	const text = "# A & B\n\nSay `x<y>` to [them](there), <b>.\n\n- one\n- [two](2)\n\n## More\n\n```http\nGET /\n\n<entry/>\n```\n\n- three\n\n```\nopen"
	m := NewManual(text)
	if m.Title() != "A & B" {
		t.Errorf("title %q", m.Title())
	}
	body, err := Draw(Frame{View: m, Path: "/v2/doc/"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<p>Say <code>x&lt;y&gt;</code> to <a href="there">them</a>, &lt;b&gt;.</p>`, "<ul>\n<li>one</li>\n<li><a href=\"2\">two</a></li>\n</ul>",
		"<h2>More</h2>", "<code>GET /\n\n&lt;entry/&gt;\n</code></pre>", "<li>three</li>", "<code>open\n</code>", "A &amp; B",
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("want %s in\n%s", want, body)
		}
	}
	if strings.Contains(string(body), "<b>") {
		t.Error("text became markup")
	}
}

// A link that a page could be tricked with goes nowhere.
func TestManualLinks(t *testing.T) {
	body, err := Draw(Frame{View: NewManual("# x\n\n[a](javascript:alert(1))"), Path: "/"})
	if err != nil || strings.Contains(string(body), "javascript:") {
		t.Errorf("%v %s", err, body)
	}
}
