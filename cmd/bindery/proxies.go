package main

import (
	"net/netip"
)

// proxies is the option that names the proxies before the server.
type proxies struct {
	TrustedProxy []string `help:"Address or network of a proxy before the server, whose X-Forwarded-For tells where requests come from; may be given several times." placeholder:"ADDRESS"`
}

// prefixes gives the networks, or a usage error.
func (p proxies) prefixes() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range p.TrustedProxy {
		if a, err := netip.ParseAddr(text); err == nil {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usagef("--trusted-proxy: %q is neither an address nor a network like 192.0.2.0/24", text)
		}
		all = append(all, n.Masked())
	}
	return all, nil
}
