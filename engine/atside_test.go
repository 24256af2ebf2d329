package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/sources"
)

func TestAtSide(t *testing.T) {
	busy := atSide(Source, "begin", sources.ErrBusy)
	refused := fmt.Errorf("run: %w", atSide(Target, "begin", fmt.Errorf("status 401: %w", sources.ErrAuth)))
	for name, tc := range map[string]struct {
		err  error
		side Side
		ok   bool
	}{
		"a side":           {refused, Target, true},
		"among others":     {errors.Join(busy, fmt.Errorf("events: %w", errors.Join(nil, refused))), Target, true},
		"another error":    {busy, 0, false},
		"not of a side":    {sources.ErrAuth, 0, false},
		"nothing went bad": {nil, 0, false},
	} {
		if side, ok := AtSide(tc.err, sources.ErrAuth); side != tc.side || ok != tc.ok {
			t.Errorf("%s: %v, %v", name, side, ok)
		}
	}
	if got := busy.Error(); got != "begin source: client is busy" {
		t.Error(got)
	}
}
