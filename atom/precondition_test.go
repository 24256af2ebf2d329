package atom

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
)

// own wraps elements of Bindery's namespace into an entry.
func own(elements string) string {
	return `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:b="urn:bindery:sync:1">` + elements + `</entry>`
}

// TestTwoWhoSawTheSame is the fear of two people who decide at the same time: both are told that it is done, and one
// decision is lost. Of writers with the same ETag one is answered 200, and what he wrote stands.
func TestTwoWhoSawTheSame(t *testing.T) {
	const writers = 4
	s := routeServer(t)
	shelf := contentPath + "/" + s.datastore(s.admin.ID).ID + "/Contacts/"
	for i := range 3 {
		s.card(s.admin.ID, fmt.Sprint("card", i), "Ada Example")
	}
	tests := []struct {
		name, path string
		body       func(n int) string
	}{
		{"a binding", "/v2/syncengine/15", func(n int) string {
			return own("<b:delete_wins>" + yesNo(n%2 == 0) + "</b:delete_wins><b:ask_slow>true</b:ask_slow>")
		}},
		{"the title of a client", "/v2/services/syncml/" + phoneID, func(n int) string { return own(fmt.Sprintf("<title>Phone %d</title>", n)) }},
		{"a schedule", "/v2/syncengine/schedules/3", func(n int) string { return own(fmt.Sprintf("<b:interval>%dm</b:interval>", 10+n)) }},
		{"an item", shelf + "card0", func(n int) string { return entryWith(cardType, cardText(fmt.Sprint("Writer ", n))) }},
		{"an item that is deleted meanwhile", shelf + "card1", func(n int) string {
			if n%2 == 0 {
				return ""
			}
			return entryWith(cardType, cardText(fmt.Sprint("Writer ", n)))
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			tag := s.ask("admin", "GET", tc.path, "").header.Get("ETag")
			var got [writers]reply
			var wg sync.WaitGroup
			for n := range writers {
				wg.Go(func() {
					method, body := "PUT", tc.body(n)
					if body == "" {
						method = "DELETE"
					}
					got[n] = s.ask("admin", method, tc.path, body, "If-Match", tag)
				})
			}
			wg.Wait()
			done := 0
			for _, g := range got {
				switch g.status {
				case 200:
					done++
				case 412, 404: // 404: it was deleted before
				default:
					t.Errorf("%d %s", g.status, g.body)
				}
			}
			if done != 1 {
				t.Errorf("%d of %d writers who saw the same were told that it is done", done, writers)
			}
		})
	}
}

// TestWritersWithoutConditions: who asks for no condition is never told that one was not met.
func TestWritersWithoutConditions(t *testing.T) {
	s := routeServer(t)
	path := contentPath + "/" + s.datastore(s.admin.ID).ID + "/Contacts/card"
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			s.wantStatus(fmt.Sprint("writer ", n), s.ask("admin", "PUT", path, entryWith(cardType, cardText(fmt.Sprint("Writer ", n)))), 200)
		})
	}
	wg.Wait()
}

func TestConditions(t *testing.T) {
	s := routeServer(t)
	shelf := contentPath + "/" + s.datastore(s.admin.ID).ID + "/Contacts/"
	card := entryWith(cardType, cardText("Somebody Else"))
	tag := func(path string) string { return s.ask("admin", "GET", path, "").header.Get("ETag") }
	for _, tc := range []struct {
		name, method, path, body, header, value string
		status                                  int
		sentence                                string
	}{
		{"PUT only if it is not there", "PUT", shelf + "card", card, "If-None-Match", "*", 412, "It is there already"},
		{"PUT of a binding so", "PUT", "/v2/syncengine/15", entryOf("", "", "target"), "If-None-Match", "*", 412, "It is there already"},
		{"DELETE only if it is not there", "DELETE", shelf + "card", "", "If-None-Match", "*", 412, "It is there already"},
		{"PUT unless it is this", "PUT", shelf + "card", card, "If-None-Match", tag(shelf + "card"), 412, "It is there already"},
		{"PUT of what is not there", "PUT", shelf + "nobody", card, "If-None-Match", "*", 404, "Unknown item"},
		{"start only if the log is that", "POST", "/v2/syncengine/15/synchronization/", "", "If-Match", `"x"`, 412, "It has changed"},
		{"restore only if it is that", "POST", "/v2/syncengine/history/3", "", "If-Match", `"x"`, 412, "It has changed"},
		{"look only if it is that", "GET", "/v2/syncengine/15", "", "If-Match", `"stale"`, 412, "It has changed"},
		{"look at a list so", "GET", "/v2/syncengine/", "", "If-Match", `"stale"`, 412, "It has changed"},
		{"look if it is still that", "GET", "/v2/syncengine/15", "", "If-Match", tag("/v2/syncengine/15"), 200, ""},
		{"look if there is anything", "GET", "/v2/syncengine/15", "", "If-Match", "*", 200, ""},
		{"PUT if there is anything", "PUT", "/v2/syncengine/15", entryOf("", "", "target"), "If-Match", "*", 200, ""},
		{"PUT unless it is an old one", "PUT", "/v2/syncengine/15", entryOf("", "", "source"), "If-None-Match", `"old"`, 200, ""},
	} {
		got := s.ask("admin", tc.method, tc.path, tc.body, tc.header, tc.value)
		if got.status != tc.status || !strings.Contains(got.body, tc.sentence) {
			t.Errorf("%s: %d %q, want %d %q", tc.name, got.status, got.body, tc.status, tc.sentence)
		}
	}
	if got := s.ask("admin", "GET", shelf+"card", ""); !strings.Contains(got.body, "Ada Example") {
		t.Errorf("overwritten: %s", got.body)
	}
}

