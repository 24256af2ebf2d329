package face

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Nobody who wants much room keeps those waiting who want little, once it is given up, and nobody waits for ever.
func TestRoom(t *testing.T) {
	r := newRoom(4 * place)
	ctx := t.Context()
	all, err := r.enter(ctx, 1000*place)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.enter(gone, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	all()
	all() // a second time changes nothing
	for range 4 {
		if _, err := r.enter(ctx, place/2); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.free) != 0 {
		t.Errorf("%d places are free", len(r.free))
	}
}

// What is written comes out whole and in order, whether it waited or not, and an error of the line is told.
func TestSluice(t *testing.T) {
	rec := httptest.NewRecorder()
	s := newSluice(rec)
	defer s.drop()
	var want bytes.Buffer
	put := func(text string) {
		want.WriteString(text)
		if _, err := s.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range []string{strings.Repeat("a", 3*onePiece+1), "b", ""} {
		put(fmt.Sprint("before", i))
		s.shut()
		seen := rec.Body.Len()
		put(text)
		put("more")
		if rec.Body.Len() != seen {
			t.Error("something came through")
		}
		s.open()
		s.open()
		if rec.Body.String() != want.String() {
			t.Fatalf("%d bytes, want %d", rec.Body.Len(), want.Len())
		}
	}
	s.to = broken{}
	s.shut()
	put("lost")
	s.open()
	if _, err := s.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// A broken line takes nothing.
type broken struct{}

// Write implements io.Writer.
func (broken) Write([]byte) (int, error) { return 0, net.ErrClosed }

// A client that asks for something big and does not read it holds up nobody else who does the same, nor does one that
// begins to send something big and does not go on.
func TestSlowClientsHoldUpNobody(t *testing.T) {
	w := newWorld(t)
	big := strings.Replace(cardOf("big", "Big"), "END:", "PHOTO;ENCODING=b:"+strings.Repeat("QUJD", 6<<20/4)+"\r\nEND:", 1)
	w.ask(http.StatusCreated, "PUT", contacts+"big", big)
	fetch := request("card:addressbook-multiget", "<d:href>"+contacts+"big</d:href><d:href>"+contacts+"big</d:href>", "card:address-data")
	sign := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:ann")) + "\r\nHost: here\r\n"
	for _, text := range []string{
		"GET " + contacts + "big HTTP/1.1\r\n" + sign + "\r\n",
		fmt.Sprintf("REPORT %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", contacts, sign, len(fetch), fetch),
		fmt.Sprintf("PUT %sbig HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", contacts, sign, len(big), big[:2*bigBody]),
	} {
		for range 3 {
			line, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.srv.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = line.Close() }()
			if _, err := line.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(text, "PUT") { // it is being answered
				if answer, err := bufio.NewReaderSize(line, 16).ReadString('\n'); err != nil || !strings.Contains(answer, " 20") {
					t.Fatal(answer, err)
				}
			}
		}
		if got := w.ask(http.StatusOK, "GET", contacts+"big", ""); got.body != big {
			t.Errorf("%d bytes", len(got.body))
		}
		w.ask(http.StatusNoContent, "PUT", contacts+"big", big)
	}
}
