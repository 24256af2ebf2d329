package atom

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// defaultMode is the mode of a synchronization that does not name one: two-way.
const defaultMode = 200

// postBindingSync answers POST /v2/syncengine/N/synchronization/: it synchronises a binding in the mode and the
// dataclass that the entry names; without them two-way, and everything that both clients hold. The answer is the log
// entry of the finished synchronization, or a feed of them if no dataclass was named. Who prefers not to wait is answered
// 202 with the same, as soon as they have begun; 202 it is too if the binding has a phone, which was asked to begin the
// synchronization itself.
func (a *api) postBindingSync(w http.ResponseWriter, r *http.Request) error {
	b, err := a.binding(r)
	if err != nil {
		return err
	}
	mode, classes, err := readStart(r)
	if err != nil {
		return err
	}
	done, err := a.begin(r, b, mode, classes)
	log := a.bindingURL(r, b.ID) + "/synchronization/"
	switch {
	case err != nil:
		return err
	case done.Alerted != "":
		return sentence(w, http.StatusAccepted, "The phone was asked to begin the synchronization")
	case len(classes) == 1 && len(done.Entries) == 1:
		entry := a.logEntry(r, done.Entries[0])
		entry.Nodes = append([]xmltree.Node{{Elem: a.author(r)}}, entry.Nodes...)
		return write(w, a.startedStatus(w, r, done.Entries, log), entry)
	}
	return a.writeStarted(w, r, done.Entries, log)
}

// postSync answers POST /v2/syncengine/synchronization/: it synchronises all bindings of the caller whose clients
// answer at any time, one after another, and answers with a feed of what was done. A binding that fails does not keep the
// others back; the feed names it, with the reason.
func (a *api) postSync(w http.ResponseWriter, r *http.Request) error {
	mode, classes, err := readStart(r)
	if err != nil {
		return err
	}
	list, err := a.Bindings.Bindings(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	var done []bindings.LogEntry
	var failed error
	var out []*xmltree.Element
	for _, b := range list {
		if !a.answers(b) {
			continue
		}
		started, err := a.begin(r, b, mode, classes)
		done = append(done, started.Entries...)
		if err != nil {
			failed = err
			_, why, _ := answer(err)
			out = append(out, ownElement("left_out", why).SetAttr("", "binding", number64(b.ID)))
			a.Log.WarnContext(r.Context(), "synchronization failed", "request", requestID(r), "binding", b.ID, "error", err)
		}
	}
	if len(done) == 0 && failed != nil {
		return failed
	}
	return a.writeStarted(w, r, done, a.base(r)+"/v2/syncengine/synchronization/", out...)
}

// answers reports whether both clients of a binding answer at any time.
func (a *api) answers(b bindings.Binding) bool {
	for _, name := range b.Kinds {
		if k, err := a.Kinds.Kind(name); err != nil || !k.Caps.ServerInitiated {
			return false
		}
	}
	return true
}

// writeStarted sends what was synchronised, or is, as a feed; log is the address of the log that it will be in, more is
// what else there is to say.
func (a *api) writeStarted(w http.ResponseWriter, r *http.Request, list []bindings.LogEntry, log string, more ...*xmltree.Element) error {
	entries := make([]dated, len(list))
	for i, e := range list {
		entries[i] = dated{a.logEntry(r, e), logTime(e)}
	}
	url := a.base(r) + "/v2/syncengine/synclog"
	feed := xmltree.New(nsAtom, "feed").Add(
		person(a.Operator, ""), element("id", url), link(log, "self", ""), link(url+"/all.xml", "alternate", "application/atom+xml"),
		element("title", "SyncEngine Log")).Add(more...)
	return write(w, a.startedStatus(w, r, list, log), addEntries(r, feed, entries))
}

// readStart reads sync_mode and dataclass of an entry. No entry at all means nothing in particular.
func readStart(r *http.Request) (mode int, classes []dataclass.Class, err error) {
	entry, err := readEntry(r, errNoStartEntry)
	if r.ContentLength == 0 && errors.Is(err, errNoStartEntry) {
		return defaultMode, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	mode = defaultMode
	if s := textOf(entry, "sync_mode"); s != "" {
		if mode, err = strconv.Atoi(s); err != nil || mode < 200 || mode > 205 {
			return 0, nil, errBadMode
		}
	}
	if class := dataclass.Class(textOf(entry, "dataclass")); class != "" {
		if !slices.Contains(logClasses, class) {
			return 0, nil, errBadClass
		}
		classes = append(classes, class)
	}
	return mode, classes, nil
}

// sentence answers with a line of plain text.
func sentence(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // a caller that has gone reads no answer
	return nil
}
