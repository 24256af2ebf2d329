package zone

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNamed(t *testing.T) {
	tests := []struct{ name, tzid, want string }{
		{"IANA", "Europe/Oslo", "Europe/Oslo"},
		{"any case", "EUROPE/oslo", "Europe/Oslo"},
		{"a space", "America/New York", "America/New_York"},
		{"hyphen for the slash", "US-Eastern", "America/New_York"},
		{"hyphen and no id", "Foo-Bar", "-"},
		{"quoted", `"Europe/Oslo"`, "Europe/Oslo"},
		{"blanks", " Europe/Oslo\t", "Europe/Oslo"},
		{"three parts", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"old spelling", "Asia/Calcutta", "Asia/Kolkata"},
		{"new spelling", "Europe/Kyiv", "Europe/Kyiv"},
		{"renamed", "Europe/Kiev", "Europe/Kyiv"},
		{"country", "US/Eastern", "America/New_York"},
		{"country alone", "GB", "Europe/London"},
		{"POSIX", "EST5EDT", "America/New_York"},
		{"libical", "/freeassociation.sourceforge.net/Europe/Oslo", "Europe/Oslo"},
		{"libical with a table", "/freeassociation.sourceforge.net/Tzfile/Europe/Oslo", "Europe/Oslo"},
		{"Mozilla", "/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"},
		{"Evolution", "/softwarestudio.org/Olson_20011030_5/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"Windows", "W. Europe Standard Time", "Europe/Berlin"},
		{"Windows, any case", "w. europe standard time", "Europe/Berlin"},
		{"Windows, Paris", "Romance Standard Time", "Europe/Paris"},
		{"Windows, London", "GMT Standard Time", "Europe/London"},
		{"Windows, in summer", "Eastern Daylight Time", "America/New_York"},
		{"Windows, numbered", "W. Europe Standard Time 1", "Europe/Berlin"},
		{"Windows, gone", "Mexico Standard Time 2", "America/Chihuahua"},
		{"Windows, with parentheses", "Central Standard Time (Mexico)", "America/Mexico_City"},
		{"Lotus", "W. Europe", "Europe/Berlin"},
		{"Lotus, Eastern", "Eastern", "America/New_York"},
		{"Lotus, long", "Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZX=28$ZN=Romance", "Europe/Paris"},
		{"shown by Windows", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"},
		{"escaped", `(UTC+01:00) Amsterdam\, Berlin\, Bern`, "Europe/Berlin"},
		{"shown by old Windows", "(GMT+01.00) Sarajevo/Skopje/Warsaw/Zagreb", "Europe/Warsaw"},
		{"shown by Zimbra", "(GMT-05.00) Eastern Time (US & Canada)", "America/New_York"},
		{"shown, no cities", "(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"},
		{"shown, zero", "(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/London"},
		{"shown, India", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"},
		{"shown, old offset", "(GMT+04:00) Moscow, St. Petersburg, Volgograd", "Europe/Moscow"},
		{"shown, Athens", "(GMT+02:00) Athens, Bucharest, Istanbul", "Europe/Bucharest"},
		{"a region alone", "Eastern Time (US & Canada)", "America/New_York"},
		{"a city alone", "Stockholm", "Europe/Stockholm"},
		{"UTC", "UTC", "UTC"},
		{"GMT", "GMT", "UTC"},
		{"Z", "Z", "UTC"},
		{"Exchange", "tzone://Microsoft/Utc", "UTC"},
		{"hours ahead, as POSIX has it", "Etc/GMT-3", "Etc/GMT-3"},
		{"hours ahead, as people have it", "GMT+3", "Etc/GMT-3"},
		{"hours and minutes", "GMT+0200", "Etc/GMT-2"},
		{"colon", "UTC-05:00", "Etc/GMT+5"},
		{"nothing but an offset", "+0100", "Etc/GMT-1"},
		{"half an hour", "GMT+0530", ""},
		{"empty", "", "-"},
		{"quotes around nothing", `""`, "-"},
		{"no such place", "Europe/Nowhere", "-"},
		{"prefix alone", "/example.org/", "-"},
		{"prefix, no such place", "/example.org/1/Europe/Nowhere", "-"},
		{"Outlook's own", "Customized Time Zone", "-"},
		{"Exchange's own", "tzone://Microsoft/Custom", "-"},
		{"an offset without a place", "(UTC+01:00) Somewhere", "-"},
		{"a place elsewhere", "(UTC+09:00) Berlin", "-"},
		{"no end", "(UTC+01:00 Berlin", "-"},
		{"a day ahead", "GMT+2400", "-"},
		{"file names", "../../etc/passwd", "-"},
		{"NUL", "Europe/Oslo\x00", "-"},
		{"Local", "Local", "-"},
		{"long", strings.Repeat("Europe/", 1000) + "Oslo", "-"},
		{"many slashes", strings.Repeat("/", 150) + "Europe/Oslo", "Europe/Oslo"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := "-"
			if z, ok := Named(tt.tzid); ok {
				got = z.Name()
			}
			if got != tt.want {
				t.Errorf("%q: got %q, want %q", tt.tzid, got, tt.want)
			}
		})
	}
}

// TestTablesLoad goes through every row of every table.
func TestTablesLoad(t *testing.T) {
	named := func(what, name, iana string) {
		t.Helper()
		z, ok := Named(name)
		if !ok || z.Name() != iana {
			t.Errorf("%s: %q is no %q", what, name, iana)
		}
	}
	for _, r := range windowsZones {
		named("Windows", r.name, r.iana)
		for _, name := range strings.Fields(r.also) {
			named("Windows, also", name, name)
			if w, ok := WindowsName(name); !ok || w != r.name {
				t.Errorf("%s is %q in Windows, want %q", name, w, r.name)
			}
		}
	}
	for _, r := range links {
		named("link", r.iana, r.iana)
		for _, name := range strings.Fields(r.links) {
			named("link", name, r.iana)
		}
	}
	for _, r := range others {
		named("other", r.name, r.iana)
	}
	for _, name := range strings.Fields(rest) {
		named("rest", name, name)
	}
	for _, r := range regions {
		if w := byName(r.windows); w == nil || display(r.shown) != w {
			t.Errorf("%q is not shown for %q", r.shown, r.windows)
		}
	}
	for _, name := range mainCities {
		named("main city", name, name)
	}
	if n := len(windowsZones); n < 139 {
		t.Errorf("%d Windows zones", n)
	}
	if n := len(allNames()); n < 440 {
		t.Errorf("%d zones", n)
	}
}

// TestLinksAreTheSameTime asks the tables of the time package whether a link keeps the time of its zone today.
func TestLinksAreTheSameTime(t *testing.T) {
	for _, r := range links {
		zone := mustNamed(t, r.iana).Location()
		for _, name := range strings.Fields(r.links) {
			link, err := time.LoadLocation(name)
			if err != nil {
				continue // gone from the tables of today
			}
			if at, differ := firstDifference(zone, link, 2024, 2040); differ {
				t.Errorf("%s and %s differ at %v", r.iana, name, at)
			}
		}
	}
}

func TestKey(t *testing.T) {
	tests := []struct {
		name, a, b string
		same       bool
	}{
		{"spellings", "Asia/Calcutta", "asia/kolkata", true},
		{"Windows", "Romance Standard Time", "Europe/Paris", true},
		{"offsets", "GMT+2", "Etc/GMT-2", true},
		{"half hours", "GMT+0530", "UTC+05:30", true},
		{"nothing ahead", "Z", "Greenwich", true},
		{"neighbours", "Europe/Oslo", "Europe/Berlin", false},
		{"half hours apart", "GMT+0530", "GMT-0530", false},
		{"a place and its offset", "Asia/Kolkata", "GMT+0530", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := mustNamed(t, tt.a).Key(), mustNamed(t, tt.b).Key()
			if (a == b) != tt.same {
				t.Errorf("%q and %q", a, b)
			}
		})
	}
}

func TestWindowsName(t *testing.T) {
	tests := []struct{ iana, want string }{
		{"Europe/Berlin", "W. Europe Standard Time"},
		{"Europe/Oslo", "W. Europe Standard Time"},
		{"europe/paris", "Romance Standard Time"},
		{"Asia/Calcutta", "India Standard Time"},
		{"US/Eastern", "Eastern Standard Time"},
		{"UTC", "UTC"},
		{"Etc/GMT+2", "UTC-02"},
		{"Antarctica/Troll", ""},
		{"Europe/Nowhere", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, ok := WindowsName(tt.iana); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: got %q, %v, want %q", tt.iana, got, ok, tt.want)
		}
	}
}

// TestNamedIsCheap keeps names away from the file system and from the heap.
func TestNamedIsCheap(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "W. Europe Standard Time", "US/Eastern"} {
		mustNamed(t, name)
		if n := testing.AllocsPerRun(100, func() { Named(name) }); n > 0 {
			t.Errorf("%q: %v allocations", name, n)
		}
	}
	a, b := mustNamed(t, "Europe/Oslo"), mustNamed(t, "europe/oslo")
	if a != b {
		t.Error("loaded twice")
	}
}