// TestBrokenBodies: whoever sends half a request is told so, and can fill no log with errors of the server.
func TestBrokenBodies(t *testing.T) {
	s := routeServer(t)
	store := contentPath + "/" + s.datastore(s.admin.ID).ID
	short := "Content-Length: 500\r\n\r\n<entry>"
	for _, tc := range []struct{ name, request, media, rest string }{
		{"no chunk", "POST /v2/syncengine/", "application/atom+xml", "Transfer-Encoding: chunked\r\n\r\nZZ\r\n"},
		{"a chunk cut off", "POST /v2/syncengine/", "application/atom+xml", "Transfer-Encoding: chunked\r\n\r\n50\r\n<entry"},
		{"a binding cut off", "PUT /v2/syncengine/15", "application/atom+xml", short},
		{"with a condition", "PUT /v2/syncengine/15", "application/atom+xml", "If-Match: *\r\n" + short},
		{"an item cut off", "POST " + store + "/Contacts", "text/vcard", short},
		{"a file cut off", "POST " + store, "text/vcard", short},
		{"a start cut off", "POST /v2/syncengine/15/synchronization/", "application/atom+xml", short},
		{"no gzip", "POST /v2/syncengine/", "application/atom+xml", "Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\n<entry>"},
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		s.must(err)
		_, err = fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\nContent-Type: %s\r\n%s", tc.request, s.secret, tc.media, tc.rest)
		s.must(err)
		s.must(c.(*net.TCPConn).CloseWrite())
		var answer bytes.Buffer
		_, err = answer.ReadFrom(c)
		s.must(err)
		s.must(c.Close())
		if !strings.HasPrefix(answer.String(), "HTTP/1.1 400 ") || !strings.Contains(answer.String(), "The body is cut short") {
			t.Errorf("%s: %s", tc.name, answer.String())
		}
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Error(s.log.String())
	}
}

// zippedText is a text as gzip.
func zippedText(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.String()
}

// TestCompressedBodies: what is sent compressed is stored as what it is, never as the bytes of a gzip file that then go
// to every phone; a bomb bursts at the bounds that hold for everything.
func TestCompressedBodies(t *testing.T) {
	s := routeServer(t)
	store := contentPath + "/" + s.datastore(s.admin.ID).ID
	for _, tc := range []struct {
		name, method, path, media, coding, body string
		status                                  int
		says                                    string
	}{
		{"a note", "POST", store + "/Notes", "text/plain", "gzip", zippedText("Hello note"), 201, "Hello note"},
		{"a file", "POST", store, "text/vcard", "gzip", zippedText(twoCards), 200, "2 read"},
		{"a binding", "PUT", "/v2/syncengine/15", "application/atom+xml", "x-gzip", zippedText(entryOf("", "", "target")), 200, "target"},
		{"as it is", "POST", store + "/Notes", "text/plain", "identity", "Plain note", 201, "Plain note"},
		{"a bomb", "POST", store + "/Notes", "text/plain", "gzip", zippedText(strings.Repeat("a", maxItem+1)), 413, "too big"},
		{"a small bomb", "PUT", "/v2/syncengine/15", "application/atom+xml", "gzip", zippedText(strings.Repeat(" ", maxBody+1)), 413, "too big"},
		{"half of it", "POST", store + "/Notes", "text/plain", "gzip", zippedText("Hello note")[:15], 400, "cut short"},
		{"twice", "POST", store + "/Notes", "text/plain", "gzip, gzip", zippedText(zippedText("x")), 415, "content coding gzip"},
		{"another one", "POST", store + "/Notes", "text/plain", "br", "x", 415, "content coding gzip"},
	} {
		got := s.ask("admin", tc.method, tc.path, tc.body, "Content-Type", tc.media, "Content-Encoding", tc.coding)
		if got.status != tc.status || !strings.Contains(got.body, tc.says) {
			t.Errorf("%s: %d %.200q, want %d %q", tc.name, got.status, got.body, tc.status, tc.says)
		}
		if tc.status == 415 && got.header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("%s: %v", tc.name, got.header)
		}
	}
}

