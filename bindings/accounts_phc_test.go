package bindings

import (
	"bytes"
	"strings"
	"testing"
)

func TestPHC(t *testing.T) {
	p := newPHC()
	p.salt, p.sum = []byte("0123456789abcdef"), bytes.Repeat([]byte{7}, sumSize)
	const want = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
	if got := p.String(); got != want {
		t.Errorf("prints as %s, want %s", got, want)
	}
	back, err := parsePHC(want)
	if err != nil || back.String() != want {
		t.Errorf("reads as %v, %v", back, err)
	}
	for name, s := range map[string]string{
		"empty":           "",
		"another kind":    strings.Replace(want, "argon2id", "argon2i", 1),
		"another version": strings.Replace(want, "v=19", "v=16", 1),
		"text behind":     want + "$",
		"costs behind":    strings.Replace(want, "p=1", "p=1,x=2", 1),
		"too much memory": strings.Replace(want, "m=19456", "m=1000000", 1),
		"no passes":       strings.Replace(want, "t=2", "t=0", 1),
		"no lanes":        strings.Replace(want, "p=1", "p=0", 1),
		"too many lanes":  strings.Replace(want, "p=1", "p=256", 1),
		"negative":        strings.Replace(want, "t=2", "t=-2", 1),
		"no salt":         strings.Replace(want, "MDEyMzQ1Njc4OWFiY2RlZg", "", 1),
		"bad base64":      strings.Replace(want, "MDEy", "?DEy", 1),
		"short sum":       want[:len(want)-30],
	} {
		if got, err := parsePHC(s); err == nil {
			t.Errorf("%s: %q reads as %v", name, s, got)
		}
	}
}

// The first sum is a test vector of the reference implementation (phc-winner-argon2, test.c).
func TestDeriveArgon2(t *testing.T) {
	p, err := parsePHC("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil {
		t.Fatal(err)
	}
	if got := deriveArgon2("password", p); !bytes.Equal(got, p.sum) {
		t.Errorf("sum %x, want %x", got, p.sum)
	}
	if bytes.Equal(deriveArgon2("Password", p), p.sum) {
		t.Error("another password has the same sum")
	}
	fresh := newPHC()
	fresh.salt = p.salt
	if got := deriveArgon2("password", fresh); len(got) != sumSize || bytes.Equal(got, p.sum) {
		t.Errorf("sum with other costs %x", got)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err == nil && (!p.sane() || p.String() != s) {
			t.Errorf("%q reads as %s", s, p)
		}
	})
}
