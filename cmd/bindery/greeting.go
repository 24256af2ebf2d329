package main

import (
	"fmt"
	"net"
	"os"
	"strings"
)

// A greeting is what serve prints when it is ready.
type greeting struct {
	// url is the server's address as its users see it, without a slash at the end.
	url string
	// data is the data directory.
	data string
	// password is that of the account that was just made, if it was generated.
	first firstAccount
	// phones is the --listen that phones on the network need; empty where they reach the server.
	phones string
	// open tells that passwords cross the network in the clear.
	open bool
}

// greeting says how the server that listens on addr is reached.
func (c *serveCmd) greeting(addr net.Addr, data string, first firstAccount) greeting {
	g := greeting{url: c.BaseURL, data: data, first: first}
	host, port, _ := net.SplitHostPort(addr.String()) // a TCP address always has both
	ip := net.ParseIP(host)
	if ip.IsLoopback() {
		g.phones = net.JoinHostPort(networkAddress(), port)
	}
	if g.url == "" {
		scheme := "http"
		if c.TLS.Cert != "" {
			scheme = "https"
		}
		if ip.IsUnspecified() {
			host = networkAddress()
		}
		g.url = scheme + "://" + net.JoinHostPort(host, port)
	}
	g.open = !ip.IsLoopback() && strings.HasPrefix(g.url, "http://")
	return g
}

// networkAddress gives the address that the machine has on its network, or 0.0.0.0, which means all.
func networkAddress() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return net.IPv4zero.String()
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return net.IPv4zero.String()
}

// String gives the greeting as it is printed.
func (g greeting) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("Bindery is ready.")
	line("  SyncML URL  %s%s", g.url, syncMLPath)
	line("  web pages   %s/v2/syncengine/", g.url)
	line("  account     %s", g.first)
	line("  new user    %s --data %s account add NAME", program(os.Args[0]), g.data)
	if g.phones != "" {
		line("  phones      reach only a server that is started with --listen %s", g.phones)
	}
	if g.open {
		line("WARNING: passwords cross the network in the clear. Use --tls-cert and --tls-key,")
		line("or a proxy that speaks TLS and --base-url https://...")
	}
	return b.String()
}

// program gives what the user types to run this program.
func program(arg0 string) string {
	if strings.Contains(arg0, "go-build") {
		return "go run ./cmd/bindery"
	}
	return arg0
}

// A firstAccount is the administrator that the first start makes.
type firstAccount struct {
	name string
	// generated is the password, if nobody chose it; it is shown once.
	generated string
	// made tells that this start made it.
	made bool
}

// String says who logs in and how.
func (f firstAccount) String() string {
	switch {
	case f.generated != "":
		return fmt.Sprintf("%s, password %s (shown this once)", f.name, f.generated)
	case f.made:
		return fmt.Sprintf("%s, password as in $%s", f.name, adminPasswordEnv)
	}
	return f.name
}
