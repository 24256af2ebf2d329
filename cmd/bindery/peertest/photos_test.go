package peertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// photoBytes is how big the photos are, in base64 and with folds a little less than an item may be.
const photoBytes = 6_000_000

// mostForPhotos is how much memory the server may ever have had: it had some 85 MiB.
const mostForPhotos = 100 << 20

// cardWithPhoto makes a card whose photo nobody else has.
func cardWithPhoto(n int) []byte {
	photo := make([]byte, photoBytes)
	chacha := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = chacha.Read(photo) // it never fails
	var b bytes.Buffer
	fmt.Fprintf(&b, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:photo%d\r\nFN:Person %d\r\nPHOTO;ENCODING=b;TYPE=JPEG:", n, n)
	for text := base64.StdEncoding.EncodeToString(photo); text != ""; {
		line := text[:min(74, len(text))]
		text = text[len(line):]
		b.WriteString("\r\n " + line)
	}
	b.WriteString("\r\nEND:VCARD\r\n")
	return b.Bytes()
}

// TestPhotosInLittleMemory has four programs send great photos at once, fetch all of them, one by one and in one answer, and
// send them again: what comes back is what was sent, and the server holds few of them at a time.
func TestPhotosInLittleMemory(t *testing.T) {
	s := Start(t, program(t))
	s.Account(t, "ann")
	const clients, each = 4, 2
	book := davRoot(t, s) + "/dav/addressbooks/ann/contacts/"
	var cards [clients * each][]byte
	for i := range cards {
		cards[i] = cardWithPhoto(i)
	}
	ask := func(method, url string, body []byte) []byte {
		req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return nil
		}
		req.SetBasicAuth("ann", "ann")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer func() { _ = res.Body.Close() }()
		answer, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode > 299 {
			t.Errorf("%s %s: %d, %v", method, url, res.StatusCode, err)
		}
		return answer
	}
	together := func(do func(client int)) {
		var all sync.WaitGroup
		for i := range clients {
			all.Go(func() { do(i) })
		}
		all.Wait()
	}
	name := func(i int) string { return fmt.Sprintf("%s%d.vcf", book, i) }
	send := func(client int) {
		for i := client; i < len(cards); i += clients {
			ask(http.MethodPut, name(i), cards[i])
		}
	}
	ask(http.MethodOptions, book, nil) // a password that the server does not know yet takes memory of its own
	together(send)
	together(func(client int) {
		for i := range cards {
			if i = (i + client) % len(cards); !bytes.Equal(ask(http.MethodGet, name(i), nil), cards[i]) {
				t.Errorf("photo %d came back as something else", i)
			}
		}
	})
	together(func(int) {
		body := `<c:addressbook-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:prop><c:address-data/></d:prop>`
		for i := range cards {
			body += fmt.Sprintf("<d:href>/dav/addressbooks/ann/contacts/%d.vcf</d:href>", i)
		}
		answer := ask("REPORT", book, []byte(body+"</c:addressbook-multiget>"))
		for i, card := range cards {
			if text := strings.ReplaceAll(string(card), "\r", "&#13;"); !bytes.Contains(answer, []byte(text)) {
				t.Errorf("photo %d is not in the answer", i)
			}
		}
	})
	together(send)
	peak := peakOf(t, s)
	t.Logf("the server had %d MiB", peak>>20)
	if peak > mostForPhotos && !strings.Contains(os.Getenv("GOFLAGS"), "-race") {
		t.Error("that is too much")
	}
}

// peakOf gives the most memory, in bytes, that a running server ever had (proc(5), VmHWM).
func peakOf(t *testing.T, s *Server) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib := 0
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
