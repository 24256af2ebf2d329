package atom

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Notices keeps what needs a person; a *bindings.Notices is one.
type Notices interface {
	// Open lists the owner's open matters, the newest first.
	Open(ctx context.Context, owner string) ([]bindings.Notice, error)
	// Feed tells since when the owner's feed has a private address, zero for none; RenewFeed makes its key anew, RevokeFeed
	// ends it, and FeedOwner tells whose feed a key is for, or returns a sources.ErrAuth.
	Feed(ctx context.Context, owner string) (time.Time, error)
	RenewFeed(ctx context.Context, owner string) (key string, err error)
	RevokeFeed(ctx context.Context, owner string) error
	FeedOwner(ctx context.Context, key string) (string, error)
}

// Where the notices are, and the feed of them that its key opens.
const (
	noticesPath    = "/v2/syncengine/notices"
	noticeFeedPath = noticesPath + "/feed"
)

// noticeResources are the addresses of notices.
func (a *api) noticeResources() map[string]methods {
	return map[string]methods{noticesPath: {
		http.MethodGet: a.listNotices, http.MethodPost: a.postNoticeFeed, http.MethodDelete: a.deleteNoticeFeed,
	}}
}

// NoticePath gives the path of the page where a person does something about a notice.
func NoticePath(n bindings.Notice) string {
	switch n.Kind {
	case bindings.NoticeHold:
		return holdsPath + urlWord(n.Subject)
	case bindings.NoticeDoubts:
		return "/v2/syncengine/reviews/"
	case bindings.NoticeUnreadable, bindings.NoticeRefused:
		return "/v2/syncengine/quarantine/"
	case bindings.NoticeSignIn, bindings.NoticeSilent:
		return "/v2/services/" + n.Subject
	}
	return bindingPath(n.Binding)
}

// listNotices answers GET /v2/syncengine/notices/: what needs the caller now.
func (a *api) listNotices(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Notices.Open(r.Context(), callerOf(r).ID)
	if err != nil {
		return err
	}
	return a.ownFeed(w, r, "notices", "What needs you", a.noticeEntries(r, list))
}

// getNoticeFeed answers GET of the feed with its key, which is all that a feed reader sends.
func (a *api) getNoticeFeed(w http.ResponseWriter, r *http.Request) error {
	owner, err := a.Notices.FeedOwner(r.Context(), r.URL.Query().Get("key"))
	if errors.Is(err, sources.ErrAuth) {
		return errUnknownFeed
	}
	if err != nil {
		return err
	}
	account, err := a.Accounts.Account(r.Context(), owner)
	if err != nil {
		return err
	}
	list, err := a.Notices.Open(r.Context(), owner)
	if err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	r = r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{account: account}))
	feed := xmltree.New(nsAtom, "feed").Add(
		person(a.Operator, ""), element("id", a.base(r)+noticesPath+"/"), element("title", "What needs "+account.Name),
		link(a.base(r)+noticeFeedPath+"?"+r.URL.RawQuery, "self", "application/atom+xml"), link(a.base(r)+noticesPath+"/", "alternate", "text/html"))
	return write(w, http.StatusOK, addEntries(r, feed, a.noticeEntries(r, list)))
}

// postNoticeFeed answers POST /v2/syncengine/notices/: the feed gets a new private address, which the answer shows this
// once; one that it had counts no more.
func (a *api) postNoticeFeed(w http.ResponseWriter, r *http.Request) error {
	if byToken(r) {
		return errNeedsPassword
	}
	if err := readable(r); err != nil {
		return err
	}
	address, err := a.newFeedAddress(r)
	if err != nil {
		return err
	}
	w.Header().Set("Location", address)
	w.Header().Set("Cache-Control", "no-store")
	self := a.base(r) + noticesPath + "/"
	return write(w, http.StatusCreated, xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text("The address is shown this once.")).SetAttr("", "type", "text"),
		element("id", self), element("title", "The feed of what needs you"), timestamp("updated", a.Now()),
		link(address, "related", "application/atom+xml"), ownElement("feed_address", address)))
}

// newFeedAddress gives the caller's feed a new address.
func (a *api) newFeedAddress(r *http.Request) (string, error) {
	key, err := a.Notices.RenewFeed(r.Context(), callerOf(r).ID)
	return a.base(r) + noticeFeedPath + "?" + url.Values{"key": {key}}.Encode(), err
}

// deleteNoticeFeed answers DELETE /v2/syncengine/notices/: the private address of the feed counts no more.
func (a *api) deleteNoticeFeed(w http.ResponseWriter, r *http.Request) error {
	if err := a.Notices.RevokeFeed(r.Context(), callerOf(r).ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// noticeEntries are the entries of notices. Their ids are the notices' own, so that they stay the same wherever the
// server is.
func (a *api) noticeEntries(r *http.Request, list []bindings.Notice) []dated {
	out := make([]dated, len(list))
	for i, n := range list {
		entry := xmltree.New(nsAtom, "entry").Add(
			a.author(r), xmltree.New(nsAtom, "category").SetAttr("", "term", n.Kind),
			xmltree.New(nsAtom, "content", xmltree.Text(clean(n.Sentence))).SetAttr("", "type", "text"),
			element("id", "urn:uuid:"+n.ID), link(a.base(r)+NoticePath(n), "alternate", "text/html"),
			timestamp("published", n.Arisen), element("title", clean(n.Sentence)), timestamp("updated", n.Updated))
		if n.Binding != 0 {
			entry.Add(a.bound(r, n.Binding))
		}
		out[i] = dated{entry, n.Updated}
	}
	return out
}
