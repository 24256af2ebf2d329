package atom

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/bindery-sync/bindery/atom/pages"
)

// noticePages are the pages of what needs a person.
func (a *api) noticePages() map[string]page {
	return map[string]page{noticesPath: {
		show:    a.showNotices,
		forms:   map[string]former{"revoke": a.formRevokeFeed},
		replies: replies{"renew": a.formRenewFeed},
	}}
}

// showNotices answers GET /v2/syncengine/notices/ for people.
func (a *api) showNotices(r *http.Request) (pages.View, error) { return a.noticesView(r) }

func (a *api) noticesView(r *http.Request) (pages.Notices, error) {
	var v pages.Notices
	list, err := a.Notices.Open(r.Context(), callerOf(r).ID)
	if err != nil {
		return v, err
	}
	for _, n := range list {
		v.List = append(v.List, pages.Matter{Sentence: n.Sentence, Path: NoticePath(n), Since: n.Arisen})
	}
	v.FeedMade, err = a.Notices.Feed(r.Context(), callerOf(r).ID)
	return v, err
}

// formRenewFeed makes the address of the feed, and shows it this once.
func (a *api) formRenewFeed(r *http.Request, f url.Values) (pages.View, error) {
	if err := a.checkMine(r, f); err != nil {
		return nil, err
	}
	address, err := a.newFeedAddress(r)
	if err != nil {
		return nil, err
	}
	v, err := a.noticesView(r)
	v.Feed = address
	return v, err
}

// formRevokeFeed ends the address of the feed.
func (a *api) formRevokeFeed(r *http.Request, _ url.Values) (done, error) {
	err := a.Notices.RevokeFeed(r.Context(), callerOf(r).ID)
	return done{path: noticesPath + "/", notice: pages.FeedRevoked}, err
}

// needing says on the overview how much needs the caller.
func (a *api) needing(r *http.Request, v *pages.Overview) error {
	list, err := a.Notices.Open(r.Context(), callerOf(r).ID)
	switch n := len(list); n {
	case 0:
		return err
	case 1:
		v.Matters = "One matter needs you."
	default:
		v.Matters = fmt.Sprintf("%d matters need you.", n)
	}
	v.NoticesPath = noticesPath + "/"
	return err
}
