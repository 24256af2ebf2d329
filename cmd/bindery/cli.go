package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/bindery-sync/bindery/bindings"
)

// The exit statuses of the program.
const (
	exitDone   = 0
	exitPartly = 1
	exitUsage  = 2
	exitHeld   = 3
	exitFailed = 4
)

// A terminal is what a command speaks to.
type terminal struct {
	in  *os.File
	out io.Writer
	err io.Writer
	// json means that results and complaints are lines of JSON.
	json bool
	// garbage is told of much work at once; it may be nil.
	garbage *collector
}

// printf writes to the standard output. If that is closed there is nobody left to be told.
func (t terminal) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

// A usage error is the caller's: the words of the command line, or what they ask for, make no sense.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// cli is the command line.
type cli struct {
	Data   string `help:"Directory that holds everything (default: ./bindery-data; for sync, the user's state folder)." placeholder:"DIR"`
	Output string `help:"How results are printed: ${enum}. JSON is one object a line; errors then are one on the standard error (docs/cli.md)." enum:"text,json" default:"text"`

	Serve         serveCmd         `cmd:"" help:"Run the server."`
	Health        healthCmd        `cmd:"" help:"Ask a server whether it takes work."`
	Account       accountCmd       `cmd:"" help:"Create accounts, change passwords, list accounts."`
	Token         tokenCmd         `cmd:"" help:"Make, list and revoke tokens of programs that use the API."`
	Client        clientCmd        `cmd:"" help:"List the registered Sync Clients; say how phones are alerted."`
	Source        sourceCmd        `cmd:"" help:"List, register and remove other servers that Sync Clients are on."`
	Devices       devicesCmd       `cmd:"" help:"Show what phones declared, what they were seen to keep, and which rules apply."`
	Alert         alertCmd         `cmd:"" help:"Ask a phone to begin a sync."`
	Binding       bindingCmd       `cmd:"" help:"Bind two Sync Clients, list and remove bindings."`
	Schedule      scheduleCmd      `cmd:"" help:"Say when bindings are synchronised by the server, and see how that went."`
	Log           logCmd           `cmd:"" help:"Show the sync log, the newest entry first."`
	Sessions      sessionsCmd      `cmd:"" help:"List what phones and the server said to each other, or show one session."`
	Review        reviewCmd        `cmd:"" help:"Decide of pairs of items whether they are one."`
	History       historyCmd       `cmd:"" help:"List what syncs overwrote or deleted, and show it."`
	Restore       restoreCmd       `cmd:"" help:"Bring back what syncs overwrote or deleted: items, or a whole sync."`
	Quarantine    quarantineCmd    `cmd:"" help:"List the items that were set aside; try them again."`
	Notices       noticesCmd       `cmd:"" help:"List what needs a person."`
	Sync          syncCmd          `cmd:"" help:"Synchronise two folders, or registered Sync Clients, once."`
	Hold          holdCmd          `cmd:"" help:"Decide of syncs that were held because they would delete or change too much."`
	Demo          demoCmd          `cmd:"" help:"Show in a fresh directory what a sync does."`
	Export        exportCmd        `cmd:"" help:"Write all items of the datastores into a new folder."`
	Import        importCmd        `cmd:"" help:"Read files of items into a datastore; what is there already is not doubled."`
	Doctor        doctorCmd        `cmd:"" help:"Look for anything in the data directory that should not be; exit status 1 if something is found."`
	Backup        backupCmd        `cmd:"" help:"Write a copy of the database, also while the server runs."`
	Migrate       migrateCmd       `cmd:"" help:"Bring the tables of the database up to date; serve does that by itself."`
	Convert       convertCmd       `cmd:"" help:"Convert items from one format to another."`
	RestoreBackup restoreBackupCmd `cmd:"" help:"Replace the database by a backup; what was there is kept aside."`
	Completion    completionCmd    `cmd:"" help:"Print a script by which a shell completes commands and options."`
	Version       versionCmd       `cmd:"" help:"Say what this program is: release, commit, Go, tables."`
}

const description = "Bindery keeps address books, calendars, task lists and note pads in step.\n\n" +
	"Exit status: 0 done, 1 done but for some items, 2 usage, 3 held, 4 failed."

// run carries out one command line and gives the exit status.
func run(ctx context.Context, args []string, term terminal) int {
	term.json = wantsJSON(args)
	err := dispatch(ctx, args, &term)
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errPartly) {
		return exitPartly
	}
	var code exitError
	if errors.As(err, &code) {
		return int(code)
	}
	exit := exitFailed
	var usage usageError
	if errors.As(err, &usage) || errors.Is(err, bindings.ErrInvalid) {
		exit = exitUsage
	}
	term.complain(err, exit)
	return exit
}

// errHelp ends the parsing of a command line that only asked for help, which has been given.
var errHelp = errors.New("help was given")

// dispatch parses and runs a command line.
func dispatch(ctx context.Context, args []string, term *terminal) error {
	var c cli
	parser, err := kong.New(&c, kong.Name("bindery"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(term.out, term.err), kong.Help(help), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(int) { panic(errHelp) }))
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parse(parser, args)
	switch {
	case errors.Is(err, errHelp):
		return nil
	case err != nil:
		return usageError{errors.New(withoutPasswords(err.Error()))}
	}
	kctx.BindTo(ctx, (*context.Context)(nil))
	term.json = c.Output == outputJSON || c.Sessions.JSON || c.Devices.JSON
	if why := manual()[wordsOf(kctx.Selected())].Plain; why != "" && term.json {
		return usagef("%s has no --output json: %s", wordsOf(kctx.Selected()), why)
	}
	return kctx.Run(term, c.place())
}

// defaultData is the data directory of every command but sync.
const defaultData = "./bindery-data"

// place gives the data directory, "" if none was named and the command has one of its own.
func (c *cli) place() place {
	if c.Data == "" && c.Sync.A == "" {
		return defaultData
	}
	return place(c.Data)
}

// parse stops where kong would end the process.
func parse(parser *kong.Kong, args []string) (kctx *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			if r != any(errHelp) {
				panic(r)
			}
			err = errHelp
		}
	}()
	return parser.Parse(args)
}