// TestWhatIsGivenIsTaken: get, change, put is how a program edits (RFC 5023 section 9.3), also what XML cannot carry.
func TestWhatIsGivenIsTaken(t *testing.T) {
	s := newServer(t, nil)
	store := s.datastore(s.admin.ID)
	for _, tc := range []struct {
		name  string
		class dataclass.Class
		media string
		body  string
	}{
		{"Latin-1", dataclass.Contacts, "text/x-vcard;version=2.1", "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1:M\xfcller;Bea\r\nEND:VCARD\r\n"},
		{"a control character", dataclass.Contacts, cardType, "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Bell;Ada;;;\r\nFN:Ada\x07Bell\r\nEND:VCARD\r\n"},
		{"a NUL in a note", dataclass.Notes, "text/plain", "before\x00after"},
		{"a vNote", dataclass.Notes, "text/x-vnote", "BEGIN:VNOTE\r\nVERSION:1.1\r\nBODY:a\x07b\r\nEND:VNOTE\r\n"},
		{"an event", dataclass.Events, "text/x-vcalendar;version=1.0", "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nSUMMARY:T\xe9\r\nDTSTART:20090402T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			items := s.items.Items(s.admin.ID, store.ID)
			it, err := items.Put(t.Context(), tc.class, "", "", dataclass.Body{Type: tc.media, Data: []byte(tc.body)})
			s.must(err)
			path := contentPath + "/" + store.ID + "/" + string(tc.class) + "/" + string(it.ID)
			given := s.ask("admin", "GET", path, "")
			if !strings.Contains(given.body, inBase64) {
				t.Fatalf("not in base64: %s", given.body)
			}
			s.wantStatus("put back", s.ask("admin", "PUT", path, given.body, "If-Match", given.header.Get("ETag")), 200)
			now, err := items.Get(t.Context(), tc.class, it.ID)
			s.must(err)
			if string(now.Body.Data) != tc.body || dataclass.ParseFormat(now.Body.Type).Type != dataclass.ParseFormat(tc.media).Type {
				t.Errorf("became %q %q", now.Body.Type, now.Body.Data)
			}
			s.wantStatus("added once more", s.ask("admin", "POST", contentPath+"/"+store.ID+"/"+string(tc.class), given.body), 201)
		})
	}
	s.wantSentence("no base64", s.ask("admin", "POST", contentPath+"/"+store.ID+"/Notes", entryWith(inBase64, "?")), 400, "The item cannot be read")
}

// TestTokensMakeNoAdministrators: a stolen token must not become an account that may do everything, and one that may
// only read shows nobody else's items.
func TestTokensMakeNoAdministrators(t *testing.T) {
	s := routeServer(t)
	ask := func(method, path, body string) reply {
		return s.ask("", method, path, body, "Authorization", "Bearer "+s.secret)
	}
	admin := own("<title>esc</title><b:password>esc-password-1</b:password><b:admin>true</b:admin>")
	s.wantSentence("make one", ask("POST", "/v2/accounts/", admin), 403, "password of the account")
	s.wantSentence("make bob one", ask("PUT", "/v2/accounts/"+s.bob.ID, own("<b:admin>true</b:admin>")), 403, "password of the account")
	s.wantSentence("be none", ask("PUT", "/v2/accounts/"+s.admin.ID, own("<b:admin>false</b:admin>")), 403, "password of the account")
	s.wantStatus("make a user", ask("POST", "/v2/accounts/", own("<title>usr</title><b:password>usr-password-1</b:password>")), 201)
	s.wantStatus("make one by password", s.ask("admin", "POST", "/v2/accounts/", admin), 201)
	_, secret, err := s.store.CreateToken(t.Context(), s.admin.ID, bindings.NewToken{Label: "reader", Scope: "read"})
	s.must(err)
	for id, status := range map[string]int{s.bob.ID: 403, s.admin.ID: 200} {
		got := s.ask("", "GET", "/v2/accounts/"+id+"/export?file=zip", "", "Authorization", "Bearer "+secret)
		s.wantStatus("export of "+id, got, status)
	}
}

// TestNoDays: "nothing from the past" must not become "everything".
func TestNoDays(t *testing.T) {
	s := routeServer(t)
	for _, days := range []string{`days_back="0" days_ahead="2"`, `days_back="2" days_ahead="0"`, `days_back="0" days_ahead="0"`} {
		got := s.ask("admin", "PUT", "/v2/syncengine/15", own(`<b:filter side="target" dataclass="Events" `+days+`/>`))
		s.wantSentence(days, got, 400, "leave one out for no limit")
	}
}
