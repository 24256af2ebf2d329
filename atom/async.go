package atom

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// Background starts synchronizations that nobody waits for.
type Background interface {
	// Begin starts a synchronization as Starter.Request does, and returns when its log entries have their numbers: the
	// entries say that they are running. It returns a sources.ErrBusy if too much is going on.
	Begin(ctx context.Context, owner string, binding int64, mode int, classes ...dataclass.Class) (bindings.Started, error)
	// Progress tells how far a synchronization is; false if it is not under way here.
	Progress(owner string, run int64) (engine.Progress, bool)
}

// lookAgain is after how many seconds it is worth to look again at what is running.
const lookAgain = 2

// prefersAsync reports whether a request prefers to be answered at once (RFC 7240 section 4.1).
func prefersAsync(r *http.Request) bool {
	for _, line := range r.Header.Values("Prefer") {
		for part := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}

// begin starts the synchronization of a binding in the way that the request prefers.
func (a *api) begin(r *http.Request, b bindings.Binding, mode int, classes []dataclass.Class) (bindings.Started, error) {
	if prefersAsync(r) {
		return a.Background.Begin(r.Context(), b.Owner, b.ID, mode, classes...)
	}
	return a.Starter.Request(r.Context(), b.Owner, b.ID, mode, classes...)
}

// startedStatus is the status of an answer to a start, with what its header has to say: where to look is the entry if
// there is one, else the log of address.
func (a *api) startedStatus(w http.ResponseWriter, r *http.Request, list []bindings.LogEntry, log string) int {
	if !prefersAsync(r) {
		return http.StatusOK
	}
	h := w.Header()
	h.Set("Preference-Applied", "respond-async")
	h.Set("Location", log)
	if len(list) == 1 {
		h.Set("Location", a.base(r)+"/v2/syncengine/synclog/"+number64(list[0].ID))
	}
	h.Set("Retry-After", strconv.Itoa(lookAgain))
	return http.StatusAccepted
}
