package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rsaCertificate makes a key pair of the only sort that old phones know.
func rsaCertificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return certificateOf(t, key)
}

// A handset is a client that speaks one version of TLS, and one suite if it is named.
type handset struct {
	name    string
	version uint16
	suite   uint16
}

func (c handset) connect(t *testing.T, url string, pool *x509.CertPool) error {
	t.Helper()
	conf := &tls.Config{RootCAs: pool, MinVersion: c.version, MaxVersion: c.version}
	if c.suite != 0 {
		conf.CipherSuites = []uint16{c.suite}
	}
	conn, err := (&tls.Dialer{Config: conf}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "https://"))
	if err != nil {
		return err
	}
	if got := conn.(*tls.Conn).ConnectionState(); got.Version != c.version || c.suite != 0 && got.CipherSuite != c.suite {
		t.Errorf("%s: version %x, suite %x", c.name, got.Version, got.CipherSuite)
	}
	return conn.Close()
}

// Old phones get in only where the administrator said so, and then with what they have; new ones get what is
// safe all the while.
func TestServeTLSMin(t *testing.T) {
	cert, key, pool := rsaCertificate(t)
	oldest := handset{"TLS 1.0 with triple DES", tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
	handsets := []handset{
		oldest,
		{"TLS 1.0 with AES", tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		{"TLS 1.1", tls.VersionTLS11, 0},
		{"TLS 1.2 with RSA key exchange", tls.VersionTLS12, tls.TLS_RSA_WITH_AES_256_CBC_SHA},
		{"TLS 1.2", tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		{"TLS 1.3", tls.VersionTLS13, 0},
	}
	for _, tt := range []struct {
		name string
		args []string
		in   []bool
	}{
		{"by default", nil, []bool{false, false, false, false, true, true}},
		{"1.0", []string{"--tls-min", "1.0"}, []bool{true, true, true, true, true, true}},
		{"1.1", []string{"--tls-min", "1.1"}, []bool{false, false, true, true, true, true}},
		{"1.3", []string{"--tls-min", "1.3"}, []bool{false, false, false, false, false, true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := serve(t, filepath.Join(t.TempDir(), "data"), append([]string{"--tls-cert", cert, "--tls-key", key}, tt.args...)...)
			for i, h := range handsets {
				if err := h.connect(t, r.url, pool); (err == nil) != tt.in[i] {
					t.Errorf("%s: %v", h.name, err)
				}
			}
			r.end(t)
		})
	}
	if slices.ContainsFunc(oldSuites(), func(id uint16) bool { return strings.Contains(tls.CipherSuiteName(id), "RC4") }) {
		t.Error("RC4 is spoken")
	}
}

// Whoever starts a server for old phones is told what that means, each time; nobody else is.
func TestServeTLSMinWarns(t *testing.T) {
	cert, key, _ := certificate(t)
	for version, want := range map[string]bool{"1.0": true, "1.1": true, "1.2": false, "1.3": false} {
		var said strings.Builder
		run(t.Context(), []string{"--data", filepath.Join(t.TempDir(), "data"), "serve", "--listen", "192.0.2.1:9", "--tls-cert", cert, "--tls-key", key, "--tls-min", version},
			terminal{in: os.Stdin, out: &strings.Builder{}, err: &said})
		if got := strings.Contains(said.String(), "TLS older than 1.2 is spoken"); got != want {
			t.Errorf("--tls-min %s: %s", version, said.String())
		}
	}
}
