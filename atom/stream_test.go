package atom

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

// sql changes the database behind the server's back.
func (s *server) sql(statement string, args ...any) {
	s.t.Helper()
	db, err := sql.Open("sqlite3", s.path)
	s.must(err)
	defer func() { s.must(db.Close()) }()
	_, err = db.Exec(statement, args...)
	s.must(err)
}

// insertRunning writes a log row of what is under way.
func (s *server) insertRunning(e bindings.LogEntry) {
	s.t.Helper()
	e.State, e.Finished = engine.StateRunning, time.UnixMicro(0)
	s.insertLog(e)
}

// streamServer has the entry 1, which is running, and looks at it often.
func streamServer(t *testing.T, change func(*Options)) *server {
	t.Helper()
	s := newServer(t, func(o *Options) {
		o.Background = new(starting)
		o.pace = pace{look: 5 * time.Millisecond, beat: 2, most: 1 << 20}
		if change != nil {
			change(o)
		}
	})
	s.insertRunning(specEntry(s.admin.ID, 1, 15, "2009-03-19T09:52:28Z"))
	return s
}

// A listening is an answer that goes on.
type listening struct {
	status int
	header http.Header
	body   *bufio.Reader
	hangUp func() error
}

// listen opens a stream of entry 1.
func (s *server) listen(ctx context.Context, extra ...string) listening {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v2/syncengine/synclog/1", nil)
	s.must(err)
	r.SetBasicAuth("admin", password)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i+1 < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	s.must(err)
	s.t.Cleanup(func() { _ = res.Body.Close() })
	return listening{res.StatusCode, res.Header, bufio.NewReader(res.Body), res.Body.Close}
}

// until reads a stream to the end of the event in which a text is.
func until(t *testing.T, in *bufio.Reader, text string) string {
	t.Helper()
	var event strings.Builder
	for {
		line, err := in.ReadString('\n')
		event.WriteString(line)
		if err != nil {
			t.Fatalf("no %q: %v\n%s", text, err, event.String())
		}
		if line != "\n" {
			continue
		}
		if strings.Contains(event.String(), text) {
			return event.String()
		}
		event.Reset()
	}
}

// A stream tells what changes, gives signs of life in between, and ends with the sync.
func TestStream(t *testing.T) {
	s := streamServer(t, nil)
	res := s.listen(t.Context())
	h := res.header
	if res.status != 200 || h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Encoding") != "" ||
		h.Get("Content-Length") != "" || h.Get("X-Request-Id") == "" || !strings.Contains(h.Get("Vary"), "Accept") {
		t.Fatalf("%d %v", res.status, h)
	}
	in := res.body
	const first = `event: progress
data: {"state":"running","planned":42,"done":17,"conflicts_detected":0,"duplicates_detected":0,"held":0,` +
		`"source":{"sync_source":"syncml","read":40,"adds_in":5,"replaces_in":0,"deletes_in":0,"adds_out":4,"replaces_out":0,"deletes_out":0},` +
		`"target":{"sync_source":"google","read":2,"adds_in":4,"replaces_in":0,"deletes_in":0,"adds_out":5,"replaces_out":0,"deletes_out":0}}

`
	if got := until(t, in, "progress"); got != first {
		t.Errorf("%s", got)
	}
	until(t, in, ": still here")
	s.sql(`UPDATE sync_log SET target_adds_out = 6 WHERE id = 1`)
	until(t, in, `"adds_out":6`)
	s.sql(`UPDATE sync_log SET state = 'held', plan = 'k7m2qx', finished_at = 1 WHERE id = 1`)
	if got := until(t, in, "end"); !strings.HasPrefix(got, "event: end\nid: end\ndata: {\"state\":\"held\",\"plan\":\"k7m2qx\"") {
		t.Errorf("%s", got)
	}
	if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
		t.Errorf("behind the end %q, %v", rest, err)
	}
	res = s.listen(t.Context(), "Last-Event-ID", "end")
	if res.status != 204 {
		t.Errorf("who saw the end: %d", res.status)
	}
	in = s.listen(t.Context()).body
	until(t, in, "event: end")
}

