package evidence

// learn finds by how much the times of one side are off, from events and tasks whose title nobody else has.
func (s *setting) learn(w *world, all []couple) {
	n := 0.0
	for _, c := range all {
		x, y := &w.sides[0][c.a], &w.sides[1][c.b]
		v, u := x.first(kSummary), y.first(kSummary)
		if (x.class != 'E' && x.class != 'T') || v == nil || u == nil || v.n != 2 || v.hash != u.hash {
			continue
		}
		k := kStart
		if x.class == 'T' {
			k = kDue
		}
		a, ok := clockOf(x.first(k))
		b, ok2 := clockOf(y.first(k))
		if !ok || !ok2 {
			continue
		}
		t, shift := a.compare(b)
		if n++; t == shifted && shift != 0 {
			if s.shifts == nil {
				s.shifts = make(map[int]float64)
			}
			s.shifts[shift]++
		}
	}
	for shift := range s.shifts {
		s.shifts[shift] = max(0, s.shifts[shift]-1) / (n + 4)
	}
}

// learned gives how probable a shift from x to y is; x and y may be of either side.
func (s *setting) learned(shift int, x, y *record) float64 {
	if x.side > y.side {
		shift = -shift
	}
	return s.shifts[shift]
}
