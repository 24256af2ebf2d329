package syncml

import (
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// holds is what the phone holds of a database, after what it declares and what is known of its model.
func (t *turn) holds(d *database) dataclass.Capabilities {
	return t.holdsOf(t.device, &t.rules, d.Name, d.Class)
}

// holdsOf is what a device holds of one of its databases, after what it declares and what rules say.
func (s *Server) holdsOf(dev *wire.DevInf, rules *devicerule.Rules, name string, class dataclass.Class) dataclass.Capabilities {
	return rules.Shape(declaredCaps(dev, name, class, takesOf(dev, rules, name, class)), class, s.o.Zone)
}

// declared is a database with all that the phone declares of it.
func (t *turn) declared(d *database) Database { return describe(t.device, d.face()) }

// describe is a database with all that a device declares of it.
func describe(dev *wire.DevInf, db Database) Database {
	db.Takes, db.Holds = formatOf(takesOf(dev, db.Name, db.Class)), holdsOf(dev, db.Name, db.Class)
	return db
}

// project gives an item in the dialect that a phone takes and within what it declares to hold
// (docs/engine.md 5.2). The error is one of package sources.
func project(class dataclass.Class, b dataclass.Body, want wire.ContentType, c dataclass.Capabilities) ([]byte, error) {
	item, err := dataclass.Decode(class, b)
	if err == nil {
		item, err = dataclass.Render(item, formatOf(want), c)
	}
	switch {
	case errors.Is(err, dataclass.ErrTooBig):
		return nil, fmt.Errorf("%w: %w", sources.ErrTooBig, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", sources.ErrUnsupported, err)
	}
	return item.Body().Data, nil
}

// formatOf is what a phone calls a content type: plain text has a version for phones only.
func formatOf(c wire.ContentType) dataclass.Format {
	if c == plain10 {
		return dataclass.PlainText
	}
	return dataclass.Format{Type: c.Type, Version: c.Version}
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
