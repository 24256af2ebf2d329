package atom

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

func TestDAVSetupPage(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	page := b.get(davSetupPath)
	s.wantPageGolden(page, "davsetup")
	s.wantGolden(s.ask("admin", "GET", davSetupPath, ""), "davsetup")
	if strings.Contains(page.body, password) {
		t.Error("the page shows the password")
	}
	if !strings.Contains(page.body, `href="caldav://admin@api.obexcode.com/dav/"`) {
		t.Error("the page has no link that opens a program")
	}
	got := b.get(davSetupPath + "?file=apple")
	if got.status != 200 || got.header.Get("Content-Type") != profileType || got.header.Get("Content-Disposition") != `attachment; filename="bindery.mobileconfig"` {
		t.Errorf("%d %v", got.status, got.header)
	}
	s.wantGolden(got, "mobileconfig")
	if again := s.ask("admin", "GET", davSetupPath+"?file=apple", ""); again.body != got.body {
		t.Errorf("a program gets %s", again.body)
	}
	s.wantPage("another sort of file", b.get(davSetupPath+"?file=../x"), 400)
	s.wantSentence("another sort, by a program", s.ask("admin", "GET", davSetupPath+"?file=1.2", ""), 400, "file is apple")
	if page := s.signIn("bob").get(davSetupPath); strings.Contains(page.body, "admin") {
		t.Errorf("bob's page: %s", page.body)
	}
}

func TestDAVAccount(t *testing.T) {
	for _, tc := range []struct {
		name, base, user, address, opener, principal, book string
		port                                               int
		secure                                             bool
	}{
		{"plain", "http://192.0.2.7:8080", "ann", "http://192.0.2.7:8080/dav/", "caldav://ann@192.0.2.7:8080/dav/", "http://192.0.2.7:8080/dav/principals/ann/", "http://192.0.2.7:8080/dav/addressbooks/ann/contacts/", 8080, false},
		{"plain, its port", "http://pim.example.org", "ann", "http://pim.example.org/dav/", "caldav://ann@pim.example.org/dav/", "http://pim.example.org/dav/principals/ann/", "http://pim.example.org/dav/addressbooks/ann/contacts/", 80, false},
		{"encrypted", "https://pim.example.org", "ann", "https://pim.example.org/dav/", "caldavs://ann@pim.example.org/dav/", "https://pim.example.org/dav/principals/ann/", "https://pim.example.org/dav/addressbooks/ann/contacts/", 443, true},
		{"a mail address", "https://pim.example.org", "ann@example.org", "https://pim.example.org/dav/", "caldavs://ann%40example.org@pim.example.org/dav/", "https://pim.example.org/dav/principals/ann@example.org/", "https://pim.example.org/dav/addressbooks/ann@example.org/contacts/", 443, true},
		{"marks", "https://[2001:db8::1]:8443", `a/b ?<"&é`, "https://[2001:db8::1]:8443/dav/", "caldavs://a%2Fb%20%3F%3C%22&%C3%A9@[2001:db8::1]:8443/dav/", "https://[2001:db8::1]:8443/dav/principals/a%2Fb%20%3F%3C%22&%C3%A9/", "https://[2001:db8::1]:8443/dav/addressbooks/a%2Fb%20%3F%3C%22&%C3%A9/contacts/", 8443, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base, err := url.Parse(tc.base)
			if err != nil {
				t.Fatal(err)
			}
			d := davAccount{base: base, user: tc.user}
			for got, want := range map[string]string{d.address(): tc.address, d.opener(): tc.opener, d.principal(): tc.principal, d.collection(dataclass.Contacts): tc.book} {
				if got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
			if d.port() != tc.port || d.secure() != tc.secure {
				t.Errorf("port %d, encrypted %v", d.port(), d.secure())
			}
			wantProfile(t, d)
		})
	}
}

// wantProfile checks that a device finds in a profile what it needs, nothing secret, and two accounts that it tells apart.
func wantProfile(t *testing.T, d davAccount) {
	t.Helper()
	_, doc, _ := strings.Cut(string(d.profile()), plistDoctype)
	top := dictOf(parse(t, doc))
	payloads := top["PayloadContent"]
	if payloads == nil || top["PayloadType"].Text() != "Configuration" {
		t.Fatalf("no profile: %s", doc)
	}
	seen := map[string]bool{top["PayloadUUID"].Text(): true}
	for _, protocol := range []string{"CardDAV", "CalDAV"} {
		var p map[string]*xmltree.Element
		for e := range payloads.Elements() {
			if m := entriesOf(e); m["PayloadType"].Text() == "com.apple."+strings.ToLower(protocol)+".account" {
				p = m
			}
		}
		if p == nil {
			t.Fatalf("no account of %s: %s", protocol, doc)
		}
		if p[protocol+"HostName"].Text() != d.base.Hostname() || p[protocol+"Username"].Text() != d.user || p[protocol+"PrincipalURL"].Text() != d.principal() ||
			p[protocol+"UseSSL"].Local != map[bool]string{true: "true", false: "false"}[d.secure()] || p[protocol+"Password"] != nil {
			t.Errorf("%s: %s", protocol, doc)
		}
		if id := p["PayloadUUID"].Text(); len(id) != 36 || seen[id] {
			t.Errorf("%s is called %q", protocol, id)
		}
		seen[p["PayloadUUID"].Text()] = true
	}
}

// dictOf gives the entries of a property list.
func dictOf(list *xmltree.Element) map[string]*xmltree.Element {
	for dict := range list.Elements() {
		return entriesOf(dict)
	}
	return nil
}

// entriesOf gives the entries of a dictionary by key.
func entriesOf(dict *xmltree.Element) map[string]*xmltree.Element {
	out := make(map[string]*xmltree.Element)
	key := ""
	for e := range dict.Elements() {
		if e.Local == "key" {
			key = e.Text()
		} else {
			out[key] = e
		}
	}
	return out
}
