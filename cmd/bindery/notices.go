package main

import (
	"context"
	"strconv"
	"time"

	"github.com/bindery-sync/bindery/atom"
	"github.com/bindery-sync/bindery/bindings"
)

// noticesCmd is "bindery notices".
type noticesCmd struct {
	All bool `help:"Also those that were settled within the last 90 days."`
}

type jsonNotice struct {
	ID       string    `json:"id" says:"the notice's UUID"`
	Account  string    `json:"account" says:"whom it concerns"`
	Kind     string    `json:"kind" says:"hold, doubts, unreadable, refused, failing, sign-in or silent"`
	Sentence string    `json:"sentence" says:"what is the matter"`
	Path     string    `json:"path" says:"the path of the page where something can be done about it"`
	Binding  int64     `json:"binding,omitempty" says:"the binding that it is about"`
	Class    string    `json:"dataclass,omitempty" says:"the dataclass that it is about"`
	Count    int       `json:"count" says:"how many items, pairs or failures it is about"`
	Since    time.Time `json:"since" says:"when it arose"`
	Settled  time.Time `json:"settled,omitzero" says:"when nobody was needed any more"`
	Told     time.Time `json:"told,omitzero" says:"when the command or the webhook of the server took it"`
	Error    string    `json:"error,omitempty" says:"why the last attempt to tell it failed"`
}

// Run lists the notices of all accounts, as they are now.
func (c *noticesCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.visit(ctx, quiet(term), func(h *house) error {
		room := h.bindings.Notices()
		if _, err := room.Look(ctx); err != nil {
			return err
		}
		list := room.Open
		if c.All {
			list = room.All
		}
		t := newListing(term, "SINCE", "ACCOUNT", "KIND", "BINDING", "SETTLED", "SENTENCE")
		err := h.each(ctx, func(a bindings.Account) error {
			all, err := list(ctx, a.ID)
			for _, n := range all {
				binding := ""
				if n.Binding != 0 {
					binding = strconv.FormatInt(n.Binding, 10)
				}
				t.row(noticeJSON(n, a.Name), stamp(n.Arisen), a.Name, n.Kind, binding, stamp(n.Settled), strconv.Quote(n.Sentence))
			}
			return err
		})
		return t.flush(err)
	})
}

func noticeJSON(n bindings.Notice, account string) jsonNotice {
	return jsonNotice{
		ID: n.ID, Account: account, Kind: n.Kind, Sentence: n.Sentence, Path: atom.NoticePath(n), Binding: n.Binding,
		Class: string(n.Class), Count: n.Count, Since: utc(n.Arisen), Settled: utc(n.Settled), Told: utc(n.Told), Error: n.Error,
	}
}
