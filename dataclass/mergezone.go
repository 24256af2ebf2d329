package dataclass

// zonedAs gives the edit of a time in the zone that the base has it in. A side that cannot say a zone, or not
// this one, holds the same instant in another one or in UTC: that it moved the time is an edit, that it
// has no zone is none. A side that knows local times only holds what the clock shows in the zone. The edit
// stays as it is if the side holds the time as the base does, or if its user chose another zone.
func zonedAs(base, shadow *element, ed *edit) *edit {
	if base.trait.kind != kindTime || base.in == nil || len(ed.parts) != 1 {
		return ed
	}
	b, okB := momentOf(base.prop)
	s, okS := momentOf(shadow.prop)
	n, okN := momentOf(ed.src.prop)
	if !okB || !okS || !okN || b.tzid == "" || n.date || s.tzid == b.tzid || s.tzid != n.tzid || s.utc != n.utc {
		return ed
	}
	at, was := base.in.zones.find(b.tzid), base.in.zones
	if at == nil {
		return ed
	}
	m := b.with(n.wall())
	if s.utc || s.tzid != "" {
		before, ok1 := was.instant(b)
		same, ok2 := shadow.in.zones.instant(s)
		now, ok3 := ed.src.in.zones.instant(n)
		if !ok1 || !ok2 || !ok3 || !before.Equal(same) {
			return ed
		}
		m = b.with(now.In(at.Location()))
	} else if s.date || !b.wall().Equal(s.wall()) { // its clock is not that of the zone
		return ed
	}
	moved := *ed.src
	prop := *base.prop
	prop.Value = m.String()
	moved.prop, moved.in = &prop, base.in
	moved.parts = []part{{partValue, was.momentKey(m, base.parts[0].val[:1] == "Z")}}
	moved.ident = moved.parts[0].val
	moved.whole = moved.sum()
	return &edit{src: &moved, parts: []partEdit{{part: moved.parts[0], src: &moved}}}
}
