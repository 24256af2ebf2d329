package entry

import (
	"slices"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A keys says how alike two values of a list are.
type keys struct {
	// all is equal for values that say the same, value for those that say it of something else (the number without
	// its type), sort for those of the same type.
	all, value, sort string
}

// A list is the elements of one sort in an entry, and the values that they hold.
type list[T any] struct {
	// hear gives the value of an element; false for one that is of another sort or says nothing that is
	// understood, and that therefore stays as it is.
	hear func(el *xmltree.Element) (T, bool)
	keys func(v T) keys
	// edit makes the element say want where it says something else. Have is the value that it says; blank that
	// it is new.
	edit func(el *xmltree.Element, have, want T, blank bool)
	// blank makes an empty element.
	blank func(x Context) *xmltree.Element
}

// heard gives the elements that are understood, with their values.
func (l *list[T]) heard(e *xmltree.Element) (els []*xmltree.Element, values []T) {
	for c := range e.Elements() {
		if v, ok := l.hear(c); ok {
			els, values = append(els, c), append(values, v)
		}
	}
	return els, values
}

// values gives what the elements say.
func (l *list[T]) values(e *xmltree.Element) []T {
	_, out := l.heard(e)
	return out
}

// write makes the elements say what is wanted. One that says it stays as it is; one that says it of another type,
// or something else of the same type, is edited and keeps what else it holds.
func (l *list[T]) write(e *xmltree.Element, want []T, x Context) {
	els, have := l.heard(e)
	if len(els) == 0 {
		for _, v := range want {
			l.enter(e, v, x)
		}
		return
	}
	to := assign(l.all(have), l.all(want))
	var gone []*xmltree.Element
	for i, w := range to {
		switch {
		case w < 0:
			gone = append(gone, els[i])
		case l.keys(have[i]).all != l.keys(want[w]).all:
			l.edit(els[i], have[i], want[w], false)
		}
	}
	remove(e, gone...)
	for w, v := range want {
		if !slices.Contains(to, w) {
			l.enter(e, v, x)
		}
	}
}

// enter makes an element of a value.
func (l *list[T]) enter(e *xmltree.Element, v T, x Context) {
	el := l.blank(x)
	var none T
	l.edit(el, none, v, true)
	insert(e, el)
}

func (l *list[T]) all(values []T) []keys {
	out := make([]keys, len(values))
	for i, v := range values {
		out[i] = l.keys(v)
	}
	return out
}

// says gives the keys of values in an order of their own, to compare two lists by.
func (l *list[T]) says(values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = l.keys(v).all
	}
	slices.Sort(out)
	return out
}

// assign finds for each value that is there the wanted one that it is, or becomes; -1 if it goes.
func assign(have, want []keys) []int {
	to, taken := make([]int, len(have)), make([]bool, len(want))
	for i := range to {
		to[i] = -1
	}
	for _, key := range []func(keys) string{
		func(k keys) string { return k.all },
		func(k keys) string { return k.value },
		func(k keys) string { return k.sort },
	} {
		free := make(map[string][]int)
		for w, k := range want {
			if !taken[w] {
				free[key(k)] = append(free[key(k)], w)
			}
		}
		for i, k := range have {
			if queue := free[key(k)]; to[i] < 0 && len(queue) > 0 {
				to[i], taken[queue[0]] = queue[0], true
				free[key(k)] = queue[1:]
			}
		}
	}
	return to
}
