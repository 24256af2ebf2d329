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

// habits counts how often the values of pairs that are the same were equal, nearly equal or different: some devices
// cut every name, some people make many mistakes.
type habits struct {
	seen  [kKinds][levels]float64
	usual [kKinds][levels]float64 // the sum of what was expected
	cut   [2]float64              // how many names of each side were cut
	at    fieldLengths            // how long they are
}

func (h *habits) count(k kind, l level, expected float64) {
	h.seen[k][l]++
	h.usual[k][l] += expected
}

// steadfast is how many observations the expectation counts for; unlearned is how much may be learned at most.
const steadfast, unlearned = 40.0, 12.0

// adopt takes what was seen for the chance of it. What is not equal may only become more probable: the pairs that
// were sure are those with little of it.
func (s *setting) adopt(h *habits) {
	for k := range h.seen {
		n := 0.0
		for _, c := range h.seen[k] {
			n += c
		}
		for l, c := range h.seen[k] {
			if c == 0 {
				continue
			}
			usual := h.usual[k][l] / c
			f := (c + steadfast*usual) / (n + steadfast) / usual
			if level(l) == equal {
				s.habit[k][l] = min(1, max(f, 0.25))
			} else {
				s.habit[k][l] = min(unlearned, max(1, f))
			}
		}
	}
	for side, n := range h.cut {
		all := h.cut[0] + h.cut[1] + h.seen[kFull][equal]
		s.cuts[side] = min(unlearned, max(0.2, (n+2)/(0.01*all+2)))
	}
	s.cutLengths, s.sloppy = h.at, h.sloppy()
	s.keepers(h.seen[kUID][equal]+float64(s.named), h.seen[kUID][differ])
}

// keepers learns whether the sides keep the names that programs give: either mostly, or never.
func (s *setting) keepers(kept, renamed float64) {
	part := (renamed + 1) / (kept + renamed + 2)
	s.habit[kUID][differ] = part / uidRule.differ[same]
}
