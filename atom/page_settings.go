package atom

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// settings fills in the settings of a binding, and what its direction keeps back.
func (a *api) settings(r *http.Request, b bindings.Binding, v *pages.Binding) error {
	v.Seen = b.Updated.UnixMicro()
	for i, side := range []string{bindings.WinnerSource, bindings.WinnerTarget} {
		v.Winners = append(v.Winners, pages.Choice{Value: side, Title: v.Sides[i].Title + " (" + side + ")", Chosen: b.Winner == side})
	}
	for _, d := range []struct {
		way   bindings.Direction
		title string
	}{
		{bindings.BothWays, "both ways"}, {bindings.ToTarget, "only to " + v.Sides[1].Title}, {bindings.ToSource, "only to " + v.Sides[0].Title},
	} {
		v.Directions = append(v.Directions, pages.Choice{Value: string(d.way), Title: d.title, Chosen: b.Direction == d.way || b.Direction == "" && d.way == bindings.BothWays})
	}
	for _, c := range v.Classes {
		if class := dataclass.Class(c.Value); slices.Contains(stored, class) {
			v.Wanted = append(v.Wanted, pages.Choice{Value: c.Value, Title: c.Title, Chosen: b.Synchronizes(class)})
		}
	}
	v.Flags = []pages.Choice{
		{Value: "delete_wins", Title: "A deletion beats an edit", Chosen: b.DeleteWins, Hint: "Otherwise an item that one side deletes and the other edits comes back."},
		{Value: "remove_twins", Title: "Delete exact doubles of one side when everything is compared", Chosen: b.RemoveTwins},
		{Value: "ask_slow", Title: "Ask before everything is compared again", Chosen: b.AskSlow},
		{Value: "on_change", Title: "Synchronize as soon as something changes", Chosen: b.OnChange, Hint: "A phone is asked to come, if it can be reached."},
	}
	filters, err := a.Bindings.FilterList(r.Context(), b.Owner, b.ID)
	if err != nil {
		return err
	}
	v.Filters = filterFields(v, filters[b.ID])
	withheld, err := a.Bindings.Withheld(r.Context(), b.Owner, b.ID)
	for _, class := range logClasses {
		if n := withheld[class]; n > 0 {
			v.Warnings = append(v.Warnings, pages.Warning{Text: fmt.Sprintf(
				"%d changes of %s are kept back, because changes go one way only. They go on when the binding goes both ways.", n, class)})
		}
	}
	return err
}

// sideWords name the sides in a form.
var sideWords = [2]string{bindings.WinnerSource, bindings.WinnerTarget}

// filterFields are the filters of both sides for each dataclass that both have.
func filterFields(v *pages.Binding, set []bindings.FilterChange) []pages.FilterField {
	var out []pages.FilterField
	for _, c := range v.Wanted {
		for s, word := range sideWords {
			f := pages.FilterField{Class: c.Value, Side: word, Title: v.Sides[s].Title, Days: c.Value == string(dataclass.Events)}
			for _, have := range set {
				if have.Side == engine.Side(s) && string(have.Class) == c.Value {
					f.Category, f.Back, f.Ahead = have.Filter.Category, have.Filter.Back, have.Filter.Ahead
				}
			}
			out = append(out, f)
		}
	}
	return out
}

// formSettings changes what a binding does, all of it or nothing: nothing also where somebody changed it since the form
// was drawn, which has a field for everything.
func (a *api) formSettings(r *http.Request, f url.Values) (done, error) {
	b, err := a.binding(r)
	if err != nil {
		return done{}, err
	}
	c, err := readSettings(f, a.classChoices(r.Context(), b))
	if err != nil {
		return done{}, err
	}
	if on := f.Get("on_change") != ""; on != b.OnChange {
		c.OnChange = &on
	}
	here := done{bindingPath(b.ID), pages.SettingsMeanwhile}
	seen, err := strconv.ParseInt(f.Get("seen"), 10, 64)
	if err != nil {
		return here, nil
	}
	c.Seen = time.UnixMicro(seen)
	_, err = a.Bindings.Change(r.Context(), b.Owner, b.ID, c)
	switch {
	case errors.Is(err, bindings.ErrChanged):
		return here, nil
	case err != nil:
		return done{}, bindingError(err)
	}
	here.notice = pages.BindingChanged
	return here, nil
}

// readSettings reads the form of the settings. Has are the dataclasses that both clients have.
func readSettings(f url.Values, has []pages.Choice) (bindings.Change, error) {
	winner, way := f.Get("winner"), bindings.Direction(f.Get("direction"))
	deletes, twins, ask := f.Get("delete_wins") != "", f.Get("remove_twins") != "", f.Get("ask_slow") != ""
	c := bindings.Change{Winner: &winner, Direction: &way, DeleteWins: &deletes, RemoveTwins: &twins, AskSlow: &ask}
	var wanted []dataclass.Class
	all := true
	for _, choice := range has {
		class := dataclass.Class(choice.Value)
		if !slices.Contains(stored, class) {
			continue
		}
		if slices.Contains(f["class"], choice.Value) {
			wanted = append(wanted, class)
		} else {
			all = false
		}
		for s, word := range sideWords {
			filter, err := readFilterFields(f, choice.Value+"-"+word+"-")
			if err != nil {
				return c, err
			}
			c.Filters = append(c.Filters, bindings.FilterChange{Side: engine.Side(s), Class: class, Filter: filter})
		}
	}
	if len(wanted) == 0 && !all {
		return c, errNoClasses
	}
	if all {
		wanted = nil // also those that the clients learn to hold one day
	}
	c.Classes = &wanted
	return c, nil
}

// readFilterFields reads the filter of one side and dataclass.
func readFilterFields(f url.Values, prefix string) (bindings.Filter, error) {
	out := bindings.Filter{Category: strings.TrimSpace(f.Get(prefix + "category"))}
	for name, to := range map[string]*int{"back": &out.Back, "ahead": &out.Ahead} {
		s := strings.TrimSpace(f.Get(prefix + name))
		if s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return out, errBadDays
		}
		*to = n
	}
	return out, nil
}
