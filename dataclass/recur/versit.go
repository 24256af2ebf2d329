package recur

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseVersit reads the value of an RRULE or EXRULE of vCalendar 1.0 (versit, 1996, "Recurrence Rule
// Grammar"), which takes from the start what it does not say: the day of W without days and of MD, the
// position of MP, the month of YM, the date of YD. Case and blanks do not matter, nor commas between the
// values of a list.
//
// Four things are read as follows:
//   - "#5" counts how often the rule comes round, as the grammar has it ("W1 TU TH #5" is five weeks),
//     so COUNT is that times the days, months and times that the rule lists. "#0" is for ever.
//   - A rule with neither # nor an end comes round twice, which is the grammar's default. Devices that
//     mean "for ever" write "#0".
//   - An end that is a date, or midnight at the start's place, is a day and included; devices write
//     the last day so. Any other end is the last moment at which an occurrence may start.
//   - A week begins on Monday; the grammar does not say.
//
// A rule that elaborates another ("YM1 6 #10 MP1 1+ SU") is read where one RRULE can say it. UNTIL is of
// the type that RFC 5545 demands for the start. ErrSyntax says that this is not the grammar,
// ErrUnsayable that no single RRULE means the same, also where the text holds several rules:
// ParseVersitList reads those.
func ParseVersit(s string, start Start) (Rule, error) {
	rules, err := ParseVersitList(s, start)
	if err != nil {
		return Rule{}, err
	}
	if len(rules) != 1 {
		return Rule{}, fmt.Errorf("%w: %d rules in one", ErrUnsayable, len(rules))
	}
	return rules[0], nil
}

// ParseVersitList reads like ParseVersit a value that may hold several rules, apart by semicolons or
// one behind the other. There is at least one rule unless there is an error.
func ParseVersitList(s string, start Start) ([]Rule, error) {
	if len(s) > maxText {
		return nil, fmt.Errorf("%w: %d bytes", ErrSyntax, len(s))
	}
	var rules []Rule
	for text := range strings.SplitSeq(s, ";") {
		chains, err := versitChains(versitTokens(text), start)
		if err != nil {
			return nil, err
		}
		for _, chain := range chains {
			r, err := chain.rule(start)
			if err != nil {
				return nil, err
			}
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("%w: empty", ErrSyntax)
	}
	return rules, nil
}

// versitTokens takes a rule apart. What devices glue together is parted: "MO#0", "2+WE".
func versitTokens(s string) []string {
	var b strings.Builder
	upper := strings.ToUpper(strings.ReplaceAll(s, ",", " "))
	for i := range len(upper) {
		letter := upper[i] >= 'A' && upper[i] <= 'Z'
		if upper[i] == '#' || letter && i > 0 && strings.IndexByte("+-$", upper[i-1]) >= 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(upper[i])
	}
	return strings.Fields(b.String())
}

// A layer is one rule of the grammar, which the next layer of its chain elaborates.
type layer struct {
	kind      string // M, D, W, MP, MD, YM, YD
	interval  int
	rounds    int // what stands behind #, -1 if nothing does
	until     Until
	days      []Day   // W, MP
	numbers   []int   // MD, YM, YD
	runs      [][]int // times in minutes since midnight, of each run of days
	timed     bool    // the last token was a time
	positions []int   // MP: what the next days are counted by
	placed    bool    // MP: the positions have a day
	marked    []mark
}

// A mark is the item, or the time, that $ makes the last one of the last round.
type mark struct {
	rank int
	time bool
}

// A chain is a rule and those that elaborate it.
type chain []layer

// ranks puts the kinds in the order in which one can elaborate another.
var ranks = map[string]int{"M": 1, "D": 2, "W": 3, "MP": 4, "MD": 4, "YM": 5, "YD": 5}

// heading is the layer that a token like MP2 opens.
func heading(token string) (layer, bool) {
	kind := strings.TrimRight(token, "0123456789")
	number := token[len(kind):]
	if ranks[kind] == 0 || kind == "M" && number == "" {
		return layer{}, false
	}
	if number == "" {
		number = "1"
	}
	n, err := strconv.Atoi(number)
	return layer{kind: kind, interval: n, rounds: -1}, err == nil && n > 0 && n <= maxNumber
}

func versitChains(tokens []string, start Start) (chains []chain, err error) {
	for _, token := range tokens {
		if l, ok := heading(token); ok {
			last := len(chains) - 1
			if last >= 0 && ranks[l.kind] < ranks[chains[last][len(chains[last])-1].kind] {
				chains[last] = append(chains[last], l)
			} else {
				chains = append(chains, chain{l})
			}
			continue
		}
		if len(chains) == 0 || len(chains) > maxList {
			return nil, fmt.Errorf("%w: %.20q", ErrSyntax, token)
		}
		last := chains[len(chains)-1]
		if err := last[len(last)-1].take(token, start); err != nil {
			return nil, err
		}
	}
	for _, c := range chains {
		for i := range c {
			if err := c[i].finish(start); err != nil {
				return nil, err
			}
		}
	}
	return chains, nil
}

// take reads a token behind the heading.
func (l *layer) take(token string, start Start) (err error) {
	bare, marker := strings.CutSuffix(token, "$")
	bad := fmt.Errorf("%w: %.20q behind %s", ErrSyntax, token, l.kind)
	switch {
	case token[0] == '#':
		n, err := strconv.Atoi(token[1:])
		if err != nil || n < 0 || n > maxNumber || l.rounds >= 0 {
			return bad
		}
		l.rounds = n
	case len(token) >= 8:
		if l.until.Kind != NoUntil {
			return bad
		}
		l.until, err = versitEnd(token, start)
		return err
	case len(bare) == 4 && l.kind != "M" && l.kind != "YM" && allDigits(bare):
		return l.takeTime(bare, marker)
	case l.kind == "W" || l.kind == "MP":
		if !l.takeDay(bare, marker) {
			return bad
		}
	case l.kind == "MD" || l.kind == "YM" || l.kind == "YD":
		if !l.takeNumber(bare, marker) {
			return bad
		}
	default:
		return bad
	}
	return nil
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func (l *layer) takeTime(s string, marker bool) error {
	n, _ := strconv.Atoi(s)
	if n/100 > 23 || n%100 > 59 {
		return fmt.Errorf("%w: time %s", ErrSyntax, s)
	}
	n = n/100*60 + n%100
	if len(l.runs) == 0 {
		l.runs = [][]int{nil}
	}
	last := len(l.runs) - 1
	l.runs[last] = append(l.runs[last], n)
	l.timed = true
	if marker {
		l.marked = append(l.marked, mark{n, true})
	}
	return nil
}

// item notes that an item was read that is no time.
func (l *layer) item(rank int, marker bool) {
	if len(l.runs) == 0 || l.timed {
		l.runs = append(l.runs, nil)
	}
	l.timed = false
	if marker {
		l.marked = append(l.marked, mark{rank, false})
	}
}

// takeDay reads a day of the week, or one of the positions before it.
func (l *layer) takeDay(s string, marker bool) bool {
	if l.kind == "MP" && s != "" && s[0] >= '0' && s[0] <= '9' {
		n, ok := signed(s, 5)
		if l.placed {
			l.positions, l.placed = nil, false
		}
		l.positions = append(l.positions, n)
		if marker {
			l.marked = append(l.marked, mark{Day{N: n}.place(), false})
		}
		return ok && n != 0 && len(l.positions) <= 10
	}
	day := weekdayNamed(s)
	l.item(int(day), marker)
	if l.kind == "W" {
		l.days = append(l.days, Day{0, day})
	}
	for _, n := range l.positions {
		l.days = append(l.days, Day{n, day})
	}
	l.placed = true
	return day != 0 && (l.kind == "W" || len(l.positions) > 0) && (l.kind == "W" || !marker)
}

// place puts the positions of MP in the order in which they come in a month.
func (d Day) place() int {
	if d.N < 0 {
		return 100 + d.N
	}
	return d.N
}

// signed reads 3, 3+ or 3-.
func signed(s string, most int) (int, bool) {
	digits, minus := strings.CutSuffix(s, "-")
	if !minus {
		digits = strings.TrimSuffix(s, "+")
	}
	n, err := strconv.Atoi(digits)
	if minus {
		n = -n
	}
	return n, err == nil && allDigits(digits) && n >= -most && n <= most
}

func (l *layer) takeNumber(s string, marker bool) bool {
	n, ok := -1, l.kind == "MD"
	if s != "LD" || !ok {
		most := map[string]int{"MD": 31, "YM": 12, "YD": 366}[l.kind]
		if n, ok = signed(s, most); n < 0 && l.kind != "MD" {
			return false
		}
	}
	l.item(n, marker)
	l.numbers = append(l.numbers, n)
	return ok && n != 0
}

// versitEnd reads an end date in the basic or the extended format of ISO 8601.
func versitEnd(s string, start Start) (Until, error) {
	s = strings.NewReplacer("-", "", ":", "").Replace(s)
	// Some devices end a day at 24 o'clock.
	if day, clock, ok := strings.Cut(s, "T24"); ok && strings.Trim(clock, "0Z") == "" {
		s = day
	}
	u, err := parseUntil(s)
	if err != nil || u.Kind == UntilDate {
		return u, err
	}
	wall := u.Time
	if u.Kind == UntilUTC {
		wall = digits(u.Time.In(start.Time.Location()))
	}
	if start.Date || wall.Equal(midnight(wall)) {
		u = Until{UntilDate, midnight(inYears(wall))}
	}
	return u, nil
}

// finish takes from the start what the layer does not say. YD without a day means the date of the start and not
// its number in the year, which is another date in leap years: a birthday.
func (l *layer) finish(start Start) error {
	first := start.wall()
	if l.kind == "MP" && len(l.positions) > 0 && !l.placed {
		return fmt.Errorf("%w: a position without a day", ErrSyntax)
	}
	nothing := len(l.days)+len(l.numbers) == 0
	switch {
	case !nothing:
	case l.kind == "W":
		l.days = []Day{{Weekday: weekdayOf(first)}}
	case l.kind == "MP":
		n := (first.Day()-1)/7 + 1
		if n == 5 {
			n = -1
		}
		l.days = []Day{{n, weekdayOf(first)}}
	case l.kind == "MD":
		l.numbers = []int{first.Day()}
	case l.kind == "YM":
		l.numbers = []int{int(first.Month())}
	}
	l.days, l.numbers = unique(l.days), unique(l.numbers)
	for i := range l.runs {
		l.runs[i] = sorted(l.runs[i])
	}
	return nil
}

// unique is the list with each value once, where it was first.
func unique[T comparable](list []T) []T {
	var left []T
	seen := map[T]bool{}
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			left = append(left, v)
		}
	}
	return left
}
