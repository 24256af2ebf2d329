package guesses

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A desk is a Limit with a clock.
type desk struct {
	*Limit
	now time.Time
}

func newDesk() *desk {
	d := &desk{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	d.Limit = New(func() time.Time { return d.now })
	return d
}

// guess makes n attempts with a wrong password and gives how many were looked at.
func (d *desk) guess(t Try, n int) int {
	tried := 0
	for range n {
		if d.Allowed(t) {
			d.Failed(t)
			tried++
		}
	}
	return tried
}

func TestGuessesFromOneAddressAreFew(t *testing.T) {
	d := newDesk()
	thief := Try{Name: "ada", Address: "192.0.2.66"}
	if n := d.guess(thief, 100); n != 10 {
		t.Errorf("%d guesses at once", n)
	}
	d.now = d.now.Add(time.Hour)
	if n := d.guess(thief, 100); n != 10 {
		t.Errorf("%d guesses after an hour", n)
	}
	n := 0
	for range 24 * 60 {
		d.now = d.now.Add(time.Minute)
		n += d.guess(thief, 100)
	}
	if n > 24*60*2 {
		t.Errorf("%d guesses in a day", n)
	}
}

// TestTheOwnerGetsIn while somebody guesses at the account, for a day.
func TestTheOwnerGetsIn(t *testing.T) {
	for _, c := range []struct {
		name         string
		thief, owner Try
	}{
		{"from another address, with a new device", Try{"ada", "192.0.2.66", ""}, Try{"ada", "192.0.2.1", ""}},
		{"from the same address, with a known device", Try{"ada", "192.0.2.66", ""}, Try{"ada", "192.0.2.66", "dev1"}},
		{"from another address, the thief knows the device", Try{"ada", "192.0.2.66", "dev1"}, Try{"ada", "192.0.2.1", "dev1"}},
		{"from the same address, another device of hers", Try{"ada", "192.0.2.66", "dev1"}, Try{"ada", "192.0.2.66", "dev2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk()
			for range 24 * 60 {
				d.now = d.now.Add(time.Minute)
				d.guess(c.thief, 10)
				if !d.Allowed(c.owner) {
					t.Fatal("the owner is locked out")
				}
				d.Good(c.owner)
			}
			if n := d.guess(c.thief, 100); n > 2 {
				t.Errorf("the thief was forgiven: %d guesses", n)
			}
		})
	}
}

// TestManyAddresses: guessing from a thousand addresses is bounded too, and devices that the account knows
// do not suffer.
func TestManyAddresses(t *testing.T) {
	d := newDesk()
	n := 0
	for i := range 1000 {
		n += d.guess(Try{Name: "ada", Address: fmt.Sprintf("198.51.%d.%d", i/250, i%250)}, 5)
	}
	if n != 300 {
		t.Errorf("%d guesses from many addresses", n)
	}
	if !d.Allowed(Try{Name: "ada", Address: "192.0.2.1", Device: "dev1"}) {
		t.Error("a known device is locked out")
	}
	if !d.Allowed(Try{Name: "ben", Address: "192.0.2.1"}) {
		t.Error("another account is locked out")
	}
}

// TestManyAccounts: one address cannot try one password at every account.
func TestManyAccounts(t *testing.T) {
	d := newDesk()
	n := 0
	for i := range 1000 {
		n += d.guess(Try{Name: fmt.Sprint("user", i), Address: "192.0.2.66"}, 1)
	}
	if n != 60 {
		t.Errorf("%d guesses", n)
	}
}

func TestOneAccountByManyNames(t *testing.T) {
	for _, c := range []struct{ what, a, b string }{
		{"case", "ada", "ADA"}, {"width", "ada", "ａｄａ"}, {"case folding", "straße", "STRASSE"},
	} {
		d := newDesk()
		d.guess(Try{Name: c.a, Address: "192.0.2.66"}, 10)
		if d.Allowed(Try{Name: c.b, Address: "192.0.2.66"}) {
			t.Errorf("%s: %s counts for itself", c.what, c.b)
		}
	}
}

func TestOneCustomerByManyAddresses(t *testing.T) {
	d := newDesk()
	d.guess(Try{Name: "ada", Address: "2001:db8::1"}, 10)
	if d.Allowed(Try{Name: "ada", Address: "2001:db8::ffff:1"}) {
		t.Error("an address of the same network counts for itself")
	}
	if !d.Allowed(Try{Name: "ada", Address: "2001:db8:0:1::1"}) {
		t.Error("the network next door is locked out")
	}
	d.guess(Try{Name: "ben", Address: "::ffff:192.0.2.66"}, 10)
	if d.Allowed(Try{Name: "ben", Address: "192.0.2.66"}) {
		t.Error("an IPv4 address in IPv6 counts for itself")
	}
}

// TestGoodForgives: a phone that takes three attempts at each log-in, for its nonce is stale, may do so for
// ever, however many there are behind one address.
func TestGoodForgives(t *testing.T) {
	d := newDesk()
	for i := range 1000 {
		try := Try{Name: fmt.Sprint("user", i), Address: "192.0.2.1"}
		if d.guess(try, 3) != 3 || !d.Allowed(try) {
			t.Fatalf("phone %d is locked out", i)
		}
		d.Good(try)
	}
	if len(d.buckets) != 0 {
		t.Errorf("%d buckets are left", len(d.buckets))
	}
}

// TestAtOnce: a thousand phones that log in at the same moment do not hinder each other; a thousand guesses
// at the same moment are paid for.
func TestAtOnce(t *testing.T) {
	d := newDesk()
	try := Try{Name: "ada", Address: "192.0.2.1"}
	for range 1000 {
		if !d.Allowed(try) {
			t.Fatal("who has failed nothing is locked out")
		}
	}
	for range 1000 {
		d.Failed(try)
	}
	d.now = d.now.Add(8 * time.Hour)
	if d.Allowed(try) {
		t.Error("a thousand guesses at once are forgiven in a night")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	d := newDesk()
	thief := Try{Name: "ada", Address: "192.0.2.66"}
	d.guess(thief, 10)
	for i := range maxBuckets * 21 / 20 {
		d.Failed(Try{Name: fmt.Sprint("user", i), Address: fmt.Sprint("host", i)})
		if len(d.buckets) > maxBuckets+3 {
			t.Fatalf("%d buckets", len(d.buckets))
		}
	}
	if d.Allowed(thief) {
		t.Error("who has guessed most was forgiven first")
	}
}

// TestClockBackwards: a clock that is set back neither locks out nor forgives for ever.
func TestClockBackwards(t *testing.T) {
	d := newDesk()
	try := Try{Name: "ada", Address: "192.0.2.1"}
	d.guess(try, 5)
	d.now = d.now.Add(-24 * time.Hour)
	if n := d.guess(try, 100); n != 5 {
		t.Errorf("%d guesses", n)
	}
}

// TestNeverMoreThanTheRate: whatever is mixed, failures of one pair stay below what its rate allows.
func TestNeverMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk()
		start, failed := d.now, 0
		thief := Try{Name: "ada", Address: "192.0.2.66"}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
			switch rapid.SampledFrom([]string{"guess", "owner", "other"}).Draw(t, "who") {
			case "guess":
				failed += d.guess(thief, 1)
			case "owner":
				d.Good(Try{Name: "ada", Address: "192.0.2.1"})
			case "other":
				d.Good(Try{Name: "eve", Address: "192.0.2.66"})
			}
		}
		if most := ofPair.burst + d.now.Sub(start).Minutes()*ofPair.perMinute; float64(failed) > most+1e-6 {
			t.Fatalf("%d failures, %f allowed", failed, most)
		}
	})
}

func TestBehind(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct{ name, from, header, want string }{
		{"no proxy", "192.0.2.1:99", "203.0.113.5", "192.0.2.1"},
		{"a proxy", "10.1.2.3:99", "203.0.113.5", "203.0.113.5"},
		{"a proxy by IPv6", "[::1]:99", "203.0.113.5", "203.0.113.5"},
		{"a proxy by IPv4 in IPv6", "[::ffff:10.1.2.3]:99", "203.0.113.5", "203.0.113.5"},
		{"two proxies", "10.1.2.3:99", "203.0.113.5, 10.9.9.9", "203.0.113.5"},
		{"what the client made up", "10.1.2.3:99", "198.51.100.7, 203.0.113.5", "203.0.113.5"},
		{"no header", "10.1.2.3:99", "", "10.1.2.3"},
		{"nonsense", "10.1.2.3:99", "unknown", "10.1.2.3"},
		{"only proxies", "10.1.2.3:99", "10.1.1.1", "10.1.2.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			h := Behind(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Address(r) }))
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.RemoteAddr = c.from
			if c.header != "" {
				r.Header.Set("X-Forwarded-For", c.header)
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("comes from %s, want %s", got, c.want)
			}
		})
	}
}
