package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/push"
	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// alertCmd is "bindery alert".
type alertCmd struct {
	Client   string      `arg:"" name:"client-uuid" help:"The phone."`
	Mode     string      `help:"${enum}." enum:"two-way,slow,one-way-from-client,one-way-from-server,refresh-from-client,refresh-from-server" default:"two-way"`
	Class    string      `help:"Only that dataclass: Contacts, Events, Tasks or Notes." placeholder:"CLASS"`
	Database []string    `help:"Only that database, by the phone's name or ours; may be repeated (default: all that it synchronised before)." placeholder:"NAME"`
	Push     pushOptions `embed:"" prefix:"push-"`
}

// phoneModes are the alert codes of the modes where the phone is the client.
var phoneModes = map[string]int{
	"two-way": engine.TwoWay, "slow": engine.Slow,
	"one-way-from-client": engine.OneWayFromClient, "one-way-from-server": engine.OneWayFromServer,
	"refresh-from-client": engine.RefreshFromClient, "refresh-from-server": engine.RefreshFromServer,
}

// Validate checks what can be checked before anything is touched. Kong calls it.
func (c *alertCmd) Validate() error { return c.Push.Validate() }

// Run asks a phone to begin a session. That it was asked is all there is to see: the sync is the phone's.
func (c *alertCmd) Run(ctx context.Context, term *terminal, p place) error {
	classes, err := classesNamed("alert", c.Class)
	if err != nil {
		return err
	}
	return p.visit(ctx, quiet(term), func(h *house) error {
		phone, err := h.phone(ctx, c.Client)
		if err != nil {
			return err
		}
		alerter, err := c.Push.alerter(h)
		if err != nil {
			return err
		}
		r := syncml.AlertRequest{Mode: phoneModes[c.Mode], Databases: c.Database, Classes: classes}
		if _, err := alerter.Alert(ctx, phone.Owner, phone.ID, r); err != nil {
			return howToAlert(err, phone.ID)
		}
		return sayAlerted(term, phone)
	})
}

// phone finds a phone in all accounts.
func (h *house) phone(ctx context.Context, id string) (bindings.Client, error) {
	owner, err := h.ownerOf(ctx, id)
	if err != nil {
		return bindings.Client{}, err
	}
	c, err := h.bindings.Client(ctx, owner, id)
	if err == nil && c.Kind != syncml.KindName {
		err = usagef("%s is a %s, no phone", c.ID, c.Kind)
	}
	return c, err
}

func sayAlerted(term *terminal, phone bindings.Client) error {
	name := phone.Title
	if name == "" {
		name = phone.DeviceID
	}
	if name == "" {
		name = phone.ID
	}
	return term.say(jsonAlert{Client: phone.ID, Device: phone.DeviceID, Title: phone.Title}, "alert sent to %s; the phone begins the sync itself\n", name)
}

// howToAlert tells what to set up for a phone that cannot be alerted as things are.
func howToAlert(err error, client string) error {
	switch {
	case errors.Is(err, syncml.ErrNoAddress):
		return fmt.Errorf("%w; set it: bindery client set %s --push-address ADDRESS", err, client)
	case errors.Is(err, syncml.ErrNoGateway):
		return fmt.Errorf("%w; name a program with --push-command or $BINDERY_PUSH_COMMAND, or an HTTP gateway with --push-url or $BINDERY_PUSH_URL", err)
	case errors.Is(err, syncml.ErrNoDatabase):
		return fmt.Errorf("%w; synchronise once from the phone, or name one: bindery alert %s --database NAME", err, client)
	case errors.Is(err, push.ErrAddress), errors.Is(err, san.ErrRange), errors.Is(err, san.ErrVersion):
		return usageError{err}
	}
	return err
}
