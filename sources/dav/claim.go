package dav

// claimed finds the items that Adds made: first by what they were written as, then by what they say, for servers that
// give what they take another UID and another path. No item is of two Adds.
func (m *merging) claimed(adds []addRow) error {
	m.claims = make(map[string]addRow)
	var fresh []seen
	for _, e := range m.read {
		if e.ours && !m.rows[e.href].there() && m.renamed[e.href] == nil {
			fresh = append(fresh, e)
		}
	}
	var left []addRow
	for _, a := range adds {
		if !m.claimFirst(a, fresh, func(e seen) bool { return e.uid == a.UID || e.href == a.Href }) && a.Says != "" {
			left = append(left, a)
		}
	}
	if len(left) == 0 || len(fresh) == len(m.claims) {
		return nil
	}
	says := make(map[string]string)
	for _, e := range fresh {
		data, _, err := m.spool.Get(e.href)
		if err != nil {
			return err
		}
		says[e.href] = saying(m.class, data)
	}
	for _, a := range left {
		m.claimFirst(a, fresh, func(e seen) bool { return says[e.href] == a.Says })
	}
	return nil
}

// claimFirst gives an Add the first item that is like it and no other's.
func (m *merging) claimFirst(a addRow, fresh []seen, like func(seen) bool) bool {
	for _, e := range fresh {
		if _, taken := m.claims[e.href]; !taken && like(e) {
			m.claims[e.href] = a
			return true
		}
	}
	return false
}
