package bindings

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestSealAndOpen(t *testing.T) {
	s := testSecrets(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		owner, plain := rapid.String().Draw(t, "owner"), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := s.Seal(owner, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Open(owner, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q, %v; want %q", got, err, plain)
		}
		if _, err := s.Open(owner+"x", sealed); err == nil {
			t.Fatal("another owner can open it")
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		sealed[i] ^= 1
		if _, err := s.Open(owner, sealed); err == nil {
			t.Fatalf("opens after byte %d was changed", i)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	sealed, err := testSecrets(t, 1).Seal("ann", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range sealed {
		if _, err := testSecrets(t, 1).Open("ann", sealed[:n]); err == nil {
			t.Errorf("opens when cut to %d bytes", n)
		}
	}
	if _, err := testSecrets(t, 2).Open("ann", sealed); err == nil {
		t.Error("opens under another key")
	}
	again, err := testSecrets(t, 1).Seal("ann", []byte("secret"))
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice as the same bytes, %v", err)
	}
}

func TestNewSecretsWantsAKey(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewSecrets(make([]byte, n), nil); err == nil {
			t.Errorf("takes a key of %d bytes", n)
		}
	}
}

func TestDecodeKey(t *testing.T) {
	key := bytes.Repeat([]byte{0xfb, 0xef}, secretKeySize/2)
	for name, s := range map[string]string{
		"hex":          hex.EncodeToString(key),
		"upper hex":    strings.ToUpper(hex.EncodeToString(key)),
		"base64":       base64.StdEncoding.EncodeToString(key),
		"raw base64":   base64.RawStdEncoding.EncodeToString(key),
		"base64url":    base64.URLEncoding.EncodeToString(key),
		"with newline": base64.StdEncoding.EncodeToString(key) + "\n",
	} {
		if got, err := decodeKey(s); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	for name, s := range map[string]string{
		"empty": "", "short": "c2hvcnQ=", "a passphrase": "correct horse battery staple",
		"long": base64.StdEncoding.EncodeToString(make([]byte, 33)), "hex too short": hex.EncodeToString(key[1:]),
	} {
		_, err := decodeKey(s)
		if err == nil || s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("%s: error %v; want one that does not show the key", name, err)
		}
	}
}

func TestLoadSecretsMakesAFile(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadSecrets(dir, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, SecretKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file %v, %v; want mode 0600", info, err)
	}
	second, err := LoadSecrets(dir, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	wantSameKey(t, first, second)
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("files %v, %v; want only the key", list, err)
	}
}

func wantSameKey(t *testing.T, a, b *Secrets) {
	t.Helper()
	sealed, err := a.Seal("ann", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open("ann", sealed); err != nil {
		t.Errorf("two keys: %v", err)
	}
}

// Processes that start at once all use the key that stays.
func TestLoadSecretsAtOnce(t *testing.T) {
	dir := t.TempDir()
	all := make([]*Secrets, 16)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			s, err := LoadSecrets(dir, "", nil)
			if err != nil {
				t.Error(err)
			}
			all[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, s := range all {
		wantSameKey(t, all[0], s)
	}
}

func TestLoadSecretsFromEnvironment(t *testing.T) {
	dir := t.TempDir()
	key := strings.Repeat("01", secretKeySize)
	a, err := LoadSecrets(dir, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := LoadSecrets(t.TempDir(), key, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantSameKey(t, a, b)
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("files %v, %v; want none", list, err)
	}
	if _, err := LoadSecrets(dir, "no key", nil); err == nil || !strings.Contains(err.Error(), SecretKeyEnv) {
		t.Errorf("bad key: %v", err)
	}
}

func TestLoadSecretsLooksAtTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, SecretKeyFile)
	key := strings.Repeat("01", secretKeySize)
	for _, tc := range []struct {
		name, text string
		mode       os.FileMode
		ok, warn   bool
	}{
		{"right", key, 0o600, true, false},
		{"readable by all", key, 0o644, true, true},
		{"empty", "", 0o600, false, false},
		{"garbage", "garbage", 0o600, false, false},
		{"huge", strings.Repeat("0", 2000), 0o600, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(tc.text), tc.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tc.mode); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			_, err := LoadSecrets(dir, "", slog.New(slog.NewTextHandler(&log, nil)))
			if (err == nil) != tc.ok || strings.Contains(log.String(), "chmod") != tc.warn || strings.Contains(log.String(), key) {
				t.Errorf("error %v, log %q", err, log.String())
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != tc.text {
				t.Errorf("file is now %q, %v", got, err)
			}
		})
	}
	if _, err := LoadSecrets(filepath.Join(dir, "missing"), "", nil); err == nil {
		t.Error("makes a key in a directory that does not exist")
	}
}
