package syncml

import (
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// project gives an item in the dialect that a phone takes. The error is one of package sources.
func project(class dataclass.Class, b dataclass.Body, want wire.ContentType) ([]byte, error) {
	item, err := dataclass.Decode(class, b)
	if err == nil {
		item, err = item.Project(dataclass.Format{Type: want.Type, Version: want.Version})
	}
	switch {
	case errors.Is(err, dataclass.ErrTooBig):
		return nil, fmt.Errorf("%w: %w", sources.ErrTooBig, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", sources.ErrUnsupported, err)
	}
	return item.Body().Data, nil
}

// bodyType is a media type as a Body names it: with the version that the phone told for it.
func bodyType(typ, version string, told []wire.ContentType) string {
	f := dataclass.ParseFormat(typ)
	if f.Version == "" {
		f.Version = version
	}
	for _, c := range told {
		if f.Version == "" && dataclass.ParseFormat(c.Type).Type == f.Type {
			f.Version = c.Version
		}
	}
	return f.String()
}
