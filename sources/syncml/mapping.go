package syncml

import "github.com/bindery-sync/bindery/sources/syncml/internal/wire"

// mapping takes the names that a phone gave to items. A GUID that we never gave is left out.
func (t *turn) mapping(m *wire.Map) {
	i, d := t.state.database(m.Source, m.Target)
	if d == nil {
		t.answerItem(m, m.NoResp, 404, m.Target.URI, m.Source.URI)
		return
	}
	for _, item := range m.Items {
		op := t.opOf(item.GUID)
		if op == 0 || !plain(item.LUID) {
			continue
		}
		t.answers[i] = append(t.answers[i], Answer{Op: op, Kind: Mapped, LUID: item.LUID})
	}
	t.answerItem(m, m.NoResp, 200, m.Target.URI, m.Source.URI)
}
