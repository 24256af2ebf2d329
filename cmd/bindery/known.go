package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/bindings"
)

// knowsBinding refuses a number that no binding has; 0 names none.
func (h *house) knowsBinding(ctx context.Context, id int64) error {
	if id == 0 {
		return nil
	}
	_, err := h.binding(ctx, id)
	return err
}

// knewBinding is knowsBinding for what outlives its binding: also the number of one that was removed is known.
func (h *house) knewBinding(ctx context.Context, id int64) error {
	err := h.knowsBinding(ctx, id)
	if err == nil {
		return nil
	}
	known := false
	failed := h.each(ctx, func(a bindings.Account) error {
		list, err := h.bindings.Log(ctx, a.ID, id, 1)
		known = known || len(list) > 0
		return err
	})
	if failed != nil || known {
		return failed
	}
	return err
}

// knowsClient refuses a UUID that no Sync Client has; "" names none.
func (h *house) knowsClient(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	found := false
	err := h.each(ctx, func(a bindings.Account) error {
		_, err := h.bindings.Client(ctx, a.ID, id)
		if errors.Is(err, bindings.ErrNoClient) {
			return nil
		}
		found = found || err == nil
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("no account has the Sync Client %q", id)
	}
	return err
}
