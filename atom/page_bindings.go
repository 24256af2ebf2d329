package atom

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// bindingPages are the pages of bindings.
func (a *api) bindingPages() map[string]page {
	one := page{show: a.showBinding, forms: map[string]former{
		"sync": a.formSync, "settings": a.formSettings, "remove": a.formRemove,
	}}
	return map[string]page{
		"/v2/syncengine":                  {show: a.showOverview, forms: map[string]former{"bind": a.formBind}},
		"/v2/syncengine/{id:[0-9]+}":      one,
		"/v2/syncengine/{id:[0-9]+}/edit": one,
	}
}

// How many bindings the overview shows, and how many synchronizations the page of one.
const (
	overviewBindings = 100
	bindingSyncs     = 30
)

// showOverview answers GET /v2/syncengine/ for people.
func (a *api) showOverview(r *http.Request) (pages.View, error) {
	owner := callerOf(r).ID
	list, err := a.Bindings.Bindings(r.Context(), owner)
	if err != nil {
		return nil, err
	}
	known, clients, err := a.parties(r.Context(), owner)
	if err != nil {
		return nil, err
	}
	waits, err := a.waiting(r.Context(), owner, 0)
	if err != nil {
		return nil, err
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // what is no number shows the beginning
	list = slices.DeleteFunc(list, func(b bindings.Binding) bool { return b.ID <= after })
	v := pages.Overview{PhoneURL: a.base(r) + "/syncml"}
	if err := a.needing(r, &v); err != nil {
		return nil, err
	}
	if len(list) > overviewBindings {
		list = list[:overviewBindings]
		v.More = overviewPath + "?after=" + number64(list[len(list)-1].ID)
	}
	for _, b := range list {
		card, err := a.bindingCard(r, b, known, waits)
		if err != nil {
			return nil, err
		}
		v.Bindings = append(v.Bindings, card)
	}
	for i, c := range clients {
		if c.Kind == kindSyncML {
			v.Phones++
		}
		choice := pages.Choice{Value: c.ID, Title: known[c.ID].Title + " (" + known[c.ID].Kind + ")"}
		v.Clients = append(v.Clients, choice)
		choice.Chosen = i == 1
		v.Others = append(v.Others, choice)
	}
	return v, nil
}

func (a *api) bindingCard(r *http.Request, b bindings.Binding, known parties, waits waitingFor) (pages.BindingCard, error) {
	card := pages.BindingCard{ID: b.ID, Path: bindingPath(b.ID), Sides: known.sides(b)}
	last, err := a.SyncLog.LogPage(r.Context(), b.Owner, bindings.LogFilter{Binding: b.ID, Limit: 1})
	if err != nil {
		return card, err
	}
	var newest *bindings.LogEntry
	if len(last) > 0 {
		newest = &last[0]
		row := syncRow(*newest)
		card.Last = &row
	}
	card.Warnings = a.warnings(waits, b, newest)
	return card, nil
}

// showBinding answers GET /v2/syncengine/N for people.
func (a *api) showBinding(r *http.Request) (pages.View, error) {
	b, err := a.binding(r)
	if err != nil {
		return nil, err
	}
	known, _, err := a.parties(r.Context(), b.Owner)
	if err != nil {
		return nil, err
	}
	waits, err := a.waiting(r.Context(), b.Owner, b.ID)
	if err != nil {
		return nil, err
	}
	log, err := a.SyncLog.LogPage(r.Context(), b.Owner, bindings.LogFilter{Binding: b.ID, Limit: bindingSyncs})
	if err != nil {
		return nil, err
	}
	v := pages.Binding{
		ID: b.ID, Sides: known.sides(b), Created: b.Created, Path: bindingPath(b.ID), LogPath: bindingPath(b.ID) + "/synchronization/",
		Phone: isPhone(b), Modes: modeChoices(), Classes: a.classChoices(r.Context(), b),
	}
	for _, e := range log {
		v.Syncs = append(v.Syncs, syncRow(e))
		v.Running = v.Running || e.State == "running"
	}
	v.Chart = pages.NewChart([2]string{v.Sides[0].Title, v.Sides[1].Title}, v.Syncs)
	v.Syncs = v.Syncs[:min(len(v.Syncs), 10)]
	var newest *bindings.LogEntry
	if len(log) > 0 {
		newest = &log[0]
	}
	v.Warnings = a.warnings(waits, b, newest)
	if err := a.schedules(r, b, &v); err != nil {
		return nil, err
	}
	return v, a.settings(r, b, &v)
}

// modeChoices are the modes that a person may start with.
func modeChoices() []pages.Choice {
	hints := map[int]string{
		201: "reads all items of both sides and finds out what belongs together; takes longer",
		202: "changes nothing on the source", 204: "changes nothing on the target",
		203: "what only the target has is deleted there, and kept in the history",
		205: "what only the source has is deleted there, and kept in the history",
	}
	var out []pages.Choice
	for mode := 200; mode <= 205; mode++ {
		out = append(out, pages.Choice{Value: strconv.Itoa(mode), Title: modeWords[mode], Hint: hints[mode], Chosen: mode == defaultMode})
	}
	return out
}

// classChoices are what both clients of a binding hold.
func (a *api) classChoices(ctx context.Context, b bindings.Binding) []pages.Choice {
	out := []pages.Choice{{Value: "", Title: "everything", Chosen: true}}
	var has [2][]dataclass.Class
	for i, id := range []string{b.Source, b.Target} {
		k, err := a.Kinds.Kind(b.Kinds[i])
		if err != nil {
			continue
		}
		if caps, err := k.CapsOf(ctx, sources.Client{Owner: b.Owner, ID: id, Kind: k.Name}); err == nil {
			has[i] = caps.Classes
		}
	}
	for _, class := range has[0] {
		if slices.Contains(has[1], class) {
			out = append(out, pages.Choice{Value: string(class), Title: string(class)})
		}
	}
	return out
}

// formBind makes a binding.
func (a *api) formBind(r *http.Request, f url.Values) (done, error) {
	b, err := a.Bindings.CreateBinding(r.Context(), callerOf(r).ID, bindings.NewBinding{
		Source: f.Get("source"), Target: f.Get("target"), Winner: f.Get("winner"),
	})
	if err != nil {
		return done{}, err
	}
	return done{bindingPath(b.ID), pages.BindingMade}, nil
}

// formRemove unbinds. No item is deleted anywhere.
func (a *api) formRemove(r *http.Request, f url.Values) (done, error) {
	if f.Get("sure") == "" {
		return done{}, errNotSure
	}
	if err := a.Bindings.RemoveBinding(r.Context(), callerOf(r).ID, number(r, "id")); err != nil {
		return done{}, bindingError(err)
	}
	return done{overviewPath, pages.BindingRemoved}, nil
}

// formSync starts a synchronization, and leads to its log entry, which shows how it goes on.
func (a *api) formSync(r *http.Request, f url.Values) (done, error) {
	b, err := a.binding(r)
	if err != nil {
		return done{}, err
	}
	mode, err := strconv.Atoi(firstOf(f.Get("mode"), fmt.Sprint(defaultMode)))
	if err != nil || mode < 200 || mode > 205 {
		return done{}, errBadMode
	}
	var classes []dataclass.Class
	if class := dataclass.Class(f.Get("dataclass")); class != "" {
		if !slices.Contains(logClasses, class) {
			return done{}, errBadClass
		}
		classes = append(classes, class)
	}
	start := a.Starter.Request
	if a.Background != nil {
		start = a.Background.Begin
	}
	started, err := start(r.Context(), b.Owner, b.ID, mode, classes...)
	switch {
	case err != nil:
		return done{}, err
	case started.Alerted != "":
		return done{bindingPath(b.ID), pages.PhoneAsked}, nil
	case len(started.Entries) == 0:
		return done{bindingPath(b.ID), pages.NothingToSync}, nil
	case len(started.Entries) == 1:
		return done{logEntryPath(started.Entries[0].ID), ""}, nil
	}
	return done{bindingPath(b.ID), pages.SyncBegun}, nil
}
