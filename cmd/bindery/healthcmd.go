package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// healthCmd is "bindery health".
type healthCmd struct {
	URL     string        `arg:"" optional:"" name:"url" default:"http://127.0.0.1:8080" help:"The server's address."`
	Timeout time.Duration `help:"How long it may take to answer." default:"8s"`
}

type jsonHealth struct {
	URL   string `json:"url" says:"the address that was asked"`
	Ready bool   `json:"ready" says:"whether the server takes work"`
}

// maxHealth bounds what is read of an answer.
const maxHealth = 1 << 10

// Run asks a server whether it takes work. A server on this machine may have a certificate for another name than the one
// that it is asked by here.
func (c *healthCmd) Run(ctx context.Context, term *terminal) error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usagef("health: %q is no address like http://127.0.0.1:8080", c.URL)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath(readyPath).String(), nil)
	if err != nil {
		return usagef("health: %q is no address like http://127.0.0.1:8080", c.URL)
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: onLoopback(u.Hostname())}, // nobody is between a machine and itself
	}}
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxHealth)) // the status says enough
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %d %s", res.StatusCode, strings.TrimSpace(string(text)))
	}
	return term.say(jsonHealth{c.URL, true}, "ready\n")
}

// onLoopback reports whether a host is this machine.
func onLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
