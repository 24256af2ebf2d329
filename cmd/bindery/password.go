package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// maxPasswordLine is more than the longest password that an account may have.
const maxPasswordLine = 4096

// readPassword asks for a new password twice, without showing it; or reads it from the first line of the
// standard input.
func readPassword(t *terminal, stdin bool) (string, error) {
	if stdin {
		return readLine(t.in)
	}
	fd := int(t.in.Fd())
	if !term.IsTerminal(fd) {
		return "", usagef("no terminal to ask for the password; give it with --password-stdin")
	}
	first, err := prompt(t, fd, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := prompt(t, fd, "Again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", usagef("the two passwords differ")
	}
	return first, nil
}

func prompt(t *terminal, fd int, word string) (string, error) {
	_, _ = fmt.Fprint(t.err, word)
	line, err := term.ReadPassword(fd)
	_, _ = fmt.Fprintln(t.err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(line), nil
}

func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPasswordLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
