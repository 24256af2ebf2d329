package syncml

import (
	"context"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// The temporary name of an Add may be no longer than the MaxGUIDSize that a phone declares for the database (Sync
// Protocol 1.1, 5.3.1). The number of the op is short enough for years; then the phone is given a short name, which
// is a zero and a number of the phone's own. No number of an op begins with a zero.

// leastGUID is the least MaxGUIDSize that is believed: phones declare 4 and more.
const leastGUID = 4

// guidLimit is how long a name the phone takes in a database, 0 for any.
func guidLimit(dev *wire.DevInf, name string) int {
	if s := storeIn(dev, name); s != nil && s.MaxGUIDSize >= leastGUID {
		return s.MaxGUIDSize
	}
	return 0
}

// name gives an Add a temporary name that the phone takes.
func (t *turn) name(ctx context.Context, db *database, op *Outgoing) error {
	limit := guidLimit(t.device, db.Name)
	if op.Verb != sources.Add || limit == 0 || len(op.GUID) <= limit {
		return nil
	}
	short, err := t.store.shortName(ctx, t.phone, op.Op, limit)
	op.GUID = short
	return err
}

// isShort reports whether a temporary name is one of those that shortName gives.
func isShort(guid string) bool { return len(guid) > 1 && guid[0] == '0' }

// prepareMap looks up the short names in a Map.
func (t *turn) prepareMap(ctx context.Context, m *wire.Map) error {
	var guids []string
	for _, item := range m.Items {
		if g := strings.ToLower(strings.TrimSpace(item.GUID)); isShort(g) {
			guids = append(guids, g)
		}
	}
	if len(guids) == 0 {
		return nil
	}
	ops, err := t.store.opsNamed(ctx, t.phone, guids)
	if t.opsOf == nil {
		t.opsOf = make(map[string]int64)
	}
	for g, op := range ops {
		t.opsOf[g] = op
	}
	return err
}

// opOf gives the op that a temporary name stands for, 0 if we never gave such a name.
func (t *turn) opOf(guid string) int64 {
	guid = strings.ToLower(strings.TrimSpace(guid))
	if isShort(guid) {
		return t.opsOf[guid]
	}
	op, err := strconv.ParseInt(guid, 36, 64)
	if err != nil || op <= 0 {
		return 0
	}
	return op
}
