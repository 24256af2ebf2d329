package syncml

// maxTorn is how often in a session a large object of ours is begun anew.
const maxTorn = 3

// noEnd has a large object of ours begin anew whose end did not come to the phone (Alert 223). After a few
// times it is left for the next session.
func (t *turn) noEnd() {
	sp := t.state.Splitting
	if sp == nil {
		return // it has left whole: without a status it is sent again in the next session
	}
	t.state.Splitting = nil
	if t.state.TornOut++; t.state.TornOut < maxTorn {
		return
	}
	t.state.TornOut = 0
	for _, d := range t.state.Databases {
		if !d.Done {
			d.After = sp.Op
			return
		}
	}
}
