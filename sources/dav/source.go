package dav

import (
	"context"
	"errors"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

type source struct {
	d      *DAV
	client clientKey
	origin string
}

// Begin looks at a collection.
func (s *source) Begin(ctx context.Context, _ dataclass.Class, _ sources.Cursor) (sources.Session, error) {
	unlock, err := s.d.lock(ctx, lockKey{client: s.client})
	if err != nil {
		return nil, err
	}
	defer unlock()
	if s.d.store == nil || s.origin == "" {
		return nil, errors.New("a dav client without a database")
	}
	return nil, errors.New("not built yet")
}
