package atom

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// spokenTypes are the media types that documents are sent and read as.
var spokenTypes = []string{"application/atom+xml", "application/atomsvc+xml", "application/xml", "text/xml"}

// acceptable answers 406 to whoever takes none of the media types that there are (RFC 9110 section 12.5.1).
func (a *api) acceptable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if list := r.Header.Values("Accept"); len(list) > 0 && !takesAny(list, spokenTypes) && !takesAny(list, []string{"text/html"}) && !wantsStream(r) && !wantsFile(r) {
			a.fail(w, r, errNotAcceptable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// wantsFile reports whether a request wants a file, where there is one.
func wantsFile(r *http.Request) bool {
	_, ok := wantedFile(r)
	return ok || wantsZip(r)
}

// takesAny reports whether an Accept header takes one of the types. What cannot be read counts for nothing; a header
// in which nothing can be read takes everything.
func takesAny(header, types []string) bool {
	understood := false
	for _, line := range header {
		for part := range strings.SplitSeq(line, ",") {
			media, params, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			understood = true
			for _, t := range types {
				if covers(media, t) && !refused(params["q"]) {
					return true
				}
			}
		}
	}
	return !understood
}

// A liking is how much a type is wanted: by its weight, and how exactly it was named.
type liking struct {
	weight float64
	exact  int
}

// less reports whether another type is wanted more.
func (l liking) less(other liking) bool {
	if l.weight != other.weight {
		return l.weight < other.weight
	}
	return l.exact < other.exact
}

// preference tells how much an Accept header wants the best of the types. For each of them the range that names it
// most exactly counts (RFC 9110 section 12.5.1).
func preference(header, types []string) liking {
	var best liking
	for _, t := range types {
		var one liking
		for _, line := range header {
			for part := range strings.SplitSeq(line, ",") {
				media, params, err := mime.ParseMediaType(part)
				if err != nil || !covers(media, t) {
					continue
				}
				if exact := 3 - strings.Count(media, "*"); exact > one.exact {
					one = liking{weightOf(params["q"]), exact}
				}
			}
		}
		if best.less(one) {
			best = one
		}
	}
	return best
}

// weightOf reads a weight; one that cannot be read is 1.
func weightOf(q string) float64 {
	weight, err := strconv.ParseFloat(q, 64)
	if err != nil || weight < 0 || weight > 1 {
		return 1
	}
	return weight
}

// covers reports whether a media range holds a type.
func covers(media, t string) bool {
	if media == "*/*" || media == t {
		return true
	}
	family, ok := strings.CutSuffix(media, "/*")
	return ok && strings.HasPrefix(t, family+"/")
}

// refused reports whether a weight is zero.
func refused(q string) bool {
	weight, err := strconv.ParseFloat(q, 64)
	return err == nil && weight == 0
}

// readable returns an error unless the body of a request is said to be of a type that is read. Nothing said is fine.
func readable(r *http.Request) error {
	said := r.Header.Get("Content-Type")
	if said == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(said)
	if err != nil || !takesAny([]string{media}, spokenTypes) || strings.Contains(media, "*") {
		return errMediaType
	}
	return nil
}
