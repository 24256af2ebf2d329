package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// consent is the option of commands by which something is lost.
type consent struct {
	Yes bool `short:"y" help:"Do not ask."`
}

// confirm asks a person before something is lost. Without a terminal nobody can be asked, and --yes is wanted.
func (c consent) confirm(t *terminal, format string, args ...any) error {
	if c.Yes {
		return nil
	}
	what := fmt.Sprintf(format, args...)
	if !term.IsTerminal(int(t.in.Fd())) {
		return usagef("%s; say that you want it with --yes", what)
	}
	_, _ = fmt.Fprintf(t.err, "%s. Go on? [y/N] ", what)
	line, err := bufio.NewReader(io.LimitReader(t.in, 100)).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(line)); word == "y" || word == "yes" {
		return nil
	}
	if err != nil {
		_, _ = fmt.Fprintln(t.err)
	}
	return usagef("nothing was done")
}

// asSeen is the option of decisions: what they are about may change between the look and the word.
type asSeen struct {
	consent
	Seen string `help:"The mark that was shown with it: decide only if it still is just that, without asking." placeholder:"MARK"`
}

// about returns a usage error unless one mark can be about the things that are decided.
func (s asSeen) about(n int) error {
	if s.Seen != "" && n != 1 {
		return usagef("--seen is about one; name one")
	}
	return nil
}

// agreed gives the mark that a decision is bound to: the one that was named, or that of what is shown right now to a
// person who is asked, or who said that he need not be.
func (s asSeen) agreed(t *terminal, mark, what string, show func() error) (string, error) {
	if s.Seen != "" {
		return s.Seen, nil
	}
	if !s.Yes && !t.json && term.IsTerminal(int(t.in.Fd())) {
		if err := show(); err != nil {
			return "", err
		}
	}
	return mark, s.confirm(t, "%s", what)
}
