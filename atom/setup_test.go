package atom

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestSetupPage(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	s.wantPageGolden(b.get(setupPath), "setup")
	s.wantGolden(s.ask("admin", "GET", setupPath, ""), "setup")
	if page := b.get(setupPath); strings.Contains(page.body, password) {
		t.Error("the page shows the password")
	}
	got := b.get(setupPath + "?file=1.2")
	if got.status != 200 || got.header.Get("Content-Type") != "text/vnd.wap.connectivity-xml; charset=utf-8" || got.header.Get("Content-Disposition") != `attachment; filename="bindery-sync-1.2.xml"` {
		t.Errorf("%d %v", got.status, got.header)
	}
	s.wantGolden(got, "provisioning")
	if again := s.ask("admin", "GET", setupPath+"?file=1.2", ""); again.body != got.body {
		t.Errorf("a program gets %s", again.body)
	}
	s.wantPage("another version", b.get(setupPath+"?file=../x"), 400)
	s.wantPage("over the air", b.send(setupPath, url.Values{"do": {"send"}}), 400)
	s.wantSentence("over the air, by a program", s.ask("admin", "POST", setupPath, ""), 501, "is not offered yet")
	if page := s.signIn("bob").get(setupPath); strings.Contains(page.body, "admin") {
		t.Errorf("bob's page: %s", page.body)
	}
}

// TestProvisioningAddress: a phone that finds no port takes 80, so there is always one.
func TestProvisioningAddress(t *testing.T) {
	for _, tc := range []struct{ address, user, want string }{
		{"http://sync.example.org/syncml", "ann", "http://sync.example.org:80/syncml"},
		{"https://sync.example.org/syncml", "ann", "https://sync.example.org:443/syncml"},
		{"http://192.0.2.7:8080/syncml", "ann", "http://192.0.2.7:8080/syncml"},
		{"http://[2001:db8::1]:8080/syncml", "ann", "http://[2001:db8::1]:8080/syncml"},
		{"http://[2001:db8::1]/syncml", `a<"&é`, "http://[2001:db8::1]:80/syncml"},
	} {
		doc, err := provisioning(tc.address, tc.user, "1.1")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(doc), "prov.dtd\">") // what follows the type is plain XML
		values := map[string]string{}
		for c := range parse(t, rest).Elements() {
			for p := range c.Elements() {
				values[p.Attr("", "name")] = p.Attr("", "value")
				for q := range p.Elements() {
					values[q.Attr("", "name")] = q.Attr("", "value")
				}
			}
		}
		if values["ADDR"] != tc.want || values["AAUTHNAME"] != tc.user || values["APPID"] != "w5" || values["APROTOCOL"] != "1.1" || values["AAUTHSECRET"] != "" {
			t.Errorf("%s: %v", tc.address, values)
		}
	}
}

// TestSetupCode: what a camera reads of the code as it is drawn is the address and the user.
func TestSetupCode(t *testing.T) {
	s := routeServer(t)
	page := s.wantPage("page", s.signIn("admin").get(setupPath), 200)
	var path string
	size := 0
	for n := range page.Descendants() {
		for _, attr := range n.Attr {
			if n.Type == html.ElementNode && n.Data == "path" && attr.Key == "d" {
				path = attr.Val
			}
			if n.Data == "rect" && attr.Key == "width" {
				_, _ = fmt.Sscan(attr.Val, &size)
			}
		}
	}
	const scale = 5
	img := image.NewGray(image.Rect(0, 0, size*scale, size*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for run := range strings.SplitSeq(strings.TrimSuffix(path, "z"), "z") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &n, &back); err != nil || back != n {
			t.Fatalf("%q: %v", run, err)
		}
		for px := x * scale; px < (x+n)*scale; px++ {
			for py := y * scale; py < (y+1)*scale; py++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	name := filepath.Join(t.TempDir(), "code.png")
	f, err := os.Create(name)
	s.must(err)
	s.must(png.Encode(f, img))
	s.must(f.Close())
	out, err := exec.CommandContext(t.Context(), "zbarimg", "--raw", "-q", name).Output()
	if want := "http://api.obexcode.com/syncml\nadmin\n"; err != nil || string(out) != want {
		t.Errorf("read %q, %v, want %q", out, err, want)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"http://localhost:8080/syncml": true, "http://127.0.0.1/syncml": true, "http://[::1]:1/syncml": true,
		"http://192.0.2.1/syncml": false, "https://localhost.example.org/syncml": false, ":": false,
	} {
		if got := isLoopback(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
