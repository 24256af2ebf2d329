package evidence

import "strings"

// contactRules are the values of a contact that are texts. The columns are same, stranger, kin, peer.
var contactRules = []rule{
	{kEmail, false, 1e-6, chances{0.88, 0, 0.08, 0.02}, chances{0.05, 2e-4, 0.01, 0.01}, chances{0.03, 0.02, 0.1, 0.1}, chances{0.06, 1, 0.87, 0.9}},
	{kNote, false, 1e-3, chances{0.8, 0, 0, 0.01}, chances{0.08, 2e-3, 2e-3, 5e-3}, chances{0.06, 5e-3, 5e-3, 0.01}, chances{0.06, 1, 1, 1}},
	{kURL, false, 1e-4, chances{0.85, 0, 0.05, 0.5}, chances{0.05, 1e-3, 0.01, 0.1}, chances{0.02, 5e-3, 0.01, 0.1}, chances{0.1, 1, 0.9, 0.5}},
	{kIM, false, 1e-5, chances{0.85, 0, 0.02, 0}, chances{0.03, 1e-3, 1e-3, 1e-3}, chances{0.02, 2e-3, 0.01, 2e-3}, chances{0.1, 1, 0.95, 1}},
	uidRule,
}

// uidRule is for names that programs give. Those of two sides that give names of their own always differ; where
// sides keep them, that they differ tells much, which is learned. Hardly ever do two of a series share one.
var uidRule = rule{kUID, false, 1e-7, chances{0.5, 0, 1e-5, 0}, chances{1, 1, 1, 1}, chances{1, 1, 1, 1}, chances{0.5, 1, 1, 1}}

// contact adds up what two contacts tell.
func (s *setting) contact(o *odds, x, y *record) {
	s.names(o, x, y)
	s.phones(o, x, y)
	if o.lead() < hopeless {
		return
	}
	s.birthday(o, x, y)
	s.address(o, x, y)
	s.work(o, x, y)
	for i := range contactRules {
		switch l := contactRules[i].apply(s, o, x, y); contactRules[i].kind {
		case kEmail:
			o.weigh(l)
			o.personal = o.personal || l >= shorter
			o.own = o.own || l >= shorter && ownValue(x, y, kEmail)
		case kUID, kIM:
			o.backed = o.backed || l >= shorter
			o.personal = o.personal || l >= shorter
			o.own = o.own || l >= shorter && ownValue(x, y, contactRules[i].kind)
		case kNote, kURL:
			o.backed = o.backed || l >= shorter
		}
	}
	if x.first(kNick) != nil || y.first(kNick) != nil {
		s.nicks(o, x, y)
	}
}

// hopeless is how much may speak against two contacts, by name and numbers, before nothing else is looked at.
const hopeless = -14

// nicks adds a nickname that the other side has as a nickname or as a name.
func (s *setting) nicks(o *odds, x, y *record) {
	for _, side := range [2][2]*record{{x, y}, {y, x}} {
		for i := range side[0].vals {
			v := &side[0].vals[i]
			if v.kind != kNick {
				continue
			}
			for j := range side[1].vals {
				w := &side[1].vals[j]
				if (w.kind == kNick || w.kind == kGiven || w.kind == kFull) && w.text == v.text {
					p := s.chanceOf(max(v.n, w.n)+1, usualName)
					o.add(chances{0.6, 0.6 * min(1, 3*p+0.003), 0.05, 0.01})
					return
				}
			}
		}
	}
}

// usualPhone is how frequent a number is.
const usualPhone = 1e-5

// A callList is what the numbers of two contacts have in common.
type callList struct {
	shared      *value // the rarest number on both sides
	level       int
	more        int // further numbers on both sides
	mobile      bool
	mobiles     [2]int // how many mobile numbers each side has
	sameMobiles int
	own         bool // a number on both sides belongs to one person
	any         [2]bool
}