// A stream ends when its caller goes, when the server stops, and after a while.
func TestStreamEnds(t *testing.T) {
	ending := make(chan struct{})
	for _, tc := range []struct {
		name   string
		change func(*Options)
		end    func(cancel func())
	}{
		{"caller", nil, func(cancel func()) { cancel() }},
		{"server", func(o *Options) { o.Ending = ending }, func(func()) { close(ending) }},
		{"time", func(o *Options) { o.pace.most = 5 }, func(func()) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := streamServer(t, tc.change)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			res := s.listen(ctx)
			in := res.body
			until(t, in, "event: progress")
			tc.end(cancel)
			_, err := io.ReadAll(in)
			if (err != nil) != (tc.name == "caller") {
				t.Errorf("%v", err)
			}
			for !strings.Contains(s.log.String(), "path=/v2/syncengine/synclog/1") { // its handler has returned
				time.Sleep(time.Millisecond)
			}
			if strings.Contains(s.log.String(), "level=WARN") {
				t.Error(s.log.String())
			}
		})
	}
}

// The times that a server gives to requests and answers are not those of a stream.
func TestStreamOutlivesDeadlines(t *testing.T) {
	web := httptest.NewUnstartedServer(nil)
	s := streamServer(t, func(o *Options) { web.Config.Handler = New(*o) })
	web.Config.ReadTimeout, web.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	web.Start()
	t.Cleanup(web.Close)
	s.url = web.URL
	in := s.listen(t.Context()).body
	for range 30 {
		until(t, in, ": still here")
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s := streamServer(t, nil)
	var open []listening
	for range streamsOwner {
		res := s.listen(t.Context())
		until(t, res.body, "progress")
		open = append(open, res)
	}
	got := s.ask("admin", "GET", "/v2/syncengine/synclog/1", "", "Accept", "text/event-stream")
	s.wantSentence("one more", got, 429, "Too many streams")
	s.wantStatus("without a stream", s.ask("admin", "GET", "/v2/syncengine/synclog/1", ""), 200)
	s.must(open[0].hangUp())
	for range 1000 {
		if res := s.listen(t.Context()); res.status == 200 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("no stream can be opened when one is over")
}

func TestStreamsOfAllAreBounded(t *testing.T) {
	var s streams
	for i := range streamsAll {
		if !s.enter(strings.Repeat("x", i/streamsOwner)) {
			t.Fatal(i)
		}
	}
	if s.enter("nobody else") {
		t.Error("there is no end")
	}
	s.leave("x")
	if !s.enter("nobody else") {
		t.Error("none is free again")
	}
}

// Only a log entry is streamed, only to its owner, and HEAD has no end to wait for.
func TestStreamRefuses(t *testing.T) {
	s := streamServer(t, nil)
	events := []string{"Accept", "text/event-stream"}
	s.wantSentence("a feed", s.ask("admin", "GET", "/v2/syncengine/synclog/", "", events...), 406, "Only application/atom+xml")
	s.wantSentence("bob", s.ask("bob", "GET", "/v2/syncengine/synclog/1", "", events...), 404, "Unknown synchronization log entry")
	s.wantSentence("nobody", s.ask("", "GET", "/v2/syncengine/synclog/1", "", events...), 401, "Sign in")
	if got := s.ask("admin", "HEAD", "/v2/syncengine/synclog/1", "", events...); got.status != 200 || got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %d %v", got.status, got.header)
	}
	if got := s.ask("admin", "GET", "/v2/syncengine/synclog/1", "", "Accept", "text/event-stream;q=0, */*"); got.status != 200 || !strings.Contains(got.body, "<entry") {
		t.Errorf("no events wanted: %d %s", got.status, got.body)
	}
}
