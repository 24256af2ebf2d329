package dav_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// A bulkRequest is a multiput as a liar reads it.
type bulkRequest struct {
	XMLName   xml.Name `xml:"http://me.com/_namespace/ multiput"`
	Resources []struct {
		Href   string    `xml:"DAV: href"`
		Match  string    `xml:"if-match>getetag"`
		Delete *struct{} `xml:"http://me.com/_namespace/ delete"`
		Card   string    `xml:"set>prop>address-data"`
		Event  string    `xml:"set>prop>calendar-data"`
	} `xml:"http://me.com/_namespace/ resource"`
}

// bulkProp tells that there are bulk requests, if there are.
func (l *liar) bulkProp() string {
	if l.bulk == "" {
		return ""
	}
	return `<m:bulk-requests xmlns:m="http://me.com/_namespace/"><m:crud>` + l.bulk + `</m:crud></m:bulk-requests>`
}

// taking tells of a liar that takes so many writes at once.
func taking(n int) string {
	return fmt.Sprintf("<m:max-resources>%d</m:max-resources><m:max-bytes>100000</m:max-bytes>", n)
}

// multiput carries out a bulk request as an honest server does, and then lies about it as bulkLie says.
func (l *liar) multiput(w http.ResponseWriter, r *http.Request, dir string, body []byte) {
	var q bulkRequest
	if err := xml.Unmarshal(body, &q); err != nil || l.bulk == "" {
		http.Error(w, "no", 400)
		return
	}
	l.bulks = append(l.bulks, len(q.Resources))
	wrote := l.wrote
	l.wrote = nil // for the request as a whole
	var list []string
	for i, one := range q.Resources {
		list = append(list, l.wish(dir, i, one.Href, one.Match, one.Card+one.Event, one.Delete != nil))
	}
	if l.wrote = wrote; wrote != nil && wrote(r) != nil {
		w.Header().Set("X-Lost", "1")
	}
	if l.bulkLie != nil {
		if list = l.bulkLie(w, list); list == nil {
			return
		}
	}
	a := newAnswer()
	a.WriteString(strings.Join(list, ""))
	a.send(w, "")
}

// wish carries out one change, and gives the response.
func (l *liar) wish(dir string, i int, href, match, data string, gone bool) string {
	method, path, uid := "PUT", href, dataclass.Peek([]byte(data)).UID
	if href == "" {
		path = fmt.Sprintf("%sbulk-%d-%d%s", dir, l.seq, i, map[bool]string{true: ".vcf", false: ".ics"}[strings.Contains(data, "VCARD")])
	}
	if gone {
		method = "DELETE"
	}
	rec := httptest.NewRecorder()
	sub, _ := http.NewRequest(method, liarHost+path, strings.NewReader(data))
	switch {
	case href == "":
		sub.Header.Set("If-None-Match", "*")
	case match != "":
		sub.Header.Set("If-Match", match)
	default:
		sub.Header.Set("If-Match", "*")
	}
	path, _ = url.PathUnescape(path)
	if f := l.files[path]; href != "" && (f == nil || f.dead) {
		rec.Code = 404
	} else if gone {
		l.remove(rec, sub, path, false)
	} else {
		l.put(rec, sub, path, strings.ReplaceAll(data, "\n", "\r\n"), false)
	}
	named := ""
	if href == "" {
		named = "<S:uid>" + uid + "</S:uid>"
		if at := rec.Header().Get("Location"); at != "" {
			path = at
		}
	}
	a := &answer{}
	switch {
	case rec.Code >= 300 && href == "":
		_, _ = fmt.Fprintf(a, "<D:response><D:href/><D:status>HTTP/1.1 %d No</D:status><D:error>%s%s</D:error></D:response>", rec.Code, condition(rec.Body), named)
	case rec.Code >= 300, gone:
		a.status(href, max(rec.Code, 200))
	default:
		a.props(path, tagged(rec.Header().Get("ETag"))+named)
	}
	return a.String()
}

// condition gives what is inside of a DAV:error.
func condition(body io.Reader) string {
	data, _ := io.ReadAll(body)
	_, inner, _ := strings.Cut(string(data), `<error xmlns="DAV:">`)
	inner, _, _ = strings.Cut(inner, "</error>")
	return inner
}