func (s *setting) phones(o *odds, x, y *record) {
	l := compareNumbers(x, y)
	if !l.any[0] || !l.any[1] {
		return
	}
	switch l.level {
	case phoneSame:
		o.backed, o.landline, o.personal = true, true, o.personal || l.mobile || l.own
		o.own = o.own || l.own
		p := s.chanceOf(l.shared.n, usualPhone)
		if l.mobile {
			o.addSeen(s, kPhone, equal, chances{0.85, p, max(p, 0.02), max(p, 0.01)})
		} else {
			o.addSeen(s, kPhone, equal, chances{0.85, p, max(p, 0.5), max(p, 0.4)})
		}
		for range min(l.more, 2) {
			o.add(chances{0.7, 0.05, 0.4, 0.3})
		}
		if l.mobiles[0] > 0 && l.mobiles[1] > 0 && l.sameMobiles == 0 {
			o.add(chances{0.04, 0.95, 0.95, 0.95})
		}
	case phoneLocal:
		o.backed = true
		p := s.chanceOf(l.shared.n, usualPhone)
		o.addSeen(s, kPhone, shorter, chances{0.05, p + 1e-6, max(p, 0.1), max(p, 0.1)})
	case phoneTypo:
		o.addSeen(s, kPhone, similar, chances{0.03, 2e-5, 0.005, 0.02})
	default:
		o.against = true
		o.addSeen(s, kPhone, differ, chances{0.035, 1, 0.4, 0.5})
	}
}

func isPhone(k kind) bool { return k == kMobile || k == kPhone || k == kFax }

// calls reports whether a record has a number.
func (r *record) calls() bool { return r.kinds&(1<<kMobile|1<<kPhone|1<<kFax) != 0 }

// compareNumbers pairs the numbers of two contacts.
func compareNumbers(x, y *record) callList {
	var l callList
	if !x.calls() || !y.calls() {
		return l
	}
	for i := range x.vals {
		v := &x.vals[i]
		if !isPhone(v.kind) {
			continue
		}
		l.any[0] = true
		if v.kind == kMobile {
			l.mobiles[0]++
		}
		for j := range y.vals {
			if w := &y.vals[j]; isPhone(w.kind) {
				l.note(v, w, samePhone(v.text, w.text))
			}
		}
	}
	for j := range y.vals {
		l.any[1] = l.any[1] || isPhone(y.vals[j].kind)
		if y.vals[j].kind == kMobile {
			l.mobiles[1]++
		}
	}
	return l
}

// note counts two numbers.
func (l *callList) note(v, w *value, level int) {
	if level == phoneSame {
		if l.level == phoneSame {
			l.more++
		}
		l.own = l.own || ownLine(v, w)
		if v.kind == kMobile || w.kind == kMobile {
			l.mobile = true
			l.sameMobiles++
		}
	}
	if level > l.level || level == l.level && l.shared != nil && v.n < l.shared.n {
		l.level, l.shared = level, v
	}
}

// usualDay is how frequent a birthday is: one of some sixty years.
const usualDay = 5e-5