func FuzzNamed(f *testing.F) {
	for _, s := range []string{
		"Europe/Oslo", "(UTC+01:00) Amsterdam, Berlin", "GMT+0200", "/example.org/1/Asia/Calcutta", "Eastern",
		"Z=-1$DO=1$ZN=Romance", "W. Europe Standard Time 1", "(GMT-05.00) Eastern Time (US & Canada)", "+1:2:3", "/",
	} {
		f.Add(s)
	}
	names := allNames()
	f.Fuzz(func(t *testing.T, s string) {
		z, ok := Named(s)
		if ok != (z != nil) {
			t.Fatalf("%v, %v", z, ok)
		}
		if !ok {
			return
		}
		if name := z.Name(); name != "" && !slices.Contains(names, name) {
			t.Errorf("%q is called %q", s, name)
		}
		if again, ok := Named(z.Location().String()); !ok || again.Key() != z.Key() {
			t.Errorf("%q is called %q, which is another", s, z.Location())
		}
	})
}

func BenchmarkNamed(b *testing.B) {
	for _, name := range []string{
		"Europe/Oslo", "W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Oslo",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Customized Time Zone",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Named(name)
			}
		})
	}
}

func BenchmarkInstant(b *testing.B) {
	z := mustNamed(b, "Europe/Oslo")
	b.ReportAllocs()
	for b.Loop() {
		z.Instant(2024, 7, 15, 9, 0, 0)
	}
}
