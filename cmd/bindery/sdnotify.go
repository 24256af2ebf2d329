package main

import (
	"net"
	"os"
)

// What systemd is told of (sd_notify(3)).
const (
	sdReady    = "READY=1"
	sdStopping = "STOPPING=1"
)

// sdNotify tells systemd how the server stands, if it is a service of type notify; else nobody. That it was not heard is
// no reason to stop.
func sdNotify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte(state))
	_ = conn.Close()
}
