package main

import (
	"encoding/xml"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestDAVSetupLeadsThere: every address that a device is told, in the API and in the profile, is there, under a name of an
// account that needs escapes.
func TestDAVSetupLeadsThere(t *testing.T) {
	const name = "ada+é@example.org"
	c := &caller{t: t, data: filepath.Join(t.TempDir(), "data")}
	c.run(exitDone, "correct horse\n", "account", "add", name, "--password-stdin")
	there := serve(t, c.data)
	ask := func(method, url string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(name, "correct horse")
		req.Header.Set("Depth", "0")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	var told struct {
		Address     string   `xml:"address"`
		User        string   `xml:"user"`
		Collections []string `xml:"collection"`
		Link        []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"link"`
	}
	_, entry := ask(http.MethodGet, there.url+"/v2/services/datastore/setup")
	if err := xml.Unmarshal([]byte(entry), &told); err != nil {
		t.Fatalf("%v: %s", err, entry)
	}
	addresses := append([]string{told.Address}, told.Collections...)
	for _, l := range told.Link {
		if l.Rel == "enclosure" {
			_, profile := ask(http.MethodGet, l.Href)
			addresses = append(addresses, principalsIn(profile)...)
		}
	}
	if len(addresses) != 7 || told.User != name {
		t.Fatalf("it tells %q the addresses %q", told.User, addresses)
	}
	for _, a := range addresses {
		if status, body := ask("PROPFIND", a); status != http.StatusMultiStatus {
			t.Errorf("%s: %d %s", a, status, body)
		}
	}
}

// principalsIn gives the addresses in a profile.
func principalsIn(profile string) []string {
	var out []string
	for _, part := range strings.Split(profile, "PrincipalURL</key>")[1:] {
		_, part, _ = strings.Cut(part, "<string>")
		address, _, _ := strings.Cut(part, "</string>")
		out = append(out, address)
	}
	return out
}
