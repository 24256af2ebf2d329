package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServeTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	r := serve(t, filepath.Join(t.TempDir(), "data"), "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(r.url, "https://127.0.0.1:") {
		t.Errorf("URL %s", r.url)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	if code, _ := get(t, client, "GET", r.url+"/healthz"); code != 200 {
		t.Errorf("health over TLS: %d", code)
	}
	client.CloseIdleConnections()
	r.end(t)
}

// certificate makes a key pair for the loopback.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certificateOf(t, key)
}

// certificateOf makes a certificate of a key, and files of both.
func certificateOf(t *testing.T, key crypto.Signer) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, data := range map[string][]byte{
		certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

// A server that cannot read its key pair says why and ends, before it makes anything or shows a password.
func TestServeWithoutKeyPair(t *testing.T) {
	cert, key, _ := certificate(t)
	_, other, _ := certificate(t)
	none := filepath.Join(t.TempDir(), "none.pem")
	for _, c := range []struct{ name, cert, key, want string }{
		{"no certificate", none, key, "none.pem"},
		{"no key", cert, none, "none.pem"},
		{"key as certificate", key, key, "key.pem"},
		{"key of another certificate", cert, other, "does not match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			var out, said strings.Builder
			code := run(t.Context(), []string{"--data", data, "serve", "--listen", "127.0.0.1:0", "--tls-cert", c.cert, "--tls-key", c.key},
				terminal{in: os.Stdin, out: &out, err: &said})
			if code != exitFailed || !strings.Contains(said.String(), c.want) || out.Len() > 0 {
				t.Errorf("ended with %d: %s\nprinted %s", code, said.String(), out.String())
			}
			if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("data directory: %v", err)
			}
		})
	}
}
