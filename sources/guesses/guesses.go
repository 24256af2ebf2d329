// Package guesses bounds how often somebody may guess at a password, without a way to lock out whom the
// password belongs to.
//
// Every failed attempt to log in takes a token from several buckets that fill up again with time; a good one
// puts back what went before it. Whoever guesses at an account from one address empties the buckets of that address alone:
// the account's owner logs in from anywhere else. A device that has logged in before has buckets of its own,
// so that it gets in even from the address of somebody who guesses. Only who guesses from many addresses at
// once keeps new devices of an account out for a while, and never those that it knows.
//
// All is in memory: a restart forgives.
package guesses

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A rate is how many attempts may be made at once, and how many a minute for ever.
type rate struct{ burst, perMinute float64 }

var (
	// ofPair is for one account and one address, or one account, address and known device.
	ofPair = rate{10, 2}
	// ofAddress is for all accounts together.
	ofAddress = rate{60, 10}
	// ofAccount is for all addresses together: more a minute than two addresses can use up.
	ofAccount = rate{300, 20}
)

// maxBuckets bounds the memory: a bucket takes about 100 bytes.
const maxBuckets = 20_000

// A Limit counts attempts to log in. It is safe for concurrent use.
type Limit struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[key]bucket
}

// New makes a Limit by a clock.
func New(now func() time.Time) *Limit { return &Limit{now: now, buckets: map[key]bucket{}} }

// A Try is one attempt to log in.
type Try struct {
	// Name is the account's, whatever its case; it need not exist.
	Name string
	// Address is where the attempt comes from, an IP address without port.
	Address string
	// Device is the id of a device that has logged in to the account before; "" for any other.
	Device string
}

type key [sha256.Size]byte

type bucket struct {
	rate   rate
	tokens float64
	at     time.Time
}

// until fills the bucket up to a time.
func (b bucket) until(now time.Time) bucket {
	if d := now.Sub(b.at); d > 0 {
		b.tokens = min(b.rate.burst, b.tokens+d.Minutes()*b.rate.perMinute)
		b.at = now
	}
	return b
}

// A claim is a bucket that a try takes from.
type claim struct {
	key  key
	rate rate
}

// claims gives the buckets of a try; the first is that of its own pair.
func (t Try) claims() []claim {
	name, address := fold(t.Name), network(t.Address)
	if t.Device != "" {
		return []claim{{keyOf("known", name, address, t.Device), ofPair}, {keyOf("device", name, t.Device), ofAccount}}
	}
	return []claim{{keyOf("pair", name, address), ofPair}, {keyOf("address", address), ofAddress}, {keyOf("account", name), ofAccount}}
}

// Allowed reports whether an attempt may be made. When it is not nobody may look at the password. What
// became of an attempt that may is told by Failed or Good; those that go on at the same time do not hinder
// each other, so that many phones may come at once.
func (l *Limit) Allowed(t Try) bool {
	claims := t.claims()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, c := range claims {
		if l.bucket(c, now).tokens < 1 {
			return false
		}
	}
	return true
}

// Failed counts an attempt that had the wrong password. Whoever made many at once is in debt.
func (l *Limit) Failed(t Try) {
	claims := t.claims()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, c := range claims {
		b := l.bucket(c, now)
		b.tokens--
		l.put(c.key, b)
	}
}

// Good says that an attempt had the right password: what its account failed from its address before was no
// guessing.
func (l *Limit) Good(t Try) {
	claims := t.claims()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	own := l.bucket(claims[0], now)
	failed := own.rate.burst - own.tokens
	if failed <= 0 {
		return
	}
	for _, c := range claims {
		b := l.bucket(c, now)
		if b.tokens += failed; b.tokens >= b.rate.burst {
			delete(l.buckets, c.key)
		} else {
			l.put(c.key, b)
		}
	}
}

func (l *Limit) bucket(c claim, now time.Time) bucket {
	if b, ok := l.buckets[c.key]; ok {
		return b.until(now)
	}
	return bucket{rate: c.rate, tokens: c.rate.burst, at: now}
}

func (l *Limit) put(k key, b bucket) {
	if _, ok := l.buckets[k]; !ok && len(l.buckets) >= maxBuckets {
		l.makeRoom(b.at)
	}
	l.buckets[k] = b
}

// makeRoom removes the buckets that are full again, and if they are few, the fullest tenth: who has guessed
// least is forgiven first.
func (l *Limit) makeRoom(now time.Time) {
	type entry struct {
		key  key
		full float64
	}
	all := make([]entry, 0, len(l.buckets))
	for k, b := range l.buckets {
		if b = b.until(now); b.tokens >= b.rate.burst {
			delete(l.buckets, k)
			continue
		}
		all = append(all, entry{k, b.tokens / b.rate.burst})
	}
	if len(all) < maxBuckets*9/10 {
		return
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.full > b.full {
			return -1
		}
		return 1
	})
	for _, e := range all[:len(all)/10] {
		delete(l.buckets, e.key)
	}
}

// fold makes one of names that are one account's.
func fold(name string) string {
	return norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(name))))
}

// keyOf names a bucket. However long the parts are, it takes 32 bytes.
func keyOf(parts ...string) key {
	h := sha256.New()
	for _, p := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return key(h.Sum(nil))
}
