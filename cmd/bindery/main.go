// Command bindery keeps address books, calendars, task lists and note pads in step. It is the only place
// where the rooms of the house are wired together: one file for each command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	giveBackBlocks()
	garbage := collectLate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// What is under way comes to its end after the first signal; the second one ends the program at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, garbage: garbage})
	stop()
	os.Exit(code)
}
