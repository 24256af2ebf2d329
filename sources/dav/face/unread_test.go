package face

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// The user's fear: one photo that is too big, and nothing is synchronised any more, for the program that sends it reads no
// answer before it has sent all, and takes the closed line for a server that is down.
func TestTooBigIsSaidToWhoSendsItAll(t *testing.T) {
	const size = 24 << 20 // more than lines hold on their way
	for _, c := range []struct{ name, method, path, head string }{
		{"a length", "PUT", contacts + "big.vcf", fmt.Sprintf("Content-Length: %d\r\n\r\n", size)},
		{"in pieces", "PUT", contacts + "big.vcf", fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", size)},
		{"a new member", "POST", contacts + "?add-member", fmt.Sprintf("Content-Type: text/vcard\r\nContent-Length: %d\r\n\r\n", size)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.limit = 1 << 20
			w.open()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.srv.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			const who = "Host: x\r\nAuthorization: Basic YW5uOmFubg==\r\n"
			if _, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\n%s%s", c.method, c.path, who, c.head); err != nil {
				t.Fatal(err)
			}
			piece := []byte(strings.Repeat("x", 1<<20))
			for range size / len(piece) {
				if _, err = conn.Write(piece); err != nil {
					t.Fatalf("the line was closed: %v", err)
				}
			}
			if strings.Contains(c.head, "chunked") {
				_, err = io.WriteString(conn, "\r\n0\r\n\r\n")
			}
			if err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(conn)
			for _, want := range []int{http.StatusForbidden, http.StatusNotFound} { // the line goes on
				res, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != want || want == http.StatusForbidden && !strings.Contains(string(body), "max-resource-size") {
					t.Fatalf("%v %s %s", err, res.Status, body)
				}
				if _, err = fmt.Fprintf(conn, "GET %snone.vcf HTTP/1.1\r\n%s\r\n", contacts, who); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Who asks for leave before he sends gets the refusal at once, and who says to send without end is not waited for.
func TestTooBigIsNotWaitedFor(t *testing.T) {
	for _, head := range []string{"Expect: 100-continue\r\nContent-Length: 24000000\r\n\r\n", "Content-Length: 9000000000\r\n\r\n"} {
		w := newWorld(t)
		w.limit = 1 << 20
		w.open()
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.srv.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = fmt.Fprintf(conn, "PUT %sbig.vcf HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOmFubg==\r\n%s", contacts, head); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		_ = conn.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %s", head, res.Status)
		}
	}
}
