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
