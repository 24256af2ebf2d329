package engine

import (
	"context"
	"errors"
	"log/slog"
)

// A Mark says which sync something is about: a binding and dataclass, and the number of the run, which is that of its log
// entry.
type Mark struct {
	Ref Ref
	Run int64
}

// attrs are what a log line says of it.
func (m Mark) attrs() []slog.Attr {
	return []slog.Attr{
		slog.Int64("binding", m.Ref.Binding), slog.String("dataclass", string(m.Ref.Class)), slog.Int64("sync", m.Run),
	}
}

// line puts what a log line says of the run before what else it says.
func (r *run) line(more ...any) []any {
	return append([]any{
		"binding", r.job.Ref.Binding, "dataclass", string(r.job.Ref.Class), "sync", r.open.ID,
	}, more...)
}

// markKey is the key of a Mark in a context.
type markKey struct{}

// A Failed is an error that a run ended by; it says as much as the error in it. The run may be taken up again.
type Failed struct {
	Mark Mark
	Err  error
}

// Error gives the text of the error in it.
func (f *Failed) Error() string { return f.Err.Error() }

// Unwrap gives the error in it.
func (f *Failed) Unwrap() error { return f.Err }

// LogHandler gives a handler that says in every line about a sync which one it is, by the attributes binding, dataclass and
// sync: in lines that are written in the course of a run, whoever writes them, and in those that tell of an error by which
// a run ended. Attributes that a line has already stay as they are.
func LogHandler(next slog.Handler) slog.Handler { return marker{next} }

// A marker is such a handler.
type marker struct{ slog.Handler }

// Handle implements slog.Handler.
func (h marker) Handle(ctx context.Context, rec slog.Record) error {
	mark, ok := ctx.Value(markKey{}).(Mark)
	has := make(map[string]bool)
	rec.Attrs(func(a slog.Attr) bool {
		has[a.Key] = true
		var failed *Failed
		if err, is := a.Value.Any().(error); is && !ok && errors.As(err, &failed) {
			mark, ok = failed.Mark, true
		}
		return true
	})
	if ok {
		rec = rec.Clone()
		for _, a := range mark.attrs() {
			if !has[a.Key] {
				rec.AddAttrs(a)
			}
		}
	}
	return h.Handler.Handle(ctx, rec)
}

// WithAttrs implements slog.Handler.
func (h marker) WithAttrs(attrs []slog.Attr) slog.Handler { return marker{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h marker) WithGroup(name string) slog.Handler { return marker{h.Handler.WithGroup(name)} }
