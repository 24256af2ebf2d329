package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// A progress draws a bar while a sync is at work: how many of the changes read so far were written. On
// anything but a terminal it draws nothing.
type progress struct {
	out     io.Writer // nil without a terminal
	mu      sync.Mutex
	class   dataclass.Class
	read    int
	written int
	drawn   time.Time
}

func newProgress(t *terminal) *progress {
	if f, ok := t.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{out: f}
	}
	return &progress{}
}

// watch gives kinds whose sessions move the bar.
func (p *progress) watch(kinds *sources.Registry) *sources.Registry {
	if p.out == nil {
		return kinds
	}
	watched := new(sources.Registry)
	for _, name := range kinds.Names() {
		k, err := kinds.Kind(name)
		if err != nil {
			continue // it was there a moment ago
		}
		open := k.Open
		k.Open = func(ctx context.Context, c sources.Client) (sources.Source, error) {
			s, err := open(ctx, c)
			return watchedSource{s, p}, err
		}
		watched.Register(k)
	}
	return watched
}

func (p *progress) start(class dataclass.Class) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.class, p.read, p.written, p.drawn = class, 0, 0, time.Time{}
}

// end wipes the bar.
func (p *progress) end() {
	if p.out != nil {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *progress) move(read, written int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read, p.written = p.read+read, p.written+written
	if time.Since(p.drawn) < drawEvery {
		return
	}
	p.drawn = time.Now()
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", drawBar(string(p.class), p.written, p.read))
}

const (
	drawEvery = 100 * time.Millisecond
	barWidth  = 30
)

// drawBar draws n of all.
func drawBar(what string, n, all int) string {
	full := 0
	if all > 0 {
		full = min(barWidth, barWidth*n/all)
	}
	return fmt.Sprintf("%-9s [%s%s] %d of %d", what, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), n, all)
}

type watchedSource struct {
	sources.Source
	p *progress
}

// Begin implements sources.Source.
func (s watchedSource) Begin(ctx context.Context, class dataclass.Class, since sources.Cursor) (sources.Session, error) {
	sess, err := s.Source.Begin(ctx, class, since)
	if err != nil {
		return nil, err
	}
	return watchedSession{sess, s.p}, nil
}

type watchedSession struct {
	sources.Session
	p *progress
}

// Changes implements sources.Session.
func (s watchedSession) Changes(ctx context.Context) iter.Seq2[sources.Change, error] {
	return func(yield func(sources.Change, error) bool) {
		for ch, err := range s.Session.Changes(ctx) {
			s.p.move(1, 0)
			if !yield(ch, err) {
				return
			}
		}
	}
}

// Apply implements sources.Session.
func (s watchedSession) Apply(ctx context.Context, ops []sources.Op) ([]sources.Result, error) {
	res, err := s.Session.Apply(ctx, ops)
	s.p.move(0, len(res))
	return res, err
}
