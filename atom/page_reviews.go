package atom

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/atom/pages"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
)

const (
	reviewsPath = "/v2/syncengine/reviews/"
	// pageReviews is how many pairs a page shows.
	pageReviews = 25
)

// reviewPages are the pages of doubtful pairs.
func (a *api) reviewPages() map[string]page {
	return map[string]page{
		"/v2/syncengine/reviews":                {show: a.showReviews, forms: map[string]former{"several": a.formReviews}},
		"/v2/syncengine/reviews/{entry:[0-9]+}": {show: a.showReview, forms: map[string]former{"decide": a.formReview}},
	}
}

// showReviews answers GET /v2/syncengine/reviews/ for people; after, a number of a pair, chooses the page.
func (a *api) showReviews(r *http.Request) (pages.View, error) {
	list, err := a.Matters.Doubts(r.Context(), callerOf(r).ID, 0)
	if err != nil {
		return nil, err
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // what is no number shows the beginning
	v := pages.Reviews{Path: reviewsPath}
	if after > 0 {
		v.First = reviewsPath
	}
	for _, d := range list {
		if d.Verdict == engine.Open {
			v.Left++
		}
		switch {
		case d.ID <= after:
		case len(v.Pairs) < pageReviews:
			v.Pairs = append(v.Pairs, reviewView(d, names.of(d.Binding)))
		case v.Next == "":
			v.Next = reviewsPath + "?after=" + number64(v.Pairs[pageReviews-1].ID)
		}
	}
	return v, nil
}

// showReview answers GET /v2/syncengine/reviews/N for people.
func (a *api) showReview(r *http.Request) (pages.View, error) {
	d, err := a.review(r)
	if err != nil {
		return nil, err
	}
	names, err := a.sideNames(r)
	if err != nil {
		return nil, err
	}
	return reviewView(d, names.of(d.Binding)), nil
}

func reviewView(d bindings.DoubtfulPair, sides [2]string) pages.Review {
	v := pages.Review{
		ID: d.ID, Path: reviewsPath + number64(d.ID), Of: sides[0] + " ↔ " + sides[1], BindingPath: bindingPath(d.Binding), Sides: sides,
		Class: string(d.Class), Since: d.Since, Verdict: verdictWord(d.Verdict), Mark: d.Mark,
	}
	var fields [2][]pages.Property
	for s, it := range d.Items {
		v.Titles[s] = firstOf(it.Title, string(it.Item))
		fields[s] = itemFields(d.Class, it.Body)
	}
	v.Rows = compareFields(fields)
	return v
}

// verdictWord is what verdicts calls a verdict.
func verdictWord(v engine.Verdict) string {
	for word, verdict := range verdicts {
		if verdict == v {
			return word
		}
	}
	return "open"
}

// formReview decides one pair.
func (a *api) formReview(r *http.Request, f url.Values) (done, error) {
	v, ok := verdicts[f.Get("verdict")]
	if !ok {
		return done{}, errBadVerdict
	}
	id := number64(number(r, "entry"))
	stands, err := a.verdictsNow(r)
	if err != nil {
		return done{}, err
	}
	changed, err := a.decideSeen(r, stands, id+":"+f.Get("seen"), v)
	switch {
	case errors.Is(err, bindings.ErrChanged):
		return done{path: reviewsPath + id, notice: pages.PairChanged}, nil
	case err != nil:
		return done{}, err
	case !changed:
		return a.reviewMeanwhile(r)
	}
	return done{path: reviewsPath + id, notice: reviewNotice(v)}, nil
}

// reviewMeanwhile leads to a pair that somebody else decided, or to the list if it is gone.
func (a *api) reviewMeanwhile(r *http.Request) (done, error) {
	d, err := a.review(r)
	if errors.Is(err, errUnknownReview) {
		return done{path: reviewsPath, notice: pages.Meanwhile}, nil
	}
	return done{path: reviewsPath + number64(d.ID), notice: pages.Meanwhile}, err
}

// formReviews decides all pairs that are marked. Those that somebody else decided meanwhile stay as they are.
func (a *api) formReviews(r *http.Request, f url.Values) (done, error) {
	v, ok := verdicts[f.Get("verdict")]
	if !ok {
		return done{}, errBadVerdict
	}
	to := done{path: reviewsPath, notice: reviewNotice(v)}
	if len(f["pair"]) == 0 {
		to.notice = pages.NothingChosen
	}
	stands, err := a.verdictsNow(r)
	if err != nil {
		return done{}, err
	}
	taken, left := 0, 0
	for _, pair := range f["pair"][:min(len(f["pair"]), pageReviews)] {
		changed, err := a.decideSeen(r, stands, pair, v)
		switch {
		case err != nil && !errors.Is(err, bindings.ErrChanged):
			return done{}, err
		case changed:
			taken++
		default:
			left++
		}
	}
	switch {
	case left > 0 && taken > 0:
		to.notice = pages.SomeChanged
	case left > 0:
		to.notice = pages.Meanwhile
	}
	return to, nil
}

func reviewNotice(v engine.Verdict) pages.Notice {
	if v == engine.Open {
		return pages.ReviewOpen
	}
	return pages.ReviewDecided
}

// verdictsNow gives what was said of the caller's pairs.
func (a *api) verdictsNow(r *http.Request) (map[int64]string, error) {
	list, err := a.Matters.Doubts(r.Context(), callerOf(r).ID, 0)
	out := make(map[int64]string, len(list))
	for _, d := range list {
		out[d.ID] = verdictWord(d.Verdict)
	}
	return out, err
}

// decideSeen decides a pair, named with the verdict and the mark that its page showed as in "3:open:1f0c". It reports
// false for a pair that is not there any more, or of which somebody has said something else since; a
// bindings.ErrChanged says that its items are not any more what was compared.
func (a *api) decideSeen(r *http.Request, stands map[int64]string, pair string, v engine.Verdict) (bool, error) {
	name, seen, _ := strings.Cut(pair, ":")
	seen, mark, _ := strings.Cut(seen, ":")
	id, err := strconv.ParseInt(name, 10, 64)
	if now, ok := stands[id]; err != nil || !ok || now != seen && now != verdictWord(v) {
		return false, nil
	}
	if mark == "" {
		return false, bindings.ErrChanged
	}
	err = a.Matters.Decide(r.Context(), callerOf(r).ID, id, v, mark)
	return err == nil, goneIsFine(err)
}
