package atom

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

// A pace says how a stream looks at a synchronization.
type pace struct {
	// look is the time between two looks.
	look time.Duration
	// beat is after how many looks without news a sign of life is sent, most after how many the stream ends.
	beat, most int
}

// usualPace looks twice a second, gives a sign of life every 15 seconds, and ends after ten minutes.
var usualPace = pace{look: time.Second / 2, beat: 30, most: 1200}

// How many streams may be open at a time: of one account, and of all.
const (
	streamsOwner = 8
	streamsAll   = 128
)

// streamWrite is how long a stream waits for a caller to take an event.
const streamWrite = 10 * time.Second

// streams counts the streams that are open. The zero value is ready.
type streams struct {
	mu      sync.Mutex
	all     int
	byOwner map[string]int
}

// enter counts one more, unless there are too many.
func (s *streams) enter(owner string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= streamsAll || s.byOwner[owner] >= streamsOwner {
		return false
	}
	if s.byOwner == nil {
		s.byOwner = make(map[string]int)
	}
	s.all++
	s.byOwner[owner]++
	return true
}

func (s *streams) leave(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.byOwner[owner]--; s.byOwner[owner] == 0 {
		delete(s.byOwner, owner)
	}
}

// entryPath is the address of what can be streamed.
var entryPath = regexp.MustCompile(`^/v2/syncengine/synclog/[0-9]+/?$`)

// wantsStream reports whether a request asks for server-sent events where there are any.
func wantsStream(r *http.Request) bool {
	if !entryPath.MatchString(r.URL.Path) {
		return false
	}
	list := r.Header.Values("Accept")
	stream := preference(list, []string{"text/event-stream"})
	return stream.exact == 3 && stream.weight > 0 && stream.weight >= preference(list, append([]string{"text/html"}, spokenTypes...)).weight
}

// lastEvent is the id of the event that says that a synchronization is over.
const lastEvent = "end"

// streamEntry answers GET of a log entry by server-sent events: "progress" whenever something has changed, and "end"
// when the synchronization is over. Who has seen that one is told not to come again.
func (a *api) streamEntry(w http.ResponseWriter, r *http.Request, e bindings.LogEntry) error {
	if r.Header.Get("Last-Event-ID") == lastEvent {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	owner := callerOf(r).ID
	if !a.open.enter(owner) {
		return errStreams
	}
	defer a.open.leave(owner)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s := newStream(w)
	if r.Method == http.MethodHead {
		return nil
	}
	err := a.follow(r, s, e)
	if err != nil && r.Context().Err() == nil {
		a.Log.WarnContext(r.Context(), "stream broke off", "request", requestID(r), "binding", e.Binding, "dataclass", string(e.Class), "sync", e.ID, "error", err)
	}
	return nil // the answer has begun, and no other can be given
}

// follow sends events until the synchronization is over, the caller has gone, the server stops or it has taken long.
func (a *api) follow(r *http.Request, s *stream, e bindings.LogEntry) error {
	pace := a.pace
	tick := time.NewTicker(pace.look)
	defer tick.Stop()
	if err := s.send("retry: 2000\n\n"); err != nil {
		return err
	}
	said, quiet := "", 0
	for range pace.most {
		data, err := a.tidings(e)
		if err != nil {
			return err
		}
		if e.State != engine.StateRunning {
			return s.send("event: end\nid: " + lastEvent + "\ndata: " + data + "\n\n")
		}
		switch quiet++; {
		case data != said:
			said, quiet, err = data, 0, s.send("event: progress\ndata: "+data+"\n\n")
		case quiet >= pace.beat:
			quiet, err = 0, s.send(": still here\n\n")
		}
		if err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-a.Ending:
			return nil
		case <-tick.C:
		}
		if e, err = a.SyncLog.LogEntry(r.Context(), e.Owner, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// A stream is an answer that is sent bit by bit.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// newStream goes past what keeps answers back.
func newStream(w http.ResponseWriter) *stream {
	if h, ok := w.(*held); ok {
		w = h.direct()
	}
	s := &stream{w, http.NewResponseController(w)}
	w.WriteHeader(http.StatusOK)
	return s
}

// send sends one event. A caller that does not take it is given up.
func (s *stream) send(event string) error {
	err := s.rc.SetWriteDeadline(time.Now().Add(streamWrite))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("send event: %w", err)
	}
	if _, err := s.w.Write([]byte(event)); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	return nil
}

// The JSON of an event.
type (
	tidings struct {
		State      string   `json:"state"`
		Why        string   `json:"why,omitempty"`
		Plan       string   `json:"plan,omitempty"`
		Planned    int      `json:"planned"`
		Done       int      `json:"done"`
		Conflicts  int      `json:"conflicts_detected"`
		Duplicates int      `json:"duplicates_detected"`
		Held       int      `json:"held"`
		Source     sideNews `json:"source"`
		Target     sideNews `json:"target"`
	}
	sideNews struct {
		Kind        string `json:"sync_source"`
		Read        int    `json:"read"`
		AddsIn      int    `json:"adds_in"`
		ReplacesIn  int    `json:"replaces_in"`
		DeletesIn   int    `json:"deletes_in"`
		AddsOut     int    `json:"adds_out"`
		ReplacesOut int    `json:"replaces_out"`
		DeletesOut  int    `json:"deletes_out"`
	}
)

// tidings says in one line how a synchronization is doing.
func (a *api) tidings(e bindings.LogEntry) (string, error) {
	p, _ := a.Background.Progress(e.Owner, e.ID)
	t := tidings{
		State: e.State, Why: e.Why, Plan: e.Plan, Planned: p.Planned, Done: p.Done,
		Conflicts: e.Conflicts, Duplicates: e.Duplicates, Held: e.Held,
		Source: newsOf(e, p, engine.Source), Target: newsOf(e, p, engine.Target),
	}
	data, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("write event: %w", err)
	}
	return string(data), nil
}

func newsOf(e bindings.LogEntry, p engine.Progress, s engine.Side) sideNews {
	c := e.Sides[s]
	return sideNews{
		Kind: e.Kinds[s], Read: p.Read[s], AddsIn: c.AddsIn, ReplacesIn: c.ReplacesIn, DeletesIn: c.DeletesIn,
		AddsOut: c.AddsOut, ReplacesOut: c.ReplacesOut, DeletesOut: c.DeletesOut,
	}
}
