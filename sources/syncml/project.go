package syncml

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// holds is what the phone holds of a database, after what it declares and what is known of its model.
func (t *turn) holds(d *database) dataclass.Capabilities {
	return t.holdsOf(t.phone, t.device, &t.rules, d.Name, d.Class)
}

// holdsOf is what a device holds of one of its databases, after what it declares and what rules say. The zone that its
// user says it is in goes before that which a rule has for all of its model.
func (s *Server) holdsOf(p Phone, dev *wire.DevInf, rules *devicerule.Rules, name string, class dataclass.Class) dataclass.Capabilities {
	if p.Zone != "" {
		own := *rules
		own.Zone, rules = nil, &own
	}
	declared := s.timed(dev, p.Zone, declaredCaps(dev, name, class, takesOf(dev, rules, name, class)))
	return rules.Shape(declared, class, cmp.Or(p.Zone, s.o.Zone))
}

// A form is how items are sent to a phone.
type form struct {
	want     wire.ContentType
	renderer *dataclass.Renderer
	// err is why nothing can be sent so.
	err error
}

// learned finds out what the phone holds of a database: what it declares, and what it was seen to hold beyond
// that. The engine reckons with the same.
func (t *turn) learned(ctx context.Context, d *database) error {
	holds := t.holds(d)
	if (len(holds.Limits) > 0 || holds.Calendar.OneEntry) && !d.Failed {
		k, err := t.o.Syncs.Learned(ctx, t.phone, t.declared(d))
		if err != nil {
			return fmt.Errorf("what the phone keeps of %s: %w", d.Name, err)
		}
		holds = holds.Corrected(k)
	}
	f := form{want: t.takes(d)}
	f.renderer, f.err = dataclass.NewRenderer(formatOf(f.want), holds)
	t.forms[d.Name] = f
	return nil
}

// declared is a database with all that the phone declares of it.
func (t *turn) declared(d *database) Database {
	return t.declaredBy(t.phone, t.device, &t.rules, d.face())
}

// declaredBy is a database with all that a device declares of it.
func (s *Server) declaredBy(p Phone, dev *wire.DevInf, rules *devicerule.Rules, db Database) Database {
	db.Takes, db.Holds = formatOf(takesOf(dev, rules, db.Name, db.Class)), s.holdsOf(p, dev, rules, db.Name, db.Class)
	return db
}

// project gives an item in the dialect that a phone takes and within what it declares to hold
// (docs/engine.md 5.2). The error is one of package sources.
func (f form) project(class dataclass.Class, b dataclass.Body) ([]byte, error) {
	var item *dataclass.Item
	err := f.err
	if err == nil {
		item, err = f.renderer.Render(class, b)
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
