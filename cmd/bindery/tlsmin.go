package main

import (
	"crypto/tls"
	"errors"
)

// tlsOptions are how HTTPS is served.
type tlsOptions struct {
	Cert string `help:"Certificate file, to serve HTTPS." type:"path" placeholder:"FILE"`
	Key  string `help:"The certificate's private key file." type:"path" placeholder:"FILE"`
	Min  string `help:"Oldest version of TLS that is spoken: 1.0, 1.1, 1.2 or 1.3. Below 1.2 only for old phones; it is not safe." enum:"1.0,1.1,1.2,1.3" default:"1.2"`
}

var tlsVersions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// Validate checks what can be checked before anything is touched. Kong calls it.
func (o *tlsOptions) Validate() error {
	if (o.Cert == "") != (o.Key == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if o.Cert == "" && o.Min != "1.2" {
		return errors.New("--tls-min goes with --tls-cert")
	}
	return nil
}

// old reports whether versions are spoken that are not safe any more (RFC 8996).
func (o *tlsOptions) old() bool { return o.Cert != "" && tlsVersions[o.Min] < tls.VersionTLS12 }

// config gives how HTTPS is served with a key pair.
func (o *tlsOptions) config(pair tls.Certificate) *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tlsVersions[o.Min]}
	if o.old() {
		c.CipherSuites = oldSuites()
	}
	return c
}

// oldSuites are the cipher suites of Go's choice and behind them those that phones of TLS 1.0 have: RSA key
// exchange, CBC, and triple DES, which is the one that every phone had. RC4 is not among them: its text can be
// read (RFC 7465), and a phone that has nothing else is better off without TLS, where it knows what it gets.
func oldSuites() []uint16 {
	var all []uint16
	for _, s := range tls.CipherSuites() {
		all = append(all, s.ID)
	}
	return append(all, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)
}
