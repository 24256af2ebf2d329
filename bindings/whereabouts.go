package bindings

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources"
)

// A Spot names an item as one client does.
type Spot struct {
	Client string
	Class  dataclass.Class
	Item   sources.ID
}

// A Sighting is what one binding knows of an item at one of its clients.
type Sighting struct {
	Spot // Item is empty where the client does not have it
	// Binding and Link are where it is known from, and Side is the client's in that binding.
	Binding, Link int64
	Side          engine.Side
	// Held is what the client was last known to hold; zero if it was never seen with it.
	Held dataclass.Body
	// Owed says why the client does not hold what it is to hold; engine.None if it does. Due is what it is to hold.
	Owed engine.Reason
	Due  dataclass.Body
	// Doomed says that the item was deleted, and that the deletion is on its way.
	Doomed bool
}

// maxSightings bounds how far an item is followed. Nobody has as many clients.
const maxSightings = 200

// Whereabouts follows an item through all bindings of the owner, from client to client, and gives what is known of it
// at each, the nearest first. What a sync that broke off was about to add is known only after the next one. An item
// that no binding knows gives nothing.
func (s *Store) Whereabouts(ctx context.Context, owner string, at Spot) ([]Sighting, error) {
	var out []Sighting
	err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
		all, err := bindingsNow(db, owner)
		if err != nil {
			return err
		}
		out, err = follow(db, owner, all, at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look where an item is: %w", err)
	}
	return out, nil
}

// follow goes from the spot to all that links make the same item.
func follow(db *gorm.DB, owner string, all []bindingRow, at Spot) ([]Sighting, error) {
	var out []Sighting
	seen, met := map[Spot]bool{at: true}, map[int64]bool{}
	for next := []Spot{at}; len(next) > 0 && len(out) < maxSightings; next = next[1:] {
		links, err := linksAt(db, owner, all, next[0])
		if err != nil {
			return nil, err
		}
		for i := range links {
			if met[links[i].row.ID] {
				continue
			}
			met[links[i].row.ID] = true
			for _, sight := range sightings(links[i].of, &links[i].row) {
				out = append(out, sight)
				if sight.Item != "" && !seen[sight.Spot] {
					seen[sight.Spot] = true
					next = append(next, sight.Spot)
				}
			}
		}
	}
	return out, nil
}

// A bindingLink is a link and the binding that has it.
type bindingLink struct {
	of  bindingRow
	row journalLinkRow
}

// linksAt gives the links that bindings have of the item at a spot, in the order of the bindings. It asks once for each
// side, however many bindings the client is in.
func linksAt(db *gorm.DB, owner string, all []bindingRow, at Spot) ([]bindingLink, error) {
	if at.Item == "" {
		return nil, nil
	}
	var out []bindingLink
	for i, col := range []string{"source_item", "target_item"} {
		of := map[int64]bindingRow{}
		for _, b := range all {
			if [2]string{b.Source, b.Target}[i] == at.Client {
				of[b.ID] = b
			}
		}
		for ids := range slices.Chunk(slices.Sorted(maps.Keys(of)), bindingsAtOnce) {
			var some []journalLinkRow
			// The indexes are of links that have an item there.
			err := db.Where("owner_id = ? AND binding_id IN ? AND class = ? AND "+col+" = ? AND "+col+" <> ''", owner, ids, string(at.Class), string(at.Item)).
				Order("binding_id, id").Limit(maxSightings).Find(&some).Error
			if err != nil {
				return nil, err
			}
			for _, row := range some {
				out = append(out, bindingLink{of[row.Ref.Binding], row})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b bindingLink) int { return cmp.Compare(a.of.ID, b.of.ID) })
	return out, nil
}

// bindingsAtOnce is how many bindings one statement names.
const bindingsAtOnce = 1000

// sightings are what a link says of its two sides.
func sightings(b bindingRow, row *journalLinkRow) []Sighting {
	w := row.write()
	out := make([]Sighting, 0, 2)
	for _, side := range []engine.Side{engine.Source, engine.Target} {
		client := b.Source
		if side == engine.Target {
			client = b.Target
		}
		out = append(out, Sighting{
			Spot: Spot{client, classOf(row.Ref.Class), w.Item[side]}, Binding: b.ID, Link: row.ID, Side: side,
			Held: w.Bodies.Shadow[side], Owed: w.Owed[side], Due: w.Bodies.Base, Doomed: w.Doomed,
		})
	}
	return out
}

// A Found is an item that a search found.
type Found struct {
	Spot
	Title string
}

// Bounds of a search: how many links are in memory at a time, and how many are looked at altogether.
const (
	searchPage = 200
	searchMost = 50_000
)

// FindItems looks for items whose title holds a text, whatever its case, among what the owner's bindings know, and
// gives at most limit, each as one of its clients names it. An empty text finds nothing.
func (s *Store) FindItems(ctx context.Context, owner, text string, limit int) ([]Found, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil, nil
	}
	all, err := s.liveBindings(ctx, owner, 0)
	if err != nil {
		return nil, err
	}
	search := &itemSearch{text: text, limit: limit, left: searchMost, clients: make(map[int64][2]string, len(all))}
	for _, b := range all {
		search.clients[b.ID] = [2]string{b.Source, b.Target}
	}
	if err := s.searchLinks(ctx, owner, search); err != nil {
		return nil, fmt.Errorf("search items: %w", err)
	}
	return search.found, nil
}

// An itemSearch is what is looked for, and what was found.
type itemSearch struct {
	text string
	// clients are those of the bindings that there are.
	clients map[int64][2]string
	// limit is how many are wanted, and left how many links may still be looked at.
	limit, left int
	found       []Found
}

// searchLinks searches the links of all bindings, a page at a time.
func (s *Store) searchLinks(ctx context.Context, owner string, search *itemSearch) error {
	last := journalLinkRow{}
	for search.left > 0 && len(search.found) < search.limit {
		var rows []journalLinkRow
		err := s.db.View(ctx, func(_ context.Context, db *gorm.DB) error {
			return db.Select("id, owner_id, binding_id, class, base_type, base_body, source_item, target_item").
				Where("owner_id = ? AND (binding_id, class, id) > (?, ?, ?)", owner, last.Ref.Binding, last.Ref.Class, last.ID).
				Order("binding_id, class, id").Limit(searchPage).Find(&rows).Error
		})
		if err != nil {
			return err
		}
		for i := range rows {
			clients, is := search.clients[rows[i].Ref.Binding]
			if !is {
				continue // the binding was removed
			}
			if f := foundIn(&rows[i], clients, search.text); f.Item != "" && len(search.found) < search.limit {
				search.found = append(search.found, f)
			}
		}
		if search.left -= searchPage; len(rows) < searchPage {
			return nil
		}
		last = rows[len(rows)-1]
	}
	return nil
}

// foundIn gives the item of a link if its title holds the text, else nothing.
func foundIn(row *journalLinkRow, clients [2]string, text string) Found {
	title := titleOf(row.Ref.Class, dataclass.Body{Type: row.BaseType, Data: row.BaseBody})
	if !strings.Contains(strings.ToLower(title), text) {
		return Found{}
	}
	f := Found{Spot{clients[0], classOf(row.Ref.Class), sources.ID(row.Source.Item)}, title}
	if f.Item == "" {
		f.Client, f.Item = clients[1], sources.ID(row.Target.Item)
	}
	return f
}
