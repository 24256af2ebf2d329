package gdata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// TestElsewhere: what another server did wrong is told as such; what has a class of its own, or is our own fault, is not.
func TestElsewhere(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want bool
	}{
		{"an error of the server", &statusError{status: 500}, true}, {"no such feed", &statusError{status: 404}, true},
		{"cut off", fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true}, {"unreadable", fmt.Errorf("page: %w", dataclass.ErrMalformed), true},
		{"too much", dataclass.ErrTooBig, true},
		{"refused", &statusError{status: 401}, false}, {"later", &statusError{status: 503}, false}, {"the place is lost", sources.ErrCursorLost, false},
		{"given up", context.Canceled, false}, {"ours", errors.New("disk full"), false}, {"nothing", nil, false},
	} {
		if got := elsewhere(tc.err); errors.Is(got, sources.ErrElsewhere) != tc.want || !errors.Is(got, tc.err) {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}
