package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// reviewCmd is "bindery review".
type reviewCmd struct {
	List reviewListCmd `cmd:"" default:"withargs" help:"Show pairs of items that may be one, side by side."`
	Same reviewSameCmd `cmd:"" help:"Say of pairs that they are one item: the next sync merges them."`
	Two  reviewTwoCmd  `cmd:"" help:"Say of pairs that they are two items: the next sync adds each to the other side."`
}

type reviewListCmd struct {
	Binding int64 `help:"Only that binding." placeholder:"ID"`
}

// Run shows the pairs of all accounts, what differs first.
func (c *reviewListCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		if err := h.knowsBinding(ctx, c.Binding); err != nil {
			return err
		}
		n := 0
		err := h.each(ctx, func(a bindings.Account) error {
			list, err := h.bindings.Doubts(ctx, a.ID, c.Binding)
			for _, d := range list {
				if n++; n > 1 {
					term.aside("\n")
				}
				if err := showDoubt(term, a.Name, d); err != nil {
					return err
				}
			}
			return err
		})
		if err == nil && n == 0 {
			term.aside("nothing is doubtful\n")
		}
		return err
	})
}

// showDoubt prints one pair as a table of its properties.
func showDoubt(term *terminal, account string, d bindings.DoubtfulPair) error {
	if term.json {
		return term.line(pairJSON(d, account))
	}
	said := map[engine.Verdict]string{engine.Same: ", said to be the same", engine.Two: ", said to be two"}
	term.printf("pair %d: %s of binding %d, account %s, since %s, mark %s%s\n", d.ID, d.Class, d.Binding, account, stamp(d.Since), d.Mark, said[d.Verdict])
	t := newTable(term, "", "SOURCE", "TARGET")
	t.row("item", shown(string(d.Items[0].Item)), shown(string(d.Items[1].Item)))
	var fields [2]map[string][]string
	for s := range d.Items {
		fields[s] = fieldsOf(d.Class, d.Items[s].Body)
	}
	rows := rowsOf(fields)
	for _, r := range rows {
		t.row(r[:]...)
	}
	return t.flush(nil)
}

// rowsOf puts the properties of two items side by side: those that differ first, marked, each part by name.
func rowsOf(fields [2]map[string][]string) [][3]string {
	var names []string
	for s := range fields {
		for name := range fields[s] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var differ, same [][3]string
	for _, name := range slices.Compact(names) {
		r := [3]string{name, shown(strings.Join(fields[0][name], ", ")), shown(strings.Join(fields[1][name], ", "))}
		if slices.Equal(fields[0][name], fields[1][name]) {
			same = append(same, r)
		} else {
			r[0] = "* " + r[0]
			differ = append(differ, r)
		}
	}
	return append(differ, same...)
}

// notTold are properties that say nothing of the item.
var notTold = []string{"BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"}

// fieldsOf gives the values of an item by property, in one format whatever the item came in. What cannot be brought into
// that is shown as it is.
func fieldsOf(class dataclass.Class, b dataclass.Body) map[string][]string {
	out := make(map[string][]string)
	format := dataclass.ICalendar20
	if class == dataclass.Contacts {
		format = dataclass.VCard30
	}
	it, err := dataclass.Decode(class, b)
	if err == nil {
		it, err = it.Project(format)
	}
	if err != nil {
		out["TEXT"] = []string{string(b.Data)}
		return out
	}
	text := strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(string(it.Body().Data))
	for line := range strings.Lines(text) {
		head, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		name, _, _ := strings.Cut(head, ";")
		if _, rest, grouped := strings.Cut(name, "."); grouped {
			name = rest
		}
		if name = strings.ToUpper(name); ok && !slices.Contains(notTold, name) {
			out[name] = append(out[name], value)
		}
	}
	for name := range out {
		slices.Sort(out[name])
	}
	return out
}

// shown gives a user's text for a cell: on one line, no longer than fits, and without what moves a cursor.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 48 {
		return string(r[:47]) + "…"
	}
	return s
}

type reviewSameCmd struct {
	asSeen
	ID []int64 `arg:"" name:"id" help:"Pairs as the list names them."`
}

// Run says that the pairs are one item each, whoever they belong to.
func (c *reviewSameCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.decide(ctx, term, c.asSeen, c.ID, engine.Same, "to be made one")
}

type reviewTwoCmd struct {
	asSeen
	ID []int64 `arg:"" name:"id" help:"Pairs as the list names them."`
}

// Run says that the pairs are two items each, whoever they belong to.
func (c *reviewTwoCmd) Run(ctx context.Context, term *terminal, p place) error {
	return p.decide(ctx, term, c.asSeen, c.ID, engine.Two, "to be kept as two")
}

// decide records a person's word on pairs, each as it was shown.
func (p place) decide(ctx context.Context, term *terminal, see asSeen, ids []int64, v engine.Verdict, what string) error {
	if err := see.about(len(ids)); err != nil {
		return err
	}
	return p.found().visit(ctx, quiet(term), func(h *house) error {
		pairs, err := h.doubtfulPairs(ctx)
		if err != nil {
			return err
		}
		done := 0
		var failed error
		for _, id := range ids {
			d, known := pairs[id]
			if !known {
				failed = errors.Join(failed, fmt.Errorf("there is no doubtful pair %s", strconv.FormatInt(id, 10)))
				continue
			}
			if err := h.decidePair(ctx, term, see, d, v, what); err != nil {
				return err
			}
			done++
		}
		term.aside("%d %s by the next sync\n", done, what)
		return failed
	})
}

// doubtfulPairs are those of all accounts, by their numbers.
func (h *house) doubtfulPairs(ctx context.Context) (map[int64]bindings.DoubtfulPair, error) {
	out := make(map[int64]bindings.DoubtfulPair)
	return out, h.each(ctx, func(a bindings.Account) error {
		list, err := h.bindings.Doubts(ctx, a.ID, 0)
		for _, d := range list {
			out[d.ID] = d
		}
		return err
	})
}

// decidePair decides one pair, for what the two said when they were read.
func (h *house) decidePair(ctx context.Context, term *terminal, see asSeen, d bindings.DoubtfulPair, v engine.Verdict, what string) error {
	mark, err := see.agreed(term, d.Mark, fmt.Sprintf("pair %d is %s", d.ID, what), func() error { return showDoubt(term, h.nameOf(ctx, d.Owner), d) })
	if err != nil {
		return err
	}
	if err := h.bindings.Decide(ctx, d.Owner, d.ID, v, mark); err != nil {
		return err
	}
	return term.say(jsonVerdict{Pair: d.ID, Verdict: verdictWord(v)}, "")
}