func (s *setting) birthday(o *odds, x, y *record) {
	v, w := x.first(kBirthday), y.first(kBirthday)
	if v == nil || w == nil || len(v.text) < 6 || len(w.text) < 6 {
		return
	}
	a, b := v.text, w.text
	switch {
	case a != b && (len(a) != 8 || len(b) != 8):
		if slips(a, b, 1) <= 1 {
			o.backed, o.personal = true, true
			o.addSeen(s, kBirthday, similar, chances{0.04, 0.001, 0.002, 0.001})
		} else if slips(a, b, 3) <= 3 {
			o.add(chances{0.02, 0.03, 0.03, 0.03})
		}
	case a == b:
		o.backed, o.personal, o.born = true, true, !strings.Contains(a, "0000")
		p := s.chanceOf(v.n, usualDay)
		o.addSeen(s, kBirthday, equal, chances{0.92, p, max(p, 0.01), p})
	case a[4:] == b[4:] && (a[:4] == "0000" || b[:4] == "0000" || a[:4] == "1604" || b[:4] == "1604"):
		o.add(chances{0.5, 0.003, 0.01, 0.003})
	case a[:4] == b[:4] && (strings.HasSuffix(a, "0000") || strings.HasSuffix(b, "0000")):
		o.add(chances{0.5, 0.02, 0.1, 0.03})
	case oneSlip(a, b) || a[:4] == b[:4] && a[4:6] == b[6:] && a[6:] == b[4:6] || nextDay(a, b):
		o.backed = true
		o.personal, o.born = o.personal || s.sloppy, o.born || s.sloppy
		if oneSlip(a, b) && !nextDay(a, b) && !s.sloppy {
			o.differs(relative)
		}
		o.addSeen(s, kBirthday, similar, chances{0.04, 0.004, 0.008, 0.004})
	case slips(a, b, 2) <= 2:
		if !s.sloppy {
			o.differs(relative)
		}
		o.add(chances{0.01, 0.05, 0.05, 0.05})
	default:
		o.against = true
		o.differs(relative)
		if o.otherName {
			o.differs(always)
		}
		o.addSeen(s, kBirthday, differ, chances{0.006, 0.95, 0.95, 0.95})
	}
}

// nextDay reports whether two dates are neighbours, as where a side lost the time zone.
func nextDay(a, b string) bool {
	if a[:6] == b[:6] {
		d := int(a[6]-'0')*10 + int(a[7]) - int(b[6]-'0')*10 - int(b[7])
		return d == 1 || d == -1
	}
	if a > b {
		a, b = b, a
	}
	return b[6:] == "01" && a[6:] >= "28" && (a[:4] == b[:4] || a[4:] == "1231" && b[4:] == "0101")
}

var (
	streetRule = rule{kStreet, false, 2e-4, chances{0.8, 0, 0.85, 0.4}, chances{0.08, 1e-4, 0.05, 0.05}, chances{0.06, 1e-3, 0.05, 0.05}, chances{0.09, 1, 0.15, 0.55}}
	postRule   = rule{kPost, false, 3e-3, chances{0.85, 0, 0.85, 0.5}, chances{0.02, 0.01, 0.02, 0.02}, chances{0.06, 0.02, 0.06, 0.06}, chances{0.1, 1, 0.12, 0.5}}
	townRule   = rule{kTown, false, 1e-2, chances{0.9, 0, 0.9, 0.7}, chances{0.05, 0.01, 0.05, 0.05}, chances{0.03, 0.02, 0.03, 0.03}, chances{0.06, 1, 0.08, 0.3}}
)

var (
	orgRule   = rule{kOrg, false, 2e-3, chances{0.85, 0, 0.02, 0.9}, chances{0.06, 1e-3, 1e-3, 0.05}, chances{0.03, 3e-3, 3e-3, 0.03}, chances{0.06, 1, 1, 0.03}}
	titleRule = rule{kTitle, false, 1e-2, chances{0.85, 0, 0, 0.1}, chances{0.04, 0.01, 0.01, 0.02}, chances{0.04, 0.02, 0.02, 0.04}, chances{0.07, 1, 1, 0.85}}
)

// work adds where somebody works, and as what. Who goes to another place mostly gets another title.
func (s *setting) work(o *odds, x, y *record) {
	if orgRule.apply(s, o, x, y) != differ {
		titleRule.apply(s, o, x, y)
	}
}

// address adds where somebody lives. Who shares the street mostly shares the rest.
func (s *setting) address(o *odds, x, y *record) {
	street := streetRule.apply(s, o, x, y)
	o.backed = o.backed || street >= shorter
	if street >= shorter {
		more := newOdds(nil)
		switch postRule.apply(s, &more, x, y) {
		case equal:
			o.add(chances{0.9, 0.6, 0.9, 0.8})
		case differ:
			o.add(chances{0.06, 0.4, 0.06, 0.1})
		}
		return
	}
	post := postRule.apply(s, o, x, y)
	o.backed = o.backed || street == similar && post == equal
	if post == absent {
		townRule.apply(s, o, x, y)
	}
}
