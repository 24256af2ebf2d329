package main

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// A starter starts syncs of bindings for the API.
type starter struct {
	syncs      *bindings.Syncs
	background *bindings.Background
	alerter    bindings.Alerter
}

// Request implements atom.Starter.
func (s starter) Request(ctx context.Context, owner string, binding int64, mode int, classes ...dataclass.Class) (bindings.Started, error) {
	done, err := s.background.Run(ctx, s.alerter, owner, binding, mode, classes...)
	return done, refusal(err)
}

// Begin implements atom.Background.
func (s starter) Begin(ctx context.Context, owner string, binding int64, mode int, classes ...dataclass.Class) (bindings.Started, error) {
	done, err := s.background.Begin(ctx, s.alerter, owner, binding, mode, classes...)
	return done, refusal(err)
}

// Progress implements atom.Background.
func (s starter) Progress(owner string, run int64) (engine.Progress, bool) {
	return s.syncs.Progress(owner, run)
}

// whyFailed says in its log entry why a sync ended that nobody waited for.
func whyFailed(err error) string {
	var own *bindings.Error
	switch {
	case errors.As(refusal(err), &own):
		return own.Sentence
	case errors.Is(err, sources.ErrElsewhere):
		return "The server of one side could not be reached, or what it answered cannot be used: " + farWords(err) + ". Nothing was deleted because of it"
	case errors.Is(err, context.DeadlineExceeded):
		return "It took too long; the next synchronization goes on from there"
	}
	return "Something went wrong in the server; its log says what"
}

// farMost is how many bytes the words of a kind may have in a sentence.
const farMost = 200

// farWords is what a kind says of an error of another server, which its owner may see: it names no address but one that
// the server leads to. Of several errors it is the first; one that is too long ends with a word.
func farWords(err error) string {
	_, why, _ := strings.Cut(err.Error(), sources.ErrElsewhere.Error()+": ")
	why, _, _ = strings.Cut(why, "\n")
	if len(why) > farMost {
		why = why[:farMost]
		if i := strings.LastIndexByte(why, ' '); i > 0 {
			why = why[:i]
		}
		why = strings.ToValidUTF8(why, "") + " …"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, why)
}

// refusal turns errors that the caller of the API can do something about into their sentences.
func refusal(err error) error {
	for _, known := range []struct {
		class    error
		sentence string
	}{
		{syncml.ErrNoAddress, "The phone cannot be asked to synchronise: it has no address. Set one, or start the sync on the phone"},
		{syncml.ErrNoDatabase, "The phone cannot be asked to synchronise before its first sync; start that on the phone"},
		{syncml.ErrUnreachable, "The phone cannot be asked to synchronise: nothing is set up that takes alerts to phones. Start the sync on the phone"},
		{engine.ErrBusy, "The binding is being synchronised already"},
		{engine.ErrFenced, "Another synchronization of the binding has taken over"},
		{sources.ErrAuth, "One of the Sync Clients refuses to sign in"},
		{sources.ErrUnsupported, "One of the Sync Clients does not hold that dataclass"},
	} {
		if errors.Is(err, known.class) {
			return &bindings.Error{Class: bindings.ErrInUse, Sentence: known.sentence}
		}
	}
	return err
}
