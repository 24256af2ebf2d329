package netrc_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/cmd/bindery/netrc"
)

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []netrc.Entry
	}{
		{"nothing", "", nil},
		{"a line", "machine pim.example.org login nora password sesame\n", []netrc.Entry{{"pim.example.org", "nora", "sesame"}}},
		{"lines", "machine a\r\n\tlogin nora\r\n\tpassword sesame\r\nmachine b login paul", []netrc.Entry{{"a", "nora", "sesame"}, {"b", "paul", ""}}},
		{"hash in a password", "machine a login b password #c", []netrc.Entry{{"a", "b", "#c"}}},
		{"hash inside a password", "machine a login b password c#d", []netrc.Entry{{"a", "b", "c#d"}}},
		{"remark", "# machine x password y\nmachine a # z\npassword c", []netrc.Entry{{"a", "", "c"}}},
		{"quoted", `machine a login "no ra" password "a \"b\" \\ c\n"`, []netrc.Entry{{"a", "no ra", "a \"b\" \\ c\n"}}},
		{"quote without end", `machine a password "bc`, []netrc.Entry{{"a", "", "bc"}}},
		{"backslash at the end", `machine a password "bc\`, []netrc.Entry{{"a", "", `bc\`}}},
		{"default", "machine a password b default login c password d", []netrc.Entry{{"a", "", "b"}}},
		{"default before", "default login c password d machine a password b", []netrc.Entry{{"a", "", "b"}}},
		{"macro", "machine a password b macdef init\ncd /pub\nmachine x\n\nmachine c password d", []netrc.Entry{{"a", "", "b"}, {"c", "", "d"}}},
		{"macro without end", "macdef init\nmachine x password y", nil},
		{"account and what nobody knows", "machine a account x port 80 password b", []netrc.Entry{{"a", "", "b"}}},
		{"cut", "machine", []netrc.Entry{{}}},
		{"values without a machine", "login a password b", nil},
	} {
		got, err := netrc.Read(strings.NewReader(tt.in))
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	if _, err := netrc.Read(strings.NewReader(strings.Repeat("a ", 1<<20))); err == nil {
		t.Error("a file without end")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("machine a login b password \"c\\\"\" macdef d\n\n# e\ndefault")
	f.Fuzz(func(t *testing.T, in string) {
		list, err := netrc.Read(strings.NewReader(in))
		if err == nil && len(list) > len(in) {
			t.Errorf("%d entries of %d bytes", len(list), len(in))
		}
	})
}

func TestFind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netrc")
	text := "machine other password x\nmachine Pim.example.org login nora\nmachine pim.example.org login paul password p\n" +
		"machine pim.example.org login nora password n\ndefault login anonymous password me\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, host, login, user, password string }{
		{"the first that has a password", "pim.example.org", "", "paul", "p"},
		{"a login", "PIM.example.org", "nora", "nora", "n"},
		{"nobody of that name", "pim.example.org", "olga", "", ""},
		{"no such machine", "example.org", "", "", ""},
		{"machine without a login", "other", "", "", "x"},
		{"machine without a login, somebody's", "other", "nora", "", ""},
	} {
		e, ok, err := netrc.Find(path, tt.host, tt.login)
		if err != nil || ok != (tt.password != "") || e.Login != tt.user || e.Password != tt.password {
			t.Errorf("%s: %+v, %v, %v", tt.name, e, ok, err)
		}
	}
	for _, none := range []string{"", filepath.Join(t.TempDir(), "nothing")} {
		if _, ok, err := netrc.Find(none, "other", ""); ok || err != nil {
			t.Errorf("%q: %v, %v", none, ok, err)
		}
	}
	if _, _, err := netrc.Find(t.TempDir(), "other", ""); err == nil {
		t.Error("a folder was read")
	}
}

// TestFindOpen uses no password that everybody can read, and says nothing of a file that has none for the host.
func TestFindOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // there permissions are not in the mode
	}
	path := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(path, []byte("machine a login b password sesame"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, open := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o602: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, ok, err := netrc.Find(path, "a", "")
		if errors.Is(err, netrc.ErrOpen) != open || ok == open || open && strings.Contains(err.Error(), "sesame") {
			t.Errorf("%o: %v, %v", mode, ok, err)
		}
		if _, ok, err := netrc.Find(path, "c", ""); ok || err != nil {
			t.Errorf("%o, another host: %v, %v", mode, ok, err)
		}
	}
}

func TestPath(t *testing.T) {
	t.Setenv("HOME", "/home/nora")
	t.Setenv("NETRC", "")
	if got := netrc.Path(); runtime.GOOS != "windows" && got != "/home/nora/.netrc" {
		t.Errorf("%q", got)
	}
	t.Setenv("NETRC", "/etc/other")
	if got := netrc.Path(); got != "/etc/other" {
		t.Errorf("%q", got)
	}
}
