package dav

// findAliases finds the items that we wrote to a path which the server spells otherwise: it lists them at another one (with other
// capitals, with a slash more), and answers at both. What it lists as new is the very item of ours of which it says nothing.
func (m *merging) findAliases() {
	listed := make(map[string][]seen)
	for _, e := range m.read {
		if e.ours && e.uid != "" && !m.asked[e.href] && !m.rows[e.href].there() && m.renamed[e.href] == nil {
			listed[e.uid] = append(listed[e.uid], e)
		}
	}
	if len(listed) == 0 || len(m.asked) == 0 {
		return
	}
	kept := m.read[:0:0]
	for _, e := range m.read {
		at, r := listed[e.uid], m.rows[e.href]
		if m.asked[e.href] && r.there() && !r.Dead && len(at) == 1 && at[0].rev == e.rev && condition(at[0].etag) == condition(e.etag) {
			m.renamed[at[0].href] = r
			delete(listed, e.uid)
			continue
		}
		kept = append(kept, e)
	}
	m.read = kept
}
