package syncml

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// What an operator reads of phones: one line for each session, when it ended or when it is known that it
// was cut off. Single messages are not logged.

// told is what both kinds of line say about a session.
func (s *Server) told(row *sessionRow, st *state) []slog.Attr {
	modes, received, sent := st.done()
	return []slog.Attr{slog.String("device", row.DeviceID), slog.String("client", row.Client),
		slog.String("mode", modes), slog.Int("messages", st.Messages),
		slog.Int("received", received), slog.Int("sent", sent),
		slog.Duration("duration", s.o.Now().Sub(time.UnixMilli(st.Began)).Round(time.Millisecond))}
}

// done gives the modes of a session's databases, and how many changes went either way.
func (s *state) done() (modes string, received, sent int) {
	var all []string
	for _, d := range s.Databases {
		all = append(all, strconv.Itoa(d.Mode))
		received, sent = received+d.Received, sent+d.Sent
	}
	return strings.Join(all, ","), received, sent
}

// Why sessions are cut off, beside faults.
const (
	whyTakenOver = "a new session took over"
	whySilent    = "the phone fell silent"
)

// tellEnd logs that the phone had its last word, or that it suspended the session.
func (t *turn) tellEnd(ctx context.Context) {
	attrs := t.told(&t.sess.row, t.state)
	how := "session finished"
	if t.state.Phase == isSuspended {
		how = "session suspended"
	}
	t.o.Log.LogAttrs(ctx, slog.LevelInfo, how, attrs...)
	t.in.ended(t.state, t.state.Phase == isSuspended)
}

// tellCut logs that a session ended before the phone had its last word.
func (s *Server) tellCut(ctx context.Context, row *sessionRow, why string) {
	sess, err := loadSession(row)
	if err != nil {
		s.o.Log.ErrorContext(ctx, "session cut off", "client", row.Client, "reason", why, "error", err)
		s.noteEnd(ctx, row, &state{}, howCut(why), why)
		return
	}
	if sess.state.Told {
		return
	}
	attrs := append(s.told(row, &sess.state), slog.String("phase", string(sess.state.Phase)), slog.String("reason", why))
	s.o.Log.LogAttrs(ctx, slog.LevelInfo, "session cut off", attrs...)
	s.noteEnd(ctx, row, &sess.state, howCut(why), why)
}

// cutOff ends a session and logs it, if it still ran.
func (s *Server) cutOff(ctx context.Context, row *sessionRow, why string) error {
	ran, err := s.store.end(ctx, row)
	if err != nil || !ran {
		return err
	}
	now, err := s.store.sessionByToken(ctx, row.Token)
	if now != nil {
		s.tellCut(ctx, now, why)
	}
	return err
}
