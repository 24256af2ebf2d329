// Package push takes notifications to phones. How a phone is reached is its network's affair: a modem, an SMS
// service, a broker. So Bindery hands the bytes and the phone's address to a program or to an HTTP address
// that the administrator names, and learns from it only whether they were taken.
package push

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// A Push is one notification for one phone.
type Push struct {
	// Address is what the gateway knows the phone by, such as its number; see CheckAddress.
	Address string
	// ContentType says what Body is.
	ContentType string
	Body        []byte
}

// The classes of error. They arrive wrapped in what the gateway said.
var (
	// ErrAddress: an address that cannot be handed to a gateway.
	ErrAddress = errors.New("not an address")
	// ErrRefused: the gateway will not take the notification however often it is tried.
	ErrRefused = errors.New("the gateway refused the notification")
	// ErrFailed: the gateway did not take it; it may another time.
	ErrFailed = errors.New("the gateway failed")
)

// A Gateway takes one notification, once. Its errors are ErrRefused, ErrFailed or that of the context.
type Gateway interface {
	Push(ctx context.Context, p Push) error
}

// maxAddress is more than the longest number, host name or PAP address takes.
const maxAddress = 255

// CheckAddress returns an ErrAddress for what is empty, longer than 255 bytes, or has another character than
// letters and digits of ASCII and those of +-_.@:/=,;%?#*~ in it, or begins with a dash. Such an address is
// no option of a program, and stands in a URL's parameter, in JSON and in XML without a second meaning.
func CheckAddress(s string) error {
	if s == "" || len(s) > maxAddress {
		return fmt.Errorf("%w: it has %d bytes, not 1 to %d", ErrAddress, len(s), maxAddress)
	}
	if s[0] == '-' {
		return fmt.Errorf("%w: it begins with a dash", ErrAddress)
	}
	for _, r := range s {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_.@:/=,;%?#*~", r) {
			return fmt.Errorf("%w: %q cannot stand in it", ErrAddress, r)
		}
	}
	return nil
}

// fill replaces {address}, {type}, {hex}, {base64} and, if there is one, {file} in a template.
func (p Push) fill(template, file string) string {
	return p.fillWith(template, file, func(s string) string { return s })
}

func (p Push) fillWith(template, file string, escape func(string) string) string {
	return strings.NewReplacer(
		"{address}", escape(p.Address), "{type}", escape(p.ContentType),
		"{hex}", hex.EncodeToString(p.Body), "{base64}", escape(base64.StdEncoding.EncodeToString(p.Body)),
		fileMark, file,
	).Replace(template)
}

// fileMark stands in a command for the name of a file that holds the notification.
const fileMark = "{file}"

// Options say how a Sender tries. The zero value of each field is a good default.
type Options struct {
	// Timeout is how long one attempt may take: 30 seconds.
	Timeout time.Duration
	// Attempts is how often it is tried: 3 times. Backoff is the pause after the first failure, 2 seconds;
	// each later one is four times as long.
	Attempts int
	Backoff  time.Duration
	// Parallel is how many attempts go on at once: 4. Others wait.
	Parallel int
	// Sleep pauses; by default in real time. It returns the context's error if that ends first.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log is told of attempts that failed. It never sees a notification.
	Log *slog.Logger
}

// A Sender is a Gateway that tries another one again, in bounds. It is safe for concurrent use.
type Sender struct {
	gateway Gateway
	o       Options
	slots   chan struct{}
}

// NewSender makes a Sender.
func NewSender(g Gateway, o Options) *Sender {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Attempts <= 0 {
		o.Attempts = 3
	}
	if o.Backoff <= 0 {
		o.Backoff = 2 * time.Second
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Sleep == nil {
		o.Sleep = pause
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Sender{gateway: g, o: o, slots: make(chan struct{}, o.Parallel)}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Push returns once the gateway has taken the notification, refused it, or failed at every attempt. It
// returns an ErrAddress without asking the gateway, and the context's error when that ends.
func (s *Sender) Push(ctx context.Context, p Push) error {
	if err := CheckAddress(p.Address); err != nil {
		return err
	}
	wait := s.o.Backoff
	for n := 1; ; n++ {
		err := s.attempt(ctx, p)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrRefused), n == s.o.Attempts:
			return err
		}
		s.o.Log.WarnContext(ctx, "notification not taken, trying again", "attempt", n, "error", err)
		if err := s.o.Sleep(ctx, wait); err != nil {
			return err
		}
		wait *= 4
	}
}

// attempt waits for a slot and has one attempt. Nobody keeps a slot while he pauses.
func (s *Sender) attempt(ctx context.Context, p Push) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	one, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	err := s.gateway.Push(one, p)
	if err != nil && one.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: no answer within %v", ErrFailed, s.o.Timeout)
	}
	return err
}

// said is what a gateway answered, short and printable, for an error.
func said(b []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "?")), " ")
	if text == "" {
		return ""
	}
	return fmt.Sprintf(": %.200q", text)
}
