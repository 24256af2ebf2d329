package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"time"

	"github.com/bindery-sync/bindery/atom"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/notify"
	"github.com/bindery-sync/bindery/sources/outgoing"
)

// noticeOptions say who is told of what needs a person.
type noticeOptions struct {
	Command        string `help:"Program that is run once for each matter that needs a person, with JSON on its standard input (docs/operations.md)." env:"BINDERY_NOTICE_COMMAND" placeholder:"PROGRAM"`
	Webhook        string `help:"Address that the same JSON is posted to instead." env:"BINDERY_NOTICE_WEBHOOK" placeholder:"URL"`
	WebhookPrivate bool   `help:"The webhook may be in a private network, and without TLS there."`
}

// Validate checks what can be checked before anything is touched. Kong calls it.
func (o *noticeOptions) Validate() error {
	switch {
	case o.Command != "" && o.Webhook != "":
		return errors.New("--notice-command and --notice-webhook: give one of them")
	case o.Webhook == "" && o.WebhookPrivate:
		return errors.New("--notice-webhook-private goes with --notice-webhook")
	case o.Webhook == "":
		return nil
	}
	if err := o.guard().CheckURL(o.Webhook); err != nil {
		return errors.New("--notice-webhook is no address like https://example.org/hook, or one in a private network (--notice-webhook-private)")
	}
	return nil
}

// The bounds of what a webhook answers.
const (
	webhookTime = 30 * time.Second
	webhookBody = 64 << 10
)

func (o *noticeOptions) guard() *outgoing.Guard {
	var allow []netip.Prefix
	if o.WebhookPrivate {
		allow = outgoing.Private()
	}
	return outgoing.New(outgoing.Options{Allow: allow, Timeout: webhookTime, MaxBody: webhookBody})
}

// teller gives who is told, nil for nobody.
func (o *noticeOptions) teller() (notify.Teller, error) {
	switch {
	case o.Command != "":
		name, err := exec.LookPath(o.Command)
		if err != nil {
			return nil, fmt.Errorf("--notice-command: %w", err)
		}
		return notify.Command{Name: name, Env: os.Environ()}, nil
	case o.Webhook != "":
		return notify.Webhook{URL: o.Webhook, Client: o.guard().Client(nil)}, nil
	}
	return nil, nil
}

// notifier makes what keeps the notices of a house, whose pages are at url.
func (h *house) notifier(t notify.Teller, url string) *notify.Notifier {
	return notify.New(notify.Options{
		Room: h.bindings.Notices(), Teller: t, Log: h.log,
		Message: func(ctx context.Context, n bindings.Notice) (notify.Message, error) {
			account, err := h.bindings.Account(ctx, n.Owner)
			return notify.Message{
				ID: n.ID, Account: account.Name, Kind: n.Kind, Sentence: n.Sentence, Link: url + atom.NoticePath(n),
				Binding: n.Binding, Dataclass: string(n.Class), Count: n.Count, Since: n.Arisen.UTC().Truncate(time.Second),
			}, err
		},
	})
}