// bulkLies are ways in which servers answer bulk requests wrongly. All but those that say so carried out all of it.
var bulkLies = map[string]func(l *liar){
	"says only half of it": func(l *liar) {
		l.bulkLie = func(_ http.ResponseWriter, list []string) []string {
			return slices.DeleteFunc(list, func(s string) bool { return len(s)%2 == 0 })
		}
	},
	"says nothing": func(l *liar) { l.bulkLie = func(http.ResponseWriter, []string) []string { return []string{""} } },
	"is cut": func(l *liar) {
		l.bulkLie = func(w http.ResponseWriter, list []string) []string {
			a := newAnswer()
			a.WriteString(strings.Join(list, ""))
			w.WriteHeader(207)
			_, _ = io.WriteString(w, a.String()[:a.Len()*2/3])
			return nil
		}
	},
	"answers 500":  func(l *liar) { l.bulkLie = whole(500) },
	"answers 502":  func(l *liar) { l.bulkLie = whole(502) },
	"answers HTML": func(l *liar) { l.bulkLie = whole(200) },
	"answers in another order, and what was not asked": func(l *liar) {
		l.bulkLie = func(_ http.ResponseWriter, list []string) []string {
			slices.Reverse(list)
			a := &answer{}
			a.status("/me/book/somebody-else.vcf", 412)
			a.props("/me/book/other.vcf", `<D:getetag>"x"</D:getetag><S:uid>nobody's</S:uid>`)
			a.props("/me/book/third.vcf", `<D:getetag>"x"</D:getetag>`)
			a.status("", 400)
			return append(list, a.String())
		}
	},
	"gives no UIDs":    func(l *liar) { l.bulkLie = cutting("<S:uid>", "</S:uid>", "") },
	"gives other UIDs": func(l *liar) { l.bulkLie = cutting("<S:uid>", "</S:uid>", "<S:uid>nobody's</S:uid>") },
	"gives no places":  func(l *liar) { l.bulkLie = cutting("<D:href>", "</D:href>", "<D:href/>") },
	"gives one place": func(l *liar) {
		l.bulkLie = cutting("<D:href>/me/book/bulk-", "</D:href>", "<D:href>/me/book/one.vcf</D:href>")
	},
	"gives a used place": func(l *liar) {
		l.bulkLie = cutting("<D:href>/me/book/bulk-", "</D:href>", "<D:href>/me/book/user-1-1.vcf</D:href>")
	},
	"gives foreign places": func(l *liar) {
		l.bulkLie = cutting("<D:href>/me/book/bulk-", "</D:href>", "<D:href>/you/one.vcf</D:href>")
	},
	"gives no entity tags":    func(l *liar) { l.bulkLie = cutting("<D:getetag>", "</D:getetag>", "") },
	"gives wrong entity tags": func(l *liar) { l.bulkLie = cutting("<D:getetag>", "</D:getetag>", `<D:getetag>"wrong"</D:getetag>`) },
	"gives weak entity tags":  func(l *liar) { l.bulkLie = cutting("<D:getetag>", "</D:getetag>", `<D:getetag>W/"1"</D:getetag>`) },
	"says all twice": func(l *liar) {
		l.bulkLie = func(_ http.ResponseWriter, list []string) []string {
			return append(list, strings.ReplaceAll(strings.Join(list, ""), "200 OK", "403 Forbidden"))
		}
	},
	"moves what is new":    func(l *liar) { l.moves, l.tells = true, true },
	"moves it and renames": func(l *liar) { l.moves, l.renames = true, true },
	"rewrites":             func(l *liar) { l.rewrites = true },
	"takes 3 at once":      func(l *liar) { l.bulk = taking(3) },
	"takes any number":     func(l *liar) { l.bulk = "<m:max-resources/><m:max-bytes/>" },
	"takes 2 at once":      func(l *liar) { l.bulk = taking(2) },
	"bounds are none":      func(l *liar) { l.bulk = "<m:max-resources>many</m:max-resources>" },
	"takes few bytes":      func(l *liar) { l.bulk = "<m:max-resources>50</m:max-resources><m:max-bytes>2000</m:max-bytes>" },
	"no entity tags":       func(l *liar) { l.noETag = true },
	"remembers UIDs":       func(l *liar) { l.remembers = true },
	"takes none (405)":     func(l *liar) { l.meddle = refusing(405) },
	"takes none (404)":     func(l *liar) { l.meddle = refusing(404) },
	"takes none (413)":     func(l *liar) { l.meddle = refusing(413) },
	"takes none (501)":     func(l *liar) { l.meddle = refusing(501) },
	"takes none (400)":     func(l *liar) { l.meddle = refusing(400) },
	"fails before (500)":   func(l *liar) { l.meddle = refusing(500) },
}

// whole answers with a status and a page.
func whole(status int) func(http.ResponseWriter, []string) []string {
	return func(w http.ResponseWriter, _ []string) []string {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>Hello</html>")
		return nil
	}
}

// cutting puts something else in place of all that stands from one text to another in each response.
func cutting(from, to, with string) func(http.ResponseWriter, []string) []string {
	return func(_ http.ResponseWriter, list []string) []string {
		for i, s := range list {
			before, rest, found := strings.Cut(s, from)
			if !found {
				continue
			}
			if to != "" {
				_, rest, _ = strings.Cut(rest, to)
			}
			list[i] = before + with + rest
		}
		return list
	}
}

// refusing refuses bulk requests.
func refusing(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != "POST" {
			return false
		}
		http.Error(w, "no", status)
		return true
	}
}
