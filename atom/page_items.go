package atom

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// showItems answers GET of a page of items for people.
func (a *api) showItems(r *http.Request) (pages.View, error) {
	s, err := a.shelf(r)
	if err != nil {
		return nil, err
	}
	limit, err := number1(r, "limit", defaultContent, maxContent)
	if err != nil {
		return nil, err
	}
	after := r.URL.Query().Get("after")
	list, err := s.items.List(r.Context(), s.class, sources.ID(after), limit)
	if err != nil {
		return nil, contentError(err)
	}
	path := contentPath + "/" + s.client.ID + "/" + string(s.class)
	v := pages.Items{Store: partyOf(s.client, ""), Class: string(s.class), Shelves: shelves(s.client.ID, string(s.class))}
	for _, it := range list {
		v.Items = append(v.Items, pages.Entry{Title: itemTitle(s.class, it), Path: itemPath(s, it), Updated: it.Changed})
	}
	if len(list) > 0 && (len(list) == limit || after != "") { // a page may end early where items are big
		v.Next = afterURL(path, limit, list[len(list)-1].ID)
	}
	if after != "" {
		v.First = path
	}
	return v, nil
}

// itemTitle is what people know an item by.
func itemTitle(class dataclass.Class, it datastore.Item) string {
	if read, err := dataclass.Decode(class, it.Body); err == nil {
		return firstOf(read.Title(), string(it.ID))
	}
	return string(it.ID)
}

func itemPath(s shelf, it datastore.Item) string {
	return contentPath + "/" + s.client.ID + "/" + string(s.class) + "/" + urlWord(string(it.ID))
}

// showItem answers GET of one item for people.
func (a *api) showItem(r *http.Request) (pages.View, error) {
	s, err := a.shelf(r)
	if err != nil {
		return nil, err
	}
	it, err := s.items.Get(r.Context(), s.class, itemID(r))
	if err != nil {
		return nil, contentError(err)
	}
	return pages.Item{
		Name: itemTitle(s.class, it), Class: string(s.class), Store: partyOf(s.client, ""), ID: string(it.ID), Changed: it.Changed,
		ShelfPath: contentPath + "/" + s.client.ID + "/" + string(s.class),
		Fields:    itemFields(s.class, it.Body), Type: it.Body.Type, Raw: strings.ToValidUTF8(string(it.Body.Data), "�"),
		Links: []pages.Crumb{{Title: "Where else it is", Path: wherePath + whereQuery(bindings.Spot{Client: s.client.ID, Class: s.class, Item: it.ID})}, {Title: "What syncs overwrote of it", Path: "/v2/syncengine/history/?" + url.Values{"item": {string(it.ID)}}.Encode()}},
	}, nil
}
