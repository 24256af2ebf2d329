package main

import (
	"context"
)

// alert asks the phone of a pair to come: its sync goes on when it does, in its session with the server.
func (c *syncCmd) alert(ctx context.Context, term *terminal, h *house, p pair) error {
	if err := c.decide(ctx, h, p); err != nil {
		return err
	}
	classes, err := c.only()
	if err != nil {
		return err
	}
	options, err := pushOptionsOfEnv()
	if err != nil {
		return err
	}
	alerter, err := options.alerter(h)
	if err != nil {
		return err
	}
	mode := modes[c.Mode]
	if p.swapped {
		mode = turnedMode(mode)
	}
	started, err := h.bindings.Syncs(h.kinds, h.log).Request(ctx, alerter, p.binding.Owner, p.binding.ID, mode, classes...)
	if err != nil {
		return howToAlert(err, p.phone().client)
	}
	phone, err := h.bindings.Client(ctx, p.binding.Owner, started.Alerted)
	if err != nil {
		return err
	}
	return sayAlerted(term, phone)
}
