package syncml

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// mapping takes the names that a phone gave to items. A GUID that we never gave is left out.
func (t *turn) mapping(m *wire.Map) {
	i, d := t.state.database(m.Source, m.Target)
	if d == nil {
		t.answerItem(m, m.NoResp, 404, m.Target.URI, m.Source.URI)
		return
	}
	for _, item := range m.Items {
		op, err := strconv.ParseInt(item.GUID, 36, 64)
		if err != nil || op <= 0 || !plain(item.LUID) {
			continue
		}
		t.answers[i] = append(t.answers[i], Answer{Op: op, Kind: Mapped, LUID: item.LUID})
	}
	t.answerItem(m, m.NoResp, 200, m.Target.URI, m.Source.URI)
}
