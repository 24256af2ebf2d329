package atom

import (
	"context"
	"errors"
	"net/http"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// Links tells what the two sides of a binding were last known to hold of an item.
type Links interface {
	// Linked gives an item by the number of its link; a bindings.ErrNotFound if that is gone.
	Linked(ctx context.Context, owner string, link int64) (bindings.Linked, error)
}

// maxLosses is how many versions the page of a synchronization shows.
const maxLosses = 25

// losses are the versions that a synchronization overwrote or deleted, with what stands there now. More says that
// there are others.
func (a *api) losses(r *http.Request, e bindings.LogEntry, sides [2]pages.Party) (out []pages.Loss, more bool, err error) {
	list, err := a.History.History(r.Context(), e.Owner, bindings.HistoryFilter{Sync: e.ID, Limit: 4 * maxLosses})
	if err != nil {
		return nil, false, err
	}
	agreed := map[int64]int64{}
	for _, v := range list {
		if v.Agreed {
			agreed[v.Link] = v.ID
		}
	}
	for _, v := range list {
		switch {
		case v.Agreed:
			continue
		case len(out) == maxLosses:
			return out, true, nil
		}
		loss, err := a.loss(r.Context(), v, agreed[v.Link])
		if err != nil {
			return nil, false, err
		}
		loss.Side, loss.Winner = sides[v.Side].Title, sides[1-v.Side].Title
		out = append(out, loss)
	}
	return out, len(list) == 4*maxLosses, nil
}

// loss tells of one version what of it was lost. Agreed is the version that both sides had before, 0 if that is not
// kept: then no more than one side had changed the item, or there was nothing that both had.
func (a *api) loss(ctx context.Context, v bindings.HistoryEntry, agreed int64) (pages.Loss, error) {
	out := pages.Loss{
		Title: firstOf(v.Title, string(v.Item)), Path: "/v2/syncengine/history/" + number64(v.ID), Deleted: v.Verb == sources.Delete,
	}
	if out.Deleted {
		return out, nil
	}
	lost, err := a.History.HistoryEntry(ctx, v.Owner, v.ID)
	if err != nil {
		return out, goneIsFine(err)
	}
	var before []pages.Property
	if agreed != 0 {
		base, err := a.History.HistoryEntry(ctx, v.Owner, agreed)
		if err != nil {
			return out, goneIsFine(err)
		}
		before = itemFields(v.Class, base.Body)
	}
	now, err := a.heldNow(ctx, v)
	if err != nil {
		return out, err
	}
	if now.IsZero() {
		out.Unknown = true
		return out, nil
	}
	out.Fields = lostFields(before, itemFields(v.Class, lost.Body), itemFields(v.Class, now), agreed != 0)
	for _, f := range out.Fields {
		out.Conflict = out.Conflict || f.Conflict
	}
	return out, nil
}

// heldNow is what the side of a version was last known to hold; the zero body if that is not known.
func (a *api) heldNow(ctx context.Context, v bindings.HistoryEntry) (dataclass.Body, error) {
	if v.Link == 0 || a.Links == nil {
		return dataclass.Body{}, nil
	}
	l, err := a.Links.Linked(ctx, v.Owner, v.Link)
	if err != nil {
		return dataclass.Body{}, goneIsFine(err)
	}
	if held := l.Held[v.Side]; !held.IsZero() {
		return held, nil
	}
	return l.Held[1-v.Side], nil
}

// goneIsFine gives nil for what is not there any more.
func goneIsFine(err error) error {
	if errors.Is(err, bindings.ErrNotFound) {
		return nil
	}
	return err
}

// lostFields are the properties of which a value was lost. Where it is known what both sides had before, one that
// differs from it was an edit: the other side had edited the same, and won.
func lostFields(before, lost, now []pages.Property, known bool) []pages.LostField {
	old := map[string]string{}
	for _, c := range compareFields([2][]pages.Property{before, nil}) {
		old[c.Name] = c.Values[0]
	}
	var out []pages.LostField
	for _, c := range compareFields([2][]pages.Property{lost, now}) {
		if !c.Differs {
			continue
		}
		f := pages.LostField{Name: c.Name, Lost: c.Values[0], Now: c.Values[1]}
		if known {
			f.Agreed = old[c.Name]
			f.Conflict = f.Lost != f.Agreed && f.Now != f.Agreed
		}
		out = append(out, f)
	}
	return out
}
